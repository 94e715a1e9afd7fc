package analyzer

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/status"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Filter says which records count. The zero Filter lets all through. It is not changed
// once in use.
type Filter struct {
	Since    time.Time // from this instant; zero is no bound. A record without a time passes no bound
	Until    time.Time // before this instant
	Statuses StatusSet
	Methods  []string // any of them, but none behind "!"; where there is nothing to take in, all
	Route    Patterns // of the route: the logged one, that of a hint, or what is learned of the path
	Path     Patterns // of the path without its query
}

func (f *Filter) isZero() bool {
	return f.Since.IsZero() && f.Until.IsZero() && f.Statuses.codes == nil && len(f.Methods) == 0 && f.Route == nil && f.Path == nil
}

// matcher is a Filter in use by one goroutine.
type matcher struct {
	*Filter
	learning *learning
	all      bool
	in, out  []string // of the methods
}

func (f *Filter) matcher(l *learning) *matcher {
	m := &matcher{Filter: f, learning: l, all: f.isZero()}
	for _, method := range f.Methods {
		if rest, not := strings.CutPrefix(method, "!"); not {
			m.out = append(m.out, rest)
		} else {
			m.in = append(m.in, method)
		}
	}
	return m
}

// match is what a filter says of a record.
type match uint8

const (
	passed      match = iota
	leftOut           // for any reason but the next
	wrongStatus       // by its status alone
)

func (m *matcher) match(r *accesslog.Record) match {
	switch {
	case m.all:
		return passed
	case !m.matchRequest(r):
		return leftOut
	case !m.Statuses.has(r.Status):
		return wrongStatus
	}
	return passed
}

// matchRequest looks at everything but the status.
func (m *matcher) matchRequest(r *accesslog.Record) bool {
	switch {
	case !m.Since.IsZero() && (r.Time.IsZero() || r.Time.Before(m.Since)),
		!m.Until.IsZero() && (r.Time.IsZero() || !r.Time.Before(m.Until)),
		len(m.in) > 0 && !slices.Contains(m.in, r.Method),
		slices.Contains(m.out, r.Method),
		!m.Path.matchString(r.Path):
		return false
	}
	return m.Route == nil || m.Route.match(m.learning.nameOf(r))
}

// nothing says why no request was counted. leftOut is how many records or bytes the filter left
// out, and logs the time that they span; it tells an empty log from an empty selection.
func (f *Filter) nothing(leftOut uint64, logs stretch) string {
	switch {
	case leftOut == 0:
		return "no request was counted"
	case f.Since.IsZero() && f.Until.IsZero():
		return "no request passed the filters"
	}
	asked := "from " + instant(f.Since)
	switch {
	case f.Since.IsZero():
		asked = "before " + instant(f.Until)
	case f.Until.IsZero():
		asked += " on"
	default:
		asked += " to before " + instant(f.Until)
	}
	told := "none in the logs has a time"
	if !logs.from.IsZero() {
		told = "the logs span " + instant(logs.from) + " to " + instant(logs.to)
	}
	return "no request passed the filters: asked for were those " + asked + ", and " + told
}

// instant writes a time as --since reads it.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// stretch is the time from one record to another. The zero stretch holds none.
type stretch struct{ from, to time.Time }

// add widens the stretch to the time of a record, if it tells one that is believed.
func (s *stretch) add(t time.Time) {
	if believed(t) {
		s.widen(stretch{t, t})
	}
}

func (s *stretch) widen(t stretch) {
	if s.from.IsZero() || !t.from.IsZero() && t.from.Before(s.from) {
		s.from = t.from
	}
	if t.to.After(s.to) {
		s.to = t.to
	}
}

// Patterns are what a text must be like, all of them. Without any it may be anything.
type Patterns []Pattern

// Pattern is a regular expression that a text must match, or must not.
type Pattern struct {
	*regexp.Regexp
	Not bool
}

// ParsePattern reads a regular expression, or behind "!" one that must not match. One that
// begins with an exclamation mark of its own is written \!.
func ParsePattern(s string) (Pattern, error) {
	expr, not := strings.CutPrefix(s, "!")
	if not && expr == "" {
		return Pattern{}, fmt.Errorf("%q takes out what matches the regular expression behind it, and there is none", s)
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return Pattern{}, fmt.Errorf("%w; write a regular expression as Go's regexp has them, and ! before it for what does not match", err)
	}
	return Pattern{re, not}, nil
}

// String returns what ParsePattern reads.
func (p Pattern) String() string {
	if p.Not {
		return "!" + p.Regexp.String()
	}
	return p.Regexp.String()
}

// String joins the patterns with "and".
func (all Patterns) String() string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.String()
	}
	return strings.Join(texts, " and ")
}

func (all Patterns) matchString(s string) bool {
	for _, p := range all {
		if p.MatchString(s) == p.Not {
			return false
		}
	}
	return true
}

func (all Patterns) match(b []byte) bool {
	for _, p := range all {
		if p.Match(b) == p.Not {
			return false
		}
	}
	return true
}

// selection is what remains of a Filter in a state: by what the records were chosen that it
// counts.
type selection struct {
	since, until time.Time
	statuses     StatusSet
	methods      []string // sorted
	route, path  string
	noLearn      bool // routes were not learned, so that none can be from its paths
}

func (o *Options) selection() selection {
	f := &o.Filter
	s := selection{noLearn: o.NoLearn, since: f.Since, until: f.Until, statuses: f.Statuses, methods: slices.Compact(slices.Sorted(slices.Values(f.Methods)))}
	if f.Route != nil {
		s.route = f.Route.String()
	}
	if f.Path != nil {
		s.path = f.Path.String()
	}
	return s
}

// same reports whether both chose alike, but for the time.
func (s *selection) same(t *selection) bool {
	return s.statuses.same(t.statuses) && slices.Equal(s.methods, t.methods) && s.route == t.route && s.path == t.path && s.noLearn == t.noLearn
}

// widen takes in the time of t.
func (s *selection) widen(t *selection) {
	if t.since.IsZero() || !s.since.IsZero() && t.since.Before(s.since) {
		s.since = t.since
	}
	if t.until.IsZero() || !s.until.IsZero() && t.until.After(s.until) {
		s.until = t.until
	}
}

// String writes the selection as the command's flags have it, without the time.
func (s *selection) String() string {
	var flags []string
	for _, flag := range [][2]string{
		{"--status", s.statuses.text}, {"--method", strings.Join(s.methods, ",")}, {"--route", s.route}, {"--path", s.path},
	} {
		if flag[1] != "" {
			flags = append(flags, flag[0]+" "+strconv.Quote(flag[1]))
		}
	}
	if s.noLearn {
		flags = append(flags, "--no-learn")
	}
	if flags == nil {
		return "no filter"
	}
	return strings.Join(flags, " ")
}

func (s *selection) append(w *writer) {
	w.time(s.since)
	w.time(s.until)
	w.text(s.statuses.text)
	w.texts(s.methods)
	w.text(s.route)
	w.text(s.path)
	w.bool(s.noLearn)
}

func (s *selection) parse(r *reader) {
	s.since, s.until = r.time(), r.time()
	if text := r.text(); text != "" {
		var err error
		if s.statuses, err = ParseStatusSet(text); err != nil {
			r.fail("the filter: %w", err)
		}
	}
	s.methods, s.route, s.path = r.texts(), r.text(), r.text()
	s.noLearn = r.version > 1 && r.bool()
}

// StatusSet is a set of statuses. The zero StatusSet holds all of them.
type StatusSet struct {
	text  string // as ParseStatusSet read it
	codes *[1000]bool
	rest  bool // whether unknown statuses, and those of 1000 and above, are in
}

func (s StatusSet) has(code accesslog.Opt[int]) bool {
	if s.codes == nil {
		return true
	}
	if !code.Known || code.Value < 0 || code.Value >= len(s.codes) {
		return s.rest
	}
	return s.codes[code.Value]
}

// same reports whether both hold the same statuses, however they were written.
func (s StatusSet) same(t StatusSet) bool {
	if s.codes == nil || t.codes == nil {
		return s.codes == t.codes
	}
	return *s.codes == *t.codes && s.rest == t.rest
}

// ParseStatusSet reads a list such as "5xx,404,!502": codes and classes, of which those
// behind "!" are taken out. Where there is nothing to take in, it takes out of all.
func ParseStatusSet(s string) (StatusSet, error) {
	set := StatusSet{text: s, codes: new([1000]bool)}
	var in, out []func(code int) bool
	for term := range strings.SplitSeq(s, ",") {
		term = strings.TrimSpace(term)
		list := &in
		if rest, ok := strings.CutPrefix(term, "!"); ok {
			term, list = rest, &out
		}
		match, err := parseStatusTerm(term)
		if err != nil {
			return StatusSet{}, err
		}
		*list = append(*list, match)
	}
	has := func(code int) bool {
		matches := func(f func(int) bool) bool { return f(code) }
		return (len(in) == 0 || slices.ContainsFunc(in, matches)) && !slices.ContainsFunc(out, matches)
	}
	for code := range set.codes {
		set.codes[code] = has(code)
	}
	set.rest = has(unknownStatus)
	return set, nil
}

func parseStatusTerm(term string) (func(code int) bool, error) {
	for _, class := range status.Classes() {
		if strings.EqualFold(term, class.String()) {
			return func(code int) bool { return status.ClassOf(code) == class }, nil
		}
	}
	n, err := strconv.Atoi(term)
	if err != nil || n < 0 || n > 999 {
		return nil, fmt.Errorf("%q is no status; write codes and classes, such as 5xx,404,!502", term)
	}
	return func(code int) bool { return code == n }, nil
}
