package analyzer

import (
	"strings"
	"testing"
)

// released is a release with which failures rose surely and 4xx perhaps, everything takes twice as
// long, and fewer ask for it.
func released() *Comparison {
	half := Amount{Requests: 10, Of: 1000, Share: .01}
	more := Amount{Requests: 30, Of: 1000, Share: .03}
	sure, unsure := Test{Significant: true}, Test{}
	rose := ShareChange{Base: half, Current: more, Difference: ptr(.02), Test: sure}
	maybe := ShareChange{Base: half, Current: more, Difference: ptr(.02), Test: unsure}
	c := &Comparison{Failures: &rose, Classes: make([]ClassChange, 6), Routes: ComparedRoutes{NewFailing: 1}}
	c.Classes[3].ShareChange, c.Classes[4].ShareChange = maybe, rose
	q := QuantileChange{Base: Quantile{Value: ptr(100.0)}, Current: Quantile{Value: ptr(200.0)}, Test: sure}
	c.Latency = LatencyChange{P50: q, P95: q, P99: q}
	c.Volume = &RateChange{Base: 10, Current: 4, Test: sure}
	return c
}

func TestCompareGate(t *testing.T) {
	for _, tt := range []struct {
		gate string
		trip bool
		says string
	}{
		{"5xx_rate_diff > 0.5%", true, "it is 2%"},
		{"5xx_rate_diff >= 2%", true, "it is 2%"},
		{"5xx_rate_diff > 2%", false, ""},
		{"failure_rate_diff > 0", true, "it is 2%"},
		{"4xx_rate_diff > 0.5%", false, "it is 2%, which may be chance"},
		{"4xx_ratio > 2", false, "it is 3, which may be chance"},
		{"5xx_ratio > 2", true, "it is 3"},
		{"failure_ratio > 3", false, ""},
		{"p50_ratio > 1.5", true, "it is 2"},
		{"p95_ratio > 1.5", true, "it is 2"},
		{"p99_ratio > 2.5", false, ""},
		{"requests_ratio < 0.5", true, "it is 0.4"},
		{"new_failing_routes > 0", true, "it is 1"},
		{"new_failing_routes > 1", false, ""},
	} {
		g, err := ParseCompareGate(tt.gate)
		if err != nil {
			t.Errorf("%q: %v", tt.gate, err)
			continue
		}
		want := ""
		if tt.says != "" {
			want = tt.gate + ": " + tt.says
		}
		if tripped, why, err := g.Check(released()); err != nil || tripped != tt.trip || why != want {
			t.Errorf("%q trips: %v, %q, %v, want %v, %q", tt.gate, tripped, why, err, tt.trip, want)
		}
	}
}

// Where nothing failed before, a failure is infinitely many times as much.
func TestCompareGateFromNothing(t *testing.T) {
	c := released()
	c.Failures = &ShareChange{Base: Amount{Of: 1000}, Current: Amount{Requests: 30, Of: 1000, Share: .03}, Difference: ptr(.03), Test: Test{Significant: true}}
	g, _ := ParseCompareGate("failure_ratio > 2")
	if tripped, why, err := g.Check(c); !tripped || err != nil || why != "failure_ratio > 2: there was none in base" {
		t.Errorf("it trips: %v, %q, %v", tripped, why, err)
	}
	c.Failures = &ShareChange{Base: Amount{Of: 1000}, Current: Amount{Of: 1000}, Difference: ptr(0.0)}
	if tripped, why, err := g.Check(c); tripped || err != nil {
		t.Errorf("of nothing to nothing it trips: %v, %q, %v", tripped, why, err)
	}
}

func TestCompareGateErrors(t *testing.T) {
	for _, tt := range []struct{ gate, says string }{
		{"", "write one like '5xx_rate_diff > 1%'"},
		{"5xx_rate > 1%", "it can be 5xx_rate_diff, 4xx_rate_diff, "},
		{"5xx_rate_diff > 5", "want a percentage"},
		{"p95_ratio > 50ms", "want a number"},
	} {
		if _, err := ParseCompareGate(tt.gate); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: %v, want %q in it", tt.gate, err, tt.says)
		}
	}
}

// What a comparison does not know trips nothing, and is an error. Each metric has its own name.
func TestCompareGateOnTheUnknown(t *testing.T) {
	some := seconds(1, 10, failingLast(0))
	nothing := compare(t, some, some, Options{Filter: Filter{Methods: []string{"POST"}}})
	seen := map[string]bool{}
	for _, name := range CompareGateMetrics() {
		if seen[name] {
			t.Errorf("there are two %s", name)
		}
		seen[name] = true
		for _, op := range []string{" < 0.5", " >= 0"} {
			g, err := ParseCompareGate(name + op)
			if err != nil {
				t.Fatal(err)
			}
			if tripped, _, err := g.Check(nothing); tripped || err == nil || !strings.HasSuffix(err.Error(), "the comparison does not know "+name) {
				t.Errorf("%s%s trips: %v, %v", name, op, tripped, err)
			}
		}
	}
}
