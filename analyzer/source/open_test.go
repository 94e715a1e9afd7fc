package source

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

func TestOpen(t *testing.T) {
	zeros := strings.Repeat("\x00", 1000)
	long := strings.Repeat(lineA, 100_000)
	cases := []struct{ name, reason, content, want, err string }{
		{"plain", "no magic: bytes as they are", lineA, lineA, ""},
		{"empty", "an empty source is no error", "", "", ""},
		{"one byte", "shorter than any magic", "\x1f", "\x1f", ""},
		{"two bytes of magic", "too little to be gzip", "\x1f\x8b", "\x1f\x8b", ""},
		{"gzip method", "gzip knows one method; another is no gzip", "\x1f\x8b\x07 text", "\x1f\x8b\x07 text", ""},
		{"BZh text", "a line of text may begin as bzip2 does", "BZh9 /x 200\n", "BZh9 /x 200\n", ""},
		{"long", "longer than the buffer", long, long, ""},

		{"gzip", "one member", gzipped(lineA), lineA, ""},
		{"gzip long", "longer than the window", gzipped(long), long, ""},
		{"gzip nothing", "a member may be empty", gzipped(""), "", ""},
		{"gzip members", "rotated files are concatenated", gzipped(lineA) + gzipped("") + gzippedAs("b.log", lineB), lineA + lineB, ""},
		{"gzip zeros", "tapes and block devices pad with zeros", gzipped(lineA) + zeros, lineA, ""},
		{"gzip one zero", "shorter than the magic", gzipped(lineA) + "\x00", lineA, ""},
		{"gzip garbage", "what was whole is delivered", gzipped(lineA) + lineB, lineA,
			"read in: the gzip data is whole (11 decompressed bytes), but bytes that are not gzip follow it and were not read; cut them off"},
		{"gzip zeros, then more", "only zeros are padding", gzipped(lineA) + zeros + gzipped(lineB), lineA,
			"read in: the gzip data is whole (11 decompressed bytes), but bytes that are not gzip follow it and were not read; cut them off"},
		{"gzip checksum", "the last bytes are the size", gzipped(lineA)[:len(gzipped(lineA))-1] + "\x01", lineA,
			"read in: the gzip data cannot be read further than 11 decompressed bytes: gzip: invalid checksum"},
		{"gzip cut in the header", "nothing could be read", gzipped(lineA)[:5], "",
			"read in: the gzip data is cut off after 0 decompressed bytes; copy the file again, or wait until it is written whole"},
		{"gzip cut in the name", "the header is no end of the data", gzipped(lineA) + gzippedAs("b.log", lineB)[:12], lineA,
			"read in: the gzip data is cut off after 11 decompressed bytes; copy the file again, or wait until it is written whole"},
		{"gzip cut in the magic", "a second member that hardly began", gzipped(lineA) + "\x1f", lineA,
			"read in: the gzip data is cut off after 11 decompressed bytes; copy the file again, or wait until it is written whole"},
		{"gzip cut in the trailer", "the text is there, its checksum is not", gzipped(lineA)[:len(gzipped(lineA))-2], lineA,
			"read in: the gzip data is cut off after 11 decompressed bytes; copy the file again, or wait until it is written whole"},

		{"zstd", "one frame", zstded(lineA), lineA, ""},
		{"zstd long", "longer than a block", zstded(long), long, ""},
		{"zstd frames", "frames are concatenated", zstded(lineA) + zstded("") + zstded(lineB), lineA + lineB, ""},
		{"zstd skippable", "parallel compressors begin so", "\x50\x2a\x4d\x18\x04\x00\x00\x00size" + zstded(lineA), lineA, ""},
		{"zstd cut", "the frame has no end", zstded(lineA)[:10], "",
			"read in: the zstd data is cut off after 0 decompressed bytes; copy the file again, or wait until it is written whole"},

		{"zstd skippable of any kind", "sixteen magics say that a frame is to be skipped", "\x5e\x2a\x4d\x18\x00\x00\x00\x00" + zstded(lineA) + "\x57\x2a\x4d\x18\x01\x00\x00\x00x", lineA, ""},

		{"bzip2", "one stream", bzip2A, lineA, ""},
		{"bzip2 streams", "streams are concatenated", bzip2A + bzip2B, lineA + lineB, ""},
		{"bzip2 nothing", "no block, just the end", bzip2Empty, "", ""},
		{"bzip2 cut", "the block has no end", bzip2A[:30], "",
			"read in: the bzip2 data is cut off after 0 decompressed bytes; copy the file again, or wait until it is written whole"},

		{"xz", "one stream", xzed(lineA), lineA, ""},
		{"xz long", "many blocks, which the check of each holds", xzed(long), long, ""},
		{"xz nothing", "a stream may be empty", xzed(""), "", ""},
		{"xz streams", "streams are concatenated, and padded", xzed(lineA) + zeros + xzed("") + xzed(lineB) + zeros, lineA + lineB, ""},
		{"xz garbage", "what was whole is delivered", xzed(lineA) + lineB, lineA,
			"read in: the xz data is whole (11 decompressed bytes), but bytes that are not xz follow it and were not read; cut them off"},
		{"xz by the xz command", "its checks are CRC64, and its blocks say their sizes where there are several", xzOfTheCommand, lineA, ""},
		{"xz with SHA-256", "xz --check=sha256", xzSHA256, lineA, ""},
		{"xz of a large dictionary", "the file must not decide how much memory is used", xzLarge, "",
			"read in: the xz data cannot be read further than 0 decompressed bytes: xz: the dictionary takes more than 128 MiB; decompress it with xz"},
		{"xz with a filter", "xz --x86: for programs, not for logs", xzFiltered, "",
			"read in: the xz data cannot be read further than 0 decompressed bytes: xz: it was compressed with a filter for programs or numbers, which is not supported; decompress it with xz"},

		{"lz4", "one frame", lz4ed(lineA), lineA, ""},
		{"lz4 long", "several blocks", lz4ed(long), long, ""},
		{"lz4 frames", "frames are concatenated", lz4ed(lineA) + lz4ed("") + lz4ed(lineB), lineA + lineB, ""},
		{"lz4 legacy", "lz4 -l, as kernels have it", lz4Legacy, lineA, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := readString(t, c.content)
			if got != c.want || errText(err) != c.err {
				t.Errorf("%s\n got %.80q, %v\nwant %.80q, %s", c.reason, got, err, c.want, c.err)
			}
			if strings.Contains(c.err, "cut off") && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%v does not wrap io.ErrUnexpectedEOF", err)
			}
		})
	}
}

// Of a long cut file, what was written comes before the error.
func TestOpenDeliversBeforeTheCut(t *testing.T) {
	long := strings.Repeat(lineA, 100_000)
	whole := gzipped(long)
	got, err := readString(t, whole[:len(whole)/2])
	if len(got) < len(long)/3 || !strings.HasPrefix(long, got) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d of %d bytes, %v", len(got), len(long), err)
	}
}

func TestOpenIgnoresTheName(t *testing.T) {
	tree(t, "plain.gz="+lineA, "access.log.1="+gzipped(lineA), "odd.zst="+bzip2A)
	for _, name := range []string{"plain.gz", "access.log.1", "odd.zst"} {
		sources, err := FromArgs([]string{name}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a file can be opened again
			if got, err := read(t, sources[0]); got != lineA || err != nil {
				t.Errorf("%s: got %q, %v", name, got, err)
			}
		}
	}
}

// readSizes records how much each read asks for.
type readSizes struct {
	io.Reader
	sizes []int
}

func (r *readSizes) Read(p []byte) (int, error) {
	r.sizes = append(r.sizes, len(p))
	return r.Reader.Read(p)
}

func TestLargeReadsPassThrough(t *testing.T) {
	const block = 1 << 20
	in := &readSizes{Reader: strings.NewReader(strings.Repeat("x", 4*block))}
	file := Source{name: "in", size: 4 * block, raw: func() (io.ReadCloser, error) { return io.NopCloser(in), nil }}
	r, err := file.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := make([]byte, block)
	if n, err := r.Read(p); n < longestMagic || err != nil {
		t.Fatalf("first Read: %d, %v", n, err)
	}
	if n, err := r.Read(p); n != block || err != nil {
		t.Errorf("second Read: %d, %v, want a whole block", n, err)
	}
	if last := in.sizes[len(in.sizes)-1]; last != block {
		t.Errorf("the source was asked for %v bytes, want %d", in.sizes, block)
	}
}

func TestReadErrors(t *testing.T) {
	boom := errors.New("boom")
	cases := []struct{ name, reason, before, want, err string }{
		{"at once", "nothing to sniff", "", "", "read in: boom"},
		{"plain", "the bytes before it count", strings.Repeat(lineA, 3), strings.Repeat(lineA, 3), "read in: stopped after 33 bytes: boom"},
		{"gzip", "not the data's fault", gzipped(lineA), lineA, "read in: the gzip data cannot be read further than 11 decompressed bytes: boom"},
		{"zstd", "not the data's fault", zstded(lineA), lineA, "read in: the zstd data cannot be read further than 11 decompressed bytes: boom"},
		{"bzip2", "not the data's fault", bzip2A, lineA, "read in: the bzip2 data cannot be read further than 11 decompressed bytes: boom"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := io.MultiReader(strings.NewReader(c.before), iotest.ErrReader(boom))
			got, err := read(t, FromReader("in", in))
			if got != c.want || errText(err) != c.err || !errors.Is(err, boom) {
				t.Errorf("%s\n got %q, %v\nwant %q, %s", c.reason, got, err, c.want, c.err)
			}
		})
	}
}

// A Read that returns bytes returns no error, and an error stays.
func TestReadErrorComesAlone(t *testing.T) {
	r, err := FromReader("in", iotest.DataErrReader(strings.NewReader(gzipped(lineA)[:25]))).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 64)
	var first error
	for first == nil {
		n, err := r.Read(p)
		if n > 0 && err != nil {
			t.Errorf("Read: %d, %v", n, err)
		}
		first = err
	}
	if _, again := r.Read(p); again != first {
		t.Errorf("then Read: %v, want %v", again, first)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := r.Read(p); !errors.Is(err, fs.ErrClosed) || errText(err) != "read in: file already closed" {
		t.Errorf("Read after Close: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	tree(t, "a.log")
	sources, err := FromArgs([]string{"a.log"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sources[0].Open(done); errText(err) != "open a.log: context canceled" || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := os.Remove("a.log"); err != nil {
		t.Fatal(err)
	}
	_, err = sources[0].Open(t.Context())
	if errText(err) != "open a.log: no such file; check the name, or give a directory or a glob" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("rotated away: %v", err)
	}
}

type closeCounter struct {
	io.Reader
	closed int
}

func (c *closeCounter) Close() error { c.closed++; return nil }

func TestFromReader(t *testing.T) {
	in := &closeCounter{Reader: strings.NewReader(lineA)}
	s := FromReader("app", in)
	if s.Name() != "app" || s.Found() || s.Size() != -1 {
		t.Errorf("got %q, %v, %d", s.Name(), s.Found(), s.Size())
	}
	if got, err := read(t, s); got != lineA || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if in.closed != 0 {
		t.Error("the reader was closed, but is the caller's")
	}
	const want = "open app: it was opened before, and a stream can be read once; save it to a file to read it again"
	if _, err := s.Open(t.Context()); errText(err) != want {
		t.Errorf("second Open: %v", err)
	}
}
