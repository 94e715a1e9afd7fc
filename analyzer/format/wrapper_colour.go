package format

import "bytes"

// peelColours takes the escape sequences of terminals out: ESC [ parameters letter.
func peelColours(w *wrapping, line []byte) ([]byte, bool) {
	if bytes.IndexByte(line, '\x1b') < 0 { // Fast path.
		return line, true
	}
	for {
		i := bytes.IndexByte(line, '\x1b')
		if i < 0 {
			break
		}
		w.buf = append(w.buf, line[:i]...)
		n := sequence(line[i:])
		if n == 0 {
			w.buf = append(w.buf, '\x1b')
			n = 1
		}
		line = line[i+n:]
	}
	w.buf = append(w.buf, line...)
	return w.buf, true
}

// colourOrigin passes over the sequences.
func colourOrigin(line []byte, n int) int {
	i := 0
	for {
		for k := sequence(line[i:]); k > 0; k = sequence(line[i:]) {
			i += k
		}
		if n == 0 || i == len(line) {
			return i
		}
		i++
		n--
	}
}

// sequence is the length of the control sequence at the start of b, 0 where there is none.
func sequence(b []byte) int {
	if len(b) < 3 || b[0] != '\x1b' || b[1] != '[' {
		return 0
	}
	for i, c := range b[2:] {
		switch {
		case c >= '0' && c <= '?':
		case c >= '@' && c <= '~':
			return i + 3
		default:
			return 0
		}
	}
	return 0
}
