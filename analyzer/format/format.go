// Package format turns the lines of an access log into records.
//
// [Detect] looks at a sample of a file's lines, lets every format of the one
// table try them, and returns the [Detection] that explains most: which format,
// in which unit and on which clock, behind which wrapper, and why. A Detection then
// makes a [Parser] for each worker, which reads the file line by line.
package format

import (
	"fmt"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Clock says what the timestamp of a format marks.
type Clock string

// The clocks.
const (
	ClockStart      Clock = "start"      // the request's arrival
	ClockCompletion Clock = "completion" // the response's end
)

// Unit is the unit of a format's durations; "" where it logs none.
type Unit string

// The units.
const (
	Nanoseconds  Unit = "ns"
	Microseconds Unit = "us"
	Milliseconds Unit = "ms"
	Seconds      Unit = "s"
)

// Kind is the fate of a line that did not simply give a record.
type Kind string

// The kinds.
const (
	Malformed Kind = "malformed" // looks like the format, and is not
	Truncated Kind = "truncated" // ends too early; its record may have been saved
	Other     Kind = "other"     // not a request
)

// LineError says why a line gave no record, or not a whole one.
type LineError struct {
	Kind   Kind
	Offset int // bytes from the start of the line
	Msg    string
}

func (e *LineError) Error() string {
	if e.Kind == Other {
		return e.Msg
	}
	return fmt.Sprintf("byte %d: %s", e.Offset, e.Msg)
}

// Parser reads lines of one format. It is for one goroutine at a time.
type Parser interface {
	// Parse reads one line, without its newline, and calls emit for each record
	// in it. The record points into line and into the Parser: it is valid until
	// emit returns. An error is a *LineError; a truncated line can give both a
	// record and an error.
	Parse(line []byte, emit func(*accesslog.Record)) error
}

// Format is one row of the table: one way to write an access log.
type Format struct {
	Name    string // as reports and --log-format call it
	Title   string // for people
	Example string // one line of it
	// LogFormat is the server's own format string that writes such lines, where
	// there is one.
	LogFormat string
	Clock     Clock
	Unit      Unit // of the durations; where lines differ, what learn found
	// marked is set where each line says of itself that it is of this format.
	marked bool
	// least is how many lines it takes to recognise the format, where one is not enough.
	least int
	// sole is set where no second format is looked for: what other lines tell of are the same
	// requests.
	sole bool
	// named is set where the values on a line have names, so that Options.Fields can tell
	// which to read.
	named bool

	// learn studies sample lines and returns what it takes to parse such lines, or
	// false where none of them can be of this format.
	learn func(sample [][]byte, o *Options) (dialect, bool)
}

// Options are what a person knows of a log better than its lines say. The zero Options
// leave all to the lines.
type Options struct {
	// Formats are the candidates; none is all. One that is named alone is taken when it
	// explains any line at all.
	Formats []*Format
	// Fields say from where fields of the record are read, by the names that CheckField knows;
	// the name of a duration has the unit. In JSON it is a dotted path; in lines of a format
	// string, one of its variables. Only formats with such names are then tried.
	Fields map[string]string
	// TZ is the zone of timestamps that name none; nil is time.Local.
	TZ *time.Location
	// Written is when the log was last written to; the zero Time is now. It tells the year
	// of timestamps that name none.
	Written time.Time

	read *readings // of the sample, while formats are tried on it; nil at other times
}

// latest is the time after which no line can be: a day is left for clocks that are wrong,
// and for zones.
func (o *Options) latest() time.Time {
	written := o.Written
	if written.IsZero() {
		written = time.Now()
	}
	return written.Add(24 * time.Hour)
}

func (o *Options) candidates() []*Format {
	if len(o.Formats) == 0 {
		return formats
	}
	return o.Formats
}

func (o *Options) zone() *time.Location {
	if o.TZ == nil {
		return time.Local
	}
	return o.TZ
}

// dialect is a format as one file speaks it.
type dialect struct {
	open func() Parser // a new Parser
	why  string        // what was learned from the sample, in words; may be empty
	unit Unit
	// guessed is set where only the values told the unit.
	guessed bool
	notRead string // what may be a duration and is not read, with the mend; may be empty
	tz      string // the zone taken for timestamps that name none
	headed  bool   // there are lines that say how to read those behind them
	// logFormat is the layout that was inferred, confidence how surely, and doubt why it is not
	// to be used.
	logFormat  string
	confidence float64
	doubt      string
}

// Formats returns the formats that can be read, the narrower before the wider.
func Formats() []*Format { return append([]*Format(nil), formats...) }

// ByName returns the format called name.
func ByName(name string) (*Format, bool) {
	for _, f := range formats {
		if f.Name == name {
			return f, true
		}
	}
	return nil, false
}
