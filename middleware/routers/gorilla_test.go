package routers_test

import (
	"io"
	"net/http"

	"github.com/gorilla/handlers"
	"github.com/gorilla/mux"

	"github.com/loganalyze/loganalyze/middleware"
)

// gorillaRoute tells the log which route gorilla/mux found. The mux runs it for a
// request that matched, and for no other.
func gorillaRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route, err := mux.CurrentRoute(r).GetPathTemplate(); err == nil {
			middleware.SetRoute(r.Context(), route)
		}
		next.ServeHTTP(w, r)
	})
}

func newGorilla(recovery bool) http.Handler {
	r := mux.NewRouter()
	r.Use(gorillaRoute)
	users := r.PathPrefix("/users").Subrouter()
	users.HandleFunc("/{id}", func(w http.ResponseWriter, r *http.Request) {
		if mux.Vars(r)["id"] == "0" {
			http.Error(w, "no such user", http.StatusNotFound)
			return
		}
		io.WriteString(w, "hello "+mux.Vars(r)["id"])
	}).Methods("GET")
	r.HandleFunc("/panics", func(http.ResponseWriter, *http.Request) { panic("boom") })
	r.HandleFunc("/panics-late", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello")
		w.(http.Flusher).Flush()
		panic("boom")
	})
	if recovery {
		return handlers.RecoveryHandler(handlers.RecoveryLogger(quiet))(r)
	}
	return r
}

// The Logger is outermost, the recovery of gorilla/handlers inside it.
func Example_gorilla() {
	serve(func(l *middleware.Logger) http.Handler { return l.Handler(newGorilla(true)) })
	// Output:
	// GET /users/7: 200 route=/users/{id}
	// GET /users/0: 404 route=/users/{id}
	// GET /panics: 500 route=/panics
	// GET /nothing: 404 route=
}
