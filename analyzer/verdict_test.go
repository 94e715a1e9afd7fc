package analyzer

import (
	"strings"
	"testing"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		failures, requests uint64
		slo                float64
		want               Verdict
		says               string
	}{
		{0, 0, 99.9, Healthy, "no request was counted"},
		{0, 1000, 99.9, Healthy, "no request failed"},
		{9, 10_000, 99.9, Healthy, "within the error budget of a 99.9 % objective"},
		{10, 10_000, 99.9, Healthy, "within"}, // all of the budget, and no more
		{11, 10_000, 99.9, Degraded, "1.1 times"},
		{143, 10_000, 99.9, Degraded, "14.3 times"},
		{144, 10_000, 99.9, Critical, "14.4 times as fast"}, // where it begins
		{1, 1, 99.9, Critical, "1000 times"},
		{99, 10_000, 99, Healthy, "99 %"},
		{100, 10_000, 99, Healthy, "99 %"},
		{101, 10_000, 99, Degraded, "1.0 times"},
		{1439, 10_000, 99, Degraded, ""},
		{1440, 10_000, 99, Critical, ""},
		{1, 10_000, 99.99, Healthy, "99.99 %"},
		{2, 10_000, 99.99, Degraded, "2.0 times"},
		{144, 100_000, 99.99, Critical, ""},
		{143, 100_000, 99.99, Degraded, ""},
		{5000, 10_000, 50, Healthy, "50 %"},
		{5001, 10_000, 50, Degraded, ""},
		{10_000, 10_000, 50, Degraded, "2.0 times"}, // such an objective cannot be burnt faster
		{1, 1_000_000, 100, Critical, "100 %"},      // there is no budget
		{0, 1_000_000, 100, Healthy, "no request failed"},
	} {
		got, why := judge(population{requests: tt.requests, failures: tt.failures}, "no request was counted", tt.slo)
		if got != tt.want || !strings.Contains(why, tt.says) || strings.Contains(why, "Inf") || strings.Contains(why, "NaN") {
			t.Errorf("%d of %d at %v %% is %s, %q, want %s, %q", tt.failures, tt.requests, tt.slo, got, why, tt.want, tt.says)
		}
	}
}

// 4xx are the clients' own, however many there are, and so are those that left.
func TestClientErrorsAreNeverCritical(t *testing.T) {
	for _, code := range []int{400, 401, 404, 429, 499} {
		r := reportOf(response("GET", "/", code), response("GET", "/", code))
		if r.Verdict != Healthy {
			t.Errorf("%d alone is %s: %s", code, r.Verdict, r.Reason)
		}
	}
	left := with(response("GET", "/", 200), ended(accesslog.OutcomeClientClosed))
	if r := reportOf(left); r.Verdict != Healthy || r.Failures != 0 {
		t.Errorf("a client that left makes it %s, with %d failures", r.Verdict, r.Failures)
	}
}

func TestReportUsesTheObjective(t *testing.T) {
	var records []accesslog.Record
	for i := range 1000 {
		records = append(records, response("GET", "/", 200+300*(i%500/499))) // 2 of 1,000
	}
	for _, tt := range []struct {
		slo  float64
		want Verdict
	}{{0, Degraded}, {99.9, Degraded}, {99.5, Healthy}, {99.99, Critical}} {
		if r := analyze(records...).Report(nil, Options{SLO: tt.slo}); r.Verdict != tt.want || r.Reason == "" {
			t.Errorf("at %v %% it is %s, %q, want %s", tt.slo, r.Verdict, r.Reason, tt.want)
		}
	}
}

// What failed behind a 200 counts as much as a 5xx.
func TestFailuresBelow500AreCritical(t *testing.T) {
	r := reportOf(response("GET", "/", 200), with(response("GET", "/", 200), ended(accesslog.OutcomePanic)))
	if r.Verdict != Critical {
		t.Errorf("a panic in two requests is %s: %s", r.Verdict, r.Reason)
	}
}

// The verdict is about all requests, whichever statuses are looked at.
func TestVerdictDespiteStatusFilter(t *testing.T) {
	var all []accesslog.Record
	for range 999 {
		all = append(all, response("GET", "/", 200))
	}
	log := ours(append(all, response("GET", "/", 500))...)
	for _, s := range []string{"5xx", "2xx", "4xx"} {
		set, _ := ParseStatusSet(s)
		r := run(t, Options{Filter: Filter{Statuses: set}}, text("log", log))
		if r.Verdict != Healthy || !strings.Contains(r.Reason, "within") {
			t.Errorf("with %s: %s, %s", s, r.Verdict, r.Reason)
		}
	}
	r := run(t, Options{Filter: Filter{Methods: []string{"PUT"}}}, text("log", log))
	if r.Reason != "no request passed the filters" {
		t.Errorf("an empty selection: %s", r.Reason)
	}
}

// Nobody calls healthy what nobody knows.
func TestVerdictOnUnknownStatuses(t *testing.T) {
	unknown := accesslog.Record{Time: noon, Method: "GET", Path: "/"}
	hijacked := with(unknown, ended(accesslog.OutcomeHijacked))
	panicked := with(unknown, ended(accesslog.OutcomePanic))
	ok, failed := response("GET", "/", 200), response("GET", "/", 500)
	for _, tt := range []struct {
		reason    string
		records   []accesslog.Record
		undecided bool
		says      string
	}{
		{"all", []accesslog.Record{unknown, unknown}, true, "no status is known"},
		{"most", []accesslog.Record{unknown, unknown, ok}, true, "no request failed of which the status is known; of 2 it is not"},
		{"half", []accesslog.Record{unknown, ok}, false, "of 1 it is not"},
		{"an outcome is knowledge", []accesslog.Record{hijacked, hijacked}, false, "no request failed"},
		{"a failure decides, whatever is unknown", []accesslog.Record{unknown, unknown, panicked}, false, "times as fast"},
		{"of either kind", []accesslog.Record{unknown, unknown, failed}, false, "times as fast"},
		{"none", nil, false, "no request was counted"},
	} {
		r := reportOf(tt.records...)
		if r.Undecided() != tt.undecided || !strings.Contains(r.Reason, tt.says) {
			t.Errorf("%s: undecided %v, %s: %q, want %v, %q", tt.reason, r.Undecided(), r.Verdict, r.Reason, tt.undecided, tt.says)
		}
		for _, name := range []string{"5xx_rate > 0", "failures > 0", "4xx < 1"} {
			g, err := ParseGate(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := g.Check(r); (err != nil) != (tt.reason == "all" || tt.reason == "none" && g.WatchesShare()) {
				t.Errorf("%s: the gate %s says %v", tt.reason, name, err)
			}
		}
	}
}
