package analyzer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/incident"
	"github.com/loganalyze/loganalyze/analyzer/route"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// Side is one of the two that Compare holds against each other: what to read of it, and of which
// time. Its times take the place of the filter's.
type Side struct {
	Sources      []source.Source
	Since, Until time.Time
}

// Compare reads both sides to their ends and tells what changed from base to current. A path has
// the same route on both: routes are learned from both together. Of o it heeds Filter, Input, Top,
// Workers, Hints, NoLearn and MaxMalformed.
//
// Where some inputs could not be read, or not whole, it tells of the rest, and the error joins an
// [*InputError] for each. If ctx is done before all is read there is no comparison, and the error is
// ctx's. Sources that both sides have, or that a filter by learned routes has to read for these
// first, are read twice: they must be such that can be opened again (see [source.Source.Spool]).
func Compare(ctx context.Context, base, current Side, o Options) (*Comparison, error) {
	o.byAttribute, o.NoIncidents, o.BadLines, o.Save = true, true, nil, nil
	all := base.Sources
	if !sameSources(base.Sources, current.Sources) {
		all = slices.Concat(base.Sources, current.Sources)
	}
	known := o.routesFirst(ctx, all)
	b, errBase := base.read(ctx, o, known)
	c, errCurrent := current.read(ctx, o, known)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.analysis.learnWith(c.analysis)
	return newComparer(newSide(b, o), newSide(c, o)).compare(o.top()), errors.Join(errBase, errCurrent)
}

// sameSources tells whether two slices are one.
func sameSources(a, b []source.Source) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func (s *Side) read(ctx context.Context, o Options, known *route.Routes) (*State, error) {
	o.Filter.Since, o.Filter.Until = s.Since, s.Until
	return read(ctx, s.Sources, &o, known)
}

// side is one of the two, counted.
type side struct {
	// whole has each record weighted by what it stands for, and squares by the square of that, which
	// tells how sure the first is. They are the same where nothing was sampled.
	whole, squares *view
	seconds        float64 // 0 is unknown
	said           ComparedSide
	weight         float64  // the requests that a record stands for, as the number of all tells
	nothing        string   // why there is no request; "" where there is one
	bins           []uint64 // the records of equal times, as many as would tell as much
}

// view is a tally with the routes that are in it. Their durations are of requests that did not
// fail: what fails is often quick, and would make a failing server look fast.
type view struct {
	*tally
	routes map[routeName]*routeStats
	sum    *routeStats
}

type routeName struct{ method, route string }

func newSide(s *State, o Options) *side {
	o.Filter.Since, o.Filter.Until = s.Window()
	r := s.Report(o)
	t, sampled := s.analysis.total()
	out := &side{whole: newView(t), seconds: r.Period.Seconds, said: ComparedSide{
		Inputs: r.Inputs, Lines: r.Lines, Period: r.Period, Requests: r.Requests, Unknown: t.population.unknown,
		Failures: r.Failures, Dropped: r.Dropped, Sampled: sampled,
	}}
	out.squares = out.whole
	if sampled {
		out.squares = newView(s.analysis.weighed(func(rate float64) float64 { return 1 / (rate * rate) }))
	}
	out.said.PerSecond = out.perSecond(r.Requests)
	if r.Requests == 0 {
		out.nothing = r.Reason
	}
	out.weight = float64(r.Requests) / out.proportion(requestsOf, requestsOf).Total
	if bins := r.Timeline.Bins; len(bins) > 2 { // the first and the last are not whole
		for _, b := range bins[1 : len(bins)-1] {
			out.bins = append(out.bins, uint64(math.Round(float64(b.Requests)/out.weight)))
		}
	}
	return out
}

func newView(t *tally) *view {
	v := &view{tally: t, routes: map[routeName]*routeStats{}, sum: newRouteStats("", "", kindNone)}
	kept, _, unrouted, _ := t.routes.decide()
	other := newRouteStats("", otherName, kindNone)
	other.merge(t.routes.other, 1)
	for _, s := range append(kept, unrouted, other) {
		s.latency = s.latency.without(s.failedLatency)
		v.sum.merge(s, 1)
		name := routeName{s.method, s.route}
		if there := v.routes[name]; there != nil {
			there.merge(s, 1) // it was logged, and learned besides
		} else if s.statuses.total() > 0 {
			v.routes[name] = s
		}
	}
	return v
}

func (s *side) perSecond(n uint64) *float64 {
	if s.seconds <= 0 {
		return nil
	}
	rate := float64(n) / s.seconds
	return &rate
}

// tells reports whether it is known of any request how it ended.
func (s *side) tells() bool { return s.said.Requests > 0 && s.said.Unknown < s.said.Requests }

// counter is a number of requests in a view.
type counter func(*view) uint64

func (s *side) amount(events, total counter) Amount {
	k, n := events(s.whole), total(s.whole)
	return Amount{Requests: k, Of: n, Share: share(k, n), PerSecond: s.perSecond(k)}
}

// proportion is events of total, of what was sampled as many as would tell as much. With records
// of weight w the variance of a count is about Σw², and that of a share, by the delta method,
// p²(1-p)²·(Var(k)/k² + Var(n-k)/(n-k)²); what would have it unsampled is the effective size.
func (s *side) proportion(events, total counter) incident.Proportion {
	k, n := float64(events(s.whole)), float64(total(s.whole))
	if s.squares == s.whole || n == 0 {
		return incident.Proportion{Events: k, Total: n}
	}
	k2, n2 := float64(events(s.squares)), float64(total(s.squares))
	spreadK, spreadRest := k2/k, (n2-k2)/(n-k)
	if k == 0 { // nothing tells at which rate it would have been sampled
		spreadK = spreadRest
	} else if k == n {
		spreadRest = spreadK
	}
	effective := n * n / (spreadK*(n-k) + spreadRest*k)
	return incident.Proportion{Events: k / n * effective, Total: effective}
}

// quantile is that of durations, and what it lies in.
func (s *side) quantile(q float64, of func(*view) *latency) Quantile {
	l := of(s.whole)
	if l.count == 0 {
		return Quantile{}
	}
	effective := float64(l.count) * float64(l.count) / float64(of(s.squares).count)
	rank := func(r uint64) uint64 { // among all, from 0
		return uint64(max(0, math.Ceil(float64(r)*float64(l.count)/effective)-1))
	}
	low, high := incident.QuantileRanks(uint64(effective), q)
	out := Quantile{Value: ms(l.quantile(q))}
	if low > 0 {
		out.Low = ms(l.at(rank(low)))
	}
	if high <= uint64(effective) {
		out.High = ms(l.at(rank(high)))
	}
	return out
}

// estimate is the quantile for what takes ends that are not bounded as 0 and infinite.
func (q *Quantile) estimate() incident.Estimate {
	e := incident.Estimate{Value: orZero(q.Value), Reach: incident.Interval{Low: orZero(q.Low), High: math.Inf(1)}}
	if q.High != nil {
		e.Reach.High = *q.High
	}
	return e
}

// undecided says why two sides cannot be compared; "" where they can.
func undecided(base, current *side) string {
	for _, s := range []struct {
		name string
		*side
	}{{"base", base}, {"current", current}} {
		switch {
		case s.nothing != "":
			return fmt.Sprintf("%s has nothing to compare: %s", s.name, s.nothing)
		case !s.tells():
			return fmt.Sprintf("of no request in %s is the status known", s.name)
		}
	}
	return ""
}
