package routers_test

import (
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"

	"github.com/loganalyze/loganalyze/middleware"
)

// chiRoute tells the log which route chi found, which chi knows once it has routed
// through every sub-router.
func chiRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			middleware.SetRoute(r.Context(), chi.RouteContext(r.Context()).RoutePattern())
		}()
		next.ServeHTTP(w, r)
	})
}

func newChi(recovery bool) http.Handler {
	r := chi.NewRouter()
	r.Use(chiRoute)
	if recovery {
		r.Use(chimiddleware.Recoverer)
	}
	r.Route("/users", func(r chi.Router) {
		r.Get("/{id}", func(w http.ResponseWriter, r *http.Request) {
			if chi.URLParam(r, "id") == "0" {
				http.Error(w, "no such user", http.StatusNotFound)
				return
			}
			io.WriteString(w, "hello "+chi.URLParam(r, "id"))
		})
	})
	r.Get("/panics", func(http.ResponseWriter, *http.Request) { panic("boom") })
	r.Get("/panics-late", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello")
		w.(http.Flusher).Flush()
		panic("boom")
	})
	return r
}

// The Logger is outermost, chi's Recoverer inside it.
func Example_chi() {
	serve(func(l *middleware.Logger) http.Handler { return l.Handler(newChi(true)) })
	// Output:
	// GET /users/7: 200 route=/users/{id}
	// GET /users/0: 404 route=/users/{id}
	// GET /panics: 500 route=/panics
	// GET /nothing: 404 route=
}
