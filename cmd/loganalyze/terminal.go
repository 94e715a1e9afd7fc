package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"golang.org/x/term"

	"github.com/loganalyze/loganalyze/analyzer/render"
)

type colorMode string

const (
	colorAuto   colorMode = "auto"
	colorAlways colorMode = "always"
	colorNever  colorMode = "never"
)

// colored decides whether what is written to w may hold colours. The flag goes before
// NO_COLOR (no-color.org), that before CLICOLOR_FORCE and CLICOLOR (bixense.com/clicolors),
// and those before what w is.
func (m colorMode) colored(w io.Writer, env func(string) string) bool {
	switch {
	case m != colorAuto:
		return m == colorAlways
	case env("NO_COLOR") != "":
		return false
	case env("CLICOLOR_FORCE") != "" && env("CLICOLOR_FORCE") != "0":
		return true
	case env("CLICOLOR") == "0", env("TERM") == "dumb":
		return false
	}
	return isTerminal(w)
}

func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is the number of columns of the terminal w, or 0 where w is none.
func width(w io.Writer) int {
	columns, _ := size(w)
	return columns
}

// height is the number of lines of the terminal w, or 0 where w is none.
func height(w io.Writer) int {
	_, rows := size(w)
	return rows
}

func size(w io.Writer) (columns, rows int) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, 0
	}
	columns, rows, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

// columns is how wide what is written to w may be: as its terminal is, or where it goes through
// a pipe, as that of standard error, on which it will most likely be shown, or as COLUMNS says.
// It is 0 where nobody tells.
func columns(w io.Writer) int {
	if n := cmp.Or(width(w), width(os.Stderr)); n > 0 {
		return n
	}
	n, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// lineWidth is how wide prose on w is set: lines of more than 100 columns are hard to read.
func lineWidth(w io.Writer) int {
	const most, least = 100, 40
	return max(min(cmp.Or(columns(w), most), most), least)
}

// wrapped breaks text between its words into lines that fit so many columns. The first line is
// begun and at the indent; the others are indented, less where a word needs the room.
func wrapped(text string, indent, columns int) string {
	var b strings.Builder
	at := indent
	for i, word := range strings.Split(text, " ") {
		w := displaywidth.String(word)
		space := min(i, 1)
		if left := min(indent, max(columns-w, 0)); at+space+w > columns && (i > 0 || at > left) {
			b.WriteString("\n" + strings.Repeat(" ", left))
			at = left
		} else {
			b.WriteString(strings.Repeat(" ", space))
			at += space
		}
		b.WriteString(word)
		at += w
	}
	return b.String()
}

// paragraphs sets each of the paragraphs that empty lines divide.
func paragraphs(text string, columns int) string {
	all := strings.Split(text, "\n\n")
	for i, p := range all {
		all[i] = wrapped(strings.Join(strings.Fields(p), " "), 0, columns)
	}
	return strings.Join(all, "\n\n")
}

// say tells of something on standard error, in one line, which on a terminal is broken between
// words. What it tells may come from outside, as the names of files do, hence the escaping.
func say(stderr io.Writer, text string) {
	const who = "loganalyze: "
	text = render.Escape(text)
	if columns := width(stderr); columns > 0 {
		text = wrapped(text, len(who), columns)
	}
	fmt.Fprintln(stderr, who+text)
}
