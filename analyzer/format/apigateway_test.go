package format

import (
	"fmt"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func apiGatewayConformance() conformance {
	full := accesslog.Record{
		Time: morning, Method: "GET", Route: "/u/{id}", Proto: "1.1", Status: accesslog.Some(502), ResponseBytes: some(157), ClientIP: "203.0.113.7",
	}
	example := full
	example.Time, example.Route, example.ResponseBytes, example.ClientIP = morning.Add(9*time.Hour), "/users/{id}", some(36), "127.0.0.1"
	var shared []lineCase
	for _, c := range textCases(anatomy{method: `"GET `, status: " 502 ", ipv4: "203.0.113.7", ipv6: "2001:db8::1"}) {
		if c.old != "/u/42?x=1" { // there is a route instead of the path
			shared = append(shared, c)
		}
	}
	return conformance{
		format: apiGateway, example: example, record: full,
		full:  `203.0.113.7 - ann [06/Sep/2026:05:58:05 +0900]"GET /u/{id} HTTP/1.1" 502 157 4f8a4e3a`,
		saved: `HTTP/1.1" 502 `, openEnd: true,
		cases: slices.Concat(shared, []lineCase{
			{name: "route with proxy", reason: "a route can be greedy", old: "/u/{id}", new: "/u/{proxy+}", want: func(r *record) { r.Route = "/u/{proxy+}" }},
			{name: "NUL and invalid UTF-8", reason: "bytes are kept as they are", old: "/u/{id}", new: "/\x00\xff", want: func(r *record) { r.Route = "/\x00\xff" }},
			{name: "percent-encoding and escapes", reason: "nothing is decoded", old: "/u/{id}", new: `/%2F\x41`, want: func(r *record) { r.Route = `/%2F\x41` }},
			{name: "long route", reason: "a line may be of any length", old: "/u/{id}", new: "/" + longText, want: func(r *record) { r.Route = "/" + longText }},
			{name: "bytes -", reason: "unknown, not 0", old: " 157 ", new: " - ", want: func(r *record) { r.ResponseBytes = accesslog.Opt[int64]{} }},
			{name: "extras", reason: "an extended id, say", old: "4f8a4e3a", new: "4f8a4e3a XYZ="},
			{name: "fewer fields", reason: "the line ends too early", old: " 157 4f8a4e3a", new: "", none: true, kind: Truncated},
			{name: "no such time", reason: "a day of 36", old: "06/Sep", new: "36/Sep", none: true, kind: Other},
			{name: "a space before the request", reason: "the Common Log Format has one, and is another", old: `]"`, new: `] "`, none: true, kind: Other},
		}),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf(`203.0.113.%d - - [%s]"GET /users/{id} HTTP/1.1" %d %d 4f8a4e3a-1a2b-11e9-9d1c-0d0e0f10%04d`, i%256, at.Format("02/Jan/2006:15:04:05 -0700"), statusAt(i), i*37, i)
		},
	}
}
