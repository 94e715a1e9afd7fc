package format

import (
	"fmt"
	"math"
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// How columns that nobody named are inferred
//
// The sampled lines are cut into cells, once for each separator that they may have: tabs, bars,
// semicolons, commas, spaces. Quotes, brackets and labels such as "status=" around the cells of
// a column become text of the layout, and cells that have more in them are cut again. Then
// every value of a column votes for what it looks like: a time, an address, a request, one of
// the statuses that are in use. A column is of a kind where nearly all of its values say so, and
// plays a role where its label, the header or its kind say so and no other column could play
// it as well. Which whole number is a size and which a duration, and in what unit, is told by how
// it goes with the others: nothing is sent with a 304, the same page has the same size, and
// of the units only one makes durations of requests. What stays open is not read, and the reason tells so.
//
// What was found is written as a layout, and that layout has to read the sample. The confidence
// is the smallest of three shares: of the lines in which the layout reads what their cells have,
// of the values that voted for the status, and of those that voted for the request.
// Below minVotes it is no detection, but an error that shows the guess.
const (
	minVotes      = 0.8
	inferredLines = 20  // fewer lines tell too little
	maxInferred   = 500 // more lines tell no more
	maxColumns    = 200 // more, or more keys, are the data of an application
)

var inferred = &Format{
	Name:    "inferred",
	Title:   "any other layout, its columns inferred from at least 20 lines",
	Example: `502 | 2026-09-06T05:58:05Z | 203.0.113.7:5123 | GET /u/42?x=1 HTTP/1.1 | 12.5ms`,
	Clock:   ClockCompletion,
	least:   inferredLines,
	learn:   infer,
}

// guess is how the lines may be read.
type guess struct {
	dialect
	named  int // columns that are read
	unread int // those that are not
	lines  int // lines that give what is in their cells
	detail int // fields that the records hold
	rivals bool
}

// infer finds the columns of the sample. Where it is not sure, the dialect carries the layout
// and the doubt for an error.
func infer(sample [][]byte, o *Options) (dialect, bool) {
	lines := inferSample(sample)
	best := inferJSON(lines, o)
	for _, sep := range []byte("\t|;, ") {
		// Two statuses remain two where they are cut so that one of them cannot be seen.
		if g := inferText(lines, sep, o); g.rivals && !best.rivals || g.rivals == best.rivals && g.beats(best) {
			best = g
		}
	}
	least := inferredLines
	if len(o.Formats) == 1 { // it was asked for
		least = 1
	}
	if best.sure() && best.lines < least {
		best.doubt = fmt.Sprintf("it takes %d lines to be sure, and %d have that layout", inferredLines, best.lines)
	}
	return best.dialect, best.sure()
}

func (g guess) sure() bool { return g.open != nil && g.doubt == "" }

// beats prefers what can be used, and then what reads more, from fewer columns.
func (g guess) beats(h guess) bool {
	switch {
	case g.sure() != h.sure():
		return g.sure()
	case g.detail != h.detail:
		return g.detail > h.detail
	case g.named != h.named && !g.sure():
		return g.named > h.named
	}
	return g.unread < h.unread
}

// inferSample is at most maxInferred lines, from everywhere.
func inferSample(sample [][]byte) []string {
	var lines []string
	for i := 0; i < len(sample); i += (len(sample) + maxInferred - 1) / maxInferred {
		lines = append(lines, strings.TrimSuffix(string(sample[i]), "\r"))
	}
	return lines
}

// inferText reads the lines as columns that sep parts.
func inferText(lines []string, sep byte, o *Options) guess {
	names, rows := headerOf(lines, sep)
	parts := splitColumn(rows, sep)
	if len(parts.columns) < 2 {
		return guess{}
	}
	if len(names) == len(parts.columns) {
		for i, c := range parts.columns {
			c.name = names[i]
		}
	}
	parts = parts.resolveAll(1).merged(sep)
	v := vote(parts.columns)
	g := guess{named: v.named, unread: len(parts.columns) - v.named, rivals: v.rivals}
	g.logFormat = parts.layout()
	if v.doubt != "" {
		return g.doubted(v.doubt)
	}
	l, err := parseLayout(g.logFormat, "")
	if err != nil {
		return g.doubted(err.Error())
	}
	l.asInferred()
	g.open = func() Parser { return l.parser(o) }
	g.judge(rows, v, o)
	if parts.zoneless() {
		g.tz = o.zone().String()
	}
	return g
}

// doubted is a guess that is not to be used. Of two columns or fewer there is nothing to show.
func (g guess) doubted(why string) guess {
	if g.doubt = why; g.named < 3 {
		g.logFormat = ""
	}
	return g
}

// judge reads the lines by the guess, and compares what it gives with their cells.
func (g *guess) judge(lines []string, v verdict, o *Options) {
	p := g.open()
	want := fields{when: timeReader{local: o.zone()}}
	for i, line := range lines {
		agreed := false
		_ = p.Parse([]byte(line), func(r *accesslog.Record) {
			g.detail += detail(r)
			agreed = r.Status.Known && sameColumns(r, v.record(&want, i))
		})
		g.lines += one(agreed)
	}
	g.confidence = math.Min(v.share, float64(g.lines)/float64(len(lines)))
	g.unit, g.guessed, g.why = v.unit, v.guessed, v.why
	if g.confidence < minVotes {
		g.doubt = fmt.Sprintf("only %.0f %% of the lines agree with it", math.Floor(100*g.confidence))
	}
}

// record is what the cells of line i say.
func (v *verdict) record(f *fields, i int) *accesslog.Record {
	r := f.reset()
	for _, c := range v.columns {
		if c.role != roleNone {
			f.unit = c.unit
			f.set(c.role, c.values[i])
		}
	}
	f.finish()
	return r
}

func sameColumns(a, b *accesslog.Record) bool {
	return a.Status == b.Status && a.Method == b.Method && a.Path == b.Path && a.Time.Equal(b.Time) &&
		a.Duration == b.Duration && a.ResponseBytes == b.ResponseBytes && a.ClientIP == b.ClientIP
}
