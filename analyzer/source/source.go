// Package source turns command-line arguments into named streams of log bytes.
//
// [Resolve] turns files, directories, globs and standard input into a list of
// [Source] values, each file once, rotated ones by age. [Source.Open] looks at the first bytes,
// picks the decompressor that they call for, and returns a reader whose errors
// name the source. What the bytes mean is for package format to say.
package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// stdinName is how standard input is called in reports and errors.
const stdinName = "stdin"

// bufferSize is what decompressors read ahead, and where reads of plain bytes
// begin to bypass the buffer.
const bufferSize = 64 << 10

// Source is one named stream of log bytes. The zero Source cannot be opened:
// get one from [FromArgs] or [FromReader]. A Source may be copied, and used by
// several goroutines at once.
type Source struct {
	name  string
	found bool
	size  int64
	live  bool
	// modified is the file's; zero for what can be opened once.
	modified time.Time
	raw      func() (io.ReadCloser, error)
	kept     *keeper // nil where what is read is not kept
}

// Name returns the source's name as the user would write it: the path as it
// was given, joined with the rest for a file in a directory, or "stdin".
func (s Source) Name() string { return s.name }

// Found reports whether the file was found in a directory. Such a file may
// turn out not to be a log, where one that the user named, or a glob matched,
// was meant to be one.
func (s Source) Found() bool { return s.found }

// Size returns the bytes on disk when the argument was resolved, compressed if
// the file is. It is -1 for a file that is followed, which has no end, and for
// standard input, a named pipe and a reader: these can be opened once, where a file
// can be opened again and again.
func (s Source) Size() int64 { return s.size }

// Modified returns when the file had last been written to as the argument was resolved. It
// is the zero Time for standard input, a named pipe and a reader.
func (s Source) Modified() time.Time { return s.modified }

// Live reports whether the source is a file that is followed.
func (s Source) Live() bool { return s.live }

// Open returns the source's bytes, decompressed. It reads the first bytes to
// tell how they are compressed, and may so wait for the writer of a pipe. A
// ctx that is done makes it fail, and ends reads of what can be opened once,
// which may wait for a writer for ever; reads of files go on.
//
// The reader belongs to the caller, who closes it, and is for one goroutine at
// a time. Its errors name the source. A Read that returns bytes returns no
// error: every byte that could be had comes before the error that ended them.
// Where the compressed data is cut off, that error wraps
// [io.ErrUnexpectedEOF].
func (s Source) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open %s: %w", quote(s.name), err)
	}
	if s.live {
		f := newFollower(ctx, s.name)
		return &stream{name: s.name, raw: f, data: io.NopCloser(f)}, nil
	}
	raw, err := s.start(ctx)
	if err != nil {
		return nil, openError(s.name, err)
	}
	r, err := newStream(s.name, raw)
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return r, nil
}

// Spool returns a source of the same name and bytes that can be opened again and again: the source
// itself if it can, else its bytes in a temporary file, which it reads to the end first. remove
// removes that file. It fails where the source cannot be read or the system has no room.
func (s Source) Spool(ctx context.Context) (spooled Source, remove func() error, err error) {
	if s.size >= 0 {
		return s, func() error { return nil }, nil
	}
	raw, err := s.start(ctx)
	if err != nil {
		return s, nil, openError(s.name, err)
	}
	defer raw.Close()
	f, err := os.CreateTemp("", "loganalyze-*")
	if err != nil {
		return s, nil, fmt.Errorf("keep %s to read it twice: %w", quote(s.name), err)
	}
	defer f.Close()
	if s.size, err = io.Copy(f, raw); err != nil {
		return s, nil, errors.Join(fmt.Errorf("keep %s in %s to read it twice: %w", quote(s.name), f.Name(), err), os.Remove(f.Name()))
	}
	s.raw = func() (io.ReadCloser, error) { return os.Open(f.Name()) }
	return s, func() error { return os.Remove(f.Name()) }, nil
}

// start opens the raw bytes. What can be opened once is a stream, and opening a named pipe
// waits for its writer.
func (s Source) start(ctx context.Context) (io.ReadCloser, error) {
	if s.size >= 0 {
		return s.raw()
	}
	var raw io.ReadCloser
	var err error
	opened := make(chan struct{})
	go func() {
		raw, err = s.raw()
		close(opened)
	}()
	select {
	case <-opened:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	return interruptible(ctx, raw), nil
}

// FromReader returns a source that reads r, decompressed like any other. It
// can be opened once; a second Open returns an error. Closing what Open
// returned leaves r open, as r stays the caller's.
func FromReader(name string, r io.Reader) Source {
	return Source{name: name, size: -1, raw: once(func() (io.ReadCloser, error) {
		return io.NopCloser(r), nil
	})}
}

func fromFile(path string, size int64, modified time.Time) Source {
	return Source{name: path, size: size, modified: modified, raw: func() (io.ReadCloser, error) {
		return os.Open(path)
	}}
}

// fromPipe makes a source of a named pipe. A second os.Open of it would wait
// for a writer that never comes, hence once.
func fromPipe(path string) Source {
	s := fromFile(path, -1, time.Time{})
	s.raw = once(s.raw)
	return s
}

var errConsumed = errors.New("it was opened before, and a stream can be read once; save it to a file to read it again")

func once(open func() (io.ReadCloser, error)) func() (io.ReadCloser, error) {
	var opened atomic.Bool
	return func() (io.ReadCloser, error) {
		if opened.Swap(true) {
			return nil, errConsumed
		}
		return open()
	}
}

// newStream sniffs raw and returns its decompressed bytes. On an error raw is
// still the caller's to close.
func newStream(name string, raw io.ReadCloser) (*stream, error) {
	br := bufio.NewReaderSize(raw, bufferSize)
	head, err := br.Peek(longestMagic)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("read %s: %w", quote(name), cause(err))
	}
	s := &stream{name: name, raw: raw}
	c := sniff(head)
	if c == nil {
		// bufio hands out what was peeked, and then passes any read of at
		// least its size straight to raw.
		s.data = io.NopCloser(br)
		return s, nil
	}
	s.method = c.name
	if s.data, err = c.open(br); err != nil {
		return nil, s.failure(err)
	}
	return s, nil
}
