package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// said is an error with a text of its own, for where the text of the error
// below would only repeat it.
type said struct {
	text string
	err  error
}

func (e *said) Error() string { return e.text }
func (e *said) Unwrap() error { return e.err }

func saying(err error, format string, args ...any) error {
	return &said{text: fmt.Sprintf(format, args...), err: err}
}

// openError explains why the file or directory called name cannot be opened.
func openError(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return saying(err, "open %s: %s", quote(name), missing(name))
	case errors.Is(err, fs.ErrPermission):
		return saying(err, "open %s: permission denied; read it as a user who may, or pipe it to standard input", quote(name))
	default:
		return fmt.Errorf("open %s: %w", quote(name), cause(err))
	}
}

// missing says what is not there, and what may have been meant.
func missing(name string) string {
	if target, err := os.Readlink(name); err == nil {
		return fmt.Sprintf("the symbolic link leads to %s, which does not exist; name another file", quote(target))
	}
	dir, base := filepath.Split(filepath.Clean(name))
	entries, err := os.ReadDir(filepath.Clean(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("no such file, and no directory %s; check the path", quote(filepath.Clean(dir)))
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	if like := MostLike(base, names); like != "" {
		return fmt.Sprintf("no such file; did you mean %s?", quote(dir+like))
	}
	return "no such file; check the name, or give a directory or a glob"
}

// cause strips the operation and path that package os puts before an error, as
// ours says them already.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// kind names what is neither file, directory nor pipe.
func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	default:
		return "a special file"
	}
}

// quote returns name as it is, or quoted if it would disturb the line or the
// terminal that it is printed to.
func quote(name string) string {
	odd := func(r rune) bool { return !strconv.IsPrint(r) }
	if name == "" || strings.ContainsFunc(name, odd) {
		return strconv.Quote(name)
	}
	return name
}
