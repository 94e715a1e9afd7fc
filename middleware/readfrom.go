package middleware

import (
	"errors"
	"io"
	"net/http"
	"os"
	"syscall"

	"github.com/urfave/negroni/v3"
)

// ReadFrom keeps sendfile: io.Copy hands src as it is to a writer that can read
// from it. The header goes out with the first bytes that src gives, and where it gives
// none, the handler may still choose another.
func (rec *recorder) ReadFrom(src io.Reader) (int64, error) {
	if rec.eager() {
		rec.header()
	}
	from := &source{Reader: src, rec: rec}
	if _, direct := rec.ResponseWriter.(io.ReaderFrom); !direct || !isFile(src) {
		src = from
	}
	returned := false
	defer func() {
		if !returned {
			rec.tookFrom(from.n) // the source panicked
		}
	}()
	begin := sinceEpoch() - rec.start
	n, err := io.Copy(rec.ResponseWriter, src)
	returned = true
	failed := err != nil && (from.err == nil || !errors.Is(err, from.err)) && (rec.req.Context().Err() != nil || isSystem(err))
	if rec.status == 0 && rec.conn == nil && (n > 0 || failed || errors.Is(err, http.ErrContentLength)) { // of a file
		rec.sent(rec.sentBelow(http.StatusOK))
		rec.ttfb = begin
	}
	rec.tookFrom(n)
	if failed {
		rec.failed(err)
	} // any other error is the source's
	return n, err
}

// eager reports whether the header goes out before anything is read: negroni's writer does
// so in its ReadFrom, and hooks run before the header.
func (rec *recorder) eager() bool {
	if len(rec.hooks) > 0 {
		return true
	}
	if below, ok := rec.ResponseWriter.(interface{ eager() bool }); ok {
		return below.eager()
	}
	_, ok := rec.ResponseWriter.(negroni.ResponseWriter)
	return ok
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

// source notes the header when its reader gives the first bytes, and tells what that
// failed of and how much it gave before it panicked.
type source struct {
	io.Reader
	rec *recorder
	n   int64
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if s.n += int64(n); n > 0 {
		s.rec.header()
	}
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
