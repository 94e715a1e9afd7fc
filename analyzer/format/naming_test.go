package format

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// TestFields reads fields from where they are said to be.
func TestFields(t *testing.T) {
	template := func(s string) []*Format {
		f, err := FromString(s)
		if err != nil {
			t.Fatal(err)
		}
		return []*Format{f}
	}
	get := record{Method: "GET", Path: "/u/42", Status: accesslog.Some(502)}
	timed := func(d time.Duration) record {
		r := get
		r.Duration = dur(d)
		return r
	}
	tests := []struct {
		reason  string
		formats []*Format
		fields  map[string]string
		line    string
		want    record
		why     string
	}{
		{"a status under a name of its own", nil, map[string]string{"status": "a.b.c"}, `{"a":{"b":{"c":502}},"method":"GET","path":"/u/42"}`, get, `status is read from "a.b.c"`},
		{"against a name that is surer", nil, map[string]string{"status": "final"}, `{"status":200,"final":502,"method":"GET","path":"/u/42"}`, get, ""},
		{"a key with a dot in it", nil, map[string]string{"status": "a.b"}, `{"a.b":502,"method":"GET","path":"/u/42"}`, get, ""},
		{"a path that does not look like one", nil, map[string]string{"path": "where"}, `{"status":502,"method":"GET","where":"u/42"}`, record{Method: "GET", Path: "u/42", Status: accesslog.Some(502)}, ""},
		{"the unit of a duration", nil, map[string]string{"duration_us": "took"}, `{"status":502,"method":"GET","path":"/u/42","took":4021}`, timed(4021 * time.Microsecond), `in us as was said`},
		{"against the unit in the name", nil, map[string]string{"duration_s": "duration_ms"}, `{"status":502,"method":"GET","path":"/u/42","duration_ms":4}`, timed(4 * time.Second), ""},
		{"a role that no name has", nil, map[string]string{"origin_status": "origin"}, `{"status":502,"method":"GET","path":"/u/42","origin":504}`, record{Method: "GET", Path: "/u/42", Status: accesslog.Some(502), FailedBy: byOrigin}, ""},
		{"a key that is not there", nil, map[string]string{"host": "gone"}, `{"status":502,"method":"GET","path":"/u/42","host":"x"}`, get, `no request in the sample has "gone"`},
		{"against a template", template(`{"s":$status,"m":"$request_method","u":"$uri","t":$request_time}`), map[string]string{"duration_ms": "t"}, `{"s":502,"m":"GET","u":"/u/42","t":4}`, timed(4 * time.Millisecond), ""},
		{"a variable in another unit", template(`$status $request_method $uri $request_time`), map[string]string{"duration_ms": "request_time"}, `502 GET /u/42 4`, timed(4 * time.Millisecond), ""},
		{"a variable of their own", template(`$code $request_method $uri ${status}`), map[string]string{"status": "code", "host": "gone"}, `502 GET /u/42 200`, get, "has no $gone"},
	}
	for _, tt := range tests {
		d, err := Detect(toLines(tt.line), Options{Formats: tt.formats, Fields: tt.fields})
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if diff := cmp.Diff(result{Records: []accesslog.Record{tt.want}}, parse(t, d.NewParser(), tt.line), sameRecord); diff != "" {
			t.Errorf("%s: %s\n-want +got:\n%s", tt.reason, tt.line, diff)
		}
		if !strings.Contains(d.Why, tt.why) || d.Guessed || (d.Unit == "") == tt.want.Duration.Known {
			t.Errorf("%s: %+v, want %q in it", tt.reason, d, tt.why)
		}
	}
}

func TestFieldsBad(t *testing.T) {
	tests := []struct {
		reason string
		o      Options
		line   string
		says   string
	}{
		{"no field of a record", Options{Fields: map[string]string{"stats": "a"}}, jsonLines.Example, `"stats" is no field`},
		{"a format of fixed columns", Options{Formats: []*Format{combined}, Fields: map[string]string{"status": "a"}}, combined.Example, "the format combined"},
		{"only formats with names are tried", Options{Fields: map[string]string{"status": "a"}}, combined.Example, "--field"},
		{"nothing under the key", Options{Fields: map[string]string{"status": "a"}}, jsonLines.Example, "--field"},
	}
	for _, tt := range tests {
		if d, err := Detect(toLines(tt.line), tt.o); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %+v, %v; want %q", tt.reason, d, err, tt.says)
		}
	}
}
