package render

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer"
)

var update = flag.Bool("update", false, "write the golden files")

// A reader is told how each input was read.
func TestManner(t *testing.T) {
	in := analyzer.Input{Name: "web.log", Format: "json", OtherFormats: []string{"combined"}, Wrappers: []string{"a syslog header (RFC 3164)"}, Unit: "s", Guessed: true, NotRead: "column 1, such as 91000, may be a duration\x1b", TZ: "Europe/Berlin", Lines: 1, Records: 1}
	r := &analyzer.Report{Inputs: []analyzer.Input{in}, Lines: analyzer.Lines{Read: 1, Accepted: 1}}
	said := func() string {
		var b strings.Builder
		if err := Text(&b, r, Options{Width: 200}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, want := range []string{
		"read whole as json and combined behind a syslog header (RFC 3164), durations in s, times without a zone taken for Europe/Berlin",
		"durations of web.log were taken for s, guessed from their values",
		`Of web.log: column 1, such as 91000, may be a duration\x1b.`,
	} {
		if got := said(); !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
	in.Name, in.Unit, in.Guessed = "b.log", "ms", false
	r.Inputs = append(r.Inputs, in)
	for _, want := range []string{"web.log  json    s  ", "b.log    json    ms "} {
		if got := said(); !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}

// What a coarse clock tells as 0 is not nothing.
func TestZeroOfACoarseClock(t *testing.T) {
	zero, some := 0.0, 2000.0
	for _, tt := range []struct {
		below float64
		want  string
	}{{0, "p50 0 ms · p95 2.0 s"}, {1, "p50 <1 ms · p95 2.0 s"}, {1000, "p50 <1 s · p95 2.0 s"}} {
		r := &analyzer.Report{Latency: analyzer.Latency{P50: &zero, P95: &some, ZeroBelow: tt.below}}
		r.Routes.Failing = []analyzer.Route{{Route: "/a", Latency: analyzer.Latency{P95: &zero}}}
		var b strings.Builder
		if err := Text(&b, r, Options{}); err != nil {
			t.Fatal(err)
		}
		p95, _, _ := strings.Cut(strings.TrimPrefix(tt.want, "p50 "), " ·")
		if got := b.String(); !strings.Contains(got, tt.want) || strings.Count(got, p95) != 2 {
			t.Errorf("want %q, and of the route %q, in\n%s", tt.want, p95, got)
		}
	}
}

func TestTextGolden(t *testing.T) {
	hint := []string{"loganalyze", "review", "access.log"}
	for _, tt := range []struct {
		name   string
		report *analyzer.Report
		o      Options
	}{
		{"critical", critical(), Options{Review: hint}},
		{"critical-40", critical(), Options{Width: 40, Review: hint}},
		{"critical-60", critical(), Options{Width: 60, Review: []string{"loganalyze", "review", "--since", "20 Nov", "logs/api 1.log", "logs/api-2.log"}}},
		{"critical-80", critical(), Options{Width: 80}},
		{"critical-140", critical(), Options{Width: 140}},
		{"critical-color", critical(), Options{Color: true, Review: hint}},
		{"healthy", healthy(), Options{}},
		{"garbage", garbage(), Options{}},
		{"garbage-60-color", garbage(), Options{Width: 60, Color: true}},
		{"unknowns", unknowns(), Options{}},
		{"statusless-color", statusless(), Options{Color: true}},
		{"huge", huge(), Options{}},
		{"huge-40", huge(), Options{Width: 40}},
		{"empty", empty(), Options{}},
		{"zero", &analyzer.Report{}, Options{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Text(&b, tt.report, tt.o); err != nil {
				t.Fatal(err)
			}
			if err := wellFormed(b.String(), tt.o); err != nil {
				t.Error(err)
			}
			golden(t, tt.name+".txt", b.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// wellFormed says what is wrong with a text whatever the report: a line too wide, a
// control character that is not ours, a space at the end of a line.
func wellFormed(text string, o Options) error {
	if text != "" && !strings.HasSuffix(text, "\n") {
		return errors.New("the text does not end in a newline")
	}
	w := max(o.Width, minWidth)
	if o.Width == 0 {
		w = defaultWidth
	}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if o.Color {
			line = withoutSGR(line)
		}
		if Escape(line) != line {
			return fmt.Errorf("line %d holds hidden characters: %q", i+1, line)
		}
		if got := width(line); got > w {
			return fmt.Errorf("line %d takes %d columns of %d: %q", i+1, got, w, line)
		}
		if strings.HasSuffix(line, " ") {
			return fmt.Errorf("line %d ends in a space: %q", i+1, line)
		}
	}
	return nil
}

// withoutSGR takes away the sequences that the palette writes, and no others.
func withoutSGR(s string) string {
	for _, st := range []style{heading, faint, good, warning, bad, "1;" + good, "1;" + warning, "1;" + bad, "0"} {
		s = strings.ReplaceAll(s, "\x1b["+string(st)+"m", "")
	}
	return s
}

// Colour adds nothing but itself.
func TestColorSaysNothingNew(t *testing.T) {
	for _, r := range []*analyzer.Report{critical(), healthy(), garbage(), unknowns(), huge(), empty()} {
		var mono, color bytes.Buffer
		if err := errors.Join(Text(&mono, r, Options{}), Text(&color, r, Options{Color: true})); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(mono.String(), withoutSGR(color.String())); diff != "" {
			t.Errorf("without and with colour:\n%s", diff)
		}
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriteErrorsAreReturned(t *testing.T) {
	full := errors.New("no space left on device")
	for _, r := range Renderers() {
		if err := r.Render(failingWriter{full}, critical(), Options{}); !errors.Is(err, full) {
			t.Errorf("%s: got %v, want %v", r.Name, err, full)
		}
	}
}
