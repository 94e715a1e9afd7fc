package analyzer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// durations are such as logs have: zero, and whole microseconds or nanoseconds of any
// magnitude from a microsecond to ten hours.
var durations = rapid.OneOf(
	rapid.Just(time.Duration(0)),
	rapid.Map(rapid.Float64Range(0, 10.5), func(exponent float64) time.Duration {
		return time.Duration(math.Pow(10, exponent)) * time.Microsecond
	}),
	rapid.Map(rapid.Float64Range(3, 13.5), func(exponent float64) time.Duration {
		return time.Duration(math.Pow(10, exponent))
	}),
	rapid.Map(rapid.Int64Range(50, 200), func(us int64) time.Duration { return time.Duration(us) * time.Microsecond }),
)

func latencyOf(all []time.Duration) *latency {
	l := &latency{}
	for _, d := range all {
		l.add(d, 1)
	}
	return l
}

// within reports whether got is within 1 % of want, or a nanosecond, to which it is
// rounded.
func within(got, want time.Duration) bool {
	return math.Abs(float64(got-want)) <= 0.01*float64(want)+1
}

// Of a coarse clock, 0 is less than its tick; of others it is what it is.
func TestTick(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		reason string
		all    []time.Duration
		want   time.Duration
	}{
		{"nginx's", []time.Duration{0, 0, ms, 2 * ms, 91 * ms}, ms},
		{"not a request of a single tick", []time.Duration{0, 3 * ms, 91 * ms}, ms},
		{"Apache's %T", []time.Duration{0, 0, time.Second, 9 * time.Second}, time.Second},
		{"a finer one", []time.Duration{0, 999 * time.Microsecond * 9 / 10, ms}, 0},
		{"no 0 to be explained", []time.Duration{ms, 2 * ms}, 0},
		{"nothing but 0", []time.Duration{0, 0}, 0},
		{"0 where nobody knows", []time.Duration{0, 0, 40 * ms, 91 * ms}, 0},
		{"nothing", nil, 0},
	} {
		l := latencyOf(tt.all)
		whole := &latency{}
		whole.merge(l, 1)
		if got, merged := l.tick(), whole.tick(); got != tt.want || merged != got {
			t.Errorf("%s: %v, merged %v, want %v", tt.reason, got, merged, tt.want)
		}
		if got := l.report().ZeroBelow; got != float64(tt.want)/float64(ms) {
			t.Errorf("%s: the report has %v ms", tt.reason, got)
		}
	}
}

// The table is the formula, where buckets part and anywhere else.
func TestBucketTable(t *testing.T) {
	check := func(d time.Duration) {
		if got, want := bucketOf(d), bucketByLog(d); got != want {
			t.Errorf("%d ns are in bucket %d, want %d", d, got, want)
		}
	}
	for d := time.Duration(1); d < 5000; d++ {
		check(d)
	}
	for _, bound := range bucketTable().longest {
		for d := max(bound-3, 1); d > 0 && d <= min(bound, math.MaxInt64-3)+3; d++ {
			check(d)
		}
	}
	check(math.MaxInt64)
	for range 100_000 {
		check(max(time.Duration(rand.Int64()>>rand.IntN(63)), 1))
	}
}

func TestQuantilesAreWithinOnePercent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(durations, 1, 500).Draw(t, "durations")
		l := latencyOf(all)
		slices.Sort(all)
		exact := func(q float64) time.Duration { return all[max(int(math.Ceil(q*float64(len(all))))-1, 0)] }
		for _, q := range []float64{0, .01, .5, .9, .95, .99, .999, 1} {
			if got, want := l.quantile(q), exact(q); !within(got, want) {
				t.Errorf("quantile %v of %d is %v, want %v within 1 %%", q, len(all), got, want)
			}
		}
		if l.min != all[0] || l.max != all[len(all)-1] || l.count != uint64(len(all)) {
			t.Errorf("min %v, max %v, count %d, want %v, %v, %d", l.min, l.max, l.count, all[0], all[len(all)-1], len(all))
		}
		// The report has them in milliseconds, and must not lose by that.
		r := l.report()
		for _, p := range []struct {
			q  float64
			ms *float64
		}{{.5, r.P50}, {.9, r.P90}, {.95, r.P95}, {.99, r.P99}} {
			if got := time.Duration(math.Round(*p.ms * 1e6)); !within(got, exact(p.q)) {
				t.Errorf("the report has %v ms for quantile %v, want %v within 1 %%", *p.ms, p.q, exact(p.q))
			}
		}
		if got := time.Duration(math.Round(*r.Max * 1e6)); got != all[len(all)-1] {
			t.Errorf("the report has %v ms as the maximum, want %v", *r.Max, all[len(all)-1])
		}
	})
}

// A database counts buckets with this very expression.
func TestBucketIsTheOneOfTheFormula(t *testing.T) {
	formula := func(ms float64) int { return int(math.Floor(math.Log(ms) / math.Log(1.02020202020202))) }
	rapid.Check(t, func(t *rapid.T) {
		d := max(durations.Draw(t, "duration"), 1)
		if got, want := bucketOf(d), formula(float64(d)/1e6); got != want {
			t.Fatalf("bucketOf(%v) = %d, want %d", d, got, want)
		}
		low, high := math.Pow(gamma, float64(bucketOf(d))), math.Pow(gamma, float64(bucketOf(d)+1))
		if ms := float64(d) / 1e6; ms < low*(1-1e-9) || ms > high*(1+1e-9) {
			t.Fatalf("%v ms is not between the bounds of its bucket, %v and %v", ms, low, high)
		}
	})
	for _, tt := range []struct {
		d      time.Duration
		bucket int
		reason string
	}{
		{time.Millisecond, 0, "the logarithm of 1 is 0"},
		{time.Millisecond - 1, -1, "rounding is down, also below 0"},
		{time.Nanosecond, -691, "the shortest duration"},
		{math.MaxInt64, 1492, "the longest"},
	} {
		if got := bucketOf(tt.d); got != tt.bucket {
			t.Errorf("bucketOf(%v) = %d, want %d: %s", tt.d, got, tt.bucket, tt.reason)
		}
	}
}

// show is a latency without the room that its buckets happen to have.
func (l *latency) show() string {
	counts := map[int]uint64{}
	for i, n := range l.buckets {
		if n > 0 {
			counts[l.first+i] = n
		}
	}
	return fmt.Sprintln(l.count, l.zeros, l.min, l.max, counts)
}

func TestLatencyMergeLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(durations, 0, 200).Draw(t, "durations")
		var parts []*latency
		for _, hand := range deal(t, all, rapid.IntRange(1, 5).Draw(t, "parts")) {
			parts = append(parts, latencyOf(hand))
		}
		got := mergeAnyhow(t, parts, func(into, from *latency) { into.merge(from, 1) })
		if diff := cmp.Diff(latencyOf(all).show(), got.show()); diff != "" {
			t.Fatalf("merged parts are not the whole (-whole +merged):\n%s", diff)
		}
	})
}

func TestLatencyWeight(t *testing.T) {
	sampled := latencyOf([]time.Duration{0, time.Second, time.Second, time.Minute})
	whole := latencyOf([]time.Duration{time.Millisecond})
	whole.merge(sampled, 4)
	if whole.count != 17 || whole.zeros != 4 || whole.min != 0 || whole.max != time.Minute {
		t.Errorf("1 and 4 times 4 durations are %s", whole.show())
	}
	if got := whole.quantile(.5); !within(got, time.Second) {
		t.Errorf("the median is %v, want 1s, which half of them took", got)
	}
}

func TestLatencyOddities(t *testing.T) {
	if diff := cmp.Diff(Latency{}, new(latency).report()); diff != "" {
		t.Errorf("no duration was met, yet the report has one (-want +got):\n%s", diff)
	}
	if l := latencyOf([]time.Duration{-time.Second}); l.quantile(.5) != 0 || l.zeros != 1 {
		t.Errorf("a duration below zero, as a clock that was set back makes it, should count as 0: %s", l.show())
	}
	if l := latencyOf([]time.Duration{math.MaxInt64, 1}); !within(l.quantile(1), math.MaxInt64) || l.quantile(0) != 1 {
		t.Errorf("quantiles of the shortest and the longest duration are %v and %v", l.quantile(0), l.quantile(1))
	}
	one := 12345 * time.Microsecond
	if got := latencyOf([]time.Duration{one, one, one}).report(); *got.P50 != 12.345 || *got.P99 != 12.345 {
		t.Errorf("quantiles of equal durations are %v and %v, want that duration", *got.P50, *got.P99)
	}
}

func BenchmarkLatencyAdd(b *testing.B) {
	l, d := &latency{}, time.Duration(1000)
	for b.Loop() {
		l.add(d, 1)
		d = d*7%1_000_000_007 + 1
	}
}

func BenchmarkBucketTable(b *testing.B) {
	for b.Loop() {
		newBucketIndex()
	}
}
