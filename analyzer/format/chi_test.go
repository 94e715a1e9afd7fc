package format

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func chiConformance() conformance {
	r := accesslog.Record{
		Time: evening, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), ResponseBytes: some(157),
		ClientIP: "203.0.113.7", Host: "api.example.com", Scheme: "http", Proto: "1.1", RequestID: "web-1/9xs4IblcpV-000001",
	}
	return conformance{
		format: chi, example: r, record: r,
		full:  `2026/09/06 05:58:05 [web-1/9xs4IblcpV-000001] "GET http://api.example.com/u/42?x=1 HTTP/1.1" from 203.0.113.7:51234 - 502 157B in 1.234567ms`,
		saved: "- 502 ", openEnd: true,
		cases: slices.Concat(goTextCases, goDurationCases, rawPathCases, []lineCase{
			{name: "IPv6", reason: "an IPv6 client stands in brackets before its port", old: "203.0.113.7:51234", new: "[2001:db8::1]:51234", want: client("2001:db8::1")},
			{name: "no port", reason: "behind a proxy the client is the one that a header names", old: "203.0.113.7:51234", new: "203.0.113.9", want: client("203.0.113.9")},
			{name: "no client", reason: "a unix socket's client is an @", old: "203.0.113.7:51234", new: "", want: client("")},
			{name: "https", reason: "with TLS", old: "http:", new: "https:", want: func(r *record) { r.Scheme = "https" }},
			{name: "HTTP/2.0", reason: "one spelling for a version", old: "HTTP/1.1", new: "HTTP/2.0", want: func(r *record) { r.Proto = "2" }},
			{name: "long method", reason: "no method is as long", old: "GET", new: "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG", want: func(r *record) { noRequest(r); r.Scheme, r.Host = "", "" }},
			{name: "microseconds of the clock", reason: "log has a flag for them", old: "05:58:05", new: "05:58:05.250000", want: func(r *record) { r.Time = evening.Add(time.Second / 4) }},
			{name: "extras", reason: "what follows the duration is not read", old: "1.234567ms", new: "1.234567ms more of it"},
			{name: "bytes -", reason: "unknown", old: "157B", new: "-B", want: func(r *record) { r.ResponseBytes = accesslog.Opt[int64]{} }},
			{name: "letters", reason: "no status", old: "502", new: "5o2", none: true, kind: Malformed},
			{name: "no status", reason: "a column too few", old: " 502", new: "", none: true, kind: Malformed},
			{name: "no such month", reason: "a time that is none", old: "2026/09/06", new: "2026/13/06", none: true, kind: Other},
		}),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf(`%s [web-1/9xs4IblcpV-%06d] "GET http://api.example.com/users/%d?page=%d HTTP/1.1" from 203.0.113.%d:51234 - %03d %dB in %v`,
				at.UTC().Format("2006/01/02 15:04:05"), i, i, i%9, i%256, statusAt(i), i*37, time.Duration(i)*37*time.Microsecond)
		},
	}
}

// TestChiFlags reads what chi writes under the flags of log, with and without an id.
func TestChiFlags(t *testing.T) {
	const request = `"GET http://api.example.com/u/42 HTTP/1.1" from [::1]:51234 - 200 0B in 53.932µs`
	want := accesslog.Record{
		Time: evening, Method: "GET", Path: "/u/42", Status: accesslog.Some(200), Duration: dur(53932), ResponseBytes: some(0),
		ClientIP: "::1", Host: "api.example.com", Scheme: "http", Proto: "1.1",
	}
	undated := want
	undated.Time = time.Time{}
	identified := undated
	identified.RequestID = "web-1/9xs4IblcpV-000001"
	for _, tt := range []struct {
		line string
		want accesslog.Record
	}{
		{"2026/09/06 05:58:05 " + request, want},
		{request, undated},
		{"[web-1/9xs4IblcpV-000001] " + request, identified},
	} {
		d, err := Detect(toLines(tt.line), Options{TZ: time.UTC})
		if err != nil {
			t.Fatal(tt.line, err)
		}
		if d.Format != chi {
			t.Errorf("%s: %s", tt.line, d.Format.Name)
		}
		if diff := cmp.Diff(result{Records: []accesslog.Record{tt.want}}, parse(t, d.NewParser(), tt.line), sameRecord); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.line, diff)
		}
	}
}

// TestChiAmong: what else the program logs begins with the same time, and is nothing bad.
func TestChiAmong(t *testing.T) {
	for _, f := range []struct{ request, other string }{
		{"2026/09/06 05:58:05 " + `"GET http://api.example.com/u/42 HTTP/1.1" from [::1]:51234 - 200 0B in 53.932µs`, "2026/09/06 05:58:05 "},
		{`[05:58:05] 502 -     1ms GET /u/42`, "[05:58:05] "},
	} {
		lines := toLines(f.request)
		for _, said := range []string{"listening on :8080", `[INFO] loading "a" and "b"`, "12 jobs done",
			`[error] 31#31: *1 connect() failed, client: 203.0.113.7, request: "GET /u/42 HTTP/1.1", host: "x"`} {
			lines = append(lines, []byte(f.other+said))
		}
		d, err := Detect(lines, Options{TZ: time.UTC})
		if err != nil {
			t.Error(err)
			continue
		}
		p := d.NewParser()
		for _, line := range lines[1:] {
			if got := parse(t, p, string(line)); got.Err == nil || got.Err.Kind != Other || len(got.Records) > 0 {
				t.Errorf("%s: %+v", line, got)
			}
		}
	}
}

func FuzzChi(f *testing.F) { fuzzParser(f, chi, holdsForeign) }
