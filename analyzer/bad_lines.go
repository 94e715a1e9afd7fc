package analyzer

import (
	"fmt"
	"io"
	"sync"
)

// badLines writes the lines that could not be read. Workers finish blocks in any order; they
// are written in the order in which they were sent, so that the file is the log without its
// good lines, and can be read as one.
type badLines struct {
	mu      sync.Mutex
	w       io.Writer
	err     error
	next    uint64            // the number of the block whose lines are to be written next
	waiting map[uint64][]byte // by number: lines of blocks after it
}

func newBadLines(w io.Writer) *badLines {
	if w == nil {
		return nil
	}
	return &badLines{w: w, waiting: map[uint64][]byte{}}
}

// done takes the bad lines of a block, which are copied if they have to wait. Every block
// must be done, even one without bad lines.
func (l *badLines) done(block uint64, lines []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if block != l.next {
		l.waiting[block] = append([]byte(nil), lines...)
		return
	}
	for ok := true; ok; lines, ok = l.waiting[l.next] {
		delete(l.waiting, l.next)
		l.write(lines)
		l.next++
	}
}

// write stops at the first error: a file with a hole in it is worse than one that ends.
func (l *badLines) write(lines []byte) {
	if len(lines) > 0 && l.err == nil {
		_, l.err = l.w.Write(lines)
	}
}

// failure tells what went wrong once all blocks are done.
func (l *badLines) failure() error {
	if l == nil || l.err == nil {
		return nil
	}
	return fmt.Errorf("write the bad lines: %w", l.err)
}
