// Package routers holds examples, and their tests, of middleware.Logger around
// routers that name their routes in ways of their own: chi, gorilla/mux, gin and
// echo. Each needs one small middleware of the router's, which hands the pattern to
// middleware.SetRoute. It is a module of its own, so that the middleware needs none
// of them.
package routers
