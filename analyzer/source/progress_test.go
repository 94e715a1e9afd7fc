package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// text is so random that compressed it still takes many reads.
func text() string {
	var b strings.Builder
	numbers := rand.New(rand.NewPCG(1, 2))
	for b.Len() < 1<<19 {
		fmt.Fprintf(&b, "GET /%x 200\n", numbers.Uint64())
	}
	return b.String()
}

// now is what p tells, on one line.
func now(p *Progress) string {
	read, total, open := p.Now()
	return fmt.Sprint(read, " of ", total, " ", open)
}

// Whatever the compression, the bytes counted are those of the file, all along.
func TestProgress(t *testing.T) {
	content := text()
	for name, packed := range map[string]string{
		"plain": content, "gzip": gzipped(content), "members": gzipped(content[:len(content)/2]) + gzipped(content[len(content)/2:]),
		"zstd": zstded(content), "xz": xzed(content), "lz4": lz4ed(content), "bzip2": bzip2A, "nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			tree(t, "a.log="+packed)
			sources, err := FromArgs([]string{"a.log"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var p Progress
			size := int64(len(packed))
			r, err := p.Watch(sources)[0].Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			steps, last := 0, int64(0)
			for buf := make([]byte, 4<<10); err == nil; {
				_, err = r.Read(buf)
				read, total, open := p.Now()
				if read < last || read > size || total != size || !slices.Equal(open, []string{"a.log"}) {
					t.Fatalf("after %d bytes it tells %s", last, now(&p))
				}
				if read > last {
					steps, last = steps+1, read
				}
			}
			r.Close()
			if want := fmt.Sprint(size, " of ", size, " []"); err != io.EOF || now(&p) != want {
				t.Errorf("in the end %s, %v; want %s", now(&p), err, want)
			}
			if size > 3*bufferSize && steps < 3 && name != "lz4" { // whose blocks are of 4 MB
				t.Errorf("%d bytes came in %d steps", size, steps)
			}
		})
	}
}

// The total is what will have been read in the end.
func TestProgressTotal(t *testing.T) {
	big := strings.Repeat(lineA, 100_000)
	cases := []struct {
		reason string
		args   []string
		during func(*testing.T)
		limit  int64 // how much is read of each; 0 is all
		before string
		after  string
	}{
		{"several files add up", []string{"a.log", "b.log"}, nil, 0, "0 of 22 []", "22 of 22 []"},
		{"of a file that is given up the rest is not to be read", []string{"big.log"}, nil, 10, "0 of 1100000 []", "65536 of 65536 []"},
		{"a file that has grown is read to its end", []string{"a.log"}, func(t *testing.T) { write(t, "a.log", lineA+lineB) }, 0, "0 of 11 []", "22 of 22 []"},
		{"nobody knows how long a stream is, until it has ended", []string{"a.log", "-"}, nil, 0, "0 of -1 []", "22 of 22 []"},
		{"a file that cannot be opened", []string{"a.log", "b.log"}, func(t *testing.T) {
			if err := os.Remove("a.log"); err != nil {
				t.Fatal(err)
			}
		}, 0, "0 of 22 []", "11 of 11 []"},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			tree(t, "a.log", "b.log", "big.log="+big)
			sources, err := FromArgs(c.args, strings.NewReader(lineA))
			if err != nil {
				t.Fatal(err)
			}
			var p Progress
			watched := p.Watch(sources)
			if got := now(&p); got != c.before {
				t.Errorf("before it is %s, want %s", got, c.before)
			}
			if c.during != nil {
				c.during(t)
			}
			for _, s := range watched {
				r, err := s.Open(t.Context())
				if err != nil {
					continue
				}
				if c.limit > 0 {
					_, err = io.CopyN(io.Discard, r, c.limit)
				} else {
					_, err = io.Copy(io.Discard, r)
				}
				if err := errors.Join(err, r.Close()); err != nil {
					t.Error(err)
				}
			}
			if got := now(&p); got != c.after {
				t.Errorf("after it is %s, want %s", got, c.after)
			}
		})
	}
}

// Many are read at once, while somebody looks.
func TestProgressOfMany(t *testing.T) {
	tree(t)
	content, total := text(), int64(0)
	for i := range 4 {
		packed := gzipped(content[i<<16:])
		write(t, fmt.Sprint(i, ".log"), packed)
		total += int64(len(packed))
	}
	sources, err := FromArgs([]string{"."}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var p Progress
	var wg sync.WaitGroup
	for _, s := range p.Watch(sources) {
		wg.Go(func() {
			if _, err := read(t, s); err != nil {
				t.Error(err)
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		wg.Wait()
		close(ended)
	}()
	for last := int64(0); ; {
		read, of, open := p.Now()
		if read < last || read > total || of != total || len(open) > 4 {
			t.Fatalf("after %d of %d bytes: %s", last, total, now(&p))
		}
		last = read
		select {
		case <-ended:
			if want := fmt.Sprint(total, " of ", total, " []"); now(&p) != want {
				t.Errorf("in the end %s, want %s", now(&p), want)
			}
			return
		default:
		}
	}
}

// Of a file that is entered, only the part counts that is read; one that was opened only to
// look at it counts when it is read.
func TestProgressOfParts(t *testing.T) {
	name := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(name, bytes.Repeat([]byte("0123456789"), 1000), 0o666); err != nil {
		t.Fatal(err)
	}
	sources, err := FromArgs([]string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T, p *Progress, read, total int64, open int) {
		t.Helper()
		if r, of, names := p.Now(); r != read || of != total || len(names) != open {
			t.Errorf("%d of %d, %d open; want %d of %d, %d open", r, of, len(names), read, total, open)
		}
	}
	var p Progress
	src := p.Watch(sources)[0]
	plain, err := src.OpenPlain(t.Context())
	if err != nil || plain == nil {
		t.Fatal(plain, err)
	}
	check(t, &p, 0, 10_000, 1)
	got := make([]byte, 5)
	if n, err := plain.ReadAt(got, 9_998); string(got[:n]) != "89" || err != io.EOF {
		t.Errorf("at the end stands %q: %v", got[:n], err)
	}
	part := plain.Section(1_003, 3_003)
	check(t, &p, 0, 2_000, 1)
	if n, err := io.ReadFull(part, got); string(got[:n]) != "34567" || err != nil {
		t.Errorf("the part begins with %q: %v", got[:n], err)
	}
	check(t, &p, 5, 2_000, 1)
	if err := plain.Close(); err != nil {
		t.Error(err)
	}
	check(t, &p, 5, 5, 0)

	r, err := src.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check(t, &p, 10_005, 10_005, 1) // its first bytes, which are all, tell how it is compressed
	if n, err := io.Copy(io.Discard, r); n != 10_000 || err != nil {
		t.Errorf("%d bytes: %v", n, err)
	}
	r.Close()
	if read, total, _ := p.Now(); read != 10_005 || total != 10_005 {
		t.Errorf("at the end %d of %d", read, total)
	}
}

// Compressed files, streams and what is not there have no parts.
func TestOpenPlainIsForPlainFiles(t *testing.T) {
	dir := t.TempDir()
	zipped := filepath.Join(dir, "access.log")
	if err := os.WriteFile(zipped, []byte(gzipMagic+"\x08\x00rest"), 0o666); err != nil {
		t.Fatal(err)
	}
	sources, err := FromArgs([]string{zipped}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(sources, FromReader("stream", strings.NewReader("text"))) {
		if p, err := s.OpenPlain(t.Context()); p != nil || err != nil {
			t.Errorf("%s: %v, %v", s.Name(), p, err)
		}
	}
	if err := os.Remove(zipped); err != nil {
		t.Fatal(err)
	}
	if p, err := sources[0].OpenPlain(t.Context()); p != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is gone: %v, %v", p, err)
	}
}
