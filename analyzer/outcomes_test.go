package analyzer

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func ended(how accesslog.Outcome) func(*accesslog.Record) {
	return func(r *accesslog.Record) { r.Outcome = how }
}

func noStatus(r *accesslog.Record) { r.Status = accesslog.Opt[int]{} }

func TestOutcomes(t *testing.T) {
	ok := response("GET", "/", 200)
	r := reportOf(ok,
		with(ok, ended("timeout")), with(ok, ended("panic")), with(ok, ended("panic")),
		with(ok, ended("aborted")), with(ok, ended("hijacked")))
	want := []Outcome{{"panic", 2}, {"aborted", 1}, {"hijacked", 1}, {"timeout", 1}}
	if diff := cmp.Diff(want, r.Outcomes); diff != "" {
		t.Errorf("the most frequent first, then by name (-want +got):\n%s", diff)
	}
	if r.Failures != 4 || r.Failed != 4 || r.Classes[1].Failed != 4 {
		t.Errorf("%d failures, %d below 500, %d of 2xx, want 4 each: hijacked is none", r.Failures, r.Failed, r.Classes[1].Failed)
	}
	if r := reportOf(ok); r.Outcomes == nil || len(r.Outcomes) > 0 || r.Interim == nil || len(r.Interim) > 0 {
		t.Errorf("where all ended well there are %v and %v, want empty lists", r.Outcomes, r.Interim)
	}
}

// Requests are counted, not answers: a server may repeat 103.
func TestInterimCountsRequests(t *testing.T) {
	early := func(codes ...int) accesslog.Record {
		return with(response("GET", "/", 200), func(r *accesslog.Record) { r.Interim = codes })
	}
	r := reportOf(early(103, 103, 103), early(100, 103), early(199), early())
	want := []Interim{{100, "Continue", 1}, {103, "Early Hints", 2}, {199, "", 1}}
	if diff := cmp.Diff(want, r.Interim); diff != "" {
		t.Errorf("interim (-want +got):\n%s", diff)
	}
	if r.Requests != 4 || r.Classes[0].Requests != 0 {
		t.Errorf("%d requests, %d of 1xx, want 4 and none: an interim answer is no final one", r.Requests, r.Classes[0].Requests)
	}
}

// One line may hold as many of them as fit, and must not hold up the rest.
func TestInterimIsBounded(t *testing.T) {
	r := response("GET", "/", 200)
	for code := range 150_000 {
		r.Interim = append(r.Interim, code)
	}
	if got := reportOf(r).Interim; len(got) == 0 || len(got) > 100 {
		t.Errorf("%d interim statuses of one response were counted", len(got))
	}
}

func TestOutcomesAreBounded(t *testing.T) {
	var records []accesslog.Record
	for i := range 3 * maxOutcomes {
		name := accesslog.Outcome(fmt.Sprintf("odd-%03d", i))
		records = append(records, with(response("GET", "/", 200), ended(name)))
	}
	a, b := analyze(records[:2*maxOutcomes]...), analyze(records[2*maxOutcomes:]...)
	a.Merge(b)
	got := a.Report(nil, Options{}).Outcomes
	if len(got) != maxOutcomes+1 || got[0] != (Outcome{otherLabel, 2 * maxOutcomes}) {
		t.Errorf("%d outcomes, first %v, want %d and %d in %s", len(got), got[0], maxOutcomes+1, 2*maxOutcomes, otherLabel)
	}
}
