package middleware

import (
	"fmt"
	"runtime"
)

// PanicError says that something which the application handed to the Logger panicked. The
// request went on as if it had not been asked: a Level of "", a Sample of 1, a Skip of
// false, a RouteFunc of "". Where the writer or the slog handler panicked, a LossError
// wraps the PanicError, since the record is lost.
type PanicError struct {
	Panics uint64 // contained since the last PanicError; of the first of them the rest tells
	Func   string // the option, as "Level", or "SetError", "io.Writer", "slog.Handler"
	Value  any    // what it panicked with
	Stack  []byte // of the goroutine, as runtime.Stack has it, cut after 8 KiB
}

func (e *PanicError) Error() string {
	if e.Panics > 1 {
		return fmt.Sprintf("access log: %d panics, the first in %s: %v", e.Panics, e.Func, e.Value)
	}
	return fmt.Sprintf("access log: panic in %s: %v", e.Func, e.Value)
}

// Unwrap returns what it panicked with, if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// newPanicError tells of one panic. The deferred function that recovered calls it, so that
// the stack still shows where.
func newPanicError(name string, value any) *PanicError {
	stack := make([]byte, 8<<10)
	return &PanicError{Panics: 1, Func: name, Value: value, Stack: stack[:runtime.Stack(stack, false)]}
}

// contain, which must be deferred itself, ends a panic of the application's function name:
// whoever called that returns what its results hold.
func (o *output) contain(name string) {
	if p := recover(); p != nil {
		o.panics.Add(1)
		o.losses.addPanic(name, p)
	}
}

// failing, likewise, makes a panic an error.
func (o *output) failing(name string, err *error) {
	if p := recover(); p != nil {
		o.panics.Add(1)
		*err = newPanicError(name, p)
	}
}

// text is what err says. The Error method of a nil pointer, say, panics.
func (o *output) text(err error) (s string) {
	defer func() {
		if p := recover(); p != nil {
			o.panics.Add(1)
			o.losses.addPanic("SetError", p)
			s = fmt.Sprintf("!PANIC: %v", p) // as log/slog has it
		}
	}()
	return err.Error()
}
