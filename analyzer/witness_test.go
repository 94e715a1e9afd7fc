package analyzer

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// shown is a request that stands on a line, as witnesses see it.
type shown struct {
	second int
	route  uint16
	failed bool
	line   uint64
	change func(*accesslog.Record)
}

func (s *shown) into(ws *witnesses) {
	code := 200
	if s.failed {
		code = 503
	}
	began := noon.Add(time.Duration(s.second) * time.Second)
	r := with(response("GET", "/", code), completed(began.Add(time.Second)))
	if s.change != nil {
		s.change(&r)
	}
	ws.add(&r, onLine("log", s.line), began, s.route, s.failed)
}

func (ws *witnesses) lines() map[string]uint64 {
	out := map[string]uint64{}
	for _, e := range ws.report() {
		out[e.Kind] = uint64(e.Line)
	}
	return out
}

func TestWitnesses(t *testing.T) {
	post := func(r *accesslog.Record) { r.Method = "POST" }
	ms := func(n int) func(*accesslog.Record) { return took(time.Duration(n) * time.Millisecond) }
	coded := func(n int) func(*accesslog.Record) {
		return func(r *accesslog.Record) {
			ms(n)(r)
			r.Status = accesslog.Some(500)
		}
	}
	for _, tt := range []struct {
		reason string
		all    []shown
		want   map[string]uint64
	}{
		{"none failed: there is nothing to show", []shown{{line: 1}}, map[string]uint64{}},
		{"one failed: it is the first, and not told again as the last", []shown{{failed: true, line: 1}}, map[string]uint64{"first": 1}},
		{"first and last are by when they began, not by where they stand", []shown{
			{second: 2, failed: true, line: 1, change: ms(30)}, {second: 1, failed: true, line: 2, change: ms(10)},
			{second: 3, failed: true, line: 3, change: ms(20)}, {second: 2, failed: true, line: 4, change: ms(40)},
		}, map[string]uint64{"first": 2, "last": 3, "typical": 1, "slowest": 4}},
		{"of one second the line decides", []shown{{failed: true, line: 2, change: ms(10)}, {failed: true, line: 1, change: ms(20)}}, map[string]uint64{"first": 1, "last": 2}},
		{"the slowest that failed, not the slowest of all", []shown{
			{failed: true, line: 1}, {second: 1, failed: true, line: 2, change: ms(1000)}, {second: 1, failed: true, line: 3, change: ms(1)},
			{second: 2, failed: true, line: 4}, {second: 3, line: 5, change: ms(60_000)},
		}, map[string]uint64{"first": 1, "slowest": 2, "last": 4, "typical": 3, "passing": 5}},
		{"the typical one is of the route and with the status that most have, in the middle of their durations", []shown{
			{failed: true, line: 1, route: 7}, {second: 1, failed: true, line: 2}, {second: 2, failed: true, line: 3, change: coded(1)}, {second: 3, failed: true, line: 4, route: 7, change: coded(9)},
			{second: 4, failed: true, line: 5, change: coded(5)}, {second: 5, failed: true, line: 6}, {second: 6, failed: true, line: 7, change: coded(99)}, {second: 9, failed: true, line: 8, route: 9},
		}, map[string]uint64{"first": 1, "typical": 5, "slowest": 7, "last": 8}},
		{"what passed is of its route and method, and near it", []shown{
			{second: 50, failed: true, line: 1}, {second: 51, line: 2, route: 3}, {second: 51, line: 3, change: post},
			{second: 10, line: 4}, {second: 55, line: 5}, {second: 99, line: 6},
		}, map[string]uint64{"first": 1, "passing": 5}},
	} {
		var ws witnesses
		for i := range tt.all {
			tt.all[i].into(&ws)
		}
		got := ws.lines()
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

// Whoever saw them and in whatever order, the same requests are shown; also where there are more
// than are kept.
func TestWitnessesLaw(t *testing.T) {
	var all []shown
	for i := range 400 {
		all = append(all, shown{second: i * 37 % 101, route: uint16(i % 3), failed: i%2 == 0, line: uint64(i + 1), change: took(time.Duration(i*53%211) * time.Millisecond)})
	}
	var whole witnesses
	for i := range all {
		all[i].into(&whole)
	}
	want := toJSON(t, whole.report())
	if len(whole.failed) != maxFailed || len(whole.report()) != 5 {
		t.Fatalf("%d failures are kept, %d requests shown", len(whole.failed), len(whole.report()))
	}
	rapid.Check(t, func(t *rapid.T) {
		var parts []*witnesses
		for _, hand := range deal(t, all, rapid.IntRange(1, 4).Draw(t, "parts")) {
			var ws witnesses
			for i := range hand {
				hand[i].into(&ws)
			}
			parts = append(parts, &ws)
		}
		got := mergeAnyhow(t, parts, func(into, from *witnesses) { into.merge(from) })
		if diff := cmp.Diff(want, toJSON(t, got.report())); diff != "" {
			t.Fatalf("others are shown (-whole +merged):\n%s", diff)
		}
		lines := func(ws *witnesses) (out []string) {
			for _, w := range ws.failed {
				out = append(out, fmt.Sprint(w.at.Line))
			}
			return out
		}
		if !slices.Equal(lines(got), lines(&whole)) {
			t.Fatalf("others are kept: %v, want %v", lines(got), lines(&whole))
		}
	})
}
