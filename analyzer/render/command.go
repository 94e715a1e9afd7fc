package render

import (
	"fmt"
	"strings"
)

// shellSafe are the characters, beside letters and digits, that no shell takes for anything else.
const shellSafe = "-_./,:@%+="

// quoted prints a word so that a POSIX shell reads that word. One with characters that nobody
// sees is written in the form $'…', as terminals would obey them.
func quoted(word string) string {
	bare := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(shellSafe, c) >= 0
	}
	safe := word != ""
	for i := range len(word) {
		safe = safe && bare(word[i])
	}
	switch {
	case safe:
		return word
	case Escape(word) == word:
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var b strings.Builder
	for i := range len(word) {
		switch c := word[i]; {
		case c == '\'' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c) // always three digits, so that none after it is taken for one more
		default:
			b.WriteByte(c)
		}
	}
	return "$'" + b.String() + "'"
}

// commandLines writes a command in lines of at most w columns, which a shell reads as one. One
// that cannot be, for the length of a word, is described: half of it would be another command.
func commandLines(w int, words []string) []string {
	const more = ` \`
	lines := []string{""}
	for i, word := range words {
		word = quoted(word)
		room := w
		if i+1 < len(words) {
			room -= len(more)
		}
		last := &lines[len(lines)-1]
		switch {
		case width(word) > room:
			return flow(w, " ", "loganalyze review, with the same arguments")
		case *last == "":
			*last = word
		case width(*last)+1+width(word) <= room:
			*last += " " + word
		default:
			*last += more
			lines = append(lines, word)
		}
	}
	return lines
}
