package middleware_test

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

	"github.com/urfave/negroni/v3"
	"go.uber.org/goleak"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// lineChan is a writer that hands each line to the test that waits for it.
type lineChan chan string

func newLines() lineChan { return make(lineChan, 64) }

func (c lineChan) Write(b []byte) (int, error) {
	c <- string(b)
	return len(b), nil
}

// next waits for a line and parses it.
func (c lineChan) next(t testing.TB) accesslog.Record {
	t.Helper()
	select {
	case s := <-c:
		return parse(t, s)
	case <-time.After(patience):
		t.Fatal("no line was written")
	}
	panic("unreachable")
}

// none fails if a line is there that nobody waits for.
func (c lineChan) none(t testing.TB) {
	t.Helper()
	select {
	case s := <-c:
		t.Errorf("an unexpected line: %s", s)
	default:
	}
}

func parse(t testing.TB, line string) accesslog.Record {
	t.Helper()
	var r accesslog.Record
	if err := accesslog.ParseJSON([]byte(line), &r); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return r
}

// quiet is a log that nobody reads.
var quiet = log.New(io.Discard, "", 0)

// newServer starts a server on a loopback socket, which is closed with the test.
func newServer(t testing.TB, h http.Handler) *httptest.Server {
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = quiet
	srv.Start()
	t.Cleanup(srv.Close)
	return srv
}

// dial connects to srv; the connection is closed with the test.
func dial(t testing.TB, srv *httptest.Server) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

// get sends a raw request and returns all that comes back.
func get(t testing.TB, srv *httptest.Server, request string) []byte {
	t.Helper()
	c := dial(t, srv)
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// request is a raw request without a body; headers are whole lines without
// their ends.
func request(method, target string, headers ...string) string {
	s := method + " " + target + " HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n"
	for _, h := range headers {
		s += h + "\r\n"
	}
	return s + "\r\n"
}

// newRecovery is negroni's recovery as a service has it, silent.
func newRecovery() *negroni.Recovery {
	r := negroni.NewRecovery()
	r.Logger, r.PrintStack = quiet, false
	return r
}

// exchange is one request of a capture case: what its handler and its client
// tell each other.
type exchange struct {
	testing.TB
	entered  chan struct{} // closed by the handler: the client may go on
	received chan struct{} // closed when the client has read what it wanted, or left
	returned chan struct{} // closed when everything that handles the request has returned
	wrote    atomic.Int64  // the sum of what the handler's writes returned
}

func newExchange(t testing.TB) *exchange {
	return &exchange{TB: t, entered: make(chan struct{}), received: make(chan struct{}), returned: make(chan struct{})}
}

// write writes s and counts what was taken.
func (x *exchange) write(w io.Writer, s string) error {
	n, err := io.WriteString(w, s)
	x.wrote.Add(int64(n))
	return err
}

// proxy is a reverse proxy to a server of its own.
func (x *exchange) proxy(upstream http.HandlerFunc) *httputil.ReverseProxy {
	u, err := url.Parse(newServer(x, upstream).URL)
	if err != nil {
		x.Error(err)
	}
	return x.proxyTo(u, new(http.Transport))
}

func (x *exchange) proxyTo(u *url.URL, transport *http.Transport) *httputil.ReverseProxy {
	x.Cleanup(transport.CloseIdleConnections)
	return &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(u) },
		Transport: transport, ErrorLog: quiet,
	}
}

// hijack takes the connection over in the way that older code does.
func (x *exchange) hijack(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter) {
	c, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		x.Error(err)
	}
	return c, rw
}

// run sends the raw request to h on a socket and returns what arrived.
func (x *exchange) run(h http.Handler, request string, client func(*exchange, *net.TCPConn) []byte) []byte {
	x.Helper()
	srv := newServer(x, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(x.returned)
		h.ServeHTTP(w, r)
	}))
	c := dial(x, srv)
	if _, err := io.WriteString(c, request); err != nil {
		x.Fatal(err)
	}
	got := client(x, c)
	c.Close()
	close(x.received)
	return got
}

// Clients. Each returns what it received.

func readsAll(x *exchange, c *net.TCPConn) []byte {
	b, err := io.ReadAll(c)
	if err != nil {
		x.Errorf("the client read %q, %v", b, err)
	}
	return b
}

// leaves resets the connection once the handler is running.
func leaves(x *exchange, c *net.TCPConn) []byte {
	<-x.entered
	c.SetLinger(0)
	c.Close()
	return nil
}

// halfCloses ends its sending half once the handler is running.
func halfCloses(x *exchange, c *net.TCPConn) []byte {
	<-x.entered
	c.CloseWrite()
	return readsAll(x, c)
}

// leavesAfter resets the connection when the response so far ends in s.
func leavesAfter(s string) func(*exchange, *net.TCPConn) []byte {
	return func(x *exchange, c *net.TCPConn) []byte {
		b := readsUntil(x, c, s)
		c.SetLinger(0)
		c.Close()
		return b
	}
}

// answersContinue sends a body only when the server asks for it.
func answersContinue(body string) func(*exchange, *net.TCPConn) []byte {
	return func(x *exchange, c *net.TCPConn) []byte {
		b := readsUntil(x, c, "HTTP/1.1 100 Continue\r\n\r\n")
		io.WriteString(c, body)
		return append(b, readsAll(x, c)...)
	}
}

func readsUntil(x *exchange, c *net.TCPConn, s string) (got []byte) {
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

// wire is what a raw client makes of a response.
type wire struct {
	interim []int
	status  int // 0 where none arrived
	body    int // bytes, without chunk headers
}

func readWire(method string, raw []byte) (w wire) {
	br := bufio.NewReader(bytes.NewReader(raw))
	for {
		resp, err := http.ReadResponse(br, &http.Request{Method: method})
		if err != nil {
			return w
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			w.interim = append(w.interim, resp.StatusCode)
			continue
		}
		n, _ := io.Copy(io.Discard, resp.Body)
		if resp.StatusCode == http.StatusSwitchingProtocols {
			n, _ = io.Copy(io.Discard, br)
		}
		w.status, w.body = resp.StatusCode, int(n)
		return w
	}
}

var dateHeader = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// undated is a raw response without what no two runs share.
func undated(raw []byte) string { return string(dateHeader.ReplaceAll(raw, nil)) }

// record serves one request without a socket and returns its record.
func record(t testing.TB, h http.HandlerFunc, r *http.Request, opts ...middleware.Option) accesslog.Record {
	t.Helper()
	lines := newLines()
	middleware.New(lines, opts...).Handler(h).ServeHTTP(httptest.NewRecorder(), r)
	return lines.next(t)
}
