package capture

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
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
	Entered  chan struct{} // closed by the handler: the client may go on
	Received chan struct{} // closed when the client has read what it wanted, or left
	Returned chan struct{} // closed when everything that handles the request has returned
	Wrote    atomic.Int64  // the sum of what the handler's writes returned
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

// run sends the raw request to h on a socket and returns what arrived.
func (x *Exchange) run(h http.Handler, request string, client func(*Exchange, *net.TCPConn) []byte) []byte {
	x.Helper()
	srv := NewServer(x, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(x.Returned)
		h.ServeHTTP(w, r)
	}))
	c := Dial(x, srv)
	if _, err := io.WriteString(c, request); err != nil {
		x.Fatal(err)
	}
	got := client(x, c)
	c.Close()
	close(x.Received)
	return got
}

// Clients. Each returns what it received.

func readsAll(x *Exchange, c *net.TCPConn) []byte {
	b, err := io.ReadAll(c)
	if err != nil {
		x.Errorf("the client read %q, %v", b, err)
	}
	return b
}

// leaves resets the connection once the handler is running.
func leaves(x *Exchange, c *net.TCPConn) []byte {
	<-x.Entered
	c.SetLinger(0)
	c.Close()
	return nil
}

// halfCloses ends its sending half once the handler is running.
func halfCloses(x *Exchange, c *net.TCPConn) []byte {
	<-x.Entered
	c.CloseWrite()
	return readsAll(x, c)
}

// leavesAfter resets the connection when the response so far ends in s.
func leavesAfter(s string) func(*Exchange, *net.TCPConn) []byte {
	return func(x *Exchange, c *net.TCPConn) []byte {
		b := readsUntil(x, c, s)
		c.SetLinger(0)
		c.Close()
		return b
	}
}

// answersContinue sends a body only when the server asks for it.
func answersContinue(body string) func(*Exchange, *net.TCPConn) []byte {
	return func(x *Exchange, c *net.TCPConn) []byte {
		b := readsUntil(x, c, "HTTP/1.1 100 Continue\r\n\r\n")
		io.WriteString(c, body)
		return append(b, readsAll(x, c)...)
	}
}

func readsUntil(x *Exchange, c *net.TCPConn, s string) (got []byte) {
	for !bytes.HasSuffix(got, []byte(s)) {
		var b [1]byte
		if _, err := c.Read(b[:]); err != nil {
			x.Errorf("the client waited for %q and read %q, %v", s, got, err)
			return got
		}
		got = append(got, b[0])
	}
	return got
}

// Wire is what a raw client makes of a response.
type Wire struct {
	Interim []int
	Status  int // 0 where none arrived
	Body    int // bytes, without chunk headers
}

func readWire(method string, raw []byte) (w Wire) {
	br := bufio.NewReader(bytes.NewReader(raw))
	for {
		resp, err := http.ReadResponse(br, &http.Request{Method: method})
		if err != nil {
			return w
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			w.Interim = append(w.Interim, resp.StatusCode)
			continue
		}
		n, _ := io.Copy(io.Discard, resp.Body)
		if resp.StatusCode == http.StatusSwitchingProtocols {
			n, _ = io.Copy(io.Discard, br)
		}
		w.Status, w.Body = resp.StatusCode, int(n)
		return w
	}
}

var dateHeader = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// Undated is a raw response without what no two runs share.
func Undated(raw []byte) string { return string(dateHeader.ReplaceAll(raw, nil)) }
