package routers_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
	"github.com/loganalyze/loganalyze/middleware/internal/capture"
)

// quiet is a log that nobody reads.
var quiet = log.New(io.Discard, "", 0)

// lines is a writer that hands on each line, parsed.
type lines chan accesslog.Record

func (c lines) Write(b []byte) (int, error) {
	var r accesslog.Record
	if err := accesslog.ParseJSON(append([]byte(nil), b...), &r); err != nil {
		return 0, err
	}
	c <- r
	return len(b), nil
}

// serve requests a few paths over a socket and prints what the log says of them.
func serve(handler func(*middleware.Logger) http.Handler) {
	logged := make(lines, 1)
	srv := httptest.NewServer(handler(middleware.New(logged)))
	defer srv.Close()
	for _, path := range []string{"/users/7", "/users/0", "/panics", "/nothing"} {
		resp, err := srv.Client().Get(srv.URL + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		r := <-logged
		fmt.Printf("%s %s: %d route=%s\n", r.Method, r.Path, r.Status.Value, r.Route)
	}
}

// TestRouters: around each router, with its own recovery and without, the record
// has the route as the router writes it and the status that a raw client received,
// and the response is what it is without the Logger.
func TestRouters(t *testing.T) {
	routers := []struct {
		name  string
		new   func(recovery bool) http.Handler
		route string // of a user
		other string // of a user, by a method that has no route
	}{
		{"chi", newChi, "/users/{id}", "/users/*"}, // as far as chi's sub-routers led
		{"gorilla", newGorilla, "/users/{id}", ""},
		{"gin", newGin, "/users/:id", ""},
		{"echo", newEcho, "/users/:id", "/users/:id"}, // echo knows the route, and that it lacks the method
	}
	type want struct {
		route   string
		status  int
		outcome accesslog.Outcome
	}
	for _, router := range routers {
		requests := []struct {
			reason, method, path string
			with, without        want // a recovery
		}{
			{"a route", "GET", "/users/7", want{router.route, 200, ""}, want{router.route, 200, ""}},
			{"a route, and what it sends is missing", "GET", "/users/0", want{router.route, 404, ""}, want{router.route, 404, ""}},
			{"no route", "GET", "/nothing", want{"", 404, ""}, want{"", 404, ""}},
			{"no route for the method", "POST", "/users/7", want{router.other, 405, ""}, want{router.other, 405, ""}},
			{"a panic", "GET", "/panics", want{"/panics", 500, ""}, want{"/panics", 500, accesslog.OutcomePanic}},
			{"a panic after a flush", "GET", "/panics-late", want{"/panics-late", 200, ""}, want{"/panics-late", 200, accesslog.OutcomePanic}},
		}
		for _, request := range requests {
			for _, recovery := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/%s/recovery=%v", router.name, request.reason, recovery), func(t *testing.T) {
					c := capture.Case{Request: capture.Request(request.method, request.path)}
					run := func(h http.Handler) capture.Wire {
						return c.Run(capture.NewExchange(t), func(http.Handler) http.Handler { return h })
					}
					logged := make(lines, 9)
					bare := run(router.new(recovery))
					raw := run(middleware.New(logged).Handler(router.new(recovery)))
					if d := cmp.Diff(bare.Undated(), raw.Undated()); d != "" {
						t.Errorf("the response is another: -without +with\n%s", d)
					}
					want := request.without
					if recovery {
						want = request.with
					}
					r := <-logged
					if r.Route != want.route || r.Status != accesslog.Some(want.status) || r.Outcome != want.outcome {
						t.Errorf("got route %q, status %d, outcome %q; want %+v", r.Route, r.Status.Value, r.Outcome, want)
					}
					if got := raw.Status; got != want.status && !(got == 0 && want.outcome == accesslog.OutcomePanic) {
						t.Errorf("the client received %d", got)
					}
					if want.outcome == accesslog.OutcomePanic && !strings.Contains(r.Error, "boom") {
						t.Errorf("the error is %q", r.Error)
					}
				})
			}
		}
	}
}
