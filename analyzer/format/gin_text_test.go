package format

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func ginConformance() conformance {
	r := accesslog.Record{
		Time: evening, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), ClientIP: "203.0.113.7",
	}
	return conformance{
		format: gin, example: r, record: r,
		full:  `[GIN] 2026/09/06 - 05:58:05 | 502 |    1.234567ms |     203.0.113.7 | GET      "/u/42?x=1"`,
		saved: `| GET      "`,
		cases: slices.Concat(goTextCases, goDurationCases, clientCases, []lineCase{
			{name: "extras", reason: "what follows the path is not read", old: `x=1"`, new: `x=1" more "of it"`},
			{name: "long method", reason: "no method is as long", old: "GET", new: "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG", want: method("")},
			{name: "quoted", reason: "the path was decoded, and is quoted as Go does", old: "/u/42?x=1", new: `/a \"b\\ \u200b\U000e0001\x1b\a\f\n\xff`, want: path("/a \"b\\ \u200b\U000e0001\x1b\a\f\n\xff")},
			{name: "broken escape", reason: "escapes that are none stand for themselves", old: "/u/42?x=1", new: `/\u12"`, want: path("/u12")},
			{name: "errors", reason: "they are lines of their own behind the request's", line: "Error #01: dial tcp 10.0.0.1:80: connect: connection refused", none: true, kind: Other},
			{name: "debug", reason: "gin says which routes it has", line: "[GIN-debug] GET    /u/:id                    --> main.main.func1 (3 handlers)", none: true, kind: Other},
			{name: "warning", reason: "and what it thinks of its settings", line: "[GIN-debug] [WARNING] You trusted all proxies, this is NOT safe. We recommend you to set a value.", none: true, kind: Other},
			{name: "recovery", reason: "a panic's trace is no request", line: "2026/09/06 05:58:05 [Recovery] 2026/09/06 - 05:58:05 panic recovered:", none: true, kind: Other},
			{name: "no status", reason: "a column too few", old: " 502 |", new: "", none: true, kind: Malformed},
			{name: "letters", reason: "no status", old: "502", new: "5o2", none: true, kind: Malformed},
			{name: "no such month", reason: "a time that is none", old: "2026/09/06", new: "2026/13/06", none: true, kind: Other},
			{name: "no method", reason: "a column too few", old: `GET      "/u/42?x=1"`, new: `"/u/42?x=1"`, want: func(r *record) { r.Method, r.Path = "", "" }, kind: Truncated},
		}),
		traffic: func(i int, at time.Time) string {
			target := fmt.Sprintf("/users/%d/orders?page=%d", i, i%9)
			if i%10 == 0 {
				target += "&q=\u200b"
			}
			return fmt.Sprintf("[GIN] %s | %3d | %13v | %15s | %-7s %#v", at.UTC().Format("2006/01/02 - 15:04:05"), statusAt(i), time.Duration(i)*37*time.Microsecond, fmt.Sprintf("203.0.113.%d", i%256), "GET", target)
		},
	}
}

// TestGinVersions reads what the versions of gin have written.
func TestGinVersions(t *testing.T) {
	want := accesslog.Record{Time: evening, Method: "GET", Path: "/u/42", Status: accesslog.Some(200), Duration: dur(214213), ClientIP: "::1"}
	for version, line := range map[string]string{
		"1.12": `[GIN] 2026/09/06 - 05:58:05 | 200 | 214.213µs |             ::1 | GET      "/u/42"`,
		"1.6":  `[GIN] 2026/09/06 - 05:58:05 | 200 |     214.213µs |             ::1 | GET      "/u/42"`,
		"1.4":  `[GIN] 2026/09/06 - 05:58:05 | 200 |     214.213µs |             ::1 | GET      /u/42`,
		"1.1":  `[GIN] 2026/09/06 - 05:58:05 | 200 |     214.213µs | ::1 |   GET     /u/42`,
	} {
		d, err := Detect(toLines(line), Options{TZ: time.UTC})
		if err != nil {
			t.Fatal(version, err)
		}
		if d.Format != gin || d.TZ != "UTC" {
			t.Errorf("%s: %s in zone %q", version, d.Format.Name, d.TZ)
		}
		if diff := cmp.Diff(result{Records: []accesslog.Record{want}}, parse(t, d.NewParser(), line), sameRecord); diff != "" {
			t.Errorf("%s: -want +got:\n%s", version, diff)
		}
	}
}

func FuzzGin(f *testing.F) { fuzzParser(f, gin, holdsForeign) }
