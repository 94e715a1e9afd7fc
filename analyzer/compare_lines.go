package analyzer

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/loganalyze/loganalyze/analyzer/incident"
	"github.com/loganalyze/loganalyze/analyzer/status"
)

// falseDiscoveries is the rate of them among all that is called significant.
const falseDiscoveries = .05

// A difference that is significant matters where the ratio is a quarter up or down, or the shares
// are far apart, but for one of so few requests that nobody would look at it: of failures half the
// budget of a 99.9 % objective, of what requests are like one in a hundred.
const (
	matteringRatio = 1.25
	matteringShare = .05
	leastFailing   = .0005
	leastMix       = .01
	standsOut      = 1.5 // times as much as among all requests
)

// comparer makes the differences, and tests them together in the end.
type comparer struct {
	base, current *side
	tells         bool // both sides tell how requests ended
	tests         []pending
}

// pending is a test whose q depends on all others.
type pending struct {
	into  *Test
	judge func() Change // what the difference is, where it is significant
}

func newComparer(base, current *side) *comparer {
	return &comparer{base: base, current: current, tells: base.tells() && current.tells()}
}

func (c *comparer) compare(top int) *Comparison {
	out := &Comparison{
		Schema: CompareSchema, Base: c.base.said, Current: c.current.said, FalseDiscoveryRate: falseDiscoveries,
		Volume: c.volume(), Clients: c.clients(), Attributes: []ComparedAttribute{}, Failures: &ShareChange{},
	}
	c.ending(out.Failures, failuresOf, requestsOf, ill(leastFailing))
	out.Classes, out.Statuses = c.classes(), c.statuses()
	of := func(v *view) *latency { return &v.sum.latency }
	c.quantile(&out.Latency.P50, .5, of)
	c.quantile(&out.Latency.P95, .95, of)
	c.quantile(&out.Latency.P99, .99, of)
	routes := c.routes()
	attributes := c.attributes(out.Failures)
	out.Tests, out.Significant = c.finish()
	out.Routes = listRoutes(routes, top)
	for _, a := range attributes {
		out.Attributes = append(out.Attributes, listValues(a, top))
	}
	c.conclude(out, routes)
	return out
}

// finish gives each test its q.
func (c *comparer) finish() (tests, significant int) {
	p := make([]float64, len(c.tests))
	for i, t := range c.tests {
		p[i] = *t.into.P
	}
	for i, q := range incident.FalseDiscoveries(p) {
		t := c.tests[i].into
		t.Q = finite(q)
		if t.Significant = q <= falseDiscoveries; t.Significant {
			significant++
			t.Change = c.tests[i].judge()
		}
	}
	return len(p), significant
}

// finite is f for JSON: nil where it is no number, or not a finite one.
func finite(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

func (c *comparer) test(into *Test, d incident.Difference, judge func() Change) {
	*into = Test{
		Ratio: finite(d.Ratio), RatioLow: finite(d.RatioReach.Low), RatioHigh: finite(d.RatioReach.High),
		Effect: finite(d.Effect), P: finite(d.P), Exact: d.Exact,
	}
	if into.P != nil {
		c.tests = append(c.tests, pending{into, judge})
	}
}

func requestsOf(v *view) uint64 { return v.sum.statuses.total() }
func failuresOf(v *view) uint64 { return v.sum.failing.total() }

// share compares events of total.
func (c *comparer) share(into *ShareChange, events, total counter, judge func(*ShareChange) Change) {
	into.Base, into.Current = c.base.amount(events, total), c.current.amount(events, total)
	if into.Base.Of == 0 || into.Current.Of == 0 {
		return
	}
	d := incident.Compare(c.base.proportion(events, total), c.current.proportion(events, total))
	into.Difference, into.DifferenceLow, into.DifferenceHigh = finite(d.Difference), finite(d.Reach.Low), finite(d.Reach.High)
	c.test(&into.Test, d, func() Change { return judge(into) })
}

// ending compares events of total that are known by how requests ended.
func (c *comparer) ending(into *ShareChange, events, total counter, judge func(*ShareChange) Change) {
	if into.Base, into.Current = c.base.amount(events, total), c.current.amount(events, total); c.tells {
		c.share(into, events, total, judge)
	}
}

// matters tells whether a significant difference of shares does.
func (s *ShareChange) matters(least float64) bool {
	b, c := s.Base.Share, s.Current.Share
	return math.Abs(c-b) >= least && (math.Abs(c-b) >= matteringShare || c >= b*matteringRatio || c <= b/matteringRatio)
}

// ill judges what nobody wants more of.
func ill(least float64) func(*ShareChange) Change {
	return func(s *ShareChange) Change {
		switch {
		case !s.matters(least):
			return ""
		case s.Current.Share > s.Base.Share:
			return ChangeWorse
		}
		return ChangeBetter
	}
}

// mix judges what is neither good nor bad.
func mix(least float64) func(*ShareChange) Change {
	return func(s *ShareChange) Change {
		if s.matters(least) {
			return ChangeOther
		}
		return ""
	}
}

func (c *comparer) volume() *RateChange {
	if c.base.seconds <= 0 || c.current.seconds <= 0 {
		return nil
	}
	// A record stands for as many requests as it would on the other side: the time counts for more.
	rate := func(s *side) incident.Rate {
		return incident.Rate{Events: s.proportion(requestsOf, requestsOf).Total, Seconds: s.seconds / s.weight}
	}
	b, n := rate(c.base), rate(c.current)
	out := &RateChange{Base: *c.base.said.PerSecond, Current: *c.current.said.PerSecond, Dispersion: incident.Dispersion(c.base.bins, c.current.bins)}
	if b.Events == 0 || n.Events == 0 {
		return out
	}
	c.test(&out.Test, incident.CompareRates(b, n, out.Dispersion), func() Change {
		if ratio := out.Current / out.Base; ratio < matteringRatio && ratio > 1/matteringRatio {
			return ""
		}
		return ChangeOther
	})
	return out
}

func (c *comparer) classes() []ClassChange {
	out := make([]ClassChange, len(status.Classes()))
	for i, class := range status.Classes() {
		out[i].Class, out[i].Label = class.String(), class.Label()
		judge := mix(leastMix)
		switch class {
		case status.ServerError:
			judge = ill(leastFailing)
		case status.ClientError:
			judge = mix(leastFailing)
		}
		c.ending(&out[i].ShareChange, func(v *view) uint64 { return classOf(v.sum, class) }, requestsOf, judge)
	}
	return out
}

func classOf(s *routeStats, class status.Class) uint64 {
	counts := s.statuses.classes()
	return *counts.at(class)
}

func (c *comparer) statuses() []StatusChange {
	var both StatusCounts
	both.merge(c.base.whole.sum.statuses, 1)
	both.merge(c.current.whole.sum.statuses, 1)
	out := make([]StatusChange, len(both))
	for i, line := range both.report(both.total()) {
		code := unknownStatus
		if line.Status != nil {
			code = *line.Status
		}
		s := &out[i]
		s.Status, s.Name, s.Class = line.Status, line.Name, line.Class
		judge := mix(leastMix)
		switch status.ClassOf(code) {
		case status.ServerError:
			judge = ill(leastFailing)
		case status.ClientError:
			judge = mix(leastFailing)
		}
		c.ending(&s.ShareChange, func(v *view) uint64 { return v.sum.statuses.of(code) }, requestsOf, judge)
		s.Presence = presence(s.Base.Requests, s.Current.Requests)
	}
	return out
}

func presence(base, current uint64) Presence {
	switch {
	case base == 0 && current > 0:
		return PresenceNew
	case base > 0 && current == 0:
		return PresenceGone
	}
	return ""
}

// quantile compares a quantile of durations, by how many are longer than that of both sides
// together (Mood's median test, at any quantile).
func (c *comparer) quantile(into *QuantileChange, q float64, of func(*view) *latency) {
	into.Base, into.Current = c.base.quantile(q, of), c.current.quantile(q, of)
	if into.Base.Value == nil || into.Current.Value == nil {
		return
	}
	var both latency
	both.merge(of(c.base.whole), 1)
	both.merge(of(c.current.whole), 1)
	bucket := both.bucketAt(uint64(max(math.Ceil(q*float64(both.count))-1, 0)))
	longer := func(v *view) uint64 { return of(v).longer(bucket) }
	all := func(v *view) uint64 { return of(v).count }
	d := incident.Compare(c.base.proportion(longer, all), c.current.proportion(longer, all))
	b, n := into.Base.estimate(), into.Current.estimate()
	d.Ratio, d.RatioReach = n.Value/b.Value, incident.RatioOf(b, n)
	if d.RatioReach.Low == 0 {
		d.RatioReach.Low = math.NaN() // is no bound
	}
	c.test(&into.Test, d, func() Change {
		switch {
		case n.Value >= b.Value*matteringRatio && n.Value > 0:
			return ChangeWorse
		case n.Value <= b.Value/matteringRatio && b.Value > 0:
			return ChangeBetter
		}
		return ""
	})
}

func (c *comparer) routes() []RouteDelta {
	names := slices.Concat(slices.Collect(maps.Keys(c.base.whole.routes)), slices.Collect(maps.Keys(c.current.whole.routes)))
	slices.SortFunc(names, func(a, b routeName) int {
		return cmp.Or(cmp.Compare(a.route, b.route), cmp.Compare(a.method, b.method))
	})
	names = slices.Compact(names)
	out := make([]RouteDelta, len(names))
	for i, name := range names {
		c.route(&out[i], name)
	}
	return out
}

func (c *comparer) route(into *RouteDelta, name routeName) {
	none := newRouteStats(name.method, name.route, kindNone)
	stats := func(v *view) *routeStats { return cmp.Or(v.routes[name], none) }
	into.Method, into.Route = Text(name.method), name.route
	into.Source = cmp.Or(sources[stats(c.current.whole).kind], sources[stats(c.base.whole).kind])
	requests := func(v *view) uint64 { return stats(v).statuses.total() }
	c.share(&into.Requests, requests, requestsOf, mix(leastMix))
	into.Presence = presence(into.Requests.Base.Requests, into.Requests.Current.Requests)
	clients := ill(leastFailing)
	if into.Source == "" {
		clients = mix(leastFailing) // what scanners ask for is no fault
	}
	c.ending(&into.Failures, func(v *view) uint64 { return stats(v).failing.total() }, requests, ill(leastFailing))
	c.ending(&into.ClientErrors, func(v *view) uint64 { return classOf(stats(v), status.ClientError) }, requests, clients)
	c.quantile(&into.P95, .95, func(v *view) *latency { return &stats(v).latency })
}

func (c *comparer) clients() ComparedClients {
	base, current := c.base.whole.clients.all, c.current.whole.clients.all
	both := distinct{limit: base.limit, precision: base.precision}
	both.merge(&base)
	both.merge(&current)
	b, n := base.count(), current.count()
	all := max(both.count(), b, n) // what is estimated may be too few, or too many
	return ComparedClients{Base: b, Current: n, New: min(all-b, n), Gone: min(all-n, b)}
}

// attributes compares those that requests on both sides have, and more than one value of.
func (c *comparer) attributes(failures *ShareChange) []ComparedAttribute {
	out := []ComparedAttribute{}
	b, n := c.base.whole.attributes, c.current.whole.attributes
	for _, name := range b.names() {
		ours, theirs := b.of(name), n.of(name)
		if theirs == nil || ours.requests.total() == 0 || theirs.requests.total() == 0 {
			continue
		}
		values := valuesOf(&ours.requests, &theirs.requests)
		if len(values) < 2 {
			continue
		}
		a := ComparedAttribute{Attribute: name, Total: len(values), Bounded: ours.requests.full || theirs.requests.full}
		values = slices.DeleteFunc(values, func(value string) bool {
			for _, v := range []*valueCounts{ours, theirs} {
				_, sure := v.requests.count(value)
				_, sureFailing := v.failures.count(value)
				if !sure || !sureFailing {
					return true
				}
			}
			return false
		})
		a.Values = make([]AttributeDelta, len(values))
		for i, value := range values {
			c.attribute(&a.Values[i], name, value, failures)
		}
		out = append(out, a)
	}
	return out
}

func (c *comparer) attribute(into *AttributeDelta, name, value string, failures *ShareChange) {
	into.Value = value
	counts := func(of func(*valueCounts) *labels) counter {
		return func(v *view) uint64 { n, _ := of(v.attributes.of(name)).count(value); return n }
	}
	requests := counts(func(v *valueCounts) *labels { return &v.requests })
	failing := counts(func(v *valueCounts) *labels { return &v.failures })
	c.share(&into.Requests, requests, func(v *view) uint64 { return v.attributes.of(name).requests.total() }, mix(leastMix))
	into.Presence = presence(into.Requests.Base.Requests, into.Requests.Current.Requests)
	c.ending(&into.Failures, failing, requests, func(s *ShareChange) Change {
		if s.standsOut(failures) {
			return ill(leastFailing)(s)
		}
		return ""
	})
}

// standsOut tells whether a value differs from what all requests do: every value fails more often
// where everything does.
func (s *ShareChange) standsOut(all *ShareChange) bool {
	d := *all.Difference
	if d < 0 {
		return *s.DifferenceHigh < d && *s.Difference < standsOut*d || *s.DifferenceLow > 0
	}
	return *s.DifferenceLow > d && *s.Difference > standsOut*d || *s.DifferenceHigh < 0
}
