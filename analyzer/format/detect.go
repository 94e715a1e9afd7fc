package format

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Detection is how a file is read, and why so.
type Detection struct {
	Format     *Format
	Unit       Unit
	Guessed    bool    // only the values told the unit, and not who wrote them
	TZ         string  // the zone taken for timestamps that name none; "" where all do
	Confidence float64 // the share of the sample's lines that were explained, 0 to 1
	Why        string
	NotRead    string // what may be durations on the lines and is not read, and what to do about it; "" is nothing
	LogFormat  string // the format string of such lines: the server's own, or what was inferred

	wrappers []*wrapper // from the outermost on
	open     func() Parser
	headed   bool          // there are lines that say how to read those behind them
	share    float64       // of all lines of the sample that gave records
	median   time.Duration // of the sample's durations, 0 where none is known
	others   []*Detection  // for lines that give no record, one after the other
}

// NewParser returns a Parser for the file's lines. Each goroutine needs its own.
func (d *Detection) NewParser() Parser {
	p := d.open()
	for _, other := range d.others {
		p = newEither(p, other.open())
	}
	return p
}

// Wrappers names what was peeled off the lines, from the outermost on.
func (d *Detection) Wrappers() []string {
	names := []string{}
	for _, w := range d.wrappers {
		names = append(names, w.name)
	}
	return names
}

// Others returns how lines are read that are not of the Format.
func (d *Detection) Others() []*Detection { return slices.Clone(d.others) }

// Fits reports whether d reads about as many of the lines as it did of its sample, and durations
// that can be in the same unit.
func (d *Detection) Fits(lines [][]byte) bool {
	lines = withoutBlank(lines)
	unread, median := d.look(lines)
	return !d.jumped(median) && float64(len(lines)-len(unread)) >= d.share/2*float64(len(lines))
}

// Renew returns how the file is read if the lines of sample, which stand further on, are of
// another format, or have durations in another unit: a server may have changed its own. Where they
// are not, that is d.
func (d *Detection) Renew(sample [][]byte, o Options) *Detection {
	sample = withoutBlank(sample)
	unread, median := d.look(sample)
	if d.jumped(median) {
		if again := d.inUnit(sample, &o); again != nil {
			return again
		}
		slower := *d
		slower.median = median
		d = &slower
	}
	if isBinary(unread) || d.Format.sole && len(unread) < len(sample) {
		return d
	}
	renewed := *d
	renewed.others = slices.Clone(d.others)
	candidates, err := o.check(o.candidates())
	if err != nil {
		return d
	}
	renewed.addSecond(candidates, unread, len(unread) == len(sample), &o)
	return &renewed
}

// Describes reports whether line may be one that says how to read those behind it. A sample
// without it would tell little.
func Describes(line []byte) bool { return bytes.Contains(line, fieldsDirective) }

// HeaderOf returns the last line in data that says how to read those behind it, or nil where
// there is none. Where a file is read in parts, each part's Parser must be given the last one
// before it, as a line.
func (d *Detection) HeaderOf(data []byte) []byte {
	if !d.headed {
		return nil
	}
	for end := len(data); ; {
		at := bytes.LastIndex(data[:end], fieldsDirective)
		if at < 0 {
			return nil
		}
		begin := bytes.LastIndexByte(data[:at], '\n') + 1
		line, _, _ := bytes.Cut(data[begin:], []byte{'\n'})
		peeled, ok := line, true
		for i := 0; ok && i < len(d.wrappers); i++ {
			peeled, ok = d.wrappers[i].peel(&wrapping{}, peeled)
		}
		if ok && isHeader(peeled) {
			return line
		}
		end = begin
	}
}

// UnknownError is returned by Detect when no format explains enough of a sample.
type UnknownError struct {
	Lines   int     // lines sampled
	Best    *Format // the format that explains most of them; nil where none explains any
	Matched int     // lines that Best explains
	Binary  bool    // the sample is not text
	Named   *Format // the only format that was tried, as it was asked for
	Fields  bool    // somebody said from where fields are read
	Guess   string  // how its columns look, as a format string; "" where that is unknown too
	Doubt   string  // why Guess is not sure
	Other   string  // the log that it is, which tells of no request's status; "" where that is unknown
	Start   string  // how the first line begins
}

func (e *UnknownError) Error() string {
	switch {
	case e.Binary:
		return "it is binary data, not a log; decompress or convert it first"
	case e.Lines == 0:
		return "there is no line to tell it from"
	case e.Other != "":
		return "it is " + e.Other + ", which tells no statuses; name the access log beside it"
	case e.Guess != "":
		return fmt.Sprintf("the %d lines that were sampled are in no known format; they look like %s, but %s; name what they are with --log-format", e.Lines, e.Guess, e.Doubt)
	case e.Best == nil && e.Fields:
		return fmt.Sprintf("none of the %d lines that were sampled has a status and a request by the fields that were chosen; correct --field, or leave it out", e.Lines)
	case e.Best == nil && e.Named != nil:
		return fmt.Sprintf("none of the %d lines that were sampled is a request as %s has it; correct --log-format, or leave it out", e.Lines, e.Named.Title)
	case e.Best == nil:
		return fmt.Sprintf("none of the %d lines that were sampled is a request in a known format; say with --log-format or --field how they are written, as in: %s; loganalyze formats lists what is known", e.Lines, e.Start)
	}
	return fmt.Sprintf("the best guess, %s, explains only %d of the %d lines that were sampled; name the format with --log-format if it is right", e.Best.Name, e.Matched, e.Lines)
}

// minConfidence is the share of the lines that look like requests which a format
// must explain, and minRequests the share of all lines that must be requests of it:
// a log may hold other lines, but not so many that a request in it is an accident.
const (
	minConfidence = 0.5
	minRequests   = 0.02
)

// minRun is how many lines must be requests, and minShareOfRun what share from the first on,
// where most of the sample comes before the first.
const (
	minRun        = 5
	minShareOfRun = 0.1
)

// Detect finds the format of the sampled lines, which carry no newline.
func Detect(sample [][]byte, o Options) (*Detection, error) {
	named := len(o.Formats) == 1
	candidates, err := o.check(o.candidates())
	if err != nil {
		return nil, err
	}
	sample = withoutBlank(sample)
	if isBinary(sample) {
		return nil, &UnknownError{Lines: len(sample), Binary: true}
	}
	best := bestOf(candidates, sample, &o)
	if !best.convinces(named, len(sample)) {
		e := &UnknownError{Lines: len(sample), Best: best.format, Matched: best.matched - best.cut, Fields: len(o.Fields) > 0}
		if named {
			e.Named = candidates[0]
		}
		if best = e.infer(candidates, sample, &o); best.matched == 0 {
			e.Other, e.Start = noAccessLog(sample), startOf(sample)
			return nil, e
		}
	}
	d := best.detection(sample, &o)
	var unread [][]byte
	unread, d.median = d.look(sample)
	for more := !named && !d.Format.sole; more && len(d.others) < maxOthers; {
		if more = d.addSecond(candidates, unread, false, &o); more {
			last := d.others[len(d.others)-1].Format
			candidates = slices.DeleteFunc(slices.Clone(candidates), func(f *Format) bool { return f == last })
			unread, _ = d.look(sample)
		}
	}
	return d, nil
}

// infer looks for columns where no format fits, in the innermost wrapping rather than with what is
// around it, and keeps the guess where it is not sure.
func (e *UnknownError) infer(candidates []*Format, sample [][]byte, o *Options) (best trial) {
	if !slices.Contains(candidates, inferred) {
		return best
	}
	all := envelopes(sample)
	slices.SortStableFunc(all, func(a, b envelope) int { return len(b.wrappers) - len(a.wrappers) })
	for _, inside := range all {
		if float64(len(inside.lines)) < minVotes*float64(len(sample)) {
			continue
		}
		t := try(inferred, inside, o)
		if t.matched == 0 && e.Matched == 0 && t.dialect.logFormat != "" {
			e.Guess, e.Doubt = t.dialect.logFormat, t.dialect.doubt
		}
		if t.matched > 0 && t.beats(best) {
			best = t
		}
	}
	return best
}

// bestOf tries every candidate on the sample, in each of its wrappings, but infers nothing unless
// that is the only candidate.
func bestOf(candidates []*Format, sample [][]byte, o *Options) (best trial) {
	o.read = new(readings)
	defer func() { o.read = nil }() // for parsers keep o
	for _, e := range envelopes(sample) {
		for _, f := range candidates {
			if f == inferred && len(candidates) > 1 {
				continue
			}
			if t := try(f, e, o); t.beats(best) {
				best = t
			}
			if best.format == loganalyze && best.matched == len(sample) {
				return best // Fast path: nothing beats that.
			}
		}
	}
	return best
}

// convinces reports whether t explains enough of so many lines. What a program says before
// its first request does not count against requests that are then frequent. Where most lines
// seem cut, they are another's lines that begin alike.
func (t trial) convinces(named bool, lines int) bool {
	matched := float64(t.matched)
	if t.matched == 0 || named {
		return t.matched > 0
	}
	return t.cut*2 <= t.matched && matched >= minConfidence*float64(t.matched+t.broken) &&
		(matched >= minRequests*float64(lines) || t.matched >= minRun && matched >= minShareOfRun*float64(len(t.envelope.lines)-t.first))
}

// minSecond is the share of the lines without a record that another format must explain, and
// maxOthers how many of those are looked for in a sample.
const (
	minSecond = 0.05
	maxOthers = 3
)

// addSecond looks for another format among the lines that d does not read, and reports whether
// there is one: programs may share a log, and a server may change its format. The same format with
// other keys is one only where again is set: beside requests, those are calls to other servers.
func (d *Detection) addSecond(candidates []*Format, unread [][]byte, again bool, o *Options) bool {
	candidates = slices.DeleteFunc(slices.Clone(candidates), func(f *Format) bool { return f == d.Format && !again })
	best := bestOf(candidates, unread, o)
	if !best.convinces(false, len(unread)) || float64(best.matched) < minSecond*float64(len(unread)) {
		return false
	}
	other := best.detection(unread, o)
	d.others = append(d.others, other)
	d.NotRead = cmp.Or(d.NotRead, other.NotRead)
	d.Why += "; other lines are " + other.Format.Name + ": " + other.Why
	return true
}

// trial is how one format did on a sample in one wrapping.
type trial struct {
	format   *Format
	envelope envelope
	dialect  dialect
	matched  int // lines that gave records
	cut      int // of those, lines that seemed cut off
	broken   int // lines that should have
	timed    int // records that have a duration
	detail   int // fields that the records hold
	first    int // the first line that matched
}

func try(f *Format, e envelope, o *Options) trial {
	spoken, ok := f.learn(e.lines, o)
	if !ok {
		return trial{dialect: spoken}
	}
	t := count(spoken.open(), e.lines)
	if t.matched == 0 {
		return trial{}
	}
	t.format, t.envelope, t.dialect = f, e, spoken
	return t
}

// count reads the sample.
func count(p Parser, sample [][]byte) (t trial) {
	records := 0
	emit := func(r *accesslog.Record) {
		records++
		t.timed += one(r.Duration.Known)
		t.detail += detail(r)
	}
	for i, line := range sample {
		records = 0
		err := p.Parse(line, emit)
		e, _ := err.(*LineError)
		switch {
		case records > 0:
			if t.matched == 0 {
				t.first = i
			}
			t.matched++
			if err != nil {
				t.cut++
			}
		case e != nil && e.Kind != Other:
			t.broken++
		}
	}
	return t
}

// beats prefers what explains more lines, but a marked format to one that takes up to
// twice as many: the rest are lines of the application that look alike. Of equals it prefers
// what leaves fewer broken, then what reads more from them, then what finds fewer cut: to a
// format with more fields, all lines of one with fewer seem so. At last it prefers what peels
// more off: a wrapper's words, left on, pass for the client.
func (t trial) beats(u trial) bool {
	if m := t.marked(); m != u.marked() {
		return m && t.matched*2 >= u.matched || !m && t.matched > u.matched*2
	}
	if t.matched != u.matched {
		return t.matched > u.matched
	}
	if t.broken != u.broken {
		return t.broken < u.broken
	}
	if t.detail != u.detail {
		return t.detail > u.detail
	}
	if t.cut != u.cut {
		return t.cut < u.cut
	}
	return t.envelope.certain > u.envelope.certain
}

func (t trial) marked() bool { return t.format != nil && t.format.marked }

// detail counts the fields of r that are known.
func detail(r *accesslog.Record) int {
	n := 0
	for _, known := range []bool{
		!r.Time.IsZero(), r.Method != "", r.Route != "", r.Path != "", r.Status.Known, r.Duration.Known, r.ResponseBytes.Known,
		r.ClientIP != "", r.Host != "", r.Proto != "", r.RequestID != "", r.UserAgent != "", r.Referer != "",
	} {
		if known {
			n++
		}
	}
	return n
}

// detection returns how the sample is read.
func (t trial) detection(sample [][]byte, o *Options) *Detection {
	lines := max(len(sample), len(t.envelope.lines)) // a line may hold several frames
	d := &Detection{
		Format: t.format, Unit: t.dialect.unit, Guessed: t.dialect.guessed, TZ: t.dialect.tz, headed: t.dialect.headed,
		Confidence: float64(t.matched) / float64(t.matched+t.broken),
		Why:        fmt.Sprintf("%d of %d sampled lines are requests in this format", t.matched, lines),
		wrappers:   t.envelope.wrappers, open: t.envelope.opened(t.dialect.open, o),
		share: float64(t.matched) / float64(lines),
	}
	for i, w := range d.wrappers {
		d.Why += []string{", behind ", " and "}[min(i, 1)] + w.name
	}
	if u, ok := d.open().(*unwrapper); ok {
		for _, line := range sample {
			_ = u.Parse(line, func(*accesslog.Record) {}) // what is wrong with it was counted
		}
		if u.when.used {
			d.Why += ", from which the time is taken"
		}
		if u.when.zoneless {
			d.TZ = o.zone().String()
		}
	}
	if d.LogFormat = t.format.LogFormat; t.dialect.logFormat != "" {
		d.LogFormat, d.Confidence = t.dialect.logFormat, t.dialect.confidence
	}
	for _, more := range []string{t.dialect.why, t.dialect.notRead} {
		if more != "" {
			d.Why += "; " + more
		}
	}
	if d.NotRead = t.dialect.notRead; t.timed == 0 {
		d.Unit, d.Guessed = "", false // of nothing
	}
	return d
}

// either reads a line as the first of two parsers does, or as the second where that gives no
// record.
type either struct {
	first, second Parser
	records       int
	emit, count   func(*accesslog.Record)
}

func newEither(first, second Parser) *either {
	p := &either{first: first, second: second}
	p.count = func(r *accesslog.Record) {
		p.records++
		p.emit(r)
	}
	return p
}

func (p *either) Parse(line []byte, emit func(*accesslog.Record)) error {
	p.emit, p.records = emit, 0
	err := p.first.Parse(line, p.count)
	if err == nil || p.records > 0 {
		return err
	}
	again := p.second.Parse(line, p.count)
	if e, ok := again.(*LineError); ok && e.Kind == Other && p.records == 0 {
		return err // which may know better what is wrong
	}
	return again
}

// withoutBlank leaves the other lines as they are: what would be trimmed here is still there
// when the file is parsed.
func withoutBlank(sample [][]byte) [][]byte {
	var out [][]byte
	for _, line := range sample {
		if len(bytes.TrimSpace(line)) > 0 {
			out = append(out, line)
		}
	}
	return out
}

// isBinary reports whether a good part of the sample is control characters, as
// no log's is even where an attacker's bytes are in it.
func isBinary(sample [][]byte) bool {
	control, total := 0, 0
	for _, line := range sample {
		total += len(line)
		for _, c := range line {
			if c < ' ' && c != '\t' && c != '\r' && c != '\x1b' {
				control++
			}
		}
	}
	return control*20 > total
}
