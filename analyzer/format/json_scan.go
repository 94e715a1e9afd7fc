package format

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON off a line. It takes what RFC 8259 has and, because a server's own
// format string writes no JSON, but text that mostly looks like it: bytes that are no UTF-8,
// the escapes of nginx and Apache in strings, numbers with leading zeros, and - or nothing
// for a value that is unknown. TestScan and FuzzScan hold it to jsontext.
type scanner struct {
	src     []byte
	pos     int
	escaped bool // set where a string that was read has an escape
}

// maxNesting is how deep values may be nested.
const maxNesting = 10000

var errCut = &LineError{Kind: Truncated, Msg: "the line is cut off"}

// wrong says what is not JSON at the scanner's place, or that the line ends there.
func (s *scanner) wrong(want string) *LineError {
	if s.pos >= len(s.src) {
		return errCut
	}
	return &LineError{Kind: Malformed, Offset: s.pos, Msg: "not JSON: want " + want}
}

// peek is the next byte behind white space, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.src) && s.src[s.pos] > ' ' { // Fast path: there is none.
		return s.src[s.pos]
	}
	return s.pastSpace()
}

func (s *scanner) pastSpace() byte {
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; c {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// str reads a string, at whose quote the scanner stands.
func (s *scanner) str() *LineError {
	src, i := s.src, s.pos+1
	for i += special(src[i:]); i < len(src); i += special(src[i:]) {
		switch src[i] {
		case '"':
			s.pos = i + 1
			return nil
		case '\\':
			s.escaped = true
			n := escapeLen(src[i:])
			if n == 0 {
				s.pos = i
				return s.wrong("an escape")
			}
			i = min(i+n, len(src))
		default:
			s.pos = i
			return s.wrong("no control character in a string")
		}
	}
	s.pos = len(src)
	return errCut
}

// plainLen is the length of a string without escapes, or of a number of digits and a point, at
// the start of b, 0 where there is none.
func plainLen(b []byte) int {
	if len(b) > 0 && b[0] == '"' {
		if n := 1 + special(b[1:]); n < len(b) && b[n] == '"' {
			return n + 1
		}
		return 0
	}
	n := digitsLen(b)
	if n > 0 && n < len(b) && b[n] == '.' {
		m := digitsLen(b[n+1:])
		if m == 0 {
			return 0
		}
		n += 1 + m
	}
	return n
}

// digitsLen is how many digits are at the start of b.
func digitsLen(b []byte) int {
	for i, c := range b {
		if c-'0' > 9 {
			return i
		}
	}
	return len(b)
}

// special is the index of the first quote, backslash or control character in b, len(b)
// where there is none. Fast path: eight bytes at a time.
func special(b []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	rest := b
	for ; len(rest) >= 8; rest = rest[8:] {
		w := binary.LittleEndian.Uint64(rest)
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		if m := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w) & high; m != 0 {
			return len(b) - len(rest) + bits.TrailingZeros64(m)/8
		}
	}
	for i, c := range rest {
		if c == '"' || c == '\\' || c < ' ' {
			return len(b) - len(rest) + i
		}
	}
	return len(b)
}

// escapeLen is the length of the escape at the start of b, 0 where there is none. It may be
// more than b has.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 2
	}
	n := 2
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'v':
	case 'u':
		n = 6
	case 'x':
		n = 4
	default:
		return 0
	}
	for i := 2; i < n && i < len(b); i++ {
		if hexDigit(b, i) < 0 {
			return 0
		}
	}
	return n
}

// appendUnquoted appends b, what str returned, with its escapes decoded.
func appendUnquoted(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 || i+1 == len(b) {
			return append(dst, b...)
		}
		dst = append(dst, b[:i]...)
		b = b[i:]
		n := min(max(escapeLen(b), 2), len(b))
		switch c := b[1]; c {
		case 'u':
			r := codeUnit(b)
			if low := b[n:]; utf16.IsSurrogate(r) {
				if r = utf16.DecodeRune(r, codeUnit(low)); r != utf8.RuneError {
					n += len(`\u0000`)
				}
			}
			dst = utf8.AppendRune(dst, r)
		case 'b', 'n', 'r', 't', 'v', 'x':
			dst = appendUnescaped(dst, b[:n])
		case 'f':
			dst = append(dst, '\f')
		default:
			dst = append(dst, c)
		}
		b = b[n:]
	}
}

// codeUnit is the one that b begins with as \u0000, or none.
func codeUnit(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' || escapeLen(b) != 6 {
		return utf8.RuneError
	}
	return rune(hexDigit(b, 2)<<12 | hexDigit(b, 3)<<8 | hexDigit(b, 4)<<4 | hexDigit(b, 5))
}

// skip reads a value of any kind that begins with c, at which the scanner stands.
func (s *scanner) skip(c byte, depth int) *LineError {
	if c == '{' || c == '[' {
		return s.skipAll(depth)
	}
	return s.scalar(c)
}

// scalar is skip for all but objects and arrays.
func (s *scanner) scalar(c byte) *LineError {
	switch {
	case c == '"':
		return s.str()
	case c-'0' <= 9 || c == '-':
		return s.number()
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	}
	return s.wrong("a value")
}

// skipAll reads an object or an array.
func (s *scanner) skipAll(depth int) *LineError {
	if depth >= maxNesting {
		return s.wrong("fewer values in each other")
	}
	object, end := s.src[s.pos] == '{', s.src[s.pos]+2 // as ASCII has them
	s.pos++
	if s.peek() == end {
		s.pos++
		return nil
	}
	for {
		if object {
			if _, err := s.key(); err != nil {
				return err
			}
		}
		if c := s.peek(); !object || c != ',' && c != '}' { // or a variable of the server's was empty
			if err := s.skip(c, depth+1); err != nil {
				return err
			}
		}
		if more, err := s.more(end); !more {
			return err
		}
	}
}

// key reads a key and its colon.
func (s *scanner) key() ([]byte, *LineError) {
	if s.peek() != '"' {
		return nil, s.wrong("a key")
	}
	begin := s.pos + 1
	if err := s.str(); err != nil {
		return nil, err
	}
	key := s.src[begin : s.pos-1]
	if s.peek() != ':' {
		return nil, s.wrong("a colon")
	}
	s.pos++
	return key, nil
}

// more reads what is behind a value: a comma, or the end of what it is in.
func (s *scanner) more(end byte) (bool, *LineError) {
	if s.pos < len(s.src) && s.src[s.pos] == ',' { // Fast path.
		s.pos++
		return true, nil
	}
	return s.moreOrEnd(end)
}

func (s *scanner) moreOrEnd(end byte) (bool, *LineError) {
	switch s.peek() {
	case ',':
		s.pos++
		return true, nil
	case end:
		s.pos++
		return false, nil
	}
	return false, s.wrong("a comma or an end")
}

func (s *scanner) literal(want string) *LineError {
	for i := range len(want) {
		if s.pos == len(s.src) || s.src[s.pos] != want[i] {
			return s.wrong(want)
		}
		s.pos++
	}
	return nil
}

// number reads a number. No object ends in one: where the line does, more of it may be
// missing.
func (s *scanner) number() *LineError {
	if s.src[s.pos] == '-' {
		if s.pos++; s.pos < len(s.src) && s.src[s.pos]-'0' > 9 {
			return nil
		}
	}
	c, err := s.digits()
	if c == '.' {
		s.pos++
		c, err = s.digits()
	}
	if c|0x20 != 'e' {
		return err
	}
	if s.pos++; s.pos < len(s.src) && (s.src[s.pos] == '+' || s.src[s.pos] == '-') {
		s.pos++
	}
	_, err = s.digits()
	return err
}

// digits reads at least one, and returns what is behind them. Something must be.
func (s *scanner) digits() (byte, *LineError) {
	n := digitsLen(s.src[s.pos:])
	s.pos += n
	if n == 0 || s.pos == len(s.src) {
		return 0, s.wrong("a digit")
	}
	return s.src[s.pos], nil
}
