package analyzer

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/incident"
)

// finding is an incident as the counts over time tell it.
type finding struct {
	incident.Incident
	stream *stream
	scope  map[uint16]bool // the routes that it is confined to, by number; nil is everything
	width  int64           // of the columns by which it was found, in seconds
	weight float64         // of its failures, 1 where nothing was sampled
	detail *detail         // what was read again, as long as it is needed; nil where nothing was
	told   *Incident
	routes map[uint16]bool // on which it shows by themselves; none where that is not known
}

// covers reports whether an incident is about a route.
func (f *finding) covers(route uint16) bool { return f.scope == nil || f.scope[route] }

// stream is a row of the table of what incidents are looked for in, those that explain others
// first.
type stream struct {
	name Stream
	// failures are those of a cell, as the stream has them. tooSlow tells whether the durations
	// of the cell are on the slow side of its route.
	failures func(c cell, tooSlow bool) uint64
	timed    bool    // requests without a duration do not count
	routed   bool    // nor do those of no route: who scans a server does not have it fail
	most     float64 // the highest rate of failures that is taken for usual; 0 is any
	least    float64 // the lowest rate that is an incident
}

var streams = []*stream{
	{name: Stream5xx, failures: func(c cell, _ bool) uint64 { return c.failures }, most: .05},
	{name: StreamSlow, failures: func(c cell, tooSlow bool) uint64 {
		if tooSlow {
			return c.requests
		}
		return 0
	}, timed: true, most: .05, least: .1},
	{name: Stream4xx, failures: func(c cell, _ bool) uint64 { return c.clientErrors }, routed: true},
	{name: StreamVolume, failures: func(cell, bool) uint64 { return 0 }},
}

// detector looks for incidents in the series of a tally.
type detector struct {
	series  *series
	routes  []*routeStats // by number
	cells   grid          // by seriesRow
	strata  []stratum     // numbered as cells is
	sorted  []cell        // of cells, by column and row
	seconds []cell        // of all requests
	slow    []speed       // by route: what took longer is slow
	given   *usual        // nil where the log itself tells
	rates   map[Stream]float64

	byStream map[*stream]map[uint16]*failing // what usualByRoute has counted
}

// maxRouteSeries is how many routes are looked at by themselves, those with the most requests.
const maxRouteSeries = 500

// detect finds the incidents, and the bursts that are too short to be some.
func detect(t *tally, d decided, given *usual) (*detector, []*finding, []*finding) {
	x := &detector{series: &t.series, routes: make([]*routeStats, firstNumber, firstNumber+len(d.kept)), cells: newGrid(maxCells), given: given, rates: map[Stream]float64{}, byStream: map[*stream]map[uint16]*failing{}}
	x.routes[unroutedNumber], x.routes[otherNumber] = t.routes.unrouted, t.routes.other
	x.routes = append(x.routes, d.kept...)
	x.cells.shift = t.series.routes.shift
	x.cells.merge(&t.series.routes, 1, renumbered(d.become.of))
	for i := range t.series.strata {
		u := &t.series.strata[i]
		x.strata = append(x.strata, newStratum(u.weight, &u.cells, d.become.of))
	}
	x.sorted, x.seconds = x.cells.inOrder(), x.series.whole.inOrder()
	x.slow = make([]speed, len(x.routes))
	byRoute := x.byRoute()
	sizes := x.weigh(streams[0])
	for n := range x.slow {
		x.slow[n] = x.slowAbove(uint16(n), byRoute[uint16(n)], sizes.byRoute[uint16(n)].requests)
	}
	var all, bursts []*finding
	for _, s := range streams {
		found, short := x.find(s, byRoute)
		for _, f := range found {
			if !slices.ContainsFunc(all, f.partOf) {
				all = append(all, f)
			}
		}
		for _, f := range short {
			if !slices.ContainsFunc(all, f.partOf) {
				bursts = append(bursts, f)
			}
		}
	}
	byStart := func(a, b *finding) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) }
	slices.SortStableFunc(all, byStart)
	slices.SortStableFunc(bursts, byStart)
	return x, all, bursts
}

// overlap is how many seconds two have in common, in parts of the shorter one.
func (f *finding) overlap(g *finding) float64 {
	common := min(f.End, g.End) - max(f.Start, g.Start)
	return float64(max(common, 0)) / float64(max(min(f.End-f.Start, g.End-g.Start), 1))
}

// partOf reports whether f is another side of g: slow, or short of requests, while g fails. What is
// much shorter than g is told, too.
func (f *finding) partOf(g *finding) bool {
	shared := func(n uint16) bool { return g.routes[n] }
	if len(f.routes) > 0 && len(g.routes) > 0 && !slices.ContainsFunc(slices.Collect(maps.Keys(f.routes)), shared) {
		return false // it is about something else
	}
	common := min(f.End, g.End) - max(f.Start, g.Start)
	return f != g && 2*common >= f.End-f.Start && 4*common >= g.End-g.Start
}

// mayBe reports whether f may be the burst b, which was seen on narrower columns.
func (f *finding) mayBe(b *finding) bool {
	return f.overlap(b) >= alike && f.width > b.width && f.End-f.Start-2*(f.width-1) < incident.MinSeconds
}

// byRoute are the cells of each route, by column.
func (x *detector) byRoute() map[uint16][]cell {
	all := map[uint16][]cell{}
	for _, c := range x.sorted {
		n := routeOfRow(c.key.row())
		all[n] = append(all[n], c)
	}
	return all
}

// noticed is the class of durations, up to 32 ms, above which anybody may notice: what is quicker is
// not slow, however unusual.
const noticed speed = 15

// slowAbove is the class of durations above which a route's requests are slow: that of the
// ninety-ninth percentile of the usual. Usual is the median of some stretches of time, which an
// incident does not move as long as it is shorter than half of the log.
func (x *detector) slowAbove(route uint16, cells []cell, w kish) speed {
	const stretches, leastRecords = 20, 200
	if x.given != nil {
		if s, ok := x.given.slow[x.routes[route].name()]; ok {
			return s
		}
	}
	var timed uint64
	for i := range cells {
		if speedOfRow(cells[i].key.row()) != unknownSpeed {
			timed += cells[i].requests
		}
	}
	least := scaled(leastRecords, w.weight())
	each := max(timed/stretches, least)
	var classes []speed
	var counts [1 << speedBits]uint64
	var n uint64
	done := func() {
		seen := uint64(0)
		for s := range counts {
			if seen += counts[s]; seen*100 >= n*99 {
				classes = append(classes, speed(s))
				break
			}
		}
		counts, n = [1 << speedBits]uint64{}, 0
	}
	for i := range cells {
		s := speedOfRow(cells[i].key.row())
		if s == unknownSpeed {
			continue
		}
		counts[s] += cells[i].requests
		if n += cells[i].requests; n >= each {
			done()
		}
	}
	if len(classes) == 0 && n >= least/2 {
		done()
	}
	if len(classes) == 0 {
		return unknownSpeed // too few requests to tell
	}
	slices.Sort(classes)
	return max(classes[(len(classes)-1)/2], noticed)
}

// isSlow reports whether a speed is slow for a route.
func (x *detector) isSlow(route uint16, s speed) bool { return s != unknownSpeed && s > x.slow[route] }

// bins are the counts of cells as a stream has them.
func (x *detector) bins(s *stream, g *grid, cells []cell) (bins []incident.Bin) {
	for i := range cells {
		c := &cells[i]
		route, speed := routeOfRow(c.key.row()), speedOfRow(c.key.row())
		if s.timed && speed == unknownSpeed || s.routed && route == unroutedNumber {
			continue
		}
		b := incident.Bin{Second: g.second(c), Requests: c.requests, Failures: s.failures(*c, x.isSlow(route, speed))}
		if n := len(bins); n > 0 && bins[n-1].Second == b.Second {
			bins[n-1].Requests += b.Requests
			bins[n-1].Failures += b.Failures
			continue
		}
		bins = append(bins, b)
	}
	return bins
}

// find looks for the incidents of one stream: in all requests together, and in each route by
// itself, where also those are seen that drown among all.
func (x *detector) find(s *stream, byRoute map[uint16][]cell) (found, short []*finding) {
	whole, width := x.whole(s)
	weights := x.weigh(s)
	weight := weights.all.weight()
	if s.name == StreamVolume {
		for _, in := range incident.FindVolume(whole, incident.Options{Width: width, Weight: weight}) {
			found = append(found, &finding{Incident: in, stream: s, width: width, weight: weight})
		}
		return found, nil
	}
	baseline := math.NaN()
	if x.given != nil {
		baseline = x.given.rates[s.name]
	}
	overall := incident.Find(whole, incident.Options{Baseline: baseline, MaxBaseline: s.most, MinRate: s.least, Width: width, Weight: weight})
	x.rates[s.name] = overall.BaselineRate
	everywhere := func(all []incident.Incident) (out []*finding) {
		for _, in := range all {
			out = append(out, &finding{Incident: in, stream: s, width: width, weight: weight})
		}
		return out
	}
	global, bursts := everywhere(overall.Incidents), everywhere(overall.MicroBursts)
	byItself := slices.DeleteFunc(x.findByRoute(s, byRoute, weights), func(f *finding) bool { return slices.ContainsFunc(bursts, f.mayBe) })
	found = x.combine(global, x.clusters(byItself))
	for _, f := range bursts {
		if !slices.ContainsFunc(found, f.partOf) {
			short = append(short, f)
		}
	}
	return found, short
}

// whole are the bins of all requests, and how wide they are.
func (x *detector) whole(s *stream) ([]incident.Bin, int64) {
	if s.timed || s.routed {
		return x.bins(s, &x.cells, x.sorted), x.cells.width()
	}
	return x.bins(s, &x.series.whole, x.seconds), x.series.whole.width()
}

// findByRoute finds the incidents of each route by itself.
func (x *detector) findByRoute(s *stream, byRoute map[uint16][]cell, weights weights) (all []*finding) {
	type candidate struct {
		route    uint16
		bins     []incident.Bin
		requests uint64
	}
	var candidates []candidate
	for n, cells := range byRoute {
		if n < firstNumber {
			continue
		}
		c := candidate{route: n, bins: x.bins(s, &x.cells, cells)}
		var failures uint64
		for _, b := range c.bins {
			c.requests += b.Requests
			failures += b.Failures
		}
		if failures > 0 {
			candidates = append(candidates, c)
		}
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.requests, a.requests), cmp.Compare(a.route, b.route))
	})
	candidates = candidates[:min(len(candidates), maxRouteSeries)]
	for _, c := range candidates {
		weight := weights.byRoute[c.route].weight()
		o := incident.Options{Baseline: math.NaN(), MinRate: s.least, Width: x.cells.width(), Tests: len(candidates), Weight: weight}
		for _, in := range incident.Find(c.bins, o).Incidents {
			all = append(all, &finding{Incident: in, stream: s, scope: map[uint16]bool{c.route: true}, width: x.cells.width(), weight: weight})
		}
	}
	return all
}

// alike is how much two incidents must overlap to be one.
const alike = .6

// clusters are the groups of incidents of routes that fail at the same time.
func (x *detector) clusters(all []*finding) [][]*finding {
	slices.SortFunc(all, func(a, b *finding) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.Score, a.Score)) })
	var groups [][]*finding
	for _, f := range all {
		joined := []*finding{f}
		groups = slices.DeleteFunc(groups, func(g []*finding) bool {
			with := slices.ContainsFunc(g, func(other *finding) bool { return f.overlap(other) >= alike })
			if with {
				joined = append(joined, g...)
			}
			return with
		})
		groups = append(groups, joined)
	}
	return groups
}

// combine makes of the incidents of all requests, and of groups of those of routes, the ones to be
// told: an incident of everything where it is the only one at its time, and those of routes where
// there are several, or where they are seen on the routes alone.
func (x *detector) combine(global []*finding, groups [][]*finding) (found []*finding) {
	var merged []*finding
	for _, g := range groups {
		merged = append(merged, x.merge(g))
	}
	told := map[*finding]bool{}
	for _, f := range global {
		var inside []*finding
		explained := 0.
		for _, m := range merged {
			if m.overlap(f) >= alike {
				inside = append(inside, m)
				explained += m.Excess
				told[m] = true
			}
		}
		if len(inside) >= 2 && explained >= .8*f.Excess {
			isTold := func(m *finding) bool { return slices.Contains(found, m) } // as part of one before
			found = append(found, slices.DeleteFunc(inside, isTold)...)
			continue
		}
		f.routes = map[uint16]bool{}
		for _, m := range inside {
			maps.Copy(f.routes, m.scope)
		}
		found = append(found, f)
	}
	for _, m := range merged {
		if !told[m] {
			found = append(found, m)
		}
	}
	return found
}

// merge is one incident of several routes.
func (x *detector) merge(group []*finding) *finding {
	f := *group[0]
	f.scope = map[uint16]bool{}
	for _, g := range group {
		for n := range g.scope {
			f.scope[n] = true
		}
		if g == group[0] {
			continue
		}
		f.Requests += g.Requests
		f.Failures += g.Failures
		f.Excess += g.Excess
		f.Score += g.Score
		f.weight = max(f.weight, g.weight)
		if g.Start < f.Start {
			f.Start, f.StartLow, f.StartHigh = g.Start, g.StartLow, g.StartHigh
		}
		if g.End > f.End {
			f.End, f.EndLow, f.EndHigh = g.End, g.EndLow, g.EndHigh
		}
		f.BeganBefore, f.Ongoing = f.BeganBefore || g.BeganBefore, f.Ongoing || g.Ongoing
	}
	f.routes = f.scope
	f.Rate = share(f.Failures, f.Requests)
	f.BaselineRate = max(float64(f.Failures)-f.Excess, 0) / float64(max(f.Requests, 1))
	return &f
}

// unix is a second that is believed, as columns may begin before and end behind.
func unix(second int64) time.Time {
	return time.Unix(min(max(second, minSecond), maxSecond), 0).UTC()
}
