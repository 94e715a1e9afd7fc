package analyzer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/internal/traffic"
	"github.com/loganalyze/loganalyze/analyzer/route"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// Where one state lacks what incidents are looked for in, none are, and the report says which lacks it.
func TestStatesWithoutIncidents(t *testing.T) {
	log := ours(course(1800, 10, between(600, 900, answers(503, .5)))...)
	of := func(name string, off bool) *State {
		b, _ := saved(t, Options{NoIncidents: off}, text(name+".log", log))
		return load(t, name, b)
	}
	older := load(t, "older", readFile(t, filepath.Join("testdata", "state-v2")))
	older.selection = selection{} // which alone keeps it from being looked at
	const behind = " saved with --no-incidents, or by an older version; save it again without, or leave it out"
	for _, tt := range []struct {
		reason string
		states []*State
		want   string
	}{
		{"none lacks it", []*State{of("a", false), of("b", false)}, ""},
		{"the only one", []*State{of("a", true)}, "a was"},
		{"the first", []*State{of("a", true), of("b", false)}, "a was"},
		{"the last", []*State{of("a", false), of("b", true)}, "b was"},
		{"two of three", []*State{of("a", false), of("b", true), of("c", true)}, "b and 1 more were"},
		{"one that was merged before", []*State{of("d", false), again(t, "all", together(t, of("a", false), of("b", true)))}, "b in all was"},
		{"an older version", []*State{of("a", false), older}, "web-1 in older and 1 more were"},
	} {
		whole := together(t, tt.states...)
		if tt.want != "" {
			tt.want += behind
		}
		if r := whole.Report(Options{}); string(r.NoIncidents) != tt.want || (len(r.Incidents) > 0) != (tt.want == "") {
			t.Errorf("%s: %q and %d incidents, want %q", tt.reason, r.NoIncidents, len(r.Incidents), tt.want)
		}
	}
}

// together are states that were merged, in the first.
func together(t *testing.T, states ...*State) *State {
	t.Helper()
	for _, s := range states[1:] {
		mustMerge(t, states[0], s)
	}
	return states[0]
}

// Where paths were given routes by other hints it is told, however the states were merged.
func TestStatesOfOtherHints(t *testing.T) {
	hints := func(patterns string) *route.Hints {
		h, err := route.ParsePatterns("routes.txt", []byte(patterns))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	files := 0
	of := func(name, patterns string) *State {
		o := Options{}
		if patterns != "" {
			o.Hints = hints(patterns)
		}
		files++ // so that none looks like another
		b, _ := saved(t, o, text("access.log", strings.Replace(combinedLine, "curl", fmt.Sprint(files), 1)))
		return load(t, name, b)
	}
	untold := func(s *State) *State { // as a version before there were sums
		b := s.analysis.basis()
		s.inputs[0].basis.Hints = b.Hints
		return s
	}
	const behind = ": a path may stand under two routes; save all with the same"
	for _, tt := range []struct {
		reason string
		states []*State
		want   string
	}{
		{"none", []*State{of("a", ""), of("b", "")}, ""},
		{"the same", []*State{of("a", "/u/{id}"), of("b", "/u/{id}\n")}, ""},
		{"others", []*State{of("a", "/u/{id}"), of("b", "/u/{name}")}, "b was saved with other --routes or --openapi than a"},
		{"one without", []*State{of("a", "/u/{id}"), of("b", "/u/{id}"), of("c", "")}, "c was saved with other --routes or --openapi than a"},
		{"the first without", []*State{of("a", ""), of("b", "/u/{id}"), of("c", "/u/{id}")}, "b and 1 more were saved with other --routes or --openapi than a"},
		{"through a file", []*State{of("c", "/u/{id}"), again(t, "all", together(t, of("a", "/u/{id}"), of("b", "")))}, "b in all was saved with other --routes or --openapi than c"},
		{"some that are not told, and none", []*State{of("a", ""), untold(of("b", "/u/{id}"))}, "b was saved with other --routes or --openapi than a"},
		{"some that are not told, and others", []*State{of("a", "/u/{id}"), untold(of("b", "/u/{name}"))}, ""},
	} {
		whole := together(t, tt.states...)
		want := []string{}
		if tt.want != "" {
			want = append(want, tt.want+behind)
		}
		if got := whole.Notes(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", tt.reason, got, want)
		}
	}
}

// Requests that count twice are told, by whatever name their log went, and no others.
func TestStatesOfOneLog(t *testing.T) {
	long := ours(course(60, 10)...)
	lines := strings.SplitAfter(long, "\n")
	part := strings.Join(lines[:len(lines)/2], "")
	if len(part) < maxHead {
		t.Fatalf("%d bytes are too few", len(part))
	}
	of := func(name, file, log string, o Options) *State {
		b, _ := saved(t, o, text(file, log))
		return load(t, name, b)
	}
	whole := func(name string) *State { return of(name, "access.log", long, Options{}) }
	at := func(second int) time.Time { return noon.Add(time.Duration(second) * time.Second) }
	during := func(from, to int) Options { return Options{Filter: Filter{Since: at(from), Until: at(to)}} }
	golden := func(name string, version int) *State {
		return load(t, name, readFile(t, filepath.Join("testdata", fmt.Sprint("state-v", version))))
	}
	undated := `{"method":"GET","path":"/","status":200}` + "\n"
	for _, tt := range []struct {
		reason string
		states []*State
		want   string
	}{
		{"two logs", []*State{whole("a"), of("b", "access.log", long[len(lines[0]):], Options{})}, ""},
		{"a copy of a state", []*State{whole("a"), whole("b")},
			"access.log of a and access.log of b look like one log, whose requests count twice, from 2026-11-20 12:00:00 UTC to 2026-11-20 12:00:59 UTC; leave out what is there already"},
		{"two copies", []*State{whole("a"), whole("b"), whole("c")},
			"access.log of a and access.log of b look like one log, whose requests count twice, from 2026-11-20 12:00:00 UTC to 2026-11-20 12:00:59 UTC; so do those of 1 more; leave out what is there already"},
		{"through a file", []*State{whole("a"), again(t, "all", together(t, of("c", "c.log", combinedLine, Options{}), whole("b")))},
			"access.log of a and access.log of b in all look like one log"},
		{"by another name, and packed", []*State{whole("a"), of("b", "access.log.1.gz", gzipped(long), Options{})}, "access.log of a and access.log.1.gz of b look like one log"},
		{"as it grows", []*State{whole("b"), of("a", "access.log", part, Options{})}, "count twice, from 2026-11-20 12:00:00 UTC to 2026-11-20 12:00:29 UTC"},
		{"of other times", []*State{of("a", "access.log", long, during(0, 20)), of("b", "access.log", long, during(20, 40)), of("c", "access.log", long, during(40, 60))}, ""},
		{"of times that overlap", []*State{of("b", "access.log", long, during(20, 40)), of("c", "access.log", long, during(40, 60)), of("a", "access.log", long, during(10, 22))},
			"access.log of a and access.log of b look like one log, whose requests count twice, from 2026-11-20 12:00:20 UTC to 2026-11-20 12:00:21 UTC; leave"},
		{"of a time within another", []*State{of("a", "access.log", long, during(0, 60)), of("b", "access.log", long, during(10, 20)), of("c", "access.log", long, during(30, 40))}, "so do those of 1 more"},
		{"of times without any request", []*State{of("a", "access.log", long, during(100, 120)), of("b", "access.log", long, during(100, 120))}, ""},
		{"without times", []*State{of("a", "access.log", undated, Options{}), of("b", "access.log", undated, Options{})}, "look like one log, whose requests count twice; leave"},
		{"empty logs", []*State{of("a", "access.log", "", Options{}), of("b", "access.log", "", Options{})}, ""},
		{"what is no log", []*State{of("a", "notes", "to be, or not to be\n", Options{}), of("b", "notes", "to be, or not to be\n", Options{})}, ""},
		{"of an older version", []*State{golden("a", 2), golden("b", 2)}, "access.log of web-1 in a and access.log of web-1 in b look like one log"},
	} {
		all := together(t, tt.states...)
		got := strings.Join(all.Notes(), "\n")
		if !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
		if later := again(t, "", all).Notes(); len(later) != len(all.Notes()) {
			t.Errorf("%s: %q, and once it was written %q", tt.reason, got, later)
		}
	}
}

// A log is known by its first bytes also where it was entered further on.
func TestStatesOfOneLogThatWasEntered(t *testing.T) {
	name, lasts := busyLog(t, minEnter+1<<20, traffic.Combined, 0)
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	since := Options{Filter: Filter{Since: noon.Add(lasts * 3 / 4)}}
	b, r := saved(t, since, args(t, name)...)
	if r.Inputs[0].UnreadBytes == 0 {
		t.Fatal("it was not entered")
	}
	c, _ := saved(t, since, source.FromReader("stdin", strings.NewReader(string(content))))
	if got := together(t, load(t, "a", b), load(t, "b", c)).Notes(); len(got) != 1 || !strings.Contains(got[0], "look like one log") {
		t.Errorf("the notes are %q", got)
	}
}

// Why no request passed the filters a state says as the run does that wrote it.
func TestStateOfAnEmptySelection(t *testing.T) {
	for reason, o := range map[string]Options{
		"before the log": {Filter: Filter{Until: noon.Add(-time.Hour)}},
		"behind it":      {Filter: Filter{Since: noon.Add(time.Hour), Until: noon.Add(2 * time.Hour)}},
		"no time":        {Filter: Filter{Methods: []string{"PATCH"}}},
	} {
		b, r := saved(t, o, text("access.log", combinedLine))
		got := load(t, "a", b)
		if want := toJSON(t, r); toJSON(t, got.Report(Options{})) != want {
			t.Errorf("%s: the run says %q, and the state %q", reason, r.Reason, got.Report(Options{}).Reason)
		}
		mustMerge(t, got, again(t, "b", load(t, "", b)))
		if got := again(t, "c", got).Report(Options{}).Reason; got != r.Reason {
			t.Errorf("%s: the run says %q, and the merged state %q", reason, r.Reason, got)
		}
	}
}
