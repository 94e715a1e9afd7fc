package format

import "testing"

func TestUncolored(t *testing.T) {
	tests := []struct{ reason, line, want string }{
		{"a colour around a word", "a \x1b[97;42m 200 \x1b[0m b", "a  200  b"},
		{"the short form of reset", "\x1b[mx", "x"},
		{"nothing to do", "a [0m b", "a [0m b"},
		{"a sequence that moves the cursor is no colour", "a\x1b[2Jb", "a\x1b[2Jb"},
		{"nor is an escape before a letter", "a\x1bMb", "a\x1bMb"},
		{"a line that was cut within one", "a\x1b[97;4", "a"},
		{"or behind the escape", "a\x1b", "a"},
		{"two in a row", "\x1b[0m\x1b[31ma", "a"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		if got := string(appendUncolored(nil, []byte(tt.line))); got != tt.want {
			t.Errorf("%s: %q is %q, want %q", tt.reason, tt.line, got, tt.want)
		}
	}
}
