package incident

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// The figures are worked out by hand.
func TestRank(t *testing.T) {
	groups := []Group{
		{Requests: 1, Failures: 1}, // all of its requests failed, but that was one
		{Requests: 100, Failures: 50, UsualRequests: 495, UsualFailures: 249}, // it always does
		{Requests: 100, Failures: 0, UsualRequests: 95, UsualFailures: 9},
		{Requests: 1000, Failures: 30, UsualRequests: 10_000, UsualFailures: 100},
		{}, // nobody asked for it
		{Requests: 1, Failures: 1},
	}
	const sum = 20 + .99 + .99 + .19
	want := []Ranked{
		{Index: 3, Excess: 20, Share: 20 / sum, BaselineRate: .01},      // (100 + .05) / 10,005
		{Index: 0, Excess: .99, Share: .99 / sum, BaselineRate: .01},    // .05 / 5
		{Index: 5, Excess: .99, Share: .99 / sum, BaselineRate: .01},    // as much, and behind it
		{Index: 1, Excess: .19, Share: .19 / sum, BaselineRate: .4981},  // (249 + .05) / 500
		{Index: 4, Excess: 0, Share: 0, BaselineRate: .01},              //
		{Index: 2, Excess: -9.05, Share: 0, BaselineRate: 9.05 / 100.0}, // (9 + .05) / 100
	}
	if diff := cmp.Diff(want, Rank(groups, .01), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestKitagawa(t *testing.T) {
	for _, tt := range []struct {
		reason       string
		groups       []Group
		worse, moved float64
	}{
		{"no groups", nil, 0, 0},
		{"nothing usual", []Group{{Requests: 10, Failures: 5}}, 0, 0},
		{"no requests in the incident", []Group{{UsualRequests: 10, UsualFailures: 5}}, 0, 0},
		{"one group can only get worse", []Group{{100, 50, 100, 10}}, .4, 0},
		{"traffic moved, nothing got worse", []Group{{20, 0, 80, 0}, {80, 40, 20, 10}}, 0, .3},
		// The one went from 1 to 2 % with 90 and then 50 % of the requests, the other stayed at 10 %:
		// .01·(.9+.5)/2, and (.5−.9)·(.01+.02)/2 + (.5−.1)·.1.
		{"both", []Group{{500, 10, 900, 9}, {500, 50, 100, 10}}, .007, .034},
		{"a group that is new has moved", []Group{{50, 0, 100, 0}, {50, 25, 0, 0}}, 0, .25},
		{"a group that is gone has moved", []Group{{100, 0, 50, 0}, {0, 0, 50, 25}}, 0, -.25},
		{"one that nobody asks for is none", []Group{{100, 50, 100, 10}, {}}, .4, 0},
	} {
		worse, moved := Kitagawa(tt.groups)
		if math.Abs(worse-tt.worse) > 1e-12 || math.Abs(moved-tt.moved) > 1e-12 {
			t.Errorf("%s: %v got worse, %v moved; want %v, %v", tt.reason, worse, moved, tt.worse, tt.moved)
		}
	}
}

// Both add up to the rise, whatever the groups.
func TestKitagawaAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOf(rapid.Custom(func(t *rapid.T) (g Group) {
			g.Requests, g.UsualRequests = rapid.Uint64Range(0, 50).Draw(t, "n"), rapid.Uint64Range(0, 50).Draw(t, "n0")
			g.Failures, g.UsualFailures = rapid.Uint64Range(0, g.Requests).Draw(t, "k"), rapid.Uint64Range(0, g.UsualRequests).Draw(t, "k0")
			return g
		})).Draw(t, "groups")
		var all Group
		for _, g := range groups {
			all.Requests, all.Failures = all.Requests+g.Requests, all.Failures+g.Failures
			all.UsualRequests, all.UsualFailures = all.UsualRequests+g.UsualRequests, all.UsualFailures+g.UsualFailures
		}
		rise := 0.
		if all.Requests > 0 && all.UsualRequests > 0 {
			rise = float64(all.Failures)/float64(all.Requests) - float64(all.UsualFailures)/float64(all.UsualRequests)
		}
		if worse, moved := Kitagawa(groups); math.Abs(worse+moved-rise) > 1e-9 {
			t.Fatalf("%v got worse and %v moved, of a rise of %v", worse, moved, rise)
		}
	})
}

func TestFirst(t *testing.T) {
	half := func(low, high int64) Onset { return Onset{Span{low, high}, .5} }
	always := Span{math.MinInt64, math.MaxInt64}
	for _, tt := range []struct {
		reason string
		all    []Onset
		want   []bool
	}{
		{"nothing", nil, []bool{}},
		{"one", []Onset{half(1, 5)}, []bool{true}},
		{"one before the other", []Onset{half(6, 9), half(1, 5)}, []bool{false, true}},
		{"they overlap", []Onset{half(1, 5), half(4, 9)}, []bool{true, true}},
		{"they share a second", []Onset{half(1, 5), half(5, 9)}, []bool{true, true}},
		{"what overlaps with one that is first may still be later than another", []Onset{half(0, 10), half(5, 20), half(15, 30)}, []bool{true, true, false}},
		{"what may have been at any time proves no order, nor was it first", []Onset{{always, .5}, half(1, 5), half(6, 9)}, []bool{false, true, false}},
		{"nothing is known of any", []Onset{{always, .5}, {always, .5}}, []bool{true, true}},
		{"hardly any of it is beside the one that brought it", []Onset{half(1, 5), {Span{1, 5}, .0099}}, []bool{true, false}},
		{"one in a hundred is some", []Onset{half(1, 5), {Span{1, 5}, .01}}, []bool{true, true}},
		{"hardly any of it proves no order", []Onset{half(6, 9), {Span{1, 5}, .002}}, []bool{true, false}},
		{"hardly any of it is all there is", []Onset{{Span{1, 5}, .002}, {Span{6, 9}, .002}}, []bool{true, false}},
		{"a span of 47 minutes overlaps with anything", []Onset{half(1, 5), half(-2700, 120)}, []bool{true, false}},
		{"ten times the whole's is not far wider", []Onset{half(1, 5), half(-195, 5)}, []bool{true, true}},
		{"more is", []Onset{half(1, 5), half(-196, 5)}, []bool{true, false}},
		{"all of them are wide", []Onset{half(0, 3000), half(100, 2000)}, []bool{true, true}},
	} {
		if diff := cmp.Diff(tt.want, First(tt.all, Span{0, 20})); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.reason, diff)
		}
	}
	if got := First([]Onset{half(1, 5), half(0, 120), half(0, 121)}, Span{3, 4}); !cmp.Equal(got, []bool{true, true, false}) {
		t.Errorf("of two minutes beside a whole of a second it is %v", got)
	}
}
