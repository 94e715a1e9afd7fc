package format

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// end is the length of the value at the start of b, or -1 where the line ends within it.
func (c *column) end(b []byte) int {
	if c.csv && !c.quoted && len(b) > 0 && b[0] == '"' {
		if n := endOfQuoted(share(b[1:])) + 2; n > 1 && (n == len(b) || strings.HasPrefix(share(b[n:]), c.until)) {
			return n
		}
	}
	switch {
	case c.raw:
		return c.endOfRaw(b)
	case c.until == "" && c.extra != 0:
		return c.endOfLast(b)
	case c.until == "":
		switch c.role {
		case roleNone, roleError, roleRequest, roleUserAgent: // which may have spaces
			return len(b)
		}
		if i := bytes.IndexByte(b, ' '); i >= 0 {
			return i // more columns than the layout has
		}
		return len(b)
	case c.quoted && c.csv:
		return endOfQuoted(share(b))
	case c.quoted && c.escape == backslashes:
		for i := 0; ; i++ {
			n := bytes.IndexByte(b[i:], '"')
			if n < 0 {
				return -1
			}
			if i += n; evenBackslashes(b[:i]) {
				return i
			}
		}
	case c.list:
		return endOfList(b, c.until)
	case c.skip > 0:
		return behind(b, c.until, c.skip)
	case c.wide && c.until == " ":
		return endOfTime(b)
	case c.digit:
		return beforeDigit(b, c.until)
	case len(c.until) == 1:
		return bytes.IndexByte(b, c.until[0])
	}
	if c.dashed && strings.HasSuffix(c.until, `"`) {
		return endBeforeQuote(b, c.until[:len(c.until)-1])
	}
	n := indexOf(b, c.until)
	if end := closing(c.until); n < 0 && end != "" && strings.HasSuffix(share(b), end) {
		return len(b) - len(end) // and of the line, maybe
	}
	return n
}

// prepare finds out whether plainEnd may be asked, and what it looks for.
func (c *column) prepare() {
	switch {
	case c.until == "", c.skip > 0,
		c.list && c.until[0] == ' ',
		c.wide && c.until == " ",
		c.quoted && (c.csv || c.escape == backslashes),
		c.dashed && strings.HasSuffix(c.until, `"`):
		return
	}
	c.plain, c.sure = true, !c.csv && !c.raw && !c.digit
	c.rare = max(0, strings.IndexFunc(c.until, func(r rune) bool { return r < utf8.RuneSelf && !strings.ContainsRune(" -:", r) }))
	c.stop = c.until[c.rare]
}

// plainEnd is end for plain columns, or -1 where that has to look closer. Behind a value that it
// finds, until stands whole.
func (c *column) plainEnd(b []byte) int {
	n := indexByte(b, c.stop) - c.rare
	if n < 0 || len(c.until) > 1 && !hasPrefix(b[n:], c.until) {
		return -1
	}
	if c.sure {
		return n
	}
	switch next := n + len(c.until); {
	case c.csv && b[0] == '"',
		c.raw && (n == 0 || b[n-1] == ' '), // until might begin in the spaces before the value
		c.digit && (next == len(b) || b[next]-'0' > 9):
		return -1
	}
	return n
}

// hasPrefix is bytes.HasPrefix for texts of a few bytes.
func hasPrefix(b []byte, text string) bool {
	if len(b) < len(text) {
		return false
	}
	for i := range len(text) {
		if b[i] != text[i] {
			return false
		}
	}
	return true
}

// indexByte is bytes.IndexByte for values that are mostly short.
func indexByte(b []byte, c byte) int {
	if len(b) < 16 {
		return bytes.IndexByte(b, c)
	}
	if n := indexInWord(binary.LittleEndian.Uint64(b), c); n < 8 {
		return n
	}
	if n := indexInWord(binary.LittleEndian.Uint64(b[8:]), c); n < 8 {
		return 8 + n
	}
	if n := bytes.IndexByte(b[16:], c); n >= 0 {
		return 16 + n
	}
	return -1
}

// indexInWord is which byte of a word is the first that is c, from the lowest on; 8 is none.
func indexInWord(word uint64, c byte) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	word ^= ones * uint64(c)
	// A byte that is 0 gets its top bit. Bytes above it may get theirs too.
	return bits.TrailingZeros64((word-ones)&^word&tops) / 8
}

// indexOf is bytes.Index, for a text whose first byte is rare in b.
func indexOf(b []byte, text string) int {
	for i := 0; ; i++ {
		n := indexByte(b[i:], text[0])
		if n < 0 {
			return -1
		}
		if i += n; strings.HasPrefix(share(b[i:]), text) {
			return i
		}
	}
}

// closing is what of the text between two columns belongs to the first: the quote of `" "`.
func closing(between string) string {
	return between[:max(0, strings.IndexByte(between, ' '))]
}

// endBeforeQuote finds until where a quote stands behind it, or a dash instead of a quoted
// value.
func endBeforeQuote(b []byte, until string) int {
	for i := 0; ; i++ {
		n := indexOf(b[i:], until)
		switch end := closing(until + `"`); {
		case n >= 0:
		case end != "" && strings.HasSuffix(share(b), end):
			return len(b) - len(end)
		default:
			return -1
		}
		i += n
		if rest := b[i+len(until):]; len(rest) > 0 && (rest[0] == '"' || rest[0] == '-' && (len(rest) == 1 || rest[1] == ' ')) {
			return i
		}
	}
}

// endOfRaw finds the end of a value in which quotes and backslashes mean nothing. Without a
// text behind it, it is the rest of the line, as paths that were decoded may hold spaces.
func (c *column) endOfRaw(b []byte) int {
	until := c.until
	if until == "" && c.role == roleDuration {
		until = " "
	} else if until == "" {
		return len(b)
	}
	padding := 0
	for padding < len(b) && b[padding] == ' ' {
		padding++
	}
	n := indexOf(b[padding:], until)
	switch {
	case n >= 0:
		return padding + n
	case c.until == "":
		return len(b)
	}
	return -1
}

// endOfList finds until behind a list: "0.004, 0.012 : 0.2".
func endOfList(b []byte, until string) int {
	for i := 0; ; {
		n := indexOf(b[i:], until)
		if n < 0 {
			return -1
		}
		if i += n; until[0] != ' ' {
			return i
		}
		switch {
		case i > 0 && (b[i-1] == ',' || b[i-1] == ':' && i > 1 && b[i-2] == ' '), i+2 < len(b) && b[i+1] == ':' && b[i+2] == ' ':
			i++
		default:
			return i
		}
	}
}

// beforeDigit finds until with a digit behind it, or at the end of a line that was cut.
func beforeDigit(b []byte, until string) int {
	for i := 0; ; i++ {
		n := indexOf(b[i:], until)
		if n < 0 {
			return -1
		}
		i += n
		if next := i + len(until); next == len(b) || b[next]-'0' <= 9 {
			return i
		}
	}
}
