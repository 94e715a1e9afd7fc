package main

import "net/http"

// limiter lets so many requests through at a time as it has slots. It refuses the
// rest at once: to queue them would make everybody wait, and answer clients that
// have long given up.
type limiter chan struct{}

func newLimiter(slots int) limiter { return make(limiter, slots) }

// ServeHTTP makes it a negroni.Handler.
func (l limiter) ServeHTTP(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	select {
	case l <- struct{}{}:
		defer func() { <-l }()
		next(w, r)
	default:
		w.Header().Set("Retry-After", "1")
		fail(w, r, errOverloaded)
	}
}
