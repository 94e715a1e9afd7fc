package incident

import (
	"cmp"
	"math"
	"slices"
)

// zConfidence is the standard normal quantile that leaves 2.5 % on either side: every interval
// of this package has 95 % confidence.
const zConfidence = 1.959963984540054

// Interval is what a figure lies in with 95 % confidence. An end that nothing bounds is infinite.
type Interval struct{ Low, High float64 }

// Proportion is how many of some requests had something happen to them, Events of Total. They
// are counts, or effective counts, which may be fractions: of what was sampled, as many as would
// tell as much.
type Proportion struct{ Events, Total float64 }

// Share is Events by Total, 0 to 1; NaN where Total is 0.
func (p Proportion) Share() float64 { return p.Events / p.Total }

// Wilson is what the share of events in total lies in with 95 % confidence: the score interval
// (Wilson, "Probable inference, the law of succession, and statistical inference", 1927). It keeps to 0
// and 1, and says something also where there are no events. Of nothing it is all from 0 to 1.
func Wilson(events, total uint64) (low, high float64) {
	in := Proportion{float64(events), float64(total)}.wilson()
	return in.Low, in.High
}

func (p Proportion) wilson() Interval {
	if p.Total <= 0 {
		return Interval{0, 1}
	}
	const z2 = zConfidence * zConfidence
	share := p.Share()
	middle := share + z2/(2*p.Total)
	reach := zConfidence * math.Sqrt((share*(1-share)+z2/(4*p.Total))/p.Total)
	all := 1 + z2/p.Total
	in := Interval{(middle - reach) / all, (middle + reach) / all}
	// Exact where rounding would leave a trace.
	if p.Events <= 0 {
		in.Low = 0
	}
	if p.Events >= p.Total {
		in.High = 1
	}
	return in
}

// Newcombe is the interval of the difference of two shares, current less base: the square-and-add
// of their Wilson intervals (Newcombe, "Interval estimation for the difference between
// independent proportions: comparison of eleven methods", 1998, method 10).
func Newcombe(base, current Proportion) Interval {
	b, c := base.wilson(), current.wilson()
	pb, pc := base.Share(), current.Share()
	return Interval{pc - pb - math.Hypot(pc-c.Low, b.High-pb), pc - pb + math.Hypot(c.High-pc, pb-b.Low)}
}

// RatioInterval is that of the ratio of two shares, current by base, made from their Wilson
// intervals as Newcombe's is (Donner and Zou, "Closed-form confidence intervals for functions of
// the normal mean and standard deviation", 2012). Where base has no events the ratio is at least
// Low, and High is infinite.
func RatioInterval(base, current Proportion) Interval {
	b, c := base.wilson(), current.wilson()
	pb, pc := base.Share(), current.Share()
	// The roots of a square equation, in the form that loses no digits where two are subtracted.
	root := func(current, base float64) float64 {
		return math.Sqrt(max(0, pb*pb*pc*pc-current*(2*pc-current)*base*(2*pb-base)))
	}
	in := Interval{0, math.Inf(1)}
	if c.Low > 0 {
		in.Low = c.Low * (2*pc - c.Low) / (pb*pc + root(c.Low, b.High))
	}
	if b.Low > 0 {
		in.High = (pb*pc + root(c.High, b.Low)) / (b.Low * (2*pb - b.Low))
	}
	return in
}

// GTest is the p of the likelihood-ratio test that two shares are one: G is twice the
// log-likelihood that is lost by it, and χ² with one degree of freedom. Of few events it would find
// too much, for which Williams corrects it ("Improved likelihood ratio tests for complete
// contingency tables", 1976; Sokal and Rohlf, "Biometry", 17.4).
func GTest(base, current Proportion) float64 {
	whole := Proportion{base.Events + current.Events, base.Total + current.Total}
	g := 2 * (fitOf(base) + fitOf(current) - fitOf(whole))
	inverses := func(a, b float64) float64 { return whole.Total/a + whole.Total/b - 1 }
	return chiSquare(g / (1 + inverses(base.Total, current.Total)*inverses(whole.Events, whole.Total-whole.Events)/(6*whole.Total)))
}

// chiSquare is the probability that χ² with one degree of freedom exceeds g.
func chiSquare(g float64) float64 { return math.Erfc(math.Sqrt(max(0, g) / 2)) }

// fitOf is the log-likelihood of a share under the rate that fits it best.
func fitOf(p Proportion) float64 {
	return xLogX(p.Events) + xLogX(p.Total-p.Events) - xLogX(p.Total)
}

func xLogX(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return x * math.Log(x)
}

// Fisher is the two-sided p of Fisher's exact test that two shares are one: the probability of
// all tables with the same sums that are no likelier than this one. Fractions are rounded.
func Fisher(base, current Proportion) float64 {
	k, m := math.Round(base.Events), math.Round(base.Total)
	events := k + math.Round(current.Events)
	n := math.Round(current.Total)
	d := unimodal{
		low: max(0, events-n), high: min(m, events),
		mode: math.Floor((m + 1) * (events + 1) / (m + n + 2)),
		step: func(x float64) float64 { return (m - x) * (events - x) / ((x + 1) * (n - events + x + 1)) },
	}
	return d.unlikelier(k)
}

// binomialTest is the two-sided p that events fell to the first side with probability share each,
// where k of n did; by the same rule as Fisher.
func binomialTest(k, n, share float64) float64 {
	return binomial(math.Round(n), share).unlikelier(math.Round(k))
}

func binomial(n, share float64) unimodal {
	return unimodal{
		high: n, mode: min(n, math.Floor((n+1)*share)),
		step: func(x float64) float64 { return (n - x) / (x + 1) * share / (1 - share) },
	}
}

// unimodal is a distribution on the whole numbers from low to high, by the ratio of each
// probability to the one before. It is walked from its mode on, where probabilities are in
// proportion to a weight of 1, so that no factorial is needed.
type unimodal struct {
	low, high, mode float64
	step            func(x float64) float64 // the probability of x+1 by that of x
}

// walk visits the numbers above the mode, or below it, until more says to stop.
func (d unimodal) walk(up bool, more func(x, weight float64) bool) {
	w := 1.0
	if up {
		for x := d.mode + 1; x <= d.high; x++ {
			if w *= d.step(x - 1); !more(x, w) {
				return
			}
		}
		return
	}
	for x := d.mode - 1; x >= d.low; x-- {
		if w /= d.step(x); !more(x, w) {
			return
		}
	}
}

// negligible is what adds nothing to a sum of 1.
const negligible = 1e-18

// unlikelier is the probability of all numbers that are no likelier than k. One that no float
// can hold is 0.
func (d unimodal) unlikelier(k float64) float64 {
	if k == d.mode {
		return 1
	}
	weight := 0.0
	d.walk(k > d.mode, func(x, w float64) bool {
		if x == k {
			weight = w
		}
		return x != k && w > 0
	})
	limit := weight * (1 + 1e-7) // ties are told apart by rounding alone
	if weight == 0 || limit >= 1 {
		return math.Ceil(weight)
	}
	all, tail := 1.0, 0.0
	for _, up := range []bool{true, false} {
		d.walk(up, func(_, w float64) bool {
			if all += w; w <= limit {
				tail += w
			}
			return w > negligible*weight
		})
	}
	return tail / all
}

// between are the greatest number below which the distribution has at most share, and the least
// above which it has.
func (d unimodal) between(share float64) (low, high float64) {
	all := 1.0
	var down, up []float64
	d.walk(false, func(_, w float64) bool { down, all = append(down, w), all+w; return w > negligible })
	d.walk(true, func(_, w float64) bool { up, all = append(up, w), all+w; return w > negligible })
	within := func(tail []float64) float64 {
		sum, n := 0.0, len(tail)
		for n > 0 && sum+tail[n-1] <= share*all {
			n--
			sum += tail[n]
		}
		return float64(n)
	}
	return d.mode - within(down), d.mode + within(up)
}

// QuantileRanks are the order statistics, from 1, between which the q quantile of what n values
// were drawn from lies with 95 % confidence or more, whatever its distribution (David and
// Nagaraja, "Order Statistics", 2003, 7.1): the lower is 0 where too few values bound it from
// below, and the upper n+1 where they do not from above, as 95 of them do not bound a p99.
func QuantileRanks(n uint64, q float64) (low, high uint64) {
	if n == 0 {
		return 0, 1
	}
	below, above := binomial(float64(n), q).between(.025)
	return uint64(below), uint64(above) + 1
}

// FalseDiscoveries gives each p its q: the lowest rate of false discoveries among all with which
// it is one (Benjamini and Hochberg, "Controlling the false discovery rate", 1995). NaN is no
// test, and stays.
func FalseDiscoveries(p []float64) (q []float64) {
	q = slices.Clone(p)
	order := make([]int, 0, len(p))
	for i := range p {
		if !math.IsNaN(p[i]) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	least := 1.0
	for i, at := range order {
		least = min(least, max(p[at], p[at]*float64(len(order))/float64(len(order)-i)))
		q[at] = least
	}
	return q
}
