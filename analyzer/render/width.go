package render

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

const ellipsis = "…"

// width is the number of columns that s takes on a terminal. It is measured by what a
// reader takes for one character, so that é and a flag count once however many code
// points they are made of. The library is the one that the tables are measured with.
func width(s string) int { return displaywidth.String(s) }

// cut shortens s to w columns at its end.
func cut(s string, w int) string {
	if width(s) <= w {
		return s
	}
	if w < 1 {
		return ""
	}
	return strings.TrimRight(head(s, w-1), " ") + ellipsis
}

// cutMiddle shortens s to w columns in its middle: the ends of two routes, or of two
// file names, are what tells them apart.
func cutMiddle(s string, w int) string {
	if width(s) <= w {
		return s
	}
	if w < 9 {
		return cut(s, w)
	}
	left := head(s, w/2)
	return left + ellipsis + tail(s, w-1-width(left))
}

// head is as much of the start of s as fits in w columns.
func head(s string, w int) string {
	end := 0
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		if w -= g.Width(); w < 0 {
			break
		}
		end += len(g.Value())
	}
	return s[:end]
}

// tail is as much of the end of s as fits in w columns.
func tail(s string, w int) string {
	over := width(s) - w
	start := 0
	for g := displaywidth.StringGraphemes(s); over > 0 && g.Next(); {
		over -= g.Width()
		start += len(g.Value())
	}
	return s[start:]
}

// flow sets parts one after the other, divided by sep, in lines of at most w columns.
// A part that does not fit the rest of a line starts the next one; a part wider than a
// line is broken between its words.
func flow(w int, sep string, parts ...string) []string {
	var lines []string
	put := func(s, sep string, fresh bool) {
		if last := len(lines) - 1; last >= 0 && !fresh && width(lines[last])+width(sep)+width(s) <= w {
			lines[last] += sep + s
		} else {
			lines = append(lines, cut(s, w))
		}
	}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case width(part) <= w:
			put(part, sep, false)
		default:
			for i, word := range words(part) {
				put(word, " ", i == 0)
			}
		}
	}
	return lines
}

// words splits s where a line may be broken. A per cent sign stays with its number.
func words(s string) []string {
	fields := strings.Fields(s)
	out := fields[:0]
	for _, f := range fields {
		if len(out) > 0 && strings.HasPrefix(f, "%") {
			out[len(out)-1] += " " + f
		} else {
			out = append(out, f)
		}
	}
	return out
}
