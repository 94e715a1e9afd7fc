package incident

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// near reports whether two figures are one to so many decimals; two NaN are.
func near(a, b float64, decimals int) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= .5000001*math.Pow10(-decimals)
}

// The examples of Newcombe, "Two-sided confidence intervals for the single proportion", 1998,
// table I, method 3.
func TestWilson(t *testing.T) {
	for _, tt := range []struct {
		events, total uint64
		low, high     float64
	}{
		{81, 263, .2553, .3662},
		{15, 148, .0624, .1605},
		{0, 20, 0, .1611},
		{1, 29, .0061, .1718},
		{20, 20, .8389, 1},
		{0, 0, 0, 1}, // nothing is known
	} {
		if low, high := Wilson(tt.events, tt.total); !near(low, tt.low, 4) || !near(high, tt.high, 4) {
			t.Errorf("%d of %d: %v to %v, want %v to %v", tt.events, tt.total, low, high, tt.low, tt.high)
		}
	}
}

// The examples of Newcombe 1998, table II, method 10.
func TestNewcombe(t *testing.T) {
	for _, tt := range []struct {
		current, base Proportion
		low, high     float64
	}{
		{Proportion{56, 70}, Proportion{48, 80}, .0524, .3339},
		{Proportion{9, 10}, Proportion{3, 10}, .1705, .8090},
		{Proportion{6, 7}, Proportion{2, 7}, .0582, .8062},
		{Proportion{5, 56}, Proportion{0, 29}, -.0381, .1926},
		{Proportion{0, 10}, Proportion{0, 20}, -.1611, .2775},
		{Proportion{0, 10}, Proportion{0, 10}, -.2775, .2775},
		{Proportion{10, 10}, Proportion{0, 20}, .6791, 1},
		{Proportion{10, 10}, Proportion{0, 10}, .6075, 1},
	} {
		if in := Newcombe(tt.base, tt.current); !near(in.Low, tt.low, 4) || !near(in.High, tt.high, 4) {
			t.Errorf("%v - %v: %v, want %v to %v", tt.current, tt.base, in, tt.low, tt.high)
		}
	}
}

// Over all that may come of 60 and 90 requests the interval of the ratio holds the true one about
// as often as it says.
func TestRatioIntervalCoverage(t *testing.T) {
	const nb, nc = 60, 90
	for _, shares := range [][2]float64{{.05, .05}, {.05, .2}, {.3, .1}, {.5, .9}, {.02, .04}} {
		held := 0.0
		for kb := range nb + 1 {
			for kc := range nc + 1 {
				in := RatioInterval(Proportion{float64(kb), nb}, Proportion{float64(kc), nc})
				if ratio := shares[1] / shares[0]; in.Low <= ratio && ratio <= in.High {
					held += choose(nb, kb, shares[0]) * choose(nc, kc, shares[1])
				}
			}
		}
		if held < .935 || held > .99 {
			t.Errorf("shares of %v: the ratio is held %.3f of the time", shares, held)
		}
	}
}

// choose is the probability of k among n.
func choose(n, k int, share float64) float64 {
	return math.Exp(logChoose(n, k) + float64(k)*math.Log(share) + float64(n-k)*math.Log1p(-share))
}

func logChoose(n, k int) float64 {
	lg := func(i int) float64 { f, _ := math.Lgamma(float64(i + 1)); return f }
	return lg(n) - lg(k) - lg(n-k)
}

func TestRatioIntervalAtTheEdges(t *testing.T) {
	none, some := Proportion{0, 100}, Proportion{20, 100}
	if in := RatioInterval(none, some); in.Low < 2 || !math.IsInf(in.High, 1) {
		t.Errorf("from none to some: %v", in)
	}
	if in := RatioInterval(some, none); in.Low != 0 || in.High > .5 || !(in.High > 0) {
		t.Errorf("from some to none: %v", in)
	}
	if in := RatioInterval(none, none); in.Low != 0 || !math.IsInf(in.High, 1) {
		t.Errorf("from none to none: %v", in)
	}
	all := Proportion{100, 100}
	if in := RatioInterval(all, all); !(in.Low < 1 && in.High > 1 && in.Low > .9 && in.High < 1.1) {
		t.Errorf("from all to all: %v", in)
	}
	// Turned around it is the inverse.
	a, b := RatioInterval(Proportion{7, 34}, Proportion{1, 34}), RatioInterval(Proportion{1, 34}, Proportion{7, 34})
	if !near(a.Low, 1/b.High, 9) || !near(a.High, 1/b.Low, 9) {
		t.Errorf("%v is not the inverse of %v", a, b)
	}
}

func TestChiSquare(t *testing.T) {
	for g, p := range map[float64]float64{0: 1, 2.705543454: .1, 3.841458821: .05, 6.634896601: .01, 10.82756617: .001} {
		if got := chiSquare(g); !near(got, p, 8) {
			t.Errorf("%v: %v, want %v", g, got, p)
		}
	}
}

// Where counts are large the G-test and the exact one say the same.
func TestGTest(t *testing.T) {
	if p := GTest(Proportion{50, 1000}, Proportion{50, 1000}); !near(p, 1, 6) {
		t.Errorf("equal shares: %v", p)
	}
	for _, tt := range [][2]Proportion{
		{{500, 10_000}, {560, 10_000}}, {{500, 10_000}, {2700, 50_000}}, {{9000, 10_000}, {9100, 10_000}},
	} {
		g, exact := GTest(tt[0], tt[1]), Fisher(tt[0], tt[1])
		if math.Abs(g-exact) > .1*exact {
			t.Errorf("%v: G %v, exact %v", tt, g, exact)
		}
	}
	// G by its definition, the sum of 2·observed·ln(observed/expected).
	observed, expected := []float64{30, 70, 45, 55}, []float64{37.5, 62.5, 37.5, 62.5}
	g := 0.0
	for i := range observed {
		g += 2 * observed[i] * math.Log(observed[i]/expected[i])
	}
	g /= 1 + (200.0/100+200.0/100-1)*(200.0/75+200.0/125-1)/(6*200)
	if p := GTest(Proportion{30, 100}, Proportion{45, 100}); !near(p, chiSquare(g), 12) {
		t.Errorf("p %v, want %v", p, chiSquare(g))
	}
	if p := GTest(Proportion{0, 100}, Proportion{0, 100}); p != 1 {
		t.Errorf("of no events it is %v", p)
	}
}

func TestFisher(t *testing.T) {
	for _, tt := range []struct {
		why           string
		base, current Proportion
		p             float64
	}{
		{"Fisher's lady and her tea, 34 in 70", Proportion{3, 4}, Proportion{1, 4}, 34.0 / 70},
		{"she tells all cups, 2 in 70", Proportion{4, 4}, Proportion{0, 4}, 2.0 / 70},
		{"Fisher's convicted twins, as R's fisher.test has them", Proportion{2, 17}, Proportion{10, 13}, .0005367},
		{"nothing happened", Proportion{0, 10}, Proportion{0, 20}, 1},
		{"all of it did", Proportion{10, 10}, Proportion{20, 20}, 1},
		{"no float can hold it", Proportion{0, 100_000}, Proportion{100_000, 100_000}, 0},
	} {
		if p := Fisher(tt.base, tt.current); !near(p, tt.p, 7) {
			t.Errorf("%s: %v, want %v", tt.why, p, tt.p)
		}
	}
}

// The exact tests say what adding up all tables says.
func TestExactTestsByBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, n := rapid.IntRange(1, 60).Draw(t, "base"), rapid.IntRange(1, 60).Draw(t, "current")
		k, l := rapid.IntRange(0, m).Draw(t, "events"), rapid.IntRange(0, n).Draw(t, "later events")
		probability := func(x int) float64 {
			return math.Exp(logChoose(m, x) + logChoose(n, k+l-x) - logChoose(m+n, k+l))
		}
		want := 0.0
		for x := max(0, k+l-n); x <= min(m, k+l); x++ {
			if p := probability(x); p <= probability(k)*(1+1e-7) {
				want += p
			}
		}
		if got := Fisher(Proportion{float64(k), float64(m)}, Proportion{float64(l), float64(n)}); !near(got, want, 9) {
			t.Fatalf("Fisher: %v, want %v", got, want)
		}
		share := rapid.Float64Range(.02, .98).Draw(t, "share")
		want = 0
		for x := range m + 1 {
			if p := choose(m, x, share); p <= choose(m, k, share)*(1+1e-7) {
				want += p
			}
		}
		if got := binomialTest(float64(k), float64(m), share); !near(got, want, 9) {
			t.Fatalf("binomial: %v, want %v", got, want)
		}
	})
}

func TestQuantileRanks(t *testing.T) {
	for _, tt := range []struct {
		why       string
		n         uint64
		q         float64
		low, high uint64
	}{
		{"the median of ten, as tables have it", 10, .5, 2, 9},
		{"the median of twenty", 20, .5, 6, 15},
		{"the median of a hundred", 100, .5, 40, 61},
		{"six are the fewest that bound a median", 6, .5, 1, 6},
		{"five do not", 5, .5, 0, 6},
		{"nor does nothing", 0, .5, 0, 1},
		{".99^367 is above .025", 367, .99, 359, 368},
		{".99^368 is not", 368, .99, 360, 368},
	} {
		low, high := QuantileRanks(tt.n, tt.q)
		if low != tt.low || high != tt.high {
			t.Errorf("%s: %d and %d, want %d and %d", tt.why, low, high, tt.low, tt.high)
		}
	}
}

// The ranks are the closest with at most 2.5 % on either side, by the sum over all outcomes.
func TestQuantileRanksByBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 400).Draw(t, "n")
		q := rapid.SampledFrom([]float64{.5, .9, .95, .99}).Draw(t, "q")
		low, high := QuantileRanks(uint64(n), q)
		below, above := 0.0, 0.0 // P(fewer than low are below the quantile), P(high or more are)
		for k := range n + 1 {
			if uint64(k) < low {
				below += choose(n, k, q)
			}
			if uint64(k) >= high {
				above += choose(n, k, q)
			}
		}
		if below > .025+1e-9 || above > .025+1e-9 {
			t.Fatalf("%d to %d of %d leave out %v and %v", low, high, n, below, above)
		}
		if below+choose(n, int(low), q) < .025-1e-9 || high > 0 && above+choose(n, int(high)-1, q) < .025-1e-9 {
			t.Fatalf("%d to %d of %d are wider than need be", low, high, n)
		}
	})
}

// What a year of requests asks for is walked in no time, and near the normal approximation.
func TestQuantileRanksOfMany(t *testing.T) {
	const n = 1_000_000_000
	low, high := QuantileRanks(n, .95)
	reach := zConfidence * math.Sqrt(n*.95*.05)
	if math.Abs(float64(low)-(.95*n-reach)) > 3 || math.Abs(float64(high)-(.95*n+reach)) > 3 {
		t.Errorf("%d to %d", low, high)
	}
}

// The example of Benjamini and Hochberg, 1995: four of fifteen are discoveries.
func TestFalseDiscoveries(t *testing.T) {
	p := []float64{.3240, .0201, .0001, .0278, .0298, .0019, .0344, .0004, .0459, .0095, .4262, .5719, math.NaN(), .6528, .7590, 1}
	q := FalseDiscoveries(p)
	discoveries := 0
	for i := range p {
		if q[i] <= .05 {
			discoveries++
			if p[i] > .0095 {
				t.Errorf("%v is a discovery", p[i])
			}
		}
	}
	if discoveries != 4 {
		t.Errorf("%d discoveries, want 4", discoveries)
	}
	if !near(q[2], .0015, 9) || !near(q[9], .035625, 9) || !math.IsNaN(q[12]) || q[15] != 1 {
		t.Errorf("q: %v", q)
	}
	if len(FalseDiscoveries(nil)) != 0 {
		t.Error("there are discoveries among nothing")
	}
}

// A q is never below its p, and follows the order of the p.
func TestFalseDiscoveriesAreMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		q := FalseDiscoveries(p)
		for i := range p {
			if q[i] < p[i] || q[i] > 1 {
				t.Fatalf("p %v has q %v", p[i], q[i])
			}
			for j := range p {
				if p[i] < p[j] && q[i] > q[j] {
					t.Fatalf("p %v, %v have q %v, %v", p[i], p[j], q[i], q[j])
				}
			}
		}
	})
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		why           string
		base, current Proportion
		exact, tested bool
		sign          int
	}{
		{"many", Proportion{100, 10_000}, Proportion{200, 10_000}, false, true, 1},
		{"fewer", Proportion{200, 10_000}, Proportion{100, 10_000}, false, true, -1},
		{"few are expected", Proportion{0, 1000}, Proportion{8, 1000}, true, true, 1},
		{"few could not tell, however they fell", Proportion{0, 1000}, Proportion{3, 1000}, false, false, 1},
		{"as few can, where one side is small", Proportion{0, 10_000}, Proportion{2, 100}, true, true, 1},
		{"nothing happened", Proportion{0, 1000}, Proportion{0, 1000}, false, false, 0},
		{"everything did", Proportion{1000, 1000}, Proportion{1000, 1000}, false, false, 0},
		{"almost everything did", Proportion{1000, 1000}, Proportion{900, 1000}, false, true, -1},
	} {
		d := Compare(tt.base, tt.current)
		if tested := !math.IsNaN(d.P); d.Exact != tt.exact || tested != tt.tested {
			t.Errorf("%s: exact %v, tested %v", tt.why, d.Exact, tested)
		}
		for _, f := range []float64{d.Difference, d.Effect} {
			if f > 0 != (tt.sign > 0) || f < 0 != (tt.sign < 0) {
				t.Errorf("%s: %+v", tt.why, d)
			}
		}
		if d.Reach.Low > d.Difference || d.Reach.High < d.Difference || d.RatioReach.Low > d.Ratio || d.RatioReach.High < d.Ratio {
			t.Errorf("%s: an interval is beside its figure: %+v", tt.why, d)
		}
	}
}

// Halves of one thing are told apart at most as often as the p says.
func TestCompareUnderTheNull(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	const rounds = 4000
	for _, share := range []float64{.002, .02, .3} {
		low := 0
		for range rounds {
			var of [2]Proportion
			for i := range of {
				of[i].Total = 1000
				for range 1000 {
					if dice.Float64() < share {
						of[i].Events++
					}
				}
			}
			if Compare(of[0], of[1]).P <= .05 {
				low++
			}
		}
		if got := float64(low) / rounds; got > .06 {
			t.Errorf("a share of %v: p is below .05 in %v", share, got)
		}
	}
}

func TestCompareRates(t *testing.T) {
	same := CompareRates(Rate{1000, 100}, Rate{2000, 200}, 1)
	if !near(same.P, 1, 4) || !near(same.Ratio, 1, 9) || same.RatioReach.Low > 1 || same.RatioReach.High < 1 {
		t.Errorf("twice as many in twice the time: %+v", same)
	}
	more := CompareRates(Rate{1000, 100}, Rate{1100, 100}, 1)
	if more.P > .05 || more.RatioReach.Low < 1 {
		t.Errorf("a tenth more, as Poisson has it: %+v", more)
	}
	if wide := CompareRates(Rate{1000, 100}, Rate{1100, 100}, 10); wide.P < .05 || wide.RatioReach.Low > 1 {
		t.Errorf("a tenth more, of what is spread ten times as wide: %+v", wide)
	}
	if few := CompareRates(Rate{0, 100}, Rate{9, 100}, 1); !few.Exact || !near(few.P, 2.0/512, 9) {
		t.Errorf("nine against none: %+v", few)
	}
	if fewer := CompareRates(Rate{0, 100}, Rate{3, 100}, 1); !math.IsNaN(fewer.P) {
		t.Errorf("three could not have told: %+v", fewer)
	}
}

func TestDispersion(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 4))
	poisson := func(mean float64) (n uint64) {
		for p := dice.Float64(); p > math.Exp(-mean); p *= dice.Float64() {
			n++
		}
		return n
	}
	var even, wide []uint64
	for i := range 200 {
		even = append(even, poisson(20))
		wide = append(wide, poisson(10+20*float64(i%2)))
	}
	if d := Dispersion(even); d > 1.3 {
		t.Errorf("of Poisson: %v", d)
	}
	if d := Dispersion(wide); d < 4 {
		t.Errorf("of two rates in turn: %v", d)
	}
	if d := Dispersion([]uint64{1, 100, 1, 100}, nil, make([]uint64, 20)); d != 1 {
		t.Errorf("of too few: %v", d)
	}
}

func TestRatioOf(t *testing.T) {
	in := RatioOf(Estimate{100, Interval{80, 125}}, Estimate{200, Interval{160, 250}})
	reach := math.Exp(math.Sqrt2 * math.Log(1.25))
	if !near(in.Low, 2/reach, 9) || !near(in.High, 2*reach, 9) {
		t.Errorf("%v", in)
	}
	in = RatioOf(Estimate{100, Interval{0, 125}}, Estimate{200, Interval{160, math.Inf(1)}})
	if in.Low <= 0 || !math.IsInf(in.High, 1) {
		t.Errorf("what is not bounded is: %v", in)
	}
}
