package analyzer

import (
	"strings"
	"testing"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// gated is a report on 1,000 requests: 7 of 5xx and one panic after a 200, 30 of 4xx.
func gated() *Report {
	a := NewAnalysis()
	for i := range 1000 {
		r := response("GET", "/", 200)
		switch {
		case i < 7:
			r.Status = accesslog.Some(500)
		case i < 37:
			r.Status = accesslog.Some(404)
		case i == 37:
			r.Outcome = accesslog.OutcomePanic
		}
		a.Add(&r, onLine("log", uint64(i)))
	}
	in := a.lines.of("log")
	in.read, in.malformed, in.truncated, in.other = 2000, 10, 10, 980
	r := a.Report(nil, Options{})
	r.Latency = Latency{P50: ptr(12.5), P90: ptr(100.0), P95: ptr(500.0), P99: ptr(1500.0)}
	return r
}

func TestGate(t *testing.T) {
	r := gated()
	for _, tt := range []struct {
		gate string
		trip bool
		says string
	}{
		{"5xx_rate > 1%", false, "0.7%"},
		{"5xx_rate > 0.5%", true, "0.7%"},
		{"5xx_rate>0.005", true, "0.7%"},
		{"5xx_rate >= 0.7%", true, "0.7%"},
		{"5xx_rate > 0.7%", false, "0.7%"},
		{"  5xx_rate   <   1 %  ", true, "0.7%"},
		{"4xx_rate > 2%", true, "3%"},
		{"failure_rate > 0.7%", true, "0.8%"},
		{"malformed_rate >= 1%", true, "1%"},
		{"malformed_rate > 1%", false, "1%"},
		{"5xx > 6", true, "7"},
		{"5xx > 7", false, "7"},
		{"4xx >= 30", true, "30"},
		{"failures > 7", true, "8"},
		{"requests < 1000", false, "1000"},
		{"requests <= 1000", true, "1000"},
		{"requests < 1e3", false, "1000"},
		{"p50 > 12ms", true, "12.5ms"},
		{"p90 > 0.1s", false, "100ms"},
		{"p95 >= 500", true, "500ms"},
		{"p95 > 500ms", false, "500ms"},
		{"p99 > 1s500ms", false, "1500ms"},
		{"p99 > 1.4s", true, "1500ms"},
		{"p99 > 0", true, "1500ms"},
	} {
		g, err := ParseGate(tt.gate)
		if err != nil {
			t.Errorf("%q: %v", tt.gate, err)
			continue
		}
		tripped, why, err := g.Check(r)
		if err != nil {
			t.Errorf("%q: %v", tt.gate, err)
		}
		if want := strings.TrimSpace(tt.gate) + ": it is " + tt.says; tripped != tt.trip || why != want {
			t.Errorf("%q trips: %v, %q, want %v, %q", tt.gate, tripped, why, tt.trip, want)
		}
	}
}

func TestGateErrors(t *testing.T) {
	for _, tt := range []struct{ gate, says string }{
		{"", "write one like '5xx_rate > 1%'"},
		{"5xx_rate", "write one like"},
		{"5xx_rate >", "write one like"},
		{"> 1%", "write one like"},
		{"5xx_rate = 1%", "write one like"},
		{"5xx_rate != 1%", "write one like"},
		{"1% < 5xx_rate", "write one like"},
		{"6xx_rate > 1%", "it can be 5xx_rate, 4xx_rate, "},
		{"5XX_rate > 1%", "it can be 5xx_rate, "},
		{"5xx_rate > 1", "or a fraction below 1"}, // it is meant for 1 %
		{"5xx_rate > 5", "want a percentage such as 1%, or a fraction below 1"},
		{"5xx_rate > -1%", "want a percentage"},
		{"5xx_rate > 101%", "want a percentage"},
		{"5xx_rate > NaN", "want a percentage"},
		{"5xx_rate > NaN%", "want a percentage"},
		{"5xx_rate > much", "want a percentage"},
		{"5xx_rate > x%", "want a percentage"},
		{"5xx_rate > %", "want a percentage"},
		{"5xx_rate > 500ms", "want a percentage"},
		{"5xx > 1%", "want a number"},
		{"5xx > many", "want a number"},
		{"requests > NaN", "want a number"},
		{"requests < +Inf", "want a number"},
		{"requests > -1", "want a number"},
		{"p95 > 1%", "want a duration such as 500ms"},
		{"p95 > soon", "want a duration"},
		{"p95 > -5ms", "want a duration"},
		{"p95 > NaN", "want a duration"},
	} {
		_, err := ParseGate(tt.gate)
		if tt.says == "" {
			if err != nil {
				t.Errorf("%q: %v", tt.gate, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: %v, want %q in it", tt.gate, err, tt.says)
		}
	}
}

// What a report does not know trips nothing, whichever way the gate is turned.
func TestGateOnTheUnknown(t *testing.T) {
	empty := NewAnalysis().Report(nil, Options{})
	noDurations := reportOf(response("GET", "/", 200))
	for _, tt := range []struct {
		metric string
		report *Report
	}{
		{"p50", noDurations}, {"p90", noDurations}, {"p95", noDurations}, {"p99", noDurations},
		{"5xx_rate", empty}, {"4xx_rate", empty}, {"failure_rate", empty}, {"malformed_rate", empty},
	} {
		for _, op := range []string{" < 0.5", " <= 0.5", " > 0", " >= 0"} {
			g, err := ParseGate(tt.metric + op)
			if err != nil {
				t.Fatal(err)
			}
			if tripped, _, err := g.Check(tt.report); tripped || err == nil || !strings.HasSuffix(err.Error(), "the report does not know "+tt.metric) {
				t.Errorf("%s%s trips: %v, %v", tt.metric, op, tripped, err)
			}
		}
	}
	// A count of nothing is known: it is 0.
	if g, _ := ParseGate("requests < 1"); true {
		if tripped, why, _ := g.Check(empty); !tripped {
			t.Errorf("no request at all does not trip: %s", why)
		}
	}
}

// The table of metrics is complete: each can be parsed, checked, and has its own name.
func TestGateMetrics(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range GateMetrics() {
		g, err := ParseGate(name + " >= 0")
		if err != nil || seen[name] {
			t.Errorf("%s: %v, twice: %v", name, err, seen[name])
			continue
		}
		if tripped, why, _ := g.Check(gated()); !tripped {
			t.Errorf("%s does not trip where it is at least 0: %s", name, why)
		}
		seen[name] = true
	}
}
