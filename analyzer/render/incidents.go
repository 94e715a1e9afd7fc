package render

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
)

// maxIncidents is how many incidents the report tells of, and maxSuspects how many of the
// things that the failures of one share.
const maxIncidents, maxSuspects = 8, 3

// incidents prints a line or two for each incident: when, how bad and where.
func (p *page) incidents(r *analyzer.Report) error {
	told := worst(r.Incidents, maxIncidents)
	keys := keyWidth
	for i := range told {
		keys = max(keys, width(incidentName(&told[i])))
	}
	for i := range told {
		in := &told[i]
		st := bad
		if in.Stream == analyzer.Stream4xx {
			st = warning
		}
		p.beside(keys, st, incidentName(in), append([]string{p.window(in)}, append(severity(in), firstRoutes(in.Routes)...)...)...)
		rest := shared(in)
		if i == len(told)-1 && len(told) == len(r.Incidents) && p.more != "" {
			rest = append(rest, "more: "+p.more)
		}
		p.beside(keys, normal, "", rest...)
	}
	if more := len(r.Incidents) - len(told); more > 0 {
		rest := []string{counted(uint64(more), "smaller incident")}
		if p.more != "" {
			rest = append(rest, "all of them: "+p.more)
		}
		p.beside(keys, faint, "Besides", rest...)
	}
	if n := len(r.MicroBurst); n > 0 {
		p.beside(keys, faint, "Bursts", append([]string{counted(uint64(n), "burst") + " too short to be an incident"}, p.worstBurst(r.MicroBurst)...)...)
	}
	return nil
}

// worst chooses the incidents that are told of: those that go on, then those with the most
// excess. They stay in order.
func worst(all []analyzer.Incident, most int) []analyzer.Incident {
	chosen := slices.Clone(all)
	slices.SortStableFunc(chosen, func(a, b analyzer.Incident) int {
		if a.Ongoing != b.Ongoing {
			if a.Ongoing {
				return -1
			}
			return 1
		}
		return cmp.Compare(math.Abs(b.Excess), math.Abs(a.Excess))
	})
	chosen = chosen[:min(len(chosen), most)]
	slices.SortStableFunc(chosen, func(a, b analyzer.Incident) int { return cmp.Compare(a.ID, b.ID) })
	return chosen
}

func incidentName(in *analyzer.Incident) string { return fmt.Sprintf("Incident %d", in.ID) }

// window says when an incident began and ended, and how surely.
func (p *page) window(in *analyzer.Incident) string {
	from := p.clock(in.Start, seconds) + margin(in.Start, in.StartLow, in.StartHigh)
	if in.BeganBefore {
		from = "before the log"
	}
	if in.Ongoing {
		return from + " – ongoing at the log's end"
	}
	to := in.End.UTC().Format(seconds)
	if in.BeganBefore || !sameDay(in.Start, in.End) {
		to = p.clock(in.End, seconds)
	}
	return from + " – " + to + margin(in.End, in.EndLow, in.EndHigh)
}

// seconds is the layout of a moment that is known to the second.
const seconds = "15:04:05"

// margin says between what an edge lies: (±4 s) or, where it may lie farther on one side,
// (14:38:05–14:38:13). It starts with a space, and is empty where the edge is sure.
func margin(at, low, high time.Time) string {
	before, after := at.Sub(low), high.Sub(at)
	switch {
	case before <= 0 && after <= 0:
		return ""
	case before == after:
		return " (±" + duration(after.Seconds()) + ")"
	}
	bound := func(t time.Time) string {
		layout := seconds
		if !sameDay(t, at) {
			layout = "2 Jan " + seconds
		}
		return t.UTC().Format(layout)
	}
	return " (" + bound(low) + "–" + bound(high) + ")"
}

// kinds are what the failures of a stream are called.
var kinds = map[analyzer.Stream]struct{ one, many, verb string }{
	analyzer.Stream5xx:  {"failure", "failures", "failed"},
	analyzer.Stream4xx:  {"client error", "client errors", "got a client error"},
	analyzer.StreamSlow: {"slow request", "slow requests", "slow"},
}

// severity says how bad an incident was: 509 failed, 497 above normal.
func severity(in *analyzer.Incident) []string {
	if in.Stream == analyzer.StreamVolume {
		n := about(in.Excess) + " requests "
		if in.Excess < 0 {
			n += "missing"
		} else {
			n += "more than usual"
		}
		return []string{n, figure(in.Rate) + " a second, usually " + figure(in.BaselineRate)}
	}
	n := count(in.Failures) + " " + kinds[in.Stream].verb
	if in.Stream == analyzer.Stream4xx {
		n = counted(in.Failures, "client error")
	}
	if above := whole(in.Excess); above < in.Failures {
		return []string{n + ", " + count(above) + " above normal"}
	}
	return []string{n + ", normally none"}
}

// whole is the number of requests that an estimate comes to.
func whole(f float64) uint64 {
	switch f = math.Round(f); {
	case !(f > 0):
		return 0
	case f >= math.MaxUint64:
		return math.MaxUint64
	}
	return uint64(f)
}

// about prints an estimate by two of its digits, as more are not known: about 3,400.
func about(f float64) string {
	f = math.Abs(f)
	if f >= 100 && f < math.MaxUint64 {
		unit := math.Pow(10, math.Floor(math.Log10(f))-1)
		f = math.Round(f/unit) * unit
	}
	return "about " + count(whole(f))
}

// figure prints a number at about two digits: 0.20, 1.3, 11, 1,204.
func figure(f float64) string {
	switch {
	case math.IsNaN(f) || f < 0:
		return "?"
	case f == 0:
		return "0"
	case f < 0.005:
		return "<0.01"
	case f < 0.995:
		return decimal(f, 2)
	case f < 9.95:
		return decimal(f, 1)
	default:
		return count(whole(f))
	}
}

// firstRoutes names the routes on which an incident began.
func firstRoutes(routes []analyzer.IncidentRoute) []string {
	var first []string
	for i := range routes {
		if r := &routes[i]; r.First {
			first = append(first, routeLabel(r.Method, r.Route))
		}
	}
	switch {
	case len(routes) == 1:
		return []string{"only " + routeLabel(routes[0].Method, routes[0].Route)}
	case len(first) == 0 || len(first) == len(routes):
		return nil
	case len(first) == 1:
		return []string{"first: " + first[0]}
	default:
		return []string{"first: " + first[0] + " and " + count(uint64(len(first)-1)) + " more together"}
	}
}

// maxLabel is how wide a value out of the log is where it stands in a sentence.
const maxLabel = 48

func routeLabel(method analyzer.Text, route string) string {
	name := Escape(strings.TrimSpace(string(method) + " " + route))
	return cutMiddle(name, maxLabel)
}

// shared says what most of the failures have in common, and how it was elsewhere.
func shared(in *analyzer.Incident) []string {
	suspects := in.Suspects[:min(len(in.Suspects), maxSuspects)]
	if len(suspects) == 0 {
		return nil
	}
	var parts []string
	outside := in.Requests
	for i := range suspects {
		s := &suspects[i]
		verb := ""
		if i == 0 {
			verb = "of it shares "
		}
		name := predicate(s.Where)
		for _, same := range s.SameAs[:min(len(s.SameAs), 2)] {
			name += " (or " + predicate(same) + ")"
		}
		parts = append(parts, share(s.Share)+" "+verb+name)
		outside -= min(outside, s.Requests)
	}
	last := strings.Join(parts, ", ")
	if outside > 0 {
		last += "; " + elsewhere(in, &suspects[len(suspects)-1], outside)
	}
	return []string{last}
}

// elsewhere says how often requests failed that share nothing with the others.
func elsewhere(in *analyzer.Incident, s *analyzer.Suspect, outside uint64) string {
	if normalOutside(in, s, outside) {
		return "elsewhere normal"
	}
	return "elsewhere " + share(s.RateOutside) + " " + kinds[in.Stream].verb + ", normally " + share(in.BaselineRate)
}

// normalOutside tells whether the failures that no suspect explains are as many as usual, or so
// few that no suspect would be sought for them.
func normalOutside(in *analyzer.Incident, s *analyzer.Suspect, outside uint64) bool {
	excess := float64(outside) * (s.RateOutside - in.BaselineRate)
	return s.RateOutside <= 2*in.BaselineRate || excess < 5
}

// predicate prints values of attributes: host=api-3, or both of host=api-3 and route=/orders.
func predicate(where map[string]string) string {
	var terms []string
	for _, name := range slices.Sorted(maps.Keys(where)) {
		value := where[name]
		if value == "" || strings.Contains(value, " ") {
			value = `"` + value + `"`
		}
		terms = append(terms, cutMiddle(Escape(name+"="+value), maxLabel))
	}
	return strings.Join(terms, " and ")
}

// worstBurst tells of the burst with the most excess.
func (p *page) worstBurst(all []analyzer.Incident) []string {
	worst := slices.MaxFunc(all, func(a, b analyzer.Incident) int {
		return cmp.Compare(math.Abs(a.Excess), math.Abs(b.Excess))
	})
	return []string{"the worst at " + p.clock(worst.Start, seconds) + ": " + severity(&worst)[0]}
}
