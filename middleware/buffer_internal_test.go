package middleware

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func TestIsPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	f, err := OpenFile(filepath.Join(t.TempDir(), "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reopened := new(File)
	reopened.f.Store(w)
	for _, tt := range []struct {
		reason string
		w      io.Writer
		want   bool
	}{
		{"a pipe", w, true}, {"a pipe that is reopened", reopened, true}, {"a file", f, false}, {"a file as it is", f.f.Load(), false},
		{"any writer", io.Discard, false}, {"a File that is closed", &File{}, false}, {"none", nil, false},
	} {
		if got := isPipe(tt.w); got != tt.want {
			t.Errorf("%s: %v", tt.reason, got)
		}
	}
}

func TestWholeLines(t *testing.T) {
	for _, tt := range []struct {
		lines string
		limit int
		want  int
	}{
		{"a\n", 4, 2}, {"a\nb\n", 4, 4}, {"a\nb\nc\n", 4, 4}, {"a\nbc\nd\n", 4, 2}, {"abcdef\ng\n", 4, 7}, {"abc\n", 4, 4}, {"abcd\ne\n", 4, 5},
	} {
		if got := wholeLines([]byte(tt.lines), tt.limit); got != tt.want {
			t.Errorf("%q within %d: %d, want %d", tt.lines, tt.limit, got, tt.want)
		}
	}
}

// writes keeps each Write.
type writes struct{ all [][]byte }

func (w *writes) Write(b []byte) (int, error) {
	w.all = append(w.all, bytes.Clone(b))
	return len(b), nil
}

// TestPipeWrites: a Write to a pipe has whole lines, and of at most PIPE_BUF bytes.
func TestPipeWrites(t *testing.T) {
	var w writes
	o := &output{w: &w}
	b := newBuffer(o, Block, 0)
	b.chunk = pipeBuf
	o.buf = b
	for i := range 500 {
		o.write(&accesslog.Record{Path: "/" + strings.Repeat("x", i*37%1000), Error: strings.Repeat("\x01", i%300), Query: strings.Repeat("y", i%250)})
	}
	o.write(&accesslog.Record{Attrs: []accesslog.Attr{}, Path: strings.Repeat("\x01", 5000)})
	if err := o.close(); err != nil {
		t.Error(err)
	}
	lines := 0
	for _, b := range w.all {
		if len(b) > 4096 || b[len(b)-1] != '\n' {
			t.Errorf("a Write of %d bytes: %q", len(b), b)
		}
		lines += bytes.Count(b, newline)
	}
	if lines != 501 || len(w.all) > 400 {
		t.Errorf("%d lines in %d Writes", lines, len(w.all))
	}
}
