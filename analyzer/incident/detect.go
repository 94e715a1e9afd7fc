package incident

import (
	"cmp"
	"math"
	"slices"
)

// Bin is what was counted of the requests that began within one second. Which of them count as
// failures is for the caller to say: 5xx, 4xx, the slow ones.
type Bin struct {
	Second   int64 // since 1970
	Requests uint64
	Failures uint64 // at most Requests
}

// Incident is a stretch of time in which failures were significantly more frequent than usual.
type Incident struct {
	// Start and End are seconds since 1970: of the first second of the incident, and of the one
	// behind its last. Each is certain up to the interval from Low to High.
	Start, StartLow, StartHigh int64
	End, EndLow, EndHigh       int64
	BeganBefore                bool // it may have begun before the counts do
	Ongoing                    bool // it may not have ended where the counts do

	Requests, Failures uint64
	Excess             float64 // failures beyond those that are usual
	Rate               float64 // of failures, 0 to 1
	BaselineRate       float64 // the usual one
	Score              float64 // the log-likelihood ratio to the usual rate, in nats, over the dispersion
}

// Options say what is known besides the bins.
type Options struct {
	// Baseline is the usual rate of failures, 0 to 1, where it is known from elsewhere. NaN is not
	// known, and the calm part of the bins tells.
	Baseline float64
	// MaxBaseline is the highest rate that is taken for usual where the bins tell, 0 to 1: what
	// fails all the time is not well. 0 is no bound.
	MaxBaseline float64
	// MinRate is the rate of failures below which nothing is an incident, however unusual, 0 to 1.
	MinRate float64
	// Width is the length of a bin in seconds; 0 is 1. Bins do not overlap.
	Width int64
	// Tests is in how many series one looks for incidents: the rate of false alarms is for all of
	// them. 0 is 1.
	Tests int
	// Weight is how many requests each record stands for where the log is sampled and the bins count
	// what the records stand for: Σw²/Σw of those that failed, in FindVolume of all. It is at least 1;
	// 0 is 1. What records of weight w count has the variance Σw², which is Weight times that of as
	// many requests with a record each (Kish, "Survey Sampling", 1965): it is the least dispersion, and
	// of records of one weight exactly that is found which is in themselves.
	Weight float64
}

// Found is what Find returns.
type Found struct {
	BaselineRate float64    // the usual rate of failures, 0 to 1
	Dispersion   float64    // how many times wider than binomial the counts are spread: Weight, to 20 times that
	Incidents    []Incident // by time
	MicroBursts  []Incident // what would be incidents, were they not shorter than MinSeconds
}

// The defaults of the method.
const (
	// MinSeconds is the length below which a stretch is a micro-burst.
	MinSeconds = 30

	alpha       = .01 // the rate at which quiet logs may alarm
	minFailures = 8   // records of an incident
	minOdds     = 3   // how many times the usual odds are exceeded
	mergeGap    = 120 // seconds between two stretches that are one
	slightNats  = .7  // how much likelier it is that an incident grows slowly, to allow for it
	slightPart  = .05 // of its rate, which an incident has at least where it is slight
	rampNats    = 6   // and to believe it
	outNats     = 4   // how much likelier an incident is than the rate of everything
	slopeNats   = 2   // how much less likely where it grows slowly
	edgeNats    = 3   // how much less likely a start may be that is still within the interval
	rounds      = 3   // of excluding what was found from what is usual
	blocks      = 60  // of equally many requests, by which the baseline is known
	calmest     = .75 // of these count at first
	maxSpread   = 20  // the most that the dispersion of records can be
)

// levels are how many times the usual odds a stretch may have: one that fits any of them is found.
var levels = [...]float64{3, 10, 30, 100, 300}

// rates are those that are tried besides, where all levels are below: where hardly anything ever fails,
// an outage would else go on through the calm behind it until the next one.
var rates = [...]float64{.03, .1, .3, .9}

// Find finds the incidents in the bins, which it takes in any order; of two bins of one second the
// counts add up. Time and memory grow linearly with the bins.
//
// For each of several rates above the usual one, the two-state path with the highest likelihood is
// sought, in which a change costs ln(N/α) nats for N requests: Kleinberg's burst automaton ("Bursty
// and hierarchical structure in streams", 2002) with a cost that keeps false alarms at α. Of the
// stretches of all rates those are taken that are the likeliest together. Counts are spread wider than
// binomially where failures come together: all likelihoods are divided by that dispersion.
func Find(bins []Bin, o Options) Found {
	d := newDetector(bins, o)
	if d.requests == 0 {
		return Found{BaselineRate: orZero(o.Baseline), Dispersion: d.weight}
	}
	known := !math.IsNaN(o.Baseline)
	d.phi, d.base = d.weight, clamp(o.Baseline, d.floor(), 1-d.floor())
	if !known {
		d.base = d.usual(d.calm())
	}
	var found []Incident
	for range rounds {
		found = d.stretches()
		if !known {
			d.base = d.usual(d.rateOutside(found))
		}
		d.phi = d.dispersion(found)
	}
	f := Found{BaselineRate: d.base, Dispersion: d.phi}
	found = d.join(d.stretches())
	low := 0
	overall := clamp(float64(d.failures)/float64(d.requests), d.floor(), 1-d.floor())
	for i, in := range found {
		high := len(d.bins) - 1
		if i+1 < len(found) {
			high = d.index(found[i+1].Start) - 1
		}
		in = d.edges(in, low, high)
		low = d.index(in.End)
		if !d.standsOut(&in, overall) {
			continue
		}
		if in.End-in.Start < MinSeconds {
			f.MicroBursts = append(f.MicroBursts, in)
		} else {
			f.Incidents = append(f.Incidents, in)
		}
	}
	return f
}

// standsOut reports whether an incident goes beyond the rate of everything, itself included: what
// fails as often nearly all the time makes the rest look calm by chance. What fails too often to be
// usual anywhere stands out by itself.
func (d *detector) standsOut(in *Incident, overall float64) bool {
	if most := d.options.MaxBaseline; most > 0 && in.Rate > most || !math.IsNaN(d.options.Baseline) {
		return true
	}
	k, n := float64(in.Failures), float64(in.Requests)
	return in.Rate > overall && ratio(k, n, clamp(in.Rate, d.floor(), 1-d.floor()), overall)/d.phi >= outNats
}

func orZero(f float64) float64 {
	if math.IsNaN(f) {
		return 0
	}
	return f
}

// detector works on bins in the order of time.
type detector struct {
	bins     []Bin
	requests uint64
	failures uint64
	options  Options
	width    int64
	weight   float64 // of a record
	base     float64 // p₀
	phi      float64 // φ
}

func newDetector(bins []Bin, o Options) *detector {
	d := &detector{options: o, width: max(o.Width, 1), weight: max(o.Weight, 1)}
	sorted := slices.Clone(bins)
	slices.SortFunc(sorted, func(a, b Bin) int { return cmp.Compare(a.Second, b.Second) })
	for _, b := range sorted {
		if b.Requests == 0 {
			continue
		}
		b.Failures = min(b.Failures, b.Requests)
		d.requests += b.Requests
		d.failures += b.Failures
		if n := len(d.bins); n > 0 && d.bins[n-1].Second == b.Second {
			d.bins[n-1].Requests += b.Requests
			d.bins[n-1].Failures += b.Failures
			continue
		}
		d.bins = append(d.bins, b)
	}
	return d
}

// records are about as many as the requests stand in.
func (d *detector) records() float64 { return float64(d.requests) / d.weight }

// floor is the lowest rate that so many records can tell.
func (d *detector) floor() float64 { return .5 / (d.records() + 1) }

// usual is a rate if it can be the usual one, or the highest that can.
func (d *detector) usual(rate float64) float64 {
	if most := d.options.MaxBaseline; most > 0 {
		return min(rate, most)
	}
	return rate
}

func clamp(x, low, high float64) float64 { return min(max(x, low), high) }

// block is a run of bins with about as many requests as the others have.
type block struct {
	first, last int // of the bins
	n, k        float64
}

// cut makes blocks of the bins that are not within what was found.
func (d *detector) cut(found []Incident) (all []block) {
	each := max(float64(d.requests)/blocks, d.weight)
	var b block
	at := 0
	for i := range d.bins {
		for at < len(found) && found[at].End <= d.bins[i].Second {
			at++
		}
		if at < len(found) && found[at].Start <= d.bins[i].Second {
			continue
		}
		if b.n == 0 {
			b.first = i
		}
		b.last = i
		b.n += float64(d.bins[i].Requests)
		b.k += float64(d.bins[i].Failures)
		if b.n >= each {
			all = append(all, b)
			b = block{}
		}
	}
	if b.n > 0 {
		all = append(all, b)
	}
	return all
}

// calm is the rate of the calmest blocks.
func (d *detector) calm() float64 {
	all := d.cut(nil)
	slices.SortFunc(all, func(a, b block) int { return cmp.Compare(a.k/a.n, b.k/b.n) })
	var n, k float64
	for _, b := range all[:max(1, int(calmest*float64(len(all))))] {
		n += b.n
		k += b.k
	}
	return clamp(k/n, d.floor(), 1-d.floor())
}

// rateOutside is the rate of all that was not found.
func (d *detector) rateOutside(found []Incident) float64 {
	n, k := float64(d.requests), float64(d.failures)
	for _, in := range found {
		n -= float64(in.Requests)
		k -= float64(in.Failures)
	}
	return clamp((k+.5*d.weight)/(n+d.weight), d.floor(), 1-d.floor())
}

// dispersion is φ: the upper quartile of the blocks' χ² over that of a χ² distribution with one
// degree of freedom, 1.323. The quartile does not see an incident, as the mean would.
func (d *detector) dispersion(found []Incident) float64 {
	const least, quartile = 8, 1.323
	var chi []float64
	for _, b := range d.cut(found) {
		if expected := b.n * d.base; expected >= 5*d.weight {
			chi = append(chi, (b.k-expected)*(b.k-expected)/(expected*(1-d.base)))
		}
	}
	if len(chi) < least {
		return d.weight
	}
	slices.Sort(chi)
	return clamp(chi[len(chi)*3/4]/quartile, d.weight, maxSpread*d.weight)
}

// cost is what a change of state costs, in nats.
func (d *detector) cost() float64 {
	return math.Log(d.records() * float64(max(d.options.Tests, 1)) / alpha)
}

// oddsTimes is the rate at so many times the odds of p.
func oddsTimes(p, times float64) float64 {
	odds := p / (1 - p) * times
	return odds / (1 + odds)
}

// ratio is the log-likelihood ratio of k failures in n requests at the rate p to that at p0.
func ratio(k, n, p, p0 float64) float64 {
	return k*math.Log(p/p0) + (n-k)*math.Log((1-p)/(1-p0))
}

// stretches are the significant stretches, of those that overlap the likeliest, by time.
func (d *detector) stretches() []Incident {
	var all []Incident
	highest := 0.
	for _, level := range levels {
		highest = oddsTimes(d.base, level)
		all = d.path(highest, all)
	}
	for _, p := range rates {
		if p > highest {
			all = d.path(p, all)
		}
	}
	all = slices.DeleteFunc(all, func(in Incident) bool { return !d.significant(&in) })
	return d.disjoint(all)
}

// disjoint are those of the stretches that do not overlap and have the highest likelihood together,
// where each costs what a change does. To take the likeliest one first would make one of two that
// are an hour apart, as a slight rate from the first to the second is likelier than one of them.
func (d *detector) disjoint(all []Incident) (kept []Incident) {
	slices.SortFunc(all, func(a, b Incident) int { return cmp.Or(cmp.Compare(a.End, b.End), cmp.Compare(a.Start, b.Start)) })
	type choice struct {
		nats   float64 // of the best among the first
		before int     // how many of them end before the last begins, if that is taken; -1 if not
	}
	best := make([]choice, len(all)+1)
	for i, in := range all {
		before, _ := slices.BinarySearchFunc(all[:i], in.Start+1, func(other Incident, t int64) int { return cmp.Compare(other.End, t) })
		best[i+1] = choice{best[i].nats, -1}
		if nats := best[before].nats + in.Score - d.cost(); nats > best[i].nats {
			best[i+1] = choice{nats, before}
		}
	}
	for i := len(all); i > 0; {
		if before := best[i].before; before >= 0 {
			kept = append(kept, all[i-1])
			i = before
		} else {
			i--
		}
	}
	slices.Reverse(kept)
	return kept
}

func (d *detector) significant(in *Incident) bool {
	odds := in.Rate / max(1-in.Rate, d.floor()) / (d.base / (1 - d.base))
	return in.Score >= d.cost() && float64(in.Failures) >= minFailures*d.weight && in.Rate >= d.options.MinRate && odds >= minOdds
}

// path appends the stretches in which the likeliest path has the rate p.
func (d *detector) path(p float64, all []Incident) []Incident {
	ok, bad := math.Log((1-p)/(1-d.base))/d.phi, math.Log(p/d.base)/d.phi
	gain := func(i int) float64 {
		b := &d.bins[i]
		return float64(b.Failures)*bad + float64(b.Requests-b.Failures)*ok
	}
	for _, r := range likeliest(len(d.bins), d.cost(), gain) {
		all = append(all, d.stretch(r.first, r.last))
	}
	return all
}

// stretch is what was counted from bin i to bin j.
func (d *detector) stretch(i, j int) Incident {
	in := Incident{Start: d.bins[i].Second, End: d.bins[j].Second + d.width, BaselineRate: d.base}
	for _, b := range d.bins[i : j+1] {
		in.Requests += b.Requests
		in.Failures += b.Failures
	}
	n, k := float64(in.Requests), float64(in.Failures)
	in.Rate = k / n
	in.Excess = k - n*d.base
	in.Score = ratio(k, n, clamp(in.Rate, d.floor(), 1-d.floor()), d.base) / d.phi
	if in.Rate < d.base {
		in.Score = -in.Score
	}
	return in
}

// join makes one of stretches that are close to each other.
func (d *detector) join(all []Incident) (joined []Incident) {
	for _, in := range all {
		if n := len(joined); n > 0 && in.Start-joined[n-1].End <= mergeGap {
			joined[n-1] = d.stretch(d.index(joined[n-1].Start), d.index(in.End)-1)
			continue
		}
		joined = append(joined, in)
	}
	return joined
}

// index is the first bin not before a second.
func (d *detector) index(second int64) int {
	i, _ := slices.BinarySearchFunc(d.bins, second, func(b Bin, second int64) int { return cmp.Compare(b.Second, second) })
	return i
}
