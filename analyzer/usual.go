package analyzer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/route"
)

// usual is what a baseline that was asked for says. Of routes that it lacks the log tells.
type usual struct {
	rates   map[Stream]float64              // of failures
	slow    map[string]speed                // by the name of the route
	byRoute map[*stream]map[string]*failing // which is never nil
	failing
}

// read counts the logs of the usual; it returns nil where there are none.
func (p *ReviewOptions) read(ctx context.Context, o Options, known *route.Routes) (*State, error) {
	if len(p.Usual) == 0 {
		return nil, nil
	}
	o.Filter.Since, o.Filter.Until, o.BadLines = time.Time{}, time.Time{}, nil
	return read(ctx, p.Usual, &o, known)
}

// given is what is held to be usual, if anybody said so: the good logs, or a time.
func (w *reviewing) given(p *ReviewOptions, good *State) (*usual, error) {
	switch {
	case good != nil:
		t, _ := good.analysis.total()
		_, d := t.routes.report(w.options)
		x, _, _ := detect(t, d, nil)
		u := x.usual(math.MinInt64, math.MaxInt64)
		if u.requests == 0 {
			return nil, errors.New("the baseline has no request with a time; name a log, or a time within the logs")
		}
		return u, nil
	case !p.UsualFrom.IsZero() || !p.UsualTo.IsZero():
		from, to := int64(math.MinInt64), int64(math.MaxInt64)
		if !p.UsualFrom.IsZero() {
			from = p.UsualFrom.Unix()
		}
		if !p.UsualTo.IsZero() {
			to = p.UsualTo.Unix()
		}
		x, _, _ := detect(w.tally, w.decided, nil)
		u := x.usual(from, to)
		if u.requests == 0 {
			return nil, fmt.Errorf("the baseline from %s to %s has no request; name a time within the logs, or a log", instant(p.UsualFrom), instant(p.UsualTo))
		}
		return u, nil
	}
	return nil, nil
}

// usual makes a baseline of a time.
func (x *detector) usual(from, to int64) *usual {
	u := &usual{rates: map[Stream]float64{}, slow: map[string]speed{}, byRoute: map[*stream]map[string]*failing{}}
	for n := range x.routes {
		if x.slow[n] != unknownSpeed {
			u.slow[x.routes[n].name()] = x.slow[n]
		}
	}
	for _, s := range streams {
		all, width := x.whole(s)
		var sum failing
		for _, b := range all {
			if b.Second+width > from && b.Second < to {
				sum.add(failing{b.Requests, b.Failures})
			}
		}
		weight := x.weigh(s).all.weight()
		u.rates[s.name] = (float64(sum.failures) + .5*weight) / (float64(sum.requests) + weight)
		if s.name == Stream5xx {
			u.failing = sum
		}
		u.byRoute[s] = x.usualByName(s, from, to)
	}
	return u
}

// usualByName are the counts of the routes of a time as a stream has them, by their names.
func (x *detector) usualByName(s *stream, from, to int64) map[string]*failing {
	byNumber, byName := map[uint16]*failing{}, map[string]*failing{}
	for _, c := range during(&x.cells, x.sorted, from, to) {
		x.count(byNumber, s, &c)
	}
	for n, c := range byNumber {
		name := x.routes[n].name()
		if byName[name] == nil {
			byName[name] = &failing{}
		}
		byName[name].add(*c) // what is learned may be logged besides
	}
	return byName
}

// baseline says what was held to be usual.
func (w *reviewing) baseline(p *ReviewOptions) Baseline {
	b := Baseline{Source: "log", Rate: w.seen.rates[Stream5xx]}
	if g := w.seen.given; g != nil {
		b.Source, b.Requests, b.Failures, b.Rate = "window", g.requests, g.failures, g.rates[Stream5xx]
		b.Name = Text(strings.TrimSpace(instantOr(p.UsualFrom, "start") + " to " + instantOr(p.UsualTo, "end")))
		if len(p.Usual) > 0 {
			var names []string
			for _, s := range p.Usual {
				names = append(names, s.Name())
			}
			b.Source, b.Name = "file", Text(strings.Join(names, ", "))
		}
		return b
	}
	all, _ := w.seen.whole(streams[0])
	for _, bin := range all {
		outside := func(f *finding) bool { return f.stream != streams[0] || bin.Second < f.Start || bin.Second >= f.End }
		if !slices.ContainsFunc(w.seen.findings, func(f *finding) bool { return !outside(f) }) {
			b.Requests += bin.Requests
			b.Failures += bin.Failures
		}
	}
	return b
}

func instantOr(t time.Time, otherwise string) string {
	if t.IsZero() {
		return otherwise
	}
	return instant(t)
}
