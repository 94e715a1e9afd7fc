package render

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
)

// incidents prints when each incident was, how bad, where to look first, and once the command
// that tells more.
func (p *page) incidents(r *analyzer.Report) error {
	clock := func(t time.Time) string { return p.clock(t, "15:04:05") }
	if r.NoIncidents != "" {
		p.incident("Incidents", []string{"not looked for: " + Escape(string(r.NoIncidents))})
	}
	if parts := silences(r.Timeline, func(t time.Time) string { return p.clock(t, "15:04") }); parts != nil {
		p.incident("Silence", parts)
	}
	for i := range r.Incidents {
		in := &r.Incidents[i]
		parts := []string{stretch(in, clock), howBad(in)}
		if first := firstRoutes(in); first != "" {
			parts = append(parts, "first: "+first)
		}
		p.incident("Incident "+count(uint64(max(in.ID, 0))), append(parts, sharing(in)...))
	}
	if len(r.MicroBurst) > 0 {
		p.incident("Bursts", []string{bursts(r.MicroBurst, clock)})
	}
	if len(r.Incidents) > 0 && len(p.review) > 0 {
		p.incident("More", nil)
	}
	return nil
}

// incidentKey fits the key of the ninth incident, beside which all is set.
const incidentKey = len("Incident 9")

// incident prints a key and, beside it, parts as they flow; without parts the command that
// reviews the incidents.
func (p *page) incident(key string, parts []string) {
	left := len(indent) + max(incidentKey, len(key)) + len(indent)
	lines := flow(p.width-left, " · ", parts...)
	if parts == nil {
		lines = commandLines(p.width-left, p.review)
	}
	for i, s := range lines {
		if i > 0 {
			key = ""
		}
		p.line(indent + p.paint(heading, key) + strings.Repeat(" ", left-len(indent)-len(key)) + s)
	}
}

// stretch says from when to when an incident was, with the intervals of both.
func stretch(in *analyzer.Incident, clock func(time.Time) string) string {
	from, to := around(in.Start, in.StartLow, in.StartHigh, clock), around(in.End, in.EndLow, in.EndHigh, clock)
	if in.BeganBefore {
		from = "before the log began"
	}
	if in.Ongoing {
		to = "ongoing at the log's end"
	}
	s := from + " – " + to
	if !in.BeganBefore && !in.Ongoing {
		s += ", " + duration(in.End.Sub(in.Start).Seconds())
	}
	return s
}

// around prints a time with its interval: from and to, where it is not in the middle.
func around(t, low, high time.Time, clock func(time.Time) string) string {
	before, after := math.Round(t.Sub(low).Seconds()), math.Round(high.Sub(t).Seconds())
	switch {
	case before <= 0 && after <= 0:
		return clock(t)
	case math.Abs(before-after) <= 1:
		return clock(t) + " (±" + duration(max(before, after)) + ")"
	default:
		return clock(t) + " (" + clock(low) + "–" + clock(high) + ")"
	}
}

// howBad counts what an incident is about.
func howBad(in *analyzer.Incident) string {
	switch {
	case in.Stream == analyzer.StreamVolume && in.Excess < 0:
		return "about " + rounded(-in.Excess) + " requests missing"
	case in.Stream == analyzer.StreamVolume:
		return "about " + rounded(in.Excess) + " requests more than usual"
	default:
		return speakOf(in.Stream).happened(in.Failures) + ", " + rounded(in.Excess) + " above normal"
	}
}

// rounded prints an estimate of a count.
func rounded(f float64) string {
	switch f = math.Round(f); {
	case math.IsNaN(f):
		return "?"
	case f < 0:
		return "-" + rounded(-f)
	case f >= math.MaxUint64:
		return count(math.MaxUint64)
	}
	return count(uint64(f))
}

// firstRoutes names the routes that failed first, which may be several at once.
func firstRoutes(in *analyzer.Incident) string {
	const most = 2
	var names []string
	for i := range in.Routes {
		if r := &in.Routes[i]; r.First {
			names = append(names, methodRoute(r.Method, r.Route))
		}
	}
	if more := len(names) - most; more > 0 {
		names = append(names[:most], "and "+count(uint64(more))+" more")
	}
	return strings.Join(names, ", ")
}

func methodRoute(method analyzer.Text, route string) string {
	return Escape(strings.TrimSpace(string(method) + " " + route))
}

// sharing says what most of the failures share, and how it is elsewhere.
func sharing(in *analyzer.Incident) []string {
	if len(in.Suspects) == 0 {
		return nil
	}
	s := &in.Suspects[0]
	return []string{share(s.Share) + " of it shares " + where(s.Where) + "; elsewhere " + elsewhere(in, s)}
}

// elsewhere is the rate of failures without a suspect. Up to half as much again as is usual is
// as good as normal: all else is exonerated.
func elsewhere(in *analyzer.Incident, s *analyzer.Suspect) string {
	if s.RateOutside <= 1.5*in.BaselineRate {
		return "normal"
	}
	return share(s.RateOutside)
}

// where prints a predicate, its attributes by name.
func where(w map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(w)) {
		parts = append(parts, Escape(k+"="+w[k]))
	}
	return strings.Join(parts, " and ")
}

// bursts counts the bursts that were too short for incidents, and tells of the worst.
func bursts(all []analyzer.Incident, clock func(time.Time) string) string {
	worst := slices.MaxFunc(all, func(a, b analyzer.Incident) int { return cmp.Compare(math.Abs(a.Excess), math.Abs(b.Excess)) })
	about := clock(worst.Start) + ", " + howBad(&worst)
	if len(all) == 1 {
		return "1 too short for an incident: " + about
	}
	return count(uint64(len(all))) + " too short for incidents, the worst " + about
}
