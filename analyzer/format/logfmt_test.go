package format

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func logfmtConformance() conformance {
	r := accesslog.Record{
		Time: utc.Add(123 * time.Millisecond), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), ClientIP: "203.0.113.7", UserAgent: `a "b"`, ResponseBytes: some(157),
	}
	example := r
	example.Path, example.UserAgent, example.ClientIP, example.ResponseBytes = "/u/1", "", "", accesslog.Opt[int64]{}
	full := `time=2026-09-06T05:58:05.123Z level=INFO msg="a request" method=GET path="/u/42?x=1" status=502 duration=1.234567ms remote_ip=203.0.113.7 user_agent="a \"b\"" bytes=157`
	return logfmtRow(logfmt, example, full, r, keyed{`status=502`, `=GET`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "null", reason: "unknown", old: `remote_ip=203.0.113.7`, new: `remote_ip=null`, want: func(r *record) { r.ClientIP = "" }},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `path=/ status=200 bytes=1`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200), ResponseBytes: some(1)} }},
	)
}

// logfmtRow is the row of f, whose lines are logfmt that ends in its size.
func logfmtRow(f *Format, example accesslog.Record, full string, r accesslog.Record, k keyed, more ...lineCase) conformance {
	c := keyedConformance(f, example, full, r, k.status+" ", k)
	c.openEnd, c.cases = true, slices.Concat(keyedCases(k), []lineCase{
		{name: "no status", reason: "a line of the application", old: k.status, new: "zz=1", none: true, kind: Other},
		{name: "empty value", reason: "unknown", old: k.client, new: "", want: func(r *record) { r.ClientIP = "" }},
		{name: "status ok", reason: "no status", old: k.status, new: "status=ok", none: true, kind: Malformed},
		{name: "words", reason: "what has no = is passed over", old: k.status, new: k.status + ` retried "`},
		{name: "NUL", reason: "bytes are kept as they are", old: k.path, new: "/\x00", want: path("/\x00")},
		{name: "extras", reason: "what no role is for is not read", old: k.status, new: k.status + ` zz=1 zy="a b"`},
		{name: "trailing extras", reason: "keys may be added", line: full + ` zz=1 zy="a b"`},
		{name: "open quote", reason: "the line ends within a value", line: full + ` zz="a`, kind: Truncated, want: func(r *record) {
			if k.cause != "" {
				r.Error = "" // it may have been longer
			}
		}},
		{name: "behind words", reason: "the time and the words that slog's default handler puts first", line: "2026/09/06 05:58:05.5 INFO a request " + full[strings.Index(full, "=")-4:], want: func(r *record) {
			if f == heroku {
				r.Time = utc.Add(500 * time.Millisecond)
			}
		}},
		{name: "behind other words", reason: "something else put them there", line: "web-1 | " + full, none: true, kind: Other},
	}, more)
	return c
}

// TestLogfmtEnd: logfmt does not show where a line ends. The key that all end in does.
func TestLogfmtEnd(t *testing.T) {
	var sample []string
	for i := range 40 {
		line := "method=GET path=/u status=200 duration=12ms"
		if i%8 == 0 {
			line += " err=refused"
		}
		sample = append(sample, line)
	}
	p := parserFor(t, logfmt, sample...)
	tests := []struct {
		reason, line string
		kind         Kind
	}{
		{"whole", "method=GET path=/u status=200 duration=12ms", ""},
		{"with what only some have", "method=GET path=/u status=200 duration=12ms err=x", ""},
		{"cut in the status", "method=GET path=/u status=20", Truncated},
		{"cut behind it", "method=GET path=/u status=200 ", Truncated},
	}
	for _, tt := range tests {
		got := parse(t, p, tt.line)
		var kind Kind
		if got.Err != nil {
			kind = got.Err.Kind
		}
		if kind != tt.kind {
			t.Errorf("%s: %+v, want kind %q", tt.reason, got, tt.kind)
		}
		if len(got.Records) == 1 && got.Records[0].Status != accesslog.Some(200) && got.Records[0].Status.Known {
			t.Errorf("%s: %+v", tt.reason, got)
		}
	}
}

// TestLogfmtDefaultSlog: slog's default handler writes the time, in the local zone, and the
// level in front.
func TestLogfmtDefaultSlog(t *testing.T) {
	const line = `2026/09/06 05:58:05 INFO request method=GET path=/u/1 status=502 duration=1.2ms`
	d, err := Detect(toLines(line), Options{TZ: time.FixedZone("JST", 9*3600)})
	if err != nil || d.Format != logfmt || d.TZ != "JST" {
		t.Fatalf("%+v, %v", d, err)
	}
	want := accesslog.Record{Time: morning, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1200 * time.Microsecond)}
	if diff := cmp.Diff(result{Records: []accesslog.Record{want}}, parse(t, d.NewParser(), line), sameRecord); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLograge reads what Rails writes in production with lograge: pairs behind the prefix of Ruby's
// Logger, which has the time, and maybe tags.
func TestLograge(t *testing.T) {
	for _, tags := range []string{"", "[9f2c1e-77] [203.0.113.7] "} {
		line := "I, [2026-09-06T05:58:05.250000 #812]  INFO -- : " + tags +
			`method=GET path=/u/42 format=html controller=UsersController action=show status=502 allocations=4021 duration=12.25 view=1.00 db=0.50`
		d, err := Detect(toLines(line), Options{TZ: time.UTC})
		if err != nil || d.Format != logfmt || d.Unit != Milliseconds || d.TZ != "UTC" {
			t.Fatalf("%q: %+v, %v", tags, d, err)
		}
		want := result{Records: []accesslog.Record{{
			Time: utc.Add(time.Second / 4), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(12250 * time.Microsecond),
		}}}
		if diff := cmp.Diff(want, parse(t, d.NewParser(), line), sameRecord); diff != "" {
			t.Errorf("%q: -want +got:\n%s", tags, diff)
		}
	}
}
