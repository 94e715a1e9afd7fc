package analyzer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func classesOf(all []int) *ClassCounts {
	c := &ClassCounts{}
	for _, code := range all {
		c.add(code, 1)
	}
	return c
}

func TestClassesCount(t *testing.T) {
	all := []int{unknownStatus, 0, 99, 100, 199, 200, 299, 300, 399, 400, 499, 500, 599, 600, 1000}
	want := ClassCounts{Informational: 2, Success: 2, Redirection: 2, ClientError: 2, ServerError: 2, Other: 5}
	if diff := cmp.Diff(want, *classesOf(all)); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	if got := want.total(); got != 15 {
		t.Errorf("the total is %d, want 15", got)
	}
}

func TestClassesMergeLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(codes).Draw(t, "codes")
		var parts []*ClassCounts
		for _, hand := range deal(t, all, rapid.IntRange(1, 5).Draw(t, "parts")) {
			parts = append(parts, classesOf(hand))
		}
		got := mergeAnyhow(t, parts, func(into, from *ClassCounts) { into.merge(from, 1) })
		if want := classesOf(all); *got != *want || want.total() != uint64(len(all)) {
			t.Fatalf("merged parts are %v, the whole is %v", *got, *want)
		}
	})
}

func TestClassesWeight(t *testing.T) {
	c := ClassCounts{Success: 1}
	c.merge(&ClassCounts{Success: 3, ServerError: 1}, 2.5)
	if want := (ClassCounts{Success: 9, ServerError: 3}); c != want {
		t.Errorf("1 and 2.5 times 3, rounded, are %v, want %v", c, want)
	}
}

// All six are there, in order, whatever was met.
func TestClassesReport(t *testing.T) {
	c, failed := ClassCounts{Success: 6, ClientError: 1, ServerError: 1}, ClassCounts{Success: 2}
	want := []Class{
		{Class: "1xx", Label: "informational"},
		{Class: "2xx", Label: "success", Requests: 6, Share: .75, Failed: 2},
		{Class: "3xx", Label: "redirect"},
		{Class: "4xx", Label: "client error", Requests: 1, Share: .125},
		{Class: "5xx", Label: "server error", Requests: 1, Share: .125},
		{Class: "other", Label: "unknown"},
	}
	if diff := cmp.Diff(want, c.report(&failed)); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	for _, none := range new(ClassCounts).report(&failed) {
		if none.Share != 0 {
			t.Errorf("a share of nothing is %v", none.Share)
		}
	}
}
