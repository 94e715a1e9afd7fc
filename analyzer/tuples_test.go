package analyzer

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// told adds what an application tells of a request.
func told(key, value string) func(*accesslog.Record) {
	return func(r *accesslog.Record) {
		r.Attrs = accesslog.AppendAttrs(slices.Clone(r.Attrs), slog.String(key, value))
	}
}

// shares lists what tuples count, in no order of theirs.
func (t *tuples) shares() (out []string, total failing) {
	for i, name := range t.names {
		for _, c := range t.counts[i][1:] {
			if c.before+c.requests > 0 {
				out = append(out, fmt.Sprintf("%s=%q: %d before, %d, %d failed", name, c.value, c.before, c.requests, c.failures))
			}
		}
	}
	for _, row := range t.rows {
		total.add(row.failing)
	}
	slices.Sort(out)
	return out, total
}

func TestTuplesLaw(t *testing.T) {
	type one struct {
		r              accesslog.Record
		inside, failed bool
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) one {
			r := with(response(rapid.SampledFrom([]string{"GET", "POST"}).Draw(t, "method"), "/", 200), from(fmt.Sprint("10.0.0.", rapid.IntRange(1, 3).Draw(t, "client"))))
			r.UserAgent = rapid.SampledFrom([]string{"", "curl/1", "curl/2", "app/1"}).Draw(t, "agent")
			for _, key := range []string{"version", "zone", "host"} {
				if rapid.Bool().Draw(t, key) {
					told(key, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "value"))(&r)
				}
			}
			return one{r, rapid.IntRange(0, 4).Draw(t, "inside") > 0, rapid.Bool().Draw(t, "failed")}
		}), 1, 60).Draw(t, "requests")
		add := func(some []one) *tuples {
			tu := newTuples()
			for i := range some {
				tu.add(&some[i].r, "/", "", some[i].inside, some[i].failed, 1)
			}
			return &tu
		}
		whole := add(all)
		var parts []*tuples
		for _, hand := range deal(t, all, rapid.IntRange(1, 4).Draw(t, "parts")) {
			parts = append(parts, add(hand))
		}
		got := mergeAnyhow(t, parts, func(into, from *tuples) { into.merge(from) })
		want, total := whole.shares()
		merged, mergedTotal := got.shares()
		if diff := cmp.Diff(want, merged); diff != "" || total != mergedTotal {
			t.Fatalf("the merged count %v of %v (-whole +merged):\n%s", mergedTotal, total, diff)
		}
		if slices.Sort(whole.names); !slices.Equal(whole.names, slices.Sorted(slices.Values(got.names))) {
			t.Fatalf("the attributes are %v, and merged %v", whole.names, got.names)
		}
		if diff := cmp.Diff(fmt.Sprint(add(all).suspects(.01)), fmt.Sprint(got.suspects(.01))); diff != "" {
			t.Fatalf("suspects (-whole +merged):\n%s", diff)
		}
	})
}

// However many clients there are, nothing is lost of the total, and what many failures share is found.
func TestTuplesOfManyClients(t *testing.T) {
	inFullRuns(t)
	const requests = 200_000
	tu := newTuples()
	dice := rand.New(rand.NewPCG(3, 3))
	var want failing
	for i := range requests {
		instance := fmt.Sprint("web-", i%5)
		failed := dice.IntN(1000) == 0 || instance == "web-3" && dice.IntN(10) < 3
		r := with(response("GET", "/", 200), from(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)), told("instance", instance))
		if want.requests++; failed {
			want.failures++
		}
		tu.add(&r, fmt.Sprint("/r", i%7), "", true, failed, 1)
	}
	if _, total := tu.shares(); total != want || len(tu.rows) > maxTuples {
		t.Errorf("%d rows count %v of %v", len(tu.rows), total, want)
	}
	all := tu.suspects(.001)
	if len(all) != 1 || fmt.Sprint(where(all[0].Where)) != "map[instance:web-3]" || all[0].Requests < requests/5*95/100 || all[0].Share < .95 {
		t.Errorf("the suspects are %+v", all)
	}
}

// Where an application tells more attributes than there is room for, the first are counted, and the
// table's always.
func TestTuplesOfManyAttributes(t *testing.T) {
	tu := newTuples()
	for i := range 100 {
		r := with(response("GET", "/", 500), from("10.0.0.1"))
		for k := range 40 {
			told(fmt.Sprint("key-", k), fmt.Sprint(i%3))(&r)
		}
		r.Attrs = append(r.Attrs, accesslog.Attr{Key: "route"})
		tu.add(&r, "/", "", true, true, 1)
	}
	if len(tu.names) != maxAttributes || !tu.known()["client_ip"] || !tu.known()["key-0"] || tu.known()["key-39"] {
		t.Errorf("the attributes are %v", tu.names)
	}
	if got := tu.counts[0][1]; got.value != "/" || got.requests != 100 {
		t.Errorf("the route is %+v", got)
	}
}

// An application may call its own what others are called: the file of the code, or the host that it runs
// on. They stand beside each other.
func TestTuplesOfOneName(t *testing.T) {
	tu := newTuples()
	for i := range 100 {
		r := with(response("GET", "/", 200), told("file", fmt.Sprintf("handler%d.go", i%3)), told("host", "web-1"))
		r.Host = "example.com"
		tu.add(&r, "/", fmt.Sprint(i%2, ".log"), true, i%2 == 1, 1)
	}
	got, _ := tu.shares()
	want := []string{
		`attr.file="handler0.go": 0 before, 34, 17 failed`, `attr.file="handler1.go": 0 before, 33, 17 failed`, `attr.file="handler2.go": 0 before, 33, 16 failed`,
		`attr.host="web-1": 0 before, 100, 50 failed`,
		`file="0.log": 0 before, 50, 0 failed`, `file="1.log": 0 before, 50, 50 failed`,
		`host="example.com": 0 before, 100, 50 failed`, `method="GET": 0 before, 100, 50 failed`, `route="/": 0 before, 100, 50 failed`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if all := tu.suspects(.01); len(all) != 1 || fmt.Sprint(where(all[0].Where)) != "map[file:1.log]" {
		t.Errorf("the suspects are %+v", all)
	}
}

// What hostile clients send is not kept without end.
func TestTuplesAreBounded(t *testing.T) {
	tu := newTuples()
	long := make([]byte, 1<<16)
	for i := range 30_000 {
		copy(long, fmt.Sprint(i, "/"))
		r := with(response("GET", "/", 500))
		r.UserAgent, r.Host = string(long[:2000]), string(long[:2000])
		tu.add(&r, "/", "", true, true, 1)
	}
	kept := 0
	for i := range tu.names {
		for raw := range tu.values[i] {
			kept += len(raw)
		}
		for value := range tu.places[i] {
			kept += len(value)
		}
	}
	if kept > maxValueBytes+2*maxText {
		t.Errorf("%d bytes of values are kept", kept)
	}
	if _, total := tu.shares(); total != (failing{30_000, 30_000}) {
		t.Errorf("%v were counted", total)
	}
}

// A part of a system was hit where more failed than chance explains: one failure is anybody's.
func TestTuplesHit(t *testing.T) {
	tu := newTuples()
	for host, n := range map[string]failing{"a": {900, 90}, "b": {900, 2}, "c": {900, 0}, "d": {4, 1}} {
		for i := range n.requests {
			r := with(response("GET", "/", 200), func(r *accesslog.Record) { r.Host = host })
			tu.add(&r, "/", "", true, i < n.failures, 1)
		}
	}
	got := tu.hit(.0005)
	if diff := cmp.Diff([]Hit{{Attribute: "host", Active: 4, Hit: 1}}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
