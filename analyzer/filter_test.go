package analyzer

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func TestParseStatusSet(t *testing.T) {
	unknown := accesslog.Opt[int]{}
	of := func(all ...int) (out []accesslog.Opt[int]) {
		for _, code := range all {
			out = append(out, accesslog.Some(code))
		}
		return out
	}
	for _, tt := range []struct {
		set     string
		in, out []accesslog.Opt[int]
		reason  string
	}{
		{"404", of(404), append(of(0, 200, 403, 405, 1404), unknown), "one code"},
		{"5xx", of(500, 503, 599), append(of(499, 600, 5000), unknown), "a class"},
		{"5XX", of(500), of(200), "a class in capitals"},
		{"5xx,404", of(500, 404), append(of(200, 403), unknown), "either"},
		{" 5xx , 404 ", of(500, 404), of(200), "with spaces"},
		{"5xx,!502", of(500, 503), append(of(502, 200), unknown), "a class without a code"},
		{"!502,5xx", of(500, 503), of(502, 200), "in any order"},
		{"!502", append(of(0, 200, 404, 500, 1502), unknown), of(502), "all without a code"},
		{"!2xx,!3xx", append(of(100, 404, 500, 700), unknown), of(200, 299, 301), "all without two classes"},
		{"404,!404", nil, append(of(404, 200), unknown), "nothing is left"},
		{"other", append(of(0, 99, 600, 999, 1000, 25800, -1), unknown), of(100, 200, 599), "what is no status, or unknown"},
		{"!other", of(100, 200, 599), append(of(0, 600, 1000), unknown), "statuses alone"},
		{"000", of(0), append(of(200), unknown), "0 is logged, and not unknown"},
		{"1xx,2xx,3xx,4xx,5xx,other", append(of(0, 100, 200, 300, 400, 500, 600, 9999), unknown), nil, "all"},
	} {
		set, err := ParseStatusSet(tt.set)
		if err != nil {
			t.Errorf("%q (%s): %v", tt.set, tt.reason, err)
			continue
		}
		for _, code := range tt.in {
			if !set.has(code) {
				t.Errorf("%q (%s) does not hold %+v", tt.set, tt.reason, code)
			}
		}
		for _, code := range tt.out {
			if set.has(code) {
				t.Errorf("%q (%s) holds %+v", tt.set, tt.reason, code)
			}
		}
	}
}

func TestParseStatusSetErrors(t *testing.T) {
	for _, bad := range []string{"", " ", ",", "404,", "6xx", "xx", "5x", "-1", "!", "!!404", "1000", "4 04", "404;500", "OK"} {
		set, err := ParseStatusSet(bad)
		if err == nil || !strings.Contains(err.Error(), "5xx,404,!502") {
			t.Errorf("%q: %v does not say how to write it", bad, err)
		}
		if set.codes != nil {
			t.Errorf("%q gives a set beside the error", bad)
		}
	}
}

func TestFilter(t *testing.T) {
	set := func(s string) StatusSet {
		out, err := ParseStatusSet(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	user := with(response("GET", "/users/42", 404), completed(noon))
	logged := with(user, func(r *accesslog.Record) { r.Route = "/users/{user}" })
	undated := with(user, completed(time.Time{}))
	for _, tt := range []struct {
		name   string
		filter Filter
		record accesslog.Record
		want   bool
	}{
		{"the zero Filter", Filter{}, undated, true},
		{"since is inclusive", Filter{Since: noon}, user, true},
		{"before since", Filter{Since: noon.Add(1)}, user, false},
		{"until is exclusive", Filter{Until: noon}, user, false},
		{"before until", Filter{Until: noon.Add(1)}, user, true},
		{"between", Filter{Since: noon.Add(-1), Until: noon.Add(1)}, user, true},
		{"another zone", Filter{Since: noon.In(time.FixedZone("", 3600))}, user, true},
		{"no time, since", Filter{Since: noon.AddDate(-100, 0, 0)}, undated, false},
		{"no time, until", Filter{Until: noon.AddDate(100, 0, 0)}, undated, false},
		{"no time, no bound", Filter{Methods: []string{"GET"}}, undated, true},
		{"status", Filter{Statuses: set("4xx")}, user, true},
		{"another status", Filter{Statuses: set("5xx")}, user, false},
		{"no status", Filter{Statuses: set("5xx")}, with(user, noStatus), false},
		{"no status, but excluded are others", Filter{Statuses: set("!5xx")}, with(user, noStatus), true},
		{"one of the methods", Filter{Methods: []string{"PUT", "GET"}}, user, true},
		{"none of the methods", Filter{Methods: []string{"PUT", "get"}}, user, false},
		{"not one method", Filter{Methods: []string{"!PUT", "!POST"}}, user, true},
		{"excluded is its method", Filter{Methods: []string{"!PUT", "!GET"}}, user, false},
		{"methods in and out", Filter{Methods: []string{"GET", "PUT", "!GET"}}, user, false},
		{"no method is not an excluded one", Filter{Methods: []string{"!GET"}}, response("", "/", 400), true},
		{"path", Filter{Path: patterns(t, `42$`)}, user, true},
		{"another path", Filter{Path: patterns(t, `^/orders`)}, user, false},
		{"excluded path", Filter{Path: patterns(t, `!^/users/`)}, user, false},
		{"excluded is another path", Filter{Path: patterns(t, `!^/health`)}, user, true},
		{"both patterns hold", Filter{Path: patterns(t, `^/users`, `!99`)}, user, true},
		{"the first of two does not", Filter{Path: patterns(t, `^/orders`, `!99`)}, user, false},
		{"the last of two does not", Filter{Path: patterns(t, `^/users`, `2$`, `!42`)}, user, false},
		{"an exclamation mark of its own", Filter{Path: patterns(t, `\!`)}, response("GET", "/wow!", 200), true},
		{"excluded template", Filter{Route: patterns(t, `!\{id\}`)}, user, false},
		{"excluded logged route", Filter{Route: patterns(t, `!\{user\}`)}, logged, false},
		{"excluded is another route", Filter{Route: patterns(t, `!\{id\}`)}, logged, true},
		{"no path is not an excluded one", Filter{Route: patterns(t, `!.`)}, response("", "", 400), true},
		{"route by its template", Filter{Route: patterns(t, `^/users/\{id\}$`)}, user, true},
		{"the path is not the route", Filter{Route: patterns(t, `42`)}, user, false},
		{"logged route", Filter{Route: patterns(t, `^/users/\{user\}$`)}, logged, true},
		{"logged route, not the template", Filter{Route: patterns(t, `\{id\}`)}, logged, false},
		{"no path", Filter{Route: patterns(t, `.`)}, response("", "", 400), false},
		{"all at once", Filter{Since: noon, Statuses: set("404"), Methods: []string{"GET"}, Route: patterns(t, `users`), Path: patterns(t, `42`)}, user, true},
		{"all but one", Filter{Since: noon, Statuses: set("404"), Methods: []string{"PUT"}, Route: patterns(t, `users`), Path: patterns(t, `42`)}, user, false},
	} {
		if got := tt.filter.matcher(newLearning()).match(&tt.record) == passed; got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// patterns are what flags make of texts.
func patterns(t testing.TB, texts ...string) (all Patterns) {
	t.Helper()
	for _, text := range texts {
		p, err := ParsePattern(text)
		if err != nil || p.String() != text {
			t.Fatalf("%q is read as %q, %v", text, p, err)
		}
		all = append(all, p)
	}
	return all
}

func TestParsePatternErrors(t *testing.T) {
	for _, tt := range []struct{ pattern, says string }{
		{"(", "missing closing"}, {"!(", "! before it"}, {"!", "there is none"}, {"(?!x)", "what does not match"},
	} {
		if _, err := ParsePattern(tt.pattern); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: %v, want %q", tt.pattern, err, tt.says)
		}
	}
}

// Who asked for the wrong time is told what the filter took it for, and what there is.
func TestNothingInTheWindow(t *testing.T) {
	log := ours(with(response("GET", "/a", 200), completed(noon)), with(response("GET", "/b", 200), completed(noon.Add(time.Hour))))
	undated := ours(with(response("GET", "/a", 200), completed(time.Time{})))
	berlin := time.FixedZone("", 3600)
	for _, tt := range []struct {
		reason string
		filter Filter
		log    string
		want   string
	}{
		{"since", Filter{Since: noon.AddDate(0, 0, 1).In(berlin)}, log,
			"no request passed the filters: asked for were those from 2026-11-21 12:00:00 UTC on, and the logs span 2026-11-20 12:00:00 UTC to 2026-11-20 13:00:00 UTC"},
		{"until", Filter{Until: noon.Add(-time.Hour)}, log,
			"no request passed the filters: asked for were those before 2026-11-20 11:00:00 UTC, and the logs span 2026-11-20 12:00:00 UTC to 2026-11-20 13:00:00 UTC"},
		{"both", Filter{Since: noon.Add(time.Minute), Until: noon.Add(time.Hour)}, log,
			"no request passed the filters: asked for were those from 2026-11-20 12:01:00 UTC to before 2026-11-20 13:00:00 UTC, and the logs span 2026-11-20 12:00:00 UTC to 2026-11-20 13:00:00 UTC"},
		{"it was another filter", Filter{Since: noon, Methods: []string{"PUT"}}, log,
			"no request passed the filters: asked for were those from 2026-11-20 12:00:00 UTC on, and the logs span 2026-11-20 12:00:00 UTC to 2026-11-20 13:00:00 UTC"},
		{"no times", Filter{Since: noon}, undated, "no request passed the filters: asked for were those from 2026-11-20 12:00:00 UTC on, and none in the logs has a time"},
		{"no window", Filter{Methods: []string{"PUT"}}, log, "no request passed the filters"},
	} {
		for _, workers := range []int{1, 3} {
			if r := run(t, Options{Workers: workers, Filter: tt.filter}, text("log", tt.log)); r.Reason != tt.want {
				t.Errorf("%s: %q, want %q", tt.reason, r.Reason, tt.want)
			}
		}
	}
}

// Filtered lines are accounted for, and records are not the same as lines that passed.
func TestRunFilters(t *testing.T) {
	log := ours(response("GET", "/a", 200), response("GET", "/a", 500), response("PUT", "/a", 500))
	set, _ := ParseStatusSet("5xx")
	r := run(t, Options{Filter: Filter{Statuses: set, Methods: []string{"PUT"}}}, text("log", log))
	if l := r.Lines; l.Read != 3 || l.Accepted != 1 || l.Filtered != 2 || l.Records != 3 || r.Requests != 1 {
		t.Errorf("lines %+v, %d requests", l, r.Requests)
	}
}

// Who looks at some statuses alone judges by all of them: of 5xx alone every request
// failed, and of 2xx none.
func TestStatusFilterDoesNotJudge(t *testing.T) {
	var records []accesslog.Record
	for i := range 1000 {
		records = append(records, response([]string{"GET", "PUT"}[i%2], "/a", 200+300*(i%500/499))) // 2 of PUT
	}
	log := ours(records...)
	for _, tt := range []struct {
		statuses string
		methods  []string
		requests uint64
		want     Verdict
		says     string
	}{
		{"200,500", nil, 1000, Degraded, "2.0 times"},
		{"5xx", nil, 2, Degraded, "2.0 times"},
		{"2xx", nil, 998, Degraded, "2.0 times"},
		{"5xx", []string{"PUT"}, 2, Degraded, "4.0 times"}, // the methods are a choice of what to judge
		{"5xx", []string{"GET"}, 0, Healthy, "no request failed"},
		{"2xx", []string{"POST"}, 0, Healthy, "no request passed the filters"},
	} {
		set, err := ParseStatusSet(tt.statuses)
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{1, 3} {
			r := run(t, Options{Workers: workers, Filter: Filter{Statuses: set, Methods: tt.methods}}, text("log", log))
			if r.Verdict != tt.want || !strings.Contains(r.Reason, tt.says) || r.Requests != tt.requests {
				t.Errorf("%s of %v: %d requests, %s, %q, want %d, %s, %q", tt.statuses, tt.methods, r.Requests, r.Verdict, r.Reason, tt.requests, tt.want, tt.says)
			}
		}
	}
}

// What a filter leaves out still tells which paths are routes.
func TestStatusFilterKeepsTheRoutes(t *testing.T) {
	log := ours(response("GET", "/a", 200), response("GET", "/a", 404), response("GET", "/b", 404), response("POST", "/c", 200), response("GET", "/c", 404))
	set, _ := ParseStatusSet("404")
	r := run(t, Options{Filter: Filter{Statuses: set, Methods: []string{"GET"}}}, text("log", log))
	if got := names(r.Routes.Top); !slices.Equal(got, []string{" (unrouted)", "GET /a", "GET /c"}) || r.Routes.Unrouted.Requests != 1 {
		t.Errorf("routes %q, unrouted %+v", got, r.Routes.Unrouted)
	}
}
