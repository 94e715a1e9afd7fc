package middleware_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/negroni/v3"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// show serves a request and prints what the log then holds, but for what differs
// from run to run.
func show(logged *bytes.Buffer, h http.Handler, r *http.Request) {
	logged.Reset()
	h.ServeHTTP(httptest.NewRecorder(), r)
	var rec accesslog.Record
	if err := accesslog.ParseJSON(logged.Bytes(), &rec); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%s %s %s route=%s status=%d bytes=%d", rec.Level, rec.Method, rec.Path, rec.Route, rec.Status.Value, rec.ResponseBytes.Value)
	if rec.Error != "" {
		fmt.Printf(" error=%q", rec.Error)
	}
	for _, a := range rec.Attrs {
		fmt.Printf(" %s=%s", a.Key, a.Text())
	}
	fmt.Println()
}

// Wrap the server's handler once, outermost.
func ExampleLogger_Handler() {
	var logged bytes.Buffer // os.Stdout, or a file
	l := middleware.New(&logged)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello "+r.PathValue("id"))
	})
	handler := l.Handler(mux)

	show(&logged, handler, httptest.NewRequest("GET", "/users/7?token=private", nil))
	show(&logged, handler, httptest.NewRequest("GET", "/favicon.ico", nil))
	// Output:
	// INFO GET /users/7 route=/users/{id} status=200 bytes=7
	// WARN GET /favicon.ico route= status=404 bytes=19
}

// In a negroni chain the Logger stands before the recovery handler, so that it
// records what that one answers.
func ExampleLogger_ServeHTTP() {
	var logged bytes.Buffer
	l := middleware.New(&logged)

	recovery := negroni.NewRecovery()
	recovery.Logger = log.New(io.Discard, "", 0)
	recovery.PrintStack = false
	n := negroni.New(l, recovery)
	n.UseHandlerFunc(func(w http.ResponseWriter, r *http.Request) { panic("out of ideas") })

	show(&logged, n, httptest.NewRequest("POST", "/orders", nil))
	// Output:
	// ERROR POST /orders route= status=500 bytes=25
}

// A mux that gets a copy of the request is wrapped once more, for its pattern.
func ExampleLogger_Route() {
	var logged bytes.Buffer
	l := middleware.New(&logged)

	api := http.NewServeMux()
	api.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {})
	handler := l.Handler(http.StripPrefix("/api", l.Route(api)))

	show(&logged, handler, httptest.NewRequest("GET", "/api/users/7", nil))
	// Output:
	// INFO GET /api/users/7 route=/api/users/{id} status=200 bytes=0
}

// A router of another kind tells its route by itself.
func ExampleSetRoute() {
	var logged bytes.Buffer
	l := middleware.New(&logged)

	handler := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/users/") {
			middleware.SetRoute(r.Context(), "/users/{id}")
		}
	}))

	show(&logged, handler, httptest.NewRequest("GET", "/users/7", nil))
	// Output:
	// INFO GET /users/7 route=/users/{id} status=200 bytes=0
}

// Attributes stand in the line beside the record's own fields.
func ExampleAddAttrs() {
	var logged bytes.Buffer
	l := middleware.New(&logged)

	handler := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		middleware.AddAttrs(r.Context(), slog.String("tenant", "acme"), slog.Int("items", 3))
		w.WriteHeader(http.StatusCreated)
	}))

	show(&logged, handler, httptest.NewRequest("POST", "/orders", nil))
	// Output:
	// INFO POST /orders route= status=201 bytes=0 tenant=acme items=3
}

// An error that the client is not told of belongs in the log.
func ExampleSetError() {
	var logged bytes.Buffer
	l := middleware.New(&logged)

	handler := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := errors.New("connect to db-2: connection refused")
		middleware.SetError(r.Context(), err)
		http.Error(w, "please try later", http.StatusServiceUnavailable)
	}))

	show(&logged, handler, httptest.NewRequest("GET", "/orders", nil))
	// Output:
	// ERROR GET /orders route= status=503 bytes=17 error="connect to db-2: connection refused"
}

// The id that a client sent, or that was made, goes to the services behind.
func ExampleRequestID() {
	l := middleware.New(io.Discard)

	handler := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(middleware.RequestID(r.Context()))
	}))

	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Request-Id", "7f3a")
	handler.ServeHTTP(httptest.NewRecorder(), r)
	// Output:
	// 7f3a
}

// Behind proxies of one's own, the client is the last address that is not theirs.
func ExampleTrustedProxies() {
	var logged bytes.Buffer
	l := middleware.New(&logged, middleware.TrustedProxies(netip.MustParsePrefix("10.0.0.0/8")))

	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "10.0.0.1:4242"
	r.Header.Set("X-Forwarded-For", "192.168.0.9, 203.0.113.7, 10.0.0.2")
	l.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)

	var rec accesslog.Record
	if err := accesslog.ParseJSON(logged.Bytes(), &rec); err != nil {
		fmt.Println(err)
	}
	fmt.Println(rec.ClientIP, "by way of", rec.Peer)
	// Output:
	// 203.0.113.7 by way of 10.0.0.1:4242
}

// A file that logrotate moves away is opened anew at its signal:
//
//	/var/log/api/access.log {
//		daily
//		rotate 14
//		compress
//		delaycompress
//		postrotate
//			systemctl kill --signal=HUP api.service
//		endscript
//	}
//
// No line is lost in between: until the Reopen they go to the file that was moved.
func ExampleFile_ReopenOnSIGHUP() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	f, err := middleware.OpenFile(filepath.Join(dir, "access.log"))
	if err != nil {
		log.Fatal(err)
	}
	l := middleware.New(f)
	stop := f.ReopenOnSIGHUP()

	l.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))

	stop()
	if err := errors.Join(l.Close(), f.Close()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Stats().Written, "line")
	// Output:
	// 1 line
}

// What became of the records, for a service's own metrics.
func ExampleLogger_Stats() {
	l := middleware.New(io.Discard)
	handler := l.Handler(http.NotFoundHandler())
	for range 3 {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	s := l.Stats() // and s.WriteTime / time.Duration(s.Written) is what a line costs
	fmt.Println(s.Records, "records,", s.Written, "written,", s.Dropped, "lost")
	// Output:
	// 3 records, 3 written, 0 lost
}
