package incident

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

const began = 1_795_132_800 // 2026-11-20 00:00:00 UTC

// phase is some time in which requests come evenly, and fail so.
type phase struct {
	seconds  int64
	requests float64 // a second
	rate     float64 // of failures
}

// during counts phases that follow each other, in bins of a width.
func during(width int64, phases ...phase) (bins []Bin) {
	at, n, k := int64(began), 0., 0.
	for _, p := range phases {
		for end := at + p.seconds; at < end; at++ {
			if (at-began)%width == 0 {
				bins = append(bins, Bin{Second: at})
			}
			b := &bins[len(bins)-1]
			n += p.requests
			for ; n >= 1; n-- {
				b.Requests++
				if k += p.rate; k >= 1 {
					k--
					b.Failures++
				}
			}
		}
	}
	return bins
}

var unknown = Options{Baseline: math.NaN()}

// found is an incident as seconds since it began, and what was cut off.
type found struct {
	start, end           int64
	beganBefore, ongoing bool
}

func summed(all []Incident) (out []found) {
	for _, in := range all {
		out = append(out, found{in.Start - began, in.End - began, in.BeganBefore, in.Ongoing})
	}
	return out
}

func TestFind(t *testing.T) {
	calm := func(seconds int64) phase { return phase{seconds, 2, .001} }
	bad := func(seconds int64) phase { return phase{seconds, 2, .5} }
	options := func(change func(*Options)) Options {
		o := unknown
		change(&o)
		return o
	}
	hour := func(baseline float64) Options { return options(func(o *Options) { o.Baseline = baseline }) }
	for _, tt := range []struct {
		reason  string
		bins    []Bin
		options Options
		want    []found
		bursts  int
	}{
		{"no bins", nil, unknown, nil, 0},
		{"bins without requests", []Bin{{Second: began}, {Second: began + 9}}, unknown, nil, 0},
		{"nothing fails", during(1, phase{7200, 2, 0}), unknown, nil, 0},
		{"all is as always", during(1, calm(7200)), unknown, nil, 0},
		{"ten requests, all of which failed: nobody knows what is usual", during(1, phase{10, 1, 1}), unknown, nil, 0},
		{"ten minutes", during(1, calm(3600), bad(600), calm(3600)), unknown, []found{{3600, 4200, false, false}}, 0},
		{"it began before the counts do", during(1, bad(600), calm(7200)), unknown, []found{{0, 600, true, false}}, 0},
		{"it is ongoing", during(1, calm(7200), bad(600)), unknown, []found{{7200, 7800, false, true}}, 0},
		{"all of it, where it is known what is usual", during(1, bad(3600)), hour(.001), []found{{0, 3600, true, true}}, 0},
		{"all of it: what always fails is usual, if nothing says otherwise", during(1, bad(3600)), unknown, nil, 0},
		{"all of it, where so much cannot be usual", during(1, bad(3600)), options(func(o *Options) { o.MaxBaseline = .05 }), []found{{0, 3600, true, true}}, 0},
		{"only failures", during(1, phase{3600, 2, 1}), options(func(o *Options) { o.MaxBaseline = .05 }), []found{{0, 3600, true, true}}, 0},
		{"a bound on what is usual that nothing reaches changes nothing", during(1, calm(3600), bad(600), calm(3600)),
			options(func(o *Options) { o.MaxBaseline = .05 }), []found{{3600, 4200, false, false}}, 0},
		{"half of the time", during(1, calm(3600), bad(3600)), options(func(o *Options) { o.MaxBaseline = .05 }), []found{{3600, 7200, false, true}}, 0},
		{"unusual, and still too seldom to matter", during(1, calm(3600), phase{600, 2, .05}, calm(3600)), options(func(o *Options) { o.MinRate = .1 }), nil, 0},
		{"two", during(1, calm(3600), bad(300), calm(1800), bad(600), calm(3600)), unknown, []found{{3600, 3900, false, false}, {5700, 6300, false, false}}, 0},
		{"a minute without failures is a pause of one", during(1, calm(3600), bad(300), calm(60), bad(300), calm(3600)), unknown, []found{{3600, 4260, false, false}}, 0},
		{"in the midst of it nothing came for an hour: nothing says that it ended", during(1, calm(3600), bad(300), phase{3600, 0, 0}, bad(300), calm(3600)),
			unknown, []found{{3600, 7800, false, false}}, 0},
		{"seven failures are too few", during(1, phase{3600, 2, 0}, phase{7, 1, 1}, phase{3600, 2, 0}), unknown, nil, 0},
		{"twenty seconds are a micro-burst", during(1, calm(3600), phase{20, 2, 1}, calm(3600)), unknown, nil, 1},
		{"wide bins: it ends where its last one does", during(60, calm(3600), bad(600), calm(3600)), unknown, []found{{3600, 4200, false, false}}, 0},
		{"one wide bin is as long as it is wide", during(60, calm(3600), phase{60, 2, 1}, calm(3600)), options(func(o *Options) { o.Width = 60 }), []found{{3600, 3660, false, false}}, 0},
		{"enough for one series, and not where a million are looked at", during(1, phase{7200, 2, .0005}, phase{120, 2, .05}, phase{7200, 2, .0005}),
			options(func(o *Options) { o.Tests = 1_000_000 }), nil, 0},
		{"the same, in one series", during(1, phase{7200, 2, .0005}, phase{120, 2, .05}, phase{7200, 2, .0005}), unknown, []found{{7208, 7319, false, false}}, 0},
	} {
		if len(tt.bins) > 1 && tt.bins[1].Second-tt.bins[0].Second == 60 {
			tt.options.Width = 60
		}
		got := Find(tt.bins, tt.options)
		if diff := cmp.Diff(tt.want, summed(got.Incidents), cmp.AllowUnexported(found{})); diff != "" || len(got.MicroBursts) != tt.bursts {
			t.Errorf("%s: %d micro-bursts, want %d; (-want +got)\n%s", tt.reason, len(got.MicroBursts), tt.bursts, diff)
		}
	}
}

// The figures are worked out by hand: 7,320 requests, of which 120 in a minute failed half.
func TestFindFigures(t *testing.T) {
	got := Find(during(1, phase{3600, 2, 0}, phase{60, 2, .5}), unknown)
	const p0 = .5 / 7201 // (0 + .5) / (7200 + 1): none failed outside, all of the first second's too
	want := Found{BaselineRate: p0, Dispersion: 1, Incidents: []Incident{{
		Start: began + 3600, StartLow: began + 3590, StartHigh: began + 3600,
		End: began + 3660, EndLow: began + 3660, EndHigh: began + 3660, Ongoing: true,
		Requests: 120, Failures: 60, Rate: .5, Excess: 60 - 120*p0, BaselineRate: p0,
		Score: 60*math.Log(.5/p0) + 60*math.Log(.5/(1-p0)),
	}}}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 0), cmpopts.IgnoreFields(Incident{}, "StartLow", "EndLow")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// fewBins are so few that all paths through them can be tried.
var fewBins = rapid.Custom(func(t *rapid.T) (bins []Bin) {
	most := rapid.IntRange(1, 12).Draw(t, "most")
	for failing := rapid.Bool().Draw(t, "failing"); len(bins) < most; failing = !failing {
		halves := []uint64{0, 0, 0, 1}
		if failing {
			halves = []uint64{1, 1, 1, 2, 0}
		}
		for range rapid.IntRange(1, 5).Draw(t, "bins") {
			n := rapid.Uint64Range(1, 300).Draw(t, "requests")
			bins = append(bins, Bin{
				Second: int64(len(bins)), Requests: n, Failures: n * rapid.SampledFrom(halves).Draw(t, "halves") / 2,
			})
		}
	}
	return bins
})

// examples are the same at each run, and so can show that a property of what is generated so
// is not one of nothing.
func examples[T any](g *rapid.Generator[T]) (all []T) {
	for seed := range 200 {
		all = append(all, g.Example(seed))
	}
	return all
}

// A path is the likeliest one, held against all there are.
func TestPathByEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bins := fewBins.Draw(t, "bins")
		d := newDetector(bins, Options{})
		d.base, d.phi = .02, rapid.Float64Range(1, 5).Draw(t, "phi")
		p := oddsTimes(d.base, rapid.SampledFrom(levels[:]).Draw(t, "level"))
		likelihood := func(high func(i int) bool) (sum float64) {
			was := false
			for i, b := range d.bins {
				if high(i) != was {
					sum -= d.cost()
					was = !was
				}
				if was {
					sum += ratio(float64(b.Failures), float64(b.Requests), p, d.base) / d.phi
				}
			}
			return sum
		}
		best := math.Inf(-1)
		for path := range 1 << len(bins) {
			best = max(best, likelihood(func(i int) bool { return path>>i&1 == 1 }))
		}
		all := d.path(p, nil)
		got := likelihood(func(i int) bool {
			return slices.ContainsFunc(all, func(in Incident) bool { return int64(i) >= in.Start && int64(i) < in.End })
		})
		if math.Abs(got-best) > 1e-6 {
			t.Fatalf("%v has %v nats, the best of all paths %v", all, got, best)
		}
	})
	went := map[int]int{}
	for _, bins := range examples(fewBins) {
		d := newDetector(bins, Options{})
		d.base, d.phi = .02, 1
		went[len(d.path(oddsTimes(d.base, levels[len(levels)-1]), nil))]++
	}
	if went[0] == 0 || went[1] == 0 || went[2] == 0 {
		t.Errorf("of the paths so many had that many stretches: %v", went)
	}
}

// An edge is where the likelihood is highest, and its interval all within so many nats of it.
func TestEdgesByEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gains := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			return float64(rapid.IntRange(-24, 24).Draw(t, "eighths")) / 8 // sums of them are exact
		}), 1, 20).Draw(t, "gains")
		from, to := rapid.IntRange(0, len(gains)-1).Draw(t, "from"), rapid.IntRange(0, len(gains)-1).Draw(t, "to")
		nats := rapid.SampledFrom([]float64{0, 1, 3}).Draw(t, "nats")
		sum := func(i int) (sum float64) {
			for j := min(from, i); j <= max(from, i); j++ {
				sum += gains[j]
			}
			return sum
		}
		var all []int // by how far they are
		for n := range max(from-to, to-from) + 1 {
			all = append(all, map[bool]int{true: from + n, false: from - n}[to >= from])
		}
		top := slices.MaxFunc(all, func(a, b int) int {
			return map[bool]int{true: 1, false: -1}[sum(a) > sum(b)]
		})
		within := slices.DeleteFunc(slices.Clone(all), func(i int) bool { return sum(i) < sum(top)-nats })
		at, most, least := farthest(from, to, nats, func(i int) float64 { return gains[i] })
		if at != top || most != within[len(within)-1] || least != within[0] {
			t.Fatalf("the edge is %d, from %d to %d; want %d, from %d to %d", at, least, most, top, within[0], within[len(within)-1])
		}
	})
}

// manyBins have some stretches in which more fails, at any time, and bins in any order.
var manyBins = rapid.Custom(func(t *rapid.T) (bins []Bin) {
	second := int64(began)
	for range rapid.IntRange(0, 8).Draw(t, "phases") {
		step := rapid.SampledFrom([]int64{1, 2, 7, 60}).Draw(t, "step")
		requests := rapid.SampledFrom([]uint64{1, 3, 40}).Draw(t, "requests")
		rate := rapid.SampledFrom([]float64{0, 0, .01, .1, .5, 1}).Draw(t, "rate")
		k := rapid.Float64Range(0, 1).Draw(t, "k")
		for range rapid.IntRange(1, 90).Draw(t, "bins") {
			k += float64(requests) * rate
			bins = append(bins, Bin{Second: second, Requests: requests, Failures: min(requests, uint64(k))})
			k -= math.Floor(k)
			second += step
		}
		second += rapid.SampledFrom([]int64{0, 0, 100, 1000}).Draw(t, "gap")
	}
	return bins
})

func TestFindKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bins := manyBins.Draw(t, "bins")
		o := Options{
			Baseline:    rapid.SampledFrom([]float64{math.NaN(), 0, .01, .5, 1}).Draw(t, "baseline"),
			MaxBaseline: rapid.SampledFrom([]float64{0, .05}).Draw(t, "most"),
			Width:       rapid.SampledFrom([]int64{0, 1}).Draw(t, "width"),
			Tests:       rapid.IntRange(0, 3).Draw(t, "tests"),
		}
		got := Find(bins, o)
		if !(got.BaselineRate >= 0 && got.BaselineRate <= 1 && got.Dispersion >= 1 && got.Dispersion <= maxSpread) {
			t.Fatalf("usual is %v, the dispersion %v", got.BaselineRate, got.Dispersion)
		}
		all := slices.Concat(got.Incidents, got.MicroBursts)
		slices.SortFunc(all, func(a, b Incident) int { return int(a.Start - b.Start) })
		for i, in := range all {
			if !sound(in, bins) || i > 0 && in.Start < all[i-1].End {
				t.Fatalf("of %+v", all)
			}
		}
		for _, in := range got.Incidents {
			if in.End-in.Start < MinSeconds {
				t.Fatalf("%+v is a micro-burst", in)
			}
		}
		if !slices.IsSortedFunc(got.Incidents, func(a, b Incident) int { return int(a.Start - b.Start) }) {
			t.Fatalf("not by time: %+v", got.Incidents)
		}

		shuffled := rapid.Permutation(bins).Draw(t, "shuffled")
		if len(shuffled) > 0 { // and one second in two parts
			half := shuffled[0]
			half.Requests, half.Failures = half.Requests-half.Failures, 0
			shuffled[0].Requests = shuffled[0].Failures
			shuffled = append(shuffled, half)
		}
		if diff := cmp.Diff(got, Find(shuffled, o)); diff != "" {
			t.Fatalf("the order matters: (-want +got)\n%s", diff)
		}
	})
	if !slices.ContainsFunc(examples(manyBins), func(bins []Bin) bool { return len(Find(bins, unknown).Incidents) > 0 }) {
		t.Error("there were no incidents")
	}
}

// sound reports whether an incident is one of the bins.
func sound(in Incident, bins []Bin) bool {
	var n, k uint64
	for _, b := range bins {
		if b.Second >= in.Start && b.Second < in.End {
			n, k = n+b.Requests, k+b.Failures
		}
	}
	return in.Start < in.End && in.StartLow <= in.Start && in.Start <= in.StartHigh && in.EndLow <= in.End && in.End <= in.EndHigh &&
		in.Requests == n && in.Failures == k && in.Rate > 0 && in.Rate <= 1 && in.Score > 0
}

// What fails more in an incident does not make it go away.
func TestFindIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(.1, .5).Draw(t, "rate")
		seconds := rapid.Int64Range(60, 900).Draw(t, "seconds")
		for _, r := range []float64{rate, rapid.Float64Range(rate, 1).Draw(t, "more"), 1} {
			all := Find(during(10, phase{3600, 2, .001}, phase{seconds, 2, r}, phase{3600, 2, .001}), Options{Baseline: math.NaN(), Width: 10}).Incidents
			if len(all) != 1 {
				t.Fatalf("at %v: %+v", r, all)
			}
		}
	})
}

// Where hardly anything ever fails, two outages of a minute are two, however few requests come
// between them.
func TestFindOutagesOfAHealthyLog(t *testing.T) {
	for _, gap := range []int64{300, 900, 2700} {
		var bins []Bin
		for s := int64(0); s < 12*3600; s++ {
			b := Bin{Second: s, Requests: 1}
			if s >= 10000 && s < 10060 || s >= 10060+gap && s < 10120+gap {
				b.Failures = 1
			}
			bins = append(bins, b)
		}
		if found := Find(bins, Options{Baseline: math.NaN()}).Incidents; len(found) != 2 || found[0].End != 10060 || found[1].Start != 10060+gap {
			t.Errorf("%d s apart: %+v", gap, found)
		}
	}
}

// What fails steadily is usual, however the calm moments of the log would have it.
func TestFindNothingInASteadyLog(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 3))
	for range 30 {
		var bins []Bin
		for s := int64(0); s < 3*3600; s += 4 {
			b := Bin{Second: s, Requests: 1}
			if dice.IntN(100) == 0 {
				b.Failures = 1
			}
			bins = append(bins, b)
		}
		if found := Find(bins, Options{Baseline: math.NaN()}).Incidents; len(found) > 0 {
			t.Errorf("%+v", found)
		}
	}
}
