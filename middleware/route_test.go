package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/loganalyze/loganalyze/middleware"
)

// under is a mux that has h at pattern.
func under(pattern string, h http.Handler) *http.ServeMux {
	m := http.NewServeMux()
	m.Handle(pattern, h)
	return m
}

// stripSegment cuts off the first segment, whatever it is.
func stripSegment(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(r.URL.Path[1:], "/")
		http.StripPrefix("/"+first, h).ServeHTTP(w, r)
	})
}

// rewrites serves every request under path.
func rewrites(path string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := r.Clone(r.Context())
		c.URL.Path, c.URL.RawPath = path, ""
		h.ServeHTTP(w, c)
	})
}

// TestMountedRoute: what was cut off the path is back in the route, once, and never as a
// value.
func TestMountedRoute(t *testing.T) {
	type L = *middleware.Logger
	users := mux("/users/{id}")
	tests := []struct {
		reason  string
		handler func(L) http.Handler
		target  string
		want    string
	}{
		{"a prefix", func(l L) http.Handler { return l.Handler(http.StripPrefix("/api", l.Route(users))) }, "/api/users/7", "/api/users/{id}"},
		{"of two segments", func(l L) http.Handler { return l.Handler(http.StripPrefix("/api/v1", l.Route(users))) }, "/api/v1/users/7", "/api/v1/users/{id}"},
		{"in two steps", func(l L) http.Handler {
			return l.Handler(http.StripPrefix("/api", http.StripPrefix("/v1", l.Route(users))))
		}, "/api/v1/users/7", "/api/v1/users/{id}"},
		{"the Logger inside", func(l L) http.Handler { return http.StripPrefix("/api", l.Handler(users)) }, "/api/users/7", "/api/users/{id}"},
		{"the Logger inside a mux and a prefix", func(l L) http.Handler { return under("/api/", http.StripPrefix("/api", l.Handler(users))) }, "/api/users/7", "/api/users/{id}"},
		{"the Logger inside, and no other mux: the pattern is on the whole path", func(l L) http.Handler {
			return under("/api/", http.StripPrefix("/api", l.Handler(http.HandlerFunc(ok))))
		}, "/api/users/7", "/api/"},
		{"Route of no mux", func(l L) http.Handler {
			return l.Handler(under("/api/", http.StripPrefix("/api", l.Route(http.HandlerFunc(ok)))))
		}, "/api/users/7", "/api/"},
		{"a pattern with a method and a host", func(l L) http.Handler {
			return l.Handler(http.StripPrefix("/api", l.Route(mux("GET example.com/users/{id}"))))
		}, "/api/users/7", "/api/users/{id}"},
		{"below a mux", func(l L) http.Handler { return l.Handler(under("/api/", http.StripPrefix("/api", l.Route(users)))) }, "/api/users/7", "/api/users/{id}"},
		{"below a mux that says less", func(l L) http.Handler { return l.Handler(under("/", http.StripPrefix("/api", l.Route(users)))) }, "/api/users/7", "/api/users/{id}"},
		{"below a mux, without Route: what the mux knows", func(l L) http.Handler { return l.Handler(under("/api/", http.StripPrefix("/api", users))) }, "/api/users/7", "/api/"},
		{"a wildcard stays one", func(l L) http.Handler { return l.Handler(under("/{tenant}/", stripSegment(l.Route(users)))) }, "/acme/users/7", "/{tenant}/users/{id}"},
		{"and a rest after it is as it was sent", func(l L) http.Handler {
			return l.Handler(under("GET example.com/{tenant}/", stripSegment(http.StripPrefix("/api", l.Route(users)))))
		}, "/acme/api/users/7", "/{tenant}/api/users/{id}"},
		{"the path is whole: the pattern has the prefix", func(l L) http.Handler { return l.Handler(under("/api/", copies(l.Route(mux("/api/users/{id}"))))) }, "/api/users/7", "/api/users/{id}"},
		{"a segment twice", func(l L) http.Handler { return l.Handler(http.StripPrefix("/users", l.Route(users))) }, "/users/users/7", "/users/users/{id}"},
		{"escapes in the prefix", func(l L) http.Handler { return l.Handler(http.StripPrefix("/a b", l.Route(users))) }, "/a%20b/users/7", "/a b/users/{id}"},
		{"escapes in the rest", func(l L) http.Handler { return l.Handler(http.StripPrefix("/api", l.Route(users))) }, "/api/users/a%2Fb%20c", "/api/users/{id}"},
		{"escapes, and nothing cut off", func(l L) http.Handler { return l.Handler(users) }, "/users/a%20b", "/users/{id}"},
		{"a query", func(l L) http.Handler { return l.Handler(http.StripPrefix("/api", l.Route(users))) }, "/api/users/7?a=/b", "/api/users/{id}"},
		{"the prefix alone", func(l L) http.Handler { return l.Handler(http.StripPrefix("/api", l.Route(mux("/")))) }, "/api", "/api/"},
		{"no match", func(l L) http.Handler { return l.Handler(http.StripPrefix("/api", l.Route(users))) }, "/api/admin", ""},
		{"no match below a mux", func(l L) http.Handler { return l.Handler(under("/api/", http.StripPrefix("/api", l.Route(users)))) }, "/api/admin", "/api/"},
		{"a path that was rewritten", func(l L) http.Handler { return l.Handler(rewrites("/users/7", l.Route(users))) }, "/anything", "/users/{id}"},
		{"and happens to end alike", func(l L) http.Handler { return l.Handler(under("/old/{id}/", rewrites("/", l.Route(mux("/"))))) }, "/old/7/", "/old/{id}/"},
		{"a pattern that does not match the path says nothing", func(l L) http.Handler {
			return rewrites("/new/7", under("/new/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.URL.Path = "/7"
				l.Handler(mux("/{id}")).ServeHTTP(w, r)
			})))
		}, "/old/7", "/{id}"},
		{"SetRoute goes before it", func(l L) http.Handler {
			return l.Handler(http.StripPrefix("/api", l.Route(under("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				middleware.SetRoute(r.Context(), "/users/{id}")
			})))))
		}, "/api/users/7", "/users/{id}"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			lines := newLines()
			h := tt.handler(middleware.New(lines))
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", tt.target, nil))
			if got := lines.next(t).Route; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestMountedRouteFunc: what RouteFunc says stays as it is, and goes before the mux.
func TestMountedRouteFunc(t *testing.T) {
	for _, inside := range []bool{true, false} {
		lines := newLines()
		l := middleware.New(lines, middleware.RouteFunc(func(*http.Request) string { return "/said" }))
		h := http.StripPrefix("/api", l.Handler(mux("/users/{id}")))
		if !inside {
			h = l.Handler(http.StripPrefix("/api", l.Route(mux("/users/{id}"))))
		}
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/users/7", nil))
		if got := lines.next(t).Route; got != "/said" {
			t.Errorf("got %q", got)
		}
	}
}

// TestMountedNested: two Loggers name one route.
func TestMountedNested(t *testing.T) {
	as, bs := newLines(), newLines()
	a, b := middleware.New(as), middleware.New(bs)
	h := a.Handler(http.StripPrefix("/api", b.Handler(http.StripPrefix("/v1", b.Route(mux("/users/{id}"))))))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/v1/users/7", nil))
	if a, b := as.next(t).Route, bs.next(t).Route; a != "/api/v1/users/{id}" || b != a {
		t.Errorf("outer %q, inner %q", a, b)
	}
}

// TestMountedValues: where values are cut off, their routes are bounded.
func TestMountedValues(t *testing.T) {
	lines := newLines()
	l := middleware.New(lines)
	h := l.Handler(stripSegment(l.Route(mux("/users/{id}"))))
	routes := map[string]int{}
	for i := range 1000 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", fmt.Sprintf("/tenant-%d/users/7", i), nil))
		routes[lines.next(t).Route]++
	}
	if len(routes) != 33 || routes["/users/{id}"] != 1000-32 {
		t.Errorf("%d routes, of which /users/{id} has %d requests", len(routes), routes["/users/{id}"])
	}
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/tenant-0/users/7", nil))
	if got := lines.next(t).Route; got != "/users/{id}" {
		t.Errorf("then of any: %q", got)
	}
}
