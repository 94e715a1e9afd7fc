//go:build !windows

package main

import (
	"errors"
	"io"
	"syscall"
)

// isClosedPipe reports whether the reader of the output went away, as head does: what it
// wanted it has.
func isClosedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}
