package incident

import (
	"cmp"
	"math"
	"slices"
)

// What makes an unusual number of requests an incident.
const (
	minVolumeSeconds = 60
	minVolume        = 20       // records that are missing, or too many
	fewer, more      = .3, 3.   // times the usual rate: at most, at least
	rare             = 4        // how many times larger than any other a surge is
	longestGap       = 2 * 3600 // seconds without a request that are still judged
	around           = 2 * 3600 // seconds on either side that tell what is usual
	maxSlots         = 1 << 17
)

// volumes are how many times the usual rate a stretch may have: one that fits any of them is found.
// 0 itself would forbid a single request.
var volumes = [...]float64{.01, .1, .3, 3, 5}

// FindVolume finds when there were far fewer or far more requests than usual, by time. It takes the
// bins as Find does, and counts requests alone: a dead server writes no lines. Of the options it
// heeds the width, the tests and the weight. In what it returns, Rate and BaselineRate are requests in a
// second, and Excess is requests beyond the usual, negative where they are missing.
//
// Usual is the median rate of the two hours on either side, without what was found: so neither
// the night is an incident nor the morning. On that, stretches are sought as Find seeks them, with
// Poisson's likelihood, divided by how far counts use to be spread below the usual, and above it.
// A surge is an incident only where no other of the log is a quarter as large: what comes again and
// again is crawlers and jobs.
//
// Two hours and more without any request are not told: a site that sleeps at night looks the
// same, and so does a file that is missing. Nor can it be told whether requests are missing where
// the log, or what is behind such a silence, begins or ends, as few may be what is usual there.
//
// Time and memory are bounded by the bins and 2^17 slots, however far apart the bins are.
func FindVolume(bins []Bin, o Options) []Incident {
	v := newVolume(bins, o)
	var found []Incident
	for range rounds {
		v.expect(found)
		v.spread()
		found = v.find()
	}
	for i := range found {
		found[i] = v.edges(found[i], found)
	}
	return slices.DeleteFunc(found, func(in Incident) bool { return !v.significant(&in) })
}

// volume is how many requests there were over time.
type volume struct {
	records float64 // about as many as the requests stand in
	weight  float64 // of a record
	tests   int
	slot    int64 // length in seconds
	cell    int   // length in slots: of cells the usual rate is made
	pieces  []piece
	// How many times wider than Poisson's the counts are spread, below the usual and above it.
	below, above float64
}

// piece is a part of the log without long silence.
type piece struct {
	start  int64
	counts []float64 // of slots
	rates  []float64 // of cells: what is usual in a slot, 0 where nobody can say
}

func newVolume(bins []Bin, o Options) *volume {
	d := newDetector(bins, o)
	v := &volume{records: d.records(), weight: d.weight, tests: max(o.Tests, 1)}
	var runs []run
	total := int64(0)
	for i := range d.bins {
		switch n := len(runs); {
		case n > 0 && d.bins[i].Second-d.bins[i-1].Second-d.width < max(longestGap, d.width):
			total += d.bins[i].Second - d.bins[i-1].Second
			runs[n-1].last = i
		default:
			runs = append(runs, run{i, i})
			total += d.width
		}
	}
	v.slot = (total/maxSlots/d.width + 1) * d.width
	// A cell is five minutes where the log has half a day, and such that about ten records come.
	const least, most, cells, records = 30, 300, 144, 10
	v.cell = int(max(1, max(min(max(total/cells, least), most), total*records/max(int64(v.records), 1))/v.slot))
	for _, r := range runs {
		p := piece{start: d.bins[r.first].Second}
		p.counts = make([]float64, (d.bins[r.last].Second-p.start)/v.slot+1)
		for _, b := range d.bins[r.first : r.last+1] {
			p.counts[(b.Second-p.start)/v.slot] += float64(b.Requests)
		}
		p.rates = make([]float64, (len(p.counts)+v.cell-1)/v.cell)
		v.pieces = append(v.pieces, p)
	}
	return v
}

// expect makes the rates anew: of each cell the median of those around it that are not within what
// was found.
func (v *volume) expect(found []Incident) {
	const least, leastRecords = 8, 3 // cells that are whole, and records in the median one
	reach := int(around / v.slot / int64(v.cell))
	var near []float64
	for _, p := range v.pieces {
		calm := make([]float64, len(p.counts)/v.cell) // a cell that is not whole does not count
		for c := range calm {
			from := p.start + int64(c*v.cell)*v.slot
			until := from + int64(v.cell)*v.slot
			if slices.ContainsFunc(found, func(in Incident) bool { return in.Start < until && from < in.End }) {
				calm[c] = math.NaN()
				continue
			}
			for _, n := range p.counts[c*v.cell : (c+1)*v.cell] {
				calm[c] += n / float64(v.cell)
			}
		}
		for c := range p.rates {
			near = near[:0]
			for _, rate := range calm[min(max(c-reach, 0), len(calm)):min(c+reach+1, len(calm))] {
				if !math.IsNaN(rate) {
					near = append(near, rate)
				}
			}
			p.rates[c] = 0
			if len(near) >= least {
				slices.Sort(near)
				if median := near[len(near)/2]; median*float64(v.cell) >= leastRecords*v.weight {
					p.rates[c] = median
				}
			}
		}
	}
}

// spread finds the dispersions, each by the median of what the cells on its side deviate. Half of
// the cells are on each side, and where there are fewer the rest does not deviate: so an incident
// may be a quarter of the log.
func (v *volume) spread() {
	var below, above []float64
	for _, p := range v.pieces {
		for c := range len(p.counts) / v.cell {
			e := p.rates[c] * float64(v.cell)
			n := 0.
			for _, k := range p.counts[c*v.cell : (c+1)*v.cell] {
				n += k
			}
			if e == 0 {
				continue
			}
			deviance := 2 * surprise(n, e)
			if n < e {
				below, above = append(below, deviance), append(above, 0)
			} else {
				below, above = append(below, 0), append(above, deviance)
			}
		}
	}
	v.below, v.above = max(dispersion(below), v.weight), max(dispersion(above), v.weight)
}

// dispersion is how many times wider than χ² with one degree of freedom the deviances are spread, of
// which half are of the other side: by their median or upper quartile, as either may be high by
// chance where there are few.
func dispersion(deviances []float64) float64 {
	const median, quartile = .455, 1.323
	n := len(deviances)
	if n == 0 {
		return 1
	}
	slices.Sort(deviances)
	return max(1, min(deviances[n*3/4]/median, deviances[n*7/8]/quartile))
}

// surprise is the log-likelihood ratio of n requests at their own rate to that at which e are
// expected.
func surprise(n, e float64) float64 {
	if n == 0 {
		return e
	}
	return n*math.Log(n/e) - (n - e)
}

// gain is what a slot tells for a rate that is so many times the usual one.
func (v *volume) gain(p *piece, times float64) func(int) float64 {
	phi, log := v.above, math.Log(times)
	if times < 1 {
		phi = v.below
	}
	return func(i int) float64 {
		rate := p.rates[i/v.cell]
		if rate == 0 {
			return math.Inf(-1) // where nobody can say what is usual nothing is not
		}
		return (p.counts[i]*log - rate*(times-1)) / phi
	}
}

// cost is what a change of state costs, in nats.
func (v *volume) cost() float64 { return math.Log(v.records * float64(v.tests) / alpha) }

func (v *volume) find() []Incident {
	var all []Incident
	for i := range v.pieces {
		p := &v.pieces[i]
		for _, times := range volumes {
			for _, r := range likeliest(len(p.counts), v.cost(), v.gain(p, times)) {
				all = append(all, v.stretch(p, r.first, r.last))
			}
		}
	}
	surges := strongest(all, func(in *Incident) bool { return in.Excess > 0 && in.Score >= v.cost() })
	often := func(in Incident) bool {
		return in.Excess > 0 && slices.ContainsFunc(surges, func(other Incident) bool {
			return other.Excess*rare > in.Excess && (other.Start >= in.End || in.Start >= other.End)
		})
	}
	return slices.DeleteFunc(v.join(strongest(all, v.significant)), often)
}

// join makes one of stretches that are close to each other and of one kind.
func (v *volume) join(all []Incident) (joined []Incident) {
	for _, in := range all {
		if n := len(joined); n > 0 && in.Start-joined[n-1].End <= mergeGap && in.Excess > 0 == (joined[n-1].Excess > 0) {
			p := v.piece(in.Start)
			if one := v.stretch(p, v.index(p, joined[n-1].Start), v.index(p, in.End)-1); v.significant(&one) {
				joined[n-1] = one
				continue
			}
		}
		joined = append(joined, in)
	}
	return joined
}

// piece is the one that a second is within.
func (v *volume) piece(second int64) *piece {
	i, found := slices.BinarySearchFunc(v.pieces, second, func(p piece, second int64) int { return cmp.Compare(p.start, second) })
	if !found {
		i--
	}
	return &v.pieces[i]
}

func (v *volume) index(p *piece, second int64) int { return int((second - p.start) / v.slot) }

// stretch is what there was from slot i to slot j.
func (v *volume) stretch(p *piece, i, j int) Incident {
	in := Incident{Start: p.start + int64(i)*v.slot, End: p.start + int64(j+1)*v.slot}
	n, e := 0., 0.
	for k := i; k <= j; k++ {
		n += p.counts[k]
		e += p.rates[k/v.cell]
	}
	seconds := float64(in.End - in.Start)
	in.Requests, in.Excess = uint64(n), n-e
	in.Rate, in.BaselineRate = n/seconds, e/seconds
	phi := v.above
	if n < e {
		phi = v.below
	}
	if e > 0 {
		in.Score = surprise(n, e) / phi
	}
	return in
}

func (v *volume) significant(in *Incident) bool {
	times := in.Rate / in.BaselineRate
	if in.Score < v.cost() || in.End-in.Start < minVolumeSeconds || math.Abs(in.Excess) < minVolume*v.weight || times > fewer && times < more {
		return false
	}
	p := v.piece(in.Start)
	first, last := v.index(p, in.Start)/v.cell, (v.index(p, in.End)-1)/v.cell
	return first > 0 && (times > 1 || last < (len(p.counts)-1)/v.cell)
}

// edges places the start and the end anew, as those of a detector are.
func (v *volume) edges(in Incident, all []Incident) Incident {
	p := v.piece(in.Start)
	first, last := v.index(p, in.Start), v.index(p, in.End)-1
	low, high := 0, len(p.counts)-1
	for _, other := range all {
		if other.End <= in.Start {
			low = max(low, v.index(p, other.End))
		}
		if other.Start >= in.End {
			high = min(high, v.index(p, other.Start)-1)
		}
	}
	gain := v.gain(p, max(in.Rate/in.BaselineRate, volumes[0]))
	start, startLow, startHigh := farthest(last, low, edgeNats, gain)
	end, endHigh, endLow := farthest(max(start, first), high, edgeNats, gain)
	out := v.stretch(p, start, end)
	out.StartLow, out.StartHigh = p.start+int64(startLow)*v.slot, p.start+int64(startHigh+1)*v.slot-1
	out.EndLow, out.EndHigh = p.start+int64(endLow)*v.slot+1, p.start+int64(endHigh+1)*v.slot
	if startLow > 0 && v.slot > 1 {
		out.StartLow -= v.slot - 1
	}
	if endHigh < len(p.counts)-1 {
		out.EndHigh += v.slot - 1
	}
	out.BeganBefore, out.Ongoing = startLow == 0, endHigh == len(p.counts)-1
	return out
}
