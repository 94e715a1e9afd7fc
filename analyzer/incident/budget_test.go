package incident

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// outage is a request a second from second 0 until end, all of which fail between two seconds.
func outage(from, to, end int64) (bins []Bin) {
	for s := range end {
		b := Bin{Second: s, Requests: 1}
		if s >= from && s < to {
			b.Failures = 1
		}
		bins = append(bins, b)
	}
	return bins
}

func TestReplay(t *testing.T) {
	const never = math.MaxInt64
	for _, tt := range []struct {
		reason              string
		bins                []Bin
		slo                 float64
		fast, slow, tickets []Span
	}{
		{"no bins", nil, 99.9, nil, nil, nil},
		{"nothing fails", outage(0, 0, 10_000), 99.9, nil, nil, nil},
		// 14.4×: 52 of the 3,600 requests of the hour before are 1.44 %; it is over when 4 of the last 300 failed.
		// 6×: 44 of 7,244 requests since the log began are .6 %; 10 of the last 1,800.
		// 1×: 8 of 7,208 are .1 %; 21 of the last 21,600.
		{"ten minutes after two hours", outage(7200, 7800, 30_000), 99.9, []Span{{7252, 8096}}, []Span{{7244, 9590}}, []Span{{7208, 29_379}}},
		{"the log ends while two of them fire", outage(7200, 7800, 9000), 99.9, []Span{{7252, 8096}}, []Span{{7244, never}}, []Span{{7208, never}}},
		{"with the log's first request it burns: there was none before", outage(0, 600, 30_000), 99.9, []Span{{1, 896}}, []Span{{1, 2390}}, []Span{{1, 22_179}}},
		{"an objective ten times as low takes ten times the failures", outage(7200, 7800, 30_000), 99, []Span{{7719, 8057}}, []Span{{7660, 9492}}, []Span{{7273, 29_184}}},
		{"five minutes in which nothing came: no failures, no alert", append(outage(7200, 7800, 7800), Bin{Second: 9000, Requests: 1}), 99.9,
			[]Span{{7252, 8100}}, []Span{{7244, never}}, []Span{{7208, never}}},
		// The first one is still in the long window of 6×, so that 11 of the last 1,800 are enough.
		{"twice", append(outage(7200, 7800, 20_000), shifted(outage(7200, 7800, 20_000), 20_000)...), 99.9,
			[]Span{{7252, 8096}, {27_252, 28_096}}, []Span{{7244, 9590}, {27_211, 29_590}}, []Span{{7208, never}}},
	} {
		got := Replay(tt.bins, tt.slo)
		want := []Alert{
			{Severity: "page", Burn: 14.4, Long: 3600, Short: 300, Firings: tt.fast},
			{Severity: "page", Burn: 6, Long: 21_600, Short: 1800, Firings: tt.slow},
			{Severity: "ticket", Burn: 1, Long: 259_200, Short: 21_600, Firings: tt.tickets},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.reason, diff)
		}
	}
}

func shifted(bins []Bin, by int64) (out []Bin) {
	for _, b := range bins {
		b.Second += by
		out = append(out, b)
	}
	return out
}

// An alert is what it says, looked at second by second.
func TestReplayBySeconds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bins := someBins.Draw(t, "bins")
		a := Alert{Long: rapid.Int64Range(2, 40).Draw(t, "long"), Short: rapid.Int64Range(1, 10).Draw(t, "short")}
		most := rapid.SampledFrom([]float64{.05, .3, .9}).Draw(t, "most")
		d := newDetector(bins, Options{})
		a.replay(bins, most)
		var want []Span
		firing := false
		for now := int64(0); len(d.bins) > 0 && now <= d.bins[len(d.bins)-1].Second+1; now++ {
			above := func(length int64) bool {
				k, n := 0., 0.
				for _, b := range bins {
					if b.Second < now && b.Second >= now-length {
						k, n = k+float64(b.Failures), n+float64(b.Requests)
					}
				}
				return k > 0 && k >= most*n
			}
			switch fires := above(a.Long) && above(a.Short); {
			case fires && !firing:
				want, firing = append(want, Span{now, math.MaxInt64}), true
			case firing && !fires:
				want[len(want)-1].High, firing = now, false
			}
		}
		if diff := cmp.Diff(want, a.Firings); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
	if !slices.ContainsFunc(examples(someBins), func(bins []Bin) bool {
		a := Alert{Long: 20, Short: 5}
		a.replay(bins, .3)
		return len(a.Firings) > 0
	}) {
		t.Error("no alert fired")
	}
}

// someBins are in order, some seconds are not among them, and from one of them on more fails.
var someBins = rapid.Custom(func(t *rapid.T) (bins []Bin) {
	second := int64(0)
	bad := rapid.Int64Range(0, 60).Draw(t, "bad")
	for range rapid.IntRange(0, 50).Draw(t, "n") {
		second += rapid.SampledFrom([]int64{1, 1, 1, 2, 15}).Draw(t, "step")
		b := Bin{Second: second, Requests: rapid.Uint64Range(1, 20).Draw(t, "requests")}
		if most := b.Requests; second >= bad && second < bad+25 {
			b.Failures = rapid.Uint64Range(0, most).Draw(t, "failures")
		} else if rapid.IntRange(0, 9).Draw(t, "stray") == 0 {
			b.Failures = 1
		}
		bins = append(bins, b)
	}
	return bins
})
