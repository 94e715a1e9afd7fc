package incident

import "testing"

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
