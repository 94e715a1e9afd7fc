package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// walk adds what a directory holds, or a glob matches, and counts it.
type walk struct {
	*resolver
	found   int // files, also those that were there already
	skipped int // entries that are no candidates
	failed  int // entries that could not be looked at
}

// dir adds the files under path. It does not use filepath.WalkDir, which would
// not enter a symbolic link that the user named.
func (w *walk) dir(path string) {
	entries, err := os.ReadDir(path)
	if err != nil {
		w.fail(openError(path, err))
	}
	for _, e := range entries {
		w.entry(filepath.Join(path, e.Name()), e)
	}
}

func (w *walk) entry(path string, e fs.DirEntry) {
	if isHidden(e.Name()) {
		w.skipped++
		return
	}
	if e.IsDir() {
		w.dir(path)
		return
	}
	info := w.stat(path)
	if info == nil {
		return
	}
	if !info.Mode().IsRegular() || info.Size() == 0 && !w.empty {
		w.skipped++
		return
	}
	w.found++
	s := fromFile(path, info.Size(), info.ModTime())
	s.found = true
	w.add(s, info)
}

// match adds what a glob matched: a file as if it were named, as it is where
// the shell expands the glob, and a directory with all that is under it. A
// pipe is left out: to open one that nobody writes to would wait for ever.
func (w *walk) match(path string) {
	info := w.stat(path)
	switch {
	case info == nil:
	case info.IsDir():
		w.dir(path)
	case info.Mode().IsRegular():
		w.found++
		if err := w.addNamed(path, info); err != nil {
			w.fail(err)
		}
	default:
		w.skipped++
	}
}

// stat follows symbolic links. It returns nil where there is nothing to read,
// after counting it.
func (w *walk) stat(path string) fs.FileInfo {
	info, err := os.Stat(path)
	switch {
	case err == nil:
		return info
	case errors.Is(err, fs.ErrNotExist):
		w.skipped++ // a link to nothing, or a file that was rotated away
	default:
		w.fail(openError(path, err))
	}
	return nil
}

func (w *walk) fail(err error) {
	w.failed++
	w.errs = append(w.errs, err)
}

func isHidden(name string) bool {
	return strings.HasPrefix(name, ".") && name != "." && name != ".."
}
