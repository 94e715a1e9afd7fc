package source

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// contents draws bytes, mostly lines, that are not compressed already.
func contents(t *rapid.T) string {
	content := rapid.OneOf(
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.IntRange(0, 20_000), func(n int) string { return strings.Repeat(lineA, n) }),
		rapid.Map(rapid.SliceOf(rapid.String()), func(s []string) string { return strings.Join(s, "\n") }),
	).Draw(t, "content")
	if sniff([]byte(content)) != nil {
		return "x" + content
	}
	return content
}

// pieces cuts content at random points.
func pieces(t *rapid.T, content string) []string {
	cuts := rapid.SliceOfN(rapid.IntRange(0, len(content)), 0, 5).Draw(t, "cuts")
	slices.Sort(cuts)
	var out []string
	from := 0
	for _, to := range append(cuts, len(content)) {
		out = append(out, content[from:to])
		from = to
	}
	return out
}

// encodings are the ways to write content that read back as content.
var encodings = map[string]func(*rapid.T, string) string{
	"plain": func(_ *rapid.T, s string) string { return s },
	"gzip":  func(_ *rapid.T, s string) string { return gzipped(s) },
	"zstd":  func(_ *rapid.T, s string) string { return zstded(s) },
	"xz":    func(_ *rapid.T, s string) string { return xzed(s) },
	"lz4":   func(_ *rapid.T, s string) string { return lz4ed(s) },
	"gzip members": func(t *rapid.T, s string) string {
		var b strings.Builder
		for _, p := range pieces(t, s) {
			b.WriteString(gzippedAs("a.log", p))
		}
		return b.String()
	},
	"zstd frames": func(t *rapid.T, s string) string {
		var b strings.Builder
		for _, p := range pieces(t, s) {
			b.WriteString(zstded(p))
		}
		return b.String()
	},
}

// drip reads in pieces of any size, as pipes do.
type drip struct {
	io.Reader
	t *rapid.T
}

func (d drip) Read(p []byte) (int, error) {
	n := rapid.IntRange(1, 4096).Draw(d.t, "read")
	return d.Reader.Read(p[:min(n, len(p))])
}

func TestReadsBackEqual(t *testing.T) {
	for name, encode := range encodings {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				want := contents(rt)
				in := drip{strings.NewReader(encode(rt, want)), rt}
				got, err := read(t, FromReader("in", in))
				if got != want || err != nil {
					rt.Fatalf("got %d bytes, %v, want %d", len(got), err, len(want))
				}
			})
		})
	}
}

// Wherever compressed data is cut, what is read is the beginning of what was
// written, and short of a boundary between members an error says so.
func TestCutAnywhere(t *testing.T) {
	type member struct{ packed, content string }
	cases := map[string][]member{
		"gzip":  {{gzippedAs("a.log", lineA), lineA}, {gzippedAs("b.log", lineB), lineB}},
		"zstd":  {{zstded(lineA), lineA}, {zstded(lineB), lineB}},
		"bzip2": {{bzip2A, lineA}, {bzip2B, lineB}},
		"xz":    {{xzed(lineA), lineA}, {xzed(lineB), lineB}},
		"lz4":   {{lz4ed(lineA), lineA}, {lz4ed(lineB), lineB}},
	}
	for name, members := range cases {
		t.Run(name, func(t *testing.T) {
			whole := members[0].packed + members[1].packed
			for cut := longestMagic; cut < len(whole); cut++ {
				got, err := readString(t, whole[:cut])
				atBoundary := cut == len(members[0].packed)
				if !strings.HasPrefix(lineA+lineB, got) || (err == nil) != atBoundary {
					t.Errorf("cut at %d of %d: got %q, %v", cut, len(whole), got, err)
				}
				if cut >= len(members[0].packed) && !strings.HasPrefix(got, lineA) {
					t.Errorf("cut at %d of %d: got %q, without the first member", cut, len(whole), got)
				}
				if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("cut at %d of %d: %v does not wrap io.ErrUnexpectedEOF", cut, len(whole), err)
				}
			}
		})
	}
}

// Damaged data gives an error or other bytes, never a panic or an endless
// stream, and the error names the source.
func TestDamagedAnywhere(t *testing.T) {
	long := strings.Repeat(lineA+lineB, 500)
	for name, packed := range map[string]string{"gzip": gzipped(long) + gzipped(lineB), "zstd": zstded(long) + zstded(lineB), "bzip2": bzip2A + bzip2B,
		"xz": xzed(long) + xzed(lineB), "lz4": lz4ed(long) + lz4ed(lineB)} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				b := []byte(packed)
				at := rapid.IntRange(0, len(b)-1).Draw(rt, "at")
				b[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "flip"))
				got, err := readString(t, string(b))
				if len(got) > 100*len(long) {
					rt.Fatalf("got %d bytes", len(got))
				}
				if err != nil && !strings.HasPrefix(err.Error(), "read in: ") {
					rt.Fatalf("%v does not name the source", err)
				}
			})
		})
	}
}

func TestDistance(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("abcé")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := []rune(letters.Draw(t, "a")), []rune(letters.Draw(t, "b"))
		d := distance(a, b)
		if d != distance(b, a) || (d == 0) != slices.Equal(a, b) || d > max(len(a), len(b)) || d < max(len(a)-len(b), len(b)-len(a)) {
			t.Fatalf("distance(%q, %q) = %d, back %d", string(a), string(b), d, distance(b, a))
		}
	})
}

// A table row that another hides would never be used.
func TestMagicsDiffer(t *testing.T) {
	for i, c := range compressions {
		for _, m := range c.magics {
			if got := sniff([]byte(m)); got != &compressions[i] {
				t.Errorf("%s: %q is taken for another", c.name, m)
			}
		}
	}
}

func BenchmarkRead(b *testing.B) {
	plain := strings.Repeat(lineA+lineB, 1<<18)
	for _, c := range []struct{ method, packed string }{{"plain", plain}, {"gzip", gzipped(plain)}, {"zstd", zstded(plain)}} {
		b.Run(fmt.Sprintf("method=%s", c.method), func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			block := make([]byte, 1<<20)
			for b.Loop() {
				r, err := FromReader("in", strings.NewReader(c.packed)).Open(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = r.Read(block)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
}
