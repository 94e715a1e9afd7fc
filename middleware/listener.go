package middleware

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Listener wraps ln so that what srv answers by itself is recorded too: net/http refuses
// malformed requests (400, 431, 417, 501, 505) straight on the connection, before any handler
// runs. Serve on the listener that it returns:
//
//	ln, err := net.Listen("tcp", srv.Addr)
//	srv.Serve(l.Listener(srv, ln)) // or ServeTLS
//
// Such a record has the message accesslog.MsgRejected and the outcome rejected. It has no
// method and no path, since the server understood none. Where the server speaks TLS the
// status cannot be seen either: a connection that the server answered and closed without a
// handler is recorded with an unknown status, and so is a failed handshake. What HTTP/2
// refuses inside a connection cannot be seen at all, nor a client that connects and sends
// nothing. net/http's answer to OPTIONS * is an ordinary record.
//
// Level, Sample and Observe apply to these records too: a rejection below 500 is no failure
// and may be sampled, by chance since it has no id. Skip, RouteFunc and the options for
// headers and queries do not, because there is no request.
//
// With a listener on cleartext HTTP/1, the record of a handler that panicked waits until the
// connection shows what a recovery outside the Logger has made of it.
//
// It changes srv's Handler, ConnContext and ConnState, and calls those that were there; they
// see the connections as they would without it. Call it before Serve, and on what is below
// TLS: connections that are TLS already pass through as they are.
func (l *Logger) Listener(srv *http.Server, ln net.Listener) net.Listener {
	next := srv.Handler
	if next == nil {
		next = http.DefaultServeMux
	}
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := connOf(r.Context()); c != nil {
			c.enter()
		}
		next.ServeHTTP(w, r)
	})
	connContext := srv.ConnContext
	srv.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
		c, inner := below(nc)
		if connContext != nil {
			ctx = connContext(ctx, inner)
		}
		if c == nil {
			return ctx
		}
		return context.WithValue(ctx, connKey{}, c)
	}
	connState := srv.ConnState
	srv.ConnState = func(nc net.Conn, state http.ConnState) {
		c, inner := below(nc)
		if c != nil {
			c.turn(nc, state)
		}
		if connState != nil {
			connState(inner, state)
		}
	}
	return &listener{Listener: ln, log: l}
}

type connKey struct{}

func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// below finds our connection in what net/http holds, and what net/http would hold without us.
func below(nc net.Conn) (c *conn, without net.Conn) {
	switch nc := nc.(type) {
	case *conn:
		return nc, nc.Conn
	case *streamConn:
		return nc.conn, nc.Conn
	case *tls.Conn:
		c, _ := below(nc.NetConn())
		return c, nc
	}
	return nil, nc
}

type listener struct {
	net.Listener
	log *Logger
}

func (ln *listener) Accept() (net.Conn, error) {
	nc, err := ln.Listener.Accept()
	if err != nil {
		return nc, err
	}
	if _, ok := nc.(*tls.Conn); ok {
		return nc, nil // net/http asks for this very type
	}
	c := &conn{Conn: nc, log: ln.log}
	if _, ok := nc.(stream); ok {
		return &streamConn{c}, nil
	}
	return c, nil
}

// stream is what net/http asks of a connection besides net.Conn: sendfile, and closing one
// half. TCP and Unix sockets have both.
type stream interface {
	io.ReaderFrom
	CloseWrite() error
}

// streamConn is a conn whose connection is a stream.
type streamConn struct{ *conn }

func (c *streamConn) ReadFrom(r io.Reader) (int64, error) { return c.Conn.(stream).ReadFrom(r) }
func (c *streamConn) CloseWrite() error                   { return c.Conn.(stream).CloseWrite() }

// conn watches one connection of a server for answers that no handler gave.
type conn struct {
	net.Conn
	log *Logger

	mu       sync.Mutex
	begun    time.Duration    // when the request's first bytes were read, on the clock of sinceEpoch; 0 while idle
	tls      bool             // the client speaks TLS
	handled  bool             // a handler has run since the connection was idle
	status   int              // the final status on cleartext since then
	answered bool             // under TLS, an answer was written since then
	told     bool             // a record of this request was written here
	held     func(status int) // a record that waits for what the connection shows
}

// tlsHandshake is the type of the record with which a TLS client begins, and tlsData that of
// all records once the handshake is done.
const (
	tlsHandshake = 0x16
	tlsData      = 0x17
)

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.mu.Lock()
		if c.begun == 0 {
			c.begun = sinceEpoch()
			c.tls = c.tls || b[0] == tlsHandshake
		}
		c.mu.Unlock()
	}
	return n, err
}

func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.wrote(b[:max(n, 0)])
	return n, err
}

// Close releases a record that is held. It does not wait for StateClosed: when net/http tells
// of that, Shutdown may have returned, and the log have been closed.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.release()
	return err
}

// release writes the record that is held, if any, with the status that was seen. Who comes
// second waits until it is written.
func (c *conn) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if held := c.held; held != nil {
		c.held = nil
		held(c.status)
	}
}

// wrote looks for the status in what was written.
func (c *conn) wrote(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The shortest answer is longer than the longest alert, which is 24 bytes in TLS 1.3.
	c.answered = c.answered || c.tls && len(b) > 64 && b[0] == tlsData
	status := statusIn(b)
	if status < 200 || c.status != 0 {
		return
	}
	c.status = status
	if !c.handled && !c.told {
		c.told = true
		c.record(accesslog.Some(status), b)
	}
}

// statusIn is the status of an HTTP/1 response that begins in b, or 0.
func statusIn(b []byte) int {
	if len(b) < statusLine || !bytes.HasPrefix(b, []byte("HTTP/1.")) || b[8] != ' ' {
		return 0
	}
	n, err := strconv.Atoi(string(b[9:statusLine]))
	if err != nil || n < 100 {
		return 0
	}
	return n
}

// enter notes that a handler runs.
func (c *conn) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handled = true
}

// hold keeps a record until the connection is idle or closed, and then hands it the status
// that was seen, 0 for none. It reports false where no status can be seen.
func (c *conn) hold(record func(status int)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tls {
		return false
	}
	c.held = record
	return true
}

// turn follows the connection's state. net/http calls it from the goroutine that serves the
// connection.
func (c *conn) turn(nc net.Conn, state http.ConnState) {
	switch state {
	case http.StateIdle, http.StateClosed:
	default:
		return
	}
	c.release()
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateClosed && !c.handled && !c.told && c.refused(nc) {
		c.record(accesslog.Opt[int]{}, nil)
	}
	c.begun, c.handled, c.status, c.answered, c.told = 0, false, 0, false, false
}

// refused reports whether a TLS connection that closes without a handler was refused: in the
// handshake, or by an answer. A client that connects ahead of need is not.
func (c *conn) refused(nc net.Conn) bool {
	t, ok := nc.(*tls.Conn)
	if !ok || !c.tls {
		return false
	}
	state := t.ConnectionState()
	return !state.HandshakeComplete || c.answered && state.NegotiatedProtocol != "h2"
}

// record writes the record of an answer that no handler gave.
func (c *conn) record(status accesslog.Opt[int], answer []byte) {
	now := time.Now()
	r := accesslog.Record{Time: c.log.stamp(now), Status: status, Scheme: "http", ClientIP: hostOf(c.RemoteAddr().String())}
	if c.begun != 0 {
		r.Duration = accesslog.Some(now.Sub(epoch) - c.begun)
	}
	switch {
	case status.Known && status.Value < 400:
		r.Method, r.Path = http.MethodOptions, "*" // the one request that net/http grants by itself
	default:
		r.Msg, r.Outcome = accesslog.MsgRejected, accesslog.OutcomeRejected
	}
	if !status.Known {
		r.Scheme = "https"
	} else {
		r.Proto = string(answer[len("HTTP/"):len("HTTP/1.1")])
		_, body, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
		r.ResponseBytes = accesslog.Some(int64(len(body)))
	}
	c.log.anonymize(&r, c.RemoteAddr().String())
	if !c.log.decide(&r) {
		c.log.sampled.Add(1)
		return
	}
	c.log.out.write(&r)
}
