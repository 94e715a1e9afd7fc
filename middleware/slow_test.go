package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
)

const slowWrite = 20 * time.Millisecond

// slowDisk is a log whose Writes take their time.
type slowDisk struct{ lockedBuffer }

func (s *slowDisk) Write(b []byte) (int, error) {
	time.Sleep(slowWrite)
	return s.lockedBuffer.Write(b)
}

// TestSlowDisk: without a buffer requests wait for their lines, and every one is answered
// and recorded.
func TestSlowDisk(t *testing.T) {
	const workers, each = 4, 5
	var d slowDisk
	l := middleware.New(&d)
	srv := newServer(t, l.Handler(http.HandlerFunc(ok)))
	get200(t, srv, workers, each)
	srv.Close()
	s := l.Stats()
	if s.Written != workers*each || s.MaxWriteTime < slowWrite || s.WriteTime < workers*each*slowWrite {
		t.Errorf("%+v", s)
	}
	checkLog(t, d.String(), s)
}

// TestSlowDiskBuffered: with a buffer no request waits for a slow Write, and Stats tells of
// its time.
func TestSlowDiskBuffered(t *testing.T) {
	const n = 200 // for which there is room
	for _, policy := range []middleware.Policy{middleware.Block, middleware.Drop} {
		synctest.Test(t, func(t *testing.T) {
			var d slowDisk
			l := middleware.New(&d, middleware.Buffered(policy))
			begin := time.Now()
			serve(t, l, n)
			if took := time.Since(begin); took != 0 {
				t.Errorf("policy %d: requests waited for %v", policy, took)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			s := l.Stats()
			if s.Written != n || s.MaxWriteTime != slowWrite || s.WriteTime < slowWrite || s.WriteTime%slowWrite != 0 || s.WriteTime >= n*slowWrite {
				t.Errorf("policy %d: %+v", policy, s)
			}
			checkLog(t, d.String(), s)
		})
	}
}

// get200 has each of some clients send requests one after another, all of which succeed.
func get200(t *testing.T, srv *httptest.Server, clients, each int) {
	t.Helper()
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range each {
				resp, err := srv.Client().Get(srv.URL)
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				if resp.Body.Close(); resp.StatusCode != http.StatusOK {
					t.Error(resp.Status)
				}
			}
		})
	}
	wg.Wait()
}

// TestStuckDiskUnderDrop: clients get all their answers while no Write returns, and
// the books are right when it does.
func TestStuckDiskUnderDrop(t *testing.T) {
	const clients, each = 8, 150
	g := newGate()
	l := middleware.New(g, middleware.Buffered(middleware.Drop), middleware.BufferSize(64<<10), middleware.OnError(nil))
	srv := newServer(t, l.Handler(http.HandlerFunc(ok)))
	get200(t, srv, clients, each)
	s := l.Stats()
	if s.Records != clients*each || s.Written != 0 || s.Dropped == 0 || s.Waiting+s.Dropped != s.Records {
		t.Errorf("while no Write returns: %+v", s)
	}
	close(g.open)
	for end := time.Now().Add(patience); l.Stats().Waiting > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	serve(t, l, 1)
	l.Close()
	after := l.Stats()
	if after.Dropped != s.Dropped || after.Written != s.Waiting+1 {
		t.Errorf("then: %+v, before: %+v", after, s)
	}
	checkLog(t, g.b.String(), after)
}
