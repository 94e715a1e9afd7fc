package format

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func fiberTextConformance() conformance {
	r := accesslog.Record{
		Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), ClientIP: "203.0.113.7", Error: "upstream refused",
	}
	return conformance{
		format: fiberText, example: r, record: r,
		full:  `05:58:05 | 502 |    1.234567ms | 203.0.113.7 | GET | /u/42 | upstream refused`,
		saved: "| GET | ", openEnd: true,
		cases: slices.Concat(goTextCases, goDurationCases, clientCases, rawPathCases, []lineCase{
			{name: "error -", reason: "there was none", old: "upstream refused", new: "-", want: noError},
			{name: "no error", reason: "version 3 writes none where there was none", old: " | upstream refused", new: "            ", want: noError},
			{name: "extras", reason: "the error is the rest of the line", old: "upstream refused", new: "a | b", want: func(r *record) { r.Error = "a | b" }},
			{name: "long method", reason: "no method is as long", old: "GET", new: "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG", want: method("")},
			{name: "letters", reason: "no status", old: "502", new: "5o2", none: true, kind: Malformed},
			{name: "no status", reason: "a column too few", old: " 502 |", new: "", none: true, kind: Malformed},
			{name: "no time of the day", reason: "a table of something else", old: "05:58:05", new: "5:58", none: true, kind: Other},
		}),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf("%s | %3d | %13v | %15s | %-7s | /users/%d/orders | -", at.UTC().Format("15:04:05"), statusAt(i), time.Duration(i)*37*time.Microsecond, fmt.Sprintf("203.0.113.%d", i%256), "GET", i)
		},
	}
}

func noError(r *record) { r.Error = "" }

// TestFiberVersions reads what the versions of fiber write to a file.
func TestFiberVersions(t *testing.T) {
	want := accesslog.Record{Method: "GET", Path: "/u/42", Status: accesslog.Some(200), Duration: dur(13 * time.Microsecond), ClientIP: "::1"}
	dated := want
	dated.Time = evening
	old := want
	old.ClientIP = ""
	for _, tt := range []struct {
		version, line string
		want          accesslog.Record
	}{
		{"3", "05:58:05 | 200 |          13µs |             ::1 | GET     | /u/42            ", want},
		{"2.52", "05:58:05 | 200 |          13µs | ::1 | GET | /u/42 | -", want},
		{"2.52 with a date", "2026-09-06 05:58:05 | 200 |          13µs | ::1 | GET | /u/42 | -", dated},
		{"2.40", "[05:58:05] 200 -    13µs GET /u/42", old},
	} {
		d, err := Detect(toLines(tt.line), Options{TZ: time.UTC})
		if err != nil {
			t.Fatal(tt.version, err)
		}
		if d.Format != fiberText {
			t.Errorf("%s: %s", tt.version, d.Format.Name)
		}
		if diff := cmp.Diff(result{Records: []accesslog.Record{tt.want}}, parse(t, d.NewParser(), tt.line), sameRecord); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.version, diff)
		}
	}
}

func FuzzFiberText(f *testing.F) { fuzzParser(f, fiberText, holdsForeign) }
