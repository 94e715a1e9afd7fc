package format

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func werkzeugConformance() conformance {
	r := accesslog.Record{
		Time: evening, Method: "GET", Path: "/u/42", Proto: "1.1", Status: accesslog.Some(502), ResponseBytes: some(157), ClientIP: "203.0.113.7",
	}
	example := r
	example.ResponseBytes = accesslog.Opt[int64]{}
	return conformance{
		format: werkzeug, example: example, record: r,
		full:  `203.0.113.7 - - [06/Sep/2026 05:58:05] "GET /u/42?x=1 HTTP/1.1" 502 157`,
		saved: `HTTP/1.1" 502 `, openEnd: true,
		cases: slices.Concat(
			textCases(anatomy{method: `"GET `, status: " 502 ", ipv4: "203.0.113.7", ipv6: "2001:db8::1"}),
			requestCases, []lineCase{
				{name: "size -", reason: "Werkzeug knows none", old: " 157", new: " -", want: func(r *record) { r.ResponseBytes = accesslog.Opt[int64]{} }},
				{name: "another month", reason: "they have names", old: "06/Sep", new: "06/Feb", want: func(r *record) { r.Time = time.Date(2026, 2, 6, 5, 58, 5, 0, time.UTC) }},
				{name: "extras", reason: "what follows the size is not read", old: " 157", new: ` 157 x "y"`},
				{name: "no such time", reason: "a day of 36", old: "06/Sep", new: "36/Sep", none: true, kind: Other},
				{name: "no such month", reason: "nor this", old: "06/Sep", new: "06/Sap", none: true, kind: Other},
			}),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf(`203.0.113.%d - - [%s] "GET /users/%d?page=%d HTTP/1.1" %d -`, i%256, at.Format("02/Jan/2006 15:04:05"), i, i%9, statusAt(i))
		},
	}
}

func FuzzWerkzeug(f *testing.F) { fuzzParser(f, werkzeug, holdsForeign) }

// TestWerkzeug reads its colours, Django's lines, and times of any zone.
func TestWerkzeug(t *testing.T) {
	for _, tt := range []struct{ reason, line, client string }{
		{"a failure in colours", "203.0.113.7 - - [06/Sep/2026 05:58:05] \"\x1b[35m\x1b[1mGET /u/42 HTTP/1.1\x1b[0m\" 500 -", "203.0.113.7"},
		{"Django's", `[06/Sep/2026 05:58:05] "GET /u/42 HTTP/1.1" 500 -`, ""},
	} {
		d, err := Detect(toLines(tt.line), Options{TZ: time.FixedZone("Tokyo", 9*3600)})
		if err != nil || d.Format != werkzeug || d.TZ != "Tokyo" {
			t.Fatalf("%s: %+v, %v", tt.reason, d, err)
		}
		want := result{Records: []accesslog.Record{{Time: morning, Method: "GET", Path: "/u/42", Proto: "1.1", Status: accesslog.Some(500), ClientIP: tt.client}}}
		if diff := cmp.Diff(want, parse(t, d.NewParser(), tt.line), sameRecord); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.reason, diff)
		}
	}
}
