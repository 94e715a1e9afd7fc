package middleware

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// ReadFrom keeps sendfile: io.Copy hands src as it is to a writer that can read
// from it.
func (rec *recorder) ReadFrom(src io.Reader) (int64, error) {
	rec.header()
	from := &source{Reader: src}
	if !isFile(src) {
		src = from
	}
	returned := false
	defer func() {
		if !returned {
			rec.tookFrom(from.n) // the source panicked
		}
	}()
	n, err := io.Copy(rec.ResponseWriter, src)
	returned = true
	rec.tookFrom(n)
	if err != nil && (from.err == nil || !errors.Is(err, from.err)) && (rec.req.Context().Err() != nil || isSystem(err)) {
		rec.failed(err)
	} // any other error is the source's
	return n, err
}

// tookFrom notes n bytes of ReadFrom, which on TCP sends the header once it has
// read what it needs to sniff the content type.
func (rec *recorder) tookFrom(n int64) {
	rec.wrote(n, nil)
	_, direct := rec.ResponseWriter.(io.ReaderFrom)
	if direct && n >= sniffLen && rec.req.TLS == nil && rec.req.ProtoMajor == 1 {
		rec.left, rec.taken = true, 0
	}
}

const sniffLen = 512

// source tells what its reader failed of, and how much it gave before it panicked.
type source struct {
	io.Reader
	n   int64
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.n += int64(n)
	if err != io.EOF {
		s.err = err
	}
	return n, err
}

// isFile reports whether src is something that the system can send by itself, for
// which it must be handed on as it is.
func isFile(src io.Reader) bool {
	if l, ok := src.(*io.LimitedReader); ok {
		src = l.R
	}
	_, ok := src.(syscall.Conn)
	return ok
}

// isSystem reports whether the operating system refused the write.
func isSystem(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}
