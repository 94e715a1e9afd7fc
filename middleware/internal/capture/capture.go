// Package capture is the conformance table of what an access log must hold: for
// each case a handler, what the client is sent for it over a real socket, and what
// the record says. The tests of package middleware hold the record to it; the
// module middleware/peers holds other packages to it.
package capture

import (
	"net"
	"net/http"
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Case is a row of the conformance table: a handler, and what its record must hold.
type Case struct {
	Name, Reason string
	Request      string // as sent; "" is a GET
	Handler      func(x *Exchange, w http.ResponseWriter, r *http.Request)
	Outside      func(http.Handler) http.Handler // wraps the middleware
	Client       func(*Exchange, *net.TCPConn) []byte
	Want         Captured
	Negroni      *Captured // where negroni's recovery inside the middleware makes it another
}

// Captured is what a record says of a response.
type Captured struct {
	Status  int  // 0 is unknown
	Implied bool // the client did not receive the status, but OnWire
	OnWire  int  // 0 is none
	Outcome accesslog.Outcome
	Interim []int
	Bytes   int64
	Request int64
	TTFB    bool
	Err     string
}

// Values of Captured.Bytes that are known only after the run.
const (
	AllReceived = -1 // whatever the client received, headers included
	AllWritten  = -2 // the sum of what the handler's writes returned
)

// Run serves the case once over a socket, with its handler inside wrap, and returns
// what the client received.
func (c Case) Run(x *Exchange, wrap func(http.Handler) http.Handler) []byte {
	x.Helper()
	h := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.Handler(x, w, r) }))
	if c.Outside != nil {
		h = c.Outside(h)
	}
	request, client := c.Request, c.Client
	if request == "" {
		request = Request("GET", "/")
	}
	if client == nil {
		client = readsAll
	}
	return x.run(h, request, client)
}

// Received is what the case's client makes of the bytes that it received.
func (c Case) Received(raw []byte) Wire {
	method, _, _ := strings.Cut(c.Request, " ")
	return readWire(method, raw)
}
