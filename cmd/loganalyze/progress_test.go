package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/source"
)

// fakeTerminal keeps what is written to it.
type fakeTerminal struct {
	mu    sync.Mutex
	out   []byte
	width int
}

func (f *fakeTerminal) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out = append(f.out, p...)
	return len(p), nil
}

func (f *fakeTerminal) columns() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.width
}

func (f *fakeTerminal) resize(width int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.width = width
}

func (f *fakeTerminal) screen() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return screen(string(f.out))
}

// screen is what a terminal shows after it was written out: it knows as much as the meter and
// messages need.
func screen(out string) string {
	var done, line []rune
	column := 0
	for _, r := range strings.ReplaceAll(out, eraseRest, "\x1b") {
		switch r {
		case '\r':
			column = 0
		case '\x1b':
			line = line[:min(column, len(line))]
		case '\n':
			done = append(append(done, line...), '\n')
			line, column = nil, 0
		default:
			line = append(line[:column], append([]rune{r}, line[min(column+1, len(line)):]...)...)
			column++
		}
	}
	return string(done) + string(line)
}

// reading reads so many bytes of r, or fails.
func reading(t *testing.T, r io.Reader, n int64) {
	t.Helper()
	if _, err := io.CopyN(io.Discard, r, n); err != nil {
		t.Fatal(err)
	}
}

func TestMeter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a\x1b[31m.log")
	if err := os.WriteFile(path, make([]byte, 40<<20), 0o600); err != nil {
		t.Skip("the system has no such names")
	}
	sources, err := source.FromArgs([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var terminal fakeTerminal // too dumb to know its width
		m := meter{terminal: &terminal, columns: terminal.columns}
		r, err := m.progress.Watch(sources)[0].Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		stop := m.start(t.Context())
		shows := func(after time.Duration, want string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got := terminal.screen(); got != want {
				t.Errorf("after %v it shows %q, want %q", after, got, want)
			}
		}
		reading(t, r, 8<<20)
		shows(meterAfter-1, "") // what is quick shows nothing
		shows(1, `8.4 MB of 42 MB · 20 % · 21 MB/s · 2 s left · a\x1b[31m.log`)
		reading(t, r, 4<<20)
		shows(meterEvery, `13 MB of 42 MB · 30 % · 21 MB/s · 2 s left · a\x1b[31m.log`)
		terminal.resize(20)
		shows(meterEvery, `13 MB of 42 MB · 3…`)
		shows(time.Minute, `13 MB of 42 MB · 3…`) // it stands still
		terminal.resize(100)
		shows(meterEvery, `13 MB of 42 MB · 30 % · 0 B/s · a\x1b[31m.log`)
		reading(t, r, 28<<20)
		shows(meterEvery, `42 MB of 42 MB · 100 % · 9.5 MB/s · 0 s left · a\x1b[31m.log`)
		stop()
		shows(time.Minute, "")
	})
}

// A run that is ended before the meter is shown writes nothing; one that is interrupted
// erases it at once, and not when the report is made.
func TestMeterEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var terminal fakeTerminal
		m := meter{terminal: &terminal, columns: terminal.columns}
		stop := m.start(t.Context())
		time.Sleep(meterAfter - 1)
		stop()
		if len(terminal.out) > 0 {
			t.Errorf("a quick run writes %q", terminal.out)
		}
		ctx, cancel := context.WithCancel(t.Context())
		m = meter{terminal: &terminal, columns: terminal.columns}
		stop = m.start(ctx)
		time.Sleep(meterAfter)
		synctest.Wait()
		if got := terminal.screen(); got == "" {
			t.Error("it does not show")
		}
		cancel()
		synctest.Wait()
		if got := terminal.screen(); got != "" {
			t.Errorf("an interrupt leaves %q", got)
		}
		stop()
	})
}

func TestMeterLine(t *testing.T) {
	tests := []struct {
		reason      string
		read, total int64
		speed       float64
		open        string
		want        string
	}{
		{"a file", 412e6, 711e6, 310e6, "/var/log/access.log", "412 MB of 711 MB · 57 % · 310 MB/s · 1 s left · access.log"},
		{"several at once", 1e9, 100e9, 1e8, "a.log b.log c.log", "1.0 GB of 100 GB · 1 % · 100 MB/s · 16 m 30 s left · a.log and 2 more"},
		{"hours", 0, 72e9, 1e7, "a.log", "0 B of 72 GB · 0 % · 10 MB/s · 2 h 0 m left · a.log"},
		{"a stream has no end that is known", 412e6, -1, 310e6, "stdin", "412 MB · 310 MB/s · stdin"},
		{"a file that has grown", 30, 20, 10, "a.log", "30 B of 20 B · 100 % · 10 B/s · 0 s left · a.log"},
		{"not all is 100 %", 9_999_999, 10_000_000, 1, "a.log", "10 MB of 10 MB · 99 % · 1 B/s · 1 s left · a.log"},
		{"nothing comes", 10, 20, 0, "a.log", "10 B of 20 B · 50 % · 0 B/s · a.log"},
		{"all is read", 20, 20, 0, "", "20 B of 20 B · 100 % · 0 B/s"},
		{"empty files", 0, 0, 0, "", "0 B · 0 B/s"},
	}
	for _, tt := range tests {
		if got := meterLine(tt.read, tt.total, tt.speed, strings.Fields(tt.open)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.reason, got, tt.want)
		}
	}
}
