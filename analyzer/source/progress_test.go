package source

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
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
