package analyzer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func routed(route string) func(*accesslog.Record) {
	return func(r *accesslog.Record) { r.Route = route }
}

func failedWith(msg string) func(*accesslog.Record) {
	return func(r *accesslog.Record) { r.Error = msg }
}

func took(d time.Duration) func(*accesslog.Record) {
	return func(r *accesslog.Record) { r.Duration = accesslog.Some(d) }
}

// names lists routes as "METHOD route".
func names(routes []Route) (out []string) {
	for _, r := range routes {
		out = append(out, string(r.Method)+" "+r.Route)
	}
	return out
}

// find returns the route that is called so among all.
func find(t *testing.T, r *Report, name string) Route {
	t.Helper()
	i := slices.Index(names(r.Routes.Top), name)
	if i < 0 {
		t.Fatalf("there is no route %q among %q", name, names(r.Routes.Top))
	}
	return r.Routes.Top[i]
}

// A path that has the braces of a route is another one, also where both have one slot.
func TestBracesInTheFastPath(t *testing.T) {
	path := ""
	for i := 0; path == ""; i++ {
		if p := "/" + word(i) + "/"; slotOf(p, "GET") == slotOf(p+"{id}", "GET") {
			path = p
		}
	}
	number, brace := response("GET", path+"1", 200), response("GET", path+"{id}", 200)
	for _, log := range [][]accesslog.Record{{number, brace}, {brace, number}} {
		rs := newRoutes(newLearning())
		for i := range log {
			rs.add(&log[i], Position{})
		}
		if len(rs.byKey) != 2 {
			t.Errorf("%s before %s: %d entries, want 2", log[0].Path, log[1].Path, len(rs.byKey))
		}
	}
}

func TestRoutesAreToldApart(t *testing.T) {
	r := reportOf(
		with(response("GET", "/users/1", 200), routed("/users/{user}")),
		with(response("GET", "/users/2", 200), routed("/users/{user}")),
		with(response("PUT", "/users/2", 200), routed("/users/{user}")),
		response("GET", "/users/3", 200), // of another log, which has no routes
		response("GET", "/users/4", 200),
		response("GET", "/health", 200),
		response("GET", "/health", 200),
		with(response("GET", "", 200), routed("/quiet")), // a log of routes alone
		response("", "", 400),                            // no request that could be read
	)
	type row struct {
		Method          Text
		Route           string
		Source          Text
		Paths, Requests uint64
	}
	var got []row
	for _, route := range r.Routes.Top {
		got = append(got, row{route.Method, route.Route, route.Source, route.Paths, route.Requests})
	}
	want := []row{
		{"GET", "/health", "learned", 1, 2},
		{"GET", "/users/{id}", "learned", 2, 2},
		{"GET", "/users/{user}", "logged", 2, 2},
		{"", "(unrouted)", "", 1, 1},
		{"GET", "/quiet", "logged", 1, 1},
		{"PUT", "/users/{user}", "logged", 1, 1},
	}
	slices.SortStableFunc(got, func(a, b row) int { return int(b.Requests) - int(a.Requests) })
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b row) bool { return a.Route+string(a.Method) < b.Route+string(b.Method) })); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	if r.Routes.Total != 5 || r.Routes.Unrouted == nil || r.Routes.Other != nil {
		t.Errorf("total %d, unrouted %v, other %v", r.Routes.Total, r.Routes.Unrouted, r.Routes.Other)
	}
}

// A path that is spelled like its route is a path like any other.
func TestRoutePathsAreDistinct(t *testing.T) {
	catchAll := func(path string) accesslog.Record { return with(response("GET", path, 200), routed("/")) }
	if got := find(t, reportOf(catchAll("/a"), catchAll("/"), catchAll("/b"), catchAll("/")), "GET /").Paths; got != 3 {
		t.Errorf("three paths of one route count %d", got)
	}
	var many []accesslog.Record
	for i := range 64 {
		many = append(many, catchAll(fmt.Sprint("/x", i)))
	}
	if got := find(t, reportOf(append(many, many...)...), "GET /").Paths; got != 64 {
		t.Errorf("64 paths count %d, which should be exact", got)
	}
	scans := reportOf(response("GET", "/wp-login.php", 404), response("GET", "/.env", 404), response("GET", "/u/1", 404), response("GET", "/u/2", 404))
	if got := scans.Routes.Unrouted.Paths; got != 4 {
		t.Errorf("four unrouted paths count %d", got)
	}
}

// What nothing ever answered but with 404 is no route of the server.
func TestRoutesFoldWhatIsNotFound(t *testing.T) {
	r := reportOf(
		response("GET", "/wp-login.php", 404), response("GET", "/wp-login.php", 404), response("POST", "/.env", 404),
		response("GET", "/users/1", 404), response("GET", "/users/2", 200), // a route, of which one is missing
		with(response("GET", "/gone", 404), routed("/gone")), // the server says that it is a route
		response("GET", "/secret", 403),                      // somebody answered
		response("GET", "/broken", 404), response("GET", "/broken", 500),
		response("GET", "/mixed", 404), with(response("GET", "/mixed", 0), noStatus),
	)
	want := []string{" (unrouted)", "GET /broken", "GET /gone", "GET /mixed", "GET /secret", "GET /users/{id}"}
	got := names(r.Routes.Top)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	if u := r.Routes.Unrouted; u.Requests != 3 || u.Classes.ClientError != 3 || u.Dominant != nil || u.Dominant4xx == nil || *u.Dominant4xx != 404 || u.Rate4xx != 1 || u.Failures != 0 {
		t.Errorf("the unrouted are %+v", u)
	}
	if got := names(r.Routes.NotFound); !slices.Equal(got, []string{"GET /wp-login.php", "POST /.env"}) || r.Routes.NotFoundTotal != 2 {
		t.Errorf("not found are %q of %d", got, r.Routes.NotFoundTotal)
	}
	if r.Requests != 11 || r.Routes.Total != 5 {
		t.Errorf("%d requests of %d routes", r.Requests, r.Routes.Total)
	}
}

func TestRoutesAreBounded(t *testing.T) {
	inFullRuns(t)
	a, b := NewAnalysis(), NewAnalysis()
	const n = maxRoutes + 2000
	for i := range n {
		r := with(response("GET", fmt.Sprintf("/%d", i), 200+300*(i%2)), routed(fmt.Sprintf("/r%d", i)), took(time.Second))
		a.Add(&r, onLine("a", uint64(i)))
		if i >= n/2 { // the half that b knows besides
			b.Add(&r, onLine("b", uint64(i)))
		}
	}
	for _, tt := range []struct {
		name            string
		r               *Report
		requests, other uint64
	}{
		{"added", clone(a).Report(nil, Options{Top: -1}), n, 2000},
		{"merged", func() *Report { a.Merge(b); return a.Report(nil, Options{Top: -1}) }(), n + n/2, 4000},
	} {
		other := tt.r.Routes.Other
		if tt.r.Requests != tt.requests || tt.r.Routes.Total != maxRoutes || other == nil || other.Requests != tt.other || other.Failures != tt.other/2 {
			t.Errorf("%s: %d requests, %d routes, other %+v", tt.name, tt.r.Requests, tt.r.Routes.Total, other)
			continue
		}
		if other.Route != otherName || other.Latency.P95 == nil || other.Paths < 1900 || other.Paths > 2100 {
			t.Errorf("%s: other is %+v", tt.name, other)
		}
		routesAddUp(t, tt.r)
	}
}

// Each order, and how it breaks ties.
func TestRoutesSort(t *testing.T) {
	var records []accesslog.Record
	add := func(route string, n int, r accesslog.Record) {
		for range n {
			records = append(records, with(r, routed(route)))
		}
	}
	ok, missing, broken := with(response("GET", "/", 200), took(time.Millisecond)), response("GET", "/", 404), response("GET", "/", 503)
	add("/busy", 50, ok)
	add("/busy", 2, broken)
	add("/broken", 3, broken)
	add("/panics", 6, ok)
	add("/panics", 4, with(ok, ended("panic")))
	add("/missing", 9, missing)
	add("/slow", 5, with(ok, took(time.Second)))
	add("/tie-b", 1, broken)
	add("/tie-a", 1, broken)
	add("/tie-c", 1, broken)
	add("/tie-c", 1, missing) // more 4xx
	add("/tie-d", 1, broken)
	add("/tie-d", 1, ok) // more requests
	records = append(records, with(broken, routed("/tie-a"), func(r *accesslog.Record) { r.Method = "DELETE" }))
	records = append(records, with(broken, func(r *accesslog.Record) { r.Path = "/tie-a" }))
	for _, tt := range []struct {
		order        Sort
		failing, top []string
	}{
		{"", []string{"/panics", "/broken", "/busy", "/tie-c", "/tie-d", "/tie-a", "/tie-a", "/tie-a", "/tie-b"},
			[]string{"/busy", "/panics", "/missing", "/slow", "/broken", "/tie-c", "/tie-d", "/tie-a", "/tie-a", "/tie-a", "/tie-b"}},
		{SortFailures, []string{"/panics", "/broken", "/busy", "/tie-c", "/tie-d", "/tie-a", "/tie-a", "/tie-a", "/tie-b"},
			[]string{"/panics", "/broken", "/busy", "/tie-c", "/tie-d", "/tie-a", "/tie-a", "/tie-a", "/tie-b", "/missing", "/slow"}},
		{Sort5xx, []string{"/broken", "/busy", "/tie-c", "/tie-d", "/tie-a", "/tie-a", "/tie-a", "/tie-b", "/panics"},
			[]string{"/broken", "/busy", "/tie-c", "/tie-d", "/tie-a", "/tie-a", "/tie-a", "/tie-b", "/panics", "/missing", "/slow"}},
		{Sort4xx, []string{"/tie-c", "/panics", "/broken", "/busy", "/tie-d", "/tie-a", "/tie-a", "/tie-a", "/tie-b"},
			[]string{"/missing", "/tie-c", "/panics", "/broken", "/busy", "/tie-d", "/tie-a", "/tie-a", "/tie-a", "/tie-b", "/slow"}},
		{SortRate, []string{"/broken", "/tie-a", "/tie-a", "/tie-a", "/tie-b", "/tie-c", "/tie-d", "/panics", "/busy"},
			[]string{"/broken", "/tie-a", "/tie-a", "/tie-a", "/tie-b", "/tie-c", "/tie-d", "/panics", "/busy", "/missing", "/slow"}},
		{SortRequests, []string{"/busy", "/panics", "/broken", "/tie-c", "/tie-d", "/tie-a", "/tie-a", "/tie-a", "/tie-b"},
			[]string{"/busy", "/panics", "/missing", "/slow", "/broken", "/tie-c", "/tie-d", "/tie-a", "/tie-a", "/tie-a", "/tie-b"}},
		{SortP95, []string{"/panics", "/busy", "/tie-d", "/broken", "/tie-c", "/tie-a", "/tie-a", "/tie-a", "/tie-b"},
			[]string{"/slow", "/panics", "/busy", "/tie-d", "/broken", "/tie-c", "/tie-a", "/tie-a", "/tie-a", "/tie-b", "/missing"}},
	} {
		r := analyze(records...).Report(nil, Options{Top: -1, Sort: tt.order})
		route := func(r []Route) (out []string) {
			for _, r := range r {
				out = append(out, r.Route)
			}
			return out
		}
		if diff := cmp.Diff(tt.failing, route(r.Routes.Failing)); diff != "" {
			t.Errorf("failing by %q (-want +got):\n%s", tt.order, diff)
		}
		if diff := cmp.Diff(tt.top, route(r.Routes.Top)); diff != "" {
			t.Errorf("top by %q (-want +got):\n%s", tt.order, diff)
		}
		if diff := cmp.Diff([]string{"/missing", "/tie-c"}, route(r.Routes.ClientErrors)); diff != "" {
			t.Errorf("client errors with order %q, by 4xx whatever it is (-want +got):\n%s", tt.order, diff)
		}
		if r.Routes.Order != tt.order && (tt.order != "" || r.Routes.Order != SortFailures) {
			t.Errorf("the order asked for is %q, the report says %q", tt.order, r.Routes.Order)
		}
		equal := r.Routes.Failing[slices.Index(route(r.Routes.Failing), "/tie-a"):][:3]
		if got, want := []Text{equal[0].Method, equal[1].Source, equal[2].Source}, []Text{"DELETE", "learned", "logged"}; !slices.Equal(got, want) {
			t.Errorf("by %q the ties of one route are in the order %q, want %q", tt.order, got, want)
		}
	}
}

func TestSortsAreAllTried(t *testing.T) {
	want := []Sort{SortFailures, Sort5xx, Sort4xx, SortRate, SortRequests, SortP95}
	if diff := cmp.Diff(want, Sorts()); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
}

func TestRoutesTop(t *testing.T) {
	var records []accesslog.Record
	for i := range 25 {
		records = append(records, with(response("GET", "/", 500), routed(fmt.Sprint("/f", i))), with(response("GET", "/", 400), routed(fmt.Sprint("/c", i))))
	}
	for _, tt := range []struct{ top, failing, all int }{{0, 10, 10}, {1, 1, 1}, {30, 25, 30}, {-1, 25, 50}} {
		r := analyze(records...).Report(nil, Options{Top: tt.top}).Routes
		if len(r.Failing) != tt.failing || len(r.ClientErrors) != tt.failing || len(r.Top) != tt.all || r.Total != 50 || r.FailingTotal != 25 || r.ClientErrorsTotal != 25 {
			t.Errorf("top %d: %d of %d failing, %d of %d with 4xx, %d of %d", tt.top, len(r.Failing), r.FailingTotal, len(r.ClientErrors), r.ClientErrorsTotal, len(r.Top), r.Total)
		}
	}
	none := reportOf().Routes
	if none.Failing == nil || none.ClientErrors == nil || none.Top == nil || none.Unrouted != nil || none.Other != nil {
		t.Errorf("the routes of nothing are %+v, want lists that are empty", none)
	}
}

func TestRouteErrorsAreBounded(t *testing.T) {
	broken := response("GET", "/", 500)
	var records []accesslog.Record
	for i := range maxErrors {
		records = append(records, with(broken, failedWith(fmt.Sprintf("e%02d", i))))
	}
	records = append(records,
		with(broken, failedWith("e07")), with(broken, failedWith("late")), with(broken, failedWith("later")), with(broken, failedWith("latest")),
		broken, // which says nothing
		with(response("GET", "/", 200), failedWith("no failure")))
	a, b := analyze(records...), analyze(records...)
	a.Merge(b)
	got := find(t, a.Report(nil, Options{Top: -1}), "GET /").Errors
	want := []ErrorCount{{"(other)", 6}, {"e07", 4}, {"e03", 2}, {"e04", 2}} // the three new ones took the places of the first
	if len(got) != maxErrors+1 || !slices.Equal(got[:4], want) {
		t.Errorf("%d errors, the first %v, want %d and %v", len(got), got[:4], maxErrors+1, want)
	}
}

// Which errors stay when the bound is met does not depend on the order of a map.
func TestRouteErrorsAreRepeatable(t *testing.T) {
	var first string
	for range 5 {
		a := NewAnalysis()
		for part := range 3 {
			b := NewAnalysis()
			for i := range maxErrors {
				r := with(response("GET", "/", 500), failedWith(fmt.Sprint("part ", part, " error ", i)))
				b.Add(&r, onLine("log", uint64(i)))
			}
			a.Merge(b)
		}
		got := toJSON(t, a.Report(nil, Options{}).Routes)
		if first == "" {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Fatalf("the same merges give another report (-first +later):\n%s", diff)
		}
	}
}

// The first and the last failure are those of the log, in whatever order it is read; of
// equal times, those that stand first and last in it.
func TestRouteEvidence(t *testing.T) {
	type line struct {
		r  accesslog.Record
		at Position
	}
	broken := func(second, n int) line {
		r := with(response("GET", fmt.Sprint("/u/", n), 500), completed(noon.Add(time.Duration(second)*time.Second)))
		r.RequestID, r.TraceID = fmt.Sprint("r", n), fmt.Sprint("t", n)
		return line{r, onLine("b.log", uint64(n))}
	}
	first, last := broken(1, 40), broken(9, 70)
	lines := []line{broken(5, 1), broken(1, 50), first, broken(9, 60), last, broken(9, 7), broken(4, 90),
		{with(response("GET", "/u/1", 200), completed(noon)), onLine("b.log", 30)}, // no failure
		{first.r, onLine("c.log", 1)}, {last.r, onLine("a.log", 99)}}
	for i := range 50 {
		shuffle := rand.New(rand.NewPCG(1, uint64(i)))
		shuffle.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		a, b := NewAnalysis(), NewAnalysis()
		for _, l := range lines {
			[]*Analysis{a, b}[shuffle.IntN(2)].Add(&l.r, l.at)
		}
		a.Merge(b)
		got := find(t, a.Report(nil, Options{Top: -1}), "GET /u/{id}")
		at := func(s int) *time.Time { return ptr(noon.Add(time.Duration(s) * time.Second)) }
		want := []*Evidence{
			{"b.log", 40, 4000, at(1), ptr(500), "GET", "/u/40", "r40", "t40"},
			{"b.log", 70, 7000, at(9), ptr(500), "GET", "/u/70", "r70", "t70"},
		}
		if diff := cmp.Diff(want, []*Evidence{got.FirstFailure, got.LastFailure}); diff != "" {
			t.Fatalf("first and last (-want +got):\n%s", diff)
		}
	}
	if got := find(t, reportOf(response("GET", "/", 404)), " (unrouted)"); got.FirstFailure != nil || got.LastFailure != nil {
		t.Errorf("a route without failures has evidence of one: %v, %v", got.FirstFailure, got.LastFailure)
	}
	undated := find(t, reportOf(with(response("GET", "/u", 200), ended("panic"), noStatus, completed(time.Time{}))), "GET /u").FirstFailure
	if undated == nil || undated.Time != nil || undated.Status != nil {
		t.Errorf("evidence without time and status is %+v", undated)
	}
}

func TestRouteFacts(t *testing.T) {
	by := func(who string) func(*accesslog.Record) { return func(r *accesslog.Record) { r.FailedBy = who } }
	r := find(t, reportOf(
		with(response("GET", "/", 500), by("origin"), took(time.Second)), with(response("GET", "/", 502), by("proxy"), took(time.Second)),
		with(response("GET", "/", 502), by("proxy")), with(response("GET", "/", 200), by("client"), ended("aborted")),
		with(response("GET", "/", 200), by("origin")), response("GET", "/", 200), response("GET", "/", 404), response("GET", "/", 404),
		response("GET", "/", 404), with(response("GET", "/", 0), noStatus),
	), "GET /")
	if want := (FailedBy{Origin: 1, Proxy: 2, Client: 1}); *r.FailedBy != want {
		t.Errorf("failed by %+v, want %+v", r.FailedBy, want)
	}
	for _, tt := range []struct {
		reason string
		report *Report
		want   *FailedBy
	}{
		{"no log tells whose failure it is", reportOf(response("GET", "/", 500), with(response("GET", "/", 404), by("origin"))), nil},
		{"a report without failures has none of anybody", reportOf(response("GET", "/", 404)), &FailedBy{}},
		{"of two routes", reportOf(with(response("GET", "/", 500), by("origin")), with(response("GET", "/u", 502), by("proxy")), response("GET", "/", 500)), &FailedBy{Origin: 1, Proxy: 1}},
	} {
		if diff := cmp.Diff(tt.want, tt.report.FailedBy); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
	if want := []Outcome{{"aborted", 1}}; !slices.Equal(r.Outcomes, want) {
		t.Errorf("outcomes of the failures are %v, want %v", r.Outcomes, want)
	}
	if r.Requests != 10 || r.Failures != 4 || r.Failed != 1 || r.Rate5xx != .3 || r.Rate4xx != .3 || r.FailureRate != .4 || r.Share != 1 {
		t.Errorf("counts and rates are %+v", r)
	}
	if *r.Dominant != 502 || r.DominantName != "Bad Gateway" || *r.Dominant4xx != 404 || r.Dominant4xxName != "Not Found" {
		t.Errorf("failures are mostly %d %s, 4xx %d %s", *r.Dominant, r.DominantName, *r.Dominant4xx, r.Dominant4xxName)
	}
	if want := (StatusCounts{{unknownStatus, 1}, {200, 3}, {404, 3}, {500, 1}, {502, 2}}); !slices.Equal(r.Statuses, want) {
		t.Errorf("statuses %v", r.Statuses)
	}
	if *r.Latency.Max != 1000 {
		t.Errorf("latency %+v", r.Latency)
	}
	for _, tt := range []struct {
		codes         []int
		failures, bad *int
	}{{[]int{200, 200}, nil, nil}, {[]int{200, 404, 429, 429}, nil, ptr(429)}, {[]int{429, 404}, nil, ptr(404)}, {[]int{600, 404, 404}, ptr(600), ptr(404)}} {
		var records []accesslog.Record
		for _, code := range tt.codes {
			records = append(records, with(response("GET", "/", code), routed("/x")))
		}
		if got := find(t, reportOf(records...), "GET /x"); !cmp.Equal(got.Dominant, tt.failures) || !cmp.Equal(got.Dominant4xx, tt.bad) {
			t.Errorf("%v are dominated by %v and %v", tt.codes, got.Dominant, got.Dominant4xx)
		}
	}
}

// Method, kind and route are kept apart, even where a log holds what no request can.
func TestRoutesWithOddMethods(t *testing.T) {
	r := reportOf(
		response("A", "x py", 200), response("A px", "y", 200), response("A", "lpy", 200),
		with(response("A", "", 200), routed("py")), response("", "/x", 200), response("\x00", "/x", 200))
	for _, name := range []string{"A x py", "A px y", "A lpy", "A py", " /x", "\x00 /x"} {
		if got := find(t, r, name); got.Requests != 1 {
			t.Errorf("%q has %d requests", name, got.Requests)
		}
	}
}

// A hostile log is as wide as its lines may be; what is kept of it is not.
func TestLongTextsAreCut(t *testing.T) {
	long := strings.Repeat("/a", 100_000)
	r := reportOf(with(response(long, long, 500), func(r *accesslog.Record) { r.Error, r.RequestID = long, long }))
	f := r.Routes.Failing[0]
	for name, s := range map[string]Text{"method": f.Method, "route": Text(f.Route), "error": Text(f.Errors[0].Error), "path": f.FirstFailure.Path, "request id": f.FirstFailure.RequestID} {
		if len(s) > maxText {
			t.Errorf("%d bytes of the %s are kept", len(s), name)
		}
	}
}

// The first failure is the first of those whose time is known.
func TestFirstFailureHasATime(t *testing.T) {
	undated := with(response("GET", "/a", 500), completed(time.Time{}))
	r := reportOf(undated, with(response("GET", "/a", 502), completed(noon)), undated)
	if f := r.Routes.Failing[0].FirstFailure; f.Time == nil || *f.Status != 502 {
		t.Errorf("got %+v", f)
	}
}

// An order that there is not is the usual one.
func TestUnknownSort(t *testing.T) {
	r := run(t, Options{Sort: "name"}, text("log", ours(response("GET", "/a", 500), response("GET", "/b", 500), response("GET", "/b", 500))))
	if f := r.Routes.Failing; len(f) != 2 || f[0].Route != "/b" {
		t.Errorf("got %+v", f)
	}
}

// A scanner's paths do not keep out the routes that matter.
func TestScannersAreSwept(t *testing.T) {
	a := NewAnalysis()
	for i := range maxRoutes + 2000 {
		r := response("GET", fmt.Sprintf("/scan%c%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26, 'a'+i/17576%26), 404)
		a.Add(&r, Position{})
	}
	for range 500 {
		r := response("POST", "/orders", 500)
		a.Add(&r, Position{})
	}
	r := a.Report(nil, Options{})
	if f := r.Routes.Failing; len(f) != 1 || f[0].Route != "/orders" || f[0].Failures != 500 || r.Routes.Other != nil {
		t.Errorf("failing %+v, other %+v", f, r.Routes.Other)
	}
	if u := r.Routes.Unrouted; u == nil || u.Requests != maxRoutes+2000 {
		t.Errorf("unrouted %+v", u)
	}
}

// TestSlotOf: entries that share a slot push each other out, so those that most logs have are to
// have one each.
func TestSlotOf(t *testing.T) {
	slots := map[uint64]string{}
	for _, name := range []string{"/users/{id}", "/users/", "/items/", "/images/"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ""} {
			slot := slotOf(name, method)
			if other, taken := slots[slot]; taken {
				t.Errorf("%s %s and %s share a slot", method, name, other)
			}
			slots[slot] = method + " " + name
		}
	}
}

// TestRoutesFastPath: whichever of the routes a record is compared with first, it is counted under
// the one that its path says.
func TestRoutesFastPath(t *testing.T) {
	var records []*accesslog.Record
	for _, path := range []string{
		"", "/", "/7", "/42", "7", "{id}", "/{id}", "/users", "/users/", "/users/7", "/users/abcd", "/users/{id}", "/users7", "/users{id}",
		"/users/7/8", "/users/{id}/8", "/users/7/x", "/users/{id}/x", "/users/a1", "/users/9fceb02d", strings.Repeat("/7", maxText/2), strings.Repeat("/{id}", maxText/2),
	} {
		for _, method := range []string{"GET", "PUT"} {
			records = append(records, &accesslog.Record{Method: method, Path: path}, &accesslog.Record{Method: method, Route: path})
		}
	}
	for _, l := range []*learning{newLearning(), {leaves: map[string]*leaf{}, off: true}, {leaves: map[string]*leaf{}, hints: hints(t, "/users/7")}} {
		rs := newRoutes(l)
		for _, other := range records {
			first := rs.of(other)
			for _, r := range records {
				for i := range rs.lately {
					rs.lately[i] = first
				}
				for range 2 { // and then with what the first look left
					if got, want := rs.find(r), rs.of(r); got != want {
						t.Fatalf("after %q, %q with the route %q is counted under %q, not %q", first.route, r.Path, r.Route, got.route, want.route)
					}
				}
			}
		}
	}
}
