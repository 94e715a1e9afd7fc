package middleware

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/urfave/negroni/v3"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// recorder stands in for the ResponseWriter of one request and notes what passes
// through it. It is never reused: a goroutine that goes on writing after its
// handler returned can then spoil no other request's record.
//
// A ResponseWriter is used by one goroutine at a time, so that what is noted while
// writing needs no lock. What the context gives access to, and what a hijacked
// connection or a request body may touch from elsewhere, does.
type recorder struct {
	http.ResponseWriter
	self  http.ResponseWriter // the writer that the handler was given: this one and its optional interfaces
	log   *Logger
	outer *recorder     // of another Logger further out
	req   *http.Request // the copy that the handlers got: &reqCopy

	reqCopy http.Request
	ctx     recorderContext // reqCopy's

	start   time.Duration // on the clock of sinceEpoch
	ttfb    time.Duration
	status  int // the final status; 0 before the header
	pending int // the status that WriteHeader is about to send, for the hooks
	bytes   int64
	length  int64 // the body size that the header promised, -1 where it did not
	taken   int64 // body bytes that net/http took since it was last flushed, sent or not
	outcome accesslog.Outcome
	hooks   []func(negroni.ResponseWriter)

	deadline    time.Duration // for writing, as the server or the handler set it, on the clock of sinceEpoch
	hasDeadline bool
	left        bool // something has left net/http's buffer
	noBody      bool // the message carries no body: HEAD, 1xx, 204, 304
	skip        bool // Skip said so
	expects     bool // the client waits for 100 Continue

	headers *headers // that are logged; nil for none

	body         body
	requestBytes atomic.Int64

	mu      sync.Mutex
	interim []int
	route   string // from SetRoute
	pattern string // from Route, or RouteFunc at the end
	attrs   []accesslog.Attr
	err     string
	conn    *hijackedConn

	id    string
	idBuf [idBytes]byte
}

var _ negroni.ResponseWriter = (*recorder)(nil)

// headers are those that an application chose to log.
type headers struct {
	request  []accesslog.Attr // as they came
	response []accesslog.Attr // as they were sent
}

func (rec *recorder) begin(l *Logger, r *http.Request, outer *recorder) {
	rec.log, rec.outer = l, outer
	rec.noBody = r.Method == http.MethodHead
	rec.expects = r.ContentLength != 0 && r.ProtoAtLeast(1, 1) && strings.EqualFold(first(r.Header, "Expect"), "100-continue")
	if id := first(r.Header, l.idHeader); validID(id) {
		rec.id = id
	} else if outer != nil {
		rec.id = outer.id
	} else {
		rec.id = newID(&rec.idBuf)
	}
	if l.skip != nil {
		rec.skip = l.skips(r)
	}
	if l.requestHeaders != nil || l.responseHeaders != nil {
		rec.headers = &headers{request: l.headerAttrs(l.requestHeaders, r.Header)}
	}
	if srv, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && srv.WriteTimeout > 0 {
		rec.deadline, rec.hasDeadline = sinceEpoch()+srv.WriteTimeout, true
	}
	rec.start = sinceEpoch()
}

var epoch = time.Now()

// sinceEpoch is the monotonic clock alone, which costs half of time.Now.
func sinceEpoch() time.Duration { return time.Since(epoch) }

// SetWriteDeadline serves http.ResponseController.
func (rec *recorder) SetWriteDeadline(deadline time.Time) error {
	err := http.NewResponseController(rec.ResponseWriter).SetWriteDeadline(deadline)
	if err == nil {
		rec.deadline, rec.hasDeadline = sinceEpoch()+time.Until(deadline), !deadline.IsZero()
	}
	return err
}

func (rec *recorder) requestID() string { return rec.id }

func (rec *recorder) setRoute(route string) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.route = route
}

func (rec *recorder) setPattern(pattern string) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.pattern == "" { // the innermost returns first
		rec.pattern = pattern
	}
}

func (rec *recorder) addAttrs(attrs []slog.Attr) {
	encoded := accesslog.AppendAttrs(nil, attrs...) // which runs the caller's code
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.attrs = append(rec.attrs, encoded...)
}

func (rec *recorder) setError(msg string) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.err = msg
}

// bodyRead notes the 100 that net/http sends when the body is first read before
// the final header.
func (rec *recorder) bodyRead() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.expects && rec.status == 0 {
		rec.interim = append(rec.interim, http.StatusContinue)
	}
	rec.expects = false
}

// Unwrap serves http.ResponseController. Where only a writer further below can flush
// or be hijacked, the controller must not go there past the recorder.
func (rec *recorder) Unwrap() http.ResponseWriter {
	w := rec.ResponseWriter
	if _, ok := w.(unwrapper); !ok {
		return w
	}
	_, flush := w.(http.Flusher)
	_, hijack := w.(http.Hijacker)
	flush = !flush && reaches[http.Flusher](w)
	hijack = !hijack && reaches[http.Hijacker](w)
	switch {
	case flush && hijack:
		return struct {
			wrapped
			flusher
			hijacker
		}{wrapped{w}, flusher{rec}, hijacker{rec}}
	case flush:
		return struct {
			wrapped
			flusher
		}{wrapped{w}, flusher{rec}}
	case hijack:
		return struct {
			wrapped
			hijacker
		}{wrapped{w}, hijacker{rec}}
	}
	return w
}

type unwrapper interface{ Unwrap() http.ResponseWriter }

type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// reaches reports whether a writer of w's chain is a T.
func reaches[T any](w http.ResponseWriter) bool {
	for {
		if _, ok := w.(T); ok {
			return true
		}
		u, ok := w.(unwrapper)
		if !ok {
			return false
		}
		w = u.Unwrap()
	}
}

// Status, Written, Size and Before are those of negroni.ResponseWriter.

func (rec *recorder) Status() int {
	if rec.status == 0 {
		return rec.pending
	}
	return rec.status
}

func (rec *recorder) Written() bool { return rec.status != 0 }

func (rec *recorder) Size() int { return int(rec.bytes) }

func (rec *recorder) Before(hook func(negroni.ResponseWriter)) {
	rec.hooks = append(rec.hooks, hook)
}

// WriteHeader passes code on before it notes it, because net/http panics on
// what is no status.
func (rec *recorder) WriteHeader(code int) {
	if rec.status != 0 || rec.conn != nil {
		rec.ResponseWriter.WriteHeader(code) // net/http logs and ignores it
		return
	}
	if code >= 100 && code <= 199 && (code != http.StatusSwitchingProtocols || rec.req.ProtoMajor > 1) {
		rec.ResponseWriter.WriteHeader(code)
		rec.mu.Lock()
		defer rec.mu.Unlock()
		rec.interim = append(rec.interim, code)
		if code == http.StatusContinue {
			rec.expects = false
		}
		return
	}
	if rec.runHooks(code); rec.status != 0 {
		return // a hook wrote
	}
	rec.ResponseWriter.WriteHeader(code)
	rec.sent(rec.sentBelow(code))
}

// sentBelow is what the writer below has made of code: a negroni writer sends the
// status that a hook of its own wrote, and none after one on which net/http has
// panicked, or after 101 in HTTP/2, where it is not final, so that net/http sends 200 by itself.
func (rec *recorder) sentBelow(code int) int {
	if n, ok := rec.ResponseWriter.(negroni.ResponseWriter); ok && n.Written() {
		if code = n.Status(); code > 999 || code < 200 && rec.req.ProtoMajor > 1 {
			return http.StatusOK
		}
	}
	return code
}

// sent notes that the final header was written.
func (rec *recorder) sent(code int) {
	if rec.status != 0 {
		return
	}
	rec.ttfb = sinceEpoch() - rec.start
	rec.mu.Lock()
	rec.status = code
	rec.mu.Unlock()
	rec.length = contentLength(rec.Header())
	rec.keepHeaders()
	rec.noBody = rec.noBody || code < 200 || code == http.StatusNoContent || code == http.StatusNotModified
}

// keepHeaders keeps the response's headers that are logged.
func (rec *recorder) keepHeaders() {
	if rec.headers != nil {
		rec.headers.response = rec.log.headerAttrs(rec.log.responseHeaders, rec.Header())
	}
}

// runHooks runs the hooks once, the last one first, as negroni does.
func (rec *recorder) runHooks(code int) {
	rec.pending = code
	hooks := rec.hooks
	rec.hooks = nil
	for _, hook := range slices.Backward(hooks) {
		hook(rec.self.(negroni.ResponseWriter))
	}
}

// header does what the first Write does: the implicit WriteHeader(200).
func (rec *recorder) header() {
	if rec.status != 0 || rec.conn != nil {
		return
	}
	if _, ok := rec.ResponseWriter.(negroni.ResponseWriter); ok || len(rec.hooks) > 0 {
		rec.WriteHeader(http.StatusOK)
		return
	}
	rec.sent(http.StatusOK)
}

func (rec *recorder) Write(b []byte) (int, error) {
	rec.header()
	n, err := rec.ResponseWriter.Write(b)
	rec.wrote(int64(n), err)
	return n, err
}

func (rec *recorder) WriteString(s string) (int, error) {
	rec.header()
	n, err := io.WriteString(rec.ResponseWriter, s)
	rec.wrote(int64(n), err)
	return n, err
}

// How much of a body net/http holds back until it is flushed, and its header with it:
// bufferBeforeChunkingSize, and in HTTP/2 http2handlerChunkWriteSize. What leaves the former
// goes through a buffer of the connection's, which is sent even after a panic.
const (
	netBuffer   = 2048
	connBuffer  = 4096
	http2Buffer = 4096
)

func (rec *recorder) wrote(n int64, err error) {
	rec.taken += n
	rec.left = rec.left || rec.taken > http2Buffer || rec.taken > netBuffer && rec.req.ProtoMajor == 1
	if !rec.noBody {
		rec.bytes += n
	}
	if err != nil {
		rec.failed(err)
	}
}

// failed notes why a write failed, as far as the connection is the cause.
func (rec *recorder) failed(err error) {
	switch {
	case rec.outcome != "": // the first failure is the cause of the others
	case errors.Is(err, http.ErrBodyNotAllowed), errors.Is(err, http.ErrContentLength), errors.Is(err, http.ErrHijacked):
	case errors.Is(err, io.ErrShortWrite):
		rec.left = true // HTTP/2 says so of the body of a HEAD, for which the header has been sent
	case rec.length >= 0 && strings.HasSuffix(err.Error(), "more than declared Content-Length"):
		// HTTP/2's http.ErrContentLength, which it does not export.
	case errors.Is(err, http.ErrHandlerTimeout):
		rec.outcome = accesslog.OutcomeTimeout
	case errors.Is(err, os.ErrDeadlineExceeded):
		rec.outcome = accesslog.OutcomeWriteError
	default:
		rec.outcome = accesslog.OutcomeClientClosed
	}
}

func (rec *recorder) flush() error {
	rec.header()
	rec.left, rec.taken = true, 0
	err := http.NewResponseController(rec.ResponseWriter).Flush()
	if err != nil {
		rec.failed(err)
	}
	return err
}

// end completes the record when the handler has returned, or panicked with p. On a
// hijacked connection the record waits for its Close, unless after a panic; after one on
// another, where a Listener watches the connection, for what that shows. Outer is the pattern
// that the request came with.
func (rec *recorder) end(p any, outer string) {
	r := records.Get().(*accesslog.Record)
	rec.judge(r, p)
	if rec.log.route != nil {
		// Not later: a router may use its context anew for another request.
		rec.setPattern(rec.log.askRoute(rec.req))
	}
	if pattern := rec.log.mounted(rec.req, outer); pattern != rec.req.Pattern {
		rec.setPattern(pattern)
	}
	switch {
	case rec.conn != nil:
		rec.conn.returned(r, p != nil)
	case p == nil || !rec.hold(r):
		rec.write(r)
	}
}

// hold leaves r to the connection, until that shows what the client was sent. It reports
// false where nobody watches it.
func (rec *recorder) hold(r *accesslog.Record) bool {
	c := connOf(rec.req.Context())
	return c != nil && rec.req.ProtoMajor == 1 && c.hold(func(status int) { rec.writeSeen(r, status) })
}

// writeSeen writes the record of a panic with the status that the connection showed, if any:
// what a recovery outside has answered.
func (rec *recorder) writeSeen(r *accesslog.Record, status int) {
	if status != 0 {
		r.Status = accesslog.Some(status)
		r.ResponseBytes = accesslog.Opt[int64]{} // the recovery has added to the body, or replaced it
	}
	rec.write(r)
}

// records holds zero Records. Nobody keeps one once it is written.
var records = sync.Pool{New: func() any { return new(accesslog.Record) }}

// write fills in the rest of the record, hands it to the Logger and gives it back
// to records.
func (rec *recorder) write(r *accesslog.Record) {
	now := time.Now()
	r.Time, r.Duration = rec.log.stamp(now), accesslog.Some(now.Sub(epoch)-rec.start)
	defer func() {
		*r = accesslog.Record{}
		records.Put(r)
	}()
	r.RequestBytes = accesslog.Some(rec.requestBytes.Load())
	r.RequestID = rec.id

	rec.mu.Lock()
	r.Interim, r.Error, r.Attrs = rec.interim, rec.err, rec.attrs
	r.Route = routeOf(rec.route, rec.pattern, rec.req.Pattern)
	if c := rec.conn; c != nil {
		if status, at := c.status(); status != 0 && rec.status == 0 {
			r.Status, r.TTFB = accesslog.Some(status), accesslog.Some(at.Sub(epoch)-rec.start)
		}
		r.ResponseBytes = accesslog.Some(c.written.Load())
	}
	rec.mu.Unlock() // what is appended from now on lies behind the slices that r has

	l := rec.log
	if rec.skip && !r.Failed() {
		l.skipped.Add(1)
		return
	}
	l.describe(r, rec.req)
	// Behind the application's own, because the line has room for so many.
	if h := rec.headers; h != nil {
		r.Attrs = slices.Concat(r.Attrs, h.request, h.response)
	}
	if !l.decide(r) {
		l.sampled.Add(1)
		return
	}
	l.out.writeFor(rec.req.Context(), r)
}

// routeOf is the first pattern that is not empty, without its method and host.
func routeOf(patterns ...string) string {
	for _, p := range patterns {
		if p == "" {
			continue
		}
		return p[max(strings.IndexByte(p, '/'), 0):]
	}
	return ""
}
