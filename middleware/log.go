package middleware

import (
	"io"
	"sync"
	"sync/atomic"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Stats counts what became of the records of a Logger since New. At any moment at
// which no response is being recorded, Records = Written + Dropped.
type Stats struct {
	Records     uint64 // responses recorded
	Written     uint64 // lines that the writer took whole
	Dropped     uint64 // records that no line holds; the next line tells of them under "dropped"
	WriteErrors uint64 // Writes that failed or were short
	Sampled     uint64 // responses that Sample left out on purpose; they are in none of the others
}

// output is where the lines of a Logger go. Its methods may be called from any goroutine.
type output struct {
	mu     sync.Mutex // guards w, torn, closed and err
	w      io.Writer
	torn   bool // the last Write ended inside a line
	closed bool
	err    error // the last error of w

	records, written, dropped, writeErrors atomic.Uint64
	unsaid                                 atomic.Int64 // dropped records that no line has told of yet
}

func (o *output) stats() Stats {
	return Stats{Records: o.records.Load(), Written: o.written.Load(), Dropped: o.dropped.Load(), WriteErrors: o.writeErrors.Load()}
}

func (o *output) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	return o.err
}

// lines holds buffers of a newline and a line behind it.
var lines = sync.Pool{New: func() any {
	b := make([]byte, 1, 1+accesslog.MaxLine)
	b[0] = '\n'
	return &b
}}

// write encodes rec and writes its line. A line that is lost is told of by the
// next that is not; after one that was written in part, the next begins on a line
// of its own.
func (o *output) write(rec *accesslog.Record) {
	o.records.Add(1)
	rec.Dropped = o.unsaid.Swap(0)
	buf := lines.Get().(*[]byte)
	defer lines.Put(buf)
	*buf = rec.AppendJSON((*buf)[:1])

	o.mu.Lock()
	defer o.mu.Unlock()
	ok := false
	if !o.closed {
		ok = o.writeLine(*buf)
	}
	if ok {
		o.written.Add(1)
		return
	}
	o.dropped.Add(1)
	o.unsaid.Add(rec.Dropped + 1)
}

// writeLine writes the line that follows the newline at the start of b, and that
// newline too where the last line was torn.
func (o *output) writeLine(b []byte) bool {
	if !o.torn {
		b = b[1:]
	}
	n, err := o.w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		o.writeErrors.Add(1)
		o.err = err
	}
	if n > 0 {
		o.torn = n < len(b)
	}
	return n == len(b)
}
