package incident

import "math"

// Difference is how a figure differs, current against base.
type Difference struct {
	Difference float64 // current less base
	Reach      Interval
	Ratio      float64 // current by base; infinite where base is 0, and NaN where both are
	RatioReach Interval
	P          float64 // that chance alone makes them differ as much; NaN where nothing could have told them apart
	Exact      bool    // P is of an exact test
	Effect     float64 // how large it is, whatever P: see the function
}

// Compare tells how two shares differ, whose totals must be above 0: by the G-test, or Fisher's
// where a count below 20 is to be expected. Effect is Cohen's h, the difference of 2·asin√share, of
// which he calls .2 small, .5 medium and .8 large.
func Compare(base, current Proportion) Difference {
	d := Difference{
		Difference: current.Share() - base.Share(), Reach: Newcombe(base, current),
		Ratio: current.Share() / base.Share(), RatioReach: RatioInterval(base, current),
		P: math.NaN(), Effect: arc(current) - arc(base),
	}
	total := base.Total + current.Total
	events := base.Events + current.Events
	fewer := min(events, total-events)
	smaller := min(base.Total, current.Total)
	if !couldTell(fewer, smaller, total) {
		return d
	}
	if d.Exact = fewer*smaller/total < fewExpected; d.Exact {
		d.P = Fisher(base, current)
	} else {
		d.P = GTest(base, current)
	}
	return d
}

// fewExpected is the expected count below which χ² is not trusted. The 5 of the textbooks is for a p of
// .05; far out in the tail, where one of hundreds must be to be a discovery, G still finds too much:
// of 400 pairs of random halves of a log 26 differed with it, and 12 with 20, where 20 are to be
// expected at most.
const fewExpected = 20

func arc(p Proportion) float64 { return 2 * math.Asin(math.Sqrt(min(1, p.Share()))) }

// tellingP is what the p of the least likely table must be able to reach. A test that cannot says
// nothing, and would cost the others some of what they can say (Tarone, "A modified Bonferroni
// method for discrete data", 1990).
const tellingP = .01

// couldTell tells whether a table of these sums can be so uneven that it would be significant:
// all of the fewer on the smaller side, or nothing else there.
func couldTell(fewer, smaller, total float64) bool {
	a, b := math.Round(min(fewer, smaller)), math.Round(max(fewer, smaller))
	p := 1.0
	for i := 0.0; i < a && p > tellingP; i++ {
		p *= (b - i) / (math.Round(total) - i)
	}
	return p <= tellingP
}

// Rate is how many events there were in some time.
type Rate struct{ Events, Seconds float64 }

// PerSecond is NaN where no time has passed.
func (r Rate) PerSecond() float64 { return r.Events / r.Seconds }

// CompareRates tells how two rates differ, whose seconds must be above 0, so that times of
// different length compare. Given all events, those of current are binomial with its share of
// the time (Przyborowski and Wilenski, "Homogeneity of results in testing samples from Poisson
// series", 1940). Dispersion is how many times wider than Poisson's the counts are spread, 1 or
// more: as many events tell as much as one. Effect is the natural logarithm of the ratio, and Reach
// is not told.
func CompareRates(base, current Rate, dispersion float64) Difference {
	d := Difference{
		Difference: current.PerSecond() - base.PerSecond(),
		Reach:      Interval{math.NaN(), math.NaN()},
		Ratio:      current.PerSecond() / base.PerSecond(), P: math.NaN(),
	}
	d.Effect = math.Log(d.Ratio)
	split := Proportion{current.Events / dispersion, (base.Events + current.Events) / dispersion}
	time := current.Seconds / (base.Seconds + current.Seconds)
	odds := func(share float64) float64 { return share / (1 - share) * base.Seconds / current.Seconds }
	in := split.wilson()
	d.RatioReach = Interval{odds(in.Low), odds(in.High)}
	if least := min(time, 1-time); math.Pow(least, split.Total) > tellingP {
		return d
	} else if d.Exact = least*split.Total < fewExpected; d.Exact {
		d.P = binomialTest(split.Events, split.Total, time)
		return d
	}
	g := 2 * (fitOf(split) - split.Events*math.Log(time) - (split.Total-split.Events)*math.Log1p(-time))
	d.P = chiSquare(g)
	return d
}

// Dispersion is how many times wider than Poisson's the counts of equally long times are spread
// about their mean, over all series: Pearson's χ² by its degrees of freedom. It is at least 1, and
// 1 where there are too few to tell.
func Dispersion(series ...[]uint64) float64 {
	const least = 8
	sum, freedom := 0.0, 0
	for _, counts := range series {
		mean := 0.0
		for _, n := range counts {
			mean += float64(n) / float64(len(counts))
		}
		if len(counts) < least || mean == 0 {
			continue
		}
		for _, n := range counts {
			sum += (float64(n) - mean) * (float64(n) - mean) / mean
		}
		freedom += len(counts) - 1
	}
	return max(1, sum/max(1, float64(freedom)))
}

// Estimate is a figure above 0 and what it lies in.
type Estimate struct {
	Value float64
	Reach Interval
}

// RatioOf is the interval of current by base, made from theirs on the logarithmic scale (Zou and
// Donner, "Construction of confidence limits about effect measures: a general approach", 2008).
// An end of 0, or an infinite one, bounds nothing.
func RatioOf(base, current Estimate) Interval {
	log := math.Log
	ratio := log(current.Value / base.Value)
	down := math.Hypot(log(current.Value)-log(current.Reach.Low), log(base.Reach.High)-log(base.Value))
	up := math.Hypot(log(current.Reach.High)-log(current.Value), log(base.Value)-log(base.Reach.Low))
	return Interval{math.Exp(ratio - down), math.Exp(ratio + up)}
}
