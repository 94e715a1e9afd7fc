package source

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// gzipMagic ends with the one compression method that gzip has.
const gzipMagic = "\x1f\x8b\x08"

// errTrailing marks what follows whole compressed data and is not part of it.
var errTrailing = errors.New("trailing garbage")

// gzipReader reads the members of a gzip file one after the other. The
// decompressor could do that by itself, but calls both padding and garbage
// after the last member a bad header, and takes a member that is cut off in
// its file name for a proper end.
type gzipReader struct {
	br     *bufio.Reader
	member *gzip.Reader // nil before the first
}

func openGzip(r *bufio.Reader) (io.ReadCloser, error) {
	return io.NopCloser(&gzipReader{br: r}), nil
}

func (g *gzipReader) Read(p []byte) (n int, err error) {
	for n == 0 && err == nil {
		if g.member != nil {
			n, err = g.member.Read(p)
		}
		if g.member == nil || err == io.EOF {
			err = g.next()
		}
	}
	return n, err
}

// next starts the next member. It returns io.EOF if there is none.
func (g *gzipReader) next() error {
	head, err := g.br.Peek(len(gzipMagic))
	if err != nil && err != io.EOF {
		return err
	}
	if len(head) == 0 {
		return io.EOF
	}
	if !strings.HasPrefix(gzipMagic, string(head)) {
		return g.padding()
	}
	if g.member == nil {
		g.member = new(gzip.Reader)
	}
	if err = g.member.Reset(g.br); err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	g.member.Multistream(false)
	return err
}

// padding reads the zeros that tapes and block devices leave after the last
// member. It returns io.EOF if nothing else is left.
func (g *gzipReader) padding() error {
	for {
		b, err := g.br.ReadByte()
		if err != nil {
			return err
		}
		if b != 0 {
			return errTrailing
		}
	}
}
