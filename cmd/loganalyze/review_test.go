package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer"
)

// The reviews that people are shown are those of logs of incidents that were executed, and they say
// what was broken. A log and its truth are made anew by
//
//	go run ./cmd/usersapi -load -incident crash -requests 5000 -log FILE -truth FILE
func TestExecutedIncidents(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", "testdata", "incidents"))
	t.Setenv("TZ", "UTC")
	t.Setenv("LOGANALYZE_CONFIG", os.DevNull)
	logs, err := filepath.Glob("*.log.gz")
	if err != nil || len(logs) < 3 {
		t.Fatalf("%d logs: %v", len(logs), err)
	}
	for _, log := range logs {
		name := strings.TrimSuffix(log, ".log.gz")
		t.Run(name, func(t *testing.T) {
			got := runOK(t, "review", "--format", "markdown", log)
			if *update {
				if err := os.WriteFile(name+".md", got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name + ".md")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); d != "" {
				t.Errorf("-%s.md +printed, which -update writes into it:\n%s", name, d)
			}
			holdsTrue(t, name, runOK(t, "review", "--format", "json", log))
		})
	}
}

func runOK(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, complaints bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &complaints); code != exitOK {
		t.Fatalf("%v: exit code %d: %s", args, code, &complaints)
	}
	return out.Bytes()
}

// holdsTrue holds a review against what the load driver wrote down.
func holdsTrue(t *testing.T, name string, review []byte) {
	t.Helper()
	var r analyzer.Review
	if err := json.Unmarshal(review, &r); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name + ".truth.json")
	if err != nil {
		t.Fatal(err)
	}
	var truth struct {
		Start, End time.Time
		Where      map[string]string
		Failed     uint64
		Clients    uint64
	}
	if err := json.Unmarshal(b, &truth); err != nil {
		t.Fatal(err)
	}
	if len(r.Incidents) != 1 {
		t.Fatalf("%d incidents", len(r.Incidents))
	}
	in := r.Incidents[0]
	const slack = 10 * time.Second // until the first request that fails, and from the last
	if d := in.Start.Sub(truth.Start).Abs(); d > slack {
		t.Errorf("it began at %v, and in truth at %v", in.Start, truth.Start)
	}
	if in.EndLow.Add(-slack).After(truth.End) || in.EndHigh.Add(slack).Before(truth.End) {
		t.Errorf("it ended from %v to %v, and in truth at %v", in.EndLow, in.EndHigh, truth.End)
	}
	if in.Failures != truth.Failed || *in.Clients != truth.Clients {
		t.Errorf("%d failures of %d clients, in truth %d of %d", in.Failures, *in.Clients, truth.Failed, truth.Clients)
	}
	told := func(where map[string]string) bool { // or what is the same in this log: the version of one instance
		return where["instance"] != "" && (truth.Where["instance"] == "" || where["instance"] == truth.Where["instance"]) && where["route"] == truth.Where["route"]
	}
	if len(in.Suspects) == 0 || !told(in.Suspects[0].Where) {
		t.Errorf("the suspects are %v, and in truth it was %v", in.Suspects, truth.Where)
	}
}
