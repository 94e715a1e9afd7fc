package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/negroni/v3"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// mux returns a mux that answers ok on each pattern.
func mux(patterns ...string) *http.ServeMux {
	m := http.NewServeMux()
	for _, p := range patterns {
		m.HandleFunc(p, ok)
	}
	return m
}

// copies is a middleware that hands on a copy of the request.
func copies(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, nil)))
	})
}

func TestRoute(t *testing.T) {
	type L = *middleware.Logger
	tests := []struct {
		reason  string
		handler func(L) http.Handler
		target  string
		want    string
	}{
		{"the pattern that matched", func(l L) http.Handler { return mux("/users/{id}", "/") }, "/users/7", "/users/{id}"},
		{"without its method", func(l L) http.Handler { return mux("GET /users/{id}") }, "/users/7", "/users/{id}"},
		{"without its host", func(l L) http.Handler { return mux("example.com/users/{id}") }, "/users/7", "/users/{id}"},
		{"without both", func(l L) http.Handler { return mux("GET example.com/users/{id}") }, "/users/7", "/users/{id}"},
		{"a rest", func(l L) http.Handler { return mux("/files/{path...}") }, "/files/a/b", "/files/{path...}"},
		{"the root alone", func(l L) http.Handler { return mux("/{$}") }, "/", "/{$}"},
		{"no match is no route", func(l L) http.Handler { return mux("/users/{id}") }, "/admin", ""},
		{"another method is no match", func(l L) http.Handler { return mux("POST /users/{id}") }, "/users/7", ""},
		{"no mux is no route", func(l L) http.Handler { return http.HandlerFunc(ok) }, "/users/7", ""},
		{"the inner of two muxes", func(l L) http.Handler {
			m := http.NewServeMux()
			m.Handle("/users/", mux("/users/{id}"))
			return m
		}, "/users/7", "/users/{id}"},
		{"a copy of the request hides the pattern", func(l L) http.Handler { return copies(mux("/users/{id}")) }, "/users/7", ""},
		{"Route behind a copy", func(l L) http.Handler { return copies(l.Route(mux("GET /users/{id}"))) }, "/users/7", "/users/{id}"},
		{"Route behind StripPrefix", func(l L) http.Handler { return http.StripPrefix("/api", l.Route(mux("/users/{id}"))) }, "/api/users/7", "/api/users/{id}"},
		{"Route behind TimeoutHandler", func(l L) http.Handler { return http.TimeoutHandler(l.Route(mux("/users/{id}")), patience, "") }, "/users/7", "/users/{id}"},
		{"Route goes before an outer pattern", func(l L) http.Handler {
			m := http.NewServeMux()
			m.Handle("/api/", copies(l.Route(mux("/api/users/{id}"))))
			return m
		}, "/api/users/7", "/api/users/{id}"},
		{"Route without a match leaves the outer pattern", func(l L) http.Handler {
			m := http.NewServeMux()
			m.Handle("/api/", copies(l.Route(mux("/api/users/{id}"))))
			return m
		}, "/api/admin", "/api/"},
		{"Route of a handler that panics", func(l L) http.Handler {
			m := http.NewServeMux()
			m.HandleFunc("/users/{id}", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
			return copies(l.Route(m))
		}, "/users/7", "/users/{id}"},
		{"SetRoute goes before the mux", func(l L) http.Handler {
			m := http.NewServeMux()
			m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { middleware.SetRoute(r.Context(), "/users/{name}") })
			return l.Route(m)
		}, "/users/7", "/users/{name}"},
		{"SetRoute takes a mux's own patterns", func(l L) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				middleware.SetRoute(r.Context(), "GET example.com/a/{b}")
			})
		}, "/a/1", "/a/{b}"},
		{"the last SetRoute stays", func(l L) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				middleware.SetRoute(r.Context(), "/a")
				middleware.SetRoute(r.Context(), "/b")
			})
		}, "/a", "/b"},
		{"a name that is no path", func(l L) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { middleware.SetRoute(r.Context(), "users.Show") })
		}, "/users/7", "users.Show"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			lines := newLines()
			l := middleware.New(lines)
			func() {
				defer func() { recover() }()
				l.Handler(tt.handler(l)).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", tt.target, nil))
			}()
			if got := lines.next(t).Route; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAttrsErrorAndLevel(t *testing.T) {
	tests := []struct {
		reason  string
		handler http.HandlerFunc
		level   string
		err     string
		attrs   map[string]string
	}{
		{"nothing said", ok, "INFO", "", map[string]string{}},
		{"attributes of several calls", func(w http.ResponseWriter, r *http.Request) {
			middleware.AddAttrs(r.Context(), slog.String("tenant", "acme"), slog.Int("items", 3))
			middleware.AddAttrs(r.Context(), slog.Duration("wait", time.Millisecond))
		}, "INFO", "", map[string]string{"tenant": `"acme"`, "items": "3", "wait": "1000000"}},
		{"a key inside a group takes nothing from the record", func(w http.ResponseWriter, r *http.Request) {
			middleware.AddAttrs(r.Context(), slog.Group("db", slog.Int("status", 1)))
		}, "INFO", "", map[string]string{"db": `{"status":1}`}},
		{"an attribute cannot pass for the status", func(w http.ResponseWriter, r *http.Request) {
			middleware.AddAttrs(r.Context(), slog.Int("status", 200))
			w.WriteHeader(404)
		}, "WARN", "", map[string]string{"attr.status": "200"}},
		{"an error changes no status and no level", func(w http.ResponseWriter, r *http.Request) {
			middleware.SetError(r.Context(), errors.New("cache is cold"))
		}, "INFO", "cache is cold", map[string]string{}},
		{"the last error that is one stays", func(w http.ResponseWriter, r *http.Request) {
			middleware.SetError(r.Context(), errors.New("first"))
			middleware.SetError(r.Context(), errors.New("second"))
			middleware.SetError(r.Context(), nil)
			w.WriteHeader(503)
		}, "ERROR", "second", map[string]string{}},
		{"a truncated success is an error", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5")
			w.WriteHeader(200)
		}, "ERROR", "", map[string]string{}},
		{"attributes are encoded at once", func(w http.ResponseWriter, r *http.Request) {
			list := []int{1}
			middleware.AddAttrs(r.Context(), slog.Any("list", list))
			list[0] = 2
		}, "INFO", "", map[string]string{"list": "[1]"}},
		{"from many goroutines", func(w http.ResponseWriter, r *http.Request) {
			var wg sync.WaitGroup
			for _, k := range []string{"a", "b", "c"} {
				wg.Go(func() {
					middleware.AddAttrs(r.Context(), slog.Bool(k, true))
					middleware.SetRoute(r.Context(), "/")
					middleware.SetError(r.Context(), errors.New("x"))
				})
			}
			wg.Wait()
		}, "INFO", "x", map[string]string{"a": "true", "b": "true", "c": "true"}},
	}
	for _, tt := range tests {
		r := record(t, tt.handler, httptest.NewRequest("GET", "/", nil))
		attrs := map[string]string{}
		for _, a := range r.Attrs {
			attrs[a.Key] = a.JSON()
		}
		if d := cmp.Diff(tt.attrs, attrs); d != "" || r.Level != tt.level || r.Error != tt.err {
			t.Errorf("%s: level %s error %q; attributes -want +got\n%s", tt.reason, r.Level, r.Error, d)
		}
	}
}

// TestAfterTheRecord: what a goroutine says once the record is written is lost,
// and disturbs nobody.
func TestAfterTheRecord(t *testing.T) {
	var late context.Context
	lines := newLines()
	h := middleware.New(lines).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { late = r.Context() }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	middleware.SetRoute(late, "/late")
	middleware.AddAttrs(late, slog.Bool("late", true))
	middleware.SetError(late, errors.New("late"))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	for range 2 {
		if r := lines.next(t); r.Route != "" || r.Error != "" || len(r.Attrs) != 0 {
			t.Errorf("got %+v", r)
		}
	}
	lines.none(t)
}

func TestNested(t *testing.T) {
	say := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		middleware.SetError(r.Context(), errors.New("said"))
		middleware.AddAttrs(r.Context(), slog.Int("n", 1))
		w.WriteHeader(404)
	})
	users := http.NewServeMux()
	users.Handle("/users/{id}", say)
	routed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		middleware.SetRoute(r.Context(), "/users/{id}")
		say(w, r)
	})
	tests := []struct {
		reason string
		chain  func(a, b *middleware.Logger) http.Handler
		a, b   int // records of each
	}{
		{"one Logger twice", func(a, _ *middleware.Logger) http.Handler { return a.Handler(a.Handler(routed)) }, 1, 0},
		{"one Logger around and in a chain", func(a, _ *middleware.Logger) http.Handler {
			return a.Handler(negroni.New(a, negroni.Wrap(routed)))
		}, 1, 0},
		{"one Logger around another and itself", func(a, b *middleware.Logger) http.Handler { return a.Handler(b.Handler(a.Handler(routed))) }, 1, 1},
		{"two Loggers, SetRoute", func(a, b *middleware.Logger) http.Handler { return a.Handler(b.Handler(routed)) }, 1, 1},
		{"two Loggers, a mux", func(a, b *middleware.Logger) http.Handler { return a.Handler(b.Handler(users)) }, 1, 1},
		{"two Loggers, Route of the inner", func(a, b *middleware.Logger) http.Handler { return a.Handler(b.Handler(copies(b.Route(users)))) }, 1, 1},
		{"two Loggers, Route of the outer", func(a, b *middleware.Logger) http.Handler { return a.Handler(b.Handler(copies(a.Route(users)))) }, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			as, bs := newLines(), newLines()
			w := httptest.NewRecorder()
			tt.chain(middleware.New(as), middleware.New(bs)).ServeHTTP(w, httptest.NewRequest("GET", "/users/7", nil))
			if w.Code != 404 {
				t.Errorf("the response is %d", w.Code)
			}
			check := func(lines lineChan, want int) {
				t.Helper()
				for range want {
					r := lines.next(t)
					if r.Route != "/users/{id}" || r.Error != "said" || len(r.Attrs) != 1 || r.Status != accesslog.Some(404) {
						t.Errorf("got %+v", r)
					}
				}
				lines.none(t)
			}
			check(as, tt.a)
			check(bs, tt.b)
		})
	}
}

// TestNestedID: the records of one request have one id, unless the client sent the two
// Loggers one each.
func TestNestedID(t *testing.T) {
	own := middleware.RequestIDHeader("X-Inner-Id")
	tests := []struct {
		reason  string
		inner   options
		headers map[string]string
		same    bool
		want    string // of the inner one; "" is any
	}{
		{"the client sends none", nil, nil, true, ""},
		{"nor where the inner reads another header", options{own}, nil, true, ""},
		{"the client sends one", nil, map[string]string{"X-Request-Id": "a"}, true, "a"},
		{"the inner has none of its own", options{own}, map[string]string{"X-Request-Id": "a"}, true, "a"},
		{"the client sends one that is not valid", nil, map[string]string{"X-Request-Id": "a b"}, true, ""},
		{"the client sends the inner one alone", options{own}, map[string]string{"X-Inner-Id": "b"}, false, "b"},
	}
	for _, tt := range tests {
		as, bs := newLines(), newLines()
		var seen string
		h := middleware.New(bs, tt.inner...).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = middleware.RequestID(r.Context())
		}))
		r := httptest.NewRequest("GET", "/", nil)
		for k, v := range tt.headers {
			r.Header.Set(k, v)
		}
		middleware.New(as).Handler(h).ServeHTTP(httptest.NewRecorder(), r)
		a, b := as.next(t).RequestID, bs.next(t).RequestID
		if a == "" || b == "" || (a == b) != tt.same || tt.want != "" && b != tt.want || seen != b {
			t.Errorf("%s: outer %q, inner %q, which the handler sees as %q", tt.reason, a, b, seen)
		}
	}
}

// TestPatternReachesOutside: a middleware outside that reads the pattern when the
// handler has returned finds it as it would without a Logger between.
func TestPatternReachesOutside(t *testing.T) {
	r := httptest.NewRequest("GET", "/users/7", nil)
	middleware.New(newLines()).Handler(mux("/users/{id}")).ServeHTTP(httptest.NewRecorder(), r)
	if r.Pattern != "/users/{id}" {
		t.Errorf("outside, the pattern is %q", r.Pattern)
	}
}

// TestUploadsAreRemoved: net/http removes the files of a multipart form when the
// handler has returned, which it finds by the request that it made itself.
func TestUploadsAreRemoved(t *testing.T) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("upload", "a.bin")
	if err != nil {
		t.Fatal(err)
	}
	part.Write(make([]byte, 1000))
	form.Close()
	for _, wrap := range []func(http.Handler) http.Handler{
		func(h http.Handler) http.Handler { return h },
		middleware.New(newLines()).Handler,
	} {
		dir := t.TempDir()
		t.Setenv("TMPDIR", dir)
		srv := newServer(t, wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseMultipartForm(0); err != nil {
				t.Error(err)
			}
			if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
				t.Errorf("while the handler runs: %v, %v", files, err)
			}
		})))
		resp, err := srv.Client().Post(srv.URL, form.FormDataContentType(), bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		srv.Close()
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
