//go:build unix

package middleware

import (
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// ReopenOnSIGHUP reopens the file whenever the process gets SIGHUP, which logrotate's
// postrotate sends, until stop is called. Stop returns when no Reopen goes on, and may be
// called more than once. A Reopen that fails is told to slog.Default; the old file stays in
// use. Where there is no SIGHUP, as on Windows, it does nothing.
func (f *File) ReopenOnSIGHUP() (stop func()) {
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		defer close(done)
		for range signals {
			if err := f.Reopen(); err != nil {
				slog.Default().Error("access log not reopened", "error", err)
			}
		}
	}()
	return sync.OnceFunc(func() {
		signal.Stop(signals) // after which nothing is sent
		close(signals)
		<-done
	})
}
