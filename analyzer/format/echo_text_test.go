package format

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func echoTextConformance() conformance {
	r := accesslog.Record{Time: evening, Method: "GET", Path: "/u/42", Status: accesslog.Some(502)}
	return conformance{
		format: echoText, example: r, record: r,
		full:  `method=GET, uri=/u/42?x=1, status=502, time=2026-09-06T05:58:05Z`,
		saved: "status=502, time=", openEnd: true,
		cases: slices.Concat(goTextCases, rawPathCases, []lineCase{
			{name: "long method", reason: "no method is as long", old: "GET", new: "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG", want: method("")},
			{name: "IPv6", reason: "an absolute URI names a host", old: "/u/42", new: "http://[::1]:1323/u/42", want: func(r *record) { r.Scheme, r.Host = "http", "[::1]:1323" }},
			{name: "commas", reason: "a URI may hold what parts the columns", old: "/u/42", new: "/a,b", want: path("/a,b")},
			{name: "extras", reason: "what follows the time is not read", old: "05Z", new: "05Z 1.2ms"},
			{name: "letters", reason: "no status", old: "502", new: "5o2", none: true, kind: Other},
			{name: "no status", reason: "a column too few", old: ", status=502, time=2026-09-06T05:58:05Z", new: "", none: true, kind: Other},
			{name: "status alone", reason: "the manual's template has no time, which its lines in such a log cannot tell", old: ", time=2026-09-06T05:58:05Z", new: "", none: true, kind: Other},
			{name: "time -", reason: "unknown", old: "2026-09-06T05:58:05Z", new: "-", want: func(r *record) { r.Time = time.Time{} }},
		}),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf("method=GET, uri=/users/%d/orders?page=%d, status=%d, time=%s", i, i%9, statusAt(i), at.Format(time.RFC3339))
		},
	}
}

// TestEchoTemplates reads what else is widely copied.
func TestEchoTemplates(t *testing.T) {
	dated := accesslog.Record{Time: evening, Method: "GET", Path: "/u/42", Status: accesslog.Some(502)}
	for _, tt := range []struct {
		line string
		want accesslog.Record
	}{
		{"time=2026-09-06 05:58:05, method=GET, uri=/u/42?x=1, status=502", dated},
		{"time=2026-09-06T05:58:05Z, method=GET, uri=/u/42?x=1, status=502", dated},
		{"method=GET, uri=/u/42?x=1, status=502", accesslog.Record{Method: "GET", Path: "/u/42", Status: accesslog.Some(502)}},
		{"REQUEST: uri: /u/42?x=1, status: 502", accesslog.Record{Path: "/u/42", Status: accesslog.Some(502)}},
	} {
		d, err := Detect(toLines(tt.line), Options{TZ: time.UTC})
		if err != nil {
			t.Fatal(tt.line, err)
		}
		if d.Format != echoText {
			t.Errorf("%s: %s", tt.line, d.Format.Name)
		}
		if diff := cmp.Diff(result{Records: []accesslog.Record{tt.want}}, parse(t, d.NewParser(), tt.line), sameRecord); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.line, diff)
		}
	}
}

func FuzzEchoText(f *testing.F) { fuzzParser(f, echoText, holdsForeign) }
