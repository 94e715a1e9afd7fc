//go:build unix

package middleware_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
)

func TestReopenOnSIGHUP(t *testing.T) {
	path := logFile(t, "")
	f := openFile(t, path)
	stop := f.ReopenOnSIGHUP()
	defer stop()
	write(t, f, "one\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the file was not reopened")
		}
	}
	stop()
	stop()
	write(t, f, "two\n")
	if a, b := content(t, path+".1"), content(t, path); a != "one\n" || b != "two\n" {
		t.Errorf("got %q and %q", a, b)
	}
}

// TestFullDisk: a disk without room costs lines and no response.
func TestFullDisk(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no /dev/full")
	}
	for name, opts := range map[string][]middleware.Option{
		"direct": nil, "block": {middleware.Buffered(middleware.Block)}, "drop": {middleware.Buffered(middleware.Drop)},
	} {
		var s tales
		l := middleware.New(openFile(t, "/dev/full"), append(opts, middleware.OnError(s.add))...)
		serve(t, l, 1000)
		if err := l.Close(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: Close says %v", name, err)
		}
		if got := counts(l); got.Dropped != 1000 || got.Written != 0 || got.Waiting != 0 {
			t.Errorf("%s: %+v", name, got)
		}
		if !strings.Contains(s.String(), "no space left on device") {
			t.Errorf("%s: told %q", name, &s)
		}
	}
}

// newPipe is a pipe that is closed with the test.
func newPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

func TestClosedPipe(t *testing.T) {
	for _, opts := range [][]middleware.Option{nil, {middleware.Buffered(middleware.Block)}} {
		r, w := newPipe(t)
		r.Close()
		l := middleware.New(w, append(opts, middleware.OnError(nil))...)
		serve(t, l, 100)
		if err := l.Close(); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("Close says %v", err)
		}
		if got := counts(l); got.Records != 100 || got.Dropped != 100 || got.Written != 0 || got.Waiting != 0 {
			t.Errorf("%+v", got)
		}
	}
}

// TestBlockedPipe: a reader that sleeps holds up no request under Drop, and what it reads
// afterwards adds up.
func TestBlockedPipe(t *testing.T) {
	r, w := newPipe(t)
	l := middleware.New(w, middleware.Buffered(middleware.Drop), middleware.BufferSize(64<<10), middleware.OnError(nil))
	serve(t, l, 2000) // the pipe holds 64 KiB, and so does the buffer
	s := l.Stats()
	if s.Records != 2000 || s.Dropped == 0 {
		t.Errorf("%+v", s)
	}
	read := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		read <- string(b)
	}()
	for end := time.Now().Add(patience); l.Stats().Waiting > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	serve(t, l, 1)
	l.Close()
	w.Close()
	checkLog(t, <-read, l.Stats())
}

// TestBufferedPipe: all that was buffered arrives at a pipe.
func TestBufferedPipe(t *testing.T) {
	r, w := newPipe(t)
	l := middleware.New(w, middleware.Buffered(middleware.Block))
	serve(t, l, 100) // less than the pipe holds
	fail(l)
	for end := time.Now().Add(patience); l.Stats().Waiting > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	l.Close()
	w.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	checkLog(t, string(b), l.Stats())
}

// TestHungFile: a named pipe that nobody empties holds up neither Close, the Logger's and
// the File's, which ends the Write.
func TestHungFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f := openFile(t, path)
	l := middleware.New(f, middleware.Buffered(middleware.Drop), middleware.CloseTimeout(20*time.Millisecond), middleware.OnError(nil))
	serve(t, l, 2000)
	if err := l.Close(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the Logger's Close says %v", err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("the File's Close says %v", err)
	}
	if err := l.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("once the Write has ended, Close says %v", err)
	}
	if s := l.Stats(); s.Records != s.Written+s.Dropped || s.Waiting != 0 {
		t.Errorf("%+v", s)
	}
}

// TestRotatedAndTruncated: lines follow the file's name after Reopen, and begin at the
// start of a file that was emptied under them.
func TestRotatedAndTruncated(t *testing.T) {
	path := logFile(t, "")
	f := openFile(t, path)
	l := middleware.New(f)
	serve(t, l, 2)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	serve(t, l, 3)
	if got := told(t, content(t, path)); got != "0 0 0" {
		t.Errorf("after copytruncate: lines %q in %q", got, content(t, path))
	}
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	serve(t, l, 1)
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	serve(t, l, 2)
	if a, b := told(t, content(t, path+".1")), told(t, content(t, path)); a != "0 0 0 0" || b != "0 0" {
		t.Errorf("after rotation: %q, then %q", a, b)
	}
}

// TestRotatedUnderLoad: while requests are served, the file is moved away time and again;
// each line is in one of the files, whole.
func TestRotatedUnderLoad(t *testing.T) {
	const workers, each, rotations = 4, 500, 20
	for _, opts := range [][]middleware.Option{nil, {middleware.Buffered(middleware.Block)}} {
		path := logFile(t, "")
		f := openFile(t, path)
		l := middleware.New(f, opts...)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range each {
					serve(t, l, 1)
					runtime.Gosched()
				}
			})
		}
		for i := range rotations {
			fail(l) // which is written at once
			if err := errors.Join(os.Rename(path, fmt.Sprint(path, ".", i)), f.Reopen()); err != nil {
				t.Error(err)
			}
		}
		wg.Wait()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		all := content(t, path)
		for i := range rotations {
			all += content(t, fmt.Sprint(path, ".", i))
		}
		if got, want := counts(l), uint64(workers*each+rotations); got.Written != want || strings.Count(all, "\n") != int(want) {
			t.Errorf("%d lines, want %d; %+v", strings.Count(all, "\n"), want, got)
		}
		checkLog(t, all, l.Stats())
	}
}

const appendTo = "LOGANALYZE_TEST_APPEND_TO"

// TestAppendProcess is what the processes of TestProcesses run.
func TestAppendProcess(t *testing.T) {
	path := os.Getenv(appendTo)
	if path == "" {
		t.Skip("run by TestProcesses")
	}
	var opts []middleware.Option
	if os.Getenv(appendTo+"_BUFFERED") != "" {
		opts = append(opts, middleware.Buffered(middleware.Block))
	}
	w := io.Writer(os.Stderr)
	if path != "stderr" {
		w = openFile(t, path)
	}
	l := middleware.New(w, opts...)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { serve(t, l, 100) })
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestProcesses: four processes that share a file or a pipe tear no line of each other's.
func TestProcesses(t *testing.T) {
	const processes, each = 4, 400
	run := func(path, buffered string, stderr *os.File) {
		var wg sync.WaitGroup
		for range processes {
			cmd := exec.Command(os.Args[0], "-test.run=^TestAppendProcess$")
			cmd.Env = append(os.Environ(), appendTo+"="+path, appendTo+"_BUFFERED="+buffered)
			cmd.Stderr = stderr
			wg.Go(func() {
				if out, err := cmd.Output(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		wg.Wait()
	}
	check := func(name, log string) {
		t.Helper()
		ids, lines := map[string]bool{}, 0
		for line := range strings.Lines(log) {
			lines++
			ids[parse(t, line).RequestID] = true
		}
		if len(ids) != processes*each || lines != len(ids) {
			t.Errorf("%s: %d lines of %d records, want %d", name, lines, len(ids), processes*each)
		}
	}
	for _, buffered := range []string{"", "yes"} {
		path := logFile(t, "")
		run(path, buffered, nil)
		check(fmt.Sprintf("file, buffered %q", buffered), content(t, path))

		r, w := newPipe(t)
		read := make(chan string)
		go func() {
			b, _ := io.ReadAll(r)
			read <- string(b)
		}()
		run("stderr", buffered, w)
		w.Close()
		check(fmt.Sprintf("pipe, buffered %q", buffered), <-read)
	}
}
