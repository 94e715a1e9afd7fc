package analyzer

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/loganalyze/loganalyze/analyzer/format"
)

const (
	blockSize = 512 << 10
	maxLine   = 1 << 20 // bytes of the longest line that is read; formats.md's default
)

// block is a run of whole lines of one input.
type block struct {
	in        *input
	number    uint64            // in the order in which blocks are sent, from 0
	ordinal   int               // the same among those of the input
	detection *format.Detection // how it is read
	line      uint64            // the number of its first line; 0 is unknown
	offset    uint64            // of its first byte
	header    []byte            // the line before that says how to read the data, if the format has such
	data      []byte            // whole lines; the input's last one may lack its newline
	skipped   uint64            // if not 0: one line that is too long, this many bytes of it beyond data
	buf       []byte

	endFits *bool // whether its last lines are read as those before it; nil is not known
}

var blockPool = sync.Pool{New: func() any { return &block{buf: make([]byte, blockSize)} }}

// release gives the block back for reuse. Nothing may point into its data any more.
func (b *block) release() {
	if len(b.buf) != blockSize { // a long line's, or none: what is reused has one size
		b.buf = make([]byte, blockSize)
	}
	b.in, b.detection, b.header, b.data, b.skipped, b.endFits = nil, nil, nil, nil, 0, nil
	blockPool.Put(b)
}

// splitter cuts a stream into blocks.
type splitter struct {
	in   *input
	r    io.Reader
	line uint64 // the number of the next line; 0 is unknown
	at   uint64 // the offset of the next byte to be given out
	rest []byte // the start of a line whose end is still to come
	live bool   // more may be long in coming: blocks need not be full
	eof  bool
	err  error // what ended the reading other than the end of the stream
}

func newSplitter(in *input, r io.Reader) *splitter { return &splitter{in: in, r: r, line: 1} }

// next returns the next block, or nil and io.EOF after the last.
func (s *splitter) next(ctx context.Context) (*block, error) {
	if s.eof {
		return nil, io.EOF
	}
	b := blockPool.Get().(*block)
	if len(s.rest) >= len(b.buf) {
		b.buf = make([]byte, maxLine+1)
	}
	n := copy(b.buf, s.rest)
	s.rest = s.rest[:0]
	for {
		if err := ctx.Err(); err != nil {
			return s.last(ctx, b, n, err)
		}
		m, err := s.r.Read(b.buf[n:])
		if n += m; n < len(b.buf) {
			if err != nil {
				return s.last(ctx, b, n, err)
			}
			if end := bytes.LastIndexByte(b.buf[n-m:n], '\n') + 1; s.live && end > 0 {
				end += n - m
				s.rest = append(s.rest, b.buf[end:n]...)
				return s.cut(b, end), nil
			}
			continue
		}
		end := bytes.LastIndexByte(b.buf, '\n') + 1
		switch {
		case end == 0 && n > maxLine:
			return s.skip(ctx, b, err), nil
		case err != nil:
			return s.last(ctx, b, n, err)
		case end > 0:
			s.rest = append(s.rest, b.buf[end:]...)
			return s.cut(b, end), nil
		}
		// The buffer grows once, to where one more byte makes a line too long.
		b.buf = append(b.buf, make([]byte, maxLine+1-n)...)
	}
}

// cut makes a block of the first end bytes.
func (s *splitter) cut(b *block, end int) *block {
	b.in, b.line, b.offset, b.data = s.in, s.line, s.at, b.buf[:end]
	s.at += uint64(end)
	if s.line > 0 {
		s.line += uint64(bytes.Count(b.data, newline))
	}
	return b
}

var newline = []byte{'\n'}

// end remembers why there is no more to read.
func (s *splitter) end(err error) {
	s.eof = true
	if err != io.EOF {
		s.err = err
	}
}

// last makes the last block.
func (s *splitter) last(ctx context.Context, b *block, n int, err error) (*block, error) {
	s.end(err)
	if ctx.Err() != nil {
		// Nobody cut the line within which reading was stopped: it is left out.
		n = bytes.LastIndexByte(b.buf[:n], '\n') + 1
	}
	if n == 0 {
		b.release()
		return nil, io.EOF
	}
	return s.cut(b, n), nil
}

// skip reads to the end of a line that is too long, and makes a block of its start. err is
// what the last read returned.
func (s *splitter) skip(ctx context.Context, b *block, err error) *block {
	const keep = 4 << 10
	b.in, b.line, b.offset = s.in, s.line, s.at
	b.data, b.skipped = bytes.Clone(b.buf[:keep]), uint64(len(b.buf)-keep)
	b.buf = nil // many such may be held until a format is detected
	if s.line > 0 {
		s.line++
	}
	defer func() { s.at += keep + b.skipped }()
	rest := make([]byte, 64<<10)
	for n := 0; err == nil; {
		if err = ctx.Err(); err != nil {
			break
		}
		n, err = s.r.Read(rest)
		if i := bytes.IndexByte(rest[:n], '\n'); i >= 0 {
			b.skipped += uint64(i) + 1
			s.rest = append(s.rest, rest[i+1:n]...)
			return b // an error comes again with the next read
		}
		b.skipped += uint64(n)
	}
	s.end(err)
	return b
}
