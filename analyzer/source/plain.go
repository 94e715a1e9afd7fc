package source

import (
	"context"
	"fmt"
	"io"
	"os"
)

// Plain is a file that is not compressed, of which any part can be read. It belongs to the
// caller, who closes it. Its errors name the source.
type Plain struct {
	name    string
	file    *os.File
	raw     io.Closer // the file, or who watches it
	watched *watched  // nil where nobody does
	size    int64
}

var (
	_ io.ReaderAt = (*Plain)(nil)
	_ io.Closer   = (*Plain)(nil)
)

// OpenPlain opens the source for reading any part of it. It returns nil and no error where the
// source is none of which parts can be read: a stream, a file that is followed or compressed.
func (s Source) OpenPlain(ctx context.Context) (*Plain, error) {
	if s.live || s.size < 0 {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open %s: %w", quote(s.name), err)
	}
	raw, err := s.raw()
	if err != nil {
		return nil, openError(s.name, err)
	}
	p := &Plain{name: s.name, raw: raw}
	var inner io.Reader = raw
	if w, ok := raw.(*watched); ok {
		p.watched, inner = w, w.ReadCloser
	}
	file, ok := inner.(*os.File)
	if !ok {
		return nil, raw.Close()
	}
	head := make([]byte, longestMagic)
	n, err := file.ReadAt(head, 0)
	info, statErr := file.Stat()
	if err != nil && err != io.EOF || statErr != nil || sniff(head[:n]) != nil {
		return nil, raw.Close() // Open says better what is wrong
	}
	p.file, p.size = file, info.Size()
	return p, nil
}

// Size returns the bytes that the file had when it was opened.
func (p *Plain) Size() int64 { return p.size }

// ReadAt is that of an [io.ReaderAt].
func (p *Plain) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.file.ReadAt(b, off)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("read %s: at byte %d: %w", quote(p.name), off, cause(err))
	}
	return n, err
}

// Section returns the bytes from offset from to offset to, as all that will be read.
func (p *Plain) Section(from, to int64) io.Reader {
	s := io.NewSectionReader(p, from, to-from)
	if p.watched == nil {
		return s
	}
	p.watched.expect(to - from)
	return &counting{s, p.watched}
}

// counting tells who watches a file what is read of a part.
type counting struct {
	io.Reader
	watched *watched
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.watched.count(n)
	return n, err
}

// Close closes the file.
func (p *Plain) Close() error { return p.raw.Close() }
