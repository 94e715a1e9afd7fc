package render

import (
	"bytes"
	_ "embed" // for the page
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
)

//go:embed review.html
var reviewPage string

var reviewTemplate = template.Must(template.New("review").Parse(reviewPage))

// ReviewHTML prints the review as one page that needs nothing besides: no scripts, no fonts, no
// pictures from elsewhere.
func ReviewHTML(w io.Writer, r *analyzer.Review, _ Options) error {
	d := newDocument(r)
	page := htmlPage{Title: Escape(d.title), Verdict: Escape(string(r.Verdict)), Reason: Escape(sentence(r.Reason))}
	if r.Period.Start != nil && r.Period.End != nil {
		page.Period = between(*r.Period.Start, *r.Period.End, r.Period.Seconds)
	}
	for i := range d.sections {
		s := &d.sections[i]
		out := htmlSection{ID: fmt.Sprintf("s%d", i+1), Level: s.level, Title: Escape(s.title)}
		for k, b := range s.blocks {
			out.Blocks = append(out.Blocks, htmlBlockOf(b, fmt.Sprintf("s%d-%d", i+1, k+1)))
		}
		page.Sections = append(page.Sections, out)
	}
	var buf bytes.Buffer
	if err := reviewTemplate.Execute(&buf, page); err != nil {
		return fmt.Errorf("cannot print the review as HTML: %w", err)
	}
	_, err := w.Write(buf.Bytes())
	return err
}

// These are what the page's template sees. Its texts have been through Escape, and the template
// escapes them for HTML.
type (
	htmlPage struct {
		Title, Verdict, Reason, Period string
		Sections                       []htmlSection
	}
	htmlSection struct {
		ID     string
		Level  int
		Title  string
		Blocks []htmlBlock
	}
	htmlBlock struct {
		Paragraph []htmlSpan
		List      [][]htmlSpan
		Table     *htmlTable
		Chart     *htmlChart
	}
	htmlSpan  struct{ Kind, Text string }
	htmlTable struct {
		Caption string
		Heads   []htmlHead
		Rows    [][]htmlCell
	}
	htmlHead struct {
		Text  string
		Right bool
	}
	htmlCell struct {
		Spans []htmlSpan
		Right bool
	}
)

func htmlBlockOf(b block, id string) htmlBlock {
	switch b := b.(type) {
	case paragraph:
		return htmlBlock{Paragraph: htmlSpans(b)}
	case list:
		var items [][]htmlSpan
		for _, item := range b {
			items = append(items, htmlSpans(item))
		}
		return htmlBlock{List: items}
	case *grid:
		return htmlBlock{Table: htmlTableOf(b)}
	case *chart:
		return htmlBlock{Chart: htmlChartOf(b, id)}
	}
	return htmlBlock{}
}

func htmlSpans(spans []span) (out []htmlSpan) {
	for _, s := range spans {
		out = append(out, htmlSpan{[...]string{prose: "", strong: "strong", quote: "code", blank: "blank"}[s.kind], Escape(s.text)})
	}
	return out
}

func htmlTableOf(g *grid) *htmlTable {
	t := &htmlTable{Caption: Escape(g.caption)}
	for _, h := range g.heads {
		t.Heads = append(t.Heads, htmlHead{Escape(h.text), h.right})
	}
	for _, row := range g.rows {
		var cells []htmlCell
		for i, c := range row {
			cells = append(cells, htmlCell{htmlSpans(c), g.heads[i].right})
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// htmlChart is a timeline drawn in a box of chartWidth by chartHeight.
type htmlChart struct {
	ID, Title, Text  string
	Counted          string // what the failures are
	From, To, Peak   string
	Bars             []htmlBar
	Certain, Unclear []htmlBox
}

// htmlBar is the requests of one bin, and on top of them, from the same ground, its failures.
type htmlBar struct {
	X, W, Y, H    string
	FailY, FailH  string
	About         string
	Failed, Other bool
}

type htmlBox struct{ X, W string }

const chartWidth, chartHeight = 720.0, 120.0

func htmlChartOf(c *chart, id string) *htmlChart {
	bins, length := c.timeline.Bins, time.Duration(c.timeline.IntervalSeconds)*time.Second
	out := &htmlChart{ID: id, Title: "Requests and " + speakOf(c.of).one + "s over time", Counted: strings.ToLower(speakOf(c.of).head)}
	if len(bins) == 0 || length <= 0 {
		return out
	}
	from, to := bins[0].Start, bins[len(bins)-1].Start.Add(length)
	at := func(t time.Time) float64 {
		return min(max(t.Sub(from).Seconds()/to.Sub(from).Seconds(), 0), 1) * chartWidth
	}
	layout := "15:04"
	if length%time.Minute != 0 {
		layout = "15:04:05"
	}
	if !sameDay(from, to) {
		layout = "2 Jan " + layout
	}
	var top, worst uint64
	worstAt := from
	for i := range bins {
		top = max(top, bins[i].Requests)
		if bins[i].Failures > worst {
			worst, worstAt = bins[i].Failures, bins[i].Start
		}
	}
	clock := func(t time.Time) string { return t.UTC().Format(layout) }
	out.From, out.To = clock(from), clock(to)
	out.Peak = "at most " + counted(top, "request") + " " + per(c.timeline.IntervalSeconds)
	if worst > 0 {
		out.Peak += ", " + counted(worst, speakOf(c.of).one) + " at " + clock(worstAt)
	}
	out.Text = "From " + out.From + " to " + out.To + " UTC, " + out.Peak + "."
	height := func(n uint64) float64 { return float64(n) / float64(max(top, 1)) * chartHeight }
	for i := range bins {
		b := &bins[i]
		x := at(b.Start)
		w := max(at(b.Start.Add(length))-x, 0)
		bar := htmlBar{X: pixels(x), W: pixels(w * .86), Other: b.Requests > 0, Failed: b.Failures > 0,
			About: clock(b.Start) + ": " + counted(b.Requests, "request") + ", " + count(b.Failures) + " " + out.Counted}
		bar.Y, bar.H = pixels(chartHeight-height(b.Requests)), pixels(height(b.Requests))
		failed := max(height(min(b.Failures, b.Requests)), 1)
		bar.FailY, bar.FailH = pixels(chartHeight-failed), pixels(failed)
		out.Bars = append(out.Bars, bar)
	}
	for i := range c.incidents {
		in := &c.incidents[i]
		box := func(from, to time.Time) htmlBox { return htmlBox{pixels(at(from)), pixels(max(at(to)-at(from), 0))} }
		out.Certain = append(out.Certain, box(in.Start, in.End))
		out.Unclear = append(out.Unclear, box(in.StartLow, in.StartHigh), box(in.EndLow, in.EndHigh))
		out.Text += " Incident " + fmt.Sprint(in.ID) + " is shaded: " + stretch(in, clock) + "."
	}
	return out
}

// pixels prints a length in the drawing, to a tenth.
func pixels(f float64) string { return decimal(math.Round(f*10)/10, 1) }
