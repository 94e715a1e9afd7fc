package format

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

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
	LogFormat  string // the format string of such lines: the server's own, or what was inferred

	wrapper *wrapper
	open    func() Parser
}

// NewParser returns a Parser for the file's lines. Each goroutine needs its own.
func (d *Detection) NewParser() Parser {
	if d.wrapper == nil {
		return d.open()
	}
	return &unwrapper{peel: d.wrapper.peel, inner: d.open()}
}

// UnknownError is returned by Detect when no format explains enough of a sample.
type UnknownError struct {
	Lines   int     // lines sampled
	Best    *Format // the format that explains most of them; nil where none explains any
	Matched int     // lines that Best explains
	Binary  bool    // the sample is not text
	Guess   string  // how its columns look, as a format string; "" where that is unknown too
	Doubt   string  // why Guess is not sure
}

func (e *UnknownError) Error() string {
	switch {
	case e.Binary:
		return "it is binary data, not a log; decompress or convert it first"
	case e.Lines == 0:
		return "there is no line to tell it from"
	case e.Guess != "":
		return fmt.Sprintf("the %d lines that were sampled are in no known format; they look like %s, but %s; name what they are with --log-format", e.Lines, e.Guess, e.Doubt)
	case e.Best == nil:
		return fmt.Sprintf("none of the %d lines that were sampled is a request in a known format; loganalyze formats lists them", e.Lines)
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

// Detect finds the format of the sampled lines, which carry no newline.
func Detect(sample [][]byte, o Options) (*Detection, error) {
	candidates, named := o.Formats, len(o.Formats) == 1
	if len(candidates) == 0 {
		candidates = formats
	}
	sample = withoutBlank(sample)
	if isBinary(sample) {
		return nil, &UnknownError{Lines: len(sample), Binary: true}
	}
	var best trial
	for i := range wrappers {
		w := &wrappers[i]
		peeled := w.peelAll(sample)
		if peeled == nil {
			continue
		}
		for _, f := range candidates {
			if f == inferred && !named {
				continue
			}
			if t := try(f, w, peeled, &o); t.beats(best) {
				best = t
			}
		}
	}
	requests := best.matched + best.broken
	// Where most lines seem cut, they are another's lines that begin alike.
	if best.matched == 0 || !named && (best.cut*2 > best.matched || float64(best.matched) < minConfidence*float64(requests) || float64(best.matched) < minRequests*float64(len(sample))) {
		unknown := &UnknownError{Lines: len(sample), Best: best.format, Matched: best.matched - best.cut}
		if best = unknown.infer(candidates, sample, &o); best.matched == 0 {
			return nil, unknown
		}
	}
	return best.detection(len(sample)), nil
}

// infer looks for columns where no format fits, behind a wrapper rather than with it, and keeps
// the guess where it is not sure.
func (e *UnknownError) infer(candidates []*Format, sample [][]byte, o *Options) (best trial) {
	if !slices.Contains(candidates, inferred) {
		return best
	}
	for i := range wrappers {
		w := &wrappers[len(wrappers)-1-i]
		peeled := w.peelAll(sample)
		if peeled == nil {
			continue
		}
		t := try(inferred, w, peeled, o)
		if t.matched == 0 && e.Matched == 0 && t.dialect.logFormat != "" {
			e.Guess, e.Doubt = t.dialect.logFormat, t.dialect.doubt
		}
		if t.matched > 0 && t.beats(best) {
			best = t
		}
	}
	return best
}

// trial is how one format did on a sample behind one wrapper.
type trial struct {
	format  *Format
	wrapper *wrapper
	dialect dialect
	matched int // lines that gave records
	cut     int // of those, lines that seemed cut off
	broken  int // lines that should have
	detail  int // fields that the records hold
}

func try(f *Format, w *wrapper, sample [][]byte, o *Options) trial {
	spoken, ok := f.learn(sample, o)
	if !ok {
		return trial{dialect: spoken}
	}
	t := count(spoken.open(), sample)
	if t.matched == 0 {
		return trial{}
	}
	t.format, t.wrapper, t.dialect = f, w, spoken
	return t
}

// count reads the sample.
func count(p Parser, sample [][]byte) (t trial) {
	for _, line := range sample {
		records := 0
		err := p.Parse(line, func(r *accesslog.Record) {
			records++
			t.detail += detail(r)
		})
		var e *LineError
		switch {
		case records > 0:
			t.matched++
			if err != nil {
				t.cut++
			}
		case errors.As(err, &e) && e.Kind != Other:
			t.broken++
		}
	}
	return t
}

// beats prefers what explains more lines, but a marked format to one that takes up to
// twice as many: the rest are lines of the application that look alike. Of equals it prefers
// what leaves fewer broken, then what reads more from them, and then what finds fewer cut:
// to a format with more fields, all lines of one with fewer seem so.
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
	return t.cut < u.cut
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

func (t trial) detection(lines int) *Detection {
	d := &Detection{
		Format: t.format, Unit: t.dialect.unit, Guessed: t.dialect.guessed, TZ: t.dialect.tz, open: t.dialect.open,
		Confidence: float64(t.matched) / float64(t.matched+t.broken),
		Why:        fmt.Sprintf("%d of %d sampled lines are requests in this format", t.matched, lines),
	}
	if t.wrapper.name != "" {
		d.wrapper = t.wrapper
		d.Why += ", behind " + t.wrapper.name
	}
	if d.LogFormat = t.format.LogFormat; t.dialect.logFormat != "" {
		d.LogFormat, d.Confidence = t.dialect.logFormat, t.dialect.confidence
	}
	if t.dialect.why != "" {
		d.Why += "; " + t.dialect.why
	}
	return d
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
