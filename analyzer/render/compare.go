package render

import (
	_ "embed" // for the schema
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/loganalyze/loganalyze/analyzer"
)

// CompareSchema is the JSON Schema of what CompareJSON prints.
//
//go:embed compare.schema.json
var CompareSchema []byte

// CompareJSON prints a comparison as JSON prints a report.
func CompareJSON(w io.Writer, c *analyzer.Comparison, _ Options) error {
	if err := WriteJSON(w, c); err != nil {
		return fmt.Errorf("cannot print the comparison as JSON: %w", err)
	}
	return nil
}

// CompareText prints a comparison for people: the verdict, the sides, all requests, and of the
// rest what changed beyond chance and by enough to matter.
func CompareText(w io.Writer, c *analyzer.Comparison, o Options) error {
	p := newPage(&analyzer.Report{Period: c.Base.Period}, o)
	p.comparisonHead(c)
	if c.Base.Requests > 0 && c.Current.Requests > 0 {
		p.gap()
		if err := p.changes(c); err != nil {
			return err
		}
		p.gap()
		p.only(c)
		p.gap()
		p.tested(c)
	}
	for _, s := range sidesOf(c) {
		p.gap()
		p.line(indent + p.paint(heading, s.name))
		if err := p.reading(&analyzer.Report{Inputs: s.Inputs, Lines: s.Lines}); err != nil {
			return err
		}
	}
	_, err := w.Write(p.buf.Bytes())
	return err
}

type namedSide struct {
	name string
	*analyzer.ComparedSide
}

func sidesOf(c *analyzer.Comparison) []namedSide {
	return []namedSide{{"Base", &c.Base}, {"Current", &c.Current}}
}

var changeStyles = map[analyzer.Change]style{analyzer.ChangeWorse: bad, analyzer.ChangeBetter: good, analyzer.ChangeOther: warning}

// comparisonHead prints the verdict, why, and what is compared.
func (p *page) comparisonHead(c *analyzer.Comparison) {
	verdict, st := strings.ToUpper(Escape(string(c.Verdict))), normal
	if of, ok := changeStyles[c.Verdict]; ok {
		st = "1;" + of
	}
	if verdict == "" {
		verdict = "NO VERDICT"
	}
	left := width(verdict) + len(indent)
	for i, s := range flow(p.width-left, "; ", strings.Split(Escape(c.Reason), "; ")...) {
		if i == 0 {
			p.line(p.paint(st, verdict) + indent + s)
		} else {
			p.line(strings.Repeat(" ", left) + s)
		}
	}
	p.gap()
	for _, s := range sidesOf(c) {
		var parts []string
		if from, to := s.Period.Start, s.Period.End; from != nil && to != nil {
			parts = append(parts, between(*from, *to, s.Period.Seconds))
		}
		parts = append(parts, counted(s.Requests, "request"))
		if names := inputNames(s.Inputs); names != "" {
			parts = append(parts, names)
		}
		parts = append(parts, some(s.Dropped, "record", "lost by those who wrote the logs")...)
		if s.Sampled {
			parts = append(parts, "sampled, so the counts are estimates")
		}
		p.keyed(s.name, parts...)
	}
}

// maxValues is how many values of one attribute are shown.
const maxValues = 5

// changes is the table of what changed: a row for each figure of all requests, and for those of
// others that changed.
func (p *page) changes(c *analyzer.Comparison) error {
	t := &changeTable{page: p, table: &table{columns: []column{
		{head: "What changed", cut: cutMiddle, least: max(16, p.width/3)},
		{head: ""},
		{head: "Base", right: true},
		{head: "Current", right: true},
		{head: "Points", right: true, drop: 3},
		{head: "95 % interval", right: true, drop: 1},
		{head: "Ratio", right: true, drop: 2},
		{head: "", drop: 4},
	}}}
	t.all(c)
	for i := range c.Statuses {
		if s := &c.Statuses[i]; s.Change != "" {
			t.share(statusName(s.Status, s.Name), "share", &s.ShareChange, s.Presence)
		}
	}
	t.section()
	t.routes(c.Routes.List)
	for i := range c.Attributes {
		t.attribute(&c.Attributes[i])
	}
	t.section()
	return p.tableWith(t.table, func(row int) {
		if t.ends[row] && row < len(t.rows)-1 {
			p.gap()
		}
	})
}

// changeTable is a table in sections, of which each line's name is told once.
type changeTable struct {
	*table
	page *page
	ends map[int]bool // the rows behind which a section ends
	last string       // the name of the row before
}

func (t *changeTable) section() {
	if t.ends == nil {
		t.ends = map[int]bool{}
	}
	t.ends[len(t.rows)-1] = true
	t.last = ""
}

func (t *changeTable) row(name, of, base, current, difference, interval string, test *analyzer.Test, presence analyzer.Presence) {
	if name == t.last {
		name = ""
	} else {
		t.last = name
	}
	word := string(test.Change)
	if presence != "" && test.Change != "" {
		word = strings.TrimPrefix(strings.TrimPrefix(word+", "+string(presence), string(analyzer.ChangeOther)), ", ")
	}
	t.add(cell{text: name}, cell{of, faint}, cell{text: base}, cell{text: current}, cell{text: difference},
		cell{interval, faint}, cell{text: times(test.Ratio)}, cell{Escape(word), changeStyles[test.Change]})
}

func (t *changeTable) share(name, of string, s *analyzer.ShareChange, presence analyzer.Presence) {
	difference, interval := "", ""
	if s.Difference != nil {
		difference = points(*s.Difference)
	}
	if s.DifferenceLow != nil && s.DifferenceHigh != nil {
		interval = points(*s.DifferenceLow) + " to " + points(*s.DifferenceHigh)
	}
	side := func(a *analyzer.Amount) string {
		if a.Of == 0 {
			return ""
		}
		return share(a.Share)
	}
	t.row(name, of, side(&s.Base), side(&s.Current), difference, interval, &s.Test, presence)
}

func (t *changeTable) quantile(name, of string, q *analyzer.QuantileChange) {
	if q.Base.Value == nil && q.Current.Value == nil {
		return
	}
	t.row(name, of, t.page.millisOrNone(q.Base.Value).text, t.page.millisOrNone(q.Current.Value).text, "", timesBetween(&q.Test), &q.Test, "")
}

// all are the figures of all requests, changed or not.
func (t *changeTable) all(c *analyzer.Comparison) {
	const name = "All requests"
	if v := c.Volume; v != nil {
		t.row(name, "per s", rate(v.Base), rate(v.Current), "", timesBetween(&v.Test), &v.Test, "")
	}
	if c.Failures != nil {
		t.share(name, "failed", c.Failures, "")
	}
	for i := range c.Classes {
		if s := &c.Classes[i]; s.Base.Requests+s.Current.Requests > 0 {
			t.share(name, strings.Replace(s.Class, "other", "unknown", 1), &s.ShareChange, "")
		}
	}
	t.quantile(name, "p50", &c.Latency.P50)
	t.quantile(name, "p95", &c.Latency.P95)
	t.quantile(name, "p99", &c.Latency.P99)
	t.section()
}

func (t *changeTable) routes(list []analyzer.RouteDelta) {
	var named []analyzer.Route
	for i := range list {
		named = append(named, analyzer.Route{Method: list[i].Method, Route: list[i].Route})
	}
	methods := widestMethod(named)
	for i := range list {
		r, name := &list[i], routeName(&named[i], methods)
		if r.Failures.Change != "" {
			t.share(name, "failed", &r.Failures, r.Presence)
		}
		if r.ClientErrors.Change != "" {
			t.share(name, "4xx", &r.ClientErrors, r.Presence)
		}
		if r.P95.Change != "" {
			t.quantile(name, "p95", &r.P95)
		}
		if r.Requests.Change != "" {
			t.share(name, "share", &r.Requests, r.Presence)
		}
	}
	t.section()
}

func (t *changeTable) attribute(a *analyzer.ComparedAttribute) {
	shown := 0
	for i := range a.Values {
		v := &a.Values[i]
		if v.Failures.Change == "" && v.Requests.Change == "" || shown == maxValues {
			continue
		}
		shown++
		name := Escape(a.Attribute + "=" + v.Value)
		if v.Failures.Change != "" {
			t.share(name, "failed", &v.Failures, v.Presence)
		}
		if v.Requests.Change != "" {
			t.share(name, "share", &v.Requests, v.Presence)
		}
	}
}

// only tells what is on one side alone, however little.
func (p *page) only(c *analyzer.Comparison) {
	list := func(routes []analyzer.RouteDelta, total int) (parts []string) {
		for i := range routes {
			r := &routes[i]
			n := r.Requests.Base.Requests + r.Requests.Current.Requests
			parts = append(parts, cutMiddle(strings.TrimSpace(Escape(string(r.Method))+" "+Escape(r.Route)), p.width/2)+" ("+count(n)+")")
		}
		if more := total - len(routes); more > 0 {
			parts = append(parts, count(uint64(more))+" more")
		}
		return parts
	}
	var news, gone []string
	for i := range c.Statuses {
		s := &c.Statuses[i]
		text := statusName(s.Status, s.Name) + " (" + count(s.Base.Requests+s.Current.Requests) + ")"
		switch s.Presence {
		case analyzer.PresenceNew:
			news = append(news, text)
		case analyzer.PresenceGone:
			gone = append(gone, text)
		}
	}
	p.keyed("New", append(news, list(c.Routes.OnlyNew, c.Routes.New)...)...)
	p.keyed("Gone", append(gone, list(c.Routes.OnlyGone, c.Routes.Gone)...)...)
	if k := &c.Clients; k.Base+k.Current > 0 {
		p.keyed("Clients", count(k.Base)+" and "+count(k.Current), count(k.New)+" new", count(k.Gone)+" gone")
	}
}

// tested says how the differences were judged.
func (p *page) tested(c *analyzer.Comparison) {
	if c.Verdict == "" {
		return
	}
	said := "None of " + counted(uint64(c.Tests), "difference") + " tested is beyond chance."
	if c.Significant > 0 {
		said = fmt.Sprintf("%s of %s tested are beyond chance (up to %.0f %% of them falsely so); shown are those large enough to matter.",
			count(uint64(c.Significant)), counted(uint64(c.Tests), "difference"), c.FalseDiscoveryRate*100)
	}
	p.para(faint, " ", said)
	if c.Latency.P50.Base.Value != nil {
		p.para(faint, " ", "Durations are those of requests that did not fail.")
	}
}

// points prints a difference of shares in percentage points, with its sign.
func points(f float64) string {
	p := math.Abs(f * 100)
	digits := 1
	if p < .995 {
		digits = 2
	}
	s := decimal(p, digits)
	switch zero := strings.Trim(s, "0.") == ""; {
	case zero:
		return s
	case f < 0:
		return "−" + s
	}
	return "+" + s
}

// times prints a ratio: 23.9×.
func times(f *float64) string {
	switch {
	case f == nil || math.IsNaN(*f) || *f < 0:
		return ""
	case *f == 0:
		return "0×"
	case *f < .005:
		return "<0.01×"
	case *f >= 999.5:
		return ">999×"
	case *f >= 99.95:
		return decimal(*f, 0) + "×"
	case *f >= 9.995:
		return decimal(*f, 1) + "×"
	}
	return decimal(*f, 2) + "×"
}

// timesBetween is the interval of a ratio.
func timesBetween(t *analyzer.Test) string {
	switch low, high := times(t.RatioLow), times(t.RatioHigh); {
	case low == "" && high == "":
		return ""
	case high == "":
		return "from " + low + " on"
	case low == "":
		return "up to " + high
	default:
		return low + " to " + high
	}
}

// rate prints how many in a second, at two or three digits.
func rate(f float64) string {
	switch {
	case f == 0 || f >= 99.5:
		return count(uint64(math.Round(f)))
	case f >= 9.95:
		return decimal(f, 1)
	case f >= .01:
		return decimal(f, 2)
	}
	return strconv.FormatFloat(f, 'g', 2, 64)
}
