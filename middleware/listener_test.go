package middleware_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// listen starts a server for h behind l's listener, which is closed with the test.
func listen(t testing.TB, l *middleware.Logger, h http.Handler, change func(*httptest.Server)) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = quiet
	start := srv.Start
	if change != nil {
		change(srv)
	}
	if srv.TLS != nil {
		start = srv.StartTLS
	}
	srv.Listener = l.Listener(srv.Config, srv.Listener)
	start()
	t.Cleanup(srv.Close)
	return srv
}

// TestRejected: what net/http answers before any handler runs is recorded, with the status
// that the client received.
func TestRejected(t *testing.T) {
	const good = "GET / HTTP/1.1\r\nHost: example.com\r\n"
	tests := []struct {
		name, reason, request string
		status                int
		outcome               accesslog.Outcome
	}{
		{"request line", "it is none", "nonsense\r\n\r\n", 400, accesslog.OutcomeRejected},
		{"no host", "HTTP/1.1 demands one", "GET / HTTP/1.1\r\n\r\n", 400, accesslog.OutcomeRejected},
		{"header", "a header without a colon", good + "oops\r\n\r\n", 400, accesslog.OutcomeRejected},
		{"length", "two lengths smuggle requests", good + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, accesslog.OutcomeRejected},
		{"large header", "over MaxHeaderBytes", good + "X: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", 431, accesslog.OutcomeRejected},
		{"transfer coding", "only chunked is implemented", good + "Transfer-Encoding: gzip\r\n\r\n", 501, accesslog.OutcomeRejected},
		{"version", "of the far future", "GET / HTTP/9.0\r\nHost: example.com\r\n\r\n", 505, accesslog.OutcomeRejected},
		{"expectation", "only 100-continue is known", good + "Expect: a-miracle\r\nConnection: close\r\n\r\n", 417, accesslog.OutcomeRejected},
		{"options", "net/http grants it by itself: an ordinary record", "OPTIONS * HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n", 200, ""},
		{"TLS", "a TLS client on a cleartext port", "\x16\x03\x01\x00\x05hello\r\n\r\n", 400, accesslog.OutcomeRejected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lines := newLines()
			l := middleware.New(lines)
			srv := listen(t, l, l.Handler(http.HandlerFunc(ok)), func(srv *httptest.Server) { srv.Config.MaxHeaderBytes = 8 << 10 })
			seen := received("GET", get(t, srv, tt.request))
			r := lines.next(t)
			if seen.Status != tt.status || r.Status != accesslog.Some(tt.status) || r.Outcome != tt.outcome {
				t.Errorf("%s: the client received %d, the record says %v %q; want %d %q", tt.reason, seen.Status, r.Status, r.Outcome, tt.status, tt.outcome)
			}
			msg, method, path := accesslog.MsgRejected, "", ""
			if tt.outcome == "" {
				msg, method, path = accesslog.MsgRequest, "OPTIONS", "*"
			}
			if r.Msg != msg || r.Method != method || r.Path != path || r.ClientIP != "127.0.0.1" || r.Scheme != "http" || !r.Duration.Known {
				t.Errorf("%s: %+v", tt.reason, r)
			}
			if r.ResponseBytes != accesslog.Some(int64(seen.Body)) {
				t.Errorf("%s: %v bytes recorded, %d received", tt.reason, r.ResponseBytes, seen.Body)
			}
			lines.none(t)
		})
	}
}

// TestRejectedRules: what applies to every record applies to rejections.
func TestRejectedRules(t *testing.T) {
	const n = 100
	tests := []struct {
		reason, request string
		opt             middleware.Option
		min, max        int // lines
		level           string
	}{
		{"by default", "nonsense\r\n\r\n", nil, n, n, "WARN"},
		{"a level", "nonsense\r\n\r\n", middleware.Level(func(r *accesslog.Record) string { return string(r.Outcome) }), n, n, "rejected"},
		{"half of them, by chance", "nonsense\r\n\r\n", middleware.Sample(func(*accesslog.Record) float64 { return 0.5 }), n / 4, n * 3 / 4, "WARN"},
		{"none", "nonsense\r\n\r\n", middleware.Sample(func(*accesslog.Record) float64 { return 0 }), 0, 0, ""},
		{"a failure is always written", "GET / HTTP/9.0\r\nHost: x\r\n\r\n", middleware.Sample(func(*accesslog.Record) float64 { return 0 }), n, n, "ERROR"},
		{"nothing can be skipped", "nonsense\r\n\r\n", middleware.Skip(func(*http.Request) bool { return true }), n, n, "WARN"},
		{"a panic fails nothing", "nonsense\r\n\r\n", middleware.Level(func(*accesslog.Record) string { panic("boom") }), n, n, "WARN"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			var log lockedBuffer
			var observed atomic.Int64
			opts := options{middleware.OnError(nil), middleware.Observe(func(*accesslog.Record) { observed.Add(1) })}
			if tt.opt != nil {
				opts = append(opts, tt.opt)
			}
			l := middleware.New(&log, opts...)
			srv := listen(t, l, http.HandlerFunc(ok), nil)
			for range n {
				if got := received("GET", get(t, srv, tt.request)).Status; got < 400 {
					t.Fatalf("the client received %d", got)
				}
			}
			srv.Close()
			l.Close()
			lines := strings.Count(log.String(), "\n")
			if lines < tt.min || lines > tt.max || observed.Load() != n {
				t.Errorf("%d lines, want %d to %d; %d observed", lines, tt.min, tt.max, observed.Load())
			}
			if s := l.Stats(); s.Written != uint64(lines) || s.Sampled != uint64(n-lines) {
				t.Errorf("%+v", s)
			}
			for line := range strings.Lines(log.String()) {
				if r := parse(t, line); r.Level != tt.level || (r.SampleRate != 0) != (lines < n) {
					t.Fatalf("got %+v", r)
				}
			}
		})
	}
}

// TestRejectedOnce: on one connection, what handlers answer and what the server answers are
// recorded once each, whether or not the handler is wrapped.
func TestRejectedOnce(t *testing.T) {
	for _, wrapped := range []bool{true, false} {
		t.Run(fmt.Sprintf("wrapped=%v", wrapped), func(t *testing.T) {
			lines := newLines()
			l := middleware.New(lines)
			var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusTeapot)
				io.WriteString(w, "HTTP/1.1 500 is what this body begins with")
			})
			if wrapped {
				h = l.Handler(h)
			}
			srv := listen(t, l, h, nil)
			good := "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
			get(t, srv, good+good+"nonsense\r\n\r\n")
			if wrapped {
				for range 2 {
					if r := lines.next(t); r.Status != accesslog.Some(418) || r.Outcome != "" {
						t.Errorf("got %+v", r)
					}
				}
			}
			if r := lines.next(t); r.Status != accesslog.Some(400) || r.Outcome != accesslog.OutcomeRejected {
				t.Errorf("got %+v", r)
			}
			srv.Close()
			lines.none(t)
		})
	}
}

// TestTwoListeners: of two Loggers on one server each counts what it sees once, whichever
// listens, and a panic is recorded by both.
func TestTwoListeners(t *testing.T) {
	panics := func(http.ResponseWriter, *http.Request) { panic("boom") }
	tests := []struct {
		name          string
		tls           bool
		first, second bool // that Logger listens
		h             http.HandlerFunc
		request       string
		want          string // the messages of each
	}{
		{"both", false, true, true, http.NotFound, "", accesslog.MsgRequest},
		{"both, TLS", true, true, true, http.NotFound, "", accesslog.MsgRequest},
		{"both, refused", false, true, true, ok, "nonsense\r\n\r\n", accesslog.MsgRejected},
		{"both, panic", false, true, true, panics, "", accesslog.MsgRequest},
		{"the outer, panic", false, true, false, panics, "", accesslog.MsgRequest},
		{"the inner, panic", false, false, true, panics, "", accesslog.MsgRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var logs [2]lockedBuffer
			outer, inner := middleware.New(&logs[0]), middleware.New(&logs[1])
			srv := httptest.NewUnstartedServer(outer.Handler(inner.Handler(tt.h)))
			srv.Config.ErrorLog = quiet
			if tt.first {
				srv.Listener = outer.Listener(srv.Config, srv.Listener)
			}
			if tt.second {
				srv.Listener = inner.Listener(srv.Config, srv.Listener)
			}
			if tt.tls {
				srv.StartTLS()
			} else {
				srv.Start()
			}
			defer srv.Close()
			if tt.request != "" {
				get(t, srv, tt.request)
			} else if resp, err := srv.Client().Get(srv.URL); err == nil {
				resp.Body.Close()
			}
			srv.Client().CloseIdleConnections()
			srv.Close()
			for i, l := range []*middleware.Logger{outer, inner} {
				line := logs[i].String()
				if strings.Count(line, "\n") != 1 || !strings.Contains(line, `"msg":"`+tt.want+`"`) || l.Stats().Records != 1 {
					t.Errorf("Logger %d: %d records, lines %q; want one %s", i, l.Stats().Records, line, tt.want)
				}
			}
		})
	}
}

// TestRejectedTLS: inside TLS the status cannot be seen, and a client that goes away is
// none of the server's refusals.
func TestRejectedTLS(t *testing.T) {
	insecure := &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	handshake := func(t *testing.T, c net.Conn) *tls.Conn {
		tc := tls.Client(c, insecure)
		if err := tc.Handshake(); err != nil {
			t.Error(err)
		}
		return tc
	}
	tests := []struct {
		name, reason string
		client       func(t *testing.T, c net.Conn)
		status       accesslog.Opt[int]
		scheme       string
		none         bool
	}{
		{"cleartext", "net/http answers it in the clear", func(t *testing.T, c net.Conn) {
			io.WriteString(c, request("GET", "/"))
			io.ReadAll(c)
		}, accesslog.Some(400), "http", false},
		{"bad request", "it is answered inside TLS", func(t *testing.T, c net.Conn) {
			tc := handshake(t, c)
			io.WriteString(tc, "nonsense\r\n\r\n")
			io.ReadAll(tc)
		}, accesslog.Opt[int]{}, "https", false},
		{"handshake", "the client does not trust the certificate", func(t *testing.T, c net.Conn) {
			if err := tls.Client(c, &tls.Config{ServerName: "example.org"}).Handshake(); err == nil {
				t.Error("the certificate was trusted")
			}
		}, accesslog.Opt[int]{}, "https", false},
		{"no version", "too old a client", func(t *testing.T, c net.Conn) {
			tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}).Handshake()
		}, accesslog.Opt[int]{}, "https", false},
		{"connected ahead", "browsers do, and may need nothing", func(t *testing.T, c net.Conn) { handshake(t, c) }, accesslog.Opt[int]{}, "", true},
		{"nothing sent", "a port check", func(t *testing.T, c net.Conn) {}, accesslog.Opt[int]{}, "", true},
		{"half a request", "the server answers it with 400", func(t *testing.T, c net.Conn) {
			tc := handshake(t, c)
			io.WriteString(tc, "GET / HT")
			tc.CloseWrite()
			io.ReadAll(tc) // a close with anything unread is a reset, which is not answered
		}, accesslog.Opt[int]{}, "https", false},
	}
	serve := func(t *testing.T, auth tls.ClientAuthType) (*httptest.Server, lineChan, chan struct{}) {
		lines := newLines()
		l := middleware.New(lines)
		closed := make(chan struct{}, 1)
		srv := listen(t, l, l.Handler(http.HandlerFunc(ok)), func(srv *httptest.Server) {
			srv.TLS = &tls.Config{ClientAuth: auth}
			srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateClosed {
					closed <- struct{}{}
				}
			}
		})
		return srv, lines, closed
	}
	for i, tt := range slices.Concat(tests, tests) {
		auth := tls.NoClientCert
		if i >= len(tests) {
			auth = tls.RequestClientCert // and a session ticket comes by itself
		}
		t.Run(fmt.Sprint(tt.name, "/", auth), func(t *testing.T) {
			srv, lines, closed := serve(t, auth)
			c := dial(t, srv)
			tt.client(t, c)
			c.Close()
			select {
			case <-closed:
			case <-time.After(patience):
				t.Fatal("the server has not closed the connection")
			}
			if tt.none {
				lines.none(t)
				return
			}
			r := lines.next(t)
			if r.Status != tt.status || r.Outcome != accesslog.OutcomeRejected || r.Msg != accesslog.MsgRejected || r.Scheme != tt.scheme {
				t.Errorf("%s: got %+v", tt.reason, r)
			}
			lines.none(t)
		})
	}
}

// TestListenerServes: requests over TLS, HTTP/1 and HTTP/2, are recorded as without the
// listener.
func TestListenerServes(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("h2=%v", h2), func(t *testing.T) {
			lines := newLines()
			l := middleware.New(lines)
			srv := listen(t, l, l.Handler(http.HandlerFunc(ok)), func(srv *httptest.Server) { srv.TLS, srv.EnableHTTP2 = &tls.Config{}, h2 })
			for range 3 {
				resp, err := srv.Client().Get(srv.URL)
				if err != nil {
					t.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if r := lines.next(t); r.Status != accesslog.Some(200) || r.Outcome != "" || r.Scheme != "https" || (r.Proto == "2") != h2 {
					t.Errorf("got %+v", r)
				}
			}
			srv.CloseClientConnections()
			srv.Close()
			lines.none(t)
		})
	}
}

// TestListenerHooks: the server's own hooks see the connections that they would see.
func TestListenerHooks(t *testing.T) {
	type key struct{}
	lines := newLines()
	l := middleware.New(lines)
	states := make(chan http.ConnState, 8)
	var ctxConn, stateConn net.Conn
	srv := listen(t, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(key{}) != "mine" {
			t.Error("the ConnContext hook was lost")
		}
	}), func(srv *httptest.Server) {
		srv.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
			ctxConn = c
			return context.WithValue(ctx, key{}, "mine")
		}
		srv.Config.ConnState = func(c net.Conn, s http.ConnState) {
			stateConn = c
			states <- s
		}
	})
	get(t, srv, request("GET", "/"))
	var got []http.ConnState
	for range 3 {
		got = append(got, <-states)
	}
	if d := cmp.Diff([]http.ConnState{http.StateNew, http.StateActive, http.StateClosed}, got); d != "" {
		t.Errorf("states: -want +got\n%s", d)
	}
	if _, ok := ctxConn.(*net.TCPConn); !ok || stateConn != ctxConn {
		t.Errorf("the hooks saw %T and %T, want one *net.TCPConn", ctxConn, stateConn)
	}
	lines.none(t)
}

// TestListenerKeepsSendfile: net/http finds on our connections what it needs to send files
// and to close one half.
func TestListenerKeepsSendfile(t *testing.T) {
	lines := newLines()
	l := middleware.New(lines)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn, 1)
	srv := listen(t, l, l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hijack" {
			c, _, err := http.NewResponseController(middleware.Unwrap(w)).Hijack()
			if err != nil {
				t.Error(err)
			}
			conns <- c
			return
		}
		http.ServeFile(w, r, path)
	})), nil)
	seen := received("GET", get(t, srv, request("GET", "/")))
	if r := lines.next(t); seen.Body != 1<<20 || r.ResponseBytes != accesslog.Some[int64](1<<20) {
		t.Errorf("received %d bytes, recorded %v", seen.Body, r.ResponseBytes)
	}
	c := dial(t, srv)
	io.WriteString(c, request("GET", "/hijack"))
	server := <-conns
	defer server.Close()
	if _, ok := server.(io.ReaderFrom); !ok {
		t.Errorf("a %T is no io.ReaderFrom", server)
	}
	if cw, ok := server.(interface{ CloseWrite() error }); !ok || cw.CloseWrite() != nil {
		t.Errorf("a %T does not close one half", server)
	}
	if b, err := io.ReadAll(c); err != nil || len(b) != 0 {
		t.Errorf("after CloseWrite the client read %q, %v", b, err)
	}
}

// TestTLSListenerPassesThrough: net/http must find *tls.Conn itself.
func TestTLSListenerPassesThrough(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := middleware.New(newLines()).Listener(&http.Server{}, tls.NewListener(inner, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }}))
	defer ln.Close()
	go func() {
		if c, err := net.Dial("tcp", inner.Addr().String()); err == nil {
			c.Close()
		}
	}()
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, ok := c.(*tls.Conn); !ok {
		t.Errorf("got a %T", c)
	}
}

// TestHeldAtShutdown: the record of a panic is in the log when Shutdown returns, which does
// not wait for ConnState to be told that the connection is closed.
func TestHeldAtShutdown(t *testing.T) {
	lines := newLines()
	l := middleware.New(lines)
	srv := &http.Server{ErrorLog: quiet, Handler: l.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln = l.Listener(srv, ln)
	shut, told := make(chan struct{}), make(chan struct{})
	connState := srv.ConnState
	srv.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			<-shut
			defer close(told)
		}
		connState(c, state)
	}
	go srv.Serve(ln)
	get(t, &httptest.Server{Listener: ln}, request("GET", "/"))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := errors.Join(srv.Shutdown(ctx), l.Close()); err != nil {
		t.Error(err)
	}
	close(shut)
	<-told
	if r := lines.next(t); r.Status != accesslog.Some(500) || r.Outcome != accesslog.OutcomePanic {
		t.Errorf("got %+v", r)
	}
	lines.none(t)
}
