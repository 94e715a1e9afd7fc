package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Resolve turns arguments into sources. An argument is
//
//   - "-", standard input, read from stdin, which stays the caller's;
//   - a file, or a named pipe;
//   - a directory, read with all that is under it in lexical order, but for
//     hidden and empty files, hidden directories, symbolic links to
//     directories, and what is not a regular file;
//   - a glob, if no file has that very name: its matches in lexical order,
//     without hidden ones unless its last element begins with a dot.
//
// The sources are in the order given, but for the files of a rotated log, as their names tell
// them: these stand together, the oldest first. A file that is reached in several ways, by
// links too, is read once, where it is mentioned first; it counts as named if it is named
// anywhere. Where a file and a compressed one of its name hold the same, the longer is
// read.
//
// Resolve returns the sources that could be resolved, notes on what it decided that the arguments
// do not say, each a sentence to be shown to the user, and an error that joins one for each
// argument, or file below it, that could not be resolved.
func Resolve(ctx context.Context, args []string, stdin io.Reader) (sources []Source, notes []string, err error) {
	r := newResolver(stdin)
	return r.all(ctx, args), r.notes, errors.Join(r.errs...)
}

// ResolveEmpty is Resolve for files of which none should be empty: where one in a directory is, it is
// a source as the others are.
func ResolveEmpty(ctx context.Context, args []string, stdin io.Reader) (sources []Source, notes []string, err error) {
	r := newResolver(stdin)
	r.empty = true
	return r.all(ctx, args), r.notes, errors.Join(r.errs...)
}

// ResolveLive is Resolve for a report that goes on. Files are followed, but not those that are
// compressed, nor those of a rotated log that are older than another one among the sources:
// these are read once. A file that is not there yet is waited for, if its directory is.
func ResolveLive(ctx context.Context, args []string, stdin io.Reader) (sources []Source, notes []string, err error) {
	r := newResolver(stdin)
	r.live = true
	sources = r.all(ctx, args)
	for i, s := range sources {
		rotated := i+1 < len(sources) && sources[i+1].size >= 0 && sameLog(s, sources[i+1])
		switch {
		case s.size < 0:
		case rotated || compressed(s):
			r.note("%s is read once, and not followed", quote(s.name))
		default:
			sources[i] = Follow(s.name)
			sources[i].found = s.found
		}
	}
	return sources, r.notes, errors.Join(r.errs...)
}

func sameLog(a, b Source) bool {
	x, _ := logOf(a.name)
	y, _ := logOf(b.name)
	return x == y
}

// compressed reports whether a file is, as far as that can be told.
func compressed(s Source) bool {
	f, err := s.raw()
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, longestMagic)
	n, _ := io.ReadFull(f, head)
	return sniff(head[:n]) != nil
}

// FromArgs is Resolve for those who need no notes.
func FromArgs(args []string, stdin io.Reader) ([]Source, error) {
	sources, _, err := Resolve(context.Background(), args, stdin)
	return sources, err
}

// enumerate names the sources, but not more than fit a line.
func enumerate(sources []Source) string {
	var b strings.Builder
	for i, s := range sources {
		if left := len(sources) - i; i >= 3 && left > 1 {
			fmt.Fprintf(&b, ", %d more, %s", left-1, quote(sources[len(sources)-1].name))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(s.name))
	}
	return b.String()
}

// resolver collects the sources.
type resolver struct {
	stdin      io.Reader
	stdinTaken bool
	sources    []Source
	infos      []fs.FileInfo    // of each source; nil for standard input of unknown kind
	seen       map[uint64][]int // fileKey → indexes in sources and infos
	live       bool             // what is not there is waited for
	empty      bool             // files in directories are sources
	notes      []string
	errs       []error
}

func newResolver(stdin io.Reader) *resolver {
	return &resolver{stdin: stdin, seen: map[uint64][]int{}}
}

// all resolves args, and brings what there is in order.
func (r *resolver) all(ctx context.Context, args []string) []Source {
	for _, arg := range args {
		if err := r.resolve(arg); err != nil {
			r.errs = append(r.errs, err)
		}
	}
	ordered, changed := byAge(withoutCopies(ctx, r.sources, r.note))
	for _, files := range changed {
		r.note("the rotated files are read in the order of their age: %s", enumerate(files))
	}
	return ordered
}

func (r *resolver) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *resolver) resolve(arg string) error {
	switch arg {
	case "":
		return errors.New("an argument is empty; name a file, a directory or a glob, or - for standard input")
	case "-":
		return r.addStdin()
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return r.addDir(arg)
	case err == nil:
		return r.addNamed(arg, info)
	case strings.ContainsAny(arg, "*?["):
		return r.addGlob(arg)
	case r.live && errors.Is(err, fs.ErrNotExist) && isDir(filepath.Dir(arg)):
		r.await(arg)
		return nil
	default:
		return openError(arg, err)
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// await adds a file that is not there yet.
func (r *resolver) await(path string) {
	path = filepath.Clean(path)
	if slices.ContainsFunc(r.sources, func(s Source) bool { return s.name == path }) {
		return
	}
	r.note("%s is waited for: %s", quote(path), missing(path))
	r.sources = append(r.sources, Follow(path))
	r.infos = append(r.infos, nil)
}

func (r *resolver) addStdin() error {
	if r.stdinTaken {
		return errors.New("-: standard input is given twice and can be read once; give - once")
	}
	if r.stdin == nil {
		return errors.New("-: there is no standard input; name a file")
	}
	r.stdinTaken = true
	s := FromReader(stdinName, r.stdin)
	// Standard input may be a file that is named as well: "- a.log <a.log".
	if f, ok := r.stdin.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			r.add(s, info)
			return nil
		}
	}
	r.sources = append(r.sources, s)
	r.infos = append(r.infos, nil)
	return nil
}

// addNamed adds a file that the user named.
func (r *resolver) addNamed(path string, info fs.FileInfo) error {
	mode := info.Mode()
	switch {
	case mode.IsRegular():
		// Only opening it tells whether it may be read, and the user wants to
		// know before the first gigabyte is.
		f, err := os.Open(path)
		if err != nil {
			return openError(path, err)
		}
		if err := f.Close(); err != nil {
			return openError(path, err)
		}
		r.add(fromFile(path, info.Size(), info.ModTime()), info)
		return nil
	case mode&fs.ModeNamedPipe != 0:
		r.add(fromPipe(path), info)
		return nil
	default:
		return fmt.Errorf("%s: it is %s, not a file; name a file, a directory or a glob, or - for standard input", quote(path), kind(mode))
	}
}

func (r *resolver) addDir(dir string) error {
	w := walk{resolver: r}
	w.dir(dir)
	if w.found > 0 || w.failed > 0 {
		return nil
	}
	if w.skipped > 0 {
		return fmt.Errorf("%s: the directory holds no log files (hidden, empty or not regular: %d); name a file or a glob", quote(dir), w.skipped)
	}
	return fmt.Errorf("%s: the directory holds no log files; name a file or a glob", quote(dir))
}

func (r *resolver) addGlob(pattern string) error {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return saying(err, "%s: there is no such file, and the name is malformed as a glob; close each [ with a ]", quote(pattern))
	}
	slices.Sort(paths)
	hidden := isHidden(filepath.Base(pattern))
	w := walk{resolver: r}
	for _, path := range paths {
		if !hidden && isHidden(filepath.Base(path)) {
			continue
		}
		w.match(path)
	}
	if w.found == 0 && w.failed == 0 && r.live {
		return fmt.Errorf("%s: there is no such file, and as a glob it matches none; only a file by its whole name is waited for", quote(pattern))
	}
	if w.found == 0 && w.failed == 0 {
		return fmt.Errorf("%s: there is no such file, and as a glob it matches none; check it with ls, or name the directory", quote(pattern))
	}
	return nil
}

// add appends s unless it is a file that is there already.
func (r *resolver) add(s Source, info fs.FileInfo) {
	key := fileKey(info)
	for _, i := range r.seen[key] {
		if os.SameFile(r.infos[i], info) {
			if !s.found {
				r.sources[i].found = false
			}
			if was := r.sources[i].name; filepath.Clean(was) != filepath.Clean(s.name) {
				r.note("%s is left out: it is the same file as %s", quote(s.name), quote(was))
			}
			return
		}
	}
	r.seen[key] = append(r.seen[key], len(r.sources))
	r.sources = append(r.sources, s)
	r.infos = append(r.infos, info)
}
