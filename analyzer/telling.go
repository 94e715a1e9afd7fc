package analyzer

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/incident"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// refine places the edges of an incident anew where it was found on wide columns, now that its
// seconds are known. It returns whether it is still one: what proves to be too short is a burst.
func (x *detector) refine(f *finding) bool {
	// A review looks at more than its time, and so does the bound of another incident's.
	near := 2 * (f.width - 1)
	all := slices.DeleteFunc(bins(&f.detail.whole, everyRow), func(b incident.Bin) bool {
		return b.Second < f.Start-near || b.Second >= f.End+near
	})
	f.Incident = incident.Refine(all, f.Incident, f.BaselineRate, incident.Options{Width: f.detail.whole.width(), Weight: f.weight})
	f.width = f.detail.whole.width()
	return f.End-f.Start >= incident.MinSeconds
}

// tell makes the incident of a report from what is known of a finding.
func (x *detector) tell(f *finding) Incident {
	in := Incident{
		Stream: f.stream.name,
		Start:  unix(f.Start), StartLow: unix(f.StartLow), StartHigh: unix(f.StartHigh),
		End: unix(f.End), EndLow: unix(f.EndLow), EndHigh: unix(f.EndHigh),
		Ongoing: f.Ongoing, BeganBefore: f.BeganBefore,
		Requests: f.Requests, Failures: f.Failures, Excess: f.Excess, Rate: f.Rate, BaselineRate: f.BaselineRate,
		Peak: x.peak(f), Routes: x.routesOf(f), Suspects: []Suspect{}, Evidence: []IncidentEvidence{},
	}
	d := f.detail
	if d == nil {
		return in
	}
	if f.stream.name != StreamVolume && len(d.visits.clients) > 0 {
		failing, only, _ := d.visits.hit()
		in.Clients, in.ClientsOnlyFailed = &failing, &only
	}
	in.Evidence = d.seen.report()
	for _, s := range d.tuples.suspects(f.BaselineRate) {
		in.Suspects = append(in.Suspects, tellSuspect(&s))
	}
	return in
}

func tellSuspect(s *incident.Suspect) Suspect {
	out := Suspect{Where: where(s.Where), Requests: s.Requests, Failures: s.Failures, Rate: s.Rate, RateOutside: s.RateOutside, Share: s.Share, SameAs: []map[string]string{}}
	for _, same := range s.SameAs {
		out.SameAs = append(out.SameAs, where(same))
	}
	return out
}

func where(terms []incident.Term) map[string]string {
	out := map[string]string{}
	for _, t := range terms {
		out[t.Attribute] = t.Value
	}
	return out
}

// binsOf are the bins of what an incident is confined to, as its stream has them, at least those of
// a time, and how wide they are: seconds where it was read again.
func (x *detector) binsOf(f *finding, from, to int64) ([]incident.Bin, int64) {
	switch {
	case f.detail != nil:
		return bins(&f.detail.whole, everyRow), f.detail.whole.width()
	case f.scope == nil && !f.stream.timed && !f.stream.routed:
		return x.bins(f.stream, &x.series.whole, during(&x.series.whole, x.seconds, from, to)), x.series.whole.width()
	}
	var cells []cell
	for _, c := range during(&x.cells, x.sorted, from, to) {
		if f.covers(routeOfRow(c.key.row())) {
			cells = append(cells, c)
		}
	}
	return x.bins(f.stream, &x.cells, cells), x.cells.width()
}

// during are those of cells in order that are of a time, or partly so: there may be as many incidents
// as cells.
func during(g *grid, cells []cell, from, to int64) []cell {
	first := sort.Search(len(cells), func(i int) bool { return g.second(&cells[i])+g.width() > from })
	behind := sort.Search(len(cells), func(i int) bool { return g.second(&cells[i]) >= to })
	return cells[first:max(first, behind)]
}

// peak is the minute of an incident with the most failures, or with the fewest or the most
// requests where it is about these. Where columns are wider than a minute, it is one of them.
func (x *detector) peak(f *finding) Peak {
	all, width := x.binsOf(f, f.Start, f.End)
	const minutesLookedAt = 1 << 14 // a stray timestamp makes an incident of years
	width = max(width, 60, (f.End-f.Start)/minutesLookedAt)
	type minute struct{ requests, failures uint64 }
	minutes := map[int64]minute{}
	for at := f.Start; at < f.End; at += width {
		minutes[at] = minute{}
	}
	for _, b := range all {
		if b.Second >= f.Start && b.Second < f.End {
			at := b.Second - (b.Second-f.Start)%width
			m := minutes[at]
			minutes[at] = minute{m.requests + b.Requests, m.failures + b.Failures}
		}
	}
	starts := make([]int64, 0, len(minutes))
	for at := range minutes {
		starts = append(starts, at)
	}
	slices.Sort(starts)
	best := slices.MaxFunc(starts, func(a, b int64) int { // of equals the first
		if f.stream.name == StreamVolume {
			if f.Excess < 0 {
				return cmp.Compare(minutes[b].requests, minutes[a].requests)
			}
			return cmp.Compare(minutes[a].requests, minutes[b].requests)
		}
		return cmp.Compare(minutes[a].failures, minutes[b].failures)
	})
	m := minutes[best]
	p := Peak{Start: unix(best), Rate: share(m.failures, m.requests)}
	if f.stream.name == StreamVolume {
		p.Rate = float64(m.requests) / float64(min(width, f.End-best))
	}
	return p
}

// routesOf ranks the routes of an incident by their failures beyond what is usual for them.
func (x *detector) routesOf(f *finding) []IncidentRoute {
	out := []IncidentRoute{}
	if f.stream.name == StreamVolume {
		return out
	}
	groups, numbers := x.groupsByRoute(f)
	const least = 1 // failures beyond the usual
	var onsets []incident.Onset
	for _, r := range incident.Rank(groups, f.BaselineRate) {
		if r.Excess < least {
			continue
		}
		n := numbers[r.Index]
		route := IncidentRoute{Method: Text(x.routes[n].method), Route: x.routes[n].route,
			Requests: groups[r.Index].Requests, Failures: groups[r.Index].Failures, Excess: r.Excess, Share: r.Share, BaselineRate: r.BaselineRate}
		if route.RateLow, _ = incident.Wilson(scaled(route.Failures, 1/f.weight), scaled(route.Requests, 1/f.weight)); route.RateLow <= route.BaselineRate {
			continue // it may be chance
		}
		span := incident.Span{Low: math.MinInt64, High: math.MaxInt64} // it may have begun at any time
		if onset, ok := x.onset(f, n, r.BaselineRate); ok {
			at := []time.Time{unix(onset.Start), unix(onset.StartLow), unix(onset.StartHigh)}
			route.Start, route.StartLow, route.StartHigh = &at[0], &at[1], &at[2]
			span = incident.Span{Low: onset.StartLow, High: onset.StartHigh}
		}
		out, onsets = append(out, route), append(onsets, incident.Onset{Span: span, Share: r.Share})
	}
	for i, first := range incident.First(onsets, incident.Span{Low: f.StartLow, High: f.StartHigh}) {
		out[i].First = first && out[i].Start != nil
	}
	return out
}

// mix are the routes of an incident, as they are and as they usually are, in shares of the requests at
// either time: those of a baseline that was asked for are its own, also of routes that are gone.
func (x *detector) mix(f *finding) []incident.Group {
	groups, numbers := x.groupsByRoute(f)
	if x.given == nil {
		return groups
	}
	gone := maps.Clone(x.given.byRoute[f.stream])
	for i, n := range numbers {
		name := x.routes[n].name()
		groups[i].UsualRequests, groups[i].UsualFailures = 0, 0
		if usual := gone[name]; usual != nil {
			groups[i].UsualRequests, groups[i].UsualFailures = usual.requests, usual.failures
		}
		delete(gone, name)
	}
	if f.scope != nil {
		return groups
	}
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		groups = append(groups, incident.Group{UsualRequests: gone[name].requests, UsualFailures: gone[name].failures})
	}
	return groups
}

// groupsByRoute are the routes of an incident, as they are and as they usually are, and their numbers.
func (x *detector) groupsByRoute(f *finding) (groups []incident.Group, numbers []uint16) {
	inside, all := map[uint16]*failing{}, map[uint16]*failing{}
	for n, c := range x.usualByRoute(f.stream) {
		if f.covers(n) {
			all[n] = c
		}
	}
	for _, c := range during(&x.cells, x.sorted, f.Start, f.End) {
		if at := x.cells.second(&c) + x.cells.width()/2; f.detail == nil && at >= f.Start && at < f.End && f.covers(routeOfRow(c.key.row())) {
			x.count(inside, f.stream, &c)
		}
	}
	if f.detail != nil {
		for _, c := range f.detail.routes.inOrder() {
			if at := f.detail.routes.second(&c); at >= f.Start && at < f.End && f.covers(uint16(c.key.row())) && (!f.stream.routed || c.key.row() != unroutedNumber) {
				countRoute(inside, uint16(c.key.row()), failing{c.requests, c.failures})
			}
		}
	}
	for n := range inside {
		if all[n] == nil {
			all[n] = &failing{}
		}
	}
	for n := range all {
		if inside[n] == nil {
			inside[n] = &failing{}
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		in := inside[n]
		usual := failing{less(all[n].requests, in.requests), less(all[n].failures, in.failures)}
		if x.given != nil {
			if told := x.given.byRoute[f.stream][x.routes[n].name()]; told != nil {
				usual = *told
			}
		}
		groups = append(groups, incident.Group{Requests: in.requests, Failures: in.failures, UsualRequests: usual.requests, UsualFailures: usual.failures})
	}
	return groups, numbers
}

// usualByRoute are the counts of all routes as a stream has them.
func (x *detector) usualByRoute(s *stream) map[uint16]*failing {
	if x.byStream[s] == nil {
		x.byStream[s] = map[uint16]*failing{}
		for i := range x.sorted {
			x.count(x.byStream[s], s, &x.sorted[i])
		}
	}
	return x.byStream[s]
}

// count adds a cell to its route, as a stream has it.
func (x *detector) count(into map[uint16]*failing, s *stream, c *cell) {
	route, speed := routeOfRow(c.key.row()), speedOfRow(c.key.row())
	if s.timed && speed == unknownSpeed || s.routed && route == unroutedNumber {
		return
	}
	countRoute(into, route, failing{c.requests, s.failures(*c, x.isSlow(route, speed))})
}

func countRoute(into map[uint16]*failing, route uint16, n failing) {
	if into[route] == nil {
		into[route] = &failing{}
	}
	into[route].add(n)
}

// less is a - b, or 0.
func less(a, b uint64) uint64 { return a - min(a, b) }

// onset is when an incident began on one route.
func (x *detector) onset(f *finding, route uint16, baseline float64) (incident.Incident, bool) {
	if f.detail == nil {
		return incident.Incident{}, false
	}
	const before = 60 // seconds for which a route may fail until all do
	all := slices.DeleteFunc(slices.Clone(f.detail.route(route)), func(b incident.Bin) bool {
		return b.Second < f.StartLow-before || b.Second >= f.EndHigh
	})
	in := f.Incident
	in.Rate, in.Requests, in.Failures = 0, 0, 0
	for _, b := range all {
		if b.Second >= in.Start && b.Second < in.End {
			in.Requests += b.Requests
			in.Failures += b.Failures
		}
	}
	const least = 3 // records of failures, from which an onset can be told
	if float64(in.Failures) < least*f.weight {
		return in, false
	}
	in.Rate = share(in.Failures, in.Requests)
	in = incident.Refine(all, in, baseline, incident.Options{Width: f.detail.routes.width(), Weight: f.weight})
	return in, in.End > in.Start
}

// incidents are what was found in an analysis, until it is told.
type incidents struct {
	*detector               // nil where nobody looked
	none             string // why nobody did
	analysis         *Analysis
	reviewing        *reviewing // nil for a report
	stated           bool       // somebody said when it was: that is no finding
	findings, bursts []*finding
}

// incidents looks for incidents.
func (a *Analysis) incidents(t *tally, d decided, o *Options) *incidents {
	switch {
	case o.Filter.Statuses.codes != nil:
		return &incidents{none: "of chosen statuses alone nobody can say what is usual; drop --status"}
	case t.series.off:
		return &incidents{none: cmp.Or(o.uncounted, "--no-incidents asks for none")}
	}
	seen := &incidents{analysis: a}
	seen.detector, seen.findings, seen.bursts = detect(t, d, nil)
	return seen
}

// lookAgain reads the time of the incidents again, of which the first reading made a state, where
// the sources can be opened again: for
// those that were seen in wide columns first for when exactly they were.
func (s *incidents) lookAgain(ctx context.Context, sources []source.Source, o *Options, first *State) error {
	if s.detector == nil || len(s.findings) == 0 || ctx.Err() != nil {
		return nil // of ctx the first reading has told
	}
	sources = slices.Clone(sources)
	for i := range sources {
		var ok bool
		if sources[i], ok = sources[i].Again(); !ok {
			return nil
		}
	}
	worst := slices.SortedStableFunc(slices.Values(s.findings), func(a, b *finding) int { return cmp.Compare(math.Abs(b.Excess), math.Abs(a.Excess)) })
	worst = worst[:min(len(worst), maxIncidentTold)]
	re := newRereading(sources, o, s.detector, s.analysis.learning.learn(), first)
	re.review = s.reviewing != nil
	vague := slices.DeleteFunc(slices.Clone(worst), func(f *finding) bool { return f.width == 1 })
	err := re.read(ctx, vague, func(f *finding) {
		if s.refine(f) {
			return
		}
		s.bursts = append(s.bursts, f)
		s.findings = slices.DeleteFunc(s.findings, func(g *finding) bool { return g == f })
		worst = slices.DeleteFunc(worst, func(g *finding) bool { return g == f })
	})
	if err != nil {
		return err
	}
	return re.read(ctx, worst, func(f *finding) {
		if s.stated {
			f.recount()
		}
		told := s.detector.tell(f)
		if f.told = &told; s.reviewing != nil {
			s.reviewing.told[f] = s.reviewing.incident(f)
		}
	})
}

// tell writes the incidents into a report.
func (s *incidents) tell(r *Report) {
	if s.detector == nil {
		r.NoIncidents = Text(s.none)
		return
	}
	byStart := func(a, b *finding) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) }
	slices.SortStableFunc(s.findings, byStart)
	slices.SortStableFunc(s.bursts, byStart)
	for i, f := range s.findings {
		r.Incidents = append(r.Incidents, s.numbered(f, i+1))
	}
	for i, f := range s.bursts {
		r.MicroBurst = append(r.MicroBurst, s.numbered(f, i+1))
	}
	if !s.stated {
		r.judgeIncidents()
	}
}

func (s *incidents) numbered(f *finding, id int) Incident {
	if f.told == nil {
		told := s.detector.tell(f)
		f.told = &told
	}
	f.told.ID = id
	return *f.told
}
