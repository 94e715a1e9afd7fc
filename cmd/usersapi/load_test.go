package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func testLoad(requests int, incident string) loadConfig {
	return loadConfig{
		seed: 7, requests: requests, span: 90 * time.Minute,
		start: time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC), incident: incident,
	}
}

// runTestLoad returns the records of lc.
func runTestLoad(t *testing.T, lc loadConfig) []accesslog.Record {
	t.Helper()
	path := filepath.Join(t.TempDir(), "access.log")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cfg := Config{Log: file, ErrorLog: log.New(io.Discard, "", 0), AvatarTimeout: 150 * time.Millisecond, MaxInFlight: 4}
	if err := load(t.Context(), cfg, lc, io.Discard); err != nil {
		t.Fatal(err)
	}
	return records(t, path)
}

// TestLoad: the same seed is answered in the same way, request by request, and what
// an incident breaks fails inside its window alone.
func TestLoad(t *testing.T) {
	for _, tc := range []struct {
		incident string
		statuses []int
		routes   []string
	}{
		{"none", nil, nil},
		{"database", []int{500}, []string{"/users", "/users/{id}"}},
		{"upstream", []int{504, 502}, []string{"/users/{id}/avatar"}},
		{"overload", []int{503}, []string{""}}, // refused before the mux
	} {
		t.Run(tc.incident, func(t *testing.T) {
			lc := testLoad(400, tc.incident)
			from, to := lc.window()
			recs := runTestLoad(t, lc)
			if d := cmp.Diff(answers(recs), answers(runTestLoad(t, lc))); d != "" {
				t.Errorf("two runs differ:\n%s", d)
			}
			if len(recs) != lc.requests {
				t.Errorf("%d records of %d requests", len(recs), lc.requests)
			}
			broken, healthy := map[int]int{}, 0
			for _, r := range recs {
				if r.Time.Before(lc.start) || r.Time.After(lc.start.Add(lc.span+time.Minute)) {
					t.Errorf("a record of %v", r.Time)
				}
				inside := !r.Start().Before(from) && r.Start().Before(to)
				hit := slices.Contains(tc.statuses, r.Status.Value) && slices.Contains(tc.routes, r.Route)
				switch {
				case hit && inside:
					broken[r.Status.Value]++
				case hit && tc.incident != "upstream": // whose failures a good day has too
					t.Errorf("%s %s answers %d at %v", r.Method, r.Path, r.Status.Value, r.Time)
				case inside && r.Status.Value < 400:
					healthy++
				}
			}
			for _, status := range tc.statuses {
				if broken[status] < 3 {
					t.Errorf("%d responses of %d in the window", broken[status], status)
				}
			}
			if healthy < 20 {
				t.Errorf("%d healthy responses in the window", healthy)
			}
		})
	}
}

// answers is what must not differ between two runs with one seed.
func answers(recs []accesslog.Record) []string {
	var lines []string
	for _, r := range recs {
		lines = append(lines, fmt.Sprint(r.Method, " ", r.Path, " ", r.Status.Value, " ", r.ClientIP, " ", r.RequestID, r.Interim))
	}
	return lines
}

// TestUploadInterrupted: an interrupt ends a slow upload, which the API records as a
// client that left.
func TestUploadInterrupted(t *testing.T) {
	p, path := testAPI(t)
	d := &driver{bed: p.bed}
	ctx, interrupt := context.WithCancel(t.Context())
	if err := d.upload(ctx, stalledUpload); err != nil {
		t.Fatal(err)
	}
	interrupt()
	if err := d.release(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("release = %v", err)
	}
	p.end()
	recs := records(t, path)
	if len(recs) != 1 || recs[0].Outcome != accesslog.OutcomeClientClosed || !slices.Equal(recs[0].Interim, []int{100}) {
		t.Errorf("records: %+v", recs)
	}
}

// TestPlan: whatever the seed, a plan is whole, in order, and within the span, and an
// incident changes only what it says.
func TestPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lc := testLoad(rapid.IntRange(1, 400).Draw(t, "requests"), "none")
		lc.seed = rapid.Uint64().Draw(t, "seed")
		slots := rapid.IntRange(1, 20).Draw(t, "slots")
		healthy := plan(lc, slots)
		for _, in := range incidents {
			lc.incident = in.name
			from, to := lc.window()
			steps := plan(lc, slots)
			if len(steps) != lc.requests || !slices.IsSortedFunc(steps, func(a, b step) int { return a.at.Compare(b.at) }) {
				t.Fatalf("%s: %d steps of %d, sorted or not", in.name, len(steps), lc.requests)
			}
			for i, s := range steps {
				if s.at.Before(lc.start) || s.at.After(lc.start.Add(lc.span)) {
					t.Fatalf("%s: step at %v", in.name, s.at)
				}
				broken := s.noDatabase || s.holdSlots || s.kind == slow
				if broken && (s.at.Before(from) || !s.at.Before(to)) {
					t.Fatalf("%s: broken at %v", in.name, s.at)
				}
				s.noDatabase, s.avatars = healthy[i].noDatabase, healthy[i].avatars
				if in.surge == 1 && s != healthy[i] {
					t.Fatalf("%s: step %+v, healthy %+v", in.name, s, healthy[i])
				}
			}
		}
	})
}
