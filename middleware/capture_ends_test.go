package middleware_test

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

// recovered is what negroni's recovery makes of a panic before the header.
var recovered = &captured{status: 500, bytes: int64(len("500 Internal Server Error")), ttfb: true}

// addedTo is what negroni's recovery makes of a panic after n bytes of a 200.
func addedTo(n int64) *captured {
	return &captured{status: 200, bytes: n + recovered.bytes, ttfb: true}
}

var panicCases = []captureCase{{
	name:    "panic before the header",
	reason:  "net/http closes the connection; 500 is what a recovery outside would answer",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { panic("boom") },
	want:    captured{status: 500, implied: true, outcome: accesslog.OutcomePanic, err: "boom"},
	negroni: recovered,
}, {
	name:   "panic after a flushed body",
	reason: "the status has been sent",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, "hello")
		w.(http.Flusher).Flush()
		panic(errors.New("boom"))
	},
	want:    captured{status: 200, outcome: accesslog.OutcomePanic, bytes: 5, ttfb: true, err: "boom"},
	negroni: addedTo(5),
}, {
	name:   "panic after a small body",
	reason: "net/http throws away what it holds back: no header was sent",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, "hello")
		panic("boom")
	},
	want:    captured{status: 500, implied: true, outcome: accesslog.OutcomePanic, err: "boom"},
	negroni: addedTo(5),
}, {
	name:   "panic after a full buffer",
	reason: "2,048 bytes fill net/http's buffer and none leaves it",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, strings.Repeat("x", 2048))
		panic("boom")
	},
	want:    captured{status: 500, implied: true, outcome: accesslog.OutcomePanic, err: "boom"},
	negroni: addedTo(2048),
}, {
	name:   "panic after more than a buffer",
	reason: "what does not fit the buffer is sent, and the header before it",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, strings.Repeat("x", 2049))
		panic("boom")
	},
	want:    captured{status: 200, outcome: accesslog.OutcomePanic, bytes: 2049, ttfb: true, err: "boom"},
	negroni: addedTo(2049),
}, {
	name:    "panic after more than a buffer of HEAD",
	reason:  "a body that is not sent pushes the header out all the same",
	request: request("HEAD", "/"),
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, strings.Repeat("x", 2049))
		panic("boom")
	},
	want:    captured{status: 200, outcome: accesslog.OutcomePanic, ttfb: true, err: "boom"},
	negroni: &captured{status: 200, ttfb: true},
}, {
	name:   "panic after io.Copy",
	reason: "ReadFrom sends the header once it has read 512 bytes",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, io.LimitReader(zeros{}, 1000))
		panic("boom")
	},
	want:    captured{status: 200, outcome: accesslog.OutcomePanic, bytes: 1000, ttfb: true, err: "boom"},
	negroni: addedTo(1000),
}, {
	name:   "panic inside io.Copy",
	reason: "what was sent when the source panicked is counted",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, reader{io.MultiReader(io.LimitReader(zeros{}, 1000), panickingReader{})})
	},
	want:    captured{status: 200, outcome: accesslog.OutcomePanic, bytes: 1000, ttfb: true, err: "boom"},
	negroni: addedTo(1000),
}, {
	name:   "panic after an error was set",
	reason: "the panic is what went wrong last",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		middleware.SetError(r.Context(), errors.New("no such row"))
		panic("boom")
	},
	want:    captured{status: 500, implied: true, outcome: accesslog.OutcomePanic, err: "boom"},
	negroni: &captured{status: 500, bytes: recovered.bytes, ttfb: true, err: "no such row"},
}, {
	name:    "abort before the header",
	reason:  "http.ErrAbortHandler is meant to send nothing",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
	want:    captured{outcome: accesslog.OutcomeAborted},
	negroni: recovered,
}, {
	name:   "abort after a small body",
	reason: "nothing has left net/http's buffer",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, "hello")
		panic(http.ErrAbortHandler)
	},
	want:    captured{outcome: accesslog.OutcomeAborted},
	negroni: addedTo(5),
}, {
	name:   "abort after a flush",
	reason: "the status has been sent",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, "hello")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	},
	want:    captured{status: 200, outcome: accesslog.OutcomeAborted, bytes: 5, ttfb: true},
	negroni: addedTo(5),
}, {
	name:   "proxy whose upstream breaks off",
	reason: "ReverseProxy aborts: the client must not take half a body for the whole",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.proxy(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}).ServeHTTP(w, r)
	},
	want:    captured{outcome: accesslog.OutcomeAborted},
	negroni: &captured{status: 200, outcome: accesslog.OutcomeIncomplete, bytes: 5, ttfb: true},
}, {
	name:    "Goexit",
	reason:  "the goroutine ends without a panic, and net/http closes the connection",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { runtime.Goexit() },
	want:    captured{outcome: accesslog.OutcomeAborted},
}, {
	name:   "recovery inside",
	reason: "what a recovery inside the middleware writes is the response",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		defer func() { http.Error(w, fmt.Sprint(recover()), http.StatusServiceUnavailable) }()
		panic("boom")
	},
	want: captured{status: 503, bytes: 5, ttfb: true},
}, {
	name:    "status 0",
	reason:  "net/http panics on what is no status, and nothing of it was sent",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { w.WriteHeader(0) },
	want:    captured{status: 500, implied: true, outcome: accesslog.OutcomePanic, err: "invalid WriteHeader code 0"},
	negroni: recovered,
}, {
	name:    "status 1000",
	reason:  "negroni takes the header for written before net/http panics, so that the recovery's 500 is lost",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { w.WriteHeader(1000) },
	want:    captured{status: 500, implied: true, outcome: accesslog.OutcomePanic, err: "invalid WriteHeader code 1000"},
	negroni: addedTo(0),
}}

type panickingReader struct{}

func (panickingReader) Read([]byte) (int, error) { panic("boom") }

var clientCases = []captureCase{{
	name:   "client gone before the header",
	reason: "nothing was sent, to nobody",
	client: leaves,
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		close(x.entered)
		<-r.Context().Done()
	},
	want: captured{status: 499, implied: true, outcome: accesslog.OutcomeClientClosed},
}, {
	name:   "client gone, handler answers",
	reason: "the status as written: it went nowhere",
	client: leaves,
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		close(x.entered)
		<-r.Context().Done()
		http.Error(w, r.Context().Err().Error(), http.StatusServiceUnavailable)
	},
	want: captured{status: 503, implied: true, outcome: accesslog.OutcomeClientClosed, bytes: 17, ttfb: true},
}, {
	name:   "client that half-closes",
	reason: "net/http takes it for one that left, though it reads the response",
	client: halfCloses,
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		close(x.entered)
		<-r.Context().Done()
	},
	want: captured{status: 499, implied: true, onWire: 200, outcome: accesslog.OutcomeClientClosed},
}, {
	name:   "client gone mid-body",
	reason: "the status was sent; the bytes are those that net/http took",
	client: leavesAfter("hello\r\n"),
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, "hello")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	},
	want: captured{status: 200, outcome: accesslog.OutcomeClientClosed, bytes: 5, ttfb: true},
}, {
	name:    "client gone, the write tells",
	reason:  "while the request body is unread, nothing but a failed write tells",
	request: request("POST", "/", "Content-Length: 1000000"),
	client:  leavesAfter("hello\r\n"),
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, "hello")
		w.(http.Flusher).Flush()
		<-x.received
		for x.write(w, strings.Repeat("x", 10000)) == nil {
		}
	},
	want: captured{status: 200, outcome: accesslog.OutcomeClientClosed, bytes: allWritten, ttfb: true},
}, {
	name:   "client gone with all it was promised",
	reason: "a client that has the whole response may leave",
	client: leavesAfter("hello"),
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		x.write(w, "hello")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	},
	want: captured{status: 200, bytes: 5, ttfb: true},
}}

var timeoutCases = []captureCase{{
	name:    "TimeoutHandler outside",
	reason:  "it has answered in the handler's stead",
	outside: func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Millisecond, "late") },
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		<-x.received
	},
	want: captured{status: 503, outcome: accesslog.OutcomeTimeout},
}, {
	name:    "TimeoutHandler outside, handler had written",
	reason:  "what was written before the deadline is thrown away",
	outside: func(h http.Handler) http.Handler { return http.TimeoutHandler(h, 20*time.Millisecond, "") },
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(201)
		x.write(w, "hello")
		<-x.received
	},
	want: captured{status: 503, outcome: accesslog.OutcomeTimeout},
}, {
	name:    "TimeoutHandler outside, in time",
	reason:  "a handler in time answers as it would without one",
	outside: func(h http.Handler) http.Handler { return http.TimeoutHandler(h, patience, "late") },
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { x.write(w, "hello") },
	want:    captured{status: 200, bytes: 5, ttfb: true},
}, {
	name:   "TimeoutHandler inside",
	reason: "its 503 passes through the recorder",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-x.received
			w.Write([]byte("late"))
		}), time.Millisecond, "timed out").ServeHTTP(w, r)
	},
	want: captured{status: 503, bytes: 9, ttfb: true},
}, {
	name:   "context deadline inside",
	reason: "a deadline of the handler's own is no timeout of the response",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 0)
		defer cancel()
		middleware.SetError(ctx, ctx.Err())
		w.WriteHeader(500)
	},
	want: captured{status: 500, ttfb: true, err: "context deadline exceeded"},
}, {
	name:   "write deadline",
	reason: "net/http cancels the context as if the client had left, but it is the server that gave up",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0)); err != nil {
			x.Error(err)
		}
		for x.write(w, strings.Repeat("x", 10000)) == nil {
		}
	},
	want: captured{status: 200, implied: true, outcome: accesslog.OutcomeWriteError, bytes: allWritten, ttfb: true},
}}

var hijackCases = []captureCase{{
	name:   "101 and hijack",
	reason: "WriteHeader has sent the status; what follows is counted",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(101)
		c, rw := x.hijack(w)
		defer c.Close()
		rw.WriteString("one,")
		rw.Flush()
		x.write(c, "two")
	},
	want: captured{status: 101, outcome: accesslog.OutcomeHijacked, bytes: 7, ttfb: true},
}, {
	name:   "hijack and raw 101",
	reason: "WebSocket libraries write the status line themselves",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		c, rw := x.hijack(w)
		defer c.Close()
		rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
		rw.Flush()
		x.write(c, "hello")
	},
	want: captured{status: 101, outcome: accesslog.OutcomeHijacked, bytes: allReceived, ttfb: true},
}, {
	name:   "hijack and raw 403 in pieces",
	reason: "the status line may come in several writes",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		c, _ := x.hijack(w)
		defer c.Close()
		for _, s := range []string{"H", "TTP/1.", "1 4", "03 Forbidden\r\nConnection: ", "close\r\n\r\nno"} {
			x.write(c, s)
		}
	},
	want: captured{status: 403, outcome: accesslog.OutcomeHijacked, bytes: allReceived, ttfb: true},
}, {
	name:   "hijack through the controller",
	reason: "http.ResponseController finds the recorder's Hijack",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			x.Error(err)
			return
		}
		defer c.Close()
		io.Copy(c, reader{io.MultiReader(strings.NewReader("HTTP/1.1 403 Forbidden\r\n\r\n"), strings.NewReader("no"))})
	},
	want: captured{status: 403, outcome: accesslog.OutcomeHijacked, bytes: allReceived, ttfb: true},
}, {
	name:    "hijack around a wrapper outside",
	reason:  "the controller must not hijack past the recorder where the writer below has no Hijack of its own",
	outside: unwrapOnly,
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			x.Error(err)
			return
		}
		defer c.Close()
		x.write(c, "HTTP/1.1 403 Forbidden\r\n\r\n")
	},
	want: captured{status: 403, outcome: accesslog.OutcomeHijacked, bytes: allReceived, ttfb: true},
}, {
	name:   "404 after hijack",
	reason: "net/http ignores a status once the connection is taken over",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		c, _ := x.hijack(w)
		defer c.Close()
		x.write(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		w.WriteHeader(404)
	},
	want: captured{status: 101, outcome: accesslog.OutcomeHijacked, bytes: allReceived, ttfb: true},
}, {
	name:   "404 after hijack without a status line",
	reason: "what is written is no HTTP: no status was sent",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		c, _ := x.hijack(w)
		defer c.Close()
		x.write(c, "something else altogether")
		w.WriteHeader(404)
	},
	want: captured{outcome: accesslog.OutcomeHijacked, bytes: allReceived},
}, {
	name:   "hijack, closed after the handler",
	reason: "the line waits for the connection's end, and counts up to it",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		c, _ := x.hijack(w)
		go func() {
			defer c.Close()
			<-x.returned
			x.write(c, "HTTP/1.1 200 OK\r\n\r\nlate")
		}()
	},
	want: captured{status: 200, outcome: accesslog.OutcomeHijacked, bytes: allReceived, ttfb: true},
}, {
	name:   "hijack and panic",
	reason: "a panic explains more than the hijack",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		c, _ := x.hijack(w)
		defer c.Close()
		x.write(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		panic("boom")
	},
	want:    captured{status: 101, outcome: accesslog.OutcomePanic, bytes: allReceived, ttfb: true, err: "boom"},
	negroni: &captured{status: 101, outcome: accesslog.OutcomeHijacked, bytes: allReceived, ttfb: true},
}, {
	name:    "proxy of an upgrade",
	reason:  "ReverseProxy hijacks and writes the upstream's 101",
	request: "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.proxy(func(w http.ResponseWriter, r *http.Request) {
			c, _ := x.hijack(w)
			defer c.Close()
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello")
		}).ServeHTTP(w, r)
	},
	want: captured{status: 101, outcome: accesslog.OutcomeHijacked, bytes: allReceived, ttfb: true},
}}
