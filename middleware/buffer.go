package middleware

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Policy says what becomes of a record when the buffer has no room for its line.
type Policy int

// The policies.
const (
	Block Policy = iota // the request waits for room: nothing is lost, and a log that hangs holds up the service
	Drop                // the record is lost and counted: the service goes on whatever the log does
)

// ErrBufferFull is why a record is lost where the policy is Drop.
var ErrBufferFull = errors.New("the buffer is full")

// Buffered lets a goroutine of the Logger's own do the writing, so that a request does not
// wait for the writer, and a busy service makes one Write for many lines. The lines of at
// most BufferSize bytes wait in memory until there are 64 KiB of them, for a second, or
// until a response fails, which is written at once with all before it. Lines keep their
// order. A Write has whole lines: of up to 64 KiB together, or of PIPE_BUF (4 KiB) to a
// pipe, which then tears none of several processes' lines.
//
// Close writes what is left, as long as the writer takes it (see CloseTimeout), and ends
// the goroutine; call it before the process ends. A process that is killed loses at most
// what the buffer held, BufferSize bytes of lines, besides what it loses without a buffer
// (see New). A Write that fails loses one line, as it does without a buffer.
func Buffered(p Policy) Option {
	return func(l *Logger) { l.out.buffered, l.out.policy = true, p }
}

// BufferSize sets how many bytes of lines may wait under Buffered; without this option,
// 1 MiB. The least is 64 KiB. Memory of up to twice the size is used.
func BufferSize(bytes int) Option {
	return func(l *Logger) { l.out.size = bytes }
}

const (
	defaultBufferSize = 1 << 20
	flushSize         = 64 << 10 // that much is written at once
	flushEvery        = time.Second
	pipeBuf           = accesslog.MaxLine
)

// buffer holds the lines that wait to be written.
type buffer struct {
	out    *output
	policy Policy
	size   int
	chunk  int           // the most bytes of a Write
	wake   chan struct{} // there is something to do
	done   chan struct{} // closed when run has returned

	mu      sync.Mutex
	room    sync.Cond
	pending batch       // the lines that came last
	spare   batch       // for the next lines
	writing int         // bytes of the lines that are being written
	waiting int         // requests that wait for room
	timer   *time.Timer // that wakes run for lines that have waited long enough

	closed    bool
	abandoned bool  // nobody waits for the writer any more
	inWrite   int64 // lines of the Write that goes on
}

// batch is a newline and lines behind it.
type batch struct {
	b    []byte
	told []told
}

// told is a line of a batch that tells of dropped records, which are dropped anew if it
// is lost.
type told struct {
	end     int // of the line in the batch
	dropped int64
}

func newBatch() batch { return batch{b: []byte{'\n'}} }

func (b *batch) reset() { b.b, b.told = b.b[:1], b.told[:0] }

func newBuffer(o *output, p Policy, size int) *buffer {
	if size == 0 {
		size = defaultBufferSize
	}
	b := &buffer{
		out: o, policy: p, size: max(size, flushSize), chunk: flushSize, wake: make(chan struct{}, 1), done: make(chan struct{}),
		pending: newBatch(), spare: newBatch(),
	}
	if isPipe(o.w) {
		b.chunk = pipeBuf
	}
	b.room.L = &b.mu
	b.timer = time.AfterFunc(flushEvery, b.signal)
	b.timer.Stop()
	go b.run()
	return b
}

// isPipe reports whether several processes can be writing to what w is, with only writes
// of PIPE_BUF bytes being kept apart.
func isPipe(w io.Writer) bool {
	switch f := w.(type) {
	case *os.File:
		info, err := f.Stat()
		return err == nil && info.Mode()&os.ModeNamedPipe != 0
	case *File:
		cur := f.f.Load()
		return cur != nil && isPipe(cur)
	}
	return false
}

// signal wakes run. It never waits.
func (b *buffer) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// add takes the line that follows the newline at the start of line. It returns an error
// where the record is lost.
func (b *buffer) add(line []byte, dropped int64, urgent bool) error {
	n := len(line) - 1
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errClosed
	}
	if b.full(n) {
		b.signal()
		if b.policy == Drop {
			return ErrBufferFull
		}
		for b.waiting++; b.full(n) && !b.abandoned; {
			b.room.Wait()
		}
		b.waiting--
		if b.abandoned {
			return errClosed
		}
	}
	if len(b.pending.b) == 1 {
		b.timer.Reset(flushEvery)
	}
	b.pending.b = append(b.pending.b, line[1:]...)
	if dropped > 0 {
		b.pending.told = append(b.pending.told, told{len(b.pending.b), dropped})
	}
	b.out.waiting.Add(1)
	if urgent || len(b.pending.b) > flushSize || b.closed {
		b.signal()
	}
	return nil
}

func (b *buffer) full(n int) bool { return len(b.pending.b)-1+b.writing+n > b.size }

// run writes what is pending whenever it is woken, until the buffer is closed and empty.
func (b *buffer) run() {
	defer close(b.done)
	for range b.wake {
		for b.flush() {
		}
		b.mu.Lock()
		end := b.abandoned || b.closed && len(b.pending.b) == 1 && b.waiting == 0
		b.mu.Unlock()
		if end {
			return
		}
	}
}

// flush writes all that is pending, and reports whether anything was.
func (b *buffer) flush() bool {
	b.mu.Lock()
	cur := b.pending
	if len(cur.b) == 1 {
		b.mu.Unlock()
		return false
	}
	b.pending, b.writing = b.spare, len(cur.b)-1
	b.timer.Stop()
	b.mu.Unlock()

	for at := 1; at < len(cur.b); {
		end := at + wholeLines(cur.b[at:], b.chunk)
		if !b.begin(countLines(cur.b[at:end])) {
			return false
		}
		done := b.out.writeBatch(&cur, at, end)
		b.end(countLines(cur.b[at:at+done]), len(cur.b)-at-done)
		at += done
	}
	cur.reset()
	b.mu.Lock()
	b.spare = cur
	b.mu.Unlock()
	return true
}

// begin notes that a Write of so many lines begins, unless it is not to.
func (b *buffer) begin(lines int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.abandoned {
		return false
	}
	b.inWrite = lines
	return true
}

// end notes that the Write has ended, with so many lines done and so many bytes to go.
func (b *buffer) end(lines int64, left int) {
	b.mu.Lock()
	b.out.waiting.Add(-lines)
	var lost int64
	if b.abandoned { // what is left of its lines is in no other
		lost = b.inWrite - lines
		b.out.waiting.Add(-lost)
	}
	b.inWrite, b.writing = 0, left
	b.room.Broadcast()
	b.mu.Unlock()
	if lost > 0 {
		b.out.dropped.Add(uint64(lost))
		b.out.losses.add(uint64(lost), errClosed)
	}
}

func countLines(b []byte) int64 { return int64(bytes.Count(b, newline)) }

// wholeLines is the length of the lines at the start of b that fit in limit bytes, and of
// the first line at least.
func wholeLines(b []byte, limit int) int {
	if len(b) <= limit {
		return len(b)
	}
	if i := bytes.LastIndexByte(b[:limit], '\n'); i >= 0 {
		return i + 1
	}
	return bytes.IndexByte(b, '\n') + 1
}

// writeBatch makes one Write of the lines from..to of cur, and returns how many of their
// bytes are done with, written or lost.
func (o *output) writeBatch(cur *batch, from, to int) int {
	o.mu.Lock()
	done, lost := o.put(cur.b[from-1 : to])
	err := o.err
	o.mu.Unlock()

	end := from + done // every line ends in a newline, of which the one before from is another's
	var again int64
	for len(cur.told) > 0 && cur.told[0].end <= end {
		if lost && cur.told[0].end == end {
			again = cur.told[0].dropped
		}
		cur.told = cur.told[1:]
	}
	if lost {
		o.lose(again, err)
	}
	return done
}

// close waits until all lines are written.
func (b *buffer) close() {
	b.mu.Lock()
	b.closed = true
	b.timer.Stop()
	b.mu.Unlock()
	b.signal()
	<-b.done
}

// abandon gives up the lines that are in no Write yet, and returns how many they are. It
// waits for nothing.
func (b *buffer) abandon() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.abandoned = true, true
	lost := b.out.waiting.Load() - b.inWrite
	b.out.waiting.Add(-lost)
	b.pending.reset()
	b.room.Broadcast()
	b.signal()
	return uint64(lost)
}
