package middleware_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/loganalyze/loganalyze/middleware"
)

// logFile is the path of a log in a directory of its own, with content unless that
// is "".
func logFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "access.log")
	if content != "" {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func openFile(t *testing.T, path string) *middleware.File {
	t.Helper()
	f, err := middleware.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func write(t *testing.T, f *middleware.File, s string) {
	t.Helper()
	if n, err := f.Write([]byte(s)); n != len(s) || err != nil {
		t.Errorf("Write: %d, %v", n, err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOpenFile(t *testing.T) {
	tests := []struct{ reason, before, after string }{
		{"a new file", "", "new\n"},
		{"what is there stays", "old\n", "old\nnew\n"},
		{"a torn last line is ended", "old\nto", "old\nto\nnew\n"},
		{"a torn line alone", "t", "t\nnew\n"},
	}
	for _, tt := range tests {
		path := logFile(t, tt.before)
		write(t, openFile(t, path), "new\n")
		if got := content(t, path); got != tt.after {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.after)
		}
	}
}

func TestOpenFileMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	path := logFile(t, "")
	openFile(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode&^0o640 != 0 || mode&0o600 != 0o600 {
		t.Errorf("mode %v, want 0640 less the umask", mode)
	}
	kept := logFile(t, "old\n")
	openFile(t, kept)
	if info, err = os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of a file that was there: %v, %v", info.Mode(), err)
	}
	null := openFile(t, os.DevNull)
	write(t, null, "not a regular file\n")
}

func TestOpenFileErrors(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no", "access.log")
	if _, err := middleware.OpenFile(missing); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("in a directory that is missing: %v", err)
	}
	if _, err := middleware.OpenFile(t.TempDir()); err == nil {
		t.Error("a directory is no log")
	}
	f := openFile(t, logFile(t, ""))
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	_, err := f.Write([]byte("late\n"))
	for name, err := range map[string]error{"Write": err, "Reopen": f.Reopen(), "Close": f.Close()} {
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
}

func TestReopen(t *testing.T) {
	path := logFile(t, "")
	f := openFile(t, path)
	write(t, f, "one\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Skip(err) // a file that is open cannot be renamed everywhere
	}
	write(t, f, "two\n")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, f, "three\n")
	if a, b := content(t, path+".1"), content(t, path); a != "one\ntwo\n" || b != "three\n" {
		t.Errorf("got %q and %q", a, b)
	}
	if err := os.WriteFile(path, []byte("to"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Reopen(); err != nil {
		t.Error(err)
	}
	write(t, f, "four\n")
	if got := content(t, path); got != "to\nfour\n" {
		t.Errorf("Reopen on a torn line: got %q", got)
	}
}

// TestReopenFails: where the new file cannot be opened, the old one stays in use.
func TestReopenFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f := openFile(t, filepath.Join(dir, "access.log"))
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Skip(err)
	}
	if err := f.Reopen(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Reopen: %v", err)
	}
	write(t, f, "still here\n")
	if got := content(t, filepath.Join(dir+".old", "access.log")); got != "still here\n" {
		t.Errorf("got %q", got)
	}
}

// TestSharedFile: Loggers with Files of their own on one path, one of which is
// reopened all the while, tear no line and lose none.
func TestSharedFile(t *testing.T) {
	const writers, each = 4, 100
	path := logFile(t, "")
	var wg sync.WaitGroup
	for i := range writers {
		f := openFile(t, path)
		l := middleware.New(f)
		wg.Go(func() {
			for range each {
				serve(t, l, 1)
				if i == 0 {
					if err := f.Reopen(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	ids := map[string]bool{}
	for line := range strings.Lines(content(t, path)) {
		if line == "\n" {
			continue // a Reopen took a line that was just being written for a torn one
		}
		ids[parse(t, line).RequestID] = true
	}
	if len(ids) != writers*each {
		t.Errorf("%d records, want %d", len(ids), writers*each)
	}
}
