package capture

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"
)

// Patience is how long a test waits for what must happen.
const Patience = 20 * time.Second

// quiet is a log that nobody reads.
var quiet = log.New(io.Discard, "", 0)

// NewServer starts a server on a loopback socket, which is closed with the test.
func NewServer(t testing.TB, h http.Handler) *httptest.Server {
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = quiet
	srv.Start()
	t.Cleanup(srv.Close)
	return srv
}

// Dial connects to srv; the connection is closed with the test.
func Dial(t testing.TB, srv *httptest.Server) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(Patience))
	return c.(*net.TCPConn)
}

// Request is a raw request without a body; headers are whole lines without
// their ends.
func Request(method, target string, headers ...string) string {
	s := method + " " + target + " HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n"
	for _, h := range headers {
		s += h + "\r\n"
	}
	return s + "\r\n"
}

// Exchange is one request of a capture case: what its handler and its client
// tell each other.
type Exchange struct {
	testing.TB
	In       Setting
	Listen   func(*http.Server, net.Listener) net.Listener // nil: the server listens by itself
	Entered  chan struct{}                                 // closed by the handler: the client may go on
	Received chan struct{}                                 // closed when the client has read what it wanted, or left
	Returned chan struct{}                                 // closed when everything that handles the request has returned
	Wrote    atomic.Int64                                  // the sum of what the handler's writes returned
}

// NewExchange returns an exchange of one request, which belongs to t.
func NewExchange(t testing.TB) *Exchange {
	return &Exchange{TB: t, Entered: make(chan struct{}), Received: make(chan struct{}), Returned: make(chan struct{})}
}

// Write writes s and counts what was taken.
func (x *Exchange) Write(w io.Writer, s string) error {
	n, err := io.WriteString(w, s)
	x.Wrote.Add(int64(n))
	return err
}

// tooMuch writes s, which is more than the Content-Length: HTTP/2 takes it while the header
// is in its buffer.
func (x *Exchange) tooMuch(w io.Writer, s string) {
	if err := x.Write(w, s); x.In&H2 == 0 && !errors.Is(err, http.ErrContentLength) || x.In&H2 != 0 && err != nil {
		x.Error(err)
	}
}

func (x *Exchange) setDeadline(w http.ResponseWriter, t time.Time) {
	if err := http.NewResponseController(w).SetWriteDeadline(t); err != nil {
		x.Error(err)
	}
}

// pastDeadline lets the time for writing be over.
func (x *Exchange) pastDeadline(w http.ResponseWriter, r *http.Request) {
	x.setDeadline(w, time.Unix(1, 0))
	x.reset(r)
}

// reset waits until HTTP/2 has reset the stream at its deadline. HTTP/1 does nothing before
// the next write.
func (x *Exchange) reset(r *http.Request) {
	if x.In&H2 != 0 {
		<-r.Context().Done()
	}
}

// proxy is a reverse proxy to a server of its own.
func (x *Exchange) proxy(upstream http.HandlerFunc) *httputil.ReverseProxy {
	u, err := url.Parse(NewServer(x, upstream).URL)
	if err != nil {
		x.Error(err)
	}
	return x.proxyTo(u, new(http.Transport))
}

func (x *Exchange) proxyTo(u *url.URL, transport *http.Transport) *httputil.ReverseProxy {
	x.Cleanup(transport.CloseIdleConnections)
	return &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(u) },
		Transport: transport, ErrorLog: quiet,
	}
}

// Hijack takes the connection over in the way that older code does.
func (x *Exchange) Hijack(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter) {
	c, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		x.Error(err)
	}
	return c, rw
}

// serve starts a server for h as the exchange's setting asks.
func (x *Exchange) serve(h http.Handler, writeTimeout time.Duration) *httptest.Server {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(x.Returned)
		h.ServeHTTP(w, r)
	}))
	srv.Config.ErrorLog = quiet
	if x.Listen != nil {
		srv.Listener = x.Listen(srv.Config, srv.Listener)
	}
	if x.In&TLS == 0 {
		srv.Config.WriteTimeout = writeTimeout
		srv.Start()
	} else {
		srv.EnableHTTP2 = x.In&H2 != 0
		srv.TLS = &tls.Config{VerifyConnection: func(tls.ConnectionState) error {
			srv.Config.WriteTimeout = writeTimeout // not before: it ends the handshake too
			return nil
		}}
		srv.StartTLS()
	}
	x.Cleanup(srv.Close)
	return srv
}
