package middleware

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// hijack hands out the connection inside one that notes what is written to it.
func (rec *recorder) hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(rec.ResponseWriter).Hijack()
	if err != nil {
		return c, rw, err
	}
	conn := &hijackedConn{Conn: c, rec: rec}
	if rw != nil && rw.Writer.Buffered() == 0 {
		rw.Writer.Reset(conn)
	}
	rec.mu.Lock()
	rec.conn = conn
	rec.mu.Unlock()
	rec.log.open.add(conn)
	return conn, rw, nil
}

// hijackedConn is a connection that a handler took over. It counts what is written
// to it and reads the status from the first bytes. Its record is written once: when the
// handler has returned and the connection is closed, when the handler panics, or when the
// Logger is closed.
type hijackedConn struct {
	net.Conn
	rec     *recorder
	written atomic.Int64

	mu       sync.Mutex
	head     []byte    // the first bytes written, up to a status line's code
	begun    time.Time // when the first of them were
	closed   bool
	record   *accesslog.Record // waits for Close; nil while the handler runs
	recorded bool              // no other record is to be written
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
	c.closed = true
	r := c.record
	c.record = nil
	c.recorded = c.recorded || r != nil
	c.mu.Unlock()
	if r != nil {
		c.write(r)
	}
	return err
}

// returned takes the record of a handler that has returned, or panicked. After a panic
// nothing is waited for: net/http does not close a connection that was hijacked, and the
// handler no longer can.
func (c *hijackedConn) returned(r *accesslog.Record, panicked bool) {
	c.mu.Lock()
	now := !c.recorded && (c.closed || panicked)
	switch {
	case now:
		c.recorded = true
	case !c.recorded:
		c.record = r
	}
	c.mu.Unlock()
	if now {
		c.write(r)
	}
}

// finish writes the record with what was seen so far, unless one was written.
func (c *hijackedConn) finish() {
	c.mu.Lock()
	done, r := c.recorded, c.record
	c.recorded, c.record = true, nil
	c.mu.Unlock()
	if done {
		return
	}
	if r == nil { // The handler runs. What it told before it hijacked, it no longer changes.
		r = records.Get().(*accesslog.Record)
		r.Outcome = accesslog.OutcomeHijacked
		if c.rec.status != 0 {
			r.Status, r.TTFB = accesslog.Some(c.rec.status), accesslog.Some(c.rec.ttfb)
		}
	}
	c.write(r)
}

func (c *hijackedConn) write(r *accesslog.Record) {
	c.rec.log.open.remove(weak.Make(c))
	c.rec.write(r)
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

// openConns are the hijacked connections of a Logger whose records are not written yet. It
// holds them weakly: one that everybody forgets without closing it must be collected, since
// only that frees its socket.
type openConns struct {
	mu  sync.Mutex
	all map[weak.Pointer[hijackedConn]]struct{}
}

// errForgotten is why a record is lost whose connection was never closed.
var errForgotten = errors.New("a hijacked connection was forgotten without being closed")

func (o *openConns) add(c *hijackedConn) {
	p, log := weak.Make(c), c.rec.log
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[weak.Pointer[hijackedConn]]struct{}{}
	}
	o.all[p] = struct{}{}
	runtime.AddCleanup(c, func(p weak.Pointer[hijackedConn]) {
		if log.open.remove(p) {
			log.out.records.Add(1)
			log.out.lose(0, errForgotten)
		}
	}, p)
}

// remove reports whether p was there.
func (o *openConns) remove(p weak.Pointer[hijackedConn]) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.all[p]
	delete(o.all, p)
	return ok
}

// finish writes the records of the connections that are open.
func (o *openConns) finish() {
	o.mu.Lock()
	all := slices.Collect(maps.Keys(o.all))
	o.mu.Unlock()
	for _, p := range all {
		if c := p.Value(); c != nil {
			c.finish()
		}
	}
}
