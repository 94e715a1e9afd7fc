package incident

import (
	"cmp"
	"math"
	"slices"
)

// Group is one of the parts that requests fall into, such as a route: what became of its requests
// in an incident, and what usually does.
type Group struct{ Requests, Failures, UsualRequests, UsualFailures uint64 }

// Ranked is a group by its part in an incident.
type Ranked struct {
	Index        int     // of the group
	Excess       float64 // failures beyond those that are usual for it; below 0 where there are fewer
	Share        float64 // of the excess of all groups that have one, 0 to 1
	BaselineRate float64 // what is usual for it, 0 to 1
}

// priorRequests is how many requests the usual rate of all groups counts for in that of each.
const priorRequests = 5

// Rank returns the groups by their excess, the most first. A rate alone would rank a route with one
// request that failed before the one that everybody needs, and a count the busiest before the one
// that broke. What is usual for a group is drawn to baseline, the usual rate of failures of all
// requests (0 to 1), as if it had five requests more that failed at that: an empirical-Bayes
// estimate (Efron and Morris, "Data analysis using Stein's estimator and its generalizations",
// 1975) with a prior that any busy group outweighs. Of equal groups the first is first.
func Rank(groups []Group, baseline float64) []Ranked {
	ranked := make([]Ranked, len(groups))
	sum := 0.
	for i, g := range groups {
		usual := (float64(g.UsualFailures) + priorRequests*baseline) / (float64(g.UsualRequests) + priorRequests)
		r := Ranked{Index: i, Excess: float64(g.Failures) - usual*float64(g.Requests), BaselineRate: usual}
		sum += max(r.Excess, 0)
		ranked[i] = r
	}
	for i := range ranked {
		if ranked[i].Excess > 0 {
			ranked[i].Share = ranked[i].Excess / sum
		}
	}
	slices.SortStableFunc(ranked, func(a, b Ranked) int { return cmp.Compare(b.Excess, a.Excess) })
	return ranked
}

// Kitagawa splits the rise of the failure rate of all groups together, from the usual one to that
// in the incident, into what comes from groups that got worse, and from requests that moved to
// groups that always fail more often (Kitagawa, "Components of a difference between two rates",
// 1955). The two add up to the rise; each may be below 0. What a group does that has requests at
// one of the times alone has moved: nothing says that it got worse. Both are 0 where there are no
// requests at one of the times.
func Kitagawa(groups []Group) (worse, moved float64) {
	var requests, usual float64
	for _, g := range groups {
		requests += float64(g.Requests)
		usual += float64(g.UsualRequests)
	}
	if requests == 0 || usual == 0 {
		return 0, 0
	}
	for _, g := range groups {
		n, n0 := float64(g.Requests), float64(g.UsualRequests)
		if n == 0 && n0 == 0 {
			continue
		}
		rate, rate0 := float64(g.Failures)/n, float64(g.UsualFailures)/n0
		if n == 0 {
			rate = rate0
		}
		if n0 == 0 {
			rate0 = rate
		}
		worse += (rate - rate0) * (n/requests + n0/usual) / 2
		moved += (n/requests - n0/usual) * (rate + rate0) / 2
	}
	return worse, moved
}

// Span is a stretch of time, in seconds since 1970, or the one within which something happened.
// Both ends are part of it.
type Span struct{ Low, High int64 }

// Onset is within which span something began to be part of an incident, and its share of that, 0 to 1.
type Onset struct {
	Span
	Share float64
}

// First tells of each of several things whether it may have been the first that an incident hit, of
// which it is known within which span it began as a whole: no other was over before it can have
// begun. Where several may have been, nobody can tell in which order they were. What has less than
// 1 % of the incident, or a span of more than ten times the whole's and two minutes, overlaps with
// anything: it is first only where there is nothing else.
func First(all []Onset, whole Span) []bool {
	const least, times = .01, 10
	widest := uint64(max(times*(whole.High-whole.Low), mergeGap))
	vague := make([]bool, len(all))
	for i, o := range all {
		// The width of all of time overflows, and is the widest without a sign.
		vague[i] = o.Share < least || uint64(o.High-o.Low) > widest
	}
	if !slices.Contains(vague, false) {
		clear(vague)
	}
	over := int64(math.MaxInt64)
	for i, o := range all {
		if !vague[i] {
			over = min(over, o.High)
		}
	}
	first := make([]bool, len(all))
	for i, o := range all {
		first[i] = !vague[i] && o.Low <= over
	}
	return first
}
