package main

import (
	"errors"
	"io"
	"syscall"
)

// isClosedPipe reports whether the reader of the output went away, as head does: what it
// wanted it has.
func isClosedPipe(err error) bool {
	const noData = syscall.Errno(232) // ERROR_NO_DATA: the pipe is being closed
	return errors.Is(err, syscall.ERROR_BROKEN_PIPE) || errors.Is(err, noData) || errors.Is(err, io.ErrClosedPipe)
}
