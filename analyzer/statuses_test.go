package analyzer

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/analyzer/status"
)

// codes are statuses as logs have them, and some that are none.
var codes = rapid.OneOf(
	rapid.SampledFrom([]int{unknownStatus, 0, 99, 100, 103, 200, 204, 304, 404, 429, 499, 500, 503, 599, 600, 999, 1000, 25800}),
	rapid.IntRange(100, 599),
)

func statusesOf(all []int) *StatusCounts {
	s := &StatusCounts{}
	for _, code := range all {
		s.add(code, 1)
	}
	return s
}

func TestStatusesCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(codes, 0, 300).Draw(t, "codes")
		want := map[int]uint64{}
		for _, code := range all {
			want[code]++
		}
		s := *statusesOf(all)
		got := map[int]uint64{}
		for _, c := range s {
			got[c.Status] = c.Requests
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		if !slices.IsSortedFunc(s, func(a, b StatusCount) int { return a.Status - b.Status }) || len(got) != len(s) {
			t.Errorf("%v is not in order", s)
		}
		if s.total() != uint64(len(all)) {
			t.Errorf("the total of %d is %d", len(all), s.total())
		}
		if classes := s.classes(); classes.total() != uint64(len(all)) {
			t.Errorf("the classes of %d add up to %d", len(all), classes.total())
		}

		var parts []*StatusCounts
		for _, hand := range deal(t, all, rapid.IntRange(1, 5).Draw(t, "parts")) {
			parts = append(parts, statusesOf(hand))
		}
		merged := mergeAnyhow(t, parts, func(into, from *StatusCounts) { into.merge(*from, 1) })
		if !slices.Equal(s, *merged) {
			t.Errorf("merged parts are %v, the whole is %v", *merged, s)
		}

		var back StatusCounts
		if b, err := json.Marshal(s); err != nil || json.Unmarshal(b, &back) != nil || !slices.Equal(s, back) {
			t.Errorf("%v is read back from %s as %v, %v", s, b, back, err)
		}
	})
}

func TestStatusCountsJSON(t *testing.T) {
	for _, tt := range []struct {
		s    StatusCounts
		want string
	}{
		{nil, `{}`},
		{StatusCounts{{unknownStatus, 1}, {0, 2}, {200, 5}}, `{"unknown":1,"0":2,"200":5}`},
	} {
		if got, err := json.Marshal(tt.s); string(got) != tt.want || err != nil {
			t.Errorf("%v is written as %s, %v, want %s", tt.s, got, err, tt.want)
		}
	}
	for _, bad := range []string{`[]`, `{"x":1}`, `{"200":-1}`, `{"200":"1"}`} {
		if err := json.Unmarshal([]byte(bad), new(StatusCounts)); err == nil {
			t.Errorf("%s is read without an error", bad)
		}
	}
}

// Past the bound the total stays, and what was known stays known.
func TestStatusesAreBounded(t *testing.T) {
	s := StatusCounts{}
	for code := range 5 * maxStatuses {
		s.add(code, 2)
	}
	s.add(7, 1)
	if len(s) > maxStatuses+1 || s.total() != 10*maxStatuses+1 {
		t.Errorf("%d statuses, total %d, want at most %d and %d", len(s), s.total(), maxStatuses+1, 10*maxStatuses+1)
	}
	if s[0] != (StatusCount{unknownStatus, 8 * maxStatuses}) || s[8] != (StatusCount{7, 3}) {
		t.Errorf("the first are %v", s[:9])
	}
}

func TestStatusesReport(t *testing.T) {
	r := reportOf(
		response("GET", "/", 500), response("GET", "/", 404), response("GET", "/", 200), response("GET", "/", 200),
		response("GET", "/", 299), response("GET", "/", 0), response("GET", "/", -7),
		with(response("GET", "/", 0), noStatus),
	)
	want := []Status{
		{ptr(0), "", "other", status.FaultUnknown, 1, .125},
		{ptr(200), "OK", "2xx", status.FaultNone, 2, .25},
		{ptr(299), "", "2xx", status.FaultNone, 1, .125},
		{ptr(404), "Not Found", "4xx", status.FaultClient, 1, .125},
		{ptr(500), "Internal Server Error", "5xx", status.FaultServer, 1, .125},
		{nil, "unknown", "other", status.FaultUnknown, 2, .25}, // and -7, which is none
	}
	zero, _ := status.Lookup(0)
	want[0].Name, want[0].Fault = Text(zero.Name), zero.Fault
	if diff := cmp.Diff(want, r.Statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestDominant(t *testing.T) {
	all := func(int) bool { return true }
	for _, tt := range []struct {
		s      StatusCounts
		keep   func(int) bool
		want   *int
		name   string
		reason string
	}{
		{nil, all, nil, "", "there is none"},
		{StatusCounts{{unknownStatus, 9}}, all, nil, "", "the unknown is never dominant"},
		{StatusCounts{{unknownStatus, 9}, {200, 1}}, all, ptr(200), "OK", "not even where it is the most frequent"},
		{StatusCounts{{500, 2}, {502, 3}, {503, 1}}, all, ptr(502), "Bad Gateway", "the most frequent"},
		{StatusCounts{{500, 2}, {502, 2}}, all, ptr(500), "Internal Server Error", "the lower of equals"},
		{StatusCounts{{200, 9}, {404, 1}}, func(code int) bool { return code >= 400 }, ptr(404), "Not Found", "of those that are kept"},
		{StatusCounts{{588, 1}}, all, ptr(588), "", "one without a name"},
	} {
		if got, name := tt.s.dominant(tt.keep); !cmp.Equal(got, tt.want) || string(name) != tt.name {
			t.Errorf("%v is dominated by %v %q, want %v %q: %s", tt.s, got, name, tt.want, tt.name, tt.reason)
		}
	}
}
