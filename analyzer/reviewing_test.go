package analyzer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// review reviews a log in which nothing is wrong.
func review(t *testing.T, p ReviewOptions, sources ...source.Source) *Review {
	t.Helper()
	r, err := RunReview(t.Context(), sources, Options{}, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *Review) show() (out []happened) {
	for i := range r.Incidents {
		out = append(out, r.Incidents[i].happened())
	}
	return out
}

func at(second int) time.Time { return noon.Add(time.Duration(second) * time.Second) }

// Everything a review tells of an incident, of which the log is counted by hand.
func TestReview(t *testing.T) {
	outage := on("/r2", func(dice *rand.Rand, second int, r *accesslog.Record) bool {
		r.Status, r.Error, r.Duration = accesslog.Some(503), "db: too many connections", accesslog.Some(2*time.Second)
		return true
	})
	fresh := func(dice *rand.Rand, second int, r *accesslog.Record) bool {
		version := "v1"
		if second >= 1795 {
			version = "v2"
		}
		told("version", version)(r)
		return true
	}
	all := course(3600, 10, nothing, fresh, between(1800, 2100, outage))
	inside, failed := 0, 0
	for _, r := range all {
		if began := r.Start(); !began.Before(at(1800)) && began.Before(at(2100)) {
			if inside++; r.Failed() {
				failed++
			}
		}
	}
	p := ReviewOptions{Events: []Event{{Time: at(2130), Text: "rolled back"}, {Time: at(1770), Text: "deploy v2"}}}
	r := review(t, p, inFile(t, ours(all...))...)
	if len(r.Incidents) != 1 || r.Schema != ReviewSchema || r.Verdict != Critical || r.Baseline.Source != "log" || r.Baseline.Rate > .001 {
		t.Fatalf("%s: %s, the baseline is %+v; there were %+v", r.Verdict, r.Reason, r.Baseline, r.show())
	}
	in := r.Incidents[0]
	if !in.happened().about(happened{Stream5xx, 1800, 2100, ""}, 3) || in.Failures != uint64(failed) || in.Impact.Failed != uint64(failed) || in.Seconds != in.End.Sub(in.Start).Seconds() {
		t.Errorf("it was %+v, %d failed of %d", in.happened(), in.Failures, failed)
	}
	if !strings.HasPrefix(in.Summary, "From 2026-11-20 12:3") || !strings.Contains(in.Summary, fmt.Sprintf("%d of ", failed)) || !strings.Contains(in.Summary, " requests failed (") {
		t.Errorf("the summary is %q", in.Summary)
	}
	if h := in.Impact; h.Clients == nil || *h.Clients == 0 || *h.ClientsActive != 50 || *h.ClientsOnlyFailed != 0 || h.Recovered == nil || *h.Recovered > .25 {
		t.Errorf("the impact is %s", toJSON(t, h))
	}
	for _, h := range in.Impact.Hit {
		if h.Attribute == "route" && (h.Hit != 1 || h.Active < 1) || h.Attribute == "instance" && (h.Hit != 3 || h.Active != 3) {
			t.Errorf("hit were %+v", h)
		}
	}
	if s := in.Impact.Spared; len(s) != 4 || s[0].Failures != 0 || s[0].Route == "/r2" || s[0].Requests < s[3].Requests {
		t.Errorf("spared were %s", toJSON(t, s))
	}
	if len(in.Errors) != 1 || in.Errors[0].Error != "db: too many connections" || in.Errors[0].Requests != uint64(failed) {
		t.Errorf("the errors are %s", toJSON(t, in.Errors))
	}
	if c := in.Changes; *c.Latency.During.P90 < 1900 || *c.Latency.Usual.P50 > 40 || c.Worse < .9*(in.Rate-in.BaselineRate) || math.Abs(c.Moved) > .1 {
		t.Errorf("the changes are %s", toJSON(t, c))
	}
	if c := in.Changes.New; len(c) != 1 || c[0].Attribute != "version" || c[0].Value != "v2" {
		t.Errorf("new is %s", toJSON(t, c))
	}
	if e := in.Events; len(e) != 2 || e[0].Text != "deploy v2" || math.Abs(*e[0].LeadSeconds-30) > 3 || math.Abs(*e[1].LeadSeconds+330) > 3 || *e[0].Incident != 1 {
		t.Errorf("the events are %s", toJSON(t, e))
	}
	if b := in.Budget; b.SLO != 99.9 || b.Failures != uint64(failed) || math.Abs(b.Requests/(10*30*86400)-1) > .01 || math.Abs(b.Spent-float64(failed)/b.Allowed) > 1e-9 {
		t.Errorf("the budget is %+v", b)
	}
	fired := 0
	for _, a := range in.Alerts {
		if a.Fired != nil {
			if fired++; a.AfterSeconds == nil || *a.AfterSeconds < 0 || !a.Fired.Equal(in.Start.Add(time.Duration(*a.AfterSeconds)*time.Second)) {
				t.Errorf("the alert is %s", toJSON(t, a))
			}
		}
	}
	if fired == 0 || len(in.Alerts) != len(r.Alerts) {
		t.Errorf("%d of %d alerts fired", fired, len(in.Alerts))
	}
	total := uint64(0)
	for _, b := range in.Timeline.Bins {
		total += b.Requests
	}
	if total <= in.Requests || in.Timeline.Bins[0].Start.After(in.Start) {
		t.Errorf("the timeline has %d of %d requests", total, in.Requests)
	}
	var lacks []string
	for _, g := range r.Gaps {
		lacks = append(lacks, g.Field)
	}
	if got := strings.Join(lacks, " "); got != "trace_id user_agent" {
		t.Errorf("the logs lack %s", got)
	}
}

// A client that asks again gets an answer: a retry helped.
func TestReviewOfRetries(t *testing.T) {
	var all []accesslog.Record
	for i, r := range course(1800, 10, nothing, between(600, 900, answers(503, .5))) {
		if r.ClientIP = fmt.Sprint("client ", i); r.Failed() && i%4 < 2 {
			again := r
			again.Time, again.Status, again.Error = r.Time.Add(5*time.Second), accesslog.Some(200), ""
			all = append(all, again)
		}
		all = append(all, r)
	}
	in := review(t, ReviewOptions{}, inFile(t, ours(all...))...).Incidents[0]
	if h := in.Impact; h.Recovered == nil || math.Abs(*h.Recovered-.5) > .05 || *h.Clients != in.Failures || math.Abs(float64(*h.ClientsOnlyFailed)/float64(*h.Clients)-.5) > .05 {
		t.Errorf("the impact is %s", toJSON(t, h))
	}
}

// Who knows when it was, what is usual, or has the log of a good day, is believed.
func TestReviewOfWhatPeopleKnow(t *testing.T) {
	inFullRuns(t)
	half := answers(503, .5)
	slight := course(1800, 10, nothing, answers(503, .02), between(600, 900, half))
	good := text("good.log", ours(course(1800, 10, nothing)...))
	for _, tt := range []struct {
		reason string
		log    []accesslog.Record
		p      ReviewOptions
		want   []happened
		usual  Baseline // Source and Name
		rate   float64
	}{
		{"the logs tell", slight, ReviewOptions{}, []happened{{Stream5xx, 600, 900, ""}}, Baseline{Source: "log"}, .02},
		{"a time that somebody knows", slight, ReviewOptions{From: at(500), To: at(1000)}, []happened{{Stream5xx, 500, 1000, ""}}, Baseline{Source: "log"}, .02},
		{"only when it began", slight, ReviewOptions{From: at(500)}, []happened{{Stream5xx, 500, 1800, "ongoing"}}, Baseline{Source: "log"}, .02},
		{"only when it ended", slight, ReviewOptions{To: at(1000)}, []happened{{Stream5xx, 0, 1000, "before"}}, Baseline{Source: "log"}, .02},
		{"a time in which nothing failed", course(1800, 10, nothing, between(600, 900, half)), ReviewOptions{From: at(1200), To: at(1300)}, []happened{{Stream5xx, 1200, 1300, ""}}, Baseline{Source: "log"}, 0},
		{"a good time of the log", course(1800, 10, nothing, between(600, 1800, half)), ReviewOptions{UsualFrom: at(0), UsualTo: at(600)}, []happened{{Stream5xx, 600, 1800, "ongoing"}},
			Baseline{Source: "window", Name: "2026-11-20 12:00:00 UTC to 2026-11-20 12:10:00 UTC"}, 0},
		{"a log that fails all the time, and a good one", course(1800, 10, answers(503, .04)), ReviewOptions{Usual: []source.Source{good}}, []happened{{Stream5xx, 0, 1800, "before ongoing"}}, Baseline{Source: "file", Name: "good.log"}, 0},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			r := review(t, tt.p, inFile(t, ours(tt.log...))...)
			ok := len(r.Incidents) == len(tt.want)
			for i := range tt.want {
				ok = ok && r.Incidents[i].happened().about(tt.want[i], 5)
			}
			if !ok {
				t.Errorf("there were %+v, want %+v", r.show(), tt.want)
			}
			if r.Baseline.Source != tt.usual.Source || r.Baseline.Name != tt.usual.Name || math.Abs(r.Baseline.Rate-tt.rate) > .005 {
				t.Errorf("the baseline is %+v, want %+v", r.Baseline, tt.usual)
			}
			for _, in := range r.Incidents {
				if in.Requests == 0 || in.Summary == "" || math.Abs(in.BaselineRate-tt.rate) > .03 {
					t.Errorf("it is %q, usually %v", in.Summary, in.BaselineRate)
				}
			}
		})
	}
	_, err := RunReview(t.Context(), inFile(t, ours(slight...)), Options{}, ReviewOptions{UsualFrom: at(9000)})
	if err == nil || !strings.Contains(err.Error(), "has no request") {
		t.Errorf("a baseline that nobody asked in is %v", err)
	}
}

// some are requests of a route, of which a number fails, spread evenly over some seconds after noon.
func some(route string, from, to, requests, failed int) (all []accesslog.Record) {
	for i := range requests {
		r := with(response("GET", route, 200), func(r *accesslog.Record) { r.Route = route })
		if i*failed/requests != (i+1)*failed/requests {
			r.Status = accesslog.Some(503)
		}
		r.Time = at(from).Add(time.Duration(i) * time.Duration(to-from) * time.Second / time.Duration(requests))
		all = append(all, r)
	}
	return all
}

// What is usual for a route is what it does in the baseline, and only of a route that the baseline
// lacks what it does in the rest of the log. The baseline is 46 of 1,000: with the five requests of it
// that count for each route, p = 46.5/1001.
//
//	        baseline   rest of the log   incident   usual                 excess
//	/a       6 of 600    100 of 1,000   50 of 500   ( 6 + 5p)/605 = .0103   44.849
//	/b      40 of 200     50 of   100   80 of 400   (40 + 5p)/205 = .1963    1.498, which may be chance
//	/gone    0 of 200           -           -
//	/new        -          10 of  100   50 of 100   (10 + 5p)/105 = .0975   40.255
//
// The rate rose by .18 - .046 = .134. Of it are worse the routes that both times have, by the mean of
// their shares: /a (.1 - .01)·(.5 + .6)/2 = .0495, and /b not. The rest moved.
func TestReviewHoldsRoutesAgainstTheBaseline(t *testing.T) {
	good := slices.Concat(some("/a", 0, 1000, 600, 6), some("/b", 0, 1000, 200, 40), some("/gone", 0, 1000, 200, 0))
	rest := slices.Concat(some("/a", 1100, 2200, 1000, 100), some("/b", 1100, 2200, 100, 50), some("/new", 1100, 2200, 100, 10))
	bad := slices.Concat(some("/a", 2200, 2600, 500, 50), some("/b", 2200, 2600, 400, 80), some("/new", 2200, 2600, 100, 50))
	for _, tt := range []struct {
		reason string
		log    []accesslog.Record
		p      ReviewOptions
	}{
		{"a log", slices.Concat(rest, bad), ReviewOptions{Usual: []source.Source{text("good.log", ours(good...))}}},
		{"a time", slices.Concat(good, rest, bad), ReviewOptions{UsualFrom: at(0), UsualTo: at(1000)}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			tt.p.From, tt.p.To = at(2200), at(2600)
			in := review(t, tt.p, inFile(t, ours(tt.log...))...).Incidents[0]
			var got []string
			for _, r := range in.Routes {
				got = append(got, fmt.Sprintf("%s %.3f beyond %.4f, %.3f of all", r.Route, r.Excess, r.BaselineRate, r.Share))
			}
			want := []string{"/a 44.849 beyond 0.0103, 0.518 of all", "/new 40.255 beyond 0.0975, 0.465 of all"}
			if !slices.Equal(got, want) {
				t.Errorf("hit were %q, want %q", got, want)
			}
			if c := in.Changes; math.Abs(c.Worse-.0495) > 1e-9 || math.Abs(c.Moved-.0845) > 1e-9 {
				t.Errorf("worse is %v, moved %v", c.Worse, c.Moved)
			}
		})
	}
}

// A path has the same route in the log and in the baseline, also where one of them alone has too few
// paths to learn it from.
func TestReviewLearnsRoutesWithTheBaseline(t *testing.T) {
	good := some("/users/7", 0, 1000, 1000, 100)
	bad := some("/users/7", 2000, 2500, 1000, 300)
	for i := range bad {
		bad[i].Path = fmt.Sprint("/users/", i)
	}
	for _, all := range [][]accesslog.Record{good, bad} {
		for i := range all {
			all[i].Route = ""
		}
	}
	in := review(t, ReviewOptions{From: at(2000), To: at(2500), Usual: []source.Source{text("good.log", ours(good...))}}, inFile(t, ours(bad...))...).Incidents[0]
	if c := in.Changes; math.Abs(c.Worse-.2) > 1e-9 || math.Abs(c.Moved) > 1e-9 || len(in.Routes) != 1 || math.Abs(in.Routes[0].BaselineRate-.1) > .001 {
		t.Errorf("the changes are %s, the routes %s", toJSON(t, c), toJSON(t, in.Routes))
	}
}

// An incident of one route is held against what that route usually does, and not against all.
func TestReviewHoldsOneRouteAgainstItself(t *testing.T) {
	r := review(t, ReviewOptions{}, inFile(t, ours(course(3600, 10, nothing, between(600, 1200, on("/r1", answers(503, .5))), between(1000, 1600, on("/r3", answers(503, .5))))...))...)
	for _, in := range r.Incidents {
		if c := in.Changes; math.Abs(c.Moved) > .01 || math.Abs(c.Worse-in.Rate) > .01 || len(in.Routes) != 1 {
			t.Errorf("the changes of %v are %s", in.Summary, toJSON(t, c))
		}
	}
	if len(r.Incidents) != 2 {
		t.Errorf("there were %+v", r.show())
	}
}

// What an incident is of is what its timeline has for failures, each in the interval in which it began.
func TestReviewDrawsWhatItIsOf(t *testing.T) {
	slow := func(_ *rand.Rand, _ int, r *accesslog.Record) bool {
		r.Duration = accesslog.Some(3 * time.Second)
		return true
	}
	for _, tt := range []struct {
		reason string
		change change
		stream Stream
		is     func(*accesslog.Record) bool
	}{
		{"failures", answers(503, .5), Stream5xx, (*accesslog.Record).Failed},
		{"client errors", answers(429, .5), Stream4xx, func(r *accesslog.Record) bool { return r.Status.Value == 429 }},
		{"slow requests", slow, StreamSlow, func(r *accesslog.Record) bool { return r.Duration.Value >= time.Second }},
		{"of those that never came, the others", func(dice *rand.Rand, _ int, r *accesslog.Record) bool { return dice.IntN(20) == 0 }, StreamVolume, (*accesslog.Record).Failed},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			few := func(_ *rand.Rand, second int, r *accesslog.Record) bool { // fail beside it
				if second%97 == 0 {
					r.Status = accesslog.Some(500)
				}
				return true
			}
			all := course(3600, 10, nothing, between(1800, 2100, tt.change), few)
			in := review(t, ReviewOptions{}, inFile(t, ours(all...))...).Incidents[0]
			bins := in.Timeline.Bins
			if in.Stream != tt.stream || len(bins) < 10 {
				t.Fatalf("it is %q of %q, in %d bins", in.Summary, in.Stream, len(bins))
			}
			for _, b := range bins[1 : len(bins)-1] { // the others are not whole
				var requests, failures uint64
				for i := range all {
					if began := all[i].Start(); !began.Before(b.Start) && began.Before(b.Start.Add(time.Duration(in.Timeline.IntervalSeconds)*time.Second)) {
						if requests++; tt.is(&all[i]) {
							failures++
						}
					}
				}
				if b.Requests != requests || b.Failures != failures {
					t.Errorf("from %v on there were %d of %d, want %d of %d", b.Start, b.Failures, b.Requests, failures, requests)
				}
			}
		})
	}
}

// A record that stands for several requests does so in the timeline, too.
func TestReviewOfSampledRecords(t *testing.T) {
	all := course(3600, 10, nothing, between(1800, 2100, answers(503, .5)))
	for i := range all {
		all[i].SampleRate = .25
	}
	in := review(t, ReviewOptions{}, inFile(t, ours(all...))...).Incidents[0]
	var requests, failures uint64
	for _, b := range in.Timeline.Bins {
		requests += b.Requests
		if !b.Start.Before(in.Start) && b.Start.Before(in.End) {
			failures += b.Failures
		}
	}
	if in.Failures < 4000 || failures < in.Failures*9/10 || failures > in.Failures || requests < in.Requests {
		t.Errorf("the timeline has %d requests, and %d of the %d failures", requests, failures, in.Failures)
	}
}

// What a log in somebody else's keys tells of who answered is a suspect as in our own, and no gap.
func TestReviewOfForeignKeys(t *testing.T) {
	var log strings.Builder
	bad := func(dice *rand.Rand, _ int, r *accesslog.Record) bool {
		if r.Attrs[0].Text() == "web-1" {
			r.Status = accesslog.Some(503)
		}
		return true
	}
	for _, r := range course(1800, 10, nothing, between(600, 900, bad)) {
		fmt.Fprintf(&log, `{"time":%q,"level":"INFO","msg":"request","method":"GET","path":%q,"status":%d,"duration_ms":%d,"service.instance.id":%q,"service.version":"1.2"}`+"\n",
			r.Time.Format(time.RFC3339Nano), r.Path, r.Status.Value, r.Duration.Value.Milliseconds(), r.Attrs[0].Text())
	}
	r := review(t, ReviewOptions{}, inFile(t, log.String())...)
	if in := r.Incidents[0]; r.Inputs[0].Format != "slog" || len(in.Suspects) != 1 || toJSON(t, in.Suspects[0].Where) != toJSON(t, map[string]string{"service.instance.id": "web-1"}) {
		t.Errorf("%s: the suspects are %s", r.Inputs[0].Format, toJSON(t, r.Incidents[0].Suspects))
	}
	if slices.ContainsFunc(r.Gaps, func(g Gap) bool { return g.Field == "instance" || g.Field == "version" }) {
		t.Errorf("the gaps are %s", toJSON(t, r.Gaps))
	}
}

// Where nothing happened a review says so, in lists that are empty.
func TestReviewOfNothing(t *testing.T) {
	for reason, log := range map[string]string{"a quiet log": ours(course(600, 10, nothing)...), "no line": "", "one request": ours(response("GET", "/", 200))} {
		r, _ := RunReview(t.Context(), inFile(t, log), Options{}, ReviewOptions{Events: []Event{{Time: noon, Text: "deploy"}}})
		if len(r.Incidents) > 0 || toJSON(t, r.Incidents) != "[]" || toJSON(t, r.MicroBursts) != "[]" || r.Gaps == nil || len(r.Events) != 1 || r.Events[0].Incident != nil {
			t.Errorf("%s: %s", reason, toJSON(t, r))
		}
	}
	for reason, log := range map[string]string{"no line": "", "one request": ours(response("GET", "/", 500))} {
		r, _ := RunReview(t.Context(), inFile(t, log), Options{}, ReviewOptions{From: at(0), To: at(60)})
		if toJSON(t, r); len(r.Incidents) > 1 { // nothing is NaN
			t.Errorf("%s: there were %+v", reason, r.show())
		}
	}
	for reason, p := range map[string]ReviewOptions{"behind the log": {From: at(9000)}, "before it": {To: at(-9000)}, "the wrong way around": {From: at(700), To: at(650)}} {
		r, err := RunReview(t.Context(), inFile(t, ours(course(600, 10)...)), Options{}, p)
		if len(r.Incidents) > 0 || err == nil || !strings.Contains(err.Error(), "name a time within") {
			t.Errorf("%s: there were %+v, %v", reason, r.show(), err)
		}
	}
	for reason, p := range map[string]ReviewOptions{"a part of it": {From: at(300)}, "all of it": {From: at(-9000), To: at(9000)}} {
		r := review(t, p, inFile(t, ours(course(600, 10)...))...)
		if toJSON(t, r); len(r.Incidents) != 1 || !r.Incidents[0].End.After(r.Incidents[0].Start) || r.Incidents[0].BaselineRate > .01 {
			t.Errorf("%s: there were %+v", reason, r.show())
		}
	}
}

// Somebody who says when it was need not say what: slow requests are found, too, and are counted by
// the second though they are kept in wider columns at first.
func TestReviewOfATimeThatWasSlow(t *testing.T) {
	all := course(1800, 10, nothing, between(600, 900, on("/r2", lasts(3*time.Second))))
	from, to := at(605), at(893)
	in := review(t, ReviewOptions{From: from, To: to}, inFile(t, ours(all...))...).Incidents[0]
	var requests, slow uint64
	for i := range all {
		if began := all[i].Start(); !began.Before(from) && began.Before(to) {
			if requests++; all[i].Duration.Value >= time.Second {
				slow++
			}
		}
	}
	if in.Stream != StreamSlow || in.Requests != requests || in.Failures < slow || in.Failures > slow+slow/10 {
		t.Errorf("%d of %d were slow, and it is %s: %d of %d", slow, requests, in.Stream, in.Failures, in.Requests)
	}
	if !strings.HasSuffix(in.Summary, " of it on GET /r2.") {
		t.Errorf("the summary does not tell where: %s", in.Summary)
	}
}

// The summary is what is pasted first: it tells where most of it was, and what that shares.
func TestReviewSummaryTellsWhere(t *testing.T) {
	for _, tt := range []struct {
		reason string
		change change
		want   string // behind the figures
	}{
		{"everywhere", answers(503, .5), ")."},
		{"one route, which is all that is shared", on("/r2", answers(503, .9)), "), 100 % of it on GET /r2."},
	} {
		in := review(t, ReviewOptions{}, inFile(t, ours(course(1800, 10, nothing, between(600, 900, tt.change))...))...).Incidents[0]
		if !strings.HasSuffix(in.Summary, tt.want) {
			t.Errorf("%s: %s, want %s at its end", tt.reason, in.Summary, tt.want)
		}
	}
}

// Who was there knows the time, and seldom thinks of the day.
func TestReviewOfTimesWithoutADay(t *testing.T) {
	moment := func(s string) time.Time {
		at, err := time.Parse("2 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, tt := range []struct{ reason, start, end, since, until, wantSince, wantUntil string }{
		{"both on the only day", "20 00:00", "20 15:59", "24 14:02", "24 15:00", "20 14:02", "20 15:00"},
		{"the end is a moment behind the logs'", "20 00:00", "20 15:59", "24 14:02", "24 16:00", "20 14:02", "20 16:00"},
		{"and there are days before", "18 00:00", "20 15:59", "24 14:02", "24 16:00", "20 14:02", "20 16:00"},
		{"it was not yet that late on the last day", "18 00:00", "20 01:00", "24 14:02", "24 16:00", "19 14:02", "19 16:00"},
		{"through the night", "19 20:00", "20 02:00", "24 23:00", "24 23:30", "19 23:00", "19 23:30"},
		{"a moment before the logs begin", "20 10:00", "20 12:00", "24 09:59", "24 11:00", "20 09:59", "20 11:00"},
		{"none of both is in them", "20 10:00", "20 12:00", "24 08:00", "24 09:00", "20 08:00", "20 09:00"},
		{"no end", "20 00:00", "20 15:59", "24 14:02", "", "20 14:02", ""},
	} {
		p := ReviewOptions{AnyDay: true, From: moment(tt.since), Events: []Event{{Time: moment(tt.since), AnyDay: true}}}
		if tt.until != "" {
			p.To = moment(tt.until)
		}
		p.onDayOf(Period{Start: ptr(moment(tt.start)), End: ptr(moment(tt.end))})
		got := []string{p.From.Format("2 15:04"), "", p.Events[0].Time.Format("2 15:04")}
		if !p.To.IsZero() {
			got[1] = p.To.Format("2 15:04")
		}
		if diff := cmp.Diff([]string{tt.wantSince, tt.wantUntil, tt.wantSince}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

// A large file is entered where the incident is, and what is told of it is what is told where all of
// it is read again.
func TestReviewEntersLargeFiles(t *testing.T) {
	all := course(4*3600, 2, between(7200, 7500, answers(503, .5)))
	for i := range all {
		all[i].UserAgent = strings.Repeat("a", 300)
	}
	log := ours(all...)
	if len(log) < minEnter {
		t.Fatalf("%d bytes are not entered", len(log))
	}
	r := review(t, ReviewOptions{}, inFile(t, log)...)
	if len(r.Incidents) != 1 || !r.Incidents[0].happened().about(happened{Stream5xx, 7200, 7500, ""}, 5) || len(r.Incidents[0].Evidence) < 3 {
		t.Fatalf("there were %+v", r.show())
	}
	lines := strings.Split(log, "\n")
	for _, e := range r.Incidents[0].Evidence {
		if e.Line == 0 || !strings.Contains(lines[e.Line-1], `"`+string(e.RequestID)+`"`) || uint64(strings.Index(log, lines[e.Line-1])) != e.Offset {
			t.Errorf("the %s is not on line %d, at %d", e.Kind, e.Line, e.Offset)
		}
	}
}
