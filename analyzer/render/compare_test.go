package render

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// compared is the log of the repository before and after a moment.
func compared(t *testing.T, at string) *analyzer.Comparison {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := source.FromArgs([]string{"../../testdata/access.log"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := analyzer.Compare(t.Context(), analyzer.Side{Sources: sources, Until: moment}, analyzer.Side{Sources: sources, Since: moment}, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	broken = "2026-11-20T14:30:00Z" // when the database of the log goes away
	mended = "2026-11-20T15:02:50Z" // when it is back
	before = "2026-11-20T14:00:00Z"
)

func compareText(t *testing.T, c *analyzer.Comparison, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := CompareText(&b, c, o); err != nil {
		t.Fatal(err)
	}
	if err := wellFormed(b.String(), o); err != nil {
		t.Errorf("%v:\n%s", err, b.String())
	}
	return b.String()
}

func TestCompareTextGolden(t *testing.T) {
	for _, tt := range []struct {
		name, at string
		o        Options
	}{
		{"compare-80", broken, Options{Width: 80}},
		{"compare-120", broken, Options{Width: 120}},
		{"compare-40", broken, Options{Width: 40}},
		{"compare-color", broken, Options{Color: true}},
		{"compare-better", mended, Options{}},
		{"compare-nothing", before, Options{}},
	} {
		golden(t, tt.name+".txt", []byte(compareText(t, compared(t, tt.at), tt.o)))
	}
}

// Whatever was logged, at any width, nothing of it acts on a terminal.
func TestCompareTextOfAnything(t *testing.T) {
	c := compared(t, broken)
	const hostile = "\x1b[31m\n\u202e注👨‍👩‍👧\x00 "
	c.Reason = hostile + c.Reason
	c.Base.Inputs[0].Name = hostile
	for i := range c.Routes.List {
		c.Routes.List[i].Route, c.Routes.List[i].Method = hostile, hostile
	}
	c.Routes.OnlyNew = c.Routes.List[:1]
	for i := range c.Attributes {
		c.Attributes[i].Attribute = hostile
		for j := range c.Attributes[i].Values {
			v := &c.Attributes[i].Values[j]
			v.Value, v.Failures.Change = strings.Repeat(hostile, 9), analyzer.ChangeWorse
		}
	}
	for w := 40; w < 150; w += 7 {
		compareText(t, c, Options{Width: w, Color: w%2 == 0})
	}
	compareText(t, &analyzer.Comparison{}, Options{})
}

func TestTimes(t *testing.T) {
	for want, f := range map[string]float64{"0×": 0, "<0.01×": .004, "0.50×": .5, "1.00×": 1, "9.99×": 9.99, "10.0×": 9.996, "23.9×": 23.94, "100×": 99.96, "999×": 999, ">999×": 1e9} {
		if got := times(&f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
	for want, f := range map[string]float64{"0.00": 0, "+0.10": .001, "−0.07": -.0007, "0.01": 0, "+1.0": .00996, "−25.2": -.252} {
		if want == "0.01" {
			f, want = .00001, "0.00" // it is told by the interval
		}
		if got := points(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
	for want, f := range map[string]float64{"0": 0, "0.004": .004, "0.98": .98, "12.3": 12.34, "1,235": 1234.6} {
		if got := rate(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
	low := 2.0
	for want, test := range map[string]analyzer.Test{"": {}, "from 2.00× on": {RatioLow: &low}, "up to 2.00×": {RatioHigh: &low}} {
		if got := timesBetween(&test); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// compareSchema is the schema with those parts of the report's that it refers to.
func compareSchema(t *testing.T) *schema {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(bytes.ReplaceAll(CompareSchema, []byte("report.schema.json#"), []byte("#"))))
	d.DisallowUnknownFields()
	var s schema
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	for name, of := range reportSchema(t).Defs {
		if s.Defs[name] != nil {
			t.Errorf("both schemas define %s", name)
		}
		s.Defs[name] = of
	}
	return &s
}

// What is printed is as the schema has it, and each key of it is described and required.
func TestCompareFollowsTheSchema(t *testing.T) {
	root := compareSchema(t)
	for _, at := range []string{broken, mended, before} {
		c := compared(t, at)
		c.Routes.OnlyNew = append(c.Routes.OnlyNew, c.Routes.List...)
		var b bytes.Buffer
		if err := CompareJSON(&b, c, Options{}); err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(b.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if err := root.check(root, v, at); err != nil {
			t.Error(err)
		}
		if objects := complete(t, root, root, v, "comparison"); at == broken && objects < 100 {
			t.Errorf("only %d objects were looked at", objects)
		}
	}
}

// complete holds the keys of each object against those that the schema requires and describes.
func complete(t *testing.T, root, s *schema, v any, path string) (objects int) {
	t.Helper()
	if s = s.resolve(root); s.AnyOf != nil {
		s = s.AnyOf[0].resolve(root)
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			objects += complete(t, root, s.Items, e, path+"[]")
		}
	case map[string]any:
		objects++
		keys := slices.Sorted(maps.Keys(v))
		for what, of := range map[string][]string{"required": s.Required, "described": slices.Collect(maps.Keys(s.Properties))} {
			if diff := cmp.Diff(keys, slices.Sorted(slices.Values(of))); diff != "" {
				t.Fatalf("%s: keys that are %s (-printed +schema):\n%s", path, what, diff)
			}
		}
		for _, key := range keys {
			objects += complete(t, root, s.Properties[key], v[key], path+"."+key)
		}
	}
	return objects
}
