package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var tenant = slog.String("tenant", "acme")

func TestLevel(t *testing.T) {
	byTenant := middleware.Level(func(r *accesslog.Record) string {
		if r.Status.Value == 404 && r.Route == "/users/{id}" {
			return accesslog.LevelInfo
		}
		if len(r.Attrs) > 0 && r.Attrs[0].Text() == "acme" {
			return "DEBUG"
		}
		return ""
	})
	tests := []struct {
		reason  string
		opts    options
		handler http.HandlerFunc
		want    string
	}{
		{"by default", nil, http.NotFound, "WARN"},
		{"another", options{byTenant}, func(w http.ResponseWriter, r *http.Request) {
			middleware.SetRoute(r.Context(), "/users/{id}")
			http.NotFound(w, r)
		}, "INFO"},
		{"from an attribute", options{byTenant}, func(w http.ResponseWriter, r *http.Request) { middleware.AddAttrs(r.Context(), tenant) }, "DEBUG"},
		{"nothing said", options{byTenant}, http.NotFound, "WARN"},
		{"no function", options{middleware.Level(nil)}, http.NotFound, "WARN"},
		{"a failure too", options{middleware.Level(func(*accesslog.Record) string { return "WARN" })},
			func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }, "WARN"},
	}
	for _, tt := range tests {
		if got := record(t, tt.handler, httptest.NewRequest("GET", "/", nil), tt.opts...).Level; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

// status is a handler that answers with code.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// written serves n requests and returns the records that were written.
func written(t *testing.T, l *middleware.Logger, logged *strings.Builder, h http.HandlerFunc, n int) (all []accesslog.Record) {
	t.Helper()
	logged.Reset()
	wrapped := l.Handler(h)
	for i := range n {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Request-Id", fmt.Sprint("id-", i))
		func() {
			defer func() { recover() }()
			wrapped.ServeHTTP(httptest.NewRecorder(), r)
		}()
	}
	for line := range strings.Lines(logged.String()) {
		all = append(all, parse(t, line))
	}
	return all
}

func TestSample(t *testing.T) {
	const n = 2000
	fixed := func(rate float64) func(*accesslog.Record) float64 {
		return func(*accesslog.Record) float64 { return rate }
	}
	truncated := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		w.WriteHeader(200)
	}
	byStatus := func(r *accesslog.Record) float64 {
		if r.Status.Value >= 400 {
			return 1
		}
		return 0.1
	}
	tests := []struct {
		reason   string
		f        func(*accesslog.Record) float64
		handler  http.HandlerFunc
		min, max int
		rate     float64 // in the line
	}{
		{"all", fixed(1), ok, n, n, 0},
		{"more than all", fixed(7), ok, n, n, 0},
		{"no number", fixed(math.NaN()), ok, n, n, 0},
		{"no function", nil, ok, n, n, 0},
		{"half", fixed(0.5), ok, n * 45 / 100, n * 55 / 100, 0.5},
		{"a tenth", fixed(0.1), ok, n * 8 / 100, n * 12 / 100, 0.1},
		{"none", fixed(0), ok, 0, 0, 0},
		{"less than none", fixed(-1), ok, 0, 0, 0},
		{"by status, 200", byStatus, ok, n * 8 / 100, n * 12 / 100, 0.1},
		{"by status, 404", byStatus, http.NotFound, n, n, 0},
		{"a 4xx is no failure", fixed(0.5), http.NotFound, n * 45 / 100, n * 55 / 100, 0.5},
		{"a 5xx is always written", fixed(0), status(503), n, n, 0},
		{"so is a truncated 200", fixed(0), truncated, n, n, 0},
		{"so is a panic", fixed(0), func(http.ResponseWriter, *http.Request) { panic("x") }, n, n, 0},
	}
	for _, tt := range tests {
		var logged strings.Builder
		l := middleware.New(&logged, middleware.Sample(tt.f))
		all := written(t, l, &logged, tt.handler, n)
		if len(all) < tt.min || len(all) > tt.max {
			t.Errorf("%s: %d of %d, want %d to %d", tt.reason, len(all), n, tt.min, tt.max)
		}
		for _, r := range all {
			if r.SampleRate != tt.rate {
				t.Errorf("%s: sample_rate %v, want %v", tt.reason, r.SampleRate, tt.rate)
				break
			}
		}
		want := middleware.Stats{Records: uint64(len(all)), Written: uint64(len(all)), Sampled: uint64(n - len(all))}
		if got := counts(l); got != want {
			t.Errorf("%s: got %+v, want %+v", tt.reason, got, want)
		}
	}
}

// TestSampleByTrace: services that share a trace keep or leave out the same ones, and
// what a lower rate keeps a higher one keeps too.
func TestSampleByTrace(t *testing.T) {
	kept := func(rate float64, header, value string) bool {
		lines := newLines()
		h := middleware.New(lines, middleware.Sample(func(*accesslog.Record) float64 { return rate })).Handler(http.HandlerFunc(ok))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set(header, value)
		h.ServeHTTP(httptest.NewRecorder(), r)
		return len(lines) == 1
	}
	count := 0
	for i := range 1000 {
		trace := fmt.Sprintf("00-%032x-00f067aa0ba902b7-01", i+1)
		a, b := kept(0.3, "Traceparent", trace), kept(0.3, "Traceparent", trace)
		if a != b {
			t.Fatalf("%s: kept %v here, %v there", trace, a, b)
		}
		if a && !kept(0.6, "Traceparent", trace) {
			t.Errorf("%s: kept at 0.3 and not at 0.6", trace)
		}
		if a {
			count++
		}
	}
	if count < 250 || count > 350 {
		t.Errorf("ids that count upwards: %d of 1000 kept, want about 300", count)
	}
	// The hash is a part of the contract between versions.
	for id, want := range map[string]bool{"a": false, "b": true, "c": true, "abc-123": false} {
		if got := kept(0.5, "X-Request-Id", id); got != want {
			t.Errorf("request id %q: kept %v, want %v", id, got, want)
		}
	}
}

func TestSkip(t *testing.T) {
	health := middleware.Skip(func(r *http.Request) bool { return r.URL.Path == "/health" })
	tests := []struct {
		reason, path string
		opts         options
		handler      http.HandlerFunc
		lines        int
	}{
		{"another path", "/", options{health}, ok, 1},
		{"a skipped one", "/health", options{health}, ok, 0},
		{"a 404 is no failure", "/health", options{health}, http.NotFound, 0},
		{"a failure is recorded even so", "/health", options{health}, status(503), 1},
		{"so is a panic", "/health", options{health}, func(http.ResponseWriter, *http.Request) { panic("x") }, 1},
		{"whatever handlers do to the path", "/health", options{health}, func(w http.ResponseWriter, r *http.Request) { r.URL.Path = "/" }, 0},
		{"nothing is skipped by default", "/health", nil, ok, 1},
		{"no function", "/health", options{middleware.Skip(nil)}, ok, 1},
		{"a skipped failure is not sampled", "/health", options{health, middleware.Sample(func(*accesslog.Record) float64 { return 0 })}, status(500), 1},
	}
	for _, tt := range tests {
		var logged strings.Builder
		l := middleware.New(&logged, tt.opts...)
		func() {
			defer func() { recover() }()
			l.Handler(tt.handler).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", tt.path, nil))
		}()
		want := middleware.Stats{Records: uint64(tt.lines), Written: uint64(tt.lines), Skipped: uint64(1 - tt.lines)}
		if got := strings.Count(logged.String(), "\n"); got != tt.lines || counts(l) != want {
			t.Errorf("%s: %d lines, want %d; %+v", tt.reason, got, tt.lines, l.Stats())
		}
	}
}

// TestSkipHijacked: what was answered on a hijacked connection is known at its end.
func TestSkipHijacked(t *testing.T) {
	for code, lines := range map[int]int{101: 0, 503: 1} {
		logged := newLines()
		l := middleware.New(logged, middleware.Skip(func(*http.Request) bool { return true }))
		returned, closed := make(chan bool), make(chan bool)
		h := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			go func() {
				<-returned
				fmt.Fprintf(c, "HTTP/1.1 %d x\r\n\r\n", code)
				c.Close()
				close(closed)
			}()
		}))
		srv := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			close(returned)
		}))
		get(t, srv, request("GET", "/"))
		<-closed
		if s := l.Stats(); len(logged) != lines || s.Skipped != uint64(1-lines) {
			t.Errorf("%d: %d lines, want %d; %+v", code, len(logged), lines, s)
		}
	}
}

// router is a router as chi and gorilla/mux are: what matched stands in the context
// of a copy of the request, and is used anew once the router has returned.
type router struct {
	route string
	inner http.Handler
}

type routerKey struct{}

var routerContexts = sync.Pool{New: func() any { return new(string) }}

func (rt router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	matched := routerContexts.Get().(*string)
	*matched = rt.route
	defer func() {
		*matched = "of another request"
		routerContexts.Put(matched)
	}()
	rt.inner.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), routerKey{}, matched)))
}

func routerRoute(r *http.Request) string {
	if route, ok := r.Context().Value(routerKey{}).(*string); ok {
		return *route
	}
	return ""
}

func TestRouteFunc(t *testing.T) {
	type L = *middleware.Logger
	f := middleware.RouteFunc(routerRoute)
	named := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { middleware.SetRoute(r.Context(), "/named") })
	tests := []struct {
		reason  string
		opts    options
		handler func(L) http.Handler
		want    string
	}{
		{"a Handler inside the router", options{f}, func(l L) http.Handler { return router{"/users/{id}", l.Handler(http.HandlerFunc(ok))} }, "/users/{id}"},
		{"a Handler outside alone sees nothing", options{f}, func(l L) http.Handler { return l.Handler(router{"/users/{id}", http.HandlerFunc(ok)}) }, ""},
		{"Route inside", options{f}, func(l L) http.Handler { return l.Handler(router{"/users/{id}", l.Route(http.HandlerFunc(ok))}) }, "/users/{id}"},
		{"without the option", nil, func(l L) http.Handler { return l.Handler(router{"/users/{id}", l.Route(http.HandlerFunc(ok))}) }, ""},
		{"no function", options{middleware.RouteFunc(nil)}, func(l L) http.Handler { return router{"/users/{id}", l.Handler(http.HandlerFunc(ok))} }, ""},
		{"the innermost of two routers", options{f}, func(l L) http.Handler {
			return l.Handler(router{"/users/*", l.Route(router{"/users/{id}", l.Route(http.HandlerFunc(ok))})})
		}, "/users/{id}"},
		{"one that knows nothing leaves it to the next", options{f}, func(l L) http.Handler {
			return l.Handler(router{"/users/*", l.Route(router{"", l.Route(http.HandlerFunc(ok))})})
		}, "/users/*"},
		{"SetRoute goes before it", options{f}, func(l L) http.Handler { return l.Handler(router{"/users/{id}", l.Route(named)}) }, "/named"},
		{"it goes before an http.ServeMux outside", options{f}, func(l L) http.Handler {
			m := http.NewServeMux()
			m.Handle("/users/", router{"/users/{id}", l.Route(http.HandlerFunc(ok))})
			return l.Handler(m)
		}, "/users/{id}"},
		{"where it knows nothing, the pattern stays", options{f}, func(l L) http.Handler { return l.Handler(mux("/users/{id}")) }, "/users/{id}"},
		{"methods and hosts go", options{f}, func(l L) http.Handler {
			return router{"GET example.com/users/{id}", l.Handler(http.HandlerFunc(ok))}
		}, "/users/{id}"},
		{"of a handler that panics", options{f}, func(l L) http.Handler {
			return l.Handler(router{"/users/{id}", l.Route(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))})
		}, "/users/{id}"},
		{"it may name the route itself", options{middleware.RouteFunc(func(r *http.Request) string {
			middleware.SetRoute(r.Context(), "/by/{func}")
			return ""
		})}, func(l L) http.Handler { return l.Handler(http.HandlerFunc(ok)) }, "/by/{func}"},
	}
	for _, tt := range tests {
		lines := newLines()
		h := tt.handler(middleware.New(lines, tt.opts...))
		func() {
			defer func() { recover() }()
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/users/7", nil))
		}()
		if got := lines.next(t).Route; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

// TestRouteFuncHijacked: a router's context is of another request when a hijacked
// connection is closed.
func TestRouteFuncHijacked(t *testing.T) {
	lines := newLines()
	l := middleware.New(lines, middleware.RouteFunc(routerRoute))
	returned := make(chan bool)
	hijacks := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			<-returned
			c.Close()
		}()
	})
	srv := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(returned)
		router{"/socket/{id}", l.Handler(hijacks)}.ServeHTTP(w, r)
	}))
	get(t, srv, request("GET", "/socket/1"))
	if got := lines.next(t).Route; got != "/socket/{id}" {
		t.Errorf("got %q", got)
	}
}

// TestLateAttrs: what a goroutine adds while the line is being written spoils nothing.
func TestLateAttrs(t *testing.T) {
	var wg sync.WaitGroup
	l := middleware.New(io.Discard, middleware.RequestHeaders("A"), middleware.Level(func(r *accesslog.Record) string {
		return fmt.Sprint(len(r.Attrs))
	}))
	h := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wg.Go(func() {
			for range 20 {
				middleware.AddAttrs(r.Context(), tenant)
				middleware.SetError(r.Context(), errors.New("late"))
			}
		})
	}))
	for range 100 {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("A", "b")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	wg.Wait()
}
