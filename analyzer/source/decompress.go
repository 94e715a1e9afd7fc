package source

import (
	"bufio"
	"compress/bzip2"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
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
	{"zstd", append([]string{"\x28\xb5\x2f\xfd"}, skippable...), openZstd},
	// "BZh1" alone could begin a line of text; the block that must follow, or
	// the end of an empty file, could not.
	{"bzip2", []string{"BZh?\x31\x41\x59\x26\x53\x59", "BZh?\x17\x72\x45\x38\x50\x90"}, openBzip2},
	{"xz", []string{xzMagic}, openXZ},
	{"lz4", []string{"\x04\x22\x4d\x18", "\x02\x21\x4c\x18"}, openLZ4}, // frames, and those of before 2014
}

// maxWindow is how much of what went before may be needed to decompress: what the zstd
// command takes without being told to take more, and twice what xz -9 asks for. A file that
// asks for more would decide how much memory is used.
const maxWindow = 128 << 20

// skippable are the beginnings of frames without data. Parallel zstd compressors put
// one first; lz4 has the same, but nothing that writes them first.
var skippable = func() (magics []string) {
	for first := range byte(16) {
		magics = append(magics, string([]byte{0x50 + first, 0x2a, 0x4d, 0x18}))
	}
	return magics
}()

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
	// A concurrency of 1 decodes in the caller's goroutine.
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

func openBzip2(r *bufio.Reader) (io.ReadCloser, error) {
	return io.NopCloser(bzip2.NewReader(r)), nil
}

func openLZ4(r *bufio.Reader) (io.ReadCloser, error) {
	return io.NopCloser(lz4.NewReader(r)), nil
}
