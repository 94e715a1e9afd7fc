// Package capture is the conformance table of what an access log must hold: for
// each case a handler, what the client is sent for it over a real socket, and what
// the record says. The tests of package middleware hold the record to it; the
// module middleware/peers holds other packages to it.
package capture

import (
	"net/http"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Case is a row of the conformance table: a handler, and what its record must hold.
type Case struct {
	Name, Reason string
	Request      string // as sent over HTTP/1.1; "" is a GET
	Handler      func(x *Exchange, w http.ResponseWriter, r *http.Request)
	Outside      func(http.Handler) http.Handler // wraps the middleware
	WriteTimeout time.Duration                   // the server's
	Client       Client
	Not          Setting // the case does not exist in settings that have any of these
	Want         Captured
	But          []But
}

// Setting is what surrounds a case's handler, as a set.
type Setting uint8

const (
	TLS      Setting = 1 << iota // the connection is encrypted
	H2                           // the protocol is HTTP/2, which here is always over TLS
	Recovery                     // negroni's recovery is inside the middleware
	Watched                      // on the middleware's Listener, which sees what goes out in the clear
)

// But is what a record holds instead in the settings that have all of In.
type But struct {
	In   Setting
	Want Captured
}

// Captured is what a record says of a response.
type Captured struct {
	Status  int  // 0 is unknown
	Implied bool // the client did not receive the status, but OnWire
	OnWire  int  // 0 is none
	Outcome accesslog.Outcome
	Interim []int
	Unseen  []int // informational statuses that the client received and no middleware can see
	Bytes   int64
	Refused int64 // of the bytes, those that the client did not accept
	Request int64
	TTFB    bool
	Err     string
}

// Values of Captured.Bytes that are known only after the run, if at all.
const (
	AllReceived = -1 // whatever the client received, headers included
	AllWritten  = -2 // the sum of what the handler's writes returned
	Unknown     = -3 // the record has none
)

// Runs reports whether the case exists in a setting.
func (c Case) Runs(in Setting) bool { return c.Not&in == 0 }

// Wanted is what the record holds in a setting. Of several exceptions that apply, the
// last counts.
func (c Case) Wanted(in Setting) Captured {
	want := c.Want
	for _, b := range c.But {
		if in&b.In == b.In {
			want = b.Want
		}
	}
	broken := want.Outcome == accesslog.OutcomePanic || want.Outcome == accesslog.OutcomeAborted
	if in&Watched != 0 && broken && want.Status != 0 && !want.Implied && want.Bytes >= 0 {
		want.Bytes = Unknown // a recovery outside may have added to them
	}
	return want
}

// Run serves the case once over a socket, with its handler inside wrap, and returns
// what the client received.
func (c Case) Run(x *Exchange, wrap func(http.Handler) http.Handler) Wire {
	x.Helper()
	h := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.Handler(x, w, r) }))
	if c.Outside != nil {
		h = c.Outside(h)
	}
	srv := x.serve(h, c.WriteTimeout)
	request := c.Request
	if request == "" {
		request = Request("GET", "/")
	}
	defer close(x.Received)
	if x.In&H2 != 0 {
		return x.http2(srv, request, c.Client)
	}
	return x.http1(srv, request, c.Client)
}
