package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/render"
	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/analyzer/status"
)

// TestTheWholeWay: a real server answers with each of the twenty codes, the middleware
// records them, the analyzer finds each with its exact count, and the report says what
// it means.
func TestTheWholeWay(t *testing.T) {
	path, want, wantInterim := provokeAll(t)
	sources, err := source.FromArgs([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	report, err := analyzer.Run(t.Context(), sources, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}

	got, gotInterim := map[int]int{}, map[int]int{}
	for _, s := range report.Statuses {
		if s.Status == nil {
			t.Fatalf("%d responses without a status", s.Requests)
		}
		got[*s.Status] = int(s.Requests)
	}
	for _, s := range report.Interim {
		gotInterim[s.Status] = int(s.Requests)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("statuses (-provoked +reported):\n%s", d)
	}
	if d := cmp.Diff(wantInterim, gotInterim); d != "" {
		t.Errorf("interim statuses (-provoked +reported):\n%s", d)
	}
	if report.Lines.Read != report.Lines.Accepted || report.Dropped != 0 {
		t.Errorf("lines: %+v, dropped: %d; every line is a request", report.Lines, report.Dropped)
	}

	var text bytes.Buffer
	if err := render.Text(&text, report, render.Options{Width: 120}); err != nil {
		t.Fatal(err)
	}
	for _, code := range theTwenty {
		meaning, known := status.Lookup(code)
		if !known || meaning.Use == "" || meaning.LookAt == "" || meaning.Fault == status.FaultUnknown {
			t.Errorf("%d is not explained: %+v", code, meaning)
		}
		if name := fmt.Sprintf("%d %s", code, meaning.Name); !strings.Contains(text.String(), name) {
			t.Errorf("the report does not say %q:\n%s", name, text.String())
		}
	}
}
