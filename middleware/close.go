package middleware

import (
	"fmt"
	"os"
	"time"
)

// CloseTimeout sets how long Close waits for a writer that hangs; without this option it is
// 5 seconds, which leaves time to end a process that is killed after 10. A d of 0 or less
// waits for as long as it takes. Of a writer that is slow, and not hung, the lines that it
// has not taken by then are lost as well: give it the time that BufferSize bytes need.
func CloseTimeout(d time.Duration) Option {
	return func(l *Logger) { l.out.closeTimeout = d }
}

const (
	defaultCloseTimeout = 5 * time.Second
	tellTimeout         = time.Second // for what OnError is being told
)

// Close ends the log: what is buffered is written, and records that come later are
// counted as dropped. Hijacked connections (WebSockets) that are still open, for which
// http.Server.Shutdown does not wait either, are recorded with what was seen of them so
// far, and not again; call Close after Shutdown and after whatever ends them. It returns the last error that the writer gave, if any, and does
// not close the writer. It may be called more than once.
//
// Where the writer hangs, Close gives up after the CloseTimeout: the lines that wait in the
// buffer are dropped, requests that wait for room there go on, and the error says how many
// records are not written and wraps os.ErrDeadlineExceeded. Nothing can end the Write
// itself: its goroutine stays until it returns, and so do, without a buffer, the requests
// that wait for their turn. Its lines are counted when it does.
func (l *Logger) Close() error {
	if l.out.closeTimeout <= 0 {
		return l.close()
	}
	done := make(chan error, 1)
	go func() { done <- l.close() }()
	timer := time.NewTimer(l.out.closeTimeout)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return l.out.abandon()
	}
}

// close is Close for a writer that does not hang.
func (l *Logger) close() error {
	l.open.finish()
	return l.out.close()
}

// close waits for all that there is to write and to tell.
func (o *output) close() error {
	if o.buf != nil {
		o.buf.close()
	}
	o.mu.Lock()
	o.closed.Store(true)
	err := o.err
	o.mu.Unlock()
	o.losses.close()
	return err
}

// abandon ends the log without the writer, beside a close that waits for it.
func (o *output) abandon() error {
	o.closed.Store(true)
	done := o.written.Load() + o.dropped.Load()
	err := fmt.Errorf("close access log: not done after %v, %d records are not written: %w",
		o.closeTimeout, o.records.Load()-done, os.ErrDeadlineExceeded)
	if o.buf != nil {
		if n := o.buf.abandon(); n > 0 {
			o.dropped.Add(n)
			o.losses.add(n, err)
		}
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		o.losses.close()
	}()
	select {
	case <-told:
	case <-time.After(tellTimeout):
	}
	return err
}
