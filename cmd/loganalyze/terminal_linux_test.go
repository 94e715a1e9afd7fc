package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"
	"golang.org/x/sys/unix"
)

const accessLine = `{"time":"2026-11-20T14:00:00.000000Z","msg":"http_request","method":"GET","path":"/","status":200}` + "\n"

// openTerminal returns a pseudo-terminal of 80 columns and 24 lines: what a person has before
// him, and what a program writes to.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo-terminals: ", err)
	}
	t.Cleanup(func() { person.Close() })
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = errors.Join(
			unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0),
			unix.IoctlSetWinsize(int(person.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: 80, Row: 24}))
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// session is loganalyze as it runs with its standard error on a terminal.
type session struct {
	t        *testing.T
	cmd      *exec.Cmd
	keyboard *os.File
	stdout   bytes.Buffer
	ended    chan struct{} // the terminal has shown all

	mu    sync.Mutex
	shown []byte
}

// start runs loganalyze. Its standard output is kept, if stdout is nil.
func start(t *testing.T, stdin io.Reader, stdout io.Writer, args ...string) *session {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	person, program := openTerminal(t)
	s := &session{t: t, cmd: exec.CommandContext(t.Context(), exe, args...), keyboard: person, ended: make(chan struct{})}
	s.cmd.Args[0] = "loganalyze" // TestMain goes by it
	s.cmd.Env = append(os.Environ(), "TERM=xterm", "LOGANALYZE_CONFIG="+os.DevNull)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = stdin, &s.stdout, program
	if stdout != nil {
		s.cmd.Stdout = stdout
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 2}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	go func() {
		defer close(s.ended)
		io.Copy(s, person) // to the error that it gives when no program has the terminal any more
	}()
	return s
}

func (s *session) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = append(s.shown, p...)
	return len(p), nil
}

func (s *session) screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return screen(string(s.shown))
}

// await waits until the screen shows what.
func (s *session) await(what string) {
	s.t.Helper()
	for !strings.Contains(s.screen(), what) {
		select {
		case <-s.ended:
			s.t.Fatalf("it ended and did not show %q, but %q", what, s.screen())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// end waits for the end, and returns the exit code and what is left on the screen.
func (s *session) end() (code int, screen string) {
	s.t.Helper()
	err := s.cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	<-s.ended
	return s.cmd.ProcessState.ExitCode(), s.screen()
}

func (s *session) press(keys string) {
	if _, err := io.WriteString(s.keyboard, keys); err != nil {
		s.t.Error(err)
	}
}

// TestProgressOnATerminal: it is there while something is read, and nothing is left of it.
func TestProgressOnATerminal(t *testing.T) {
	tests := []struct {
		reason  string
		written string
		code    int
		report  string // how it begins
		left    string // how what is left on the screen begins, if anything is
	}{
		{"before the report", accessLine, exitOK, "HEALTHY", ""},
		{"before an error", "nothing\n", exitError, "", "loganalyze: stdin: cannot tell the log's format"},
	}
	for _, tt := range tests {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, tt.written)
		s := start(t, r, nil)
		r.Close()
		s.await(fmt.Sprintf("%d B · ", len(tt.written)))
		w.Close()
		code, left := s.end()
		if code != tt.code || !strings.HasPrefix(s.stdout.String(), tt.report) {
			t.Errorf("%s: exit code %d, want %d, and it says %q", tt.reason, code, tt.code, s.stdout.String())
		}
		if !strings.HasPrefix(left, tt.left) || tt.left == "" && left != "" {
			t.Errorf("%s: it leaves %q, want %q", tt.reason, left, tt.left)
		}
	}
}

// TestPipeBesideATerminal: what goes into a pager or a filter is as wide as the terminal on which
// the errors are, and these are broken between their words.
func TestPipeBesideATerminal(t *testing.T) {
	widest := func(text string) (columns int) {
		for line := range strings.Lines(text) {
			columns = max(columns, displaywidth.String(strings.TrimRight(line, "\r\n")))
		}
		return columns
	}
	for _, args := range [][]string{{"--help"}, {"formats"}, {"../../testdata/access.log"}} {
		s := start(t, nil, nil, args...)
		code, left := s.end()
		if n := widest(s.stdout.String()); code != exitOK || n > 80 || n < 75 || left != "" {
			t.Errorf("%q: exit code %d, %d columns, and it leaves %q", args, code, n, left)
		}
	}
	s := start(t, nil, nil, "--since", "soon", "access.log")
	code, said := s.end()
	if n := widest(said); code != exitError || n > 80 || !strings.HasPrefix(said, "loganalyze: --since") || !strings.Contains(said, "\n            ") {
		t.Errorf("exit code %d, %d columns of\n%s", code, n, said)
	}
}

// TestFollowOnASmallTerminal: the head of the report is what is seen, and in the end there is the
// whole of it in the same place.
func TestFollowOnASmallTerminal(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	var lines strings.Builder
	for status := 200; status < 230; status++ {
		lines.WriteString(strings.Replace(accessLine, "200}", fmt.Sprint(status, "}"), 1))
	}
	if err := os.WriteFile(log, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	person, program := openTerminal(t)
	s := start(t, nil, program, "-f", "--color", "never", log)
	program.Close()
	seen := make(chan string)
	go func() {
		var all []byte
		buf := make([]byte, 4096)
		for {
			n, err := person.Read(buf)
			if all = append(all, buf[:n]...); err != nil {
				seen <- string(all)
				return
			}
			if bytes.Contains(all, []byte("comes at the end")) && bytes.Count(all, []byte(clearScreen)) == 1 {
				s.cmd.Process.Signal(os.Interrupt)
			}
		}
	}()
	if code, _ := s.end(); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
	screens := strings.Split(<-seen, clearScreen)
	if len(screens) != 3 || screens[0] != "" {
		t.Fatalf("%d screens: %q", len(screens), screens)
	}
	head, whole := screens[1], screens[2]
	if n := strings.Count(head, "\n"); n != 23 || !strings.HasPrefix(head, "HEALTHY") {
		t.Errorf("%d lines of 24:\n%s", n, head)
	}
	if !strings.HasPrefix(whole, "HEALTHY") || !strings.Contains(whole, "30 of 30 lines read whole") || strings.Contains(whole, "more lines") {
		t.Errorf("in the end:\n%s", whole)
	}
}

// A state is no text: it may hold what makes terminals do things.
func TestNoStateForATerminal(t *testing.T) {
	_, terminal := openTerminal(t)
	var stderr strings.Builder
	if code := run(t.Context(), []string{"--save", "-", "../../testdata/access.log"}, nil, terminal, &stderr); code != exitError || !strings.Contains(stderr.String(), "--save -: standard output is a terminal") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}

func TestShowsProgress(t *testing.T) {
	_, terminal := openTerminal(t)
	tests := []struct {
		reason string
		flags  reportFlags
		stderr io.Writer
		term   string
		want   bool
	}{
		{"a terminal", reportFlags{}, terminal, "xterm", true},
		{"a file or a pipe", reportFlags{}, io.Discard, "xterm", false},
		{"one that cannot erase", reportFlags{}, terminal, "dumb", false},
		{"it is not wanted", reportFlags{noProgress: true}, terminal, "xterm", false},
		{"nothing is wanted", reportFlags{quiet: true}, terminal, "xterm", false},
	}
	for _, tt := range tests {
		if got := tt.flags.showsProgress(tt.stderr, func(string) string { return tt.term }); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.reason, got, tt.want)
		}
	}
}

// enormous makes two files that take far longer to read than the test, but little disk: lines
// and a hole behind them, and lines compressed again and again.
func enormous(t *testing.T) (plain, compressed string) {
	t.Helper()
	dir := t.TempDir()
	plain, compressed = filepath.Join(dir, "plain.log"), filepath.Join(dir, "compressed.log.gz")
	lines := strings.Repeat(accessLine, 1<<20/len(accessLine))
	var member bytes.Buffer
	z := gzip.NewWriter(&member)
	_, err := io.WriteString(z, lines)
	err = errors.Join(err, z.Close(),
		os.WriteFile(compressed, bytes.Repeat(member.Bytes(), 4000), 0o600),
		os.WriteFile(plain, []byte(lines), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(plain, 1<<40); err != nil {
		t.Skip("the file system has no files with holes: ", err)
	}
	return plain, compressed
}

// TestInterruptMidway: what was counted so far is reported, and the screen holds nothing but
// that it was interrupted, and what was wrong until then.
func TestInterruptMidway(t *testing.T) {
	plain, compressed := enormous(t)
	missing := filepath.Join(t.TempDir(), "missing.log")
	byKey := func(s *session) { s.press("\x03") }
	bySignal := func(s *session) { s.cmd.Process.Signal(syscall.SIGTERM) }
	tests := []struct {
		reason    string
		files     []string
		interrupt func(*session)
		says      string
	}{
		{"a plain file", []string{plain}, byKey, ""},
		{"a compressed file", []string{compressed}, byKey, ""},
		{"several files", []string{compressed, plain}, byKey, ""},
		{"SIGTERM", []string{compressed}, bySignal, ""},
		{"a file that is not there", []string{missing, plain}, byKey, "loganalyze: open " + missing + ": no such file; check the name, or give a directory or a glob\n"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			s := start(t, nil, nil, append(tt.files, "--format", "json", "-j", "2")...)
			s.await(" % · ")
			tt.interrupt(s)
			code, left := s.end()
			want := tt.says + "loganalyze: interrupted; the report tells of what was read before\n"
			if code != exitInterrupted || !slices.Equal(strings.Fields(left), strings.Fields(want)) {
				t.Errorf("exit code %d, and it leaves %q", code, left)
			}
			var report struct{ Requests uint64 }
			if err := json.Unmarshal(s.stdout.Bytes(), &report); err != nil || report.Requests == 0 {
				t.Errorf("it reports %d requests, %v", report.Requests, err)
			}
		})
	}
}

// TestSecondInterrupt: the program ends where the report cannot be written, as nobody reads it.
func TestSecondInterrupt(t *testing.T) {
	_, compressed := enormous(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := w.Write(make([]byte, 4<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the pipe is not full: %v", err)
	}
	s := start(t, nil, w, compressed)
	s.await(" % · ")
	s.press("\x03")
	for {
		select {
		case <-s.ended:
			s.end()
			status := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
			if !status.Signaled() || status.Signal() != syscall.SIGINT {
				t.Errorf("it ended with %v, %q", s.cmd.ProcessState, s.screen())
			}
			return
		case <-time.After(100 * time.Millisecond):
			s.press("\x03")
		}
	}
}
