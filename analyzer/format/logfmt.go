package format

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

var logfmt = &Format{
	Name:    "logfmt",
	Title:   "logfmt: key=value pairs with keys of the server's own choosing, as Go's slog writes text",
	Example: `time=2026-09-06T05:58:05.123Z level=INFO msg=request method=GET path=/u/1 status=502 duration=1.234567ms`,
	Clock:   ClockCompletion,
	named:   true,
	learn: learnKeyed(syntaxLogfmt, &schema{
		keys: []key{{"time", roleTime}, {"ts", roleTime}, {"timestamp", roleTime}, {"", roleTime}}, // a key of its own before what was put in front
	}),
}

var errNotLogfmt = &LineError{Kind: Other, Msg: "it has no key=value"}

// logfmt walks over the pairs of a line, one record. A word without = is passed over. Before
// the first pair stands nothing, or a time, which is the value of the empty key, and words:
// so slog's default handler and Heroku have it. Rails has tags there.
func (w *walker) logfmt(line []byte) *LineError {
	w.src, w.pos, w.at, w.words = line, 0, 0, true
	w.to.begin()
	lead := leadingTime(line)
	if lead > 0 {
		w.pair(w.under(w.root, nil), line[:lead])
		w.pos = lead
	} else {
		w.pos = tags(line)
	}
	pairs, whole := 0, w.last == ""
	for {
		var s *step
		if lead > 0 || pairs > 0 {
			var n int
			n, s = w.plainPairs(&whole)
			pairs += n
		}
		if s == nil {
			if s = w.pairKey(lead > 0 || pairs > 0); s == nil {
				break
			}
		}
		value, quoted, ok := w.pairValue()
		whole = whole || s.last
		if !ok || !whole && !quoted && w.pos == len(line) {
			return errCut // within the value, or maybe so
		}
		w.pair(s.kid, value)
		pairs++
	}
	switch {
	case pairs == 0:
		return errNotLogfmt
	case !whole:
		return errCut
	}
	w.to.end()
	return nil
}

// leadingTime is the length of the date and time that the line begins with, 0 where there
// is none.
func leadingTime(line []byte) int {
	const shape = "2006-01-02T15:04:05"
	if len(line) < len(shape) || line[0]-'0' > 9 || line[4] != '-' && line[4] != '/' || line[13] != ':' {
		return 0
	}
	n := bytes.IndexByte(line[len(shape):], ' ')
	return len(shape) + max(n, 0)
}

// tags is the length of "[9f2c1e] [203.0.113.7] " at the start of line.
func tags(line []byte) (n int) {
	for n < len(line) && line[n] == '[' {
		end := bytes.Index(line[n:], []byte("] "))
		if end < 0 {
			break
		}
		n += end + len("] ")
	}
	return n
}

// plainPairs reads the pairs that have the expected keys, values without escapes, and more of
// the line behind them. It returns how many, and the key of the value that the walker stands at,
// nil where it stands before a key. Fast path: whatever else comes is left to others.
func (w *walker) plainPairs(whole *bool) (pairs int, at *step) {
	src, steps := w.src, w.steps[w.at:]
	w.escaped = false
	for i := range steps {
		s := &steps[i]
		if !bytes.HasPrefix(src[w.pos:], s.text) {
			return i, nil
		}
		w.at++
		w.pos += len(s.text)
		value, size := src[w.pos:], 0
		if len(value) > 0 && value[0] == '"' {
			size = plainLen(value)
		} else {
			size = space(value)
		}
		if size == 0 || size == len(value) {
			return i, s
		}
		w.pos += size
		*whole = *whole || s.last
		w.pair(s.kid, value[:size])
	}
	return len(steps), nil
}

func (w *walker) pair(n *node, value []byte) {
	if n != nil {
		w.to.field(n, value)
	}
}

// pairKey reads the next key, and what is before it: words if they may stand there. It returns
// nil where there is none.
func (w *walker) pairKey(words bool) *step {
	if words {
		if s := w.expected(w.root); s != nil {
			return s
		}
	}
	begin := w.pos
	for w.peek() != 0 {
		if key, isKey := w.word(); isKey {
			return w.met(w.root, key, w.src[begin:w.pos])
		} else if !words {
			return nil
		}
	}
	return nil
}

// word reads what is before the next space or =, and reports whether it is a key.
func (w *walker) word() (word []byte, isKey bool) {
	begin := w.pos
	for ; w.pos < len(w.src) && w.src[w.pos] > ' '; w.pos++ {
		if w.src[w.pos] == '=' && w.pos > begin {
			w.pos++
			return w.src[begin : w.pos-1], true
		}
	}
	w.pos = max(w.pos, begin+1) // past a control character
	return w.src[begin:w.pos], false
}

// pairValue reads what is behind the =, with its quotes, and reports whether it has an end.
func (w *walker) pairValue() (value []byte, quoted, ok bool) {
	rest := w.src[w.pos:]
	w.escaped = false
	if len(rest) == 0 || rest[0] != '"' {
		n := space(rest)
		w.pos += n
		return rest[:n], false, true
	}
	for i := 1; i < len(rest); i++ {
		switch i += special(rest[i:]); {
		case i == len(rest):
		case rest[i] == '"':
			w.pos += i + 1
			return rest[:i+1], true, true
		case rest[i] == '\\':
			w.escaped = true
			i++ // with what it escapes
		}
	}
	return nil, true, false
}

// space is the index of the first space, tab or carriage return in b, len(b) where there is
// none. Fast path: eight bytes at a time.
func space(b []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		m := (w - ones*(' '+1)) &^ w & high // the first that is at most a space
		if m == 0 {
			i += 8
			continue
		}
		if i += bits.TrailingZeros64(m) / 8; isSpace(b[i]) {
			return i
		}
		i++
	}
	for i < len(b) && !isSpace(b[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }
