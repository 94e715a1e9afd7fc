package format

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// visited is what a walk finds.
type visited struct{ fields []string }

func (v *visited) begin() {}
func (v *visited) end()   {}
func (v *visited) field(n *node, value []byte) {
	v.fields = append(v.fields, n.path+"="+string(value))
}

func walkJSON(line []byte) (fields []string, err *LineError) {
	v := &visited{}
	w := walker{root: &node{}, grows: true, to: v}
	err = w.json(line)
	return v.fields, err
}

// walkByJSONText is the general path: the same walk by jsontext.
func walkByJSONText(line []byte) (fields []string, err error) {
	dec := jsontext.NewDecoder(bytes.NewReader(line), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var value func(path string, root, visit bool, depth int) error
	value = func(path string, root, visit bool, depth int) error {
		kind := dec.PeekKind()
		if !visit || depth >= maxDepth || kind != '{' && kind != '[' {
			v, err := dec.ReadValue()
			if err == nil && visit && kind != '{' && kind != '[' {
				end := int(dec.InputOffset())
				fields = append(fields, path+"="+string(line[end-len(v):end]))
			}
			return err
		}
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		for first := true; dec.PeekKind() != '}' && dec.PeekKind() != ']'; first = false {
			under, enter := path, visit && first
			if kind == '{' {
				k, err := dec.ReadValue()
				if err != nil {
					return err
				}
				end := int(dec.InputOffset())
				if under, enter = string(line[end-len(k)+1:end-1]), visit; !root {
					under = path + "." + under
				}
			}
			if err := value(under, false, enter, depth+1); err != nil {
				return err
			}
		}
		_, err := dec.ReadToken()
		return err
	}
	if err := value("", true, true, 0); err != nil {
		return fields, err
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return fields, errors.New("more than one value")
	}
	return fields, nil
}

// lenient finds in a line what only this project's scanner takes.
var lenient = regexp.MustCompile(`\\[xv]|:[ \t\r\n]*[,}]|-[^0-9]|[^0-9.eE+]-?0[0-9]|^[ \t\r\n]*,|[,\]][ \t\r\n,]*$`)

func compareScan(t *testing.T, line string) {
	t.Helper()
	trimmed := strings.TrimLeft(line, " \t\r\n")
	if !strings.HasPrefix(trimmed, "{") || strings.Count(line, "{")+strings.Count(line, "[") > 5000 {
		return
	}
	got, err := walkJSON([]byte(line))
	want, wantErr := walkByJSONText([]byte(line))
	switch {
	case wantErr == nil && err != nil:
		t.Errorf("%.200q is refused: %v", line, err)
	case wantErr != nil && err == nil && !lenient.MatchString(line) && !strings.Contains(line, "},"):
		t.Errorf("%.200q is taken; jsontext: %v", line, wantErr)
	case wantErr == nil:
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.200q: -jsontext +scanner:\n%s", line, diff)
		}
	}
}

var scanSeeds = []string{
	`{}`, ` { "a" : [ 1 , "x" , { } ] , "b" : { "c" : null , "" : true } } `, `{"a":-0.5e+10,"b":0,"c":-1}`, `{"a":01}`, `{"a":1.}`, `{"a":.1}`, `{"a":1e}`, `{"a":+1}`, `{"a":--1}`,
	`{"a":"\u00e9\ud83d\ude00\ud800","b":"\"\\\/\b\f\n\r\t"}`, `{"a":"\u12"}`, `{"a":"\q"}`, `{"a":"\x22"}`, `{"a":tru}`, `{"a":nullx}`, `{"a":falſe}`, `{"a":1,}`, `{"a":[1,]}`, `{"a" 1}`, `{1:2}`,
	"{\"a\":\"\x1f\"}", "{\"a\":\"\xff\x7f\"}", `{"a":1}x`, `{"a":1}{"b":2}`, `{"a":[}`, `{"a":{]`, `{"a":1]`, `{"a":"12345678901234567890\"1234567"}`, `{"a":[[[[[[[[[[1]]]]]]]]]]}`,
	`{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1}}}}}}}}}`, `{"a.b":1,"a":{"b":2}}`, `{"a":1,"a":2}`,
}

func TestScan(t *testing.T) {
	for _, line := range scanSeeds {
		for i := range len(line) + 1 {
			compareScan(t, line[:i])
		}
	}
	for _, c := range conformances() {
		compareScan(t, c.full)
		for _, tt := range c.cases {
			if strings.HasPrefix(c.full, "{") && len(tt.line) < 4096 {
				compareScan(t, c.lineOf(t, tt))
			}
		}
	}
}

// FuzzScan holds the scanner to jsontext.
func FuzzScan(f *testing.F) {
	for _, line := range scanSeeds {
		f.Add(line)
	}
	for _, l := range loggers {
		f.Add(l.line)
	}
	f.Fuzz(compareScan)
}

// FuzzUnquote holds decoded strings to jsontext's, where they are UTF-8.
func FuzzUnquote(f *testing.F) {
	f.Add(`\u00e9\ud83d\ude00\ud800\ud800\u0041\/\b\f\n\r\t\"\\`)
	f.Add(`\udc00\ud83d`)
	f.Fuzz(func(t *testing.T, s string) {
		want, err := jsontext.AppendUnquote(nil, `"`+s+`"`)
		if got := appendUnquoted(nil, []byte(s)); err == nil && !bytes.Equal(got, want) {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	})
}

// TestArrays: a line can have many records, and an array many lines.
func TestArrays(t *testing.T) {
	const a, b, other = `{"method":"GET","path":"/a","status":200}`, `{"method":"GET","path":"/b","status":502}`, `{"msg":"started"}`
	tests := []struct {
		reason, line, paths string
		kind                Kind
	}{
		{"on one line", `[` + a + `, ` + b + `]`, "/a /b", ""},
		{"its first line", `[` + a + `,`, "/a", ""},
		{"one of its lines", ` ` + a + `,`, "/a", ""},
		{"a comma in front", `,` + b, "/b", ""},
		{"its last line", a + `]`, "/a", ""},
		{"two on a line of many", a + `,` + b + `,`, "/a /b", ""},
		{"arrays in a row", `[` + a + `],`, "/a", ""},
		{"lines that are no requests among them", `[` + other + `,` + a + `]`, "/a", ""},
		{"the bracket alone", `[`, "", Other},
		{"the other one", `]`, "", Other},
		{"an empty one", `[]`, "", Other},
		{"of numbers", `[1,2]`, "", Other},
		{"none a request", `[` + other + `,` + other + `]`, "", Other},
		{"cut off in the second", `[` + a + `,{"method":"GET","path":"/b","stat`, "/a", Truncated},
		{"a bad status in the second", `[` + a + `,{"method":"GET","path":"/b","status":7}]`, "/a", Truncated},
		{"no JSON behind the first", `[` + a + `,{"method"=1}]`, "/a", Truncated},
		{"two that are torn", a + b, "", Malformed},
		{"something else behind", `[` + a + `],x`, "", Malformed},
	}
	p := parserFor(t, jsonLines, a, b)
	for _, tt := range tests {
		got := parse(t, p, tt.line)
		var paths []string
		for _, r := range got.Records {
			paths = append(paths, r.Path)
		}
		var kind Kind
		if got.Err != nil {
			kind = got.Err.Kind
		}
		if strings.Join(paths, " ") != tt.paths || kind != tt.kind {
			t.Errorf("%s: %s\n%q, %v; want %q and kind %q", tt.reason, tt.line, paths, got.Err, tt.paths, tt.kind)
		}
	}
}
