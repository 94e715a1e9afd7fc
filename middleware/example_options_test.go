package middleware_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Page numbers help to find a fault; tokens help somebody else.
func ExampleQuery() {
	var logged bytes.Buffer
	l := middleware.New(&logged, middleware.Query("page"))

	r := httptest.NewRequest("GET", "/orders?page=2&token=private", nil)
	l.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)

	var rec accesslog.Record
	if err := accesslog.ParseJSON(logged.Bytes(), &rec); err != nil {
		fmt.Println(err)
	}
	fmt.Println(rec.Query)
	// Output:
	// page=2&token=REDACTED
}

// That credentials were sent is logged, and never what they are.
func ExampleRequestHeaders() {
	var logged bytes.Buffer
	l := middleware.New(&logged,
		middleware.RequestHeaders("X-Client-Version", "Authorization"),
		middleware.ResponseHeaders("X-Cache"))

	handler := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Cache", "hit")
	}))

	r := httptest.NewRequest("GET", "/orders", nil)
	r.Header.Set("X-Client-Version", "3.1")
	r.Header.Set("Authorization", "Bearer private")
	show(&logged, handler, r)
	// Output:
	// INFO GET /orders route= status=200 bytes=0 request_header.x-client-version=3.1 request_header.authorization=REDACTED response_header.x-cache=hit
}

// A network tells where requests come from, and not from whom.
func ExampleAnonymizeIP() {
	var logged bytes.Buffer
	l := middleware.New(&logged, middleware.AnonymizeIP())

	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "203.0.113.77:4242"
	l.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)

	var rec accesslog.Record
	if err := accesslog.ParseJSON(logged.Bytes(), &rec); err != nil {
		fmt.Println(err)
	}
	fmt.Println(rec.ClientIP)
	// Output:
	// 203.0.113.0
}

// A 404 below /users is an answer like any other.
func ExampleLevel() {
	var logged bytes.Buffer
	l := middleware.New(&logged, middleware.Level(func(r *accesslog.Record) string {
		if r.Status.Value == http.StatusNotFound && r.Route == "/users/{id}" {
			return accesslog.LevelInfo
		}
		return "" // as usual
	}))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", http.NotFound)
	handler := l.Handler(mux)

	show(&logged, handler, httptest.NewRequest("GET", "/users/7", nil))
	show(&logged, handler, httptest.NewRequest("GET", "/admin", nil))
	// Output:
	// INFO GET /users/7 route=/users/{id} status=404 bytes=19
	// WARN GET /admin route= status=404 bytes=19
}

// Of what goes well, a tenth is enough to know how much of it there was; what goes
// wrong is there in full.
func ExampleSample() {
	var logged bytes.Buffer
	l := middleware.New(&logged, middleware.Sample(func(r *accesslog.Record) float64 {
		if r.Status.Value >= 400 {
			return 1
		}
		return 0.1
	}))

	status := http.StatusOK
	handler := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }))
	for i := range 100 {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Request-Id", fmt.Sprint("order-", i))
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	status = http.StatusServiceUnavailable
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))

	s := l.Stats()
	fmt.Println(s.Written, "written and", s.Sampled, "left out")
	// Output:
	// 12 written and 89 left out
}

// Health checks are of interest when they fail.
func ExampleSkip() {
	var logged bytes.Buffer
	l := middleware.New(&logged, middleware.Skip(func(r *http.Request) bool { return r.URL.Path == "/health" }))

	status := http.StatusOK
	handler := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }))

	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/health", nil))
	fmt.Println(l.Stats().Records, "records")

	status = http.StatusServiceUnavailable
	show(&logged, handler, httptest.NewRequest("GET", "/health", nil))
	// Output:
	// 0 records
	// ERROR GET /health route= status=503 bytes=0
}

type patternKey struct{}

// A router that keeps the route in the request's context, as chi and gorilla/mux do,
// has Route for its middleware, and RouteFunc says where to look.
func ExampleRouteFunc() {
	var logged bytes.Buffer
	l := middleware.New(&logged, middleware.RouteFunc(func(r *http.Request) string {
		route, _ := r.Context().Value(patternKey{}).(string)
		return route
	}))

	users := l.Route(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})) // router.Use(l.Route)
	router := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		users.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), patternKey{}, "/users/{id}")))
	})

	show(&logged, l.Handler(router), httptest.NewRequest("GET", "/users/7", nil))
	// Output:
	// INFO GET /users/7 route=/users/{id} status=200 bytes=0
}
