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
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	pollEvery = 250 * time.Millisecond
	// linger is how long a file that was rotated away is read on after it last grew: processes
	// that serve long requests, and those that nobody told, go on writing to it.
	linger = 5 * time.Minute
	// maxRotated bounds how many such files are kept open.
	maxRotated = 8
	// patience is how long a file may be there and not be readable: a rotation makes it first,
	// and gives it to its owner then.
	patience = 10 * time.Second
)

// Follow returns a source that reads the file at path as it grows, from its start on, and what
// comes in its place. Reads wait for more until the context of Open is done, and then fail with
// its cause; what they return ends with whole lines, unless a line takes more than a MiB.
//
// It loses nothing when the file is renamed and made anew, when it is missing for a while or
// not there yet, or when path is a symbolic link that is turned: the old file is read on, for
// the processes that still write to it. Files that came and went between two looks are found
// beside it by their names. When the file is copied and truncated, what was not yet read is
// read from the copy, if that is in the same directory and not compressed; what is written
// between copy and truncation is lost to everyone, and a file that is truncated before anything
// of it was read cannot be told from one that had nothing in it.
//
// The bytes are not decompressed.
func Follow(path string) Source { return Source{name: path, size: -1, live: true} }

// follower reads a path across rotations. Nothing happens but in Read.
type follower struct {
	ctx      context.Context
	path     string
	tails    []*tail   // the oldest first
	current  *tail     // what path led to last, one of tails; nil as long as there was none
	before   []rotated // what had been rotated away when the following began
	out      []byte    // to be handed out
	changed  <-chan struct{}
	unwatch  func()
	ticker   *time.Ticker
	deniedAt time.Time // since when the file at path cannot be opened; zero if it can
}

func newFollower(ctx context.Context, path string) *follower {
	f := &follower{ctx: ctx, path: path, ticker: time.NewTicker(pollEvery)}
	f.changed, f.unwatch = watch(filepath.Dir(path))
	f.before = f.rotated()
	return f
}

// watch tells of changes in a directory, as far as the system does. Polling goes on besides:
// there are file systems that tell nothing, limits on watches, and links that lead elsewhere.
func watch(dir string) (changed <-chan struct{}, stop func()) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, func() {}
	}
	if err := w.Add(dir); err != nil {
		w.Close()
		return nil, func() {}
	}
	wake, ended := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var open bool
			select {
			case _, open = <-w.Events:
			case _, open = <-w.Errors:
			}
			if !open {
				return
			}
			select {
			case wake <- struct{}{}:
			default: // it is told already
			}
		}
	}()
	return wake, func() {
		w.Close()
		<-ended
	}
}

func (f *follower) Read(p []byte) (int, error) {
	for len(f.out) == 0 {
		if f.ctx.Err() != nil {
			return 0, context.Cause(f.ctx)
		}
		var err error
		if f.out, err = f.next(); err != nil {
			return 0, err
		}
		if len(f.out) == 0 {
			f.wait()
		}
	}
	n := copy(p, f.out)
	f.out = f.out[n:]
	return n, nil
}

func (f *follower) wait() {
	select {
	case <-f.changed:
	case <-f.ticker.C:
	case <-f.ctx.Done():
	}
}

func (f *follower) Close() error {
	f.ticker.Stop()
	f.unwatch()
	var errs []error
	for _, t := range f.tails {
		errs = append(errs, t.file.Close())
	}
	return errors.Join(errs...)
}

// next returns lines, of the older file first, or none where there are none now. It looks for
// a new file when all that are open were read to their ends.
func (f *follower) next() ([]byte, error) {
	for {
		lines, err := f.read()
		if err != nil || len(lines) > 0 {
			return lines, err
		}
		found, err := f.look()
		if err != nil {
			return nil, err
		}
		if !found {
			return f.dropOld(), nil
		}
	}
}

func (f *follower) read() ([]byte, error) {
	for i := 0; i < len(f.tails); {
		t := f.tails[i]
		lines, err := t.lines()
		switch {
		case err == errRestarted && t == f.current:
			f.restart(i)
		case err == errRestarted: // an old copy is overwritten by the next one
			if line := f.drop(i); line != nil {
				return line, nil
			}
		case err != nil || len(lines) > 0:
			return lines, err
		default:
			i++
		}
	}
	return nil, nil
}

// restart goes on after tail i, the current one, was truncated: in the copy that was made before, in whatever
// was copied since, and then in the file itself.
func (f *follower) restart(i int) {
	t := f.tails[i]
	copies := f.copies(t)
	t.restart(len(copies) > 0)
	f.tails = slices.Insert(f.tails, i, copies...)
}

// look opens what path leads to if it is another file than before, and what came in between.
func (f *follower) look() (found bool, err error) {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil && f.current != nil && os.SameFile(info, f.current.info) {
		return false, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		return false, errors.New("there is no file any more, but a directory or something else")
	}
	var t *tail
	if err == nil {
		t, err = openTail(f.path)
	}
	if err != nil {
		return false, f.denied(err)
	}
	f.deniedAt = time.Time{}
	f.tails = append(append(f.tails, f.missed(t)...), t)
	f.current = t
	return true, nil
}

// denied forgives an error for a while.
func (f *follower) denied(err error) error {
	if f.deniedAt.IsZero() {
		f.deniedAt = time.Now()
	}
	if errors.Is(err, fs.ErrNotExist) || time.Since(f.deniedAt) < patience {
		return nil
	}
	return fmt.Errorf("it was replaced by a file that cannot be read: %w", cause(err))
}

// missed opens the files that stood at path between the current one, or the beginning, and t.
func (f *follower) missed(t *tail) []*tail {
	var between []rotated
	for _, r := range f.rotated() { // the newest first
		switch {
		case os.SameFile(r.info, t.info):
			between = nil // t itself was rotated away by now
		case f.known(r):
			return openRotated(between)
		default:
			between = append(between, r)
		}
	}
	if f.current == nil {
		return openRotated(between)
	}
	return nil // the current one was removed, and nothing tells what is newer
}

// known reports whether a file is the one that path led to last, or older.
func (f *follower) known(r rotated) bool {
	if f.current != nil {
		return os.SameFile(r.info, f.current.info)
	}
	return slices.ContainsFunc(f.before, func(b rotated) bool { return os.SameFile(r.info, b.info) })
}

// copies opens the file that holds what t held before it was truncated, where t had come to
// in it, and those that are newer.
func (f *follower) copies(t *tail) []*tail {
	if t.at == 0 {
		return nil
	}
	var newer []rotated
	for _, r := range f.rotated() {
		same, err := openTail(r.path)
		if err != nil {
			continue
		}
		if !t.marked(same.file, t.at) {
			same.file.Close()
			newer = append(newer, r)
			continue
		}
		same.at, same.start = t.at, false
		same.mark = append(same.mark, t.mark...)
		same.buf = append(same.buf, t.unfinished()...)
		return append([]*tail{same}, openRotated(newer)...)
	}
	return nil
}

// rotated is a file that was rotated away.
type rotated struct {
	path string
	info fs.FileInfo
}

// rotated lists the files that were rotated away from path, the newest first. It lists twice,
// and again until both lists are the same: a rotation renames one file after the other.
func (f *follower) rotated() []rotated {
	list := f.rotatedNow()
	for range 10 {
		again := f.rotatedNow()
		if slices.EqualFunc(list, again, func(a, b rotated) bool { return a.path == b.path && os.SameFile(a.info, b.info) }) {
			break
		}
		list = again
	}
	return list
}

func (f *follower) rotatedNow() (list []rotated) {
	wanted, live := logOf(target(f.path))
	entries, _ := os.ReadDir(wanted.dir) // what cannot be listed cannot be found
	for _, e := range entries {
		sibling := filepath.Join(wanted.dir, e.Name())
		of, r := logOf(sibling)
		if of != wanted || r.compare(live) >= 0 || packedSuffix.MatchString(sibling) {
			continue
		}
		if info, err := os.Stat(sibling); err == nil && info.Mode().IsRegular() {
			list = append(list, rotated{sibling, info})
		}
	}
	slices.SortStableFunc(list, func(a, b rotated) int {
		_, x := logOf(a.path)
		_, y := logOf(b.path)
		return y.compare(x)
	})
	return list
}

// target is where path leads to, which need not be there.
func target(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	to, err := os.Readlink(path)
	switch {
	case err != nil:
		return path
	case filepath.IsAbs(to):
		return to
	}
	return filepath.Join(filepath.Dir(path), to)
}

// openRotated opens files listed with the newest first, and returns them with the oldest first.
func openRotated(list []rotated) (tails []*tail) {
	for _, r := range slices.Backward(list) {
		if t, err := openTail(r.path); err == nil {
			tails = append(tails, t)
		}
	}
	return tails
}

// dropOld closes a file that was rotated away, was read to its end, and is not written to any
// more. It returns the line that nobody will finish.
func (f *follower) dropOld() []byte {
	for i, t := range f.tails {
		if t != f.current && (len(f.tails)-i > maxRotated || time.Since(t.grew) > linger) {
			return f.drop(i)
		}
	}
	return nil
}

// drop closes tail i, and returns the line that it began.
func (f *follower) drop(i int) []byte {
	t := f.tails[i]
	f.tails = slices.Delete(f.tails, i, i+1)
	t.file.Close() // it was opened for reading alone
	if line := t.unfinished(); len(line) > 0 {
		return append(line, '\n')
	}
	return nil
}

var _ io.ReadCloser = (*follower)(nil)
