package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain lets the test's binary be the server and the clients of its own tests.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && roles[os.Args[1]] != nil {
		code := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		if err := goleak.Find(); err != nil {
			os.Stderr.WriteString(err.Error())
			code = 1
		}
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// TestBooks: with vanishing clients, refused requests, panics and a log that hangs, all is
// in the log or told of by it.
func TestBooks(t *testing.T) {
	for _, mode := range []string{"sync", "block", "drop"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b, err := loadRun(setup{Mode: mode, Connections: 50, Duration: 2 * time.Second}, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range b.wrong {
				t.Error(s)
			}
			if t.Failed() || testing.Verbose() {
				var out bytes.Buffer
				b.print(&out)
				t.Log(out.String())
			}
		})
	}
}

// TestBooksFindErrors: books that do not balance are called so.
func TestBooksFindErrors(t *testing.T) {
	balanced := func() *books {
		b := &books{setup: setup{Mode: "sync"}}
		b.server.Entries, b.server.Refused = 2, 1
		b.server.Stats.Records, b.server.Stats.Written = 3, 3
		b.clients = received{Answered: 1, Vanished: 1, Malformed: 1, Refused: map[int]uint64{400: 1}}
		b.lines = ledger{records: 3, rejected: 1, rejections: map[int]uint64{400: 1}, entries: map[string]entry{"1-1": {1, 200, ""}, "1-2": {1, 499, "client_closed"}}}
		return b
	}
	answers := []answer{{1, 1, 200}}
	for _, tt := range []struct {
		reason string
		spoil  func(*books)
		want   string
	}{
		{"all is well", func(*books) {}, ""},
		{"an entry without a record", func(b *books) { b.server.Entries++ }, "handler entries + refusals: 3, want 4"},
		{"a refusal without a record", func(b *books) { b.server.Refused++ }, "handler entries + refusals"},
		{"a line that is gone", func(b *books) { b.lines.records-- }, "lines in the log"},
		{"half a line", func(b *books) { b.lines.torn++ }, "torn lines"},
		{"a drop that nobody told", func(b *books) { b.server.Stats.Dropped++ }, "tell of as dropped"},
		{"a goroutine that stays", func(b *books) { b.server.Goroutines++ }, "goroutines"},
		{"an answer without a line", func(b *books) { delete(b.lines.entries, "1-1") }, "not in the log: 1"},
		{"a line twice", func(b *books) { b.lines.entries["1-1"] = entry{2, 200, ""} }, "more than one line"},
		{"a wrong status", func(b *books) { b.lines.entries["1-1"] = entry{1, 500, ""} }, "another status"},
		{"a wrong outcome", func(b *books) { b.lines.entries["1-1"] = entry{1, 200, "incomplete"} }, "did not end well"},
	} {
		b := balanced()
		tt.spoil(b)
		b.balance()
		b.compare(answers)
		if got := strings.Join(b.wrong, "; "); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
	}
}

func TestThroughput(t *testing.T) {
	t.Setenv("PATH", "") // no wrk, which takes seconds
	var out bytes.Buffer
	s := setup{Mode: "sync", Connections: 2}
	s.Log = t.TempDir() + "/access.log"
	if err := throughput(s, t.TempDir(), 1, 100*time.Millisecond, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "own client") {
		t.Errorf("got %q", &out)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-mode", "bare"}, {"-mode", "none"}, {"-x"}, {"server", "no JSON"}} {
		var stdout, stderr bytes.Buffer
		if code := run(args, strings.NewReader(""), &stdout, &stderr); code != 1 || stdout.Len() > 0 || stderr.Len() == 0 {
			t.Errorf("%q: exit %d, %q, %q", args, code, &stdout, &stderr)
		}
	}
}
