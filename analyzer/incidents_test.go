package analyzer

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// change is what happens to a request that begins so many seconds after noon; false is that it never
// came.
type change func(dice *rand.Rand, second int, r *accesslog.Record) bool

// course are the requests of some seconds from noon on: of five routes and fifty clients, answered by
// three instances in about 20 ms. One in a thousand fails.
func course(length, perSecond int, changes ...change) (all []accesslog.Record) {
	dice := rand.New(rand.NewPCG(uint64(length), uint64(perSecond)))
	for i := range length * perSecond {
		r := with(response("GET", fmt.Sprint("/r", dice.IntN(5)), 200), from(fmt.Sprint("10.0.0.", dice.IntN(50))), told("instance", fmt.Sprint("web-", dice.IntN(3))))
		r.Route, r.RequestID = r.Path, fmt.Sprint("request-", i)
		if dice.IntN(1000) == 0 {
			r.Status = accesslog.Some(500)
		}
		r.Duration = accesslog.Some(time.Duration(10+dice.IntN(20)) * time.Millisecond)
		second, came := i/perSecond, true
		for _, c := range changes {
			came = c(dice, second, &r) && came
		}
		if r.Time = noon.Add(time.Duration(i)*time.Second/time.Duration(perSecond) + r.Duration.Value); came {
			all = append(all, r)
		}
	}
	return all
}

// between has a change only from one second to another.
func between(from, to int, does change) change {
	return func(dice *rand.Rand, second int, r *accesslog.Record) bool {
		return second < from || second >= to || does(dice, second, r)
	}
}

// on has a change only on one route.
func on(route string, does change) change {
	return func(dice *rand.Rand, second int, r *accesslog.Record) bool {
		return r.Route != route || does(dice, second, r)
	}
}

// answers has a share of the requests be answered so.
func answers(code int, share float64) change {
	return func(dice *rand.Rand, _ int, r *accesslog.Record) bool {
		if dice.Float64() < share {
			r.Status = accesslog.Some(code)
			if code >= 500 {
				r.Error = "db: too many connections"
			}
		}
		return true
	}
}

func lasts(d time.Duration) change {
	return func(_ *rand.Rand, _ int, r *accesslog.Record) bool { r.Duration = accesslog.Some(d); return true }
}

func never(*rand.Rand, int, *accesslog.Record) bool { return false }

func nothing(_ *rand.Rand, _ int, r *accesslog.Record) bool {
	if r.Failed() {
		r.Status = accesslog.Some(200)
	}
	return true
}

// inFile is a file that holds a log.
func inFile(t testing.TB, log string) []source.Source {
	t.Helper()
	tree(t, map[string]string{"access.log": log})
	return args(t, "access.log")
}

// happened is an incident, in seconds after noon.
type happened struct {
	stream     Stream
	start, end int
	flags      string // before, ongoing
}

func (in *Incident) happened() happened {
	h := happened{in.Stream, int(in.Start.Sub(noon).Seconds()), int(in.End.Sub(noon).Seconds()), ""}
	if in.BeganBefore {
		h.flags += "before "
	}
	if in.Ongoing {
		h.flags += "ongoing"
	}
	h.flags = strings.TrimSpace(h.flags)
	return h
}

// about reports whether two are the same, give or take some seconds.
func (h happened) about(g happened, seconds int) bool {
	near := func(a, b int) bool { return a-b <= seconds && b-a <= seconds }
	return h.stream == g.stream && h.flags == g.flags && near(h.start, g.start) && near(h.end, g.end)
}

func same(got []Incident, want []happened, seconds int) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if !got[i].happened().about(want[i], seconds) {
			return false
		}
	}
	return true
}

func show(all []Incident) (out []happened) {
	for i := range all {
		out = append(out, all[i].happened())
	}
	return out
}

func TestIncidents(t *testing.T) {
	inFullRuns(t)
	half := answers(503, .5)
	for _, tt := range []struct {
		reason  string
		log     []accesslog.Record
		want    []happened
		bursts  []happened
		verdict Verdict
	}{
		{"one in the middle", course(1800, 10, between(600, 900, half)), []happened{{Stream5xx, 600, 900, ""}}, nil, Critical},
		{"it began before the log", course(1800, 10, between(0, 300, half)), []happened{{Stream5xx, 0, 300, "before"}}, nil, Critical},
		{"it is not over when the log ends", course(1800, 10, nothing, between(1700, 1800, answers(503, .1))), []happened{{Stream5xx, 1700, 1800, "ongoing"}}, nil, Critical},
		{"it fills the log", course(1800, 10, half), []happened{{Stream5xx, 0, 1800, "before ongoing"}}, nil, Critical},
		{"nothing fails", course(1800, 10, nothing), nil, nil, Healthy},
		{"few fail all the time", course(1800, 10), nil, nil, Healthy},
		{"everything fails", course(900, 10, answers(500, 1)), []happened{{Stream5xx, 0, 900, "before ongoing"}}, nil, Critical},
		{"there are ten requests, of which some fail", course(10, 1, between(4, 8, half)), nil, nil, Critical},
		{"hours are missing before it: they are no incident", course(3*3600+1800, 5, between(900, 3*3600, never), between(3*3600+600, 3*3600+900, half)),
			[]happened{{Stream5xx, 3*3600 + 600, 3*3600 + 900, ""}}, nil, Critical},
		{"two at a time on two routes", course(1800, 20, between(300, 800, on("/r1", half)), between(650, 1200, on("/r3", half))),
			[]happened{{Stream5xx, 300, 800, ""}, {Stream5xx, 650, 1200, ""}}, nil, Critical},
		{"two of everything, one after the other", course(2400, 10, between(300, 600, half), between(1500, 1800, half)),
			[]happened{{Stream5xx, 300, 600, ""}, {Stream5xx, 1500, 1800, ""}}, nil, Critical},
		{"one route fails and is slow: it is one incident", course(1800, 20, between(600, 900, on("/r2", answers(504, 1))), between(600, 900, on("/r2", lasts(3*time.Second)))),
			[]happened{{Stream5xx, 600, 900, ""}}, nil, Critical},
		{"what is only slow", course(1800, 10, nothing, between(600, 900, lasts(2*time.Second))), []happened{{StreamSlow, 600, 900, ""}}, nil, Degraded},
		{"what takes a little longer is not slow", course(1800, 10, nothing, between(600, 900, lasts(31*time.Millisecond))), nil, nil, Healthy},
		{"clients are refused", course(1800, 10, nothing, between(600, 900, answers(403, .4))), []happened{{Stream4xx, 600, 900, ""}}, nil, Degraded},
		{"clients are refused to the end: nobody is to be woken", course(1800, 10, nothing, between(1500, 1800, answers(403, .4))), []happened{{Stream4xx, 1500, 1800, "ongoing"}}, nil, Degraded},
		{"who scans a server does not have it fail", course(1800, 10, nothing, between(600, 900, func(dice *rand.Rand, _ int, r *accesslog.Record) bool {
			if dice.IntN(2) == 0 {
				r.Route, r.Path, r.ClientIP, r.Status = "", fmt.Sprintf("/wp-%c%c.php", 'a'+dice.IntN(26), 'a'+dice.IntN(26)), "203.0.113.9", accesslog.Some(404)
			}
			return true
		})), nil, nil, Healthy},
		{"a server that died writes nothing", course(7200, 10, nothing, between(3000, 3400, never)), []happened{{StreamVolume, 3000, 3400, ""}}, nil, Degraded},
		{"ten seconds are a burst", course(1800, 20, nothing, between(900, 910, answers(500, 1))), nil, []happened{{Stream5xx, 900, 910, ""}}, Degraded},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			r := run(t, Options{}, inFile(t, ours(tt.log...))...)
			if !same(r.Incidents, tt.want, 5) || !same(r.MicroBurst, tt.bursts, 5) {
				t.Errorf("there were %+v, and bursts %+v, want %+v and %+v", show(r.Incidents), show(r.MicroBurst), tt.want, tt.bursts)
			}
			if r.Verdict != tt.verdict {
				t.Errorf("the verdict is %s as %s, want %s", r.Verdict, r.Reason, tt.verdict)
			}
			for i, in := range r.Incidents {
				if in.ID != i+1 || in.StartLow.After(in.Start) || in.StartHigh.Before(in.Start) || in.EndLow.After(in.End) || in.EndHigh.Before(in.End) {
					t.Errorf("incident %d: %s", i+1, toJSON(t, in))
				}
				if in.Stream != StreamVolume && (in.Peak.Rate < .9*in.Rate || in.Failures == 0 || in.Requests < in.Failures) {
					t.Errorf("the rate is %v, and at the peak %v", in.Rate, in.Peak.Rate)
				}
			}
		})
	}
}

// A clock that steps back puts lines on top of others; what failed behind it is found where it says.
func TestIncidentAfterTheClockStepsBack(t *testing.T) {
	all := course(1800, 10, between(900, 1200, answers(503, .5)))
	for i := range all {
		if i > len(all)/3 {
			all[i].Time = all[i].Time.Add(-120 * time.Second)
		}
	}
	r := run(t, Options{}, inFile(t, ours(all...))...)
	for _, in := range r.Incidents {
		if in.Stream == Stream5xx && !in.happened().about(happened{Stream5xx, 780, 1080, ""}, 5) {
			t.Errorf("there were %+v", show(r.Incidents))
		}
	}
	if len(r.Incidents) == 0 || len(r.Incidents) > 1 {
		t.Errorf("there were %+v", show(r.Incidents))
	}
}

// What an incident of one bad instance on one route is told to be.
func TestIncidentIsTold(t *testing.T) {
	bad := func(dice *rand.Rand, second int, r *accesslog.Record) bool {
		if r.Route == "/r2" && r.Attrs[0].Text() == "web-1" {
			r.Status, r.Error, r.TraceID = accesslog.Some(503), "db: too many connections", "4bf92f3577b34da6a3ce929d0e0e4736"
		}
		return true
	}
	all := course(1800, 20, nothing, between(600, 900, bad))
	var failed []int
	clients := map[string]bool{}
	for i, r := range all {
		if r.Failed() {
			failed = append(failed, i+1)
			clients[r.ClientIP] = true
		}
	}
	r := run(t, Options{}, inFile(t, ours(all...))...)
	if len(r.Incidents) != 1 {
		t.Fatalf("there were %+v", show(r.Incidents))
	}
	in := r.Incidents[0]
	if in.Failures != uint64(len(failed)) || in.Clients == nil || *in.Clients != uint64(len(clients)) || *in.ClientsOnlyFailed != 0 {
		t.Errorf("%d failed, of %v clients; want %d of %d", in.Failures, *in.Clients, len(failed), len(clients))
	}
	if len(in.Routes) != 1 || in.Routes[0].Route != "/r2" || in.Routes[0].Failures != in.Failures || !in.Routes[0].First || in.Routes[0].Start == nil {
		t.Errorf("the routes are %s", toJSON(t, in.Routes))
	}
	if len(in.Suspects) == 0 || in.Suspects[0].Where["instance"] != "web-1" || in.Suspects[0].RateOutside != 0 || in.Suspects[0].Share < .99 {
		t.Errorf("the suspects are %s", toJSON(t, in.Suspects))
	}
	kinds := map[string]int{}
	for _, e := range in.Evidence {
		kinds[e.Kind] = int(e.Line)
		if failing := e.Kind != "passing"; failing != (e.Error != "") || failing != (e.TraceID != "") || e.RequestID == "" || e.File != "access.log" || e.DurationMS == nil || e.Path != "/r2" {
			t.Errorf("%s is %s", e.Kind, toJSON(t, e))
		}
	}
	if kinds["first"] != failed[0] || kinds["last"] != failed[len(failed)-1] || kinds["typical"] == 0 || kinds["passing"] == 0 {
		t.Errorf("the lines are %v, the first failure is on line %d", kinds, failed[0])
	}
	if at := in.Peak.Start; at.Before(in.Start) || !at.Before(in.End) {
		t.Errorf("the peak is at %v", at)
	}
}

// A route with a handful of the failures is not named beside the one that brought them.
func TestRouteThatBringsAnIncidentIsFirst(t *testing.T) {
	all := course(1800, 20, nothing, between(600, 900, on("/r2", answers(500, .9))), between(600, 615, on("/r1", answers(500, .12))))
	r := run(t, Options{}, inFile(t, ours(all...))...)
	if len(r.Incidents) != 1 || len(r.Incidents[0].Routes) != 2 {
		t.Fatalf("there were %s", toJSON(t, r.Incidents))
	}
	brought, beside := r.Incidents[0].Routes[0], r.Incidents[0].Routes[1]
	if beside.Share >= .01 || beside.Start == nil || beside.StartLow.After(*brought.StartHigh) {
		t.Fatalf("what is beside it is %s, so that this tells nothing", toJSON(t, beside))
	}
	if !brought.First || beside.First {
		t.Errorf("the routes are %s", toJSON(t, r.Incidents[0].Routes))
	}
}

// Nobody may say what is usual where a filter chose statuses, nor does who asks for no incidents get
// some.
func TestNoIncidents(t *testing.T) {
	log := ours(course(1800, 10, between(600, 900, answers(503, .5)))...)
	statuses, _ := ParseStatusSet("5xx")
	for _, tt := range []struct {
		reason string
		o      Options
		says   string
	}{
		{"by a filter", Options{Filter: Filter{Statuses: statuses}}, "chosen statuses"},
		{"by an option", Options{NoIncidents: true}, "--no-incidents asks for none"},
	} {
		r := run(t, tt.o, inFile(t, log)...)
		if len(r.Incidents)+len(r.MicroBurst) > 0 || toJSON(t, r.Incidents) != "[]" || !strings.Contains(string(r.NoIncidents), tt.says) {
			t.Errorf("%s: %q, and there were %+v", tt.reason, r.NoIncidents, show(r.Incidents))
		}
		r, err := Follow(t.Context(), []source.Source{text("log", log)}, tt.o, nil, nil)
		if err != nil || !strings.Contains(string(r.NoIncidents), tt.says) {
			t.Errorf("%s, live: %q, %v", tt.reason, r.NoIncidents, err)
		}
	}
	if r := run(t, Options{}, inFile(t, log)...); len(r.Incidents) != 1 || r.NoIncidents != "" {
		t.Errorf("where they were looked for: %q, and there were %+v", r.NoIncidents, show(r.Incidents))
	}
}

// Requests wait a minute for a gateway's timeout. Whether a log says when they began or when they were
// completed: they began to fail when they began.
func TestIncidentBeginsWithItsRequests(t *testing.T) {
	all := course(3600, 10, nothing, between(1200, 1800, on("/r1", answers(504, 1))), between(1200, 1800, on("/r1", lasts(time.Minute))))
	haproxy := func(r *accesslog.Record) string {
		ms := r.Duration.Value.Milliseconds()
		return fmt.Sprintf("%s lb haproxy[1]: %s:5000 [%s] http-in app/web-1 0/0/0/%d/%d %d 2750 - - ---- 1/1/1/1/0 0/0 \"GET %s HTTP/1.1\"\n",
			r.Time.Format(time.Stamp), r.ClientIP, r.Start().Format("02/Jan/2006:15:04:05.000"), ms, ms, r.Status.Value, r.Path)
	}
	apache := func(r *accesslog.Record) string {
		return fmt.Sprintf("%s - - [%s] \"GET %s HTTP/1.1\" %d 2750\n", r.ClientIP, r.Start().Format("02/Jan/2006:15:04:05 -0700"), r.Path, r.Status.Value)
	}
	for name, line := range map[string]func(r *accesslog.Record) string{"loganalyze": func(r *accesslog.Record) string { return ours(*r) }, "haproxy": haproxy, "common": apache} {
		var log strings.Builder
		for i := range all {
			log.WriteString(line(&all[i]))
		}
		r := run(t, Options{}, inFile(t, log.String())...)
		if string(r.Inputs[0].Format) != name || !same(r.Incidents, []happened{{Stream5xx, 1200, 1800, ""}}, 5) {
			t.Errorf("%s: there were %+v", r.Inputs[0].Format, show(r.Incidents))
		}
	}
}

// Each of the sampled records stands for others.
func TestIncidentOfSampledRecords(t *testing.T) {
	all := course(3600, 10, nothing, between(1200, 1800, answers(500, .5)))
	var sampled []accesslog.Record
	for i, r := range all {
		if i%4 == 0 {
			r.SampleRate = .25
			sampled = append(sampled, r)
		}
	}
	r := run(t, Options{}, inFile(t, ours(sampled...))...)
	if !same(r.Incidents, []happened{{Stream5xx, 1200, 1800, ""}}, 10) {
		t.Fatalf("there were %+v", show(r.Incidents))
	}
	if in := r.Incidents[0]; math.Abs(in.Excess/3000-1) > .1 || in.Requests%4 != 0 || math.Abs(float64(in.Routes[0].Requests)/1200-1) > .15 {
		t.Errorf("%v failures are in excess of %d requests, on the first route %d", in.Excess, in.Requests, in.Routes[0].Requests)
	}
}

// The report is the same, byte for byte, however many read the log; also where there are more routes,
// clients and cells of time than are kept apart.
func TestIncidentsAreDeterministic(t *testing.T) {
	wide := func(dice *rand.Rand, second int, r *accesslog.Record) bool {
		r.Route = fmt.Sprint("/wide/", dice.IntN(900))
		r.ClientIP = fmt.Sprintf("10.%d.%d.%d", dice.IntN(4), dice.IntN(256), dice.IntN(256))
		return true
	}
	logs := map[string]string{
		"few routes": ours(course(3600, 20, between(600, 900, on("/r1", answers(503, .9))), between(2000, 2600, lasts(time.Second)), between(800, 820, answers(500, .5)))...),
	}
	if !testing.Short() {
		logs["more cells than fit"] = ours(course(3600, 20, wide, between(1200, 1800, answers(503, .3)))...)
	}
	for reason, log := range logs {
		sources := inFile(t, log)
		var report, review string
		for _, workers := range []int{1, 2, 4} {
			r := run(t, Options{Workers: workers}, sources...)
			v, err := RunReview(t.Context(), sources, Options{Workers: workers}, ReviewOptions{})
			if err != nil || len(r.Incidents) == 0 {
				t.Fatalf("%s: there were %+v: %v", reason, show(r.Incidents), err)
			}
			if report == "" {
				report, review = toJSON(t, r), toJSON(t, v)
			}
			if diff := cmp.Diff(report, toJSON(t, r)); diff != "" {
				t.Errorf("%s: %d workers make another report (-1 +%d):\n%s", reason, workers, workers, diff)
			}
			if diff := cmp.Diff(review, toJSON(t, v)); diff != "" {
				t.Errorf("%s: %d workers make another review (-1 +%d):\n%s", reason, workers, workers, diff)
			}
		}
	}
}

// A log that is cut in two and counted on two hosts has the incidents of the whole, also one that the
// cut goes through.
func TestIncidentsOfStates(t *testing.T) {
	all := course(3600, 10, between(1500, 2100, answers(503, .4)), between(3000, 3010, answers(500, 1)))
	first, second := all[:len(all)/2], all[len(all)/2:]
	want := run(t, Options{}, text("a", ours(first...)), text("b", ours(second...)))
	if !same(want.Incidents, []happened{{Stream5xx, 1500, 2100, ""}}, 5) || len(want.MicroBurst) != 1 || want.Incidents[0].Clients != nil {
		t.Fatalf("there were %+v", show(want.Incidents))
	}
	a, _ := saved(t, Options{}, text("a", ours(first...)))
	b, _ := saved(t, Options{}, text("b", ours(second...)))
	for _, order := range [][2][]byte{{a, b}, {b, a}} {
		s := load(t, "one", order[0])
		mustMerge(t, s, again(t, "two", load(t, "two", order[1])))
		got := s.Report(Options{})
		if diff := cmp.Diff(toJSON(t, want.Incidents)+toJSON(t, want.MicroBurst), toJSON(t, got.Incidents)+toJSON(t, got.MicroBurst)); diff != "" || got.Verdict != want.Verdict {
			t.Errorf("the states have others (-whole +merged):\n%s", diff)
		}
	}
}

// A hostile log has as many routes and clients as it has lines, and times from 1900 to 9999.
func TestIncidentsOfHostileLog(t *testing.T) {
	inFullRuns(t)
	var log bytes.Buffer
	dice := rand.New(rand.NewPCG(5, 5))
	for i := range 120_000 {
		r := with(response("GET", "/", 200), routed(fmt.Sprint("/", i%30_000)), from(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)), completed(noon.Add(time.Duration(i)*50*time.Millisecond)))
		if i > 40_000 && i <= 60_000 && dice.IntN(2) == 0 || i%500 == 0 {
			r.Status = accesslog.Some(500)
		}
		if i%100 == 0 {
			r.Time = time.Unix(minSecond+dice.Int64N(maxSecond-minSecond), 0)
		}
		log.Write(r.AppendJSON(nil))
	}
	r := run(t, Options{}, inFile(t, log.String())...)
	found := false
	for _, in := range r.Incidents {
		if in.Start.Year() == noon.Year() && in.Stream == Stream5xx {
			found = true
		}
	}
	if r.Requests != 120_000 || !found {
		t.Errorf("of %d requests there were %+v", r.Requests, show(r.Incidents))
	}
}

// Who stops the reading gets what was read, without a second reading.
func TestIncidentsOfStoppedRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Run(ctx, inFile(t, ours(course(600, 10)...)), Options{}); err == nil || r == nil || len(r.Incidents) > 0 {
		t.Errorf("the run says %v", err)
	}
}

// A state may hold as many incidents as it has cells. Each is told without a look at all of them.
func TestIncidentsWithoutEnd(t *testing.T) {
	a := NewAnalysis()
	for _, g := range []*grid{&a.strata[0].series.whole, &a.strata[0].series.routes} {
		g.shift = maxColumnShift
		for i := range uint64(40_000) {
			g.cells = append(g.cells, cell{cellKey(i << rowBits), 1 << 40, 1 << 40 * (i % 7) / 7, 0})
		}
	}
	r := a.Report(nil, Options{})
	if len(r.Incidents) < 1000 {
		t.Errorf("there were %d", len(r.Incidents))
	}
	for _, in := range r.Incidents {
		if in.Stream == Stream5xx && (in.Peak.Rate < in.Rate || in.Requests == 0) {
			t.Fatalf("one is %s", toJSON(t, in))
		}
	}
}
