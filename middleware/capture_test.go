package middleware_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/negroni/v3"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// captureCase is a row of the conformance table: a handler, and what its record
// must hold.
type captureCase struct {
	name, reason string
	request      string // as sent; "" is a GET
	handler      func(x *exchange, w http.ResponseWriter, r *http.Request)
	outside      func(http.Handler) http.Handler // wraps the middleware
	client       func(*exchange, *net.TCPConn) []byte
	want         captured
	negroni      *captured // where negroni's recovery inside the middleware makes it another
}

// captured is what a record says of a response.
type captured struct {
	status  int  // 0 is unknown
	implied bool // the client did not receive the status, but onWire
	onWire  int  // 0 is none
	outcome accesslog.Outcome
	interim []int
	bytes   int64
	request int64
	ttfb    bool
	err     string
}

// Values of captured.bytes that are known only after the run.
const (
	allReceived = -1 // whatever the client received, headers included
	allWritten  = -2 // the sum of what the handler's writes returned
)

// TestCapture runs every case four times over a socket: around net/http and in a
// negroni chain, with and without the middleware. A raw client reads what
// arrives. The record must agree with it, and the response must be the same
// byte for byte.
func TestCapture(t *testing.T) {
	chains := []struct {
		name string
		bare func(http.Handler) http.Handler
		with func(*middleware.Logger, http.Handler) http.Handler
		want func(captureCase) captured
	}{{
		name: "handler",
		bare: func(h http.Handler) http.Handler { return h },
		with: func(l *middleware.Logger, h http.Handler) http.Handler { return l.Handler(h) },
		want: func(c captureCase) captured { return c.want },
	}, {
		name: "negroni",
		bare: func(h http.Handler) http.Handler { return negroni.New(newRecovery(), negroni.Wrap(h)) },
		with: func(l *middleware.Logger, h http.Handler) http.Handler {
			return negroni.New(l, newRecovery(), negroni.Wrap(h))
		},
		want: func(c captureCase) captured {
			if c.negroni != nil {
				return *c.negroni
			}
			return c.want
		},
	}}
	names := map[string]bool{}
	for _, c := range captureCases() {
		if names[c.name] || c.reason == "" {
			t.Errorf("case %q: the name must be unique, and the reason given", c.name)
		}
		names[c.name] = true
		if c.request == "" {
			c.request = request("GET", "/")
		}
		if c.outside == nil {
			c.outside = func(h http.Handler) http.Handler { return h }
		}
		if c.client == nil {
			c.client = readsAll
		}
		for _, chain := range chains {
			t.Run(c.name+"/"+chain.name, func(t *testing.T) {
				t.Parallel()
				without := newExchange(t)
				bare := without.run(c.outside(chain.bare(c.on(without))), c.request, c.client)

				with, lines := newExchange(t), newLines()
				l := middleware.New(lines)
				t.Cleanup(func() { // when the server has closed
					if n := l.Stats().Records; n != 1 {
						t.Errorf("%s: %d records, want one", c.reason, n)
					}
					lines.none(t)
				})
				raw := with.run(c.outside(chain.with(l, c.on(with))), c.request, c.client)
				if d := cmp.Diff(undated(bare), undated(raw)); d != "" {
					t.Errorf("%s: the response is another: -without +with\n%s", c.reason, d)
				}
				c.check(t, chain.want(c), with, raw, lines.next(t))
			})
		}
	}
}

// on is the case's handler for one exchange.
func (c captureCase) on(x *exchange) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.handler(x, w, r) })
}

func (c captureCase) check(t *testing.T, want captured, x *exchange, raw []byte, r accesslog.Record) {
	t.Helper()
	switch want.bytes {
	case allReceived:
		want.bytes = int64(len(raw))
	case allWritten:
		want.bytes = x.wrote.Load()
	}
	method, _, _ := strings.Cut(c.request, " ")
	seen := readWire(method, raw)
	got := captured{
		status: r.Status.Value, implied: want.implied, onWire: want.onWire, outcome: r.Outcome, interim: r.Interim,
		bytes: r.ResponseBytes.Value, request: r.RequestBytes.Value, ttfb: r.TTFB.Known, err: r.Error,
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(captured{})); d != "" {
		t.Errorf("%s: the record: -want +got\n%s", c.reason, d)
	}
	if r.Status.Known != (want.status != 0) || !r.ResponseBytes.Known || !r.RequestBytes.Known || !r.Duration.Known {
		t.Errorf("%s: what is known: status %v bytes %v %v duration %v", c.reason, r.Status, r.ResponseBytes, r.RequestBytes, r.Duration)
	}
	if !want.implied {
		want.onWire = want.status
	}
	if seen.status != want.onWire {
		t.Errorf("%s: the client received status %d, want %d", c.reason, seen.status, want.onWire)
	}
	if d := cmp.Diff(want.interim, seen.interim); d != "" {
		t.Errorf("%s: interim statuses: -want +received\n%s", c.reason, d)
	}
	if whole := want.outcome == "" || want.outcome == accesslog.OutcomeIncomplete; whole && int64(seen.body) != want.bytes {
		t.Errorf("%s: the client received a body of %d bytes, want %d", c.reason, seen.body, want.bytes)
	}
}

// TestHijackedLineWaits: the line of a hijacked connection is written when the
// handler has returned and the connection is closed, whichever comes last.
func TestHijackedLineWaits(t *testing.T) {
	x, lines := newExchange(t), newLines()
	conns := make(chan net.Conn, 1)
	h := middleware.New(lines).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := x.hijack(w)
		x.write(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		conns <- c
	}))
	x.run(h, request("GET", "/"), func(x *exchange, client *net.TCPConn) []byte {
		<-x.returned
		lines.none(t)
		c := <-conns
		x.write(c, "hello")
		c.Close()
		c.Close() // makes no second line
		return readsAll(x, client)
	})
	r := lines.next(t)
	if r.Status != accesslog.Some(101) || r.ResponseBytes != accesslog.Some(x.wrote.Load()) || r.Outcome != accesslog.OutcomeHijacked {
		t.Errorf("got %+v", r)
	}
	lines.none(t)
}
