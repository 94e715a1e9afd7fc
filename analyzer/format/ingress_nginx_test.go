package format

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func ingressNginxConformance() conformance {
	r := accesslog.Record{
		Time: morning, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), ResponseBytes: some(157), RequestBytes: some(410),
		ClientIP: "203.0.113.7", Proto: "1.1", UserAgent: "curl/8.5.0", Referer: "https://example.com/list",
		Duration: dur(5003 * time.Millisecond), RequestID: "9f2c1e", FailedBy: byOrigin,
	}
	example := r
	example.Time, example.ResponseBytes, example.Referer = time.Date(2026, 9, 6, 5, 58, 5, 0, time.UTC), some(552), ""
	const tries = `10.1.2.3:8080, 10.1.2.4:8080 0, 552 5.000, 0.003 504, 503 `
	return conformance{
		format: ingressNginx, example: example, record: r,
		full:  combinedConformance().full + ` 410 5.003 [default-api-80] [] ` + tries + `9f2c1e`,
		saved: `HTTP/1.1" 502 `, openEnd: true,
		cases: slices.Concat(wholeLines(clfCases), wholeLines(combinedCases[:6]), []lineCase{
			{name: "empty", reason: "an empty line is no request", line: "", none: true, kind: Other},
			{name: "one try", reason: "most need no other", old: tries, new: `10.1.2.3:8080 552 5.000 502 `},
			{name: "another upstream", reason: "a colon parts the tries of two groups of servers", old: tries, new: `10.1.2.3:80 : 10.1.2.4:80 0 : 552 5.000 : 0.003 502 : 500 `},
			{name: "saved by the last try", reason: "the proxy failed behind an answer that was right", old: tries, new: `10.1.2.3:80, 10.1.2.4:80 0, 552 5.000, 0.003 502, 200 `, want: func(r *record) { r.FailedBy = byProxy }},
			{name: "no answer", reason: "the last try gave no status, so that this one is the ingress's", old: tries, new: `10.1.2.3:80 0 5.000 - `, want: func(r *record) { r.FailedBy = byProxy }},
			{name: "nobody asked", reason: "the ingress failed itself", old: tries, new: `- - - - `, want: func(r *record) { r.FailedBy = byProxy }},
			{name: "IPv6 upstream", reason: "its colons part nothing", old: tries, new: `[2001:db8::1]:80 552 5.000 502 `},
			{name: "canary", reason: "an alternative upstream has a name", old: "[]", new: "[default-canary-80]"},
			{name: "trailing extras", reason: "what was added behind is not read", old: " 9f2c1e", new: ` 9f2c1e "x" 12`},
			{name: "duration -", reason: "unknown", old: " 5.003 ", new: " - ", want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
			{name: "real ip twice", reason: "as versions before 0.22 wrote", old: "- ann [", new: "- [203.0.113.7] - ann ["},
			{name: "combined alone", reason: "another format", line: combined.Example, want: func(r *record) {
				*r = record{Time: r.Time, Method: r.Method, Path: r.Path, Status: r.Status, ResponseBytes: r.ResponseBytes, ClientIP: r.ClientIP, Proto: r.Proto, UserAgent: r.UserAgent}
			}, kind: Truncated},
		}),
		traffic: func(i int, at time.Time) string {
			return combinedConformance().traffic(i, at) + fmt.Sprintf(` %d %d.%03d [default-api-80] [] 10.1.2.3:8080, 10.1.2.4:8080 0, %d 0.000, 0.003 502, %d 9f2c1e%026d`,
				400+i%90, i%3, i%1000, i*37, statusAt(i), i)
		},
	}
}

// wholeLines are the cases that give a record of a whole line. Who failed is known of
// failures alone.
func wholeLines(cases []lineCase) []lineCase {
	var out []lineCase
	for _, tt := range cases {
		if tt.kind != "" || tt.line != "" {
			continue
		}
		if alone := tt.want; alone != nil {
			tt.want = func(r *record) {
				if alone(r); r.Status.Value < 500 {
					r.FailedBy = ""
				}
			}
		}
		out = append(out, tt)
	}
	return out
}

func FuzzIngressNginx(f *testing.F) { fuzzParser(f, ingressNginx, holdsForeign) }

func TestIngressOld(t *testing.T) {
	const line = `203.0.113.7 - [203.0.113.7] - - [06/Sep/2026:05:58:05 +0900] "GET / HTTP/1.1" 200 157 "-" "curl/8.5.0" 410 0.003 [default-api-80] 10.1.2.3:8080 157 0.003 200`
	for _, line := range []string{line, line + " 9f2c1e"} {
		d, err := Detect(toLines(line), Options{})
		if err != nil || d.Format != ingressNginx {
			t.Fatalf("%+v, %v", d, err)
		}
		got := parse(t, d.NewParser(), line)
		if got.Err != nil || got.Records[0].ClientIP != "203.0.113.7" || got.Records[0].Duration != dur(3*time.Millisecond) {
			t.Errorf("%q gives %+v", line, got)
		}
	}
}
