package format

import "bytes"

var logfmt = &Format{
	Name:    "logfmt",
	Title:   "logfmt: key=value pairs with keys of the server's own choosing, as Go's slog writes text",
	Example: `time=2026-09-06T05:58:05.123Z level=INFO msg=request method=GET path=/u/1 status=502 duration=1.234567ms`,
	Clock:   ClockCompletion,
	named:   true,
	learn: learnKeyed((*walker).logfmt, &schema{
		keys: []key{{"time", roleTime}, {"ts", roleTime}, {"timestamp", roleTime}, {"", roleTime}}, // a key of its own before what was put in front
	}),
}

var errNotLogfmt = &LineError{Kind: Other, Msg: "it has no key=value"}

// logfmt walks over the pairs of a line, one record. A word without = is passed over. Before
// the first pair stands nothing, or a time, which is the value of the empty key, and words:
// so slog's default handler and Heroku have it.
func (w *walker) logfmt(line []byte) *LineError {
	w.src, w.pos, w.at, w.words = line, 0, 0, true
	w.to.begin()
	lead := leadingTime(line)
	if lead > 0 {
		w.pair(nil, line[:lead])
		w.pos = lead
	}
	pairs, whole := 0, w.last == ""
	for w.peek() != 0 {
		key, isKey := w.word()
		switch {
		case !isKey && pairs == 0 && lead == 0:
			return errNotLogfmt
		case !isKey:
			continue
		}
		value, quoted, ok := w.pairValue()
		whole = whole || string(key) == w.last
		if !ok || !whole && !quoted && w.pos == len(line) {
			return errCut // within the value, or maybe so
		}
		w.pair(key, value)
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

func (w *walker) pair(key, value []byte) {
	if n := w.under(w.root, key); n != nil {
		w.to.field(n, value)
	}
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
	begin := w.pos
	rest := w.src[begin:]
	if len(rest) == 0 || rest[0] != '"' {
		n := bytes.IndexAny(rest, " \t\r")
		if n < 0 {
			n = len(rest)
		}
		w.pos += n
		return rest[:n], false, true
	}
	for i := 1; ; i++ {
		n := bytes.IndexByte(rest[i:], '"')
		if n < 0 {
			return nil, true, false
		}
		if i += n; evenBackslashes(rest[:i]) {
			w.pos += i + 1
			return rest[:i+1], true, true
		}
	}
}
