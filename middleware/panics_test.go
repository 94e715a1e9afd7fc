package middleware_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var errBoom = errors.New("boom")

type nilError struct{ msg string }

func (e *nilError) Error() string { return e.msg }

// panicking is everything of which a method may be called for the log.
type panicking struct{}

func (panicking) Error() string                { panic(errBoom) }
func (panicking) MarshalJSON() ([]byte, error) { panic(errBoom) }
func (panicking) LogValue() slog.Value         { panic(errBoom) }

// TestContained: a panic of what the application hands to the Logger fails no request,
// costs no record, and is told.
func TestContained(t *testing.T) {
	says := func(f func(ctx context.Context)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { f(r.Context()) }
	}
	tests := []struct {
		name    string // of what panics
		reason  string
		opt     middleware.Option
		handler http.HandlerFunc
		level   string
		err     string
	}{
		{"Level", "as if it had said nothing", middleware.Level(func(*accesslog.Record) string { panic(errBoom) }), ok, "INFO", ""},
		{"Sample", "all are written", middleware.Sample(func(*accesslog.Record) float64 { panic(errBoom) }), ok, "INFO", ""},
		{"Skip", "nothing is skipped", middleware.Skip(func(*http.Request) bool { panic(errBoom) }), ok, "INFO", ""},
		{"RouteFunc", "it knows no route", middleware.RouteFunc(func(*http.Request) string { panic(errBoom) }), ok, "INFO", ""},
		{"Observe", "ends the observer alone", middleware.Observe(func(*accesslog.Record) { panic(errBoom) }), ok, "INFO", ""},
		{"Clock", "the time is time.Now", middleware.Clock(func() time.Time { panic(errBoom) }), ok, "INFO", ""},
		{"Level", "net/http's own value to abort aborts nothing", middleware.Level(func(*accesslog.Record) string { panic(http.ErrAbortHandler) }), ok, "INFO", ""},
		{"SetError", "an error that cannot say what it is", nil, says(func(ctx context.Context) { middleware.SetError(ctx, panicking{}) }), "INFO", "!PANIC: boom"},
		{"SetError", "a nil pointer in an interface", nil, says(func(ctx context.Context) { middleware.SetError(ctx, (*nilError)(nil)) }),
			"INFO", "!PANIC: runtime error: invalid memory address or nil pointer dereference"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines, told := newLines(), make(chan error, 9)
			l := middleware.New(lines, middleware.OnError(func(err error) { told <- err }), func(l *middleware.Logger) {
				if tt.opt != nil {
					tt.opt(l)
				}
			})
			w := httptest.NewRecorder()
			l.Handler(mux("/{x}")).ServeHTTP(w, httptest.NewRequest("GET", "/a", nil))
			if tt.opt == nil {
				lines.next(t)
				l.Handler(tt.handler).ServeHTTP(w, httptest.NewRequest("GET", "/a", nil))
			}
			r := lines.next(t)
			if w.Code != 200 || r.Status != accesslog.Some(200) || r.Level != tt.level || r.Error != tt.err || r.SampleRate != 0 || time.Since(r.Time) > time.Hour {
				t.Errorf("%s: %+v", tt.reason, r)
			}
			if tt.opt != nil && r.Route != "/{x}" {
				t.Errorf("%s: route %q", tt.reason, r.Route)
			}
			l.Close()
			var p *middleware.PanicError
			if err := <-told; !errors.As(err, &p) || p.Func != tt.name || p.Panics != 1 || !strings.Contains(string(p.Stack), "panics_test.go") {
				t.Errorf("%s: told %#v", tt.reason, err)
			}
			if s := l.Stats(); s.Panics != 1 || s.Written != s.Records || s.Dropped != 0 {
				t.Errorf("%s: %+v", tt.reason, s)
			}
		})
	}
}

// TestContainedAttrs: the panic of an attribute's method stands in its place, as in
// log/slog, and the other attributes are there.
func TestContainedAttrs(t *testing.T) {
	r := record(t, func(w http.ResponseWriter, r *http.Request) {
		middleware.AddAttrs(r.Context(), slog.Any("a", panicking{}), slog.Int("b", 1), slog.Any("c", (*nilError)(nil)),
			slog.Any("d", struct{ X any }{X: json{}}), slog.Any("e", error(onlyError{})))
	}, httptest.NewRequest("GET", "/", nil))
	got := map[string]string{}
	for _, a := range r.Attrs {
		text, _, _ := strings.Cut(a.Text(), "\n")
		got[a.Key] = text
	}
	want := map[string]string{"a": "LogValue panicked", "b": "1", "c": "<nil>", "d": "!PANIC: boom", "e": "!PANIC: boom"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

type onlyError struct{}

func (onlyError) Error() string { panic(errBoom) }

type json struct{}

func (json) MarshalJSON() ([]byte, error) { panic(errBoom) }

// TestContainedWhileTheHandlerPanics: the handler's own panic goes on as it is.
func TestContainedWhileTheHandlerPanics(t *testing.T) {
	lines := newLines()
	l := middleware.New(lines, middleware.OnError(nil), middleware.Observe(func(*accesslog.Record) { panic(errBoom) }))
	func() {
		defer func() {
			if p := recover(); p != "mine" {
				t.Errorf("recovered %v", p)
			}
		}()
		l.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("mine") })).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}()
	if r := lines.next(t); r.Outcome != accesslog.OutcomePanic || r.Error != "mine" {
		t.Errorf("got %+v", r)
	}
	l.Close()
}

// TestPanickingWriter: a writer that panics loses one record at a time, as one that fails
// does; where half a line may stand, the next begins on a line of its own.
func TestPanickingWriter(t *testing.T) {
	tests := []struct {
		name string
		opts options
	}{{"unbuffered", nil}, {"buffered", options{middleware.Buffered(middleware.Block)}}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			var log strings.Builder
			panics := 1
			w := writerFunc(func(b []byte) (int, error) {
				mu.Lock()
				defer mu.Unlock()
				if panics > 0 {
					panics--
					log.Write(b[:len(b)/2])
					panic(errBoom)
				}
				return log.Write(b)
			})
			var s tales
			l := middleware.New(w, append(options{middleware.OnError(s.add)}, tt.opts...)...)
			fail(l) // which is written at once
			for range 1000 {
				if l.Stats().Dropped > 0 {
					break
				}
				time.Sleep(time.Millisecond)
			}
			serve(t, l, 2)
			err := l.Close()
			var p *middleware.PanicError
			if !errors.As(err, &p) || p.Func != "io.Writer" || !errors.Is(err, errBoom) {
				t.Errorf("Close says %v", err)
			}
			if got := told(t, log.String()); got != "x 1 0" {
				t.Errorf("lines %q in\n%s", got, log.String())
			}
			if got, want := counts(l), (middleware.Stats{Records: 3, Written: 2, Dropped: 1, WriteErrors: 1, Panics: 1}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if got := s.String(); got != "access log: 1 record lost: panic in io.Writer: boom" {
				t.Errorf("told %q", got)
			}
		})
	}
}

// panickingHandler panics in the methods that it names.
type panickingHandler struct {
	slog.Handler
	enabled, handle bool
}

func (h panickingHandler) Enabled(ctx context.Context, l slog.Level) bool {
	if h.enabled {
		panic(errBoom)
	}
	return h.Handler.Enabled(ctx, l)
}

func (h panickingHandler) Handle(ctx context.Context, r slog.Record) error {
	if h.handle {
		panic(errBoom)
	}
	return h.Handler.Handle(ctx, r)
}

func TestPanickingSlogHandler(t *testing.T) {
	tests := []struct {
		reason          string
		enabled, handle bool
		want            middleware.Stats
	}{
		{"Enabled: the record is handed over", true, false, middleware.Stats{Records: 1, Written: 1, Panics: 1}},
		{"Handle: the record is lost", false, true, middleware.Stats{Records: 1, Dropped: 1, WriteErrors: 1, Panics: 1}},
	}
	for _, tt := range tests {
		l := middleware.NewSlog(panickingHandler{slog.NewJSONHandler(io.Discard, nil), tt.enabled, tt.handle}, middleware.OnError(nil))
		serve(t, l, 1)
		if got := counts(l); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.reason, got, tt.want)
		}
		if err := l.Close(); tt.handle != errors.Is(err, errBoom) {
			t.Errorf("%s: Close says %v", tt.reason, err)
		}
	}
}

// TestPanicsAreToldNowAndThen: a function that panics at every request is told of once a
// second.
func TestPanicsAreToldNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s tales
		l := middleware.New(io.Discard, middleware.OnError(s.add), middleware.Level(func(*accesslog.Record) string { panic(errBoom) }))
		for range 8 {
			serve(t, l, 1)
			time.Sleep(300 * time.Millisecond)
		}
		synctest.Wait()
		l.Close()
		first, three := "access log: panic in Level: boom", "access log: 3 panics, the first in Level: boom"
		want := strings.Join([]string{first, three, three, first}, "; ")
		if got := s.String(); got != want {
			t.Errorf("told %q", got)
		}
		if got := l.Stats().Panics; got != 8 {
			t.Errorf("%d panics counted", got)
		}
	})
}
