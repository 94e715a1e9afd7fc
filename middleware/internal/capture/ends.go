package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// The rows of the conformance table that do not simply end well.

// panicked is what is recorded of a panic before anything has left net/http: it closes the
// connection, or resets the stream.
var panicked = Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "boom"}

// recovered is what negroni's recovery makes of a panic before the header.
var recovered = Captured{Status: 500, Bytes: int64(len("500 Internal Server Error")), TTFB: true}

// addedTo is what negroni's recovery makes of a panic after n bytes of a 200.
func addedTo(n int64) Captured {
	return Captured{Status: 200, Bytes: n + recovered.Bytes, TTFB: true}
}

var panicCases = []Case{{
	Name:    "panic before the header",
	Reason:  "net/http closes the connection; 500 is what a recovery outside would answer",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { panic("boom") },
	Want:    panicked,
	But:     []But{{Recovery, recovered}},
}, {
	Name:   "panic after a flushed body",
	Reason: "the status has been sent",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		panic(errors.New("boom"))
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 5, TTFB: true, Err: "boom"},
	But:  []But{{Recovery, addedTo(5)}},
}, {
	Name:   "panic after a small body",
	Reason: "net/http throws away what it holds back: no header was sent",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		panic("boom")
	},
	Want: Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "boom"},
	But:  []But{{Recovery, addedTo(5)}},
}, {
	Name:   "panic after 2,048 bytes",
	Reason: "they fill net/http's buffer and none leaves it",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, strings.Repeat("x", 2048))
		panic("boom")
	},
	Want: Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "boom"},
	But:  []But{{Recovery, addedTo(2048)}},
}, {
	Name:   "panic after 2,049 bytes",
	Reason: "what does not fit the buffer is sent, and the header before it; HTTP/2's buffer is larger",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, strings.Repeat("x", 2049))
		panic("boom")
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 2049, TTFB: true, Err: "boom"},
	But:  []But{{H2, panicked}, {Recovery, addedTo(2049)}},
}, {
	Name:   "panic after 4,096 bytes",
	Reason: "they fill HTTP/2's buffer and none leaves it",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, strings.Repeat("x", 4096))
		panic("boom")
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 4096, TTFB: true, Err: "boom"},
	But:  []But{{H2, panicked}, {Recovery, addedTo(4096)}},
}, {
	Name:   "panic after 4,097 bytes",
	Reason: "what does not fit HTTP/2's buffer is sent, and the header before it",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, strings.Repeat("x", 4097))
		panic("boom")
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 4097, TTFB: true, Err: "boom"},
	But:  []But{{Recovery, addedTo(4097)}},
}, {
	Name:    "panic after more than a buffer of HEAD",
	Reason:  "a body that is not sent pushes the header out all the same",
	Request: Request("HEAD", "/"),
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, strings.Repeat("x", 4097))
		panic("boom")
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomePanic, TTFB: true, Err: "boom"},
	But:  []But{{Recovery, Captured{Status: 200, TTFB: true}}},
}, {
	Name:   "panic after io.Copy",
	Reason: "ReadFrom sends the header once it has read 512 bytes, where it can send by itself: not in TLS",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, io.LimitReader(zeros{}, 1000))
		panic("boom")
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 1000, TTFB: true, Err: "boom"},
	But:  []But{{TLS, panicked}, {Recovery, addedTo(1000)}},
}, {
	Name:   "panic inside io.Copy",
	Reason: "what was sent when the source panicked is counted",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, reader{io.MultiReader(io.LimitReader(zeros{}, 1000), panickingReader{})})
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 1000, TTFB: true, Err: "boom"},
	But:  []But{{TLS, panicked}, {Recovery, addedTo(1000)}},
}, {
	Name:   "panic after an error was set",
	Reason: "the panic is what went wrong last",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		middleware.SetError(r.Context(), errors.New("no such row"))
		panic("boom")
	},
	Want: Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "boom"},
	But:  []But{{Recovery, Captured{Status: 500, Bytes: recovered.Bytes, TTFB: true, Err: "no such row"}}},
}, {
	Name:    "abort before the header",
	Reason:  "http.ErrAbortHandler is meant to send nothing",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
	Want:    Captured{Outcome: accesslog.OutcomeAborted},
	But:     []But{{Recovery, recovered}},
}, {
	Name:   "abort after a small body",
	Reason: "nothing has left net/http's buffer",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		panic(http.ErrAbortHandler)
	},
	Want: Captured{Outcome: accesslog.OutcomeAborted},
	But:  []But{{Recovery, addedTo(5)}},
}, {
	Name:   "abort after a flush",
	Reason: "the status has been sent",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomeAborted, Bytes: 5, TTFB: true},
	But:  []But{{Recovery, addedTo(5)}},
}, {
	Name:   "proxy whose upstream breaks off",
	Reason: "ReverseProxy aborts: the client must not take half a body for the whole",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.proxy(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}).ServeHTTP(w, r)
	},
	Want: Captured{Outcome: accesslog.OutcomeAborted},
	But: []But{
		{Recovery, Captured{Status: 200, Outcome: accesslog.OutcomeIncomplete, Bytes: 5, TTFB: true}},
		{Recovery | H2, Captured{Status: 200, Outcome: accesslog.OutcomeIncomplete, Bytes: 5 + recovered.Bytes, Refused: recovered.Bytes - 5, TTFB: true}},
	},
}, {
	Name:    "recovery outside",
	Reason:  "it answers after the middleware has seen the panic; a listener sees that on cleartext",
	Outside: recoversOutside,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { panic("boom") },
	Want:    Captured{Status: 500, Implied: true, OnWire: 503, Outcome: accesslog.OutcomePanic, Err: "boom"},
	But:     []But{{Recovery, recovered}, {Watched, Captured{Status: 503, Outcome: accesslog.OutcomePanic, Bytes: Unknown, Err: "boom"}}},
}, {
	Name:    "recovery outside, handler had answered",
	Reason:  "net/http still holds the handler's status, and sends it with what the recovery adds",
	Outside: recoversOutside,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(201)
		panic("boom")
	},
	Want: Captured{Status: 500, Implied: true, OnWire: 201, Outcome: accesslog.OutcomePanic, Err: "boom"},
	But: []But{
		{Recovery, Captured{Status: 201, Bytes: recovered.Bytes, TTFB: true}},
		{Watched, Captured{Status: 201, Outcome: accesslog.OutcomePanic, Bytes: Unknown, Err: "boom"}},
	},
}, {
	Name:    "recovery outside, after a flush",
	Reason:  "the status has been sent, and the recovery adds to the body",
	Outside: recoversOutside,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		panic("boom")
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 5, TTFB: true, Err: "boom"},
	But:  []But{{Recovery, addedTo(5)}},
}, {
	Name:    "Goexit",
	Reason:  "the goroutine ends without a panic, and net/http closes the connection",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { runtime.Goexit() },
	Want:    Captured{Outcome: accesslog.OutcomeAborted},
}, {
	Name:   "recovery inside",
	Reason: "what a recovery inside the middleware writes is the response",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		defer func() { http.Error(w, fmt.Sprint(recover()), http.StatusServiceUnavailable) }()
		panic("boom")
	},
	Want: Captured{Status: 503, Bytes: 5, TTFB: true},
}, {
	Name:    "status 0",
	Reason:  "net/http panics on what is no status, and nothing of it was sent",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { w.WriteHeader(0) },
	Want:    Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "invalid WriteHeader code 0"},
	But:     []But{{Recovery, recovered}},
}, {
	Name:    "status 1000",
	Reason:  "negroni takes the header for written before net/http panics, so that the recovery's 500 is lost",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { w.WriteHeader(1000) },
	Want:    Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "invalid WriteHeader code 1000"},
	But:     []But{{Recovery, addedTo(0)}},
}}

// recoversOutside answers a panic of what it wraps.
func recoversOutside(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				http.Error(w, "sorry", http.StatusServiceUnavailable)
			}
		}()
		h.ServeHTTP(w, r)
	})
}

type panickingReader struct{}

func (panickingReader) Read([]byte) (int, error) { panic("boom") }

var clientCases = []Case{{
	Name:   "client gone before the header",
	Reason: "nothing was sent, to nobody",
	Client: Client{Leaves: true},
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		close(x.Entered)
		<-r.Context().Done()
	},
	Want: Captured{Status: 499, Implied: true, Outcome: accesslog.OutcomeClientClosed},
}, {
	Name:   "client gone, handler answers",
	Reason: "the status as written: it went nowhere",
	Client: Client{Leaves: true},
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		close(x.Entered)
		<-r.Context().Done()
		http.Error(w, r.Context().Err().Error(), http.StatusServiceUnavailable)
	},
	Want: Captured{Status: 503, Implied: true, Outcome: accesslog.OutcomeClientClosed, Bytes: 17, TTFB: true},
}, {
	Name:   "client that half-closes",
	Reason: "net/http takes it for one that left, though it reads the response",
	Not:    H2, // where every request half-closes its stream
	Client: Client{HalfCloses: true},
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		close(x.Entered)
		<-r.Context().Done()
	},
	Want: Captured{Status: 499, Implied: true, OnWire: 200, Outcome: accesslog.OutcomeClientClosed},
}, {
	Name:   "client gone mid-body",
	Reason: "the status was sent; the bytes are those that net/http took",
	Client: Client{LeavesAfter: "hello"},
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomeClientClosed, Bytes: 5, TTFB: true},
}, {
	Name:    "client gone, the write tells",
	Reason:  "while the request body is unread, nothing but a failed write tells",
	Request: Request("POST", "/", "Content-Length: 1000000"),
	Client:  Client{LeavesAfter: "hello"},
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		<-x.Received
		for x.Write(w, strings.Repeat("x", 10000)) == nil {
		}
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomeClientClosed, Bytes: AllWritten, TTFB: true},
}, {
	Name:   "client gone, the whole still held",
	Reason: "net/http has taken all that was promised, and sent nothing",
	Client: Client{Leaves: true},
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "3000")
		x.Write(w, strings.Repeat("x", 3000))
		close(x.Entered)
		<-r.Context().Done()
	},
	Want: Captured{Status: 200, Implied: true, Outcome: accesslog.OutcomeClientClosed, Bytes: 3000, TTFB: true},
}, {
	Name:   "client gone with all it was promised",
	Reason: "a client that has the whole response may leave",
	Client: Client{LeavesAfter: "hello"},
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	},
	Want: Captured{Status: 200, Bytes: 5, TTFB: true},
}}

var timeoutCases = []Case{{
	Name:    "TimeoutHandler outside",
	Reason:  "it has answered in the handler's stead",
	Outside: func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Millisecond, "late") },
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		<-x.Received
	},
	Want: Captured{Status: 503, Outcome: accesslog.OutcomeTimeout},
}, {
	Name:    "TimeoutHandler outside, handler had written",
	Reason:  "what was written before the deadline is thrown away",
	Outside: func(h http.Handler) http.Handler { return http.TimeoutHandler(h, 20*time.Millisecond, "") },
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(201)
		x.Write(w, "hello")
		<-x.Received
	},
	Want: Captured{Status: 503, Outcome: accesslog.OutcomeTimeout},
}, {
	Name:    "TimeoutHandler outside, in time",
	Reason:  "a handler in time answers as it would without one",
	Outside: func(h http.Handler) http.Handler { return http.TimeoutHandler(h, Patience, "late") },
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { x.Write(w, "hello") },
	Want:    Captured{Status: 200, Bytes: 5, TTFB: true},
}, {
	Name:   "TimeoutHandler inside",
	Reason: "its 503 passes through the recorder",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-x.Received
			w.Write([]byte("late"))
		}), time.Millisecond, "timed out").ServeHTTP(w, r)
	},
	Want: Captured{Status: 503, Bytes: 9, TTFB: true},
}, {
	Name:   "context deadline inside",
	Reason: "a deadline of the handler's own is no timeout of the response",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 0)
		defer cancel()
		middleware.SetError(ctx, ctx.Err())
		w.WriteHeader(500)
	},
	Want: Captured{Status: 500, TTFB: true, Err: "context deadline exceeded"},
}, {
	Name:   "write deadline",
	Reason: "net/http cancels the context as if the client had left, but it is the server that gave up",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.setDeadline(w, time.Unix(1, 0))
		for x.Write(w, strings.Repeat("x", 10000)) == nil {
		}
	},
	Want: Captured{Status: 200, Implied: true, Outcome: accesslog.OutcomeWriteError, Bytes: AllWritten, TTFB: true},
}, {
	Name:   "write deadline, response still held",
	Reason: "no write has failed, but the client gets nothing",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		x.pastDeadline(w, r)
	},
	Want: Captured{Status: 200, Implied: true, Outcome: accesslog.OutcomeWriteError, Bytes: 5, TTFB: true},
}, {
	Name:   "write deadline, the end still to come",
	Reason: "the client has the body and waits for its end: the last chunk, or the end of the stream",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		x.pastDeadline(w, r)
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomeWriteError, Bytes: 5, TTFB: true},
}, {
	Name:   "write deadline, all sent before",
	Reason: "a response of known length has no end but its last byte; but HTTP/2 resets the stream before it ends it",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		x.pastDeadline(w, r)
	},
	Want: Captured{Status: 200, Bytes: 5, TTFB: true},
	But:  []But{{H2, Captured{Status: 200, Outcome: accesslog.OutcomeWriteError, Bytes: 5, TTFB: true}}},
}, {
	Name:   "write deadline, all copied before",
	Reason: "ReadFrom holds nothing back, where the connection can send by itself",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5000")
		io.Copy(w, io.LimitReader(zeros{}, 5000))
		x.pastDeadline(w, r)
	},
	Want: Captured{Status: 200, Bytes: 5000, TTFB: true},
	But:  []But{{TLS, Captured{Status: 200, Outcome: accesslog.OutcomeWriteError, Bytes: 5000, TTFB: true}}},
}, {
	Name:         "server's write timeout",
	Reason:       "the response is still held when it is over",
	WriteTimeout: time.Nanosecond,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		x.reset(r)
	},
	Want: Captured{Status: 200, Implied: true, Outcome: accesslog.OutcomeWriteError, Bytes: 5, TTFB: true},
}, {
	Name:         "server's write timeout, nothing written",
	Reason:       "net/http would have sent 200",
	WriteTimeout: time.Nanosecond,
	Handler:      func(x *Exchange, w http.ResponseWriter, r *http.Request) { x.reset(r) },
	Want:         Captured{Status: 200, Implied: true, Outcome: accesslog.OutcomeWriteError},
}, {
	Name:         "server's write timeout, more than a buffer",
	Reason:       "what has left the response's buffer is in the connection's",
	WriteTimeout: time.Nanosecond,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "3000")
		x.Write(w, strings.Repeat("x", 3000))
		x.reset(r)
	},
	Want: Captured{Status: 200, Implied: true, Outcome: accesslog.OutcomeWriteError, Bytes: 3000, TTFB: true},
}, {
	Name:         "server's write timeout, extended",
	Reason:       "the handler takes more time",
	Not:          H2, // whose stream is reset already
	WriteTimeout: time.Nanosecond,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.setDeadline(w, time.Now().Add(Patience))
		x.Write(w, "hello")
	},
	Want: Captured{Status: 200, Bytes: 5, TTFB: true},
}, {
	Name:         "server's write timeout, lifted",
	Reason:       "the handler takes all the time",
	Not:          H2,
	WriteTimeout: time.Nanosecond,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.setDeadline(w, time.Time{})
		x.Write(w, "hello")
	},
	Want: Captured{Status: 200, Bytes: 5, TTFB: true},
}, {
	Name:         "server's write timeout, in time",
	Reason:       "nothing has happened",
	WriteTimeout: Patience,
	Handler:      func(x *Exchange, w http.ResponseWriter, r *http.Request) { x.Write(w, "hello") },
	Want:         Captured{Status: 200, Bytes: 5, TTFB: true},
}}
