package format

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// walked is what a walk finds: the values as they are read, by their paths.
type walked struct {
	walker walker
	texts  keyedParser
	found  []string
}

func (v *walked) begin() { v.found = append(v.found, "begin") }
func (v *walked) end()   { v.found = append(v.found, "end") }
func (v *walked) field(n *node, value []byte) {
	v.texts.buf = v.texts.buf[:0]
	v.found = append(v.found, n.path+"="+v.texts.text(value, v.walker.escaped))
	if all := v.texts.text(value, true); !strings.HasSuffix(v.found[len(v.found)-1], "="+all) {
		v.found = append(v.found, "with its escapes "+all)
	}
}

// newWalked is a sink of all there is where grows is set, else of some keys.
func newWalked(grows bool, last string) *walked {
	v := &walked{}
	root := &node{}
	if !grows {
		root = keyTree(map[string]role{"": roleTime, "a": rolePath, "b.c": roleStatus, "d": roleInterim, "http.route": roleRoute, "e.f.g": roleError})
	}
	v.walker = walker{root: root, grows: grows, last: last, to: v}
	return v
}

func (v *walked) walk(x syntax, line string) ([]string, *LineError) {
	v.found = nil
	err := x.walk(&v.walker, []byte(line))
	return v.found, err
}

var walkSeeds = [][2]string{
	{`{"a":1,"b":{"c":2},"d":[100,103]}`, `{"a":"x","b":{"c":3},"d":[100]}`},
	{`{"a":1,"x":2,"b.c":3}`, `{"a":1,"b.c":3}`},
	{`{"a":1,"b.c":3}`, `{"a":1,"x":2,"y":"\"","b.c":3}`},
	{`{"a":1,"b":2}`, `{"a":1"b":2}`},
	{`{ "a" : 1 , "x" : 2 }`, `{ "a" : , "x" :}`},
	{`[{"a":1},{"b":{"c":1}}]`, `{"b":{"a":1}},{"a":1}`},
	{`{"e":{"f":{"g":"x"}},"a":"\u0041"}`, `{"f":{"g":"x"},"e":{"g":1,"f":{"g":"\n"}}}`},
	{`{"a":{"a":{"a":1}},"a":2}`, `{"a":{"a":2,"a":{"a":1}}}`},
	{`2026-09-06T05:58:05Z x[y]: a=1 b.c="2" c=3`, ` x[y]: a=1 b.c="2 c=3`},
	{`a=1 z=2 b.c=3 c=4`, `a=1 b.c="\"" z="\\" c`},
	{`a=1 b.c=2 c=3`, "a=1\x01b.c=2  b.c=3\tc=3"},
	{otlp.Example, strings.Replace(otlp.Example, `"value":{"stringValue":"/u/1"}`, `"value":{"stringValue":"/u/1","intValue":1},"value":{"a":1},"x":[]`, 1)},
	{otlp.Example, strings.Replace(otlp.Example, `{"key":"http.route","value":{"stringValue":"/u/{id}"}}`, `{"value":{"x":1},"key":"http.route","value":{"y":{}}},{"key":"http.route","value":{"stringValue":"/u/{id}"`, 1)},
}

func compareWalks(t *testing.T, first, line string) {
	t.Helper()
	for _, grows := range []bool{true, false} {
		for _, x := range []syntax{syntaxJSON, syntaxLogfmt, syntaxOTLP} {
			for _, last := range []string{"", "c"} {
				used := newWalked(grows, last)
				_, _ = used.walk(x, first)
				want, wantErr := newWalked(grows, last).walk(x, line)
				for range 2 {
					got, err := used.walk(x, line)
					if diff := cmp.Diff(want, got); diff != "" || cmp.Diff(wantErr, err) != "" {
						t.Errorf("syntax %d: %q behind %q: %v, want %v; -alone +then:\n%s", x, line, first, err, wantErr, diff)
					}
				}
			}
		}
	}
}

// TestExpected: what is expected of a line because of the one before is no other than what is
// read of it.
func TestExpected(t *testing.T) {
	for _, seed := range walkSeeds {
		for i := range len(seed[1]) + 1 {
			compareWalks(t, seed[0], seed[1][:i])
			compareWalks(t, seed[1][:i], seed[0])
		}
	}
}

// FuzzExpected holds the fast path of walkers to the general one, which a new walker takes.
func FuzzExpected(f *testing.F) {
	for _, seed := range walkSeeds {
		f.Add(seed[0], seed[1])
		f.Add(seed[1], seed[0])
	}
	f.Fuzz(compareWalks)
}

// TestSteps: keys that some lines leave out and others add find their places among those that are
// remembered, which are bounded.
func TestSteps(t *testing.T) {
	v := newWalked(true, "")
	for _, line := range []string{
		`{"a":1,"b":2,"c":3}`, `{"a":1,"x":1,"b":2,"c":3}`, `{"b":2,"c":3,"d":4}`, `{"a":1,"b":2,"y":1,"z":1,"c":3}`,
	} {
		v.walk(syntaxJSON, line)
	}
	var texts []string
	for _, s := range v.walker.steps {
		texts = append(texts, string(s.text))
	}
	if got, want := strings.Join(texts, ""), `"a":"x":"b":"y":"z":"c":"d":`; got != want {
		t.Errorf("remembered %s, want %s", got, want)
	}

	for i := range 1000 {
		key := strings.Repeat("k", i)
		v.walk(syntaxJSON, `{"`+key+`":1,"`+key+`1":{"`+key+`2":1}}`)
	}
	if n := len(v.walker.steps); n != maxSteps {
		t.Errorf("%d steps are remembered, want %d", n, maxSteps)
	}
	for _, s := range v.walker.steps {
		if len(s.text) > maxText {
			t.Errorf("%d bytes are remembered of a key", len(s.text))
		}
	}
}
