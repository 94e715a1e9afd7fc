package incident

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// What was found in wide bins is placed to the second in narrow ones.
func TestRefine(t *testing.T) {
	phases := []phase{{3725, 2, .001}, {600, 2, .5}, {3600, 2, .001}}
	wide := Find(during(60, phases...), Options{Baseline: unknown.Baseline, Width: 60})
	if len(wide.Incidents) != 1 {
		t.Fatalf("there are %d incidents", len(wide.Incidents))
	}
	in := wide.Incidents[0]
	if in.StartLow > began+3725 || in.StartHigh < began+3725 || in.EndLow > began+4325 || in.EndHigh < began+4325 {
		t.Errorf("in wide bins it is %+v", in)
	}
	for _, tt := range []struct {
		reason     string
		bins       []Bin
		in         Incident
		start, end int64
	}{
		{"all of the time", during(1, phases...), in, 3725, 4325},
		{"a window about it", during(1, phases...)[3000:5000], in, 3725, 4325},
		{"nothing came at its time", during(1, phase{100, 2, 0}), in, in.Start - began, in.End - began},
		{"no bins", nil, in, in.Start - began, in.End - began},
	} {
		got := Refine(tt.bins, tt.in, wide.BaselineRate, unknown)
		if d := got.Start - began - tt.start; d < -2 || d > 2 {
			t.Errorf("%s: it starts at %d, want %d", tt.reason, got.Start-began, tt.start)
		}
		if d := got.End - began - tt.end; d < -2 || d > 2 {
			t.Errorf("%s: it ends at %d, want %d", tt.reason, got.End-began, tt.end)
		}
	}
}

// What grows or fades slowly begins where it is slight, and not where it is half as high as it gets.
func TestEdgesOfSlopes(t *testing.T) {
	calm := phase{3600, 20, .001}
	grows := []phase{calm}
	for step := range 30 {
		grows = append(grows, phase{20, 20, .001 + float64(step+1)*.01})
	}
	grows = append(grows, phase{600, 20, .3})
	const onset, high = 3600, 4200
	bins := during(1, append(slices.Clone(grows), calm)...)
	got := Find(bins, unknown).Incidents
	if len(got) != 1 || got[0].Start-began < onset-20 || got[0].Start-began > onset+20 || got[0].StartLow-began > onset {
		t.Errorf("of one that grows from %d to %d there is %+v", onset, high, summed(got))
	}
	slices.Reverse(grows)
	bins = during(1, append([]phase{calm}, grows...)...)
	end := bins[len(bins)-1].Second + 1 - calm.seconds
	if got = Find(bins, unknown).Incidents; len(got) != 1 || got[0].End < end-20 || got[0].End > end+20 || got[0].EndHigh < end {
		t.Errorf("of one that fades until %d there is %+v", end-began, summed(got))
	}
}

// What begins and ends from one second to the next has narrow intervals, however rarely anything
// fails otherwise: chance alone hardly ever makes it look as if it grew.
func TestSharpEdgesAreNarrow(t *testing.T) {
	const runs, wide, from, until, last = 200, 60, 2700, 3300, 7200
	for i, tt := range []struct {
		reason string
		base   float64
		most   int // of the 2·runs intervals
	}{
		{"nothing fails otherwise", 0, 2},
		{"hardly anything does", .001, 8},
		{"one in a hundred does", .01, 8},
	} {
		r := rand.New(rand.NewPCG(7, uint64(i)))
		tooWide, within := 0, 0
		for range runs {
			bins := make([]Bin, last)
			for s := range bins {
				bins[s].Second = began + int64(s)
			}
			for range 10 * last {
				b := &bins[r.IntN(last)]
				b.Requests++
				p := tt.base
				if s := b.Second - began; s >= from && s < until {
					p = .2
				}
				if r.Float64() < p {
					b.Failures++
				}
			}
			got := Find(bins, unknown).Incidents
			if len(got) != 1 {
				t.Fatalf("%s: there are %+v", tt.reason, summed(got))
			}
			for _, edge := range []struct{ at, low, high int64 }{{began + from, got[0].StartLow, got[0].StartHigh}, {began + until, got[0].EndLow, got[0].EndHigh}} {
				if edge.high-edge.low > wide {
					tooWide++
				}
				if edge.low <= edge.at && edge.at <= edge.high {
					within++
				}
			}
		}
		t.Logf("%s: %d of %d wider than a minute, %d hold the edge", tt.reason, tooWide, 2*runs, within)
		if tooWide > tt.most || within < 2*runs*95/100 {
			t.Errorf("%s: of %d intervals %d are wider than a minute and %d hold the edge", tt.reason, 2*runs, tooWide, within)
		}
	}
}
