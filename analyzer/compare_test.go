package analyzer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// seconds are n requests a second apart, each made by one.
func seconds(seed uint64, n int, one func(dice *rand.Rand, i int) accesslog.Record) (all []accesslog.Record) {
	dice := rand.New(rand.NewPCG(seed, 0))
	for i := range n {
		r := one(dice, i)
		r.Time = noon.Add(time.Duration(i) * time.Second)
		all = append(all, r)
	}
	return all
}

// failingLast makes requests of four routes, of which those of the last fail with some probability.
func failingLast(share float64) func(*rand.Rand, int) accesslog.Record {
	return func(dice *rand.Rand, i int) accesslog.Record {
		r := accesslog.Record{Method: "GET", Route: fmt.Sprintf("/r%d", i%4), Path: fmt.Sprintf("/r%d", i%4), Status: accesslog.Some(200),
			Duration: accesslog.Some(time.Duration(10+dice.ExpFloat64()*20) * time.Millisecond), ClientIP: fmt.Sprintf("10.0.0.%d", dice.IntN(50))}
		if i%4 == 3 && dice.Float64() < share {
			r.Status, r.Duration = accesslog.Some(500), accesslog.Some(time.Microsecond)
		}
		return r
	}
}

func sideOf(records []accesslog.Record) Side {
	return Side{Sources: []source.Source{text("log", ours(records...))}}
}

func compare(t *testing.T, base, current []accesslog.Record, o Options) *Comparison {
	t.Helper()
	c, err := Compare(t.Context(), sideOf(base), sideOf(current), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A planted change is found, with its sign and where it is.
func TestCompareFindsWhatIsPlanted(t *testing.T) {
	good, bad := seconds(1, 4000, failingLast(.01)), seconds(2, 8000, failingLast(.2))
	c := compare(t, good, bad, Options{})
	r := c.Routes.List[0]
	if c.Verdict != ChangeWorse || c.Failures.Change != ChangeWorse || !(*c.Failures.DifferenceLow > .03 && *c.Failures.DifferenceHigh < .06) {
		t.Errorf("it is %q as %s: %s", c.Verdict, c.Reason, toJSON(t, c.Failures))
	}
	if r.Route != "/r3" || r.Failures.Change != ChangeWorse || c.Routes.List[1].change() != "" {
		t.Errorf("the first route is %s", toJSON(t, r))
	}
	if want := "failures rose from 0.1 % to 5.2 % of the requests, "; !strings.HasPrefix(c.Reason, want) || !strings.Contains(c.Reason, " on GET /r3 from ") {
		t.Errorf("the reason is %q, want %q and the route in it", c.Reason, want)
	}
	if c.Latency.P50.Change != "" || c.Latency.P95.Change != "" {
		t.Errorf("failures, which are quick, made it quicker: %s", toJSON(t, c.Latency))
	}
	if c.Volume.Change != "" || *c.Volume.Ratio < .99 || *c.Volume.Ratio > 1.01 {
		t.Errorf("as many a second: %s", toJSON(t, c.Volume))
	}

	back := compare(t, bad, good, Options{})
	if back.Verdict != ChangeBetter || back.Failures.Change != ChangeBetter || *back.Failures.Difference != -*c.Failures.Difference || back.Routes.List[0].Failures.Change != ChangeBetter {
		t.Errorf("the other way it is %q as %s", back.Verdict, back.Reason)
	}
}

func TestCompareFindsSlowness(t *testing.T) {
	slow := func(dice *rand.Rand, i int) accesslog.Record {
		r := failingLast(0)(dice, i)
		if i%4 == 1 {
			r.Duration.Value *= 3
		}
		return r
	}
	c := compare(t, seconds(1, 4000, failingLast(0)), seconds(2, 4000, slow), Options{})
	r := c.Routes.List[0]
	if c.Verdict != ChangeWorse || r.Route != "/r1" || r.P95.Change != ChangeWorse {
		t.Errorf("it is %q as %s, and the first route %s", c.Verdict, c.Reason, toJSON(t, r))
	}
	if q := r.P95; !(*q.Ratio > 2.2 && *q.Ratio < 4 && *q.RatioLow < *q.Ratio && *q.RatioHigh > *q.Ratio && *q.RatioLow > 1.5) {
		t.Errorf("it took three times as long: %s", toJSON(t, q))
	}
	// Where more is asked of what is slow, no route is to blame.
	more := func(dice *rand.Rand, i int) accesslog.Record {
		i = []int{0, 1, 1, 1}[i%4]
		return slow(dice, i)
	}
	few := func(dice *rand.Rand, i int) accesslog.Record { return slow(dice, []int{0, 0, 0, 1}[i%4]) }
	if c := compare(t, seconds(1, 4000, few), seconds(2, 4000, more), Options{}); c.Verdict != ChangeWorse || !strings.HasSuffix(c.Reason, "though on no route alone") {
		t.Errorf("it is %q as %s", c.Verdict, c.Reason)
	}
}

// Nothing differs from itself.
func TestCompareWithItself(t *testing.T) {
	log := realLog(t)
	c := compare(t, log, log, Options{Top: -1})
	if c.Verdict != ChangeNone || c.Significant != 0 || c.Tests < 100 {
		t.Errorf("%d of %d differences are significant; it is %q", c.Significant, c.Tests, c.Verdict)
	}
	if c.Routes.New+c.Routes.Gone != 0 || c.Clients.New+c.Clients.Gone != 0 {
		t.Errorf("there are new ones: %s", toJSON(t, c.Clients))
	}
}

func realLog(t *testing.T) []accesslog.Record {
	t.Helper()
	b, err := os.ReadFile("../testdata/access.log")
	if err != nil {
		t.Fatal(err)
	}
	var all []accesslog.Record
	for line := range strings.Lines(string(b)) {
		var r accesslog.Record
		if err := accesslog.ParseJSON([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// Random halves of a log are alike: it is rare that anything is called significant. With a rate of
// false discoveries of 5 % and nothing to discover, that is 1 of 20.
func TestCompareRandomHalves(t *testing.T) {
	inFullRuns(t)
	log := realLog(t)
	const rounds = 60
	found := 0
	for seed := range uint64(rounds) {
		dice := rand.New(rand.NewPCG(seed, 9))
		var halves [2][]accesslog.Record
		for _, r := range log {
			i := dice.IntN(2)
			halves[i] = append(halves[i], r)
		}
		c := compare(t, halves[0], halves[1], Options{})
		if c.Significant > 0 {
			found++
		}
	}
	if found > rounds/20 {
		t.Errorf("in %d of %d pairs of halves something differs", found, rounds)
	}
}

// Records that stand for several requests tell no more than as many as there are.
func TestCompareSampled(t *testing.T) {
	inFullRuns(t)
	tenth := func(seed uint64, share float64) []accesslog.Record { // of what goes well
		dice := rand.New(rand.NewPCG(seed, 1))
		return slices.DeleteFunc(seconds(seed, 20_000, failingLast(share)), func(r accesslog.Record) bool { return !r.Failed() && dice.IntN(10) > 0 })
	}
	sampled := func(records []accesslog.Record) []accesslog.Record {
		for i := range records {
			if !records[i].Failed() {
				records[i].SampleRate = .1
			}
		}
		return records
	}
	found := 0
	for seed := range uint64(20) {
		c := compare(t, sampled(tenth(2*seed, .01)), sampled(tenth(2*seed+1, .01)), Options{})
		if c.Significant > 0 {
			found++
		}
		if !c.Base.Sampled {
			t.Fatal("it was not sampled")
		}
	}
	if found > 2 {
		t.Errorf("in %d of 20 pairs something differs", found)
	}
	c := compare(t, sampled(tenth(1, .01)), sampled(tenth(2, .03)), Options{})
	if c.Failures.Change != ChangeWorse || c.Routes.List[0].Route != "/r3" {
		t.Errorf("three times the failures are not found: %s", toJSON(t, c.Failures))
	}
	if n := c.Current.Requests; n < 18_000 || n > 22_000 {
		t.Errorf("%d requests", n)
	}
	// All of them at one rate are as sure as a tenth of them.
	all := func(seed uint64) []accesslog.Record {
		records := seconds(seed, 2000, failingLast(.05))
		for i := range records {
			records[i].SampleRate = .1
		}
		return records
	}
	whole, few := compare(t, all(1), all(2), Options{}), compare(t, seconds(1, 2000, failingLast(.05)), seconds(2, 2000, failingLast(.05)), Options{})
	if got, want := *whole.Failures.P, *few.Failures.P; got < want-1e-6 || got > want+1e-6 {
		t.Errorf("p is %v sampled, and %v where not", got, want)
	}
	if got, want := *whole.Latency.P95.Base.Low, *few.Latency.P95.Base.Low; got != want {
		t.Errorf("the p95 is from %v sampled, and from %v where not", got, want)
	}
}

// Of the number of requests a sampled log is as sure as of that of its records.
func TestCompareSampledVolume(t *testing.T) {
	some := func(seed uint64, share, rate float64) []accesslog.Record {
		dice := rand.New(rand.NewPCG(seed, 2))
		records := slices.DeleteFunc(seconds(seed, 4000, failingLast(0)), func(accesslog.Record) bool { return dice.Float64() > share })
		for i := range records {
			records[i].SampleRate = rate
		}
		return records
	}
	whole := compare(t, some(1, .2, 0), some(2, .4, 0), Options{}).Volume
	tenth := compare(t, some(1, .2, .1), some(2, .4, .1), Options{}).Volume
	if tenth.Dispersion != whole.Dispersion || *tenth.P != *whole.P || whole.Change != ChangeOther {
		t.Errorf("twice the records are %s where each stands for one request, and %s where it stands for ten", toJSON(t, whole), toJSON(t, tenth))
	}
}

// A path has one route on both sides, also where a side alone could not have told it.
func TestCompareLearnsTogether(t *testing.T) {
	paths := func(ids ...int) (all []accesslog.Record) {
		for i := range 300 {
			r := response("GET", fmt.Sprintf("/users/u%dx/orders", ids[i%len(ids)]), 200)
			r.Time = noon.Add(time.Duration(i) * time.Second)
			all = append(all, r)
		}
		return all
	}
	var many []int
	for i := range 300 {
		many = append(many, 1000+i*7919%9000)
	}
	c := compare(t, paths(many[0]), paths(many...), Options{Top: -1})
	if c.Routes.Total != 1 || c.Routes.New+c.Routes.Gone > 0 {
		t.Errorf("the routes are not the same: %s", toJSON(t, c.Routes.List))
	}
	if r := c.Routes.List[0]; r.Requests.Base.Requests != 300 || r.Requests.Current.Requests != 300 || !strings.Contains(r.Route, "{") {
		t.Errorf("it is %s", toJSON(t, r.Requests))
	}
	if c := compare(t, paths(many[0]), paths(many...), Options{Top: -1, NoLearn: true}); c.Routes.Total != 300 {
		t.Errorf("%d routes where none are learned", c.Routes.Total)
	}
}

func TestCompareAttributes(t *testing.T) {
	version := func(v string) func(*rand.Rand, int) accesslog.Record {
		return func(dice *rand.Rand, i int) accesslog.Record {
			r := failingLast(0)(dice, i)
			r.Host = "one"
			line := r.AppendJSON(nil)
			line = append(line[:len(line)-2], fmt.Sprintf(`,"version":%q,"request":%d,"host":"h\"%d"}`+"\n", v, i, i%2)...)
			_ = accesslog.ParseJSON(line, &r)
			return r
		}
	}
	c := compare(t, seconds(1, 1000, version("1.0")), seconds(2, 1000, version("1.1")), Options{})
	by := map[string]ComparedAttribute{}
	for _, a := range c.Attributes {
		by[a.Attribute] = a
	}
	v := by["version"]
	if len(v.Values) != 2 || v.Values[0].Presence == v.Values[1].Presence || v.Values[0].Requests.Change != ChangeOther || v.Bounded {
		t.Errorf("a new version: %s", toJSON(t, v))
	}
	if a := by["request"]; !a.Bounded {
		t.Errorf("of what each request has another of, all were kept: %s", toJSON(t, a))
	}
	if _, ok := by["method"]; ok {
		t.Error("what all requests share is listed")
	}
	if len(by["client_ip"].Values) != 10 || by["client_ip"].Total != 50 {
		t.Errorf("%d clients of %d", len(by["client_ip"].Values), by["client_ip"].Total)
	}
	if c.Verdict != ChangeNone {
		t.Errorf("a new version is %q", c.Verdict)
	}
}

// The value that fails while the others do not is told, and where all do none is.
func TestCompareStandsOut(t *testing.T) {
	host := func(share func(host int) float64) func(*rand.Rand, int) accesslog.Record {
		return func(dice *rand.Rand, i int) accesslog.Record {
			r := failingLast(0)(dice, i)
			n := dice.IntN(4)
			if r.Host = fmt.Sprintf("h%d", n); dice.Float64() < share(n) {
				r.Status = accesslog.Some(502)
			}
			return r
		}
	}
	none := func(int) float64 { return 0.001 }
	one := func(n int) float64 { return []float64{.001, .001, .3, .001}[n] }
	all := func(int) float64 { return .1 }
	told := func(c *Comparison) (values []string) {
		for _, a := range c.Attributes {
			for _, v := range a.Values {
				if a.Attribute == "host" && v.Failures.Change != "" {
					values = append(values, v.Value)
				}
			}
		}
		return values
	}
	if got := told(compare(t, seconds(1, 4000, host(none)), seconds(2, 4000, host(one)), Options{})); !slices.Equal(got, []string{"h2"}) {
		t.Errorf("h2 alone fails: %v", got)
	}
	if got := told(compare(t, seconds(1, 4000, host(none)), seconds(2, 4000, host(all)), Options{})); got != nil {
		t.Errorf("all fail: %v", got)
	}
}

// The verdict is about what is known.
func TestCompareUndecided(t *testing.T) {
	some := seconds(1, 100, failingLast(0))
	blind := seconds(1, 100, func(*rand.Rand, int) accesslog.Record { return accesslog.Record{Method: "GET", Path: "/"} })
	for _, tt := range []struct {
		why, says     string
		base, current []accesslog.Record
	}{
		{"no status", "of no request in base is the status known", blind, some},
		{"no status now", "of no request in current is the status known", some, blind},
	} {
		c := compare(t, tt.base, tt.current, Options{})
		if c.Verdict != "" || c.Reason != tt.says || c.Failures.P != nil || c.Failures.Difference != nil {
			t.Errorf("%s: %q as %q", tt.why, c.Verdict, c.Reason)
		}
	}
	side := sideOf(some)
	empty := sideOf(some)
	empty.Since = noon.Add(time.Hour)
	c, err := Compare(t.Context(), empty, side, Options{})
	if err != nil || c.Verdict != "" || !strings.HasPrefix(c.Reason, "base has nothing to compare: no request passed the filters: asked for were those from 2026-11-20 13:00") {
		t.Errorf("%v, %q as %q", err, c.Verdict, c.Reason)
	}
}

// One log is compared before and after a moment; what the sides count is all of it, once.
func TestCompareWindows(t *testing.T) {
	at := noon.Add(1000 * time.Second)
	log := ours(seconds(1, 3000, failingLast(.02))...)
	source := func() []source.Source { return []source.Source{text("log", log)} }
	c, err := Compare(t.Context(), Side{Sources: source(), Until: at}, Side{Sources: source(), Since: at}, Options{})
	if err != nil || c.Base.Requests != 1000 || c.Current.Requests != 2000 || c.Base.Lines.Filtered != 2000 {
		t.Errorf("%v: %d before, %d after", err, c.Base.Requests, c.Current.Requests)
	}
}

// What is compared does not depend on how the work is shared out.
func TestCompareIsDeterministic(t *testing.T) {
	log := realLog(t)
	one := toJSON(t, compare(t, log[:3000], log[3000:], Options{Workers: 1}))
	for range 3 {
		if toJSON(t, compare(t, log[:3000], log[3000:], Options{Workers: 4})) != one {
			t.Fatal("it differs")
		}
	}
}

// Only a comparison pays for what it counts besides.
func TestReportsDoNotCountAttributes(t *testing.T) {
	a := newAnalysis(&Options{}, nil)
	r := response("GET", "/", 500)
	r.Duration = accesslog.Some(time.Second)
	a.Add(&r, onLine("log", 1))
	if a.strata[0].attributes != nil || a.strata[0].routes.find(&r).failedLatency != nil {
		t.Error("a report counts by attribute")
	}
}

// Nobody may take what was not measured for what did not change.
func TestCompareWithoutDurations(t *testing.T) {
	log := strings.Repeat(combinedLine, 300)
	c, err := Compare(t.Context(), Side{Sources: []source.Source{text("before.log", log)}}, Side{Sources: []source.Source{text("after.log", log)}}, Options{})
	if err != nil || c.Verdict != ChangeNone || !strings.Contains(c.Reason, "durations could not be held against each other") {
		t.Errorf("it is %s: %s: %v", c.Verdict, c.Reason, err)
	}
}
