package source

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

const (
	markSize    = 256     // bytes by which a file is known again
	longestLine = 1 << 20 // a longer one is handed out in pieces
)

// errRestarted says that a file no longer holds what was read of it.
var errRestarted = errors.New("the file was truncated")

// tail reads one file that grows, in whole lines: what others write to others is read in
// between, and must not come in the middle of a line.
type tail struct {
	file  *os.File
	info  fs.FileInfo
	at    int64  // where to read next
	mark  []byte // what stands before at, as it was read
	buf   []byte // what was read and holds no whole line, behind the lines handed out last
	given int    // bytes of buf that were handed out
	start bool   // nothing but NULs was read
	grew  time.Time
}

// openTail opens the file at path at its start.
func openTail(path string) (*tail, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &tail{file: f, info: info, buf: make([]byte, 0, bufferSize), start: true, grew: time.Now()}, nil
}

// lines returns the lines that the file holds beyond those returned before, or as many as
// fit the buffer, or none. They are valid until the next call.
func (t *tail) lines() ([]byte, error) {
	t.buf = t.buf[:copy(t.buf, t.buf[t.given:])]
	t.given = 0
	for {
		have := len(t.buf)
		if have == cap(t.buf) {
			if have >= longestLine {
				t.given = have
				return t.buf, nil
			}
			t.buf = append(make([]byte, 0, 4*cap(t.buf)), t.buf...)
		}
		n, err := t.file.ReadAt(t.buf[have:cap(t.buf)], t.at)
		// What a file holds that was truncated and has grown again is told by nothing else, and
		// after the read, lest it be truncated in between.
		if !t.marked(t.file, t.at) {
			return nil, errRestarted
		}
		if n == 0 {
			if err == io.EOF {
				err = nil
			}
			return nil, err
		}
		t.at += int64(n)
		t.grew = time.Now()
		t.buf = t.buf[:have+n]
		t.remember(t.buf[have:])
		t.skipHole(have)
		if i := bytes.LastIndexByte(t.buf[have:], '\n'); i >= 0 {
			t.given = have + i + 1
			return t.buf[:t.given], nil
		}
	}
}

// remember takes the mark from what was read last.
func (t *tail) remember(read []byte) {
	t.mark = append(t.mark, read[max(0, len(read)-markSize):]...)
	t.mark = append(t.mark[:0], t.mark[max(0, len(t.mark)-markSize):]...)
}

// marked reports whether what stands before at in f is what was read there.
func (t *tail) marked(f *os.File, at int64) bool {
	now := make([]byte, len(t.mark))
	n, _ := f.ReadAt(now, at-int64(len(now)))
	return bytes.Equal(now[:n], t.mark)
}

// skipHole takes the NULs off with which a file begins that was truncated under a writer who
// went on where it was.
func (t *tail) skipHole(from int) {
	if !t.start {
		return
	}
	rest := bytes.TrimLeft(t.buf[from:], "\x00")
	t.start = len(rest) == 0
	t.buf = append(t.buf[:from], rest...)
}

// restart goes to the start of the file, with no line begun if whatever began is elsewhere.
func (t *tail) restart(elsewhere bool) {
	t.at, t.mark, t.start = 0, t.mark[:0], true
	if elsewhere {
		t.buf, t.given = t.buf[:0], 0
	}
}

// unfinished is the line of which the end has not come.
func (t *tail) unfinished() []byte { return t.buf[t.given:] }
