package format

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func negroniConformance() conformance {
	r := accesslog.Record{
		Time: evening, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), Host: "api.example.com:3000",
	}
	return conformance{
		format: negroni, example: r, record: r,
		full:  "[negroni] 2026-09-06T05:58:05Z | 502 | \t 1.234567ms | api.example.com:3000 | GET /u/42",
		saved: "| GET ", openEnd: true,
		cases: slices.Concat(goTextCases, goDurationCases, rawPathCases, []lineCase{
			{name: "zone", reason: "times are the server's", old: "05:58:05Z", new: "14:58:05+09:00"},
			{name: "spaces", reason: "the path was decoded, and is the rest of the line", old: "/u/42", new: "/a b/c", want: path("/a b/c")},
			{name: "extras", reason: "so that what somebody adds is the path's, too", old: "/u/42", new: "/u/42 | more", want: path("/u/42 | more")},
			{name: "IPv6 host", reason: "a host can be an address", old: "api.example.com:3000", new: "[::1]:3000", want: func(r *record) { r.Host = "[::1]:3000" }},
			{name: "no host", reason: "HTTP/1.0 has none", old: "api.example.com:3000", new: "", want: func(r *record) { r.Host = "" }},
			{name: "long method", reason: "no method is as long", old: "GET", new: "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG", want: method("")},
			{name: "no path", reason: "CONNECT has none, as lines that were cut there", old: "GET /u/42", new: "CONNECT ", want: func(r *record) { r.Method, r.Path = "CONNECT", "" }, kind: Truncated},
			{name: "old negroni", reason: "until 0.3 it wrote two lines for a request, neither of which is one", line: "[negroni] Completed 502 Bad Gateway in 145.446µs", none: true, kind: Other},
			{name: "letters", reason: "no status", old: "502", new: "5o2", none: true, kind: Malformed},
			{name: "no status", reason: "a column too few", old: " 502 |", new: "", none: true, kind: Truncated},
			{name: "no such month", reason: "a time that is none", old: "2026-09", new: "2026-13", none: true, kind: Other},
		}),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf("[negroni] %s | %d | \t %v | api.example.com:3000 | GET /users/%d/orders", at.Format(time.RFC3339), statusAt(i), time.Duration(i)*37*time.Microsecond, i)
		},
	}
}

func FuzzNegroni(f *testing.F) { fuzzParser(f, negroni, holdsForeign) }
