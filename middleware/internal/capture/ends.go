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

// recovered is what negroni's recovery makes of a panic before the header.
var recovered = &Captured{Status: 500, Bytes: int64(len("500 Internal Server Error")), TTFB: true}

// addedTo is what negroni's recovery makes of a panic after n bytes of a 200.
func addedTo(n int64) *Captured {
	return &Captured{Status: 200, Bytes: n + recovered.Bytes, TTFB: true}
}

var panicCases = []Case{{
	Name:    "panic before the header",
	Reason:  "net/http closes the connection; 500 is what a recovery outside would answer",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { panic("boom") },
	Want:    Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "boom"},
	Negroni: recovered,
}, {
	Name:   "panic after a flushed body",
	Reason: "the status has been sent",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		panic(errors.New("boom"))
	},
	Want:    Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 5, TTFB: true, Err: "boom"},
	Negroni: addedTo(5),
}, {
	Name:   "panic after a small body",
	Reason: "net/http throws away what it holds back: no header was sent",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		panic("boom")
	},
	Want:    Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "boom"},
	Negroni: addedTo(5),
}, {
	Name:   "panic after a full buffer",
	Reason: "2,048 bytes fill net/http's buffer and none leaves it",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, strings.Repeat("x", 2048))
		panic("boom")
	},
	Want:    Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "boom"},
	Negroni: addedTo(2048),
}, {
	Name:   "panic after more than a buffer",
	Reason: "what does not fit the buffer is sent, and the header before it",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, strings.Repeat("x", 2049))
		panic("boom")
	},
	Want:    Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 2049, TTFB: true, Err: "boom"},
	Negroni: addedTo(2049),
}, {
	Name:    "panic after more than a buffer of HEAD",
	Reason:  "a body that is not sent pushes the header out all the same",
	Request: Request("HEAD", "/"),
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, strings.Repeat("x", 2049))
		panic("boom")
	},
	Want:    Captured{Status: 200, Outcome: accesslog.OutcomePanic, TTFB: true, Err: "boom"},
	Negroni: &Captured{Status: 200, TTFB: true},
}, {
	Name:   "panic after io.Copy",
	Reason: "ReadFrom sends the header once it has read 512 bytes",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, io.LimitReader(zeros{}, 1000))
		panic("boom")
	},
	Want:    Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 1000, TTFB: true, Err: "boom"},
	Negroni: addedTo(1000),
}, {
	Name:   "panic inside io.Copy",
	Reason: "what was sent when the source panicked is counted",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, reader{io.MultiReader(io.LimitReader(zeros{}, 1000), panickingReader{})})
	},
	Want:    Captured{Status: 200, Outcome: accesslog.OutcomePanic, Bytes: 1000, TTFB: true, Err: "boom"},
	Negroni: addedTo(1000),
}, {
	Name:   "panic after an error was set",
	Reason: "the panic is what went wrong last",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		middleware.SetError(r.Context(), errors.New("no such row"))
		panic("boom")
	},
	Want:    Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "boom"},
	Negroni: &Captured{Status: 500, Bytes: recovered.Bytes, TTFB: true, Err: "no such row"},
}, {
	Name:    "abort before the header",
	Reason:  "http.ErrAbortHandler is meant to send nothing",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
	Want:    Captured{Outcome: accesslog.OutcomeAborted},
	Negroni: recovered,
}, {
	Name:   "abort after a small body",
	Reason: "nothing has left net/http's buffer",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		panic(http.ErrAbortHandler)
	},
	Want:    Captured{Outcome: accesslog.OutcomeAborted},
	Negroni: addedTo(5),
}, {
	Name:   "abort after a flush",
	Reason: "the status has been sent",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	},
	Want:    Captured{Status: 200, Outcome: accesslog.OutcomeAborted, Bytes: 5, TTFB: true},
	Negroni: addedTo(5),
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
	Want:    Captured{Outcome: accesslog.OutcomeAborted},
	Negroni: &Captured{Status: 200, Outcome: accesslog.OutcomeIncomplete, Bytes: 5, TTFB: true},
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
	Negroni: recovered,
}, {
	Name:    "status 1000",
	Reason:  "negroni takes the header for written before net/http panics, so that the recovery's 500 is lost",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { w.WriteHeader(1000) },
	Want:    Captured{Status: 500, Implied: true, Outcome: accesslog.OutcomePanic, Err: "invalid WriteHeader code 1000"},
	Negroni: addedTo(0),
}}

type panickingReader struct{}

func (panickingReader) Read([]byte) (int, error) { panic("boom") }

var clientCases = []Case{{
	Name:   "client gone before the header",
	Reason: "nothing was sent, to nobody",
	Client: leaves,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		close(x.Entered)
		<-r.Context().Done()
	},
	Want: Captured{Status: 499, Implied: true, Outcome: accesslog.OutcomeClientClosed},
}, {
	Name:   "client gone, handler answers",
	Reason: "the status as written: it went nowhere",
	Client: leaves,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		close(x.Entered)
		<-r.Context().Done()
		http.Error(w, r.Context().Err().Error(), http.StatusServiceUnavailable)
	},
	Want: Captured{Status: 503, Implied: true, Outcome: accesslog.OutcomeClientClosed, Bytes: 17, TTFB: true},
}, {
	Name:   "client that half-closes",
	Reason: "net/http takes it for one that left, though it reads the response",
	Client: halfCloses,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		close(x.Entered)
		<-r.Context().Done()
	},
	Want: Captured{Status: 499, Implied: true, OnWire: 200, Outcome: accesslog.OutcomeClientClosed},
}, {
	Name:   "client gone mid-body",
	Reason: "the status was sent; the bytes are those that net/http took",
	Client: leavesAfter("hello\r\n"),
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
	Client:  leavesAfter("hello\r\n"),
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		<-x.Received
		for x.Write(w, strings.Repeat("x", 10000)) == nil {
		}
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomeClientClosed, Bytes: AllWritten, TTFB: true},
}, {
	Name:   "client gone with all it was promised",
	Reason: "a client that has the whole response may leave",
	Client: leavesAfter("hello"),
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
		if err := http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0)); err != nil {
			x.Error(err)
		}
		for x.Write(w, strings.Repeat("x", 10000)) == nil {
		}
	},
	Want: Captured{Status: 200, Implied: true, Outcome: accesslog.OutcomeWriteError, Bytes: AllWritten, TTFB: true},
}}

var hijackCases = []Case{{
	Name:   "101 and hijack",
	Reason: "WriteHeader has sent the status; what follows is counted",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(101)
		c, rw := x.Hijack(w)
		defer c.Close()
		rw.WriteString("one,")
		rw.Flush()
		x.Write(c, "two")
	},
	Want: Captured{Status: 101, Outcome: accesslog.OutcomeHijacked, Bytes: 7, TTFB: true},
}, {
	Name:   "hijack and raw 101",
	Reason: "WebSocket libraries write the status line themselves",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		c, rw := x.Hijack(w)
		defer c.Close()
		rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
		rw.Flush()
		x.Write(c, "hello")
	},
	Want: Captured{Status: 101, Outcome: accesslog.OutcomeHijacked, Bytes: AllReceived, TTFB: true},
}, {
	Name:   "hijack and raw 403 in pieces",
	Reason: "the status line may come in several writes",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		c, _ := x.Hijack(w)
		defer c.Close()
		for _, s := range []string{"H", "TTP/1.", "1 4", "03 Forbidden\r\nConnection: ", "close\r\n\r\nno"} {
			x.Write(c, s)
		}
	},
	Want: Captured{Status: 403, Outcome: accesslog.OutcomeHijacked, Bytes: AllReceived, TTFB: true},
}, {
	Name:   "hijack through the controller",
	Reason: "http.ResponseController finds the recorder's Hijack",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			x.Error(err)
			return
		}
		defer c.Close()
		io.Copy(c, reader{io.MultiReader(strings.NewReader("HTTP/1.1 403 Forbidden\r\n\r\n"), strings.NewReader("no"))})
	},
	Want: Captured{Status: 403, Outcome: accesslog.OutcomeHijacked, Bytes: AllReceived, TTFB: true},
}, {
	Name:    "hijack around a wrapper outside",
	Reason:  "the controller must not hijack past the recorder where the writer below has no Hijack of its own",
	Outside: unwrapOnly,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			x.Error(err)
			return
		}
		defer c.Close()
		x.Write(c, "HTTP/1.1 403 Forbidden\r\n\r\n")
	},
	Want: Captured{Status: 403, Outcome: accesslog.OutcomeHijacked, Bytes: AllReceived, TTFB: true},
}, {
	Name:   "404 after hijack",
	Reason: "net/http ignores a status once the connection is taken over",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		c, _ := x.Hijack(w)
		defer c.Close()
		x.Write(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		w.WriteHeader(404)
	},
	Want: Captured{Status: 101, Outcome: accesslog.OutcomeHijacked, Bytes: AllReceived, TTFB: true},
}, {
	Name:   "404 after hijack without a status line",
	Reason: "what is written is no HTTP: no status was sent",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		c, _ := x.Hijack(w)
		defer c.Close()
		x.Write(c, "something else altogether")
		w.WriteHeader(404)
	},
	Want: Captured{Outcome: accesslog.OutcomeHijacked, Bytes: AllReceived},
}, {
	Name:   "hijack, closed after the handler",
	Reason: "the line waits for the connection's end, and counts up to it",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		c, _ := x.Hijack(w)
		go func() {
			defer c.Close()
			<-x.Returned
			x.Write(c, "HTTP/1.1 200 OK\r\n\r\nlate")
		}()
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomeHijacked, Bytes: AllReceived, TTFB: true},
}, {
	Name:   "hijack and panic",
	Reason: "a panic explains more than the hijack",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		c, _ := x.Hijack(w)
		defer c.Close()
		x.Write(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		panic("boom")
	},
	Want:    Captured{Status: 101, Outcome: accesslog.OutcomePanic, Bytes: AllReceived, TTFB: true, Err: "boom"},
	Negroni: &Captured{Status: 101, Outcome: accesslog.OutcomeHijacked, Bytes: AllReceived, TTFB: true},
}, {
	Name:    "proxy of an upgrade",
	Reason:  "ReverseProxy hijacks and writes the upstream's 101",
	Request: "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.proxy(func(w http.ResponseWriter, r *http.Request) {
			c, _ := x.Hijack(w)
			defer c.Close()
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello")
		}).ServeHTTP(w, r)
	},
	Want: Captured{Status: 101, Outcome: accesslog.OutcomeHijacked, Bytes: AllReceived, TTFB: true},
}}
