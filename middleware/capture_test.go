package middleware_test

import (
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/negroni/v3"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
	"github.com/loganalyze/loganalyze/middleware/internal/capture"
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
		want func(capture.Case) capture.Captured
	}{{
		name: "handler",
		bare: func(h http.Handler) http.Handler { return h },
		with: func(l *middleware.Logger, h http.Handler) http.Handler { return l.Handler(h) },
		want: func(c capture.Case) capture.Captured { return c.Want },
	}, {
		name: "negroni",
		bare: func(h http.Handler) http.Handler { return negroni.New(newRecovery(), negroni.Wrap(h)) },
		with: func(l *middleware.Logger, h http.Handler) http.Handler {
			return negroni.New(l, newRecovery(), negroni.Wrap(h))
		},
		want: func(c capture.Case) capture.Captured {
			if c.Negroni != nil {
				return *c.Negroni
			}
			return c.Want
		},
	}}
	names := map[string]bool{}
	for _, c := range capture.Cases() {
		if names[c.Name] || c.Reason == "" {
			t.Errorf("case %q: the name must be unique, and the reason given", c.Name)
		}
		names[c.Name] = true
		for _, chain := range chains {
			t.Run(c.Name+"/"+chain.name, func(t *testing.T) {
				t.Parallel()
				bare := c.Run(capture.NewExchange(t), chain.bare)
				with, lines := capture.NewExchange(t), newLines()
				l := middleware.New(lines)
				t.Cleanup(func() { // when the server has closed
					if n := l.Stats().Records; n != 1 {
						t.Errorf("%s: %d records, want one", c.Reason, n)
					}
					lines.none(t)
				})
				raw := c.Run(with, func(h http.Handler) http.Handler { return chain.with(l, h) })
				if d := cmp.Diff(capture.Undated(bare), capture.Undated(raw)); d != "" {
					t.Errorf("%s: the response is another: -without +with\n%s", c.Reason, d)
				}
				check(t, c, chain.want(c), with, raw, lines.next(t))
			})
		}
	}
}

// check holds a case's record, and what its client received, to what is wanted.
func check(t *testing.T, c capture.Case, want capture.Captured, x *capture.Exchange, raw []byte, r accesslog.Record) {
	t.Helper()
	switch want.Bytes {
	case capture.AllReceived:
		want.Bytes = int64(len(raw))
	case capture.AllWritten:
		want.Bytes = x.Wrote.Load()
	}
	seen := c.Received(raw)
	got := capture.Captured{
		Status: r.Status.Value, Implied: want.Implied, OnWire: want.OnWire, Outcome: r.Outcome, Interim: r.Interim,
		Bytes: r.ResponseBytes.Value, Request: r.RequestBytes.Value, TTFB: r.TTFB.Known, Err: r.Error,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: the record: -want +got\n%s", c.Reason, d)
	}
	if r.Status.Known != (want.Status != 0) || !r.ResponseBytes.Known || !r.RequestBytes.Known || !r.Duration.Known {
		t.Errorf("%s: what is known: status %v bytes %v %v duration %v", c.Reason, r.Status, r.ResponseBytes, r.RequestBytes, r.Duration)
	}
	if !want.Implied {
		want.OnWire = want.Status
	}
	if seen.Status != want.OnWire {
		t.Errorf("%s: the client received status %d, want %d", c.Reason, seen.Status, want.OnWire)
	}
	if d := cmp.Diff(want.Interim, seen.Interim); d != "" {
		t.Errorf("%s: interim statuses: -want +received\n%s", c.Reason, d)
	}
	if whole := want.Outcome == "" || want.Outcome == accesslog.OutcomeIncomplete; whole && int64(seen.Body) != want.Bytes {
		t.Errorf("%s: the client received a body of %d bytes, want %d", c.Reason, seen.Body, want.Bytes)
	}
}

// TestHijackedLineWaits: the line of a hijacked connection is written when the
// handler has returned and the connection is closed, whichever comes last.
func TestHijackedLineWaits(t *testing.T) {
	x, lines := capture.NewExchange(t), newLines()
	conns := make(chan net.Conn, 1)
	capture.Case{
		Handler: func(x *capture.Exchange, w http.ResponseWriter, r *http.Request) {
			c, _ := x.Hijack(w)
			x.Write(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
			conns <- c
		},
		Client: func(x *capture.Exchange, client *net.TCPConn) []byte {
			<-x.Returned
			lines.none(t)
			c := <-conns
			x.Write(c, "hello")
			c.Close()
			c.Close() // makes no second line
			b, _ := io.ReadAll(client)
			return b
		},
	}.Run(x, middleware.New(lines).Handler)
	r := lines.next(t)
	if r.Status != accesslog.Some(101) || r.ResponseBytes != accesslog.Some(x.Wrote.Load()) || r.Outcome != accesslog.OutcomeHijacked {
		t.Errorf("got %+v", r)
	}
	lines.none(t)
}
