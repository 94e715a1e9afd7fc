package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// followed is a follower that is asked what there is, without waiting for more.
type followed struct {
	t *testing.T
	f *follower
}

// rotatable skips a test where a file that is open can be neither renamed nor removed.
func rotatable(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("files that are open cannot be rotated")
	}
}

func follow(t *testing.T, path string) *followed {
	t.Helper()
	rotatable(t)
	f := newFollower(t.Context(), path)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return &followed{t, f}
}

// want holds what comes now to lines.
func (f *followed) want(reason, lines string) {
	f.t.Helper()
	var got strings.Builder
	for {
		b, err := f.f.next()
		if err != nil {
			f.t.Fatalf("%s: %v", reason, err)
		}
		if len(b) == 0 {
			break
		}
		got.Write(b)
	}
	if got.String() != lines {
		f.t.Errorf("%s: got %.200q, want %.200q", reason, got.String(), lines)
	}
}

// do runs steps of a rotation.
func do(t testing.TB, steps ...error) {
	t.Helper()
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
}

// appendTo opens a file as loggers do.
func appendTo(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func say(t testing.TB, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o666)
}

func TestFollowGrowth(t *testing.T) {
	tree(t)
	f := follow(t, "a.log")
	f.want("it is not there yet", "")
	w := appendTo(t, "a.log")
	f.want("it is empty", "")
	say(t, w, "one\ntw")
	f.want("a line is whole", "one\n")
	f.want("nothing more came", "")
	say(t, w, "o\n\nthree")
	f.want("the end of a line came", "two\n\n")
	long := strings.Repeat("x", 3*bufferSize)
	say(t, w, long+"\nfour\n")
	f.want("a line is longer than the buffer", "three"+long+"\nfour\n")
	say(t, w, strings.Repeat("x", longestLine+10))
	f.want("a line has no end", strings.Repeat("x", longestLine))
	say(t, w, "\n")
	f.want("it has", strings.Repeat("x", 10)+"\n")
}

func TestFollowRename(t *testing.T) {
	tree(t, "a.log=1\n2\n", "a.log.1=old\n", "b.log.1=other\n")
	f := follow(t, "a.log")
	old := appendTo(t, "a.log")
	f.want("what there is, and not what was rotated away before", "1\n2\n")
	do(t, os.Rename("a.log.1", "a.log.2"), os.Rename("a.log", "a.log.1"))
	say(t, old, "3\n4")
	f.want("it is written to after it was renamed", "3\n")
	first := appendTo(t, "a.log")
	say(t, old, " end\n")
	say(t, first, "5\n")
	f.want("the old file before the new one", "4 end\n5\n")
	say(t, old, "6\n")
	say(t, first, "7")
	f.want("somebody still writes to the old file", "6\n")
	say(t, old, "8\n")
	say(t, first, " end\n")
	f.want("no line is torn by another file's", "8\n7 end\n")

	do(t, os.Rename("a.log.1", "a.log.2"), os.Rename("a.log", "a.log.1"))
	say(t, first, "9\n")
	second := appendTo(t, "a.log")
	say(t, second, "10\n11\n")
	do(t, os.Rename("a.log.2", "a.log.3"), os.Rename("a.log.1", "a.log.2"), os.Rename("a.log", "a.log.1"))
	say(t, appendTo(t, "a.log"), "12\n")
	f.want("twice between two looks", "9\n10\n11\n12\n")
	f.want("nothing is read again", "")
}

// A file that was not there, and came and went before it was looked for, is read from where
// it went to; what had gone before is not.
func TestFollowFromBeforeItIsThere(t *testing.T) {
	tree(t, "a.log.1=old\n", "a.log.2.gz="+gzipped("older\n"))
	f := follow(t, "a.log")
	f.want("it is missing", "")
	do(t, os.Rename("a.log.1", "a.log.3"))
	write(t, "a.log.2", "1\n")
	write(t, "a.log.1", "2\n")
	write(t, "a.log", "3\n")
	f.want("three files since", "1\n2\n3\n")
	f.want("nothing is read again", "")
}

func TestFollowCopyTruncate(t *testing.T) {
	tree(t, "a.log.1=old\n")
	w := appendTo(t, "a.log")
	f := follow(t, "a.log")
	rotate := func() {
		t.Helper()
		os.Rename("a.log.1", "a.log.2")
		do(t, copyFile("a.log", "a.log.1"), os.Truncate("a.log", 0))
	}
	say(t, w, "1\n2\n")
	f.want("what there is", "1\n2\n")
	rotate()
	f.want("it is empty", "")
	say(t, w, "3\n")
	f.want("it begins again", "3\n")
	say(t, w, "4\n5")
	f.want("a line begins", "4\n")
	say(t, w, " end\n6\n")
	rotate()
	say(t, w, "7\n")
	f.want("what was not read is in the copy", "5 end\n6\n7\n")
	say(t, w, "8\n")
	rotate()
	say(t, w, "9, which makes it larger than before\n")
	f.want("it is as large as before, but not the same", "8\n9, which makes it larger than before\n")
	say(t, w, "10\n")
	rotate()
	say(t, w, "11\n")
	rotate()
	say(t, w, "12\n")
	f.want("twice between two looks", "10\n11\n12\n")
	f.want("nothing is read again", "")

	do(t, os.Truncate("a.log", 0))
	say(t, w, "13\n")
	f.want("without a copy", "13\n")
	say(t, w, "14 be")
	f.want("a line begins", "")
	do(t, os.Truncate("a.log", 0))
	say(t, w, "gun\n")
	f.want("a writer with a buffer goes on", "14 begun\n")
}

// A writer that does not append goes on where it was, behind a hole.
func TestFollowTruncateUnderAWriter(t *testing.T) {
	tree(t)
	w, err := os.Create("a.log")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	say(t, w, strings.Repeat("0123456789\n", 30_000))
	f := follow(t, "a.log")
	f.want("what there is", strings.Repeat("0123456789\n", 30_000))
	do(t, os.Truncate("a.log", 0))
	say(t, w, "next\n")
	f.want("the hole is no line", "next\n")
}

func TestFollowGap(t *testing.T) {
	tree(t, "a.log=1\n")
	f := follow(t, "a.log")
	f.want("what there is", "1\n")
	old := appendTo(t, "a.log")
	do(t, os.Remove("a.log"))
	say(t, old, "2\n3")
	f.want("it was removed, and is written to", "2\n")
	f.want("it is missing", "")
	write(t, "a.log", "4\n")
	f.want("another one is there; a line of the old one may still end", "4\n")
	say(t, old, " end\n")
	f.want("it does", "3 end\n")
	do(t, os.Remove("a.log"), os.Mkdir("a.log", 0o777))
	if _, err := f.f.next(); err == nil {
		t.Error("a directory is no error")
	}
}

// A file that is written to no more is closed, and a line without an end is handed out.
func TestFollowDropsTheOld(t *testing.T) {
	tree(t, "a.log=0\ncut")
	f := follow(t, "a.log")
	f.want("what there is", "0\n")
	for i := range maxRotated {
		do(t, os.Rename("a.log", fmt.Sprintf("a.log-202601%02d", i+1)))
		line := fmt.Sprintf("%d\n", i+1)
		write(t, "a.log", line)
		if i+1 == maxRotated {
			line += "cut\n"
		}
		f.want("another file", line)
	}
	if len(f.f.tails) != maxRotated {
		t.Errorf("%d files are open, want %d", len(f.f.tails), maxRotated)
	}
	for _, old := range f.f.tails {
		old.grew = old.grew.Add(-2 * linger)
	}
	for range maxRotated {
		f.want("nothing was begun", "")
	}
	if len(f.f.tails) != 1 || f.f.tails[0] != f.f.current {
		t.Errorf("%d files are open, want the current one", len(f.f.tails))
	}
}

func TestFollowEndsWithContext(t *testing.T) {
	tree(t, "a.log=1\nhalf")
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Follow("a.log").Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 10)
	if n, err := r.Read(p); string(p[:n]) != "1\n" || err != nil {
		t.Errorf("got %q, %v", p[:n], err)
	}
	time.AfterFunc(time.Millisecond, cancel)
	if n, err := r.Read(p); n != 0 || !errors.Is(err, context.Canceled) || !strings.HasPrefix(errText(err), "read a.log: ") {
		t.Errorf("got %q, %v", p[:n], err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// progress is how far a reader is.
type progress struct {
	mu    sync.Mutex
	moved sync.Cond
	lines int
	err   error // why it reads no more
}

func newProgress() *progress {
	p := &progress{}
	p.moved.L = &p.mu
	return p
}

func (p *progress) report(lines int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines, p.err = lines, err
	p.moved.Broadcast()
}

// await waits until n lines were read.
func (p *progress) await(t testing.TB, n int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.lines < n && p.err == nil {
		p.moved.Wait()
	}
	if p.err != nil {
		t.Fatal(p.err)
	}
}

// count reads numbered lines until n were read.
func (p *progress) count(r io.Reader, n int) {
	s := bufio.NewScanner(r)
	for i := 1; i <= n; i++ {
		if !s.Scan() || s.Text() != strconv.Itoa(i) {
			p.report(i-1, fmt.Errorf("line %d is %q, %v", i, s.Text(), s.Err()))
			return
		}
		p.report(i, nil)
	}
}

const (
	allLines  = 30_000
	perFile   = allLines / 10
	halfAFile = perFile / 2
)

// rotations are the ways in which a log gets a new file while line n is written. They return where
// the next lines go. Where the old file is gone for good, they wait until the reader has
// begun to read it: nobody could read it later.
var rotations = []struct {
	name, path, first string // the first is the file that path leads to before any rotation
	rotate            func(t testing.TB, w *os.File, n int, read *progress) *os.File
}{
	{"rename", "a.log", "a.log", renamed},
	{"rename behind a link", "link.log", "a.log", renamed},
	{"a link is turned", "link.log", "a-20260101.log", func(t testing.TB, w *os.File, n int, read *progress) *os.File {
		say(t, w, fmt.Sprintln(n))
		name := fmt.Sprintf("a-202601%02d.log", n/perFile+1)
		next := appendTo(t, name)
		do(t, os.Symlink(name, "new.link"), os.Rename("new.link", "link.log"))
		return next
	}},
	{"copytruncate", "a.log", "a.log", func(t testing.TB, w *os.File, n int, read *progress) *os.File {
		say(t, w, fmt.Sprintln(n))
		read.await(t, n-halfAFile) // the copy holds the other half
		// Nothing is written between these, as nobody could read it.
		do(t, copyFile("a.log", "a.log.1"), os.Truncate("a.log", 0))
		return w
	}},
	{"removed and made anew", "a.log", "a.log", func(t testing.TB, w *os.File, n int, read *progress) *os.File {
		say(t, w, fmt.Sprintln(n))
		read.await(t, n-halfAFile)
		do(t, os.Remove("a.log"))
		return appendTo(t, "a.log")
	}},
}

func renamed(t testing.TB, w *os.File, n int, _ *progress) *os.File {
	for i := n / perFile; i > 0; i-- {
		os.Rename(fmt.Sprintf("a.log.%d", i), fmt.Sprintf("a.log.%d", i+1))
	}
	do(t, os.Rename("a.log", "a.log.1"))
	say(t, w, fmt.Sprintln(n)) // before the writer is told
	return appendTo(t, "a.log")
}

// While a writer rotates as fast as it can, the reader gets each line once, in order.
func TestFollowLosesNothing(t *testing.T) {
	for _, c := range rotations {
		t.Run(c.name, func(t *testing.T) {
			rotatable(t)
			tree(t)
			if c.path != c.first {
				do(t, os.Symlink(c.first, c.path))
			}
			r, err := Follow(c.path).Open(t.Context()) // before the file is there
			if err != nil {
				t.Fatal(err)
			}
			read := newProgress()
			var reader sync.WaitGroup
			reader.Go(func() { read.count(r, allLines) })
			defer func() {
				reader.Wait()
				r.Close()
			}()
			w := appendTo(t, c.first)
			for n := 1; n <= allLines; n++ {
				if n%perFile == 0 {
					w = c.rotate(t, w, n, read)
				} else {
					say(t, w, fmt.Sprintln(n))
				}
			}
			read.await(t, allLines)
		})
	}
}

func TestResolveLive(t *testing.T) {
	tree(t, "a.log", "a.log.1", "a.log.2.gz="+gzipped(lineA), "b.log="+gzipped(lineA), "empty.log=", "logs/x.log")
	const age = "the rotated files are read in the order of their age: "
	cases := []struct{ name, reason, args, live, want, notes, err string }{
		{"a file", "it grows", "a.log", "a.log", "a.log", "", ""},
		{"an empty file", "it will grow", "empty.log", "empty.log", "empty.log", "", ""},
		{"a rotated log", "only the newest grows", "a.log a.log.1 a.log.2.gz", "a.log", "a.log.2.gz a.log.1 a.log",
			age + "a.log.2.gz, a.log.1, a.log; a.log.2.gz is read once, and not followed; a.log.1 is read once, and not followed", ""},
		{"compressed", "nobody appends to it", "b.log", "", "b.log", "b.log is read once, and not followed", ""},
		{"standard input", "a stream already", "- a.log", "a.log", "stdin a.log", "", ""},
		{"a directory", "what is in it now", "logs", "logs/x.log", "logs/x.log?", "", ""},
		{"not there yet", "as tail -F does; with what may have been meant", "c.log ./c.log", "c.log", "c.log", "c.log is waited for: no such file; did you mean a.log?", ""},
		{"no directory", "a slip, most likely", "nope/c.log a.log", "a.log", "a.log", "", "open nope/c.log: no such file, and no directory nope; check the path"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sources, notes, err := ResolveLive(t.Context(), strings.Fields(c.args), strings.NewReader(""))
			var live []string
			for _, s := range sources {
				if s.Live() {
					live = append(live, filepath.ToSlash(s.Name()))
				}
			}
			if got := strings.Join(notes, "; "); list(sources) != c.want || strings.Join(live, " ") != c.live || got != c.notes || errText(err) != c.err {
				t.Errorf("%s\n got %s, live %s, %q, %v\nwant %s, live %s, %q, %s", c.reason, list(sources), live, got, err, c.want, c.live, c.notes, c.err)
			}
		})
	}
}
