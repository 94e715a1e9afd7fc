package middleware

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// File is a log file that is appended to, and that can be reopened when logrotate
// has moved it away. Its methods may be called from any goroutine.
type File struct {
	path string
	mu   sync.Mutex              // held by Reopen and Close, and not by a Write, which may hang
	f    atomic.Pointer[os.File] // nil once closed
}

var _ io.WriteCloser = (*File)(nil)

// OpenFile opens the log file at path for appending, and makes it (mode 0640 less
// the umask) if need be. Every Write goes to the file's end at that moment, so that
// several processes may share it. Where the file's last line was cut off, by a crash
// say, that line is ended first.
func OpenFile(path string) (*File, error) {
	f, err := openAppend(path)
	if err != nil {
		return nil, err
	}
	file := &File{path: path}
	file.f.Store(f)
	return file, nil
}

// Write appends b with one write to the file.
func (f *File) Write(b []byte) (int, error) {
	for {
		cur := f.f.Load()
		if cur == nil {
			return 0, fmt.Errorf("append to log %s: %w", f.path, fs.ErrClosed)
		}
		n, err := cur.Write(b)
		if n == 0 && errors.Is(err, fs.ErrClosed) && f.f.Load() != cur {
			continue // Reopen was faster
		}
		return n, err
	}
}

// Reopen opens the path anew and then closes the old file, for use after the file
// was renamed. When it fails, the old file stays in use.
func (f *File) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.f.Load() == nil {
		return fmt.Errorf("reopen log %s: %w", f.path, fs.ErrClosed)
	}
	next, err := openAppend(f.path)
	if err != nil {
		return err
	}
	return f.f.Swap(next).Close()
}

// Close closes the file, also while a Write hangs. Further Writes fail.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.f.Swap(nil)
	if old == nil {
		return fmt.Errorf("close log %s: %w", f.path, fs.ErrClosed)
	}
	return old.Close()
}

func openAppend(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	if err := endLine(path, f); err != nil {
		return nil, errors.Join(fmt.Errorf("open log: %w", err), f.Close())
	}
	return f, nil
}

// endLine ends the last line of the regular file f, unless it is ended or nobody may
// read it.
func endLine(path string, f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return err
	}
	r, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer r.Close()
	for size := info.Size(); ; size = info.Size() {
		var last [1]byte
		if _, err := r.ReadAt(last[:], size-1); err != nil || last[0] == '\n' {
			return nil
		}
		// Another process may be in the middle of a line: it is cut off only if nothing
		// follows.
		time.Sleep(5 * time.Millisecond)
		if info, err = f.Stat(); err != nil {
			return err
		}
		if info.Size() <= size {
			_, err = f.Write([]byte("\n"))
			return err
		}
	}
}
