package main

import "testing"

// The floors are those to which the method was chosen; the command measures on more.
func TestFloors(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and is one goroutine: run it without -short")
	}
	find := judgeDays(1, []float64{.2, 2}, 1, 6)[0]
	if find.seen.days < 50 || find.faint.days == 0 || find.quietDays != 24 {
		t.Fatalf("%d, %d and %d half-days are too few", find.seen.days, find.faint.days, find.quietDays)
	}
	floor := func(what string, got, least float64) {
		t.Helper()
		if t.Logf("%s: %.3f", what, got); !(got >= least) {
			t.Errorf("%s: %.3f, want %.3f", what, got, least)
		}
	}
	floor("F1", find.seen.f1(), .93)
	floor("onsets within their intervals", find.seen.share(find.seen.startWithin), .9)
	floor("ends within theirs", find.seen.share(find.seen.endWithin), .9)
	floor("onsets, 25 s less the median error", 25-median(find.seen.errors), 0)
	floor("false alarms on quiet half-days, negated", float64(-find.alarms), 0)
	causes := judgeCauses(0, 28)
	floor("first suspects that are exact", float64(causes.exact)/float64(causes.cases), .93)
	floor("failures that share nothing and have a suspect, at most one", float64(1-causes.wrong), 0)
}

func TestSimulation(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and is one goroutine: run it without -short")
	}
	for _, shape := range shapes {
		d := day{p1: .2, shape: shape, start: 1000, end: 1600}
		if d.extra(999) != 0 || d.extra(1600) != 0 || d.extra(1000) <= 0 || d.extra(1000) > .2 {
			t.Errorf("%s: %v before, %v at its start, %v behind it", shape, d.extra(999), d.extra(1000), d.extra(1600))
		}
	}
}
