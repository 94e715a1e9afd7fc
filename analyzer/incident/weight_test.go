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

// weights are powers of two, so that what is scaled by one is so to the last bit.
var weights = rapid.SampledFrom([]uint64{1, 2, 8, 64})

// weighed are bins in which each record counts as so many requests.
func weighed(bins []Bin, weight uint64) (out []Bin) {
	for _, b := range bins {
		out = append(out, Bin{b.Second, b.Requests * weight, b.Failures * weight})
	}
	return out
}

// weighedIncidents are what was found in records, in the requests that they stand for.
func weighedIncidents(all []Incident, weight uint64) (out []Incident) {
	for _, in := range all {
		in.Requests, in.Failures, in.Excess = in.Requests*weight, in.Failures*weight, in.Excess*float64(weight)
		out = append(out, in)
	}
	return out
}

// Of requests that were counted by records of one weight exactly that is found which is in the records.
func TestWeightFindsWhatTheRecordsTell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bins, weight := manyBins.Draw(t, "bins"), weights.Draw(t, "weight")
		o := Options{
			Baseline:    rapid.SampledFrom([]float64{math.NaN(), 0, .01}).Draw(t, "baseline"),
			MaxBaseline: rapid.SampledFrom([]float64{0, .05}).Draw(t, "most"),
			Tests:       rapid.IntRange(0, 3).Draw(t, "tests"),
		}
		want := Find(bins, o)
		plain := o
		o.Weight = float64(weight)
		got := Find(weighed(bins, weight), o)
		for _, in := range want.Incidents {
			refined := []Incident{Refine(bins, in, want.BaselineRate, plain)}
			again := Refine(weighed(bins, weight), weighedIncidents([]Incident{in}, weight)[0], want.BaselineRate, o)
			if diff := cmp.Diff(weighedIncidents(refined, weight)[0], again); diff != "" {
				t.Fatalf("refined, at weight %d (-records +requests):\n%s", weight, diff)
			}
		}
		want.Dispersion *= float64(weight)
		want.Incidents, want.MicroBursts = weighedIncidents(want.Incidents, weight), weighedIncidents(want.MicroBursts, weight)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("at weight %d (-records +requests):\n%s", weight, diff)
		}
	})
}

func TestWeightFindsTheVolumeThatTheRecordsTell(t *testing.T) {
	const hour = 3600
	for _, bins := range [][]Bin{
		seconds(part{4 * hour, 10}, part{600, 0}, part{4 * hour, 10}),
		seconds(part{4 * hour, 1}, part{600, 40}, part{4 * hour, 1}),
		shuffled(seconds(part{2 * hour, 3}, part{900, 1}, part{2 * hour, 3}, part{300, 0}, part{2 * hour, 2})),
	} {
		plain := FindVolume(bins, Options{})
		if len(plain) == 0 {
			t.Fatal("there is nothing to be found")
		}
		for _, weight := range []uint64{2, 64} {
			want, got := weighedIncidents(plain, weight), FindVolume(weighed(bins, weight), Options{Weight: float64(weight)})
			for i := range want {
				want[i].Rate, want[i].BaselineRate = want[i].Rate*float64(weight), want[i].BaselineRate*float64(weight)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("at weight %d (-records +requests):\n%s", weight, diff)
			}
		}
	}
}

// One in a hundred fails all the time, and one record in ten is written. Were each counted for ten without
// a word, a handful of them would be an incident.
func TestFindNothingInASteadySample(t *testing.T) {
	const weight = 10
	unaware := 0
	for seed := range uint64(20) {
		dice := rand.New(rand.NewPCG(seed, seed))
		var bins []Bin
		for s := range int64(5400) {
			b := Bin{Second: began + s, Requests: weight}
			if dice.IntN(100) == 0 {
				b.Failures = weight
			}
			bins = append(bins, b)
		}
		if found := Find(bins, Options{Baseline: math.NaN(), Weight: weight}); len(found.Incidents)+len(found.MicroBursts) > 0 || found.Dispersion < weight {
			t.Errorf("seed %d: %+v", seed, found)
		}
		unaware += len(Find(bins, unknown).Incidents)
	}
	if unaware == 0 {
		t.Error("nor would there be any without the weight: nothing is shown")
	}
}

// What records of one weight have for suspects is what they would have for themselves.
func TestSuspectsAreThoseOfTheRecords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts, weight := smallCounts.Draw(t, "counts"), weights.Draw(t, "weight")
		want := Suspects(smallAttributes, counts, .01)
		for i := range want {
			want[i].Requests *= weight
			want[i].Failures *= weight
		}
		sampled := slices.Clone(counts)
		for i := range sampled {
			c := &sampled[i]
			c.Squares, c.Others = c.Failures*weight*weight, (c.Requests-c.Failures)*weight*weight
			c.Requests, c.Failures = c.Requests*weight, c.Failures*weight
		}
		if diff := cmp.Diff(want, Suspects(smallAttributes, sampled, .01), cmpopts.EquateApprox(1e-9, 1e-9)); diff != "" {
			t.Fatalf("at weight %d (-records +requests):\n%s", weight, diff)
		}
	})
}

func TestOneRecordIsNoSuspect(t *testing.T) {
	others := func(weight uint64, records int) (counts []Count) {
		for i := range records {
			counts = append(counts, Count{Values: []string{string(rune('A' + i%20))}, Requests: 10 * weight, Failures: weight, Squares: weight * weight})
		}
		return counts
	}
	kept := func(failures int) (counts []Count) { // a fifth fails
		for i := range failures {
			counts = append(counts, Count{Values: []string{string(rune('A' + i%20))}, Requests: 5, Failures: 1, Others: 40})
		}
		return counts
	}
	one := func(failures, squares uint64) Count {
		return Count{Values: []string{"suspect"}, Requests: failures, Failures: failures, Squares: squares}
	}
	for _, tt := range []struct {
		reason string
		counts []Count
		want   []string
	}{
		{"a record of ten among such", append(others(10, 100), one(10, 100)), nil},
		{"a record of ten among many of one", append(others(1, 1000), one(10, 100)), nil},
		{"a record of a thousand among many of one", append(others(1, 1000), one(1000, 1_000_000)), nil},
		{"four records of ten", append(others(10, 100), one(40, 400)), nil},
		{"ten requests of weight one are ten records", append(others(1, 1000), one(10, 0)), []string{"client=suspect: 10/10"}},
		{"six of which nothing else was written, as one in ten is of what goes well", append(kept(300), one(6, 0)), nil},
		{"ten records of ten", append(others(10, 100), one(100, 1000)), []string{"client=suspect: 100/100"}},
	} {
		got := summary(Suspects([]string{"client"}, tt.counts, .001))
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}
