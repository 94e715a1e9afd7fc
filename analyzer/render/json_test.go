package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/analyzer"
)

func asJSON(t *testing.T, r *analyzer.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, r, Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJSONGolden(t *testing.T) {
	golden(t, "critical.json", asJSON(t, critical()))
	golden(t, "zero.json", asJSON(t, &analyzer.Report{}))
	golden(t, "garbage.json", asJSON(t, garbage()))
}

// What is printed reads back as what was to be printed, once bytes that no JSON can hold
// are set aside.
func TestJSONRoundTrip(t *testing.T) {
	for _, want := range []*analyzer.Report{critical(), healthy(), unknowns(), huge(), empty(), {}} {
		data := asJSON(t, want)
		var got analyzer.Report
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, &got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-printed +read):\n%s", diff)
		}
		if !bytes.Equal(data, asJSON(t, &got)) {
			t.Error("equal reports are printed differently")
		}
	}
}

func TestJSONText(t *testing.T) {
	r := empty()
	r.Reason = "<b>&\u2028\u202e\u009b\x1b\x7f\U000e0041é注\xff</b>"
	data := asJSON(t, r)
	if want := `"reason": "<b>&\u2028\u202e\u009b\u001b\u007f\udb40\udc41é注` + "\ufffd" + `</b>"`; !bytes.Contains(data, []byte(want)) {
		t.Errorf("want %s in\n%s", want, data)
	}
	if !bytes.HasSuffix(data, []byte("\n}\n")) {
		t.Errorf("the object does not end in a newline: %q", data[len(data)-10:])
	}
	if bytes.Contains(asJSON(t, &analyzer.Report{}), []byte(`"routes": null`)) {
		t.Error("a list without elements is null")
	}
}

// TestContract holds the keys that programs rely on. A key may be added here, never
// taken away.
func TestContract(t *testing.T) {
	r := critical()
	r.Routes.Unrouted, r.Routes.Other = &r.Routes.Failing[0], &r.Routes.Failing[1]
	for _, tt := range []struct{ path, keys string }{
		{"", "schema inputs lines period requests considered unknown failures failed failed_by dropped sampled verdict reason classes statuses interim outcomes latency_ms routes timeline clients incidents micro_bursts no_incidents"},
		{"inputs.0", "name format log_format unit unit_guessed not_read clock tz wrappers other_formats confidence why lines records malformed truncated other bytes"},
		{"lines", "read accepted filtered malformed truncated other records skipped_bytes samples"},
		{"lines.samples.0", "kind file line error text"},
		{"period", "start end seconds"},
		{"classes.0", "class label requests share failed"},
		{"statuses.0", "status name class fault requests share"},
		{"interim.0", "status name requests"},
		{"outcomes.0", "outcome requests"},
		{"latency_ms", "p50 p90 p95 p99 max"},
		{"routes", "total order failing failing_total client_errors client_errors_total top unrouted not_found not_found_total other"},
		{"routes.failing.0", "method route source paths requests share classes statuses dominant_status dominant_name dominant_4xx dominant_4xx_name failures failed rate_5xx rate_4xx failure_rate latency_ms outcomes errors failed_by first_failure last_failure"},
		{"routes.unrouted.classes", "1xx 2xx 3xx 4xx 5xx other"},
		{"routes.other.latency_ms", "p50 p90 p95 p99 max"},
		{"routes.failing.0.errors.0", "error requests"},
		{"routes.failing.0.failed_by", "origin proxy client"},
		{"routes.failing.0.first_failure", "file line time status method path request_id trace_id"},
		{"timeline", "interval_seconds bins undated"},
		{"timeline.bins.0", "start requests failures classes"},
		{"timeline.bins.0.classes", "1xx 2xx 3xx 4xx 5xx other"},
		{"clients", "distinct failing"},
	} {
		var at any
		if err := json.Unmarshal(asJSON(t, r), &at); err != nil {
			t.Fatal(err)
		}
		for _, step := range strings.FieldsFunc(tt.path, func(r rune) bool { return r == '.' }) {
			if list, ok := at.([]any); ok && len(list) > 0 {
				at = list[0]
			} else if object, ok := at.(map[string]any); ok {
				at = object[step]
			}
		}
		object, _ := at.(map[string]any)
		for _, key := range strings.Fields(tt.keys) {
			if _, ok := object[key]; !ok {
				t.Errorf("%q lacks the key %q", tt.path, key)
			}
		}
	}
	unknown := string(asJSON(t, &analyzer.Report{
		Inputs: []analyzer.Input{{Name: "notes.txt"}},
		Routes: analyzer.Routes{Unrouted: &analyzer.Route{Route: "(unrouted)", FirstFailure: &analyzer.Evidence{}}},
	}))
	for _, want := range []string{`"format"`, `"log_format"`, `"unit"`, `"clock"`, `"tz"`, `"method"`, `"source"`, `"dominant_name"`, `"path"`, `"request_id"`, `"trace_id"`, `"failed_by"`} {
		if !strings.Contains(unknown, want+": null") {
			t.Errorf("what is not known of %s is not null", want)
		}
	}
	zero := string(asJSON(t, &analyzer.Report{}))
	for _, want := range []string{`"requests": 0`, `"sampled": false`, `"start": null`, `"p95": null`, `"incidents": []`, `"classes": []`, `"unrouted": null`, `"bins": []`} {
		if !strings.Contains(zero, want) {
			t.Errorf("a report of nothing lacks %s", want)
		}
	}
}

// schema is as much of a JSON Schema as ours uses.
type schema struct {
	Defs       map[string]*schema `json:"$defs"`
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Required   []string           `json:"required"`
	Properties map[string]*schema `json:"properties"`
	Additional *schema            `json:"additionalProperties"`
	Items      *schema            `json:"items"`
	AnyOf      []*schema          `json:"anyOf"`
	Enum       []any              `json:"enum"`
	Const      any                `json:"const"`
	Minimum    *float64           `json:"minimum"`
	Maximum    *float64           `json:"maximum"`

	// These are not checked.
	Dialect     string `json:"$schema"`
	ID          string `json:"$id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Format      string `json:"format"`
}

func reportSchema(t *testing.T) *schema { return readSchema(t, ReportSchema) }

func readSchema(t *testing.T, data []byte) *schema {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var s schema
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// resolve follows a reference, and adds to an object that is referred to what stands beside the
// reference.
func (s *schema) resolve(root *schema) *schema {
	_, name, ok := strings.Cut(s.Ref, "#/$defs/")
	if !ok {
		return s
	}
	to := root.Defs[name]
	if to == nil {
		return nil
	}
	if to = to.resolve(root); to == nil || s.Properties == nil {
		return to
	}
	more := *to
	more.Required = slices.Concat(to.Required, s.Required)
	more.Properties = maps.Clone(to.Properties)
	maps.Copy(more.Properties, s.Properties)
	return &more
}

// check returns the first respect in which v is not as s has it.
func (s *schema) check(root *schema, v any, path string) error {
	s = s.resolve(root)
	if s == nil {
		return fmt.Errorf("%s: the schema refers to nothing", path)
	}
	if s.AnyOf != nil {
		return checkAny(root, s.AnyOf, v, path)
	}
	if s.Const != nil && s.Const != v || s.Enum != nil && !slices.Contains(s.Enum, v) {
		return fmt.Errorf("%s: %v is not allowed", path, v)
	}
	var types []any
	switch t := s.Type.(type) {
	case string:
		types = []any{t}
	case []any:
		types = t
	}
	if types != nil && !slices.ContainsFunc(types, func(name any) bool { return is(v, name.(string)) }) {
		return fmt.Errorf("%s: %v is no %v", path, v, types)
	}
	switch v := v.(type) {
	case float64:
		if s.Minimum != nil && v < *s.Minimum || s.Maximum != nil && v > *s.Maximum {
			return fmt.Errorf("%s: %v is out of range", path, v)
		}
	case []any:
		for i, e := range v {
			if err := s.Items.check(root, e, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		return s.checkObject(root, v, path)
	}
	return nil
}

func (s *schema) checkObject(root *schema, v map[string]any, path string) error {
	for _, key := range s.Required {
		if _, ok := v[key]; !ok {
			return fmt.Errorf("%s: %s is missing", path, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		of := s.Properties[key]
		if of == nil {
			of = s.Additional
		}
		if of == nil {
			return fmt.Errorf("%s: %s is not described", path, key)
		}
		if err := of.check(root, v[key], path+"."+key); err != nil {
			return err
		}
	}
	return nil
}

func checkAny(root *schema, all []*schema, v any, path string) error {
	for _, s := range all {
		if s.check(root, v, path) == nil {
			return nil
		}
	}
	return all[0].check(root, v, path)
}

func is(v any, name string) bool {
	switch v := v.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case string:
		return name == "string"
	case float64:
		return name == "number" || name == "integer" && v == math.Trunc(v)
	case []any:
		return name == "array"
	default:
		return name == "object"
	}
}

func TestReportsFollowTheSchema(t *testing.T) {
	root := reportSchema(t)
	for name, r := range map[string]*analyzer.Report{"critical": critical(), "healthy": healthy(), "garbage": garbage(), "empty": empty()} {
		var v any
		if err := json.Unmarshal(asJSON(t, r), &v); err != nil {
			t.Fatal(err)
		}
		if err := root.check(root, v, name); err != nil {
			t.Error(err)
		}
	}
}

// Every key of the report's types is described and required, and nothing else is.
func TestSchemaIsComplete(t *testing.T) {
	if seen := describes(t, reportSchema(t), reflect.TypeFor[analyzer.Report]()); seen < 22 {
		t.Errorf("only %d types were looked at", seen)
	}
}

// describes holds a schema against a type, and returns how many types that took.
func describes(t *testing.T, root *schema, typ reflect.Type) int {
	type pair struct {
		typ reflect.Type
		s   *schema
	}
	seen := map[pair]bool{}
	var walk func(typ reflect.Type, s *schema, path string)
	walk = func(typ reflect.Type, s *schema, path string) {
		if s = s.resolve(root); s == nil {
			t.Errorf("%s refers to nothing", path)
			return
		}
		if typ.Kind() == reflect.Pointer && s.AnyOf != nil {
			s = s.AnyOf[0].resolve(root)
		}
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct && s.Items != nil {
			if typ.Kind() == reflect.Slice {
				s = s.Items.resolve(root)
			}
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ.PkgPath() == "time" || seen[pair{typ, s}] {
			return
		}
		seen[pair{typ, s}] = true
		var keys []string
		for _, f := range reflect.VisibleFields(typ) {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if key == "-" || f.Anonymous { // the fields of what is embedded are visible too
				continue
			}
			keys = append(keys, key)
			if s.Properties[key] == nil {
				t.Errorf("%s.%s is not described", path, key)
				continue
			}
			walk(f.Type, s.Properties[key], path+"."+key)
		}
		slices.Sort(keys)
		if diff := cmp.Diff(keys, slices.Sorted(slices.Values(s.Required))); diff != "" {
			t.Errorf("%s: required keys (-type +schema):\n%s", path, diff)
		}
		if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(s.Properties))); diff != "" {
			t.Errorf("%s: described keys (-type +schema):\n%s", path, diff)
		}
	}
	walk(typ, root, typ.Name())
	return len(seen)
}

// Any report prints as JSON that reads back, whatever its texts.
func TestJSONOfAnyReport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &analyzer.Report{Reason: text(t, "reason"), Outcomes: []analyzer.Outcome{{Outcome: text(t, "outcome"), Requests: number(t, "requests")}}}
		var b bytes.Buffer
		if err := JSON(&b, r, Options{}); err != nil {
			t.Fatal(err)
		}
		var got analyzer.Report
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if want := valid(r.Reason); got.Reason != want || got.Outcomes[0].Requests != r.Outcomes[0].Requests {
			t.Fatalf("got %q, want %q", got.Reason, want)
		}
	})
}

// valid replaces each byte that is no UTF-8, as JSON must.
func valid(s string) string { return string([]rune(s)) }
