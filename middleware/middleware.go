// Package middleware records every HTTP response of a Go server: one JSON
// object a line, with the status that the client was really sent.
//
// Wrap the server's handler once, outermost:
//
//	l := middleware.New(os.Stdout)
//	http.ListenAndServe(":8080", l.Handler(mux))
//
// or put the Logger first in a negroni chain, which it fits as it is. Each
// request then passes three stages. A recorder stands in for the
// ResponseWriter and sees what the handler sends, down to the informational
// statuses and to what is written on a hijacked connection. When the handler has
// returned or panicked, the recorder's findings become an accesslog.Record. The
// Logger encodes it and hands it to the writer, one Write a line.
//
// The response is the same as without the middleware: no header is added, and
// the optional interfaces of the writer below (http.Flusher, http.Hijacker,
// io.ReaderFrom, http.Pusher) are there exactly when it has them. A panic goes on
// to whoever recovers it outside.
//
// Some things cannot be seen from a handler. A recovery outside the Logger answers
// when the panic has gone by; the record says 500, unless a Listener sees more. A client
// that half-closes its connection looks like one that left, and that an HTTP/1 client
// left is not noticed while the request's body is unread. A final flush that fails for
// another reason than a deadline fails unseen. HTTP/2's server keeps a request's Expect
// header to itself, so that the 100 that it sends when the body is read is not recorded;
// and where the whole connection went away after a deadline for writing, the record may
// say that the client left.
//
// Nothing private is logged unless asked for (Query, RequestHeaders,
// ResponseHeaders): no query, no body, and of the headers the user agent, the
// referer without its query, the host and the ids. AnonymizeIP keeps the client's
// address out too.
package middleware

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"
)

// Logger writes a record for each response that passes through it. Make one with
// New. Its methods may be called from any goroutine.
type Logger struct {
	idHeader string
	trusted  []netip.Prefix
	now      func() time.Time // nil is time.Now
	privacy
	rules

	sampled, skipped atomic.Uint64
	open             openConns
	mounts           mounts
	out              output
}

// Option changes what a Logger does; New takes any number of them. A function that an
// option takes fails no request: where it panics, the request goes on without its answer,
// the record is written, and OnError is told.
type Option func(*Logger)

// New returns a Logger that writes to w, one Write for each line, one at a time,
// unless it is Buffered. A Write that fails or panics loses a record and fails no
// request. w stays the caller's to close, after Close.
//
// Without a buffer, the line is written when the handler has returned and before net/http
// sends what it still holds of the response. A process that is killed has therefore a line
// for each response that a client has in full, as far as w keeps what it took; but not for
// what left earlier: a body that was flushed or is larger than 2 KB, what was written to a
// hijacked connection, and with a Listener what a recovery outside answered after a panic.
// In the log of a killed process the last line may be cut off.
func New(w io.Writer, opts ...Option) *Logger {
	l := &Logger{idHeader: "X-Request-Id", out: output{w: w, closeTimeout: defaultCloseTimeout}}
	for _, o := range opts {
		o(l)
	}
	l.out.start()
	return l
}

// TrustedProxies names the networks whose X-Forwarded-For and X-Forwarded-Proto
// are believed. The client is then the right-most address of X-Forwarded-For that
// is in none of them: what stands further left, anybody can have written. Without
// this option those headers are not read, and the client is the peer.
func TrustedProxies(networks ...netip.Prefix) Option {
	return func(l *Logger) { l.trusted = append(l.trusted, networks...) }
}

// RequestIDHeader names the request header that carries the request's id;
// without this option it is X-Request-Id. An id that is absent, longer than 128
// bytes, or not of printable ASCII without spaces is replaced: by that of a Logger
// further out, if there is one, else by a new one.
func RequestIDHeader(name string) Option {
	return func(l *Logger) { l.idHeader = http.CanonicalHeaderKey(name) }
}

// Clock sets the clock that stamps the records, for simulations and tests;
// without this option, or where now panics, it is time.Now. Durations are measured on the monotonic
// clock whatever stamps the records.
func Clock(now func() time.Time) Option {
	return func(l *Logger) { l.now = now }
}

// stamp is what a record that is complete now is stamped with.
func (l *Logger) stamp(now time.Time) time.Time {
	if l.now != nil {
		return l.clock(now)
	}
	return now
}

// Handler wraps next. It has the form that net/http, chi and alice chain. Where a
// chain wraps twice with one Logger, the outer wrap alone records.
func (l *Logger) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.serve(w, r, next) })
}

// ServeHTTP makes the Logger a negroni.Handler. Put it before the recovery
// handler, so that it records what that one answers.
func (l *Logger) ServeHTTP(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	l.serve(w, r, next)
}

// Route wraps a mux where something between it and Handler copies the request
// (http.StripPrefix, http.TimeoutHandler, a middleware that sets a context value),
// which hides from the outer wrap the pattern that the mux matched. It is also the
// middleware for routers that RouteFunc asks. Of several, the innermost that knows a
// route names it. SetRoute goes before it.
//
// What handlers outside the mux have cut off the path is put back before its pattern:
// behind http.StripPrefix("/api", …), "/users/{id}" is the route "/api/users/{id}". Where
// a pattern of a mux further out covers it, it stands in that one's form, "/{tenant}" for
// "/acme". Where none does, it stands as it was sent; but once there are more than 32 of
// those, which are no mount points then, none is put back. Without Route, the route of
// such a request is the outer mux's pattern, "/api/". What RouteFunc says stays as it is.
func (l *Logger) Route(mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		outer := r.Pattern
		defer func() {
			rec := recorderOf(r.Context())
			if rec == nil {
				return
			}
			pattern := l.mounted(r, outer)
			if l.route != nil {
				pattern = cmp.Or(l.askRoute(r), pattern)
			}
			for ; rec != nil; rec = rec.outer {
				rec.setPattern(pattern)
			}
		}()
		mux.ServeHTTP(w, r)
	})
}

// SetRoute names the route of the request whose context ctx is: a pattern without
// the ids, as net/http writes them ("/users/{id}", "GET /users/{id}"). It goes
// before what the mux matched. Outside a Logger, and once the record is written,
// it does nothing.
func SetRoute(ctx context.Context, route string) {
	for rec := recorderOf(ctx); rec != nil; rec = rec.outer {
		rec.setRoute(route)
	}
}

// AddAttrs adds attributes to the record of the request whose context ctx is. They
// are encoded at once, as log/slog would, the panic of a value's method included:
// "!PANIC: …" stands in its place. Outside a Logger, and once the record is
// written, it does nothing.
func AddAttrs(ctx context.Context, attrs ...slog.Attr) {
	for rec := recorderOf(ctx); rec != nil; rec = rec.outer {
		rec.addAttrs(attrs)
	}
}

// SetError records err as what went wrong with the request whose context ctx is.
// The last non-nil error stays. It does not change the status. Where its Error method
// panics, as that of a nil pointer may, the record says so. Outside a Logger, and once
// the record is written, it does nothing.
func SetError(ctx context.Context, err error) {
	rec := recorderOf(ctx)
	if err == nil || rec == nil {
		return
	}
	msg := rec.log.out.text(err)
	for ; rec != nil; rec = rec.outer {
		rec.setError(msg)
	}
}

// RequestID is the id under which the request whose context ctx is will be
// recorded, or "" outside a Logger.
func RequestID(ctx context.Context) string {
	if rec := recorderOf(ctx); rec != nil {
		return rec.requestID()
	}
	return ""
}

// Unwrap returns the ResponseWriter at the bottom of w's chain, which is net/http's
// own unless something on the way does not tell what it wraps. Hand it to
// http.MaxBytesReader, which can ask only that one to close the connection. What is
// written to it directly is not recorded.
func Unwrap(w http.ResponseWriter) http.ResponseWriter {
	for {
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = u.Unwrap()
	}
}

type contextKey struct{}

// recorderContext is what context.WithValue would make.
type recorderContext struct {
	context.Context
	rec *recorder
}

func (c *recorderContext) Value(key any) any {
	if key == (contextKey{}) {
		return c.rec
	}
	return c.Context.Value(key)
}

func recorderOf(ctx context.Context) *recorder {
	rec, _ := ctx.Value(contextKey{}).(*recorder)
	return rec
}

// serve runs next under a recorder of its own.
func (l *Logger) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	outer := recorderOf(r.Context())
	for rec := outer; rec != nil; rec = rec.outer {
		if rec.log == l {
			next.ServeHTTP(w, r)
			return
		}
	}
	rec, w := newRecorder(w)
	rec.begin(l, r, outer)
	// The copy is what the mux writes its pattern into. It and its context are a part of
	// the recorder, which saves two allocations.
	rec.ctx = recorderContext{r.Context(), rec}
	rec.reqCopy = *r.WithContext(&rec.ctx)
	rec.req = &rec.reqCopy
	if r.Body != nil && r.Body != http.NoBody {
		rec.body = body{ReadCloser: r.Body, rec: rec}
		rec.req.Body = &rec.body
	}
	returned := false
	defer func() {
		came := r.Pattern
		// Whoever holds r expects to find in it what the handlers made of it: an outer
		// middleware the pattern, net/http the uploads that it is to remove.
		r.Pattern, r.Form, r.PostForm, r.MultipartForm = rec.req.Pattern, rec.req.Form, rec.req.PostForm, rec.req.MultipartForm
		if returned {
			rec.end(nil, came)
			return
		}
		p := recover()
		if p == nil { // runtime.Goexit
			p = http.ErrAbortHandler
			rec.end(p, came)
			return
		}
		rec.end(p, came)
		panic(p)
	}()
	next.ServeHTTP(w, rec.req)
	returned = true
}

// Stats returns the counts so far.
func (l *Logger) Stats() Stats {
	s := l.out.stats()
	s.Sampled, s.Skipped = l.sampled.Load(), l.skipped.Load()
	return s
}
