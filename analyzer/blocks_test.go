package analyzer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// part is a line as the splitter delivered it, or the start of one that is too long.
type part struct {
	number  uint64
	text    string
	skipped uint64
}

// split reads r to its end in blocks, and returns the lines in them.
func split(t rapid.TB, ctx context.Context, r io.Reader) (lines []part, failure error) {
	t.Helper()
	in := &input{}
	s := newSplitter(in, r)
	for {
		b, err := s.next(ctx)
		if err == io.EOF {
			return lines, s.err
		}
		if err != nil || b.in != in {
			t.Fatalf("next returned %v of %p, %v", b, b.in, err)
		}
		if b.skipped > 0 {
			lines = append(lines, part{b.line, string(b.data), b.skipped})
		} else {
			n := b.line
			for line := range bytes.Lines(b.data) {
				lines = append(lines, part{n, strings.TrimSuffix(string(line), "\n"), 0})
				n++
			}
		}
		b.release()
	}
}

// check compares what was delivered with the lines of content.
func check(t rapid.TB, content string, got []part) {
	t.Helper()
	want := strings.Split(content, "\n")
	if want[len(want)-1] == "" {
		want = want[:len(want)-1]
	}
	if len(got) != len(want) {
		t.Fatalf("%d lines were delivered, want %d", len(got), len(want))
	}
	newlines := strings.Count(content, "\n")
	for i, w := range want {
		g := got[i]
		length := uint64(len(w))
		if i < newlines {
			length++ // with its newline
		}
		switch {
		case g.number != uint64(i+1):
			t.Fatalf("line %d has the number %d", i+1, g.number)
		case len(w) <= maxLine && (g.skipped > 0 || g.text != w):
			t.Fatalf("line %d of %d bytes is delivered with %d bytes, %d skipped", i+1, len(w), len(g.text), g.skipped)
		case len(w) > maxLine && (g.skipped == 0 || uint64(len(g.text))+g.skipped != length || !strings.HasPrefix(w, g.text)):
			t.Fatalf("line %d of %d bytes, which is too long, is delivered with %d bytes, %d skipped", i+1, len(w), len(g.text), g.skipped)
		}
	}
}

// shortReads reads in pieces of any size, as pipes do.
type shortReads struct {
	io.Reader
	t *rapid.T
}

func (r shortReads) Read(p []byte) (int, error) {
	n := rapid.OneOf(rapid.IntRange(1, 10), rapid.IntRange(1, 2*blockSize)).Draw(r.t, "read")
	return r.Reader.Read(p[:min(n, len(p))])
}

// readers are ways to deliver the same bytes.
var readers = map[string]func(*rapid.T, io.Reader) io.Reader{
	"whole":            func(_ *rapid.T, r io.Reader) io.Reader { return r },
	"short reads":      func(t *rapid.T, r io.Reader) io.Reader { return shortReads{r, t} },
	"half":             func(_ *rapid.T, r io.Reader) io.Reader { return iotest.HalfReader(r) },
	"data with EOF":    func(_ *rapid.T, r io.Reader) io.Reader { return iotest.DataErrReader(r) },
	"half, data + EOF": func(_ *rapid.T, r io.Reader) io.Reader { return iotest.DataErrReader(iotest.HalfReader(r)) },
}

func TestSplitterDeliversTheLines(t *testing.T) {
	small := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]byte("ab\r\n\x00\xff")), 0, 100), func(b []byte) string { return string(b) })
	rapid.Check(t, func(t *rapid.T) {
		content := small.Draw(t, "content")
		for name, wrap := range readers {
			for _, one := range []bool{false, true} {
				r := wrap(t, strings.NewReader(content))
				if one {
					r = iotest.OneByteReader(r)
				}
				got, err := split(t, t.Context(), r)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				check(t, content, got)
			}
		}
	})
}

// Lines of lengths around those at which the splitter does something else, with others
// among them that must stay whole.
func TestSplitterAtItsBounds(t *testing.T) {
	ballast := strings.Repeat("0123456789abcdef", (maxLine+blockSize)/16+1)
	around := func(n int) *rapid.Generator[int] { return rapid.IntRange(n-3, n+3) }
	lengths := rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(0, 5000), around(blockSize/2), around(blockSize), around(maxLine/2),
		around(maxLine-blockSize), around(maxLine), around(maxLine), rapid.IntRange(blockSize, maxLine+blockSize))
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for i, n := range rapid.SliceOfN(lengths, 1, 4).Draw(t, "lengths") {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(ballast[i : i+n])
		}
		b.WriteString(rapid.SampledFrom([]string{"", "\n", "\r\n", "\n\n"}).Draw(t, "end"))
		content := b.String()
		name := rapid.SampledFrom([]string{"whole", "short reads", "half", "data with EOF", "half, data + EOF"}).Draw(t, "reader")
		got, err := split(t, t.Context(), readers[name](t, strings.NewReader(content)))
		if err != nil {
			t.Fatal(err)
		}
		check(t, content, got)
	})
}

// The longest line that is read has maxLine bytes, wherever it stands and however it is
// read.
func TestSplitterAtTheLongestLine(t *testing.T) {
	for _, before := range []int{0, 1, blockSize} {
		for _, n := range []int{maxLine - 1, maxLine, maxLine + 1} {
			for _, end := range []string{"", "\n", "\nnext\n"} {
				content := strings.Repeat("x", before) + "\n" + strings.Repeat("y", n) + end
				for name, r := range map[string]io.Reader{
					"whole": strings.NewReader(content), "data with EOF": iotest.DataErrReader(strings.NewReader(content)),
				} {
					t.Run(fmt.Sprintf("%d+%d+%q %s", before, n, end, name), func(t *testing.T) {
						got, err := split(t, t.Context(), r)
						if err != nil {
							t.Fatal(err)
						}
						check(t, content, got)
					})
				}
			}
		}
	}
}

// endless reads n times the same byte, and then what follows.
type endless struct {
	n    int
	then io.Reader
}

func (r *endless) Read(p []byte) (int, error) {
	if r.n == 0 {
		return r.then.Read(p)
	}
	p = p[:min(r.n, len(p))]
	copy(p, xs)
	r.n -= len(p)
	return len(p), nil
}

var xs = bytes.Repeat([]byte{'x'}, 2*maxLine)

func TestHugeLineInLittleMemory(t *testing.T) {
	const n = 100 << 20
	log := ours(response("GET", "/before", 200)) + "%" + ours(response("GET", "/after", 200))
	before, after, _ := strings.Cut(log, "%")
	r := io.MultiReader(strings.NewReader(before), &endless{n, strings.NewReader("\n" + after)})
	var m, then runtime.MemStats
	runtime.ReadMemStats(&m)
	got, err := split(t, t.Context(), r)
	runtime.ReadMemStats(&then)
	if err != nil || len(got) != 3 || got[1].number != 2 || uint64(len(got[1].text))+got[1].skipped != n+1 || got[2].text+"\n" != after {
		t.Fatalf("%d lines, %v", len(got), err)
	}
	if used := then.TotalAlloc - m.TotalAlloc; used > 8<<20 {
		t.Errorf("a line of 100 MiB took %d MiB", used>>20)
	}
}

// Blocks are held until a format is detected, and a file of long lines has none.
func TestHugeLinesAreHeldInLittleMemory(t *testing.T) {
	const lines, most = 20, 8 << 10
	s := newSplitter(&input{}, strings.NewReader(strings.Repeat(string(xs)+"\n", lines)))
	for i := range lines {
		b, err := s.next(t.Context())
		if err != nil || b.skipped == 0 {
			t.Fatalf("line %d of %d bytes: %v", i+1, len(xs), err)
		}
		if held := cap(b.buf) + cap(b.data); held > most {
			t.Errorf("of line %d %d bytes are held, want at most %d", i+1, held, most)
		}
	}
}

func TestSplitterKeepsWhatCameBeforeAnError(t *testing.T) {
	broken := errors.New("the disk broke")
	for _, content := range []string{"", "a\nb\n", "a\nb\ncut", strings.Repeat("0123456789\n", 200_000), strings.Repeat("x", maxLine+blockSize)} {
		r := io.MultiReader(strings.NewReader(content), iotest.ErrReader(broken))
		got, err := split(t, t.Context(), r)
		if err != broken {
			t.Errorf("after %d bytes the error is %v", len(content), err)
		}
		check(t, content, got)
	}
}

// cancels ends ctx once n bytes were read.
type cancels struct {
	io.Reader
	n      int
	cancel func()
}

func (r *cancels) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.n -= n; r.n <= 0 {
		r.cancel()
	}
	return n, err
}

// What was read is delivered, but for the line in the middle of which reading ended:
// nobody cut that.
func TestSplitterStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	got, err := split(t, ctx, &cancels{iotest.HalfReader(strings.NewReader(strings.Repeat("0123456789\n", 1<<20))), 3 << 20, cancel})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if len(got) < 3<<20/11-100_000 || len(got) == 1<<20 {
		t.Errorf("%d lines were delivered", len(got))
	}
	for _, line := range got {
		if line.text != "0123456789" {
			t.Fatalf("line %d is %q", line.number, line.text)
		}
	}
}

// A line without an end must not hold up the one who wants to stop.
func TestSplitterStopsWithinALine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	got, err := split(t, ctx, &cancels{&endless{1 << 50, nil}, 4 << 20, cancel})
	if !errors.Is(err, context.Canceled) || len(got) != 1 || got[0].skipped < 1<<20 {
		t.Errorf("%d lines, %v", len(got), err)
	}
}
