package format

import (
	"bytes"
	"strings"
)

// separator is the byte that parts the columns: that of CSV, if there is one, or a space.
func (l *layout) separator() byte {
	for _, c := range l.columns {
		if i := strings.IndexAny(c.before, ",;|\t"); i >= 0 {
			return c.before[i]
		}
	}
	return ' '
}

// asCSV lets the values have quotes as CSV has them.
func (l *layout) asCSV() {
	for i := range l.columns {
		c := &l.columns[i]
		c.csv = (!c.raw || c.role == roleDuration) && (!c.quoted || c.escape == backslashes)
	}
}

// asInferred is l for lines of which only a sample is known: any value may have quotes, and
// there may be more columns.
func (l *layout) asInferred() *layout {
	l.asCSV()
	l.columns[len(l.columns)-1].extra = l.separator()
	return l
}

// undoubled is a value of CSV without its quotes and escapes.
func (p *layoutParser) undoubled(c *column, b []byte) []byte {
	if !c.quoted {
		bare := unquoted(b)
		if len(bare) == len(b) {
			return b
		}
		b = bare
	}
	begin := len(p.buf)
	switch {
	case bytes.IndexByte(b, '\\') >= 0:
		p.buf = appendUnescaped(p.buf, b)
	case bytes.Contains(b, []byte(`""`)):
		for i := 0; i < len(b); i++ {
			p.buf = append(p.buf, b[i])
			if b[i] == '"' {
				i++
			}
		}
	default:
		return b
	}
	return p.buf[begin:]
}

// unquoted is b without the quotes around it.
func unquoted(b []byte) []byte {
	if n := len(b); n > 1 && b[0] == '"' && endOfQuoted(share(b[1:])) == n-2 {
		return b[1 : n-1]
	}
	return b
}

// endOfQuoted is where the quote is that ends the text at the start of s, or -1: no quote behind a
// backslash, and not the first of two.
func endOfQuoted(s string) int {
	for i := 0; ; i++ {
		n := strings.IndexByte(s[i:], '"')
		if n < 0 {
			return -1
		}
		if i += n; i+1 < len(s) && s[i+1] == '"' {
			i++
		} else if evenBackslashes(s[:i]) {
			return i
		}
	}
}

// endOfLast is where the last column ends: at the end of the line, or before columns that
// nobody announced.
func (c *column) endOfLast(b []byte) int {
	n := -1
	switch {
	case c.role == roleNone || c.role == roleError || c.role == roleUserAgent && c.extra == ' ':
	case c.wide && c.extra == ' ':
		n = endOfTime(b)
	default:
		n = bytes.IndexByte(b, c.extra)
	}
	if n < 0 {
		return len(b)
	}
	return n
}

// endOfTime is the first space behind a time, or -1: those between a date, a clock, a
// zone and a year belong to it.
func endOfTime(b []byte) int {
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], ' ')
		if n < 0 {
			return -1
		}
		i += n
		next := b[i+1:]
		clock := bytes.IndexByte(b[:i], ':') >= 0
		switch {
		case len(next) > 7 && next[2] == ':' && next[5] == ':' && !clock, len(next) > 9 && next[0] == '-' && next[4] == ':' && next[7] == ':' && !clock:
		case clock && isZone(next):
		case b[0]|0x20-'a' < 26 && (!clock || i > 2 && b[i-3] == ':' && isYear(next)): // Sun Mar 13 22:49:12 2016
		default:
			return i
		}
	}
}

// isYear reports whether b begins with a number of four digits.
func isYear(b []byte) bool {
	return len(b) > 3 && b[0]-'0' <= 9 && b[1]-'0' <= 9 && b[2]-'0' <= 9 && b[3]-'0' <= 9 && (len(b) == 4 || b[4] == ' ')
}

// isZone reports whether b begins with "+0900", "+09:00" or "UTC".
func isZone(b []byte) bool {
	if bytes.HasPrefix(b, []byte("UTC")) {
		return len(b) == 3 || b[3] == ' '
	}
	return len(b) > 4 && (b[0] == '+' || b[0] == '-') && b[1]-'0' <= 9 && b[2]-'0' <= 9 && (b[3] == ':' || b[3]-'0' <= 9) && b[4]-'0' <= 9
}
