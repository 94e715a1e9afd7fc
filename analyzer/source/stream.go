package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// stream is what Open returns: the decompressed bytes, and errors that say
// whose they are and how far it went.
type stream struct {
	name   string
	method string // the compression, empty for plain bytes
	data   io.ReadCloser
	raw    io.Closer
	n      int64 // decompressed bytes delivered
	err    error // what the next Read returns; it stays
}

var _ io.ReadCloser = (*stream)(nil)

func (s *stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := s.data.Read(p)
	s.n += int64(n)
	if err == nil {
		return n, nil
	}
	s.err = err
	if err != io.EOF {
		s.err = s.failure(err)
	}
	if n > 0 {
		return n, nil // the bytes first, the error with the next Read
	}
	return 0, s.err
}

// Close frees the decompressor and closes the file. Closing again does nothing.
func (s *stream) Close() error {
	if s.raw == nil {
		return nil
	}
	err := errors.Join(s.data.Close(), s.raw.Close())
	s.raw = nil
	s.err = fmt.Errorf("read %s: %w", quote(s.name), fs.ErrClosed)
	if err != nil {
		return fmt.Errorf("close %s: %w", quote(s.name), cause(err))
	}
	return nil
}

// failure names the source in err, and says what of it was read.
func (s *stream) failure(err error) error {
	name, err := quote(s.name), cause(err)
	switch {
	case s.method == "":
		return fmt.Errorf("read %s: stopped after %d bytes: %w", name, s.n, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return saying(err, "read %s: the %s data is cut off after %d decompressed bytes; copy the file again, or wait until it is written whole",
			name, s.method, s.n)
	case errors.Is(err, errTrailing):
		return saying(err, "read %s: the %s data is whole (%d decompressed bytes), but bytes that are not %[2]s follow it and were not read; cut them off",
			name, s.method, s.n)
	default:
		return fmt.Errorf("read %s: the %s data cannot be read further than %d decompressed bytes: %w", name, s.method, s.n, err)
	}
}
