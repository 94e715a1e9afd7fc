package analyzer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer/internal/traffic"
	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// busyLog is a file of about size bytes whose records begin at noon, ten seconds apart give or take
// jitter, and how long it goes on.
func busyLog(t *testing.T, size int, line traffic.Line, jitter time.Duration) (name string, lasts time.Duration) {
	random := rand.New(rand.NewPCG(7, 7))
	var b []byte
	for n := 0; len(b) < size; n++ {
		r := with(response("GET", fmt.Sprint("/users/", n%50), []int{200, 404, 500}[n%3]), completed(noon.Add(lasts+time.Duration(random.Int64N(int64(jitter)+1)))), from("192.0.2.1"))
		r.UserAgent = strings.Repeat("a", 1000)
		b = line(b, &r)
		lasts += 10 * time.Second
	}
	name = filepath.Join(t.TempDir(), "busy.log")
	if err := os.WriteFile(name, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return name, lasts
}

// counted is a report without what tells how much was read for it.
func counted(t *testing.T, r *Report) string {
	c := *r
	c.Inputs, c.Lines = nil, Lines{}
	c.Reason, _, _ = strings.Cut(c.Reason, ", and the logs span") // which is as the places tell that were looked at
	for _, list := range [][]Route{c.Routes.Failing, c.Routes.Top, c.Routes.ClientErrors} {
		for i := range list {
			for _, e := range []*Evidence{list[i].FirstFailure, list[i].LastFailure} {
				if e != nil {
					e.File, e.Line = "", 0
				}
			}
		}
	}
	return toJSON(t, &c)
}

// Whatever window is asked for: the report is the one that is made of all lines, and what is far
// from the window is not read.
func TestWindowIsEntered(t *testing.T) {
	for _, tt := range []struct {
		name string
		line traffic.Line
	}{{"loganalyze", traffic.Ours}, {"combined", traffic.Combined}} {
		t.Run(tt.name, func(t *testing.T) {
			name, lasts := busyLog(t, 6<<20, tt.line, 9*time.Minute)
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			end := noon.Add(lasts)
			for _, f := range []Filter{
				{Since: noon.Add(lasts / 2)},
				{Since: end.Add(-time.Minute)},
				{Until: noon.Add(lasts / 3)},
				{Until: noon.Add(time.Minute)},
				{Since: noon.Add(lasts / 4), Until: noon.Add(lasts/4 + time.Hour)},
				{Since: noon.Add(lasts / 4), Until: noon.Add(lasts/4 + time.Second)},
				{Since: noon.Add(-time.Hour), Until: noon.Add(2 * time.Hour)},
				{Since: noon.Add(-time.Hour)},
				{Since: end.Add(time.Hour)},
				{Until: noon.Add(-time.Hour)},
			} {
				o := Options{NoIncidents: true, Filter: f, Top: -1}
				whole, err := Run(t.Context(), []source.Source{text("busy.log", string(content))}, o)
				if err != nil {
					t.Fatal(err)
				}
				entered, err := Run(t.Context(), args(t, name), o)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(counted(t, whole), counted(t, entered)); diff != "" {
					t.Errorf("%v to %v (-all read +entered):\n%s", f.Since, f.Until, diff)
				}
				if asked := f.nothing(1, stretch{}); entered.Requests == 0 && !strings.Contains(entered.Reason, strings.TrimSuffix(asked, "none in the logs has a time")+"the logs span 2026-11-20 12:0") {
					t.Errorf("%v to %v: it says %q", f.Since, f.Until, entered.Reason)
				}
				in := entered.Inputs[0]
				if in.Bytes+in.UnreadBytes != uint64(len(content)) {
					t.Errorf("%v to %v: %d bytes read and %d not, of %d", f.Since, f.Until, in.Bytes, in.UnreadBytes, len(content))
				}
				// What must be read are the window, ten minutes on either side, and what is not searched any finer.
				from, to := max(f.Since.Sub(noon), 0), lasts
				if !f.Until.IsZero() {
					to = min(f.Until.Sub(noon), lasts)
				}
				share := float64(max(to-from, 0)+2*(disorder+9*time.Minute)) / float64(lasts)
				if most := share*float64(len(content)) + 3*fine; float64(in.Bytes) > most {
					t.Errorf("%v to %v: %d bytes were read, want %.0f at most", f.Since, f.Until, in.Bytes, most)
				}
			}
		})
	}
}

// The place of a line in a file that was entered is where it begins.
func TestWindowTellsOffsets(t *testing.T) {
	name, lasts := busyLog(t, 5<<20, traffic.Ours, 0)
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, Options{NoIncidents: true, Filter: Filter{Since: noon.Add(lasts * 3 / 4)}}, args(t, name)...)
	e := r.Routes.Failing[0].FirstFailure
	line, _, _ := strings.Cut(string(content[e.Offset:]), "\n")
	var got accesslog.Record
	if err := accesslog.ParseJSON([]byte(line), &got); err != nil || !got.Time.Equal(*e.Time) || got.Path != string(e.Path) || e.Line != 0 {
		t.Errorf("%+v is said to be %q: %v", e, line, err)
	}
	if s := toJSON(t, e); !strings.Contains(s, `"line": null`) {
		t.Errorf("the line is known in %s", s)
	}
}

// What is out of order by more than ten minutes, or tells no time, is read from its start.
func TestWindowIsNotEnteredOnGuesses(t *testing.T) {
	f := Filter{Since: noon.Add(time.Hour), Until: noon.Add(2 * time.Hour)}
	name, _ := busyLog(t, 5<<20, traffic.Ours, 0)
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(content), "\n")
	backwards := slices.Clone(lines)
	slices.Reverse(backwards)
	halves := slices.Concat(lines[len(lines)/2:], lines[:len(lines)/2])
	for _, tt := range []struct {
		reason, content string
		unordered       bool
	}{
		{"the newest first", strings.Join(backwards, ""), true},
		{"two logs, one behind the other", strings.Join(halves, ""), true},
		{"lines that tell no time", strings.ReplaceAll(string(content), `"time":"2026`, `"when":"2026`), false},
		{"a line as long as a block in the midst", strings.Join(lines[:2000], "") + strings.Repeat("x", 200_000) + "\n" + strings.Join(lines[2000:], ""), false},
	} {
		name := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(name, []byte(tt.content), 0o666); err != nil {
			t.Fatal(err)
		}
		o := Options{NoIncidents: true, Filter: f, Top: -1}
		whole, wholeErr := Run(t.Context(), []source.Source{text("log", tt.content)}, o)
		got, gotErr := Run(t.Context(), args(t, name), o)
		if (wholeErr == nil) != (gotErr == nil) {
			t.Errorf("%s: error %v, want %v", tt.reason, gotErr, wholeErr)
		}
		if got.Inputs[0].Unordered != tt.unordered {
			t.Errorf("%s: unordered is %v", tt.reason, got.Inputs[0].Unordered)
		}
		if diff := cmp.Diff(counted(t, whole), counted(t, got)); diff != "" || got.Inputs[0].UnreadBytes != 0 {
			t.Errorf("%s: %d bytes are not read (-all read +from a file):\n%s", tt.reason, got.Inputs[0].UnreadBytes, diff)
		}
	}
}
