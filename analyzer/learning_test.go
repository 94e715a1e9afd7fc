package analyzer

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/analyzer/route"
	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// word is a name that looks like no identifier, another one for each i.
func word(i int) string {
	b := []byte("user")
	for n := i; n > 0 || len(b) == 4; n /= 26 {
		b = append(b, byte('a'+n%26))
	}
	return string(b)
}

// members is a log of a site with so many members, each with two pages, and two pages of its own.
func members(n int) (all []accesslog.Record) {
	for i := range n {
		all = append(all, response("GET", "/members/"+word(i), 200), response("PUT", "/members/"+word(i)+"/photo", 200+300*(i%10/9)))
		if i%3 == 0 {
			all = append(all, response("GET", "/", 200), response("GET", "/about", 200))
		}
	}
	return append(all, response("GET", "/members/nobody-of-that-name", 404), response("GET", "/wp-login.php", 404))
}

func logFile(t testing.TB, records ...accesslog.Record) []source.Source {
	t.Helper()
	file := filepath.Join(t.TempDir(), "access.log")
	writeFile(t, file, []byte(ours(records...)))
	return args(t, file)
}

type routeRow struct {
	Name     string
	Requests uint64
}

func rows(all []Route) (out []routeRow) {
	for _, r := range all {
		out = append(out, routeRow{strings.TrimSpace(string(r.Method) + " " + r.Route), r.Requests})
	}
	slices.SortFunc(out, func(a, b routeRow) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func TestRoutesAreLearned(t *testing.T) {
	r := reportOf(members(90)...)
	want := []routeRow{{"(unrouted)", 1}, {"GET /", 30}, {"GET /about", 30}, {"GET /members/{name}", 91}, {"PUT /members/{name}/photo", 90}}
	if diff := cmp.Diff(want, rows(r.Routes.Top)); diff != "" {
		t.Fatalf("routes (-want +got):\n%s", diff)
	}
	m := find(t, r, "GET /members/{name}")
	if m.Paths != 91 && m.Paths != 90 && m.Paths != 92 || len(m.Examples) != 3 || !strings.HasPrefix(m.Examples[0], "/members/") {
		t.Errorf("%d paths, such as %q", m.Paths, m.Examples)
	}
	if m.Source != "learned" || m.Confidence == nil || *m.Confidence <= 0 || *m.Confidence > 1 || m.Why == "" {
		t.Errorf("from %s, sure by %v, because %q", m.Source, m.Confidence, m.Why)
	}
	if f := r.Routes.Failing; len(f) != 1 || f[0].Failures != 9 {
		t.Errorf("failing %+v", f)
	}
}

// What a filter leaves out is learned from: two selections of a log have the same routes.
func TestFiltersDoNotChangeTheRoutes(t *testing.T) {
	log := logFile(t, members(90)...)
	codes, _ := ParseStatusSet("500")
	for _, tt := range []struct {
		reason string
		filter Filter
		want   []routeRow
	}{
		{"failures alone", Filter{Statuses: codes}, []routeRow{{"PUT /members/{name}/photo", 9}}},
		{"a path alone", Filter{Path: patterns(t, "^/members/"+word(1)+"$")}, []routeRow{{"GET /members/{name}", 1}}},
		{"a route that is known when all is read", Filter{Route: patterns(t, "^/members/{name}$")}, []routeRow{{"GET /members/{name}", 91}}},
		{"all but such a route", Filter{Route: patterns(t, "!{name}")}, []routeRow{{"(unrouted)", 1}, {"GET /", 30}, {"GET /about", 30}}},
	} {
		for _, workers := range []int{1, 3} {
			r, err := Run(t.Context(), log, Options{Filter: tt.filter, Workers: workers, Top: -1})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, rows(r.Routes.Top)); diff != "" {
				t.Errorf("%s: routes (-want +got):\n%s", tt.reason, diff)
			}
		}
	}
}

// What was asked for and never there is told of in the second reading as in the first.
func TestFilterForRoutesKeepsTheUnrouted(t *testing.T) {
	log := logFile(t, members(90)...)
	for _, workers := range []int{1, 3} {
		var want, got *Report
		for _, run := range []struct {
			to     **Report
			filter Filter
		}{{&want, Filter{}}, {&got, Filter{Route: patterns(t, "!^none$")}}} {
			r, err := Run(t.Context(), log, Options{Filter: run.filter, Workers: workers, Top: -1})
			if err != nil {
				t.Fatal(err)
			}
			*run.to = r
		}
		if want.Routes.NotFoundTotal == 0 {
			t.Fatal("nothing is unrouted")
		}
		if diff := cmp.Diff(rows(want.Routes.NotFound), rows(got.Routes.NotFound)); diff != "" {
			t.Errorf("%d workers: unrouted (-without +with the filter):\n%s", workers, diff)
		}
		if diff := cmp.Diff(rows(want.Routes.Top), rows(got.Routes.Top)); diff != "" {
			t.Errorf("%d workers: routes (-without +with the filter):\n%s", workers, diff)
		}
	}
}

func TestNoLearn(t *testing.T) {
	log := logFile(t, response("GET", "/users/1", 200), response("GET", "/users/2", 200), response("GET", "/users/2", 404), response("GET", "/users/3", 404), with(response("GET", "/x", 200), routed("/{x}")))
	r, err := Run(t.Context(), log, Options{NoLearn: true, Top: -1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]routeRow{{"(unrouted)", 1}, {"GET /users/1", 1}, {"GET /users/2", 2}, {"GET /{x}", 1}}, rows(r.Routes.Top)); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func hints(t testing.TB, patterns string) *route.Hints {
	t.Helper()
	h, err := route.ParsePatterns("routes.txt", []byte(patterns))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// The log's own routes come first, then hints, then what is learned.
func TestHintsWin(t *testing.T) {
	log := logFile(t,
		response("GET", "/users/1", 200), response("GET", "/users/ada", 404), // a hint makes a route of what is only missing
		response("PUT", "/users/2", 200), // no hint is for it
		with(response("GET", "/users/3", 200), routed("/u/{n}")))
	r, err := Run(t.Context(), log, Options{Hints: hints(t, "GET /users/{name}"), Top: -1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]routeRow{{"GET /u/{n}", 1}, {"GET /users/{name}", 2}, {"PUT /users/{id}", 1}}, rows(r.Routes.Top)); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	if got := find(t, r, "GET /users/{name}").Source; got != "hint" {
		t.Errorf("the hint's route is from %q", got)
	}
}

// Each request is assigned to the route under which the report counts it.
func TestAssign(t *testing.T) {
	records := append(members(90), with(response("GET", "/x", 200), routed("/{x}")), response("GET", "", 400))
	log := logFile(t, records...)
	for _, o := range []Options{{Top: -1}, {Top: -1, NoLearn: true}, {Top: -1, Hints: hints(t, "/members/{who}")}, {Top: -1, Filter: Filter{Methods: []string{"PUT"}}}} {
		r, err := Run(t.Context(), log, o)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]uint64{}
		for _, row := range r.Routes.Top {
			if row.Source != "" {
				want[string(row.Method)+" "+row.Route] = row.Requests
			}
		}
		got, unrouted, i := map[string]uint64{}, 0, 0
		err = Assign(t.Context(), log, o, func(method, path, route string) error {
			for ; records[i].Method != method || records[i].Path != path; i++ { // in the order of the log
			}
			if route == unroutedName {
				unrouted++
			} else {
				got[method+" "+route]++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("assigned (-report +assigned):\n%s", diff)
		}
		if u := r.Routes.Unrouted; u != nil && int(u.Requests) < unrouted {
			t.Errorf("%d are assigned to no route, the report has %d", unrouted, u.Requests)
		}
	}
}

func TestAssignStops(t *testing.T) {
	log := logFile(t, members(9)...)
	n := 0
	err := Assign(t.Context(), log, Options{}, func(_, _, _ string) error { n++; return errState })
	if err != errState || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Assign(ctx, log, Options{}, nil); err != context.Canceled {
		t.Errorf("canceled: %v", err)
	}
}

// However a log is parted, merged and saved in between, its routes are the same.
func TestLearningMergeLaw(t *testing.T) {
	all := members(60)
	rapid.Check(t, func(t *rapid.T) {
		some := deal(t, all, 2)[0]
		want := toJSON(t, reportOf(some...).Routes)
		var parts []*Analysis
		for _, hand := range deal(t, some, rapid.IntRange(1, 4).Draw(t, "parts")) {
			a := NewAnalysis()
			for i := range hand {
				a.Add(&hand[i], Position{})
			}
			parts = append(parts, a)
		}
		got := mergeAnyhow(t, parts, func(into, from *Analysis) { into.Merge(from) })
		if diff := cmp.Diff(want, toJSON(t, again(t, "", &State{analysis: got}).analysis.Report(nil, Options{Top: -1}).Routes)); diff != "" && !strings.Contains(want, `"file"`) {
			t.Fatalf("merged parts are not the whole (-whole +merged):\n%s", diff)
		}
	})
}

// Past the bound leaves are folded: what was learned by then stays, nothing is lost, and
// however the log was dealt the totals are the same.
func TestLeavesAreBounded(t *testing.T) {
	const n = 3 * maxRoutes
	a, b := NewAnalysis(), NewAnalysis()
	for i := range n {
		for _, r := range []accesslog.Record{response("GET", "/members/"+word(i), 200), response("GET", "/"+word(i)+".php", 404), response("GET", "/about", 500)} {
			for _, into := range []*Analysis{a, b} {
				if into == a || i%2 == 0 {
					into.Add(&r, Position{})
				}
			}
		}
		if len(a.learning.leaves) > maxRoutes || len(a.strata[0].routes.byKey) > maxRoutes {
			t.Fatalf("after %d: %d leaves, %d routes", i, len(a.learning.leaves), len(a.strata[0].routes.byKey))
		}
	}
	want := func(n uint64) []routeRow {
		return []routeRow{{"(unrouted)", n}, {"GET /about", n}, {"GET /members/{name}", n}}
	}
	if diff := cmp.Diff(want(n), rows(a.Report(nil, Options{Top: -1}).Routes.Top)); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	b = again(t, "", &State{analysis: b}).analysis
	b.Merge(a)
	if diff := cmp.Diff(want(n+n/2), rows(b.Report(nil, Options{Top: -1}).Routes.Top)); diff != "" {
		t.Errorf("merged: routes (-want +got):\n%s", diff)
	}
	routesAddUp(t, b.Report(nil, Options{Top: -1}))
}

// What is only learned from is folded as well, or what comes late would have no route.
func TestLateRoutesAreAssigned(t *testing.T) {
	var all []accesslog.Record
	for i := range maxRoutes + 1 {
		all = append(all, response("GET", "/members/"+word(i), 200))
	}
	late := response("GET", "/late/42", 200)
	log := logFile(t, append(all, late)...)
	got := ""
	err := Assign(t.Context(), log, Options{Workers: 1}, func(_, path, route string) error {
		if path == late.Path {
			got = route
		}
		return nil
	})
	if err != nil || got != "/late/{id}" {
		t.Errorf("assigned to %q, %v", got, err)
	}
	r, err := Run(t.Context(), log, Options{Workers: 1, Filter: Filter{Route: patterns(t, "^/late/{id}$")}})
	if err != nil || r.Requests != 1 {
		t.Errorf("%d requests of the route, %v", r.Requests, err)
	}
}

// What was answered and had no room is other, as in the report, and never unrouted.
func TestAssignOther(t *testing.T) {
	var all []accesslog.Record
	for i := range maxRoutes + 100 {
		all = append(all, response("GET", "/"+word(i)+"/"+word(i)+"x/"+word(i)+"y", 200))
	}
	log := logFile(t, append(all, response("GET", "/none", 404))...)
	for _, noLearn := range []bool{false, true} {
		got := map[string]int{}
		err := Assign(t.Context(), log, Options{Workers: 1, NoLearn: noLearn}, func(_, _, route string) error {
			got[route]++
			return nil
		})
		if err != nil || got[otherName] < 100 || got[unroutedName] != 1 {
			t.Errorf("NoLearn %v: %d are other and %d unrouted, want 100 or more and 1; %v", noLearn, got[otherName], got[unroutedName], err)
		}
	}
}

// Ten million paths that come once do not need ten million places.
func TestHostilePathsAreBounded(t *testing.T) {
	inFullRuns(t)
	if testing.Short() {
		t.Skip("a million requests are made")
	}
	for _, shape := range []string{"/%s", "/%s/%[1]s/%[1]s", "/a/%s/7", "/x/%s/edit", "%s"} {
		a := NewAnalysis()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		const n = 200_000
		for i := range n {
			r := response("GET", fmt.Sprintf(shape, word(i)), []int{200, 404, 500}[i%3])
			a.Add(&r, Position{})
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 50<<20 {
			t.Errorf("%s: %d MiB", shape, grown>>20)
		}
		r := a.Report(nil, Options{Top: -1})
		if r.Requests != n {
			t.Errorf("%s: %d requests", shape, r.Requests)
		}
		routesAddUp(t, r)
	}
}

// Scanners are told from dead links by how much they ask for that never was.
func TestScanners(t *testing.T) {
	var all []accesslog.Record
	ask := func(client, path string, code int) {
		all = append(all, with(response("GET", path, code), from(client)))
	}
	for i := range scannerPaths {
		ask("203.0.113.9", "/scan/"+word(i), 404)
	}
	for i := range 3 {
		ask("192.0.2."+fmt.Sprint(i), "/old-page", 404)
		ask("192.0.2."+fmt.Sprint(i), "/", 200)
	}
	ask("203.0.113.9", "/old-page", 404) // among people
	ask("203.0.113.9", "/", 200)
	r := reportOf(all...)
	if diff := cmp.Diff(Scans{Requests: scannerPaths, Paths: scannerPaths, Clients: 1}, r.Routes.Scans); diff != "" {
		t.Errorf("scans (-want +got):\n%s", diff)
	}
	if first := r.Routes.NotFound[0]; first.Route != "/old-page" || first.Scanned || !r.Routes.NotFound[1].Scanned {
		t.Errorf("not found first %+v", first)
	}
	if again := reportOf(all[2:]...); again.Routes.Scans != (Scans{}) { // nine paths, with that page
		t.Errorf("scans %+v", again.Routes.Scans)
	}
}
