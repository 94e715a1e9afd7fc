package incident

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// FuzzFind holds what is true of all that is found, by whichever of the functions.
func FuzzFind(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 6))
	for range 20 {
		var seed []byte
		for range 100 {
			seed = append(seed, byte(r.IntN(4)), byte(r.IntN(30)), byte(r.IntN(2)))
		}
		for i := range 40 {
			seed[3*(i+30)+2] = byte(r.IntN(20))
		}
		f.Add(seed, uint8(r.IntN(3)), uint8(r.IntN(100)))
	}
	f.Fuzz(func(t *testing.T, data []byte, width, most uint8) {
		o := Options{Baseline: math.NaN(), MaxBaseline: float64(most) / 255, Width: int64(width)}
		step := max(o.Width, 1)
		at := int64(0)
		var bins []Bin
		for ; len(data) >= 3 && len(bins) < 5000; data = data[3:] {
			gap := int64(data[0])
			if gap > 200 {
				gap = int64(binary.LittleEndian.Uint16(data)) * 100
			}
			at += gap * step
			bins = append(bins, Bin{Second: at, Requests: uint64(data[1]), Failures: uint64(data[2])})
		}
		found := Find(bins, o)
		if found.BaselineRate < 0 || found.BaselineRate > 1 || found.Dispersion < 1 || found.Dispersion > maxSpread {
			t.Errorf("baseline %v, dispersion %v", found.BaselineRate, found.Dispersion)
		}
		all := append(slices.Clone(found.Incidents), found.MicroBursts...)
		slices.SortFunc(all, func(a, b Incident) int { return int(a.Start - b.Start) })
		checkFound(t, bins, all, true)
		for _, in := range all {
			checkFound(t, bins, []Incident{Refine(bins, in, found.BaselineRate, o)}, true)
		}
		checkFound(t, bins, FindVolume(bins, o), false)
	})
}

func checkFound(t *testing.T, bins []Bin, all []Incident, failures bool) {
	t.Helper()
	for i, in := range all {
		var n, k uint64
		for _, b := range bins {
			if b.Second >= in.Start && b.Second < in.End {
				n, k = n+b.Requests, k+min(b.Failures, b.Requests)
			}
		}
		switch {
		case in.Start >= in.End, in.StartLow > in.Start, in.Start > in.StartHigh, in.EndLow > in.End, in.End > in.EndHigh:
			t.Errorf("out of order: %+v", in)
		case i > 0 && all[i-1].End > in.Start:
			t.Errorf("not disjoint: %+v and %+v", all[i-1], in)
		case in.Requests != n, failures && in.Failures != k, !failures && in.Failures != 0:
			t.Errorf("%d requests and %d failures: %+v", n, k, in)
		case math.IsNaN(in.Excess), math.IsNaN(in.Score), math.IsNaN(in.Rate), in.Rate < 0, failures && in.Rate > 1:
			t.Errorf("%+v", in)
		}
	}
}
