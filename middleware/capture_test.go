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

// settings are what the conformance table is run in.
var settings = []struct {
	name   string
	in     capture.Setting
	chain  func(*middleware.Logger, http.Handler) http.Handler // without the middleware where that is nil
	listen bool                                                // the server is on the middleware's listener
}{
	{"handler", 0, around, false},
	{"negroni", capture.Recovery, inNegroni(false), false},
	{"negroni with its logger", capture.Recovery, inNegroni(true), false},
	{"HTTP 2", capture.TLS | capture.H2, around, false},
	{"HTTP 2, negroni with its logger", capture.TLS | capture.H2 | capture.Recovery, inNegroni(true), false},
	{"listener", capture.Watched, around, true},
	{"listener, TLS", capture.TLS, around, true},
	{"listener, HTTP 2", capture.TLS | capture.H2, around, true},
}

func around(l *middleware.Logger, h http.Handler) http.Handler {
	if l == nil {
		return h
	}
	return l.Handler(h)
}

// inNegroni is a chain as negroni.Classic makes it, with the middleware before the recovery.
// Its logger stands on both sides of the middleware: what it hands on must not matter, nor
// what it asks of the writer that it is given.
func inNegroni(logged bool) func(*middleware.Logger, http.Handler) http.Handler {
	logger := negroni.NewLogger()
	logger.ALogger = quiet
	return func(l *middleware.Logger, h http.Handler) http.Handler {
		n := negroni.New()
		if logged {
			n.Use(logger)
		}
		if l != nil {
			n.Use(l)
		}
		if logged {
			n.Use(logger)
		}
		n.Use(newRecovery())
		n.UseHandler(h)
		return n
	}
}

// TestCapture runs every case in every setting twice over a socket, with and without the
// middleware. A client reads what arrives. The record must agree with it, there must be
// one, and the response must be the same byte for byte.
func TestCapture(t *testing.T) {
	names := map[string]bool{}
	for _, c := range capture.Cases() {
		if names[c.Name] || c.Reason == "" {
			t.Errorf("case %q: the name must be unique, and the reason given", c.Name)
		}
		names[c.Name] = true
		for _, s := range settings {
			if !c.Runs(s.in) {
				continue
			}
			t.Run(c.Name+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				bare, with, lines := capture.NewExchange(t), capture.NewExchange(t), newLines()
				bare.In, with.In = s.in, s.in
				l := middleware.New(lines)
				if s.listen {
					with.Listen = l.Listener
				}
				t.Cleanup(func() { // when the server has closed
					if n := l.Stats().Records; n != 1 {
						t.Errorf("%s: %d records, want one", c.Reason, n)
					}
					lines.none(t)
				})
				want := c.Run(bare, func(h http.Handler) http.Handler { return s.chain(nil, h) })
				got := c.Run(with, func(h http.Handler) http.Handler { return s.chain(l, h) })
				if d := cmp.Diff(want.Undated(), got.Undated()); d != "" {
					t.Errorf("%s: the response is another: -without +with\n%s", c.Reason, d)
				}
				check(t, c, with, got, lines.next(t))
			})
		}
	}
}

// check holds a case's record, and what its client received, to what is wanted.
func check(t *testing.T, c capture.Case, x *capture.Exchange, seen capture.Wire, r accesslog.Record) {
	t.Helper()
	want := c.Wanted(x.In)
	switch want.Bytes {
	case capture.AllReceived:
		want.Bytes = int64(len(seen.All))
	case capture.AllWritten:
		want.Bytes = x.Wrote.Load()
	}
	got := capture.Captured{
		Status: r.Status.Value, Implied: want.Implied, OnWire: want.OnWire, Outcome: r.Outcome, Interim: r.Interim, Unseen: want.Unseen,
		Bytes: r.ResponseBytes.Value, Refused: want.Refused, Request: r.RequestBytes.Value, TTFB: r.TTFB.Known, Err: r.Error,
	}
	if !r.ResponseBytes.Known {
		got.Bytes = capture.Unknown
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: the record: -want +got\n%s", c.Reason, d)
	}
	if r.Status.Known != (want.Status != 0) || !r.RequestBytes.Known || !r.Duration.Known {
		t.Errorf("%s: what is known: status %v bytes %v duration %v", c.Reason, r.Status, r.RequestBytes, r.Duration)
	}
	if !want.Implied {
		want.OnWire = want.Status
	}
	if seen.Status != want.OnWire {
		t.Errorf("%s: the client received status %d, want %d", c.Reason, seen.Status, want.OnWire)
	}
	if d := cmp.Diff(append(want.Interim, want.Unseen...), seen.Interim); d != "" {
		t.Errorf("%s: interim statuses: -want +received\n%s", c.Reason, d)
	}
	if whole := want.Outcome == "" || want.Outcome == accesslog.OutcomeIncomplete; whole && int64(seen.Body) != want.Bytes-want.Refused {
		t.Errorf("%s: the client received a body of %d bytes, want %d", c.Reason, seen.Body, want.Bytes-want.Refused)
	}
}

// TestHijackedLineWaits: the line of a hijacked connection is written when the
// handler has returned and the connection is closed, whichever comes last.
func TestHijackedLineWaits(t *testing.T) {
	const upgraded = "HTTP/1.1 101 Switching Protocols\r\n\r\n"
	lines, conns, returned := newLines(), make(chan net.Conn, 1), make(chan struct{})
	l := middleware.New(lines)
	srv := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(returned)
		l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
			}
			io.WriteString(c, upgraded)
			conns <- c
		})).ServeHTTP(w, r)
	}))
	io.WriteString(dial(t, srv), request("GET", "/"))
	<-returned
	lines.none(t)
	c := <-conns
	io.WriteString(c, "hello")
	c.Close()
	c.Close() // makes no second line
	r := lines.next(t)
	if r.Status != accesslog.Some(101) || r.ResponseBytes != accesslog.Some(int64(len(upgraded+"hello"))) || r.Outcome != accesslog.OutcomeHijacked {
		t.Errorf("got %+v", r)
	}
	lines.none(t)
}
