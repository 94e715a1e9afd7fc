package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes text of unknown origin safe to print on a terminal. Whatever a
// terminal could obey or a reader could not see is spelled out: control characters
// (\n, \x1b, \u009b), overrides of the writing direction (\u202e), unusual spaces and
// invisible characters (\u200b), and bytes that are no UTF-8 (\xff).
//
// The joiners, selectors and skin tones that make one emoji of several characters are
// left out, since terminals disagree on how wide the result is. A mark that has no letter to
// stand on gets the circle ◌ for one, or it would change what is printed before the
// text. A backslash stays as it is, so that text is not escaped twice.
func Escape(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	before := rune(-1) // what the reader sees before r, if it is of the text itself
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			before = -1
		case joins(r) && unicode.IsSymbol(before):
		case hidden(r):
			b.WriteString(spell(r))
			before = -1
		default:
			if unicode.IsMark(r) && (before < 0 || before == ' ') {
				b.WriteRune('◌')
			}
			b.WriteString(s[i : i+size])
			before = r
		}
		i += size
	}
	return b.String()
}

// plain tells whether s is printable ASCII, as nearly everything in a log is.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// hidden tells whether r has no appearance of its own. Variation selectors are marks
// to the standard library, and some letters are blank by definition.
func hidden(r rune) bool {
	return !unicode.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// joins tells whether r makes an emoji of what is before it: the zero-width joiner, the
// selectors of the coloured form and of the plain one, and the skin tones.
func joins(r rune) bool {
	return r == '\u200d' || r == '\ufe0f' || r == '\ufe0e' || r >= 0x1f3fb && r <= 0x1f3ff
}

func spell(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	default:
		return fmt.Sprintf(`\U%08x`, r)
	}
}
