package main

import (
	"context"
	"strings"
	"syscall"
	"testing"
)

func TestAppendField(t *testing.T) {
	for _, tt := range []struct{ in, want, reason string }{
		{"/é/%C3%A9?", "/é/%C3%A9?", "what is printed as it is"},
		{"/a\tb\nc\rd", `/a\tb\nc\rd`, "the ends of fields and lines"},
		{`/a\tb`, `/a\\tb`, "the backslash, or that would be the same"},
		{"/\x1b[31m\x7f", `/\x1b[31m\x7f`, "control bytes"},
		{"/\u009b31m", `/\xc2\x9b31m`, "a control character of two bytes, which is the same to many terminals"},
		{"/\x9b31m\xff", `/\x9b31m\xff`, "and what it is to others"},
		{"/\u202ecba", `/\xe2\x80\xaecba`, "what turns the text round"},
		{"/\ufffd", "/\ufffd", "a character, though it stands for a wrong one"},
	} {
		if got := string(appendField(nil, tt.in)); got != tt.want {
			t.Errorf("%s: %q is %q, want %q", tt.reason, tt.in, got, tt.want)
		}
	}
}

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// The lines are more than a buffer holds, so that it is not at the end alone that they cannot be written.
func TestAssignedIsNotWritten(t *testing.T) {
	log := strings.Repeat(`{"time":"2026-11-20T14:00:00Z","method":"GET","path":"/users/42","status":200}`+"\n", 10_000)
	var stderr strings.Builder
	code := run(context.Background(), []string{"routes", "--assign"}, strings.NewReader(log), full{}, &stderr)
	if want := "loganalyze: " + syscall.ENOSPC.Error() + "\n"; code != exitError || stderr.String() != want {
		t.Errorf("it ended with %d and %q, want %d and %q", code, stderr.String(), exitError, want)
	}
}
