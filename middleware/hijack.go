package middleware

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// hijack hands out the connection inside one that notes what is written to it.
func (rec *recorder) hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(rec.ResponseWriter).Hijack()
	if err != nil {
		return c, rw, err
	}
	conn := &hijackedConn{Conn: c}
	if rw != nil && rw.Writer.Buffered() == 0 {
		rw.Writer.Reset(conn)
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.conn = conn
	return conn, rw, nil
}

// hijackedConn is a connection that a handler took over. It counts what is written
// to it and reads the status from the first bytes.
type hijackedConn struct {
	net.Conn
	written atomic.Int64

	mu     sync.Mutex
	head   []byte    // the first bytes written, up to a status line's code
	begun  time.Time // when the first of them were
	closed bool
	then   func() // what waits for Close
}

// statusLine is as much of a response as tells its status.
const statusLine = len("HTTP/1.1 101")

func (c *hijackedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.note(b[:max(n, 0)])
	return n, err
}

// note counts what was written, and keeps its first bytes.
func (c *hijackedConn) note(b []byte) {
	if c.written.Add(int64(len(b))) > int64(len(b)+statusLine) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.head) == 0 {
		c.begun = time.Now()
	}
	c.head = append(c.head, b[:min(len(b), statusLine-len(c.head))]...)
}

// ReadFrom keeps splice for what is copied after the status line.
func (c *hijackedConn) ReadFrom(r io.Reader) (int64, error) {
	if rf, ok := c.Conn.(io.ReaderFrom); ok && c.written.Load() >= int64(statusLine) {
		n, err := rf.ReadFrom(r)
		c.written.Add(n)
		return n, err
	}
	return io.Copy(struct{ io.Writer }{c}, r)
}

// CloseWrite ends the writing half, where the connection has one.
func (c *hijackedConn) CloseWrite() error {
	if cw, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return cw.CloseWrite()
	}
	return http.ErrNotSupported
}

func (c *hijackedConn) Close() error {
	err := c.Conn.Close()
	c.mu.Lock()
	then := c.then
	c.closed, c.then = true, nil
	c.mu.Unlock()
	if then != nil {
		then()
	}
	return err
}

// afterClose runs f when the connection is closed, or now if it is.
func (c *hijackedConn) afterClose(f func()) {
	c.mu.Lock()
	closed := c.closed
	if !closed {
		c.then = f
	}
	c.mu.Unlock()
	if closed {
		f()
	}
}

// status is the status that was sent and when, 0 where none can be told.
func (c *hijackedConn) status() (int, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := statusIn(c.head); n != 0 {
		return n, c.begun
	}
	return 0, time.Time{}
}
