package format

import (
	"fmt"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func traefikCLFConformance() conformance {
	return conformance{
		format: traefikCLF,
		example: accesslog.Record{
			Time: time.Date(2026, 9, 6, 5, 58, 5, 0, time.UTC), Method: "GET", Path: "/u/1", Proto: "2", Status: accesslog.Some(502), FailedBy: "origin",
			ResponseBytes: some(11), Duration: dur(12 * time.Millisecond), ClientIP: "10.0.0.1", UserAgent: "curl/8.5.0",
		},
		record: accesslog.Record{
			Time: morning, Method: "GET", Path: "/u/42", Proto: "1.1", Status: accesslog.Some(502), FailedBy: "origin",
			ResponseBytes: some(157), Duration: dur(226 * time.Millisecond), ClientIP: "203.0.113.7", Referer: "https://example.com/list", UserAgent: "curl/8.5.0",
		},
		full:  `203.0.113.7 - ann [06/Sep/2026:05:58:05 +0900] "GET /u/42?x=1 HTTP/1.1" 502 157 "https://example.com/list?page=2" "curl/8.5.0" 42 "api@docker" "http://10.0.2.1:80" 226ms`,
		saved: `HTTP/1.1" 502 `,
		cases: slices.Concat(
			textCases(anatomy{method: `"GET `, status: " 502 ", ipv4: "203.0.113.7", ipv6: "2001:db8::1"}),
			requestCases, []lineCase{
				{name: "combined", reason: "the line ends too early", old: ` 42 "api@docker" "http://10.0.2.1:80" 226ms`, new: ``, want: func(r *record) { r.FailedBy, r.Duration = "", accesslog.Opt[time.Duration]{} }, kind: Truncated},
				{name: "no server", reason: "Traefik answered itself", old: `"api@docker" "http://10.0.2.1:80"`, new: `"-" "-"`, want: func(r *record) { r.FailedBy = "proxy" }},
				{name: "no route", reason: "some versions have neither status nor size of their own 404", old: `502 157 "https://example.com/list?page=2" "curl/8.5.0" 42 "api@docker" "http://10.0.2.1:80" 226ms`, new: `- - "-" "-" 42 "-" "-" 0ms`, want: func(r *record) {
					r.Status, r.ResponseBytes, r.FailedBy, r.Duration = accesslog.Opt[int]{}, accesslog.Opt[int64]{}, "", dur(0)
					r.Referer, r.UserAgent = "", ""
				}},
				{name: "user with spaces", reason: "the client chooses its user name", old: " ann ", new: " ann van de smith "},
				{name: "user -", reason: "mostly nobody is named", old: " ann ", new: " - "},
				{name: "another unit", reason: "the unit is in the line", old: "226ms", new: "226us", want: func(r *record) { r.FailedBy, r.Duration = "", accesslog.Opt[time.Duration]{} }, kind: Truncated},
				{name: "a quote in the agent", reason: "Traefik writes quotes as they are", old: "curl/8.5.0", new: `a"b\`, want: func(r *record) { r.UserAgent = `a"b\` }},
				{name: "backslashes", reason: "and backslashes, which escape nothing", old: "/u/42?x=1", new: `/a\x41`, want: path(`/a\x41`)},
				{name: "extras", reason: "what somebody added is not read", old: "226ms", new: "226ms x"},
				{name: "no such time", reason: "a day of 36", old: "06/Sep", new: "36/Sep", none: true, kind: Other},
				{name: "no quotes", reason: "the format has them", old: `"GET /u/42?x=1 HTTP/1.1"`, new: `GET /u/42?x=1 HTTP/1.1`, none: true, kind: Other},
			}),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf(`203.0.113.%d - - [%s] "GET /users/%d?page=%d HTTP/2.0" %d %d "-" "%s" %d "users@docker" "http://10.0.2.1:8080" %dms`,
				i%256, at.Format("02/Jan/2006:15:04:05 -0700"), i, i%9, statusAt(i), i*37, firefox, i, i%1000)
		},
	}
}
