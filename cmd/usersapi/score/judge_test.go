package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/cmd/usersapi/internal/truth"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func minutes(m float64) time.Time { return noon.Add(time.Duration(m * float64(time.Minute))) }

// found is an incident of a review.
func found(stream analyzer.Stream, from, to, excess float64, change ...func(*analyzer.ReviewIncident)) analyzer.ReviewIncident {
	in := analyzer.ReviewIncident{Incident: analyzer.Incident{Stream: stream, Start: minutes(from), End: minutes(to), Excess: excess}}
	for _, c := range change {
		c(&in)
	}
	return in
}

func routes(first ...string) func(*analyzer.ReviewIncident) {
	return func(in *analyzer.ReviewIncident) {
		in.Routes = []analyzer.IncidentRoute{{Method: "GET", Route: "/later"}}
		for _, f := range first {
			in.Routes = append(in.Routes, analyzer.IncidentRoute{Method: "GET", Route: f, First: true})
		}
	}
}

func suspects(s ...analyzer.Suspect) func(*analyzer.ReviewIncident) {
	return func(in *analyzer.ReviewIncident) { in.Suspects = s }
}

func clients(n uint64) func(*analyzer.ReviewIncident) {
	return func(in *analyzer.ReviewIncident) { in.Clients = &n }
}

func TestJudge(t *testing.T) {
	bad, other := map[string]string{"instance": "api-2"}, map[string]string{"instance": "api-1"}
	both := map[string]string{"version": "2", "route": "/a"}
	at := func(stream string) truth.Truth {
		return truth.Truth{Name: "x", Seed: 1, Stream: stream, Start: minutes(10), End: minutes(20), Clients: 40}
	}
	asked := func(where map[string]string) truth.Truth {
		t := at("5xx")
		t.Where, t.FirstRoute = where, &truth.Route{Method: "GET", Route: "/a"}
		return t
	}
	for _, tc := range []struct {
		why       string
		truth     truth.Truth
		incidents []analyzer.ReviewIncident
		want      string // found, onset, end, first route, suspect, clients, extra
	}{
		{"nothing is found", asked(bad), nil, "no - - no no - 0"},
		{"all of it is", asked(bad), []analyzer.ReviewIncident{found("5xx", 10.5, 19, 90, routes("/a"), suspects(analyzer.Suspect{Where: bad}), clients(38))},
			"yes +30 -60 yes yes 38 of 40 0"},
		{"the cause is one of those that cannot be told apart", asked(both), []analyzer.ReviewIncident{found("5xx", 10, 20, 90, routes("/a"),
			suspects(analyzer.Suspect{Where: bad, SameAs: []map[string]string{other, both}}))}, "yes +0 +0 yes yes - 0"},
		{"half of the cause is not the cause", asked(both), []analyzer.ReviewIncident{found("5xx", 10, 20, 90, routes("/a"),
			suspects(analyzer.Suspect{Where: map[string]string{"version": "2"}}))}, "yes +0 +0 yes no - 0"},
		{"the second suspect is not the top one", asked(bad), []analyzer.ReviewIncident{found("5xx", 10, 20, 90, routes("/a"),
			suspects(analyzer.Suspect{Where: other}, analyzer.Suspect{Where: bad}))}, "yes +0 +0 yes no - 0"},
		{"another route is put before the first", asked(bad), []analyzer.ReviewIncident{found("5xx", 10, 20, 90, routes("/b", "/a"))}, "yes +0 +0 no no - 0"},
		{"no route is said to be the first", asked(bad), []analyzer.ReviewIncident{found("5xx", 10, 20, 90, routes())}, "yes +0 +0 no no - 0"},
		{"what the truth does not know is not asked", at("5xx"), []analyzer.ReviewIncident{found("5xx", 10, 20, 90, routes("/b"), suspects(analyzer.Suspect{Where: bad}))},
			"yes +0 +0 - - - 0"},
		{"a fault that flaps is found in pieces", asked(bad), []analyzer.ReviewIncident{
			found("5xx", 11, 12, 9, clients(5)), found("5xx", 14, 17, 80, suspects(analyzer.Suspect{Where: bad}), clients(30)), found("5xx", 18, 21, 9)},
			"yes +60 +60 no yes 30 of 40 0"},
		{"an incident before it is extra", at("5xx"), []analyzer.ReviewIncident{found("5xx", 2, 10, 9), found("5xx", 10, 20, 90)}, "yes +0 +0 - - - 1"},
		{"so is one in another stream", at("5xx"), []analyzer.ReviewIncident{found("4xx", 10, 20, 90)}, "no - - - - - 1"},
		{"missing requests have a negative excess", at("volume"), []analyzer.ReviewIncident{found("volume", 10, 12, -5), found("volume", 12, 20, -90, clients(3))},
			"yes +0 +0 - - - 0"},
		{"whatever is found in a quiet log is extra", truth.Truth{Name: "x", Seed: 1}, []analyzer.ReviewIncident{found("5xx", 10, 20, 90)}, "- - - - - - 1"},
	} {
		s := judge(tc.truth, analyzer.Review{Incidents: tc.incidents})
		var b strings.Builder
		s.print(&b)
		if got := strings.Join(strings.Fields(b.String())[2:], " "); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.why, got, tc.want)
		}
	}
}

func TestTotals(t *testing.T) {
	n := func(n uint64) *uint64 { return &n }
	scores := []score{
		{Truth: truth.Truth{Clients: 40}, found: right, onset: 10 * time.Second, end: -20 * time.Second, firstRoute: right, suspect: right, clients: n(40)},
		{Truth: truth.Truth{Clients: 40}, found: right, onset: -30 * time.Second, end: 40 * time.Second, firstRoute: notAsked, suspect: wrong, clients: n(30), extra: 1},
		{found: wrong, firstRoute: wrong, suspect: notAsked},
		{found: notAsked, firstRoute: notAsked, suspect: notAsked, extra: 2},
	}
	var b strings.Builder
	totals(&b, scores)
	if got, want := strings.Join(strings.Fields(b.String()), " "), "total 4 2/3 20 30 1/2 1/2 12 % off 3"; got != want {
		t.Errorf("totals: %s, want %s", got, want)
	}
	b.Reset()
	totals(&b, nil)
	if got, want := strings.Join(strings.Fields(b.String()), " "), "total 0 0/0 - - 0/0 0/0 - 0"; got != want {
		t.Errorf("no totals: %s, want %s", got, want)
	}
}

// TestParseReview: what loganalyze prints is read as it was meant.
func TestParseReview(t *testing.T) {
	want := analyzer.Review{Schema: analyzer.ReviewSchema, Incidents: []analyzer.ReviewIncident{
		found("5xx", 1, 2, 9, routes("/a"), suspects(analyzer.Suspect{Where: map[string]string{"instance": "api-2"}, Rate: .5}), clients(7)),
	}}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseReview(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.Incidents, got.Incidents); d != "" {
		t.Errorf("(-printed +read):\n%s", d)
	}
	for _, bad := range []string{`{"schema":"loganalyze.report/v1"}`, `{`, ``} {
		if _, err := parseReview([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
