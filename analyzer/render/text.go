package render

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
)

// Text prints the report for people, at most o.Width columns wide: what is wrong
// first, then how much of it, where, since when, and last what could not be read.
func Text(w io.Writer, r *analyzer.Report, o Options) error {
	p := newPage(r, o)
	for _, section := range []func(*analyzer.Report) error{
		p.headline, p.counts, p.failing, p.clientErrors, p.top, p.learned, p.timeline, p.incidents, p.facts, p.reading,
	} {
		p.gap()
		if err := section(r); err != nil {
			return err
		}
	}
	_, err := w.Write(bytes.TrimLeft(p.buf.Bytes(), "\n"))
	return err
}

const (
	defaultWidth = 100
	minWidth     = 40
	indent       = "  "
)

// page is a text that grows line by line.
type page struct {
	palette
	buf    bytes.Buffer
	review []string // as Options have it
	width  int
	dated  bool    // whether the clock needs the day with it
	long   bool    // whether the day needs the year with it
	zero   float64 // the milliseconds that a duration of 0 was less than; 0 is unknown
	routes int     // the width of the first column of the tables of routes, once it is known
}

func newPage(r *analyzer.Report, o Options) *page {
	p := &page{palette: palette(o.Color), review: o.Review, width: o.Width}
	if p.width == 0 {
		p.width = defaultWidth
	}
	p.width = max(p.width, minWidth)
	p.dated = r.Period.Start == nil || r.Period.End == nil || !sameDay(*r.Period.Start, *r.Period.End)
	p.zero = r.Latency.ZeroBelow
	p.long = r.Period.Seconds > 300*24*60*60
	if bins := r.Timeline.Bins; len(bins) > 0 && !sameDay(bins[0].Start, bins[len(bins)-1].Start) {
		p.dated = true
	}
	return p
}

func (p *page) line(s string) {
	p.buf.WriteString(strings.TrimRight(s, " "))
	p.buf.WriteByte('\n')
}

// gap starts a section: it leaves a line empty, unless the last one is.
func (p *page) gap() {
	if !bytes.HasSuffix(p.buf.Bytes(), []byte("\n\n")) {
		p.buf.WriteByte('\n')
	}
}

// para prints parts as they flow, indented.
func (p *page) para(st style, sep string, parts ...string) {
	p.hung(len(indent), st, sep, parts...)
}

// hung prints parts as they flow, left columns from the margin.
func (p *page) hung(left int, st style, sep string, parts ...string) {
	for _, s := range flow(p.width-left, sep, parts...) {
		p.line(strings.Repeat(" ", left) + p.paint(st, s))
	}
}

// keyWidth fits the longest key of the lines that keyed prints.
const keyWidth = len("Requests")

// keyed prints a key and, beside it, parts as they flow.
func (p *page) keyed(key string, parts ...string) {
	left := len(indent) + keyWidth + len(indent)
	for i, s := range flow(p.width-left, " · ", parts...) {
		if i > 0 {
			key = ""
		}
		p.line(indent + p.paint(heading, key) + strings.Repeat(" ", left-len(indent)-len(key)) + s)
	}
}

func (p *page) table(t *table) error { return p.tableWith(t, func(int) {}) }

// tableWith prints a table, and what below prints behind each of its rows.
func (p *page) tableWith(t *table, below func(row int)) error {
	lines, err := t.lines(p.width, p.palette)
	for i, s := range lines {
		if p.line(s); i > 0 {
			below(i - 1)
		}
	}
	return err
}

// clock prints the time of day, with the day where the report has more than one.
func (p *page) clock(t time.Time, layout string) string {
	switch {
	case p.long:
		layout = "2 Jan 2006 " + layout
	case p.dated:
		layout = "2 Jan " + layout
	}
	return strings.TrimSpace(t.UTC().Format(layout))
}

var verdictStyles = map[analyzer.Verdict]style{
	analyzer.Healthy:  "1;" + good,
	analyzer.Degraded: "1;" + warning,
	analyzer.Critical: "1;" + bad,
}

// headline is what a reader sees who reads nothing else. The verdict stands in the
// margin of the rest.
func (p *page) headline(r *analyzer.Report) error {
	verdict := cmp.Or(Escape(strings.ToUpper(string(r.Verdict))), "NO VERDICT")
	st := verdictStyles[r.Verdict]
	switch { // what is not known is neither good nor bad
	case r.Requests == 0:
		verdict, st = "NO DATA", normal
	case r.Undecided():
		verdict, st = "NO VERDICT", normal
	}
	verdict = cut(verdict, minWidth/2)
	parts := []string{failureShare(r)}
	if from, to := r.Period.Start, r.Period.End; from != nil && to != nil {
		parts = append(parts, between(*from, *to, r.Period.Seconds))
	}
	if names := inputNames(r.Inputs); names != "" {
		parts = append(parts, names)
	}
	left := width(verdict) + len(indent)
	lines := flow(p.width-left, " · ", parts...)
	lines = append(lines, flow(p.width-left, " ", Escape(r.Reason))...)
	p.line(p.paint(st, verdict) + indent + lines[0])
	for _, s := range lines[1:] {
		p.line(strings.Repeat(" ", left) + s)
	}
	return nil
}

func failureShare(r *analyzer.Report) string {
	switch {
	case r.Requests == 0:
		return "no requests"
	case r.Considered > r.Requests:
		return count(r.Requests) + " of " + counted(r.Considered, "request") + " chosen by status"
	case r.Failures == 0 && r.Unknown > 0:
		return "no failures known in " + counted(r.Requests, "request") + ", " + count(r.Unknown) + " of unknown status"
	case r.Failures == 0:
		return "no failures in " + counted(r.Requests, "request")
	default:
		return share(float64(r.Failures)/float64(r.Requests)) + " of " + counted(r.Requests, "request") + " failed"
	}
}

func inputNames(inputs []analyzer.Input) string {
	if len(inputs) == 0 {
		return ""
	}
	name := cutMiddle(Escape(inputs[0].Name), 48)
	if more := len(inputs) - 1; more > 0 {
		name += " and " + count(uint64(more)) + " more"
	}
	return name
}

// counts prints the classes and the statuses, as two tables whose columns stand in line.
func (p *page) counts(r *analyzer.Report) error {
	classes, statuses := p.classes(r), p.statuses(r)
	for i := range 3 {
		w := max(classes.natural(i), statuses.natural(i))
		classes.columns[i].atLeast, statuses.columns[i].atLeast = w, w
	}
	p.bars(classes)
	if len(classes.rows) > 0 {
		if err := p.table(classes); err != nil {
			return err
		}
	}
	p.failedBelow500(r)
	if len(statuses.rows) == 0 {
		return nil
	}
	p.gap()
	return p.table(statuses)
}

func (p *page) classes(r *analyzer.Report) *table {
	t := &table{columns: []column{
		{head: "Class", cut: cutClass, least: 5},
		{head: "Requests", right: true},
		{head: "Share", right: true, drop: 2},
		{drop: 1},
	}}
	for _, c := range r.Classes {
		if c.Requests == 0 && (c.Class == "1xx" || c.Class == "other") {
			continue
		}
		st := normal
		if c.Requests > 0 {
			st = ofClass(c.Class)
		}
		t.add(cell{text: className(c)}, cell{text: count(c.Requests)}, cell{text: share(c.Share)}, cell{"", st})
		t.shares = append(t.shares, c.Share)
	}
	return t
}

// cutClass leaves all the names out where the column is too narrow for one of them.
func cutClass(s string, w int) string {
	if number, _, ok := strings.Cut(s, " "); ok && w < len("5xx server error") {
		s = number
	}
	return cut(s, w)
}

// The widths of a bar for all requests.
const minBar, maxBar = 8, 32

// bars draws the shares in the room that is left beside the numbers.
func (p *page) bars(t *table) {
	room := p.width - gap
	for i := range 3 {
		room -= gap + t.natural(i)
	}
	for i, share := range t.shares {
		t.rows[i][3].text = bar(share, min(max(room, minBar), maxBar))
	}
}

func className(c analyzer.Class) string {
	if c.Class == "other" {
		return "unknown"
	}
	return strings.TrimSpace(Escape(c.Class + " " + c.Label))
}

// failedBelow500 tells of the failures that the classes do not show.
func (p *page) failedBelow500(r *analyzer.Report) {
	var parts []string
	for _, c := range r.Classes {
		if c.Failed > 0 {
			parts = append(parts, count(c.Failed)+" of "+className(c))
		}
	}
	if r.Failed == 0 {
		return
	}
	p.gap()
	note := "Failed, though the status is no 5xx"
	if parts != nil {
		note += ": " + strings.Join(parts, ", ")
	}
	p.para(normal, " ", note)
}

func (p *page) statuses(r *analyzer.Report) *table {
	t := &table{columns: []column{
		{head: "Status", cut: cut, least: 12},
		{head: "Requests", right: true},
		{head: "Share", right: true, drop: 2},
		{head: "At fault", drop: 1},
	}}
	for _, s := range r.Statuses {
		st := normal
		if s.Class == "4xx" || s.Class == "5xx" {
			st = ofClass(s.Class)
		}
		fault := string(s.Fault)
		if slices.Contains([]string{"none", "unknown"}, fault) {
			fault = ""
		}
		t.add(cell{statusName(s.Status, s.Name), st}, cell{text: count(s.Requests)}, cell{text: share(s.Share)}, cell{text: Escape(fault)})
	}
	return t
}
