package analyzer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/analyzer/format"
)

// linesAddUp checks that each line had one fate, and that the inputs and the total agree.
func linesAddUp(t rapid.TB, r *Report) {
	t.Helper()
	l := r.Lines
	if l.Read != l.Accepted+l.Filtered+l.Malformed+l.Truncated+l.Other {
		t.Errorf("%d lines were read, but %d have a fate: %+v", l.Read, l.Accepted+l.Filtered+l.Malformed+l.Truncated+l.Other, l)
	}
	var lines, records, malformed uint64
	for _, in := range r.Inputs {
		lines, records, malformed = lines+in.Lines, records+in.Records, malformed+in.Malformed
	}
	if lines != l.Read || records != l.Records || malformed != l.Malformed {
		t.Errorf("the inputs add up to %d lines, %d records, %d malformed, the total is %+v", lines, records, malformed, l)
	}
}

// Every way in which a line can end, in one log.
func TestEachLineHasOneFate(t *testing.T) {
	one := ours(response("GET", "/", 200))
	kept := strings.Repeat(one, 10)
	salvaged := strings.TrimSuffix(one, "}\n") + `,"user_agent":"cur` + "\n"
	filtered := ours(response("PUT", "/", 200))
	lost := `{"time":"2026-11-20T12:00:00Z","msg":"http_request","sta` + "\n"
	wrong := strings.Replace(one, `"status":200`, `"status":"ok"`, 1)
	log := kept + salvaged + filtered + lost + wrong + "\n" + "\r\n" + "starting up\n" + `{"msg":"hello"}` + "\n"
	r := run(t, Options{Filter: Filter{Methods: []string{"GET"}}}, text("log", log))
	want := Lines{Read: 18, Accepted: 10, Filtered: 1, Malformed: 1, Truncated: 2, Other: 4, Records: 12}
	if diff := cmp.Diff(want, withoutSamples(r.Lines)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if r.Requests != 11 {
		t.Errorf("%d requests, want 11: one could be saved from a line that was cut", r.Requests)
	}
	linesAddUp(t, r)
	in := r.Inputs[0]
	if in.Lines != 18 || in.Records != 12 || in.Malformed != 1 || in.Truncated != 2 || in.Other != 4 || in.Bytes != uint64(len(log)) {
		t.Errorf("the input is %+v", in)
	}
	var got []string
	for _, s := range r.Lines.Samples {
		got = append(got, fmt.Sprintf("%s %s:%d", s.Kind, s.File, s.Line))
		if s.Error == "" {
			t.Errorf("%+v does not say what is wrong", s)
		}
	}
	samples := []string{"malformed log:14", "other log:15", "other log:16", "other log:17", "truncated log:11", "truncated log:13"}
	if diff := cmp.Diff(samples, got); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
}

func withoutSamples(l Lines) Lines {
	l.Samples = nil
	return l
}

// badLine is a line that gave no whole record, on its way to the accounting.
type badLine struct {
	kind format.Kind
	at   Position
}

func TestSamplesAreTheFirst(t *testing.T) {
	kinds := []format.Kind{format.Malformed, format.Truncated, format.Other}
	rapid.Check(t, func(t *rapid.T) {
		var all []badLine
		for _, file := range []string{"a.log", "b.log", "b.log.1"} {
			for n := range rapid.IntRange(0, 12).Draw(t, file) {
				all = append(all, badLine{rapid.SampledFrom(kinds).Draw(t, "kind"), onLine(file, uint64(n+1))})
			}
		}
		account := func(lines []badLine) *accounting {
			a := &accounting{}
			for _, l := range lines {
				in := a.of(l.at.File)
				in.read++
				in.bytes += 10
				a.lost(in, l.kind, l.at, errors.New("no"), fmt.Appendf(nil, "%s:%d", l.at.File, l.at.Line))
			}
			return a
		}
		var parts []*accounting
		for _, hand := range deal(t, all, rapid.IntRange(1, 5).Draw(t, "parts")) {
			parts = append(parts, account(hand))
		}
		got := mergeAnyhow(t, parts, func(into, from *accounting) { into.merge(from) })
		if diff := cmp.Diff(account(all).report(), got.report()); diff != "" {
			t.Fatalf("merged parts are not the whole (-whole +merged):\n%s", diff)
		}
		for _, kind := range kinds {
			var want []string
			for _, l := range all {
				if l.kind == kind && len(want) < maxSamples {
					want = append(want, fmt.Sprintf("%s:%d", l.at.File, l.at.Line))
				}
			}
			var texts []string
			for _, s := range got.report().Samples {
				if s.Kind == string(kind) {
					texts = append(texts, s.Text)
				}
			}
			if !slices.Equal(want, texts) {
				t.Fatalf("the samples of %s are %q, want %q", kind, texts, want)
			}
		}
	})
}

// A sample is short, and valid UTF-8 whatever the line holds.
func TestSampleText(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"short", "short"},
		{"a\xffb", "a\ufffdb"},
		{strings.Repeat("x", 500), strings.Repeat("x", 200)},
		{"", ""},
	} {
		if got := excerpt([]byte(tt.line)); got != tt.want {
			t.Errorf("%q is shown as %q, want %q", tt.line, got, tt.want)
		}
	}
	if got := excerpt([]byte(strings.Repeat("é", 99) + "x€€")); !utf8.ValidString(got) {
		t.Errorf("a line that is cut within a character is shown as %q", got)
	}
}
