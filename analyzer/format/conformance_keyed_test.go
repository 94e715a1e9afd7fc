package format

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// keyed is a format of keys with values, as a full line of it has them: what stands there for
// the status, the method, the path and the client, each once.
type keyed struct {
	status, method, path, client string
	cause                        string // what the record's error has of the proxy's word
}

// keyedConformance is the row of f, whose example and full lines give these records. Its
// cases are those of all its kin, and more.
func keyedConformance(f *Format, example accesslog.Record, full string, r accesslog.Record, saved string, k keyed, more ...lineCase) conformance {
	return conformance{
		format: f, example: example, full: full, record: r, saved: saved,
		cases: slices.Concat(keyedCases(k), jsonGrammar(full, k), more),
		traffic: func(i int, _ time.Time) string {
			s := strings.Replace(full, k.path, fmt.Sprintf("/users/%d?page=%d", i, i%9), 1)
			return strings.Replace(s, k.status, strings.Replace(k.status, "502", fmt.Sprint(statusAt(i)), 1), 1)
		},
	}
}

// fine gives a record another status, which is nobody's failure.
func (k keyed) fine(status accesslog.Opt[int]) func(*record) {
	return func(r *record) { r.Status, r.FailedBy, r.Error = status, "", strings.TrimPrefix(r.Error, k.cause) }
}

// keyedCases are true of every syntax.
func keyedCases(k keyed) []lineCase {
	with := func(s string) string { return strings.Replace(k.status, "502", s, 1) }
	return []lineCase{
		{name: "empty", reason: "an empty line is no request", line: "", none: true, kind: Other},
		{name: "text", reason: "a line of words is none", line: "listening on :8080", none: true, kind: Other},
		{name: "404", reason: "another status", old: k.status, new: with("404"), want: k.fine(accesslog.Some(404))},
		{name: "499", reason: "no registered status, and kept", old: k.status, new: with("499"), want: k.fine(accesslog.Some(499))},
		{name: "5020", reason: "no status", old: k.status, new: with("5020"), none: true, kind: Malformed},
		{name: "IPv6", reason: "colons are no port", old: k.client, new: "2001:db8::1", want: func(r *record) { r.ClientIP = "2001:db8::1" }},
		{name: "client -", reason: "unknown", old: k.client, new: "-", want: func(r *record) { r.ClientIP = "" }},
		{name: "PROPFIND", reason: "WebDAV has methods of its own", old: k.method, new: strings.Replace(k.method, "GET", "PROPFIND", 1), want: method("PROPFIND")},
		{name: "M-SEARCH", reason: "a method can have a hyphen", old: k.method, new: strings.Replace(k.method, "GET", "M-SEARCH", 1), want: method("M-SEARCH")},
		{name: "percent-encoding", reason: "%2F is no slash", old: k.path, new: `/a%2Fb%3Fc`, want: path("/a%2Fb%3Fc")},
		{name: "UTF-8", reason: "not every client escapes it", old: k.path, new: "/م/é", want: path("/م/é")},
		{name: "invalid UTF-8", reason: "bytes are kept as they are", old: k.path, new: "/\xff", want: path("/\xff")},
		{name: "escapes", reason: "decoded", old: k.path, new: `/a\"\\\u00e9\ud83d\ude00?x`, want: path(`/a"\é😀`)},
		{name: `\x22`, reason: "nginx's escape is, too", old: k.path, new: `/\x22\x5C`, want: path(`/"\`)},
		{name: "long path", reason: "a mebibyte is a path, too", old: k.path, new: "/" + strings.Repeat("a", 1<<20), want: path("/" + strings.Repeat("a", 1<<20))},
	}
}

// jsonGrammar is true of JSON.
func jsonGrammar(full string, k keyed) []lineCase {
	colon := strings.IndexByte(k.status, ':') + 1
	with := func(s string) string { return k.status[:colon] + s }
	return []lineCase{
		{name: "empty object", reason: "no status, no request", line: `{}`, none: true, kind: Other},
		{name: "no status", reason: "a line of the application", old: k.status, new: `"zz":1`, none: true, kind: Other},
		{name: "null status", reason: "unknown", old: k.status, new: with("null"), want: k.fine(accesslog.Opt[int]{})},
		{name: "status ok", reason: "no status", old: k.status, new: with(`"ok"`), none: true, kind: Malformed},
		{name: "extras", reason: "what no role is for is not read", old: k.status, new: k.status + `,"zz":{"y":[[1],{"x":null}]},"zy":true`},
		{name: "NUL", reason: "JSON has no control characters in a string", old: k.path, new: "/\x00", none: true, kind: Malformed},
		{name: "trailing garbage", reason: "two writers tore the line", line: full + "x", none: true, kind: Malformed},
		{name: "torn", reason: "two writers tore the line", old: k.status, new: with(`50{"time":`), none: true, kind: Malformed},
		{name: "of an array", reason: "a line of one that is written over many", line: "[" + full + ","},
	}
}

// unitCase is the unit in which a line's duration is read.
type unitCase struct {
	name    string
	values  string // what stands for the verbs of the line, between commas
	want    Unit
	guessed bool
	is      time.Duration
}

// testUnits reads each line as the only one of its file.
func testUnits(t *testing.T, f *Format, line string, cases []unitCase) {
	for _, tt := range cases {
		var values []any
		for _, s := range strings.Split(tt.values, ",") {
			values = append(values, s)
		}
		line := fmt.Sprintf(line, values...)
		d, err := Detect(toLines(line), Options{})
		if err != nil || d.Format != f || d.Unit != tt.want || d.Guessed != tt.guessed {
			t.Errorf("%s: %+v, %v; want %s in %s", tt.name, d, err, f.Name, tt.want)
			continue
		}
		if got := parse(t, d.NewParser(), line); len(got.Records) != 1 || got.Records[0].Duration != dur(tt.is) {
			t.Errorf("%s: %+v, want %v: %s", tt.name, got, tt.is, d.Why)
		}
	}
}
