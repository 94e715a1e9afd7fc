package format

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func envoyConformance() conformance {
	example := accesslog.Record{
		Time: time.Date(2016, 4, 15, 20, 17, 0, 310e6, time.UTC), Method: "POST", Path: "/api/v1/locations", Proto: "2", Status: accesslog.Some(204),
		RequestBytes: some(154), ResponseBytes: some(0), Duration: dur(226 * time.Millisecond), ClientIP: "10.0.35.28",
		UserAgent: "nsq2http", RequestID: "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2", Host: "locations",
	}
	full := accesslog.Record{
		Time: morning.Add(310 * time.Millisecond), Method: "GET", Path: "/u/42", Proto: "1.1", Status: accesslog.Some(502),
		RequestBytes: some(12), ResponseBytes: some(157), Duration: dur(226 * time.Millisecond), ClientIP: "203.0.113.7",
		UserAgent: "curl/8.5.0", RequestID: "9f2c", Host: "api.example.com", FailedBy: "origin", Error: "upstream protocol error",
	}
	return conformance{
		format: envoy, example: example, record: full,
		full:  `[2026-09-05T20:58:05.310Z] "GET /u/42?x=1 HTTP/1.1" 502 UPE 12 157 226 - "10.0.35.28,203.0.113.7" "curl/8.5.0" "9f2c" "api.example.com" "10.0.2.1:80"`,
		saved: `HTTP/1.1" 502 `,
		cases: slices.Concat(
			without(textCases(anatomy{method: `"GET `, status: " 502 ", ipv4: "203.0.113.7", ipv6: "2001:db8::1"}), "status_0", "status_-"),
			requestCases, envoyCases),
		traffic: func(i int, at time.Time) string {
			flags := "-"
			if statusAt(i) == 502 {
				flags = "UF,URX"
			}
			return fmt.Sprintf(`[%s] "GET /users/%d?page=%d HTTP/1.1" %d %s 0 %d %d 12 "203.0.113.%d" "%s" "0190f2c4-6d1e-7c52-9a30-%012d" "api.example.com" "10.0.2.1:80"`,
				at.UTC().Format("2006-01-02T15:04:05.000Z"), i, i%9, statusAt(i), flags, i*37, i%1000, i%256, firefox, i)
		},
	}
}

// ended is a record that ended otherwise than the full one.
func ended(code int, by, why string, outcome accesslog.Outcome) func(*record) {
	return func(r *record) {
		r.Status, r.FailedBy, r.Error, r.Outcome = accesslog.Some(code), by, why, outcome
	}
}

var envoyCases = []lineCase{
	{name: "no flags", reason: "a server that was asked answered so itself", old: " UPE ", new: " - ", want: ended(502, "origin", "", "")},
	{name: "UF,URX", reason: "the first flag says most", old: " UPE ", new: " UF,URX ", want: ended(502, "origin", "upstream connection failure", "")},
	{name: "a flag of another version", reason: "it tells nobody who failed, but the server was asked", old: " UPE ", new: " XYZ ", want: ended(502, "origin", "", "")},
	{name: "UH", reason: "no server was left", old: "502 UPE", new: "503 UH", want: ended(503, "origin", "no healthy upstream", "")},
	{name: "UT", reason: "the server was too slow", old: "502 UPE", new: "504 UT", want: ended(504, "origin", "upstream request timeout", "")},
	{name: "UC within the response", reason: "a status was sent, and not all that belongs to it", old: "502 UPE", new: "200 UC", want: ended(200, "origin", "upstream connection termination", "incomplete")},
	{name: "UO", reason: "the proxy spares the servers", old: "502 UPE", new: "503 UO", want: ended(503, "proxy", "upstream overflow: circuit breaking", "")},
	{name: "NR", reason: "a 404 of the proxy's own is nobody's failure", old: "502 UPE", new: "404 NR", want: ended(404, "", "no route", "")},
	{name: "DC", reason: "the client left before anything was sent", old: "502 UPE", new: "0 DC", want: ended(0, "client", "downstream connection termination", "client_closed")},
	{name: "DC within the response", reason: "or while it was", old: "502 UPE", new: "200 DC", want: ended(200, "client", "downstream connection termination", "client_closed")},
	{name: "nothing sent", reason: "code 0 is no status", old: "502 UPE", new: "0 -", want: ended(0, "", "", "")},
	{name: "no status", reason: "unknown", old: "502 UPE", new: "- -", want: func(r *record) { r.Status, r.FailedBy, r.Error = accesslog.Opt[int]{}, "", "" }},
	{name: "500 of its own", reason: "no server was asked", old: `UPE 12 157 226 - "10.0.35.28,203.0.113.7" "curl/8.5.0" "9f2c" "api.example.com" "10.0.2.1:80"`,
		new: `- 12 157 226 - "10.0.35.28,203.0.113.7" "curl/8.5.0" "9f2c" "api.example.com" "-"`, want: ended(502, "proxy", "", "")},
	{name: "duration -", reason: "unknown, not 0", old: " 226 ", new: " - ", want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
	{name: "all -", reason: "unknown", old: `12 157 226 - "10.0.35.28,203.0.113.7" "curl/8.5.0" "9f2c" "api.example.com"`, new: `- - - - "-" "-" "-" "-"`, want: func(r *record) {
		r.RequestBytes, r.ResponseBytes, r.Duration = accesslog.Opt[int64]{}, accesslog.Opt[int64]{}, accesslog.Opt[time.Duration]{}
		r.ClientIP, r.UserAgent, r.RequestID, r.Host = "", "", "", ""
	}},
	{name: "TCP", reason: "a connection is no request", line: `[2026-09-05T20:58:05.310Z] "- - -" 0 - 12 157 226 - "-" "-" "-" "-" "10.0.2.1:80"`, none: true, kind: Other},
	{name: "TCP of Istio", reason: "nor is one with more columns", line: `[2026-09-05T20:58:05.310Z] "- - -" 0 UF,URX - - "delayed_connect_error:_111" 0 0 3 - "-" "-" "-" "-" "10.0.2.1:80" outbound|80||x - 10.0.0.9:80 10.0.0.8:5123 - -`, none: true, kind: Other},
	{name: "bad request", reason: "a request that could not be read is one", old: `"GET /u/42?x=1 HTTP/1.1" 502 UPE`, new: `"- - HTTP/1.1" 400 DPE`, want: func(r *record) {
		ended(400, "", "downstream protocol error", "")(r)
		r.Method, r.Path, r.Proto = "", "", ""
	}},
	{name: "a quote in the agent", reason: "Envoy writes quotes as they are", old: "curl/8.5.0", new: `a"b\`, want: func(r *record) { r.UserAgent = `a"b\` }},
	{name: "backslashes", reason: "and backslashes, which escape nothing", old: "/u/42?x=1", new: `/a\x41\`, want: path(`/a\x41\`)},
	{name: "no milliseconds", reason: "the time's format can be chosen", old: ".310Z", new: "Z", want: func(r *record) { r.Time = morning }},
	{name: "no time", reason: "the line is then told by nothing", old: "2026-09-05T20:58:05.310Z", new: "-", want: func(r *record) { r.Time = time.Time{} }},
	{name: "no such time", reason: "a month of 40 days", old: "2026-09-05T", new: "2026-09-40T", none: true, kind: Other},
	{name: "extras", reason: "what somebody added is not read", old: `"10.0.2.1:80"`, new: `"10.0.2.1:80" x "y"`},
	{name: "fewer fields", reason: "the line ends too early", old: ` "9f2c" "api.example.com" "10.0.2.1:80"`, new: ``, want: func(r *record) { r.RequestID, r.Host = "", "" }, kind: Truncated},
	{name: "no quotes", reason: "the format has them", old: `"GET /u/42?x=1 HTTP/1.1"`, new: `GET /u/42?x=1 HTTP/1.1`, none: true, kind: Other},
}

// TestEnvoyVariants reads what Istio and Ambassador write by default.
func TestEnvoyVariants(t *testing.T) {
	istio := accesslog.Record{
		Time: time.Date(2022, 5, 10, 13, 40, 13, 396e6, time.UTC), Method: "GET", Path: "/", Proto: "1.1", Status: accesslog.Some(503), RequestBytes: some(0), ResponseBytes: some(91),
		Duration: dur(3 * time.Millisecond), ClientIP: "10.0.128.1", UserAgent: "curl/8.5.0", RequestID: "397105f8", Host: "web:80",
		FailedBy: "origin", Error: "upstream connection failure: delayed_connect_error:_111",
	}
	const tail = ` 0 91 3 - "-" "curl/8.5.0" "397105f8" "web:80" "10.0.128.42:80" inbound|80|| 127.0.0.6:52601 10.0.128.42:80 10.0.128.1:0 outbound_.80_._.web default`
	ambassador := istio
	ambassador.ClientIP, ambassador.Error, ambassador.FailedBy = "", "no healthy upstream", "origin"
	for name, tt := range map[string]struct {
		line string
		want accesslog.Record
	}{
		"Istio":            {`[2022-05-10T13:40:13.396Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{connection_failure} - "delayed_connect_error:_111"` + tail, istio},
		"Istio 1.6":        {`[2022-05-10T13:40:13.396Z] "GET / HTTP/1.1" 503 UF upstream_reset "delayed_connect_error:_111"` + tail, istio},
		"Istio with Mixer": {`[2022-05-10T13:40:13.396Z] "GET / HTTP/1.1" 503 UF "-" "delayed_connect_error:_111"` + tail, istio},
		"Ambassador":       {`ACCESS [2022-05-10T13:40:13.396Z] "GET / HTTP/1.1" 503 UH 0 91 3 - "-" "curl/8.5.0" "397105f8" "web:80" "-"`, ambassador},
	} {
		d, err := Detect(toLines(tt.line), Options{})
		if err != nil || d.Format != envoy {
			t.Fatalf("%s: %+v, %v", name, d, err)
		}
		if diff := cmp.Diff(result{Records: []accesslog.Record{tt.want}}, parse(t, d.NewParser(), tt.line), sameRecord); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	connection := `[2022-05-10T13:40:13.396Z] "- - -" 0 UF,URX - - "delayed_connect_error:_111"` + tail
	p := parserFor(t, envoy, `[2022-05-10T13:40:13.396Z] "GET / HTTP/1.1" 200 - via_upstream - "-"`+tail)
	if got := parse(t, p, connection); got.Err == nil || got.Err.Kind != Other {
		t.Errorf("a connection: %+v", got)
	}
}
