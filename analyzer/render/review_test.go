package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/analyzer"
)

func printed(t interface{ Fatal(...any) }, render func(*bytes.Buffer) error) string {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func asForm(t *testing.T, form string, r *analyzer.Review, o Options) string {
	t.Helper()
	f, ok := ByName(Reviews(), form)
	if !ok {
		t.Fatalf("there is no form %s", form)
	}
	return printed(t, func(b *bytes.Buffer) error { return f.Render(b, r, o) })
}

func TestReviewGolden(t *testing.T) {
	for name, r := range reviewsOfAllKinds() {
		for _, f := range Reviews() {
			if name == "hostile" && f.Name == "json" {
				continue // it holds what JSON cannot: NaN
			}
			golden(t, "review-"+name+f.Extensions[0], []byte(asForm(t, f.Name, r, Options{Width: 80})))
		}
		golden(t, "review-"+name+"-120.txt", []byte(asForm(t, "text", r, Options{Width: 120})))
	}
}

// What a review says does not depend on its form, and never claims to know why.
func TestReviewSaysNoCause(t *testing.T) {
	for name, r := range reviewsOfAllKinds() {
		for _, f := range Reviews() {
			if name == "hostile" {
				continue
			}
			got := strings.ToLower(asForm(t, f.Name, r, Options{}))
			if strings.Contains(got, "root cause") || strings.Contains(got, "root-cause") {
				t.Errorf("%s, %s: it speaks of a root cause", name, f.Name)
			}
		}
	}
}

// sectionsInOrder are those of one incident, as people who write postmortems expect them.
var sectionsInOrder = []string{"Summary", "Impact", "Timeline", "First symptom", "What the failures share", "What changed", "Detection", "Error budget", "Evidence",
	"What these logs cannot say", "Trigger", "Resolution", "Action items", "Lessons"}

func TestReviewSections(t *testing.T) {
	for form, heading := range map[string]string{"markdown": `(?m)^## (.*)$`, "html": `<h2 [^>]*>(.*)</h2>`, "text": `(?m)^([A-Z][a-z ]+)$`} {
		var got []string
		for _, m := range regexp.MustCompile(heading).FindAllStringSubmatch(asForm(t, form, review(instanceReview()), Options{}), -1) {
			if slices.Contains(sectionsInOrder, m[1]) {
				got = append(got, m[1])
			}
		}
		if !slices.Equal(got, sectionsInOrder) {
			t.Errorf("%s: the sections are %q", form, got)
		}
		if none := asForm(t, form, calmReview(), Options{}); !strings.Contains(none, "No incident was found.") || strings.Contains(none, "to be filled in") {
			t.Errorf("%s: without an incident it reads\n%s", form, none)
		}
	}
}

func TestReviewText(t *testing.T) {
	for name, r := range reviewsOfAllKinds() {
		for _, w := range []int{40, 80, 120} {
			mono, color := asForm(t, "text", r, Options{Width: w}), asForm(t, "text", r, Options{Width: w, Color: true})
			if err := wellFormed(mono, Options{Width: w}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if withoutSGR(color) != mono {
				t.Errorf("%s: colour says something of its own", name)
			}
		}
	}
}

// A page is one tree of the elements that the template has, whatever the log holds.
func TestReviewHTMLIsClosed(t *testing.T) {
	elements := strings.Fields("html head meta title style body main header h1 h2 h3 p span section ul li strong code div table caption thead tbody tr th td figure svg desc rect line figcaption")
	for name, r := range reviewsOfAllKinds() {
		page := asForm(t, "html", r, Options{})
		d := xml.NewDecoder(strings.NewReader(page))
		d.Strict, d.Entity = false, xml.HTMLEntity
		var open []string
		for {
			token, err := d.RawToken()
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				if !slices.Contains(elements, token.Name.Local) {
					t.Errorf("%s: a %s is in it", name, token.Name.Local)
				}
				for _, a := range token.Attr {
					if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "src" || a.Name.Local == "href" {
						t.Errorf("%s: %s=%q is in it", name, a.Name.Local, a.Value)
					}
				}
				open = append(open, token.Name.Local)
			case xml.EndElement:
				if last := len(open) - 1; open[last] != token.Name.Local {
					t.Fatalf("%s: </%s> ends %v", name, token.Name.Local, open)
				}
				open = open[:len(open)-1]
			case xml.Comment:
				t.Errorf("%s: a comment is in it", name)
			}
			if n := len(open); n > 0 && open[n-1] == "meta" {
				open = open[:n-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: %v are not closed", name, open)
		}
		if strings.ContainsFunc(strings.ReplaceAll(page, "\n", ""), hidden) {
			t.Errorf("%s: the page holds a hidden character", name)
		}
	}
}

func TestReviewSchema(t *testing.T) {
	root := readSchema(t, ReviewSchema)
	for name, of := range reportSchema(t).Defs {
		if root.Defs[name] != nil {
			t.Errorf("both schemas define %s", name)
		}
		root.Defs[name] = of
	}
	if seen := describes(t, root, reflect.TypeFor[analyzer.Review]()); seen < 28 {
		t.Errorf("only %d types were looked at", seen)
	}
	for name, r := range reviewsOfAllKinds() {
		if name == "zero" || name == "hostile" {
			continue
		}
		var v any
		if err := json.Unmarshal([]byte(asForm(t, "json", r, Options{})), &v); err != nil {
			t.Fatal(err)
		}
		if err := root.check(root, v, name); err != nil {
			t.Error(err)
		}
	}
}

func TestReviewWriteErrorsAreReturned(t *testing.T) {
	full := errors.New("no space left on device")
	for _, f := range Reviews() {
		if err := f.Render(failingWriter{full}, review(instanceReview()), Options{}); !errors.Is(err, full) {
			t.Errorf("%s: got %v, want %v", f.Name, err, full)
		}
	}
}

// Whatever a log holds stays within its span, and its cell of a table.
func TestMarkdownSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.Just(hostileText), rapid.StringOf(rapid.RuneFrom([]rune("ab `|\\*_[]<>\n\r#!&~"))), rapid.String()).Draw(t, "text")
		if inTable := markdownCode(s, true); strings.Contains(inTable, "|") {
			t.Fatalf("%q divides a cell", inTable)
		}
		code := markdownCode(s, false)
		fence := code[:len(code)-len(strings.TrimLeft(code, "`"))]
		inner := strings.TrimSuffix(strings.TrimPrefix(code, fence), fence)
		if strings.ContainsAny(code, "\r\n") || regexp.MustCompile("(^|[^`])"+fence+"($|[^`])").MatchString(inner) {
			t.Fatalf("%q is not held by %q", s, code)
		}
		plain := markdownText(s)
		if strings.ContainsAny(plain, "\r\n") || regexp.MustCompile("(^|[^\\\\])(\\\\\\\\)*[`*_<>|~&#\\[\\]]").MatchString(plain) {
			t.Fatalf("%q means something in Markdown: %q", s, plain)
		}
	})
}

// Any review prints in each form for people.
func TestReviewOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := anyReport(t)
		r := &analyzer.Review{Inputs: of.Inputs, Lines: of.Lines, Period: of.Period, Requests: of.Requests, Failures: of.Failures, Reason: of.Reason, Timeline: of.Timeline, MicroBursts: of.MicroBurst}
		for _, in := range of.Incidents {
			r.Incidents = append(r.Incidents, analyzer.ReviewIncident{Incident: in, Summary: text(t, "summary"), Seconds: rapid.Float64().Draw(t, "seconds"), Timeline: of.Timeline,
				Errors: []analyzer.ErrorCount{{Error: text(t, "error")}}, Budget: analyzer.Budget{Allowed: rapid.Float64().Draw(t, "allowed")}})
		}
		o := Options{Width: rapid.IntRange(40, 160).Draw(t, "width")}
		if err := wellFormed(printed(t, func(b *bytes.Buffer) error { return ReviewText(b, r, o) }), o); err != nil {
			t.Fatal(err)
		}
		for _, f := range Reviews()[1:3] {
			out := printed(t, func(b *bytes.Buffer) error { return f.Render(b, r, o) })
			if strings.ContainsFunc(strings.ReplaceAll(out, "\n", ""), hidden) {
				t.Fatalf("%s holds a hidden character", f.Name)
			}
		}
	})
}
