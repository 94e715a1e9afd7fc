package format

import "bytes"

const escape = '\x1b'

// appendUncolored appends line without the sequences that colour a terminal's text, such as
// ESC [ 97;42 m: loggers write them where standard output was one.
func appendUncolored(dst, line []byte) []byte {
	for {
		begin := bytes.IndexByte(line, escape)
		if begin < 0 {
			return append(dst, line...)
		}
		n := colorLen(line[begin:])
		dst = append(dst, line[:begin]...)
		if n == 0 { // it is something else, and kept
			n = 1
			dst = append(dst, escape)
		}
		line = line[begin+n:]
	}
}

// colorLen is the length of the sequence at the start of b, or 0. One that is cut off at the
// end of b is one, too.
func colorLen(b []byte) int {
	if len(b) > 1 && b[1] != '[' {
		return 0
	}
	for i := 2; i < len(b); i++ {
		switch c := b[i]; {
		case c == 'm':
			return i + 1
		case c-'0' > 9 && c != ';':
			return 0
		}
	}
	return len(b)
}
