package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
	"github.com/loganalyze/loganalyze/middleware/internal/capture"
)

// TestObserve: an observer sees, once and before the line is written, what the line
// says.
func TestObserve(t *testing.T) {
	for _, c := range capture.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			lines, seen := newLines(), make(chan accesslog.Record, 9)
			l := middleware.New(lines, middleware.Observe(func(r *accesslog.Record) {
				lines.none(t)
				seen <- *r
			}))
			c.Run(capture.NewExchange(t), l.Handler)
			want := lines.next(t)
			if len(seen) != 1 {
				t.Fatalf("seen %d times", len(seen))
			}
			got := <-seen
			if got.Level == "" {
				got.Level = got.DefaultLevel()
			}
			// The line rounds its durations; Msg and Version are filled in as it is written.
			ignore := cmpopts.IgnoreFields(accesslog.Record{}, "Time", "Duration", "TTFB", "Msg", "Version")
			if d := cmp.Diff(want, got, ignore, cmpopts.IgnoreUnexported(accesslog.Record{}), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("-line +observed\n%s", d)
			}
			if !got.Duration.Known || got.TTFB.Known != want.TTFB.Known || got.Time.IsZero() {
				t.Errorf("times: %+v", got)
			}
		})
	}
}

// TestObserveSampled: an observer sees what Sample leaves out of the log, or shares of failures
// would be those of the sample.
func TestObserveSampled(t *testing.T) {
	seen := 0
	var log strings.Builder
	l := middleware.New(&log, middleware.Sample(func(*accesslog.Record) float64 { return 0 }), middleware.Observe(func(*accesslog.Record) { seen++ }))
	for range 3 {
		l.Handler(http.HandlerFunc(ok)).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	if s := l.Stats(); seen != 3 || s.Sampled != 3 || log.Len() != 0 {
		t.Errorf("%d seen, %+v, log %q", seen, s, log.String())
	}
}

// TestObserveOrder: observers are called in the order in which they were given, and
// see records whose lines are lost too.
func TestObserveOrder(t *testing.T) {
	var order []string
	note := func(name string) middleware.Option {
		return middleware.Observe(func(r *accesslog.Record) {
			order = append(order, name)
			if r.Status != accesslog.Some(200) {
				t.Errorf("got %+v", r)
			}
		})
	}
	l := middleware.New(&faulty{script: "e"}, note("a"), note("b"))
	serve(t, l, 1)
	l.Close()
	serve(t, l, 1)
	if d := cmp.Diff([]string{"a", "b", "a", "b"}, order); d != "" {
		t.Error(d)
	}
	if s := l.Stats(); s.Records != 2 || s.Dropped != 2 {
		t.Errorf("got %+v", s)
	}
}

// TestObserveTogether: many requests observe at a time.
func TestObserveTogether(t *testing.T) {
	var mu sync.Mutex
	n := 0
	l := middleware.New(io.Discard, middleware.Observe(func(*accesslog.Record) {
		mu.Lock()
		defer mu.Unlock()
		n++
	}))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { serve(t, l, 50) })
	}
	wg.Wait()
	if n != 400 {
		t.Errorf("seen %d", n)
	}
}

// TestObserverPanics: it ends the observer alone. The others see the record, which is
// written.
func TestObserverPanics(t *testing.T) {
	lines, seen := newLines(), 0
	h := middleware.New(lines, middleware.OnError(nil),
		middleware.Observe(func(*accesslog.Record) { panic(errBoom) }),
		middleware.Observe(func(*accesslog.Record) { seen++ }),
	).Handler(http.HandlerFunc(ok))
	for range 2 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		lines.next(t)
	}
	if seen != 2 {
		t.Errorf("the second observer saw %d records", seen)
	}
}
