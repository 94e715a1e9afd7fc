package source

import (
	"bufio"
	"compress/bzip2"
	"io"

	"github.com/klauspost/compress/zstd"
)

// compression is a way to compress, told by how its files begin.
type compression struct {
	name   string
	magics []string // '?' stands for any byte
	open   func(*bufio.Reader) (io.ReadCloser, error)
}

// compressions is all that can be read. The magic bytes alone decide: rotated
// logs are called .gz and are not, or are and are called .1.
var compressions = []compression{
	{"gzip", []string{gzipMagic}, openGzip},
	// Parallel zstd compressors begin with a skippable frame.
	{"zstd", []string{"\x28\xb5\x2f\xfd", "\x50\x2a\x4d\x18"}, openZstd},
	// "BZh1" alone could begin a line of text; the block that must follow, or
	// the end of an empty file, could not.
	{"bzip2", []string{"BZh?\x31\x41\x59\x26\x53\x59", "BZh?\x17\x72\x45\x38\x50\x90"}, openBzip2},
}

var longestMagic = func() int {
	n := 0
	for _, c := range compressions {
		for _, m := range c.magics {
			n = max(n, len(m))
		}
	}
	return n
}()

// sniff returns the compression of a stream that begins with head, or nil for
// plain bytes.
func sniff(head []byte) *compression {
	for i, c := range compressions {
		for _, m := range c.magics {
			if matches(head, m) {
				return &compressions[i]
			}
		}
	}
	return nil
}

func matches(head []byte, magic string) bool {
	if len(head) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != head[i] {
			return false
		}
	}
	return true
}

func openZstd(r *bufio.Reader) (io.ReadCloser, error) {
	// A concurrency of 1 decodes in the caller's goroutine. The window is what the zstd command
	// takes without being told to take more.
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

func openBzip2(r *bufio.Reader) (io.ReadCloser, error) {
	return io.NopCloser(bzip2.NewReader(r)), nil
}
