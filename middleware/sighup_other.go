//go:build !unix

package middleware

// ReopenOnSIGHUP does nothing: this system has no SIGHUP. Elsewhere it reopens the file
// whenever the process gets one, until stop is called.
func (f *File) ReopenOnSIGHUP() (stop func()) { return func() {} }
