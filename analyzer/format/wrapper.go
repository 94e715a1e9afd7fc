package format

import (
	"bytes"
	"slices"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// wrapper is something that puts its own words around the lines of another program.
type wrapper struct {
	name string // in words
	// peel returns the wrapped line, which shares the bytes of line or of w, and false where
	// line is not wrapped so. What the wrapper says besides is left in w.
	peel func(w *wrapping, line []byte) ([]byte, bool)
	// origin is where byte n of the wrapped line stands in line; nil where nothing is behind
	// the wrapped line, and nothing was decoded.
	origin func(line []byte, n int) int
}

// wrapping is what a wrapper says of one line.
type wrapping struct {
	line  []byte
	time  string // "" where it says none
	split bool   // there is more of the line behind it
	buf   []byte // what was decoded
}

// wrappers is the table. Of wrappers that explain a sample equally well, the first wins, so
// that the narrower stands before the wider.
var wrappers = []wrapper{
	{name: "colour codes", peel: peelColours, origin: colourOrigin},
	{name: "a docker compose prefix", peel: peelCompose},
	{name: "a kubectl prefix", peel: peelKubectl},
	{name: "a CRI prefix", peel: peelCRI},
	{name: "Docker's json-file", peel: peelJSONFile, origin: jsonFileOrigin},
	{name: "journald's JSON", peel: peelJournal, origin: journalOrigin},
	{name: "a syslog header (RFC 5424)", peel: peelSyslog},
	{name: "a syslog header (RFC 3164)", peel: peelBSDSyslog},
	{name: "a timestamp", peel: peelTimestamp},
}

// maxWrappers is how deep a line may be wrapped: coloured, by compose, by syslog.
const maxWrappers = 3

// envelope is a sample and what it was taken out of, the outermost wrapper first.
type envelope struct {
	wrappers []*wrapper
	certain  int      // how many of the wrappers most lines have
	lines    [][]byte // those of the sample that are wrapped so
}

// envelopes returns the ways in which the sample is wrapped. None is the first.
func envelopes(sample [][]byte) []envelope {
	all := []envelope{{lines: sample}}
	for i := 0; i < len(all); i++ { // all grows
		outer := all[i]
		if len(outer.wrappers) == maxWrappers {
			continue
		}
		for k := range wrappers {
			if inner, ok := outer.within(&wrappers[k]); ok {
				all = append(all, inner)
			}
		}
	}
	return all
}

// within peels w off, and returns false where most lines have it not.
func (e *envelope) within(w *wrapper) (envelope, bool) {
	if slices.Contains(e.wrappers, w) {
		return envelope{}, false
	}
	inner := envelope{wrappers: append(slices.Clone(e.wrappers), w), certain: e.certain}
	shorter := 0
	for _, line := range e.lines {
		if peeled, ok := w.peel(&wrapping{}, line); ok {
			inner.lines = append(inner.lines, peeled)
			if len(peeled) < len(line) {
				shorter++
			}
		}
	}
	if shorter*2 >= len(e.lines) {
		inner.certain++
	}
	return inner, len(inner.lines)*2 >= len(e.lines) && shorter > 0
}

// opened is the function that makes parsers of lines in e, of which open parses what is
// in it.
func (e *envelope) opened(open func() Parser, o *Options) func() Parser {
	if len(e.wrappers) == 0 {
		return open
	}
	return func() Parser {
		u := &unwrapper{wrappers: e.wrappers, layers: make([]wrapping, len(e.wrappers)), inner: open(), when: stampReader{
			timeReader: timeReader{local: o.zone()}, latest: o.latest()}}
		u.dated = u.date
		return u
	}
}

// unwrapper peels each line before it is parsed.
type unwrapper struct {
	wrappers []*wrapper
	layers   []wrapping // of the line, for each wrapper
	inner    Parser
	when     stampReader
	emit     func(*accesslog.Record)
	dated    func(*accesslog.Record) // date, made once
}

var errNotWrapped = &LineError{Kind: Other, Msg: "it has not the prefix of the other lines"}

func (u *unwrapper) Parse(line []byte, emit func(*accesslog.Record)) error {
	split := false
	peeled := line
	for i, w := range u.wrappers {
		l := &u.layers[i]
		*l = wrapping{line: peeled, buf: l.buf[:0]}
		var ok bool
		if peeled, ok = w.peel(l, peeled); !ok {
			return errNotWrapped
		}
		split = split || l.split
	}
	u.emit = emit
	err := u.inner.Parse(peeled, u.dated)
	if e, ok := err.(*LineError); ok && e.Kind != Other {
		return &LineError{Kind: e.Kind, Offset: u.origin(len(peeled), e.Offset), Msg: e.Msg}
	}
	if err == nil && split {
		return &LineError{Kind: Truncated, Offset: len(line), Msg: "the line is long, and the container's runtime has split it"}
	}
	return err
}

// origin is where byte n of what was peeled, size bytes of it, stands in the whole line.
func (u *unwrapper) origin(size, n int) int {
	for i := len(u.wrappers) - 1; i >= 0; i-- {
		line := u.layers[i].line
		if origin := u.wrappers[i].origin; origin != nil {
			n = origin(line, n)
		} else {
			n += len(line) - size
		}
		size = len(line)
	}
	return n
}

// date gives a record that has no time that of its wrapper.
func (u *unwrapper) date(r *accesslog.Record) {
	if r.Time.IsZero() {
		for i := range u.layers {
			if s := u.layers[i].time; s != "" {
				r.Time, _ = u.when.parse(s)
				break
			}
		}
	}
	u.emit(r)
}

// cutWord takes the word at the start of b off, and the space behind it. It is empty where
// there is none.
func cutWord(b []byte) (word, rest []byte) {
	if i := bytes.IndexByte(b, ' '); i >= 0 {
		return b[:i], b[i+1:]
	}
	return nil, b
}

// peelTimestamp takes "2026-09-06T05:58:05.123456789Z " off, as docker logs -t, kubectl logs
// --timestamps and many collectors put it there.
func peelTimestamp(w *wrapping, line []byte) ([]byte, bool) {
	stamp, rest := cutWord(line)
	if !isTimestamp(stamp) {
		return nil, false
	}
	w.time = share(stamp)
	return rest, true
}

// isTimestamp recognises RFC 3339 by its shape, which is enough of a look at each line.
func isTimestamp(b []byte) bool {
	n := len(b)
	return n >= len("2026-09-06T05:58:05Z") && b[4] == '-' && b[10] == 'T' && b[16] == ':' && b[0]-'0' <= 9 &&
		(b[n-1] == 'Z' || b[n-6] == '+' || b[n-6] == '-' || b[n-5] == '+' || b[n-5] == '-')
}
