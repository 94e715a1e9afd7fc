package analyzer

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// conclude gives the verdict: worse where failures, durations or the 4xx of a route rose beyond
// chance and by enough to matter, better where failures or durations fell and nothing rose.
// routes are in the order of the list.
func (c *comparer) conclude(out *Comparison, routes []RouteDelta) {
	if out.Reason = undecided(c.base, c.current); out.Reason != "" {
		return
	}
	for _, change := range []Change{ChangeWorse, ChangeBetter} {
		if reasons := out.reasons(change, routes); reasons != nil {
			out.Verdict, out.Reason = change, strings.Join(reasons, "; ")
			return
		}
	}
	out.Verdict, out.Reason = ChangeNone, "no failure rate and no duration differs beyond chance by enough to matter"
	if p95 := &out.Latency.P95; p95.Base.Value == nil || p95.Current.Value == nil {
		out.Reason = "no failure rate differs beyond chance by enough to matter; durations could not be held against each other, as they are not in the logs of both"
	}
	if high := out.Failures.DifferenceHigh; high != nil {
		out.Reason += fmt.Sprintf("; a rise of failures by up to %s of the requests could hide in so few", asPercent(*high))
	}
}

// reasons are what changed for the worse, or the better, the most important first.
func (out *Comparison) reasons(change Change, routes []RouteDelta) (reasons []string) {
	verb := map[Change]string{ChangeWorse: "rose", ChangeBetter: "fell"}[change]
	add := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	n, first := firstChanged(routes, change, func(r *RouteDelta) *Test { return &r.Failures.Test })
	switch f := out.Failures; {
	case f.Change == change && n > 0:
		add("failures %s %s of the requests, %s", verb, f.from(), onRoutes(n, first, first.Failures.from()))
	case f.Change == change:
		add("failures %s %s of the requests", verb, f.from())
	case n > 0:
		add("failures %s %s", verb, onRoutes(n, first, first.Failures.from()))
	}
	l := &out.Latency
	for _, q := range []struct {
		name string
		*QuantileChange
	}{{"p95", &l.P95}, {"p99", &l.P99}, {"p50", &l.P50}} {
		if q.Change == change {
			add("the %s %s %s", q.name, verb, q.from())
			if slower, _ := firstChanged(routes, change, func(r *RouteDelta) *Test { return &r.P95.Test }); slower == 0 && len(routes) > 1 {
				reasons[len(reasons)-1] += ", though on no route alone"
			}
			break
		}
	}
	if n, first := firstChanged(routes, change, func(r *RouteDelta) *Test { return &r.P95.Test }); n > 0 && l.P95.Change != change {
		add("the p95 %s %s", verb, onRoutes(n, first, first.P95.from()))
	}
	if change == ChangeWorse { // fewer mistakes of clients are no merit
		if n, first := firstChanged(routes, change, func(r *RouteDelta) *Test { return &r.ClientErrors.Test }); n > 0 {
			add("client errors %s %s", verb, onRoutes(n, first, first.ClientErrors.from()))
		}
	}
	return reasons
}

// firstChanged is how many routes changed so, and the first of them in their order.
func firstChanged(routes []RouteDelta, change Change, of func(*RouteDelta) *Test) (n int, first *RouteDelta) {
	for i := range routes {
		if of(&routes[i]).Change != change {
			continue
		}
		if n++; first == nil {
			first = &routes[i]
		}
	}
	return n, first
}

// onRoutes says on which routes something changed, and from what to what on the first.
func onRoutes(n int, first *RouteDelta, from string) string {
	name := strings.TrimSpace(string(first.Method) + " " + first.Route)
	if n == 1 {
		return "on " + name + " " + from
	}
	return fmt.Sprintf("on %d routes, such as %s %s", n, name, from)
}

func (s *ShareChange) from() string {
	return "from " + asPercent(s.Base.Share) + " to " + asPercent(s.Current.Share)
}

func (q *QuantileChange) from() string {
	return "from " + millis(q.Base.Value) + " to " + millis(q.Current.Value)
}

// asPercent writes a share with two or three digits: 0.03 %, 4.1 %, 26.3 %.
func asPercent(f float64) string {
	digits := 1
	if p := math.Abs(f * 100); p < .995 && p > 0 {
		digits = max(2, int(1-math.Floor(math.Log10(p))))
	}
	s := strconv.FormatFloat(f*100, 'f', digits, 64)
	return strings.TrimSuffix(strings.TrimSuffix(s, "0"), ".") + " %"
}

// millis writes a duration with three digits or so.
func millis(ms *float64) string {
	d := time.Duration(orZero(ms) * float64(time.Millisecond))
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

// change is what to make of the route, by what changed most to the point.
func (r *RouteDelta) change() Change {
	all := []Change{r.Failures.Change, r.P95.Change, r.ClientErrors.Change, r.Requests.Change}
	for _, change := range []Change{ChangeWorse, ChangeBetter} {
		if slices.Contains(all, change) {
			return change
		}
	}
	return cmp.Or(all...)
}

func (a *AttributeDelta) change() Change { return cmp.Or(a.Failures.Change, a.Requests.Change) }

// rank orders changes: the worse, the better, the others, and what did not change.
func rank(c Change) int { return slices.Index([]Change{ChangeWorse, ChangeBetter, ChangeOther, ""}, c) }

// moved is how many of its current requests have or have not failed for the difference.
func (s *ShareChange) moved() float64 {
	return math.Abs(orZero(s.Difference)) * float64(s.Current.Of)
}

// listRoutes lists the first of the routes: those that changed, the most failures first, and then
// the others by their requests.
func listRoutes(routes []RouteDelta, top int) ComparedRoutes {
	out := ComparedRoutes{Total: len(routes)}
	both := func(r *RouteDelta) uint64 { return r.Requests.Base.Requests + r.Requests.Current.Requests }
	slices.SortStableFunc(routes, func(a, b RouteDelta) int { return cmp.Compare(both(&b), both(&a)) })
	only := map[Presence][]RouteDelta{PresenceNew: {}, PresenceGone: {}}
	for _, r := range routes {
		only[r.Presence] = append(only[r.Presence], r)
		if f := &r.Failures; f.Base.Requests == 0 && f.Change == ChangeWorse {
			out.NewFailing++
		}
	}
	out.New, out.Gone = len(only[PresenceNew]), len(only[PresenceGone])
	out.OnlyNew, out.OnlyGone = firsts(only[PresenceNew], top), firsts(only[PresenceGone], top)
	slices.SortStableFunc(routes, func(a, b RouteDelta) int {
		return cmp.Or(cmp.Compare(rank(a.change()), rank(b.change())), cmp.Compare(rank(a.Failures.Change), rank(b.Failures.Change)),
			cmp.Compare(b.Failures.moved(), a.Failures.moved()))
	})
	out.List = firsts(routes, top)
	return out
}

func listValues(a ComparedAttribute, top int) ComparedAttribute {
	both := func(v *AttributeDelta) uint64 { return v.Requests.Base.Requests + v.Requests.Current.Requests }
	slices.SortStableFunc(a.Values, func(x, y AttributeDelta) int {
		return cmp.Or(cmp.Compare(rank(x.change()), rank(y.change())), cmp.Compare(both(&y), both(&x)))
	})
	a.Values = firsts(a.Values, top)
	return a
}

// firsts are the first top of all; all of them where top is negative.
func firsts[T any](all []T, top int) []T {
	if top < 0 {
		return all
	}
	return all[:min(top, len(all))]
}
