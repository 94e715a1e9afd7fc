package capture

import (
	"io"
	"net/http"
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// The rows of the conformance table in which the handler takes the connection over.

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
	Want: Captured{Status: 101, Outcome: accesslog.OutcomePanic, Bytes: AllReceived, TTFB: true, Err: "boom"},
	But:  []But{{Recovery, Captured{Status: 101, Outcome: accesslog.OutcomeHijacked, Bytes: AllReceived, TTFB: true}}},
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
