package render

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/loganalyze/loganalyze/analyzer"
)

// facts prints a line for each of what is known besides, and for each doubt about it.
func (p *page) facts(r *analyzer.Report) error {
	for _, f := range []struct {
		key   string
		parts []string
	}{
		{"Latency", p.latency(&r.Latency)},
		{"Failures", failedBy(r.FailedBy, r.Failures)},
		{"Outcomes", outcomes(r.Outcomes)},
		{"Interim", interim(r.Interim)},
		{"Clients", clients(&r.Clients)},
		{"Routes", beyond(&r.Routes)},
		{"Undated", some(r.Timeline.Undated, "request", "without a timestamp")},
		{"Dropped", some(r.Dropped, "record", "lost by those who wrote the logs, and missing here")},
		{"Sampled", sampled(r.Sampled)},
	} {
		if len(f.parts) > 0 {
			p.keyed(f.key, f.parts...)
		}
	}
	return nil
}

func (p *page) latency(l *analyzer.Latency) (parts []string) {
	for _, q := range []struct {
		name string
		ms   *float64
	}{{"p50", l.P50}, {"p90", l.P90}, {"p95", l.P95}, {"p99", l.P99}, {"max", l.Max}} {
		if q.ms != nil {
			parts = append(parts, q.name+" "+p.millis(*q.ms))
		}
	}
	return parts
}

func outcomes(all []analyzer.Outcome) (parts []string) {
	for _, o := range all {
		if o.Requests > 0 {
			parts = append(parts, Escape(strings.ReplaceAll(o.Outcome, "_", " "))+" "+count(o.Requests))
		}
	}
	return parts
}

// failedBy says whose failures they were, as far as the logs tell.
func failedBy(by *analyzer.FailedBy, failures uint64) (parts []string) {
	if by == nil {
		return nil
	}
	for _, f := range []struct {
		who string
		n   uint64
	}{{"origin", by.Origin}, {"proxy", by.Proxy}, {"client", by.Client}} {
		if f.n > 0 {
			parts = append(parts, f.who+" "+count(f.n))
			failures -= min(failures, f.n)
		}
	}
	if parts != nil && failures > 0 {
		parts = append(parts, "not told "+count(failures))
	}
	return parts
}

func interim(all []analyzer.Interim) (parts []string) {
	for _, i := range all {
		if i.Requests > 0 {
			parts = append(parts, statusName(&i.Status, i.Name)+": "+count(i.Requests))
		}
	}
	return parts
}

func clients(c *analyzer.Clients) []string {
	switch {
	case c.Distinct == 0:
		return nil
	case c.Failing == 0:
		return []string{count(c.Distinct)}
	default:
		return []string{count(c.Distinct), count(c.Failing) + " met a failure"}
	}
}

// beyond tells of the routes that were too many to be told apart.
func beyond(r *analyzer.Routes) []string {
	if r.Other == nil || r.Other.Requests == 0 {
		return nil
	}
	parts := []string{count(uint64(max(r.Total, 0))) + " told apart", counted(r.Other.Requests, "request") + " on others"}
	if r.Other.Failures > 0 {
		parts = append(parts, count(r.Other.Failures)+" of these failed")
	}
	return parts
}

func some(n uint64, thing, about string) []string {
	if n == 0 {
		return nil
	}
	return []string{counted(n, thing) + " " + about}
}

func sampled(yes bool) []string {
	if !yes {
		return nil
	}
	return []string{"some records stand for several requests, so the counts are estimates"}
}

// otherLines says what became of the lines that are not among the requests.
func otherLines(r *analyzer.Report) (parts []string) {
	l := &r.Lines
	for _, c := range []struct {
		n     uint64
		about string
	}{
		{l.Malformed, "could not be read"},
		{l.Truncated, "cut short"},
		{l.Other, notRequests},
		{l.Filtered, "left out by the filters"},
	} {
		switch {
		case c.n == 1 && c.about == notRequests:
			parts = append(parts, "1 not a request")
		case c.n > 0:
			parts = append(parts, count(c.n)+" "+c.about)
		}
	}
	if l.SkippedBytes > 0 {
		parts = append(parts, humanize.Bytes(l.SkippedBytes)+" skipped, in lines too long to read")
	}
	if n := unread(r); n > 0 {
		parts = append(parts, humanize.Bytes(n)+" of other times not read")
	}
	return parts
}

// unread is how much was passed over as it is outside the window of time that was asked for.
func unread(r *analyzer.Report) (n uint64) {
	for i := range r.Inputs {
		n += r.Inputs[i].UnreadBytes
	}
	return n
}

const notRequests = "not requests"

// maxInputs is how many inputs are listed one by one.
const maxInputs = 5

// reading accounts for the lines: what was read, as what, and what could not be.
func (p *page) reading(r *analyzer.Report) error {
	if n := len(r.Inputs); n > 1 && n <= maxInputs {
		if err := p.inputs(r.Inputs); err != nil {
			return err
		}
		p.gap()
	}
	l := &r.Lines
	as := ""
	if formats := formatCounts(r.Inputs); len(r.Inputs) == 1 {
		as = manner(&r.Inputs[0])
	} else if len(formats) == 1 && formats[0].name != "" {
		as = " as " + formats[0].name
	} else if len(r.Inputs) > maxInputs {
		as = " from " + counted(uint64(len(r.Inputs)), "input")
	}
	first := count(l.Accepted+l.Filtered) + " of " + counted(l.Read, "line") + " read whole" + as
	switch {
	case l.Read == 0 && unread(r) == 0:
		first = "Nothing to read."
	case l.Read == 0:
		first = "No line was read" + as
	}
	p.para(normal, " · ", append([]string{first}, otherLines(r)...)...)
	p.manyInputs(r.Inputs)
	p.guesses(r.Inputs)
	p.notRead(r.Inputs)
	p.unordered(r.Inputs)
	p.samples(r)
	return nil
}

// manner says how an input was read: as what, out of what, and what its numbers mean.
func manner(in *analyzer.Input) string {
	if in.Format == "" {
		return ""
	}
	s := " as " + strings.Join(append([]string{string(in.Format)}, in.OtherFormats...), " and ")
	if len(in.Wrappers) > 0 {
		s += " behind " + strings.Join(in.Wrappers, " and ")
	}
	if in.Unit != "" {
		s += ", durations in " + string(in.Unit)
	}
	if in.TZ != "" {
		s += ", times without a zone taken for " + zoneName(in.TZ)
	}
	return Escape(s)
}

func (p *page) inputs(inputs []analyzer.Input) error {
	t := &table{columns: []column{
		{head: "Input", cut: cutMiddle, least: 16},
		{head: "Format", cut: cut, least: 8, drop: 2},
		{head: "Unit", drop: 4},
		{head: "Lines", right: true, drop: 3},
		{head: "Requests", right: true},
		{head: "Unread", right: true, drop: 1},
	}}
	for i := range inputs {
		in := &inputs[i]
		format := cell{text: Escape(string(in.Format))}
		if in.Format == "" {
			format = cell{"not recognised", warning}
		}
		t.add(cell{text: Escape(in.Name)}, format, cell{text: Escape(string(in.Unit))}, cell{text: count(in.Lines)}, cell{text: count(in.Records)}, cell{text: count(in.Malformed + in.Truncated)})
	}
	return p.table(t)
}

type formatCount struct {
	name   string
	inputs uint64
}

// formatCounts lists the formats in the order in which they come.
func formatCounts(inputs []analyzer.Input) (counts []formatCount) {
next:
	for i := range inputs {
		name := Escape(string(inputs[i].Format))
		for k := range counts {
			if counts[k].name == name {
				counts[k].inputs++
				continue next
			}
		}
		counts = append(counts, formatCount{name, 1})
	}
	return counts
}

// manyInputs sums up the inputs that are too many for a table.
func (p *page) manyInputs(inputs []analyzer.Input) {
	formats := formatCounts(inputs)
	if len(inputs) > maxInputs && len(formats) > 1 {
		var parts []string
		for _, f := range formats {
			name := f.name
			if name == "" {
				name = "not recognised"
			}
			parts = append(parts, count(f.inputs)+" "+name)
		}
		p.para(normal, " · ", parts...)
	}
}

// unordered says why a window of time was not found any faster.
func (p *page) unordered(inputs []analyzer.Input) {
	for i := range inputs {
		if in := &inputs[i]; in.Unordered {
			p.para(normal, " ", cutMiddle(Escape(in.Name), p.width/3)+" is not in the order of time, so that all of it was read.")
			return
		}
	}
}

// guesses says of durations that their unit may be another.
func (p *page) guesses(inputs []analyzer.Input) {
	for i := range inputs {
		if in := &inputs[i]; in.Guessed && in.Unit != "" {
			p.para(warning, " ", "The durations of "+cutMiddle(Escape(in.Name), p.width/3)+" were taken for "+Escape(string(in.Unit))+", guessed from their values.")
			return
		}
	}
}

// notRead says of the first input that may have durations which nobody reads how to have them.
func (p *page) notRead(inputs []analyzer.Input) {
	for i := range inputs {
		if in := &inputs[i]; in.NotRead != "" {
			p.para(warning, " ", "Of "+cutMiddle(Escape(in.Name), p.width/3)+": "+Escape(string(in.NotRead))+".")
			return
		}
	}
}

// maxSamples is how many lines of one kind are shown.
const maxSamples = 3

// whatIsWrong says it of a kind of line whose samples do not say it themselves.
var whatIsWrong = []struct{ kind, about string }{
	{"malformed", "could not be read"},
	{"truncated", "cut short"},
	{"other", "not a request"},
}

// located is something to be said of a place, and what is written there.
type located struct{ place, about, text string }

// samples shows lines that could not be read, and says of inputs that were not
// recognised why.
func (p *page) samples(r *analyzer.Report) {
	var all []located
	for i := range r.Inputs {
		if in := &r.Inputs[i]; in.Format == "" && in.Why != "" && len(all) < maxSamples {
			all = append(all, located{Escape(in.Name), "not recognised: " + Escape(in.Why), ""})
		}
	}
	for _, wrong := range whatIsWrong {
		shown := 0
		for i := range r.Lines.Samples {
			s := &r.Lines.Samples[i]
			if s.Kind != wrong.kind || shown == maxSamples {
				continue
			}
			shown++
			place := Escape(s.File) + ":" + strconv.FormatUint(uint64(s.Line), 10)
			if s.Line == 0 {
				place = Escape(s.File) + " at byte " + strconv.FormatUint(s.Offset, 10)
			}
			all = append(all, located{place, cmp.Or(Escape(s.Error), wrong.about), Escape(s.Text)})
		}
	}
	const left = indent + indent
	room := p.width - len(left)
	places := 0
	for i := range all {
		all[i].place = cutMiddle(all[i].place, room/3)
		places = max(places, width(all[i].place))
	}
	for _, l := range all {
		line := left + l.place + strings.Repeat(" ", places-width(l.place)+2)
		line += cut(strings.TrimSpace(l.about), p.width-width(line))
		if rest := p.width - width(line) - 2; l.text != "" && rest >= 8 {
			line += "  " + p.paint(faint, cut(strings.TrimSpace(l.text), rest))
		}
		p.line(line)
	}
}

// zoneName says what Go calls Local in words that people know.
func zoneName(tz analyzer.Text) string {
	if tz == "Local" {
		return "local ones"
	}
	return string(tz)
}
