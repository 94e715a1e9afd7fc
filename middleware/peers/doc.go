// Package peers holds other packages that log or measure responses to the
// conformance table of package middleware, and measures what each of them costs. It
// is a module of its own, so that whoever imports the middleware inherits none of
// them.
//
// README.md is what TestReadme found; -update renews it.
package peers
