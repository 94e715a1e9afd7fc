package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// badLines is the file that --bad-lines names, nil where it names none.
type badLines struct {
	path string
	file *os.File
	buf  *bufio.Writer
}

// openBadLines makes the file before anything is read: who asks for the lines wants them
// whatever happens then.
func openBadLines(path string) (*badLines, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("--bad-lines: %w; name a file in a folder that exists and may be written to", err)
	}
	if isTerminal(f) {
		// The lines are written as they are, and may hold what makes terminals do things.
		return nil, errors.Join(fmt.Errorf("--bad-lines %s: it is a terminal, and the lines may hold control characters; name a file", path), f.Close())
	}
	return &badLines{path: path, file: f, buf: bufio.NewWriterSize(f, 64<<10)}, nil
}

func (b *badLines) writer() io.Writer {
	if b == nil {
		return nil
	}
	return b
}

// Write leaves it to close to tell of an error, once.
func (b *badLines) Write(p []byte) (int, error) {
	b.buf.Write(p)
	return len(p), nil
}

func (b *badLines) close() error {
	if b == nil {
		return nil
	}
	if err := errors.Join(b.buf.Flush(), b.file.Close()); err != nil {
		// Not wrapped: where the reader of a pipe went away, run would take it for the report's.
		return fmt.Errorf("--bad-lines %s: %v", b.path, err)
	}
	return nil
}
