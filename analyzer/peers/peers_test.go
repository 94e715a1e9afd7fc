package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// report is what is compared of the analyzer's.
type report struct {
	Requests int
	Statuses []struct{ Status, Requests int }
	Routes   struct {
		Top []struct {
			Route    string
			Statuses map[int]int
		}
	}
	Lines struct{ Read int }
}

func (r *report) byStatus() map[int]int {
	m := map[int]int{}
	for _, s := range r.Statuses {
		m[s.Status] = s.Requests
	}
	return m
}

// byRoute counts the requests of a status on a route, whatever their method.
func (r *report) byRoute() map[string]int {
	m := map[string]int{}
	for _, route := range r.Routes.Top {
		for status, n := range route.Statuses {
			m[fmt.Sprintf("%d %s", status, route.Route)] += n
		}
	}
	return m
}

// output is what a contender prints, or "" where it is not there, which it must be where CI
// installs it.
func output(t *testing.T, argv ...string) string {
	t.Helper()
	if _, err := exec.LookPath(argv[0]); err != nil {
		if installed := argv[0] == "jq" || argv[0] == "goaccess"; installed && os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("%s is not installed", argv[0])
	}
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	if err != nil {
		t.Fatalf("%v: %v", argv, err)
	}
	return string(out)
}

// What is measured beside each other must have done the same work: all of them count as many
// requests of each status, and those that group by route as many of each status on each route.
func TestContendersAgree(t *testing.T) {
	b, err := newBench(t.TempDir(), 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	reports := map[string]*report{}
	for _, log := range []string{b.ours, b.combined, b.zipped} {
		r := &report{}
		if err := json.Unmarshal([]byte(output(t, b.loganalyze, "--format", "json", "--top", "0", log)), r); err != nil {
			t.Fatal(err)
		}
		reports[log] = r
	}
	ours, combined := reports[b.ours], reports[b.combined]
	if !maps.Equal(ours.byStatus(), reports[b.zipped].byStatus()) {
		t.Errorf("zipped the log has %v, plain %v", reports[b.zipped].byStatus(), ours.byStatus())
	}
	t.Run("wc", func(t *testing.T) {
		for log, r := range map[string]*report{b.ours: ours, b.combined: combined} {
			if got := strings.Fields(output(t, "wc", "-l", log))[0]; got != strconv.Itoa(r.Lines.Read) || r.Requests != r.Lines.Read {
				t.Errorf("%s: wc counts %s lines, the analyzer %d with %d requests", filepath.Base(log), got, r.Lines.Read, r.Requests)
			}
		}
	})
	t.Run("jq", func(t *testing.T) {
		got := map[int]int{}
		if err := json.Unmarshal([]byte(output(t, b.tables()[0].contenders[3].argv...)), &got); err != nil || !maps.Equal(got, ours.byStatus()) {
			t.Errorf("jq counts %v, the analyzer %v: %v", got, ours.byStatus(), err)
		}
	})
	t.Run("goaccess", func(t *testing.T) {
		argv := b.tables()[1].contenders[3].argv
		output(t, argv...)
		raw, err := os.ReadFile(argv[len(argv)-1])
		var got struct {
			General struct {
				Total int `json:"total_requests"`
			}
		}
		if err == nil {
			err = json.Unmarshal(raw, &got)
		}
		if err != nil || got.General.Total != combined.Requests {
			t.Errorf("goaccess counts %d requests, the analyzer %d: %v", got.General.Total, combined.Requests, err)
		}
	})
	t.Run("DuckDB", func(t *testing.T) {
		var out bytes.Buffer
		if err := duckdb(b.ours, &out); err != nil {
			t.Fatal(err)
		}
		agree(t, out.String(), ours)
	})
	t.Run("ClickHouse", func(t *testing.T) {
		agree(t, output(t, clickhouse(b.ours)...), ours)
	})
}

// agree holds rows of status, requests, route and quantiles, behind tabs, against the report.
func agree(t *testing.T, rows string, r *report) {
	t.Helper()
	got := map[string]int{}
	for row := range strings.Lines(rows) {
		fields := strings.Split(row, "\t")
		if len(fields) != 4 {
			t.Fatalf("row %q", row)
		}
		requests, err := strconv.Atoi(fields[1])
		if err != nil {
			t.Fatalf("row %q: %v", row, err)
		}
		got[fields[0]+" "+cmp.Or(fields[2], "(unrouted)")] = requests
	}
	if want := r.byRoute(); !maps.Equal(got, want) {
		t.Errorf("counts %v, the analyzer %v", got, want)
	}
}
