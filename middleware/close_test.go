package middleware_test

import (
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// TestCloseHung: Close gives up a writer that hangs, and says what that costs. What the
// Write in progress makes of its lines is counted when it returns.
func TestCloseHung(t *testing.T) {
	tests := []struct {
		reason string
		script string // of the Write, once it goes on
		after  middleware.Stats
	}{
		{"it goes on in the end", "", middleware.Stats{Records: 9, Written: 4, Dropped: 5}},
		{"it takes half", "s", middleware.Stats{Records: 9, Written: 2, Dropped: 7, WriteErrors: 1}},
		{"it takes nothing", "e", middleware.Stats{Records: 9, Dropped: 9, WriteErrors: 1}},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			f, open := &faulty{script: tt.script}, make(chan struct{})
			var s tales
			l := middleware.New(writerFunc(func(b []byte) (int, error) {
				<-open
				return f.Write(b)
			}), middleware.Buffered(middleware.Block), middleware.OnError(s.add))
			serve(t, l, 3)
			fail(l) // all four are written at once
			synctest.Wait()
			serve(t, l, 5)

			begin := time.Now()
			err := l.Close()
			if took := time.Since(begin); took != 5*time.Second {
				t.Errorf("Close took %v", took)
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), "9 records are not written") {
				t.Errorf("Close says %v", err)
			}
			if got, want := counts(l), (middleware.Stats{Records: 9, Dropped: 5, Waiting: 4}); got != want {
				t.Errorf("%s: got %+v, want %+v", tt.reason, got, want)
			}
			if got := s.String(); !strings.HasPrefix(got, "access log: 5 records lost: ") {
				t.Errorf("told %q", got)
			}
			close(open)
			synctest.Wait()
			if got := counts(l); got != tt.after {
				t.Errorf("%s: got %+v, want %+v", tt.reason, got, tt.after)
			}
			serve(t, l, 1)
			if got := counts(l); got.Dropped != tt.after.Dropped+1 || got.Waiting != 0 {
				t.Errorf("%s: after Close %+v", tt.reason, got)
			}
			l.Close()
		})
	}
}

// TestCloseReleases: requests that wait for room in the buffer of a writer that hangs are
// served once Close has given up.
func TestCloseReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		l := middleware.New(g, middleware.Buffered(middleware.Block), middleware.BufferSize(1), middleware.OnError(nil))
		var served atomic.Uint64
		const n = 1000
		for range n {
			go func() {
				serve(t, l, 1)
				served.Add(1)
			}()
		}
		synctest.Wait()
		if served.Load() == n {
			t.Error("no request waits")
		}
		l.Close()
		synctest.Wait()
		if got := served.Load(); got != n {
			t.Errorf("%d of %d requests are served", got, n)
		}
		if s := l.Stats(); s.Records != n || s.Dropped+s.Waiting != n || s.Waiting == 0 {
			t.Errorf("%+v", s)
		}
		close(g.open)
		synctest.Wait()
		if s := l.Stats(); s.Written+s.Dropped != n || s.Waiting != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestCloseHungUnbuffered: here a request is in the Write, and another waits for its turn.
func TestCloseHungUnbuffered(t *testing.T) {
	g, entered := newGate(), make(chan struct{}, 2)
	l := middleware.New(g, middleware.CloseTimeout(20*time.Millisecond), middleware.OnError(nil),
		middleware.Sample(func(*accesslog.Record) float64 { entered <- struct{}{}; return 1 }))
	served := make(chan struct{})
	for range 2 {
		go func() {
			serve(t, l, 1)
			served <- struct{}{}
		}()
		<-entered
	}
	for l.Stats().Records < 2 {
		time.Sleep(time.Millisecond)
	}
	if err := l.Close(); !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), "2 records are not written") {
		t.Errorf("Close says %v", err)
	}
	close(g.open)
	<-served
	<-served
	if got, want := counts(l), (middleware.Stats{Records: 2, Written: 1, Dropped: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := l.Close(); err != nil {
		t.Errorf("once it goes on, Close says %v", err)
	}
}

// TestCloseTimeout: a writer that is slow has the time that the option gives it.
func TestCloseTimeout(t *testing.T) {
	for _, tt := range []struct {
		timeout, writer time.Duration
		ok              bool
	}{
		{time.Minute, 50 * time.Second, true},
		{time.Minute, 70 * time.Second, false},
		{0, 24 * time.Hour, true},
		{-1, 24 * time.Hour, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := middleware.New(writerFunc(func(b []byte) (int, error) {
				time.Sleep(tt.writer)
				return len(b), nil
			}), middleware.Buffered(middleware.Drop), middleware.CloseTimeout(tt.timeout), middleware.OnError(nil))
			serve(t, l, 1)
			if err := l.Close(); (err == nil) != tt.ok {
				t.Errorf("%v for a Write of %v: Close says %v", tt.timeout, tt.writer, err)
			}
			time.Sleep(24 * time.Hour)
		})
	}
}

// TestCloseDespiteOnError: a function that never returns holds Close up no longer than the
// writer may.
func TestCloseDespiteOnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l := middleware.New(&faulty{script: "ee"}, middleware.OnError(func(error) { <-release }))
		serve(t, l, 2)
		begin := time.Now()
		l.Close()
		if took := time.Since(begin); took > 6*time.Second {
			t.Errorf("Close took %v", took)
		}
		close(release)
	})
}
