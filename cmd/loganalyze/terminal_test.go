package main

import (
	"os"
	"strings"
	"testing"
)

func TestWrapped(t *testing.T) {
	for _, tt := range []struct {
		reason, text    string
		indent, columns int
		want            string
	}{
		{"it fits to the last column", "one two", 0, 7, "one two"},
		{"one more", "one two", 0, 6, "one|two"},
		{"indented, the first line is begun", "one two six", 3, 10, "one two|   six"},
		{"a long word gets the room of the indent", "a abcdefgh b", 3, 10, "a|  abcdefgh|   b"},
		{"so does the first", "abcdefgh b", 3, 10, "|  abcdefgh|   b"},
		{"one that never fits stands alone", "a abcdefghijkl b", 0, 10, "a|abcdefghijkl|b"},
		{"the first one then stays", "abcdefghijkl b", 0, 10, "abcdefghijkl|b"},
		{"spaces are kept", "one  two", 0, 20, "one  two"},
		{"wide characters", "日本 日本", 0, 8, "日本|日本"},
		{"nothing", "", 3, 10, ""},
	} {
		if got := strings.ReplaceAll(wrapped(tt.text, tt.indent, tt.columns), "\n", "|"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
	}
}

func TestTopOf(t *testing.T) {
	const report = "1\n2\n3\n4\n5\n"
	for rows, want := range map[int]string{
		0: report, 1: report, 2: report, // not known, or no room for anything
		3: "1\n… 4 more lines; the whole report comes at the end\n",
		5: "1\n2\n3\n… 2 more lines; the whole report comes at the end\n",
		6: report, 9: report,
	} {
		if got := topOf(report, rows); got != want {
			t.Errorf("%d rows: %q, want %q", rows, got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	for _, tt := range []struct {
		reason, env string
		want, line  int
	}{
		{"nobody tells", "", 0, 100},
		{"COLUMNS does", "72", 72, 72},
		{"a report may be wide, prose not", "200", 200, 100},
		{"and not too narrow", "9", 9, 40},
		{"no number", "wide", 0, 100},
		{"none that can be", "-1", 0, 100},
	} {
		t.Setenv("COLUMNS", tt.env)
		if width(os.Stderr) > 0 {
			t.Skip("standard error is a terminal")
		}
		var pipe strings.Builder
		if got, line := columns(&pipe), lineWidth(&pipe); got != tt.want || line != tt.line {
			t.Errorf("%s: %d and %d columns, want %d and %d", tt.reason, got, line, tt.want, tt.line)
		}
	}
}
