package middleware_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
)

// tales keeps what an OnError function is told.
type tales struct {
	mu  sync.Mutex
	all []string
}

func (s *tales) add(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, err.Error())
}

func (s *tales) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.all, "; ")
}

// TestOnError: the first loss is told at once, those of the next second together when it
// is over, and what is left by Close.
func TestOnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s tales
		f := &faulty{script: "e" + "eew" + "ee" + "w" + "e" + "e"}
		l := middleware.New(f, middleware.OnError(s.add))
		expect := func(reason, want string) {
			t.Helper()
			synctest.Wait()
			if got := s.String(); got != want {
				t.Errorf("%s: told %q, want %q", reason, got, want)
			}
			s.mu.Lock()
			s.all = nil
			s.mu.Unlock()
		}
		serve(t, l, 1)
		expect("the first loss", "access log: 1 record lost: disk full")
		serve(t, l, 3)
		expect("two more in the same second", "")
		time.Sleep(time.Second)
		expect("when it is over", "access log: 2 records lost: disk full")
		serve(t, l, 2)
		time.Sleep(999 * time.Millisecond)
		expect("the next second is not over", "")
		time.Sleep(time.Millisecond)
		expect("now it is", "access log: 2 records lost: disk full")
		serve(t, l, 1)
		time.Sleep(time.Hour)
		expect("nothing was lost", "")
		serve(t, l, 1)
		expect("a first loss again", "access log: 1 record lost: disk full")
		serve(t, l, 1)
		l.Close()
		expect("Close tells what is left", "access log: 1 record lost: disk full")
		serve(t, l, 2)
		time.Sleep(time.Second)
		if got := s.String(); !strings.Contains(got, "the log is closed") {
			t.Errorf("records after Close: told %q", got)
		}
	})
}

// TestOnErrorNeverInTheWay: a function that blocks, panics or uses the Logger holds up
// no request, and is not called while it runs.
func TestOnErrorNeverInTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var calls atomic.Int64
		var l *middleware.Logger
		l = middleware.New(&faulty{script: strings.Repeat("e", 100)}, middleware.OnError(func(err error) {
			var lost *middleware.LossError
			if !errors.As(err, &lost) || !errors.Is(err, errDisk) {
				t.Errorf("told %#v", err)
			}
			n := calls.Add(1)
			<-release
			if n == 1 {
				serve(t, l, 1) // which fails as well
				l.Stats()
			} else {
				l.Close()
			}
			panic(err)
		}))
		serve(t, l, 5)
		time.Sleep(time.Minute)
		serve(t, l, 5)
		synctest.Wait()
		if calls := calls.Load(); calls != 1 {
			t.Errorf("%d calls while the first one runs", calls)
		}
		close(release)
		time.Sleep(time.Minute)
		if calls := calls.Load(); calls != 2 {
			t.Errorf("%d calls, want one more for what was lost meanwhile", calls)
		}
	})
}

func TestOnErrorDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b lockedBuffer
		old, output, flags := slog.Default(), log.Writer(), log.Flags()
		defer func() { // SetDefault turns package log round, too
			slog.SetDefault(old)
			log.SetOutput(output)
			log.SetFlags(flags)
		}()
		slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
		l := middleware.New(&faulty{script: strings.Repeat("e", 100)})
		for range 100 {
			serve(t, l, 1)
			time.Sleep(250 * time.Millisecond)
		}
		synctest.Wait()
		// Loggers of other tests, outside the bubble and its clock, may tell of theirs.
		if got := strings.Count(b.String(), "time=2000-"); got != 3 || !strings.Contains(b.String(), `level=ERROR msg="access log records lost" records=1 error="disk full"`) {
			t.Errorf("%d lines in 25 seconds, want 3:\n%s", got, b.String())
		}
		l.Close()
	})
}

func TestOnErrorNil(t *testing.T) {
	l := middleware.New(&faulty{script: "ee"}, middleware.OnError(nil))
	serve(t, l, 2)
	l.Close()
}

type slow struct{ writes int }

func (s *slow) Write(b []byte) (int, error) {
	s.writes++
	time.Sleep(time.Duration(s.writes) * time.Millisecond)
	return len(b), nil
}

func TestWriteTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := middleware.New(&slow{})
		serve(t, l, 3)
		if s := l.Stats(); s.WriteTime != 6*time.Millisecond || s.MaxWriteTime != 3*time.Millisecond {
			t.Errorf("WriteTime %v, MaxWriteTime %v", s.WriteTime, s.MaxWriteTime)
		}
	})
}

// What is told of lost lines can go where the service's other alarms go.
func ExampleOnError() {
	broken := writerFunc(func([]byte) (int, error) { return 0, errors.New("no space left on device") })
	l := middleware.New(broken, middleware.OnError(func(err error) {
		fmt.Println(err) // or count it, or page somebody
	}))
	serve(nil, l, 1)
	l.Close()
	// Output:
	// access log: 1 record lost: no space left on device
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

var _ io.Writer = writerFunc(nil)
