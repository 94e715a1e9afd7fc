package analyzer

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// anyRecord draws records of all kinds: each field known and unknown, usual and odd, and
// so few different values that they meet. No bound on memory is reached.
var anyRecord = rapid.Custom(func(t *rapid.T) accesslog.Record {
	r := accesslog.Record{
		Time:      rapid.OneOf(moments, moments, rapid.Just(time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC))).Draw(t, "time"),
		Msg:       rapid.SampledFrom([]string{"", accesslog.MsgRequest, accesslog.MsgRejected}).Draw(t, "msg"),
		Method:    rapid.SampledFrom([]string{"", "GET", "GET", "POST", "A", "A px"}).Draw(t, "method"),
		Route:     rapid.SampledFrom([]string{"", "", "", "/users/{id}", "/a", "y"}).Draw(t, "route"),
		Path:      rapid.SampledFrom([]string{"", "/", "/users/1", "/users/2", "/a", "/nowhere", "x py", "y", "\xff"}).Draw(t, "path"),
		Outcome:   rapid.SampledFrom([]accesslog.Outcome{"", "", "", "panic", "aborted", "client_closed", "timeout", "write_error", "incomplete", "hijacked", "rejected", "odd"}).Draw(t, "outcome"),
		Error:     rapid.SampledFrom([]string{"", "", "db: timeout", "nil map", "(other)"}).Draw(t, "error"),
		Interim:   rapid.SliceOfN(rapid.SampledFrom([]int{100, 102, 103, 199, 7}), 0, 3).Draw(t, "interim"),
		RequestID: rapid.SampledFrom([]string{"", "r1", "r2"}).Draw(t, "request"),
		TraceID:   rapid.SampledFrom([]string{"", "t1", "t2"}).Draw(t, "trace"),
		FailedBy:  rapid.SampledFrom([]string{"", "origin", "proxy", "client", "moon"}).Draw(t, "by"),
		Dropped:   rapid.SampledFrom([]int64{0, 0, 0, 1, 3, -1}).Draw(t, "dropped"),
	}
	if ip := rapid.IntRange(0, 20).Draw(t, "ip"); ip > 0 {
		r.ClientIP = fmt.Sprint("192.0.2.", ip)
	}
	if rapid.IntRange(0, 9).Draw(t, "status known") > 0 {
		r.Status = accesslog.Some(codes.Draw(t, "status"))
	}
	if rapid.Bool().Draw(t, "duration known") {
		r.Duration = accesslog.Some(durations.Draw(t, "duration"))
	}
	return r
})

// rates are sample rates, and what stands for none.
var rates = rapid.SampledFrom([]float64{0, 0, 1, .5, .25, .1, .7, .3, 1. / 3, .001, 2, -1})

// placed is a record where it stands.
type placed struct {
	r  accesslog.Record
	at Position
}

// logs draws records on the lines of two files, sampled or not.
func logs(t *rapid.T) (all []placed, sampled bool) {
	sampled = rapid.Bool().Draw(t, "sampled")
	for i, r := range rapid.SliceOfN(anyRecord, 0, 60).Draw(t, "records") {
		if sampled {
			r.SampleRate = rates.Draw(t, "rate")
		}
		file := rapid.SampledFrom([]string{"a.log", "b.log"}).Draw(t, "file")
		all = append(all, placed{r, onLine(file, uint64(i+1))})
	}
	return all, sampled
}

func addAll(a *Analysis, all []placed) *Analysis {
	for i := range all {
		a.Add(&all[i].r, all[i].at)
	}
	return a
}

// Whatever is dealt to however many analyses, in whatever order they are merged, and
// even where they were reported on before: the report is that on the whole.
func TestMergeLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, _ := logs(t)
		o := Options{Top: rapid.SampledFrom([]int{-1, 1, 3}).Draw(t, "top"), Sort: rapid.SampledFrom(Sorts()).Draw(t, "sort")}
		want := toJSON(t, addAll(NewAnalysis(), all).Report([]Input{}, o))
		var parts []*Analysis
		for _, hand := range deal(t, all, rapid.IntRange(1, 5).Draw(t, "parts")) {
			a := addAll(NewAnalysis(), hand)
			if rapid.Bool().Draw(t, "reported") {
				a.Report(nil, o)
			}
			parts = append(parts, a)
		}
		got := mergeAnyhow(t, parts, func(into, from *Analysis) { into.Merge(from) })
		if diff := cmp.Diff(want, toJSON(t, got.Report([]Input{}, o))); diff != "" {
			t.Fatalf("merged parts are not the whole (-whole +merged):\n%s", diff)
		}
	})
}

// The same where widening the timeline's bins is due, in some of the parts alone.
func TestMergeLawOfWideTimelines(t *testing.T) {
	var all []placed
	for i := range 3 * maxBins {
		r := with(response("GET", "/", 200+100*(i%4)), completed(noon.Add(time.Duration(i)*time.Second)))
		if i%10 == 0 {
			r.SampleRate = .3
		}
		all = append(all, placed{r, onLine("log", uint64(i))})
	}
	want := toJSON(t, addAll(NewAnalysis(), all).Report(nil, Options{}))
	parts := []*Analysis{addAll(NewAnalysis(), all[:100]), addAll(NewAnalysis(), all[100:2*maxBins]), addAll(NewAnalysis(), all[2*maxBins:])}
	for _, p := range parts {
		p.Report(nil, Options{})
	}
	parts[2].Merge(parts[0])
	parts[2].Merge(parts[1])
	if diff := cmp.Diff(want, toJSON(t, parts[2].Report(nil, Options{}))); diff != "" {
		t.Errorf("merged parts are not the whole (-whole +merged):\n%s", diff)
	}
}

// Where every bound is met, what is no estimate is still the same however the log was dealt,
// and what is one is within its bound: a route that has a tenth of the requests is there, as is
// the error that has most of the failures.
func TestMergeLawBeyondTheBounds(t *testing.T) {
	inFullRuns(t)
	const n = 3 * maxRoutes
	var all []placed
	for i := range n {
		r := with(response("GET", fmt.Sprint("/", i%7), []int{200, 200, 404, 500, 503}[i%5]), routed(fmt.Sprint("/r", i)), took(time.Duration(i)*time.Microsecond),
			completed(noon.Add(time.Duration(i)*time.Second)), from(fmt.Sprint("192.0.2.", i)), failedWith(fmt.Sprint("request ", i, " failed")))
		if i%10 == 3 {
			r.Route, r.Error = "/busy", "no space left on device"
		}
		all = append(all, placed{r, onLine("log", uint64(i))})
	}
	whole := addAll(NewAnalysis(), all).Report(nil, Options{Top: -1})
	exact := func(r *Report) string {
		c := *r
		c.Routes, c.Incidents, c.MicroBurst = Routes{}, nil, nil // the series of routes without room are given up
		return toJSON(t, &c)
	}
	for _, parts := range []int{2, 3, 7} {
		dice := rand.New(rand.NewPCG(uint64(parts), 1))
		hands := make([]*Analysis, parts)
		for i := range hands {
			hands[i] = NewAnalysis()
		}
		for _, i := range dice.Perm(n) {
			hands[dice.IntN(parts)].Add(&all[i].r, all[i].at)
		}
		for _, from := range hands[1:] {
			hands[0].Merge(from)
		}
		r := hands[0].Report(nil, Options{Top: -1})
		if diff := cmp.Diff(exact(whole), exact(r)); diff != "" {
			t.Errorf("%d parts (-whole +merged):\n%s", parts, diff)
		}
		for _, r := range []*Report{whole, r} {
			routesAddUp(t, r)
			busy := find(t, r, "GET /busy")
			if busy.Requests != n/10 || len(busy.Errors) != 1 || busy.Errors[0] != (ErrorCount{"no space left on device", busy.Failures}) {
				t.Errorf("%d parts: the busy route has %d requests, errors %v", parts, busy.Requests, busy.Errors)
			}
			if r.Routes.Total > maxRoutes {
				t.Errorf("%d parts: %d routes", parts, r.Routes.Total)
			}
		}
	}
}

// routesAddUp checks that all routes together are what the report says in its totals,
// and that no part of a route is more than the whole of it.
func routesAddUp(t rapid.TB, r *Report) {
	t.Helper()
	var requests, failures, failed uint64
	var classes ClassCounts
	for _, route := range r.Routes.Top {
		requests += route.Requests
		failures += route.Failures
		failed += route.Failed
		classes.merge(&route.Classes, 1)
		if route.Classes.total() != route.Requests || route.Statuses.total() != route.Requests || route.Failures > route.Requests || route.Failed > route.Failures {
			t.Errorf("%s %s: %d requests, classes %+v, statuses %v, %d failures, %d below 500",
				route.Method, route.Route, route.Requests, route.Classes, route.Statuses, route.Failures, route.Failed)
		}
		if (route.Failures > 0) != (route.FirstFailure != nil) || (route.Failures > 0) != (route.LastFailure != nil) {
			t.Errorf("%s %s: %d failures, evidence %v, %v", route.Method, route.Route, route.Failures, route.FirstFailure, route.LastFailure)
		}
		for _, share := range []float64{route.Share, route.Rate4xx, route.Rate5xx, route.FailureRate} {
			if share < 0 || share > 1 {
				t.Errorf("%s %s: a share is %v", route.Method, route.Route, share)
			}
		}
	}
	if requests != r.Requests || failures != r.Failures || failed != r.Failed {
		t.Errorf("the routes add up to %d requests, %d failures, %d below 500, the report has %d, %d, %d",
			requests, failures, failed, r.Requests, r.Failures, r.Failed)
	}
	for i, c := range r.Classes {
		if got := inOrder(classes)[i]; got != c.Requests {
			t.Errorf("the routes add up to %d %s, the report has %d", got, c.Class, c.Requests)
		}
	}
}

func TestTotalsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, sampled := logs(t)
		r := addAll(NewAnalysis(), all).Report([]Input{}, Options{Top: -1})
		routesAddUp(t, r)
		if !sampled {
			addUp(t, r)
		}
		var classes, statuses uint64
		var failed uint64
		for _, c := range r.Classes {
			classes += c.Requests
			failed += c.Failed
		}
		for _, s := range r.Statuses {
			statuses += s.Requests
		}
		if classes != r.Requests || statuses != r.Requests || failed != r.Failed {
			t.Fatalf("%d requests, %d failed, but %d by class, %d by status, %d failed by class", r.Requests, r.Failed, classes, statuses, failed)
		}
		if r.Failures != r.Classes[4].Requests+r.Failed {
			t.Fatalf("%d failures are not %d of 5xx and %d others", r.Failures, r.Classes[4].Requests, r.Failed)
		}
		if !sampled {
			checkAgainst(t, all, r)
		}
	})
}

// checkAgainst counts the plain way.
func checkAgainst(t *rapid.T, all []placed, r *Report) {
	var requests, failures, dropped, undated uint64
	clients, outcomes := map[string]bool{}, map[string]uint64{}
	for _, p := range all {
		dropped += uint64(max(p.r.Dropped, 0))
		if p.r.Outcome != "" {
			outcomes[string(p.r.Outcome)]++
		}
		if p.r.Msg == accesslog.MsgRejected && !p.r.Status.Known && p.r.Method == "" {
			continue
		}
		requests++
		if p.r.Failed() {
			failures++
		}
		if p.r.Time.Year() < 1900 {
			undated++
		}
		if p.r.ClientIP != "" {
			clients[p.r.ClientIP] = true
		}
	}
	if r.Requests != requests || r.Failures != failures || r.Dropped != dropped || r.Timeline.Undated != undated || r.Clients.Distinct != uint64(len(clients)) {
		t.Fatalf("%d requests, %d failures, %d dropped, %d undated, %d clients, want %d, %d, %d, %d, %d",
			r.Requests, r.Failures, r.Dropped, r.Timeline.Undated, r.Clients.Distinct, requests, failures, dropped, undated, len(clients))
	}
	got := map[string]uint64{}
	for _, o := range r.Outcomes {
		got[o.Outcome] = o.Requests
	}
	if diff := cmp.Diff(outcomes, got); diff != "" {
		t.Fatalf("outcomes (-want +got):\n%s", diff)
	}
}

func sampledAt(rate float64) func(*accesslog.Record) {
	return func(r *accesslog.Record) { r.SampleRate = rate }
}

func TestSampledRecordsAreWeighted(t *testing.T) {
	ok := with(response("GET", "/", 200), took(time.Millisecond), from("192.0.2.1"))
	broken := with(response("GET", "/", 500), took(time.Second), from("192.0.2.2"), failedWith("down"), sampledAt(.25))
	panics := with(ok, ended("panic"), sampledAt(.1))
	whole := with(ok, sampledAt(1))
	r := reportOf(ok, whole, broken, broken, panics)
	routesAddUp(t, r)
	addUp(t, r) // each weight is whole, so that nothing is rounded
	if !r.Sampled || r.Requests != 20 || r.Classes[1].Requests != 12 || r.Classes[4].Requests != 8 || r.Failures != 18 || r.Failed != 10 {
		t.Errorf("sampled %v, %d requests, classes %+v, %d failures, %d below 500", r.Sampled, r.Requests, r.Classes, r.Failures, r.Failed)
	}
	if want := []Outcome{{"panic", 10}}; !cmp.Equal(r.Outcomes, want) {
		t.Errorf("outcomes %v, want %v", r.Outcomes, want)
	}
	if want := []ErrorCount{{"down", 8}}; !cmp.Equal(r.Routes.Top[0].Errors, want) {
		t.Errorf("errors %v, want %v", r.Routes.Top[0].Errors, want)
	}
	if want := (Clients{2, 2}); r.Clients != want {
		t.Errorf("clients %+v, want %+v: who was seen was seen once", r.Clients, want)
	}
	if p50, p90 := *r.Latency.P50, *r.Latency.P90; math.Abs(p50-1) > .0101 || math.Abs(p90-1000) > 10 {
		t.Errorf("half took %v ms, nine tenths %v ms, want 1 and 1000: 8 of the 20 were slow", p50, p90)
	}
	if r := reportOf(ok, whole); r.Sampled || r.Requests != 2 {
		t.Errorf("a rate of 1 makes it sampled: %v, %d requests", r.Sampled, r.Requests)
	}
}

// A rate that cannot be meant must not outweigh all else, or overflow.
func TestSampleRateBeyondReason(t *testing.T) {
	for _, rate := range []float64{1e-9, 1e-300, math.SmallestNonzeroFloat64, math.NaN(), math.Inf(1), -.5} {
		if r := reportOf(response("GET", "/", 200), with(response("GET", "/", 500), sampledAt(rate))); r.Requests != 2 {
			t.Errorf("at a rate of %v there are %d requests, want 2", rate, r.Requests)
		}
	}
	if r := reportOf(with(response("GET", "/", 200), sampledAt(1e-6))); r.Requests != 1_000_000 {
		t.Errorf("one in a million stands for %d", r.Requests)
	}
}

// Rates past the bound count at the nearest that is known.
func TestManySampleRates(t *testing.T) {
	a := NewAnalysis()
	add := func(rate float64) {
		r := with(response("GET", "/", 200), sampledAt(rate))
		a.Add(&r, Position{})
	}
	for i := range maxStrata - 1 {
		add(.5 + float64(i)/1000)
	}
	add(.5001) // nearest .5
	add(.01)   // too
	add(.99)   // nearest 1
	if len(a.strata) != maxStrata {
		t.Fatalf("%d rates are told apart, want %d", len(a.strata), maxStrata)
	}
	count := func(t *tally) (n uint64) { return t.routes.byKey[keyOf(t)].statuses.total() }
	if count(a.strata[1]) != 3 || a.strata[1].rate != .5 || count(a.strata[0]) != 1 {
		t.Errorf("the rate of %v has %d records, 1 has %d, want 3 and 1", a.strata[1].rate, count(a.strata[1]), count(a.strata[0]))
	}
	b := NewAnalysis()
	r := with(response("GET", "/", 200), sampledAt(.2))
	b.Add(&r, Position{})
	a.Merge(b)
	if len(a.strata) != maxStrata || count(a.strata[1]) != 4 {
		t.Errorf("after a merge %d rates are told apart, and .5 has %d records", len(a.strata), count(a.strata[1]))
	}
}

// keyOf is the key of the one route.
func keyOf(t *tally) string {
	for key := range t.routes.byKey {
		return key
	}
	return ""
}

// A connection that never became a request is told among the outcomes, and in no count of
// requests; one that the server answered itself is a request.
func TestRejectedConnections(t *testing.T) {
	handshake := accesslog.Record{Time: noon, Msg: accesslog.MsgRejected, Outcome: accesslog.OutcomeRejected, ClientIP: "192.0.2.9", Dropped: 2}
	refused := with(handshake, func(r *accesslog.Record) { r.Status = accesslog.Some(431) })
	r := reportOf(handshake, handshake, refused, response("GET", "/", 200))
	if r.Requests != 2 || r.Classes[3].Requests != 1 || r.Classes[5].Requests != 0 || r.Dropped != 6 {
		t.Errorf("%d requests, %d of 4xx, %d other, %d dropped", r.Requests, r.Classes[3].Requests, r.Classes[5].Requests, r.Dropped)
	}
	if want := []Outcome{{"rejected", 3}}; !cmp.Equal(r.Outcomes, want) {
		t.Errorf("outcomes %v, want %v", r.Outcomes, want)
	}
	addUp(t, r)
	routesAddUp(t, r)
}

// The strings of a record point into the line, whose bytes are used again at once.
func TestAddCopiesWhatItKeeps(t *testing.T) {
	lines := []string{
		ours(with(response("POST", "/orders/1", 503), failedWith("db: too many connections"), ended("timeout"), from("192.0.2.1"), func(r *accesslog.Record) {
			r.RequestID, r.TraceID, r.FailedBy, r.Interim = "0a1b2c", "4bf92f35", "origin", []int{103}
		})),
		ours(with(response("GET", "/a\u2028b", 200), routed("/{name}"))), // decoded into the record's own buffer
		ours(with(response("PUT", "/x\ty", 500), failedWith("tab\tin it"))),
	}
	want, got := NewAnalysis(), NewAnalysis()
	var reused accesslog.Record
	for i, line := range lines {
		var fresh accesslog.Record
		if err := accesslog.ParseJSON([]byte(line), &fresh); err != nil {
			t.Fatal(err)
		}
		want.Add(&fresh, onLine("log", uint64(i+1)))

		b := []byte(line)
		if err := accesslog.ParseJSON(b, &reused); err != nil {
			t.Fatal(err)
		}
		got.Add(&reused, onLine("log", uint64(i+1)))
		copy(b, bytes.Repeat([]byte{'#'}, len(b)))
	}
	if err := accesslog.ParseJSON([]byte(`{"path":"\u0023\u0023\u0023\u0023\u0023\u0023\u0023\u0023\u0023"}`), &reused); err != nil {
		t.Fatal(err)
	}
	o := Options{Top: -1}
	if diff := cmp.Diff(toJSON(t, want.Report(nil, o)), toJSON(t, got.Report(nil, o))); diff != "" {
		t.Errorf("the report changes with the lines (-want +got):\n%s", diff)
	}
}

// A report is finished: what is counted afterwards does not show in it.
func TestReportDoesNotChange(t *testing.T) {
	records := warmRecords()
	for i := range records {
		records[i].SampleRate = 0 // nothing is weighted, which would copy it
	}
	again := analyze(records...)
	r := again.Report([]Input{}, Options{Top: -1})
	before := toJSON(t, r)
	again.Merge(analyze(records...))
	for i := range records {
		again.Add(&records[i], onLine("log", 1))
	}
	if diff := cmp.Diff(before, toJSON(t, r)); diff != "" {
		t.Errorf("the report changed (-before +after):\n%s", diff)
	}
	rapid.Check(t, func(t *rapid.T) {
		all, _ := logs(t)
		n := rapid.IntRange(0, len(all)).Draw(t, "before")
		a := addAll(NewAnalysis(), all[:n])
		r := a.Report([]Input{}, Options{Top: -1})
		before := toJSON(t, r)
		addAll(a, all[n:])
		if diff := cmp.Diff(before, toJSON(t, r)); diff != "" {
			t.Fatalf("the report changed (-before +after):\n%s", diff)
		}
		want := toJSON(t, addAll(NewAnalysis(), all).Report([]Input{}, Options{Top: -1}))
		if diff := cmp.Diff(want, toJSON(t, a.Report([]Input{}, Options{Top: -1}))); diff != "" {
			t.Fatalf("the report in between changed the one at the end (-want +got):\n%s", diff)
		}
	})
}

// Once what a log holds has been met, counting more of it costs no memory.
func TestAddDoesNotAllocate(t *testing.T) {
	records := warmRecords()
	a := NewAnalysis()
	add := func() {
		for i := range records {
			records[i].Time = records[i].Time.Add(time.Microsecond) // so that the last failure is a new one
			a.Add(&records[i], onLine("log", uint64(i)))
		}
	}
	for range 200 { // until nothing grows any more, the cells of the series least of all
		add()
	}
	if n := testing.AllocsPerRun(10, add); n != 0 {
		t.Errorf("adding %d records allocates %v times", len(records), n)
	}
}

// warmRecords are such as one log repeats: some failing, some sampled, some without a
// route, over an hour.
func warmRecords() (out []accesslog.Record) {
	for i := range 1000 {
		r := with(response("GET", fmt.Sprint("/orders/", i%100), []int{200, 200, 304, 404, 500}[i%5]),
			completed(noon.Add(time.Duration(i*3600)*time.Millisecond)), took(time.Duration(i*i)*time.Microsecond), from(fmt.Sprint("192.0.2.", i%200)))
		r.RequestID, r.Interim = fmt.Sprint(i), []int{103}
		switch {
		case i%3 == 0:
			r.Route = "/orders/{order}"
		case i%7 == 0:
			r.Path = ""
		}
		if r.Failed() {
			r.Error, r.FailedBy, r.Outcome = "down", "origin", accesslog.OutcomeTimeout
		}
		if i%11 == 0 {
			r.SampleRate = .5
		}
		out = append(out, r)
	}
	return out
}
