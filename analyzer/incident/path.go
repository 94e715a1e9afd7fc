package incident

import (
	"cmp"
	"math"
	"slices"
)

// run is from one index to another, both of them within it.
type run struct{ first, last int }

// likeliest are the runs of the indexes below n, the last first, in which the likeliest path is in
// the other of two states, where being in it at an index gains so many nats, and each change of the
// state costs some. Changes are dear, so a run ends only where what is behind it says so loudly.
func likeliest(n int, cost float64, gain func(int) float64) (runs []run) {
	const fromOther0, fromOther1 = 1, 2
	from := make([]uint8, n) // whether each state was come to from the other
	usual, other := 0., -cost
	for i := range n {
		if other-cost > usual {
			from[i] |= fromOther0
		}
		if usual-cost > other {
			from[i] |= fromOther1
		}
		next := max(other, usual-cost) + gain(i)
		usual, other = max(usual, other-cost), next
	}
	in := other > usual
	last := n - 1
	for i := n - 1; i >= 0; i-- {
		was := in
		if in {
			in = from[i]&fromOther1 == 0
		} else {
			in = from[i]&fromOther0 != 0
		}
		switch {
		case was && (!in || i == 0):
			runs = append(runs, run{i, last})
			last = i - 1
		case !was:
			last = i - 1
		}
	}
	return runs
}

// strongest are those that significant accepts and that overlap no better one, by time.
func strongest(all []Incident, significant func(*Incident) bool) (kept []Incident) {
	slices.SortFunc(all, func(a, b Incident) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	for _, in := range all {
		overlaps := func(other Incident) bool { return in.Start < other.End && other.Start < in.End }
		if significant(&in) && !slices.ContainsFunc(kept, overlaps) {
			kept = append(kept, in)
		}
	}
	slices.SortFunc(kept, func(a, b Incident) int { return cmp.Compare(a.Start, b.Start) })
	return kept
}

// farthest walks from one bin to another and returns the one up to which the sum of the gains is
// highest, and the last and the first that are within so many nats of it.
func farthest(from, to int, nats float64, gain func(int) float64) (at, most, least int) {
	step := 1
	if to < from {
		step = -1
	}
	sums := make([]float64, 0, step*(to-from)+1)
	sum, top := 0., math.Inf(-1)
	for i := from; ; i += step {
		sum += gain(i)
		sums = append(sums, sum)
		if sum > top {
			at, top = i, sum
		}
		if i == to {
			break
		}
	}
	least, most = at, at
	for k, sum := range sums {
		if i := from + step*k; sum >= top-nats {
			if step*(i-least) < 0 {
				least = i
			}
			if step*(i-most) > 0 {
				most = i
			}
		}
	}
	return at, most, least
}
