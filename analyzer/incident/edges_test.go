package incident

import (
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
