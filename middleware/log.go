package middleware

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Stats counts what became of the records of a Logger since New. At any moment at
// which no response is being recorded and no Write goes on, Records = Written + Dropped +
// Waiting.
type Stats struct {
	Records     uint64 // responses recorded
	Written     uint64 // lines that the writer took whole
	Dropped     uint64 // records that no line holds; the next line tells of them under "dropped"
	Waiting     uint64 // lines in the buffer, under Buffered
	WriteErrors uint64 // Writes that failed, panicked or were short
	Panics      uint64 // of functions that the application handed in, the writer and the slog handler included

	WriteTime    time.Duration // spent in Writes; over Written, what a line costs
	MaxWriteTime time.Duration // of the slowest Write

	// Responses that were left out on purpose. They are in none of the others: all that were
	// answered are Records + Sampled + Skipped, but for those of a level that a slog handler
	// has disabled.
	Sampled uint64 // by Sample
	Skipped uint64 // by Skip
}

// output is where the lines of a Logger go. Its methods may be called from any goroutine.
type output struct {
	observers []func(*accesslog.Record)
	preset    accesslog.Preset
	handler   slog.Handler // in place of w
	buffered  bool
	policy    Policy
	size      int
	buf       *buffer // nil unless buffered

	closeTimeout time.Duration
	closed       atomic.Bool

	mu   sync.Mutex // guards w, torn and err
	w    io.Writer
	torn bool  // the last Write ended inside a line
	err  error // the last error of w

	records, written, dropped, writeErrors, panics atomic.Uint64
	writeTime, maxWriteTime                        atomic.Int64
	waiting                                        atomic.Int64
	unsaid                                         atomic.Int64 // dropped records that no line has told of yet
	losses                                         teller
}

func (o *output) stats() Stats {
	return Stats{
		Records: o.records.Load(), Written: o.written.Load(), Dropped: o.dropped.Load(), WriteErrors: o.writeErrors.Load(), Panics: o.panics.Load(),
		Waiting:   uint64(max(o.waiting.Load(), 0)),
		WriteTime: time.Duration(o.writeTime.Load()), MaxWriteTime: time.Duration(o.maxWriteTime.Load()),
	}
}

// start makes ready what the options asked for.
func (o *output) start() {
	if o.buffered {
		o.buf = newBuffer(o, o.policy, o.size)
	}
}

// errClosed is why records are lost that come after Close.
var errClosed = fmt.Errorf("the log is closed: %w", os.ErrClosed)

// lines holds buffers of a newline and a line behind it.
var lines = sync.Pool{New: func() any {
	b := make([]byte, 1, 1+accesslog.MaxLine)
	b[0] = '\n'
	return &b
}}

// putLine gives buf back to lines, unless a huge attribute has passed through it.
func putLine(buf *[]byte) {
	if cap(*buf) <= 4*accesslog.MaxLine {
		lines.Put(buf)
	}
}

// write encodes rec and writes its line. A line that is lost is told of by the
// next that is not; after one that was written in part, the next begins on a line
// of its own.
func (o *output) write(rec *accesslog.Record) { o.writeFor(context.Background(), rec) }

// writeFor is write for a request whose context ctx is.
func (o *output) writeFor(ctx context.Context, rec *accesslog.Record) {
	if o.handler != nil {
		o.handle(ctx, rec)
		return
	}
	o.records.Add(1)
	if o.unsaid.Load() != 0 {
		rec.Dropped = o.unsaid.Swap(0)
	}
	buf := lines.Get().(*[]byte)
	defer putLine(buf)
	*buf = o.preset.AppendJSON((*buf)[:1], rec)
	var err error
	if o.buf != nil {
		err = o.buf.add(*buf, rec.Dropped, rec.Failed())
	} else {
		err = o.writeNow(*buf)
	}
	if err != nil {
		o.lose(rec.Dropped, err)
	}
}

// writeNow writes the line that follows the newline at the start of b. It returns an
// error where the line is lost.
func (o *output) writeNow(b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed.Load() {
		return errClosed
	}
	if _, lost := o.put(b); lost {
		return o.err
	}
	return nil
}

// lose counts a record that no line holds; its line would have told of told others.
func (o *output) lose(told int64, err error) {
	o.dropped.Add(1)
	o.unsaid.Add(told + 1)
	o.losses.add(1, err)
}

// put makes one Write of the lines that follow the newline at the start of b, and of that
// newline too where the last Write ended inside a line. Done is how many bytes of the
// lines need no other Write. A Write that fails costs one line, the last of those: the one
// inside which it ended, or the first where it took none. The caller holds mu.
func (o *output) put(b []byte) (done int, lost bool) {
	from := 1
	if o.torn {
		from = 0
	}
	begin := sinceEpoch()
	n, err := o.writeTo(b[from:])
	o.timed(sinceEpoch() - begin)
	n = min(max(n, 0), len(b)-from)
	if err == nil && from+n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		o.writeErrors.Add(1)
		o.err = err
	}
	if n > 0 {
		o.torn = b[from+n-1] != '\n'
	}
	end := max(from+n, 1) // of what was written of b
	if end < len(b) && b[end] == '\n' {
		end++ // the next Write begins with it
	}
	done = bytes.LastIndexByte(b[1:end], '\n') + 1
	o.written.Add(uint64(bytes.Count(b[1:1+done], newline)))
	if done > 0 && 1+done == end {
		return done, false
	}
	return done + bytes.IndexByte(b[1+done:], '\n') + 1, true
}

// writeTo is w's Write, of which a panic is an error. How much was written then nobody
// knows, so that the next line begins on one of its own. The caller holds mu.
func (o *output) writeTo(b []byte) (n int, err error) {
	returned := false
	defer func() { o.torn = o.torn || !returned }()
	defer o.failing("io.Writer", &err)
	n, err = o.w.Write(b)
	returned = true
	return n, err
}

var newline = []byte{'\n'}

// timed notes how long a Write took. The caller holds mu.
func (o *output) timed(d time.Duration) {
	o.writeTime.Add(int64(d))
	if int64(d) > o.maxWriteTime.Load() {
		o.maxWriteTime.Store(int64(d))
	}
}
