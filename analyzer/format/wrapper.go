package format

import (
	"bytes"
	"slices"
	"strings"

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
	rest  []byte // what is wrapped apart behind it, on the same line; only the outermost wrapper can tell
	buf   []byte // what was decoded
}

// wrappers is the table. Of wrappers that explain a sample equally well, the first wins, so
// that the narrower stands before the wider.
var wrappers = []wrapper{
	{name: "colour codes", peel: peelColours, origin: colourOrigin},
	{name: "octet counts (RFC 6587)", peel: peelOctetCount},
	{name: "a docker compose prefix", peel: peelCompose},
	{name: "a kubectl prefix", peel: peelKubectl},
	{name: "a CRI prefix", peel: peelCRI},
	{name: "Docker's json-file", peel: peelJSONFile, origin: jsonFileOrigin},
	{name: "journald's JSON", peel: peelJournal, origin: journalOrigin},
	{name: "a syslog header (RFC 5424)", peel: peelSyslog},
	{name: "a syslog header (RFC 3164)", peel: peelBSDSyslog},
	{name: "a prefix of Ruby's Logger", peel: peelRuby},
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
		var l wrapping
		peeled, ok := w.peel(&l, line)
		if ok && len(peeled) < len(line) {
			shorter++
		}
		for ok {
			inner.lines = append(inner.lines, peeled)
			if ok = len(l.rest) > 0 && len(e.wrappers) == 0; ok {
				rest := l.rest
				l = wrapping{}
				peeled, ok = w.peel(&l, rest)
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
	records  int // of the line
	emit     func(*accesslog.Record)
	dated    func(*accesslog.Record) // date, made once
}

var errNotWrapped = &LineError{Kind: Other, Msg: "it has not the prefix of the other lines"}

func (u *unwrapper) Parse(line []byte, emit func(*accesslog.Record)) error {
	u.emit, u.records = emit, 0
	rest, err := u.first(line)
	if len(rest) == 0 { // Fast path.
		return err
	}
	for len(rest) > 0 {
		at := len(line) - len(rest)
		var next error
		rest, next = u.first(rest)
		err = worse(err, next, at)
	}
	e, _ := err.(*LineError)
	switch {
	case e == nil || u.records > 0 && e.Kind == Other:
		return nil
	case u.records > 0:
		return &LineError{Kind: Truncated, Offset: e.Offset, Msg: "of one of its frames, " + e.Msg}
	}
	return err
}

// worse is the error that says more of a line: err, or next, which came of what stands at byte at.
func worse(err, next error, at int) error {
	was, _ := err.(*LineError)
	e, ok := next.(*LineError)
	switch {
	case !ok || was != nil && (was.Kind != Other || e.Kind == Other):
		return err
	case e.Kind == Other:
		return e
	}
	return &LineError{Kind: e.Kind, Offset: e.Offset + at, Msg: e.Msg}
}

// first reads what is wrapped first on the line, and returns what is behind it.
func (u *unwrapper) first(line []byte) (rest []byte, err error) {
	split := false
	peeled := line
	for i, w := range u.wrappers {
		l := &u.layers[i]
		*l = wrapping{line: peeled, buf: l.buf[:0]}
		var ok bool
		if peeled, ok = w.peel(l, peeled); !ok {
			return nil, errNotWrapped
		}
		split = split || l.split
	}
	rest = u.layers[0].rest
	line = line[:len(line)-len(rest)]
	u.layers[0].line = line
	err = u.inner.Parse(peeled, u.dated)
	if e, ok := err.(*LineError); ok && e.Kind != Other {
		return rest, &LineError{Kind: e.Kind, Offset: u.origin(len(peeled), e.Offset), Msg: e.Msg}
	}
	if err == nil && split {
		return rest, &LineError{Kind: Truncated, Offset: len(line), Msg: "the line is long, and the container's runtime has split it"}
	}
	return rest, err
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
	u.records++
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

// peelRuby takes "I, [2026-09-06T05:58:05.123456 #812]  INFO -- web: " off, as the formatter of Ruby's
// Logger writes it and Rails in production with it. The time is local, and the name is mostly empty.
func peelRuby(w *wrapping, line []byte) ([]byte, bool) {
	if len(line) < len("I, [") || string(line[1:4]) != ", [" || strings.IndexByte("DIWEFA", line[0]) < 0 {
		return nil, false
	}
	stamp, rest := cutWord(line[4:])
	if leadingTime(stamp) == 0 || !bytes.HasPrefix(rest, []byte("#")) {
		return nil, false
	}
	_, rest, ok := bytes.Cut(rest, []byte(" -- "))
	if !ok {
		return nil, false
	}
	name, rest, ok := bytes.Cut(rest, []byte(":"))
	if !ok || bytes.IndexByte(name, ' ') >= 0 {
		return nil, false
	}
	w.time = share(stamp)
	return bytes.TrimPrefix(rest, []byte(" ")), true
}

// isTimestamp recognises RFC 3339 by its shape, which is enough of a look at each line.
func isTimestamp(b []byte) bool {
	n := len(b)
	return n >= len("2026-09-06T05:58:05Z") && b[4] == '-' && b[10] == 'T' && b[16] == ':' && b[0]-'0' <= 9 &&
		(b[n-1] == 'Z' || b[n-6] == '+' || b[n-6] == '-' || b[n-5] == '+' || b[n-5] == '-')
}
