package format

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// frame counts the bytes of a line, as a drain of Heroku's has them, and of its newline if that is
// to be sent.
func frame(app, message string, newline int) string {
	line := "<158>1 2026-09-06T05:58:05.25+00:00 host " + app + " - " + message
	return fmt.Sprintf("%d %s", len(line)+newline, line)
}

func routed(path string, status int) string {
	return frame("heroku router", fmt.Sprintf(`at=info method=GET path="%s" host=x request_id=9f2c fwd="203.0.113.7" dyno=web.1 connect=1ms service=18ms status=%d bytes=13 protocol=https`, path, status), 1)
}

// TestFrames reads the bodies of requests that a drain sends, and a stream without newlines.
func TestFrames(t *testing.T) {
	of := func(path string, status int) accesslog.Record {
		r := accesslog.Record{
			Time: utc.Add(250 * time.Millisecond), Method: "GET", Path: path, Status: accesslog.Some(status), Duration: dur(19 * time.Millisecond),
			ResponseBytes: some(13), ClientIP: "203.0.113.7", Host: "x", RequestID: "9f2c", Scheme: "https",
			Attrs: []accesslog.Attr{attribute("dyno", "web.1")},
		}
		if status >= 500 {
			r.FailedBy = byOrigin
		}
		return r
	}
	app := frame("app web.1", "Started GET /u/1", 1)
	lines := []string{app, routed("/u/1", 200), routed("/u/2", 503)}
	d, err := Detect(toLines(lines...), Options{})
	if err != nil || d.Format != heroku || fmt.Sprint(d.Wrappers()) != "[octet counts (RFC 6587) a syslog header (RFC 5424)]" {
		t.Fatalf("%+v, %v", d, err)
	}
	bare := func(line string) string { // whose newline was not sent
		_, message, _ := strings.Cut(line, " ")
		return fmt.Sprintf("%d %s", len(message), message)
	}
	bad := routed("/u/3", 5020)
	p := d.NewParser()
	for _, tt := range []struct {
		reason, line string
		want         result
	}{
		{"a router's", lines[1], result{Records: []accesslog.Record{of("/u/1", 200)}}},
		{"two", bare(lines[1]) + bare(lines[2]), result{Records: []accesslog.Record{of("/u/1", 200), of("/u/2", 503)}}},
		{"beside the application's", bare(app) + bare(lines[2]) + bare(app), result{Records: []accesslog.Record{of("/u/2", 503)}}},
		{"the application's alone", bare(app) + bare(app), result{Err: errNotLogfmt}},
		{"one cannot be read", bare(lines[1]) + bare(bad) + bare(app), result{Records: []accesslog.Record{of("/u/1", 200)},
			Err: &LineError{Kind: Truncated, Offset: len(bare(lines[1])) + strings.Index(bare(bad), "at="), Msg: "of one of its frames, its status is none of HTTP's"}}},
		{"none can be read", bare(bad) + bare(app), result{Err: &LineError{Kind: Malformed, Offset: strings.Index(bare(bad), "at="), Msg: "its status is none of HTTP's"}}},
		{"somebody shortened it", strings.Replace(lines[1], "203.0.113.7", "203.0.113.7, 203.0.113.7", 1), result{Records: []accesslog.Record{of("/u/1", 200)}}},
	} {
		got := parse(t, p, tt.line)
		if diff := cmp.Diff(tt.want, got, sameRecord); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.reason, diff)
		}
		if tt.want.Err != nil && tt.want.Err.Kind != Other {
			continue
		}
		b := []byte(tt.line)
		if n := testing.AllocsPerRun(100, func() { _ = p.Parse(b, func(*accesslog.Record) {}) }); n != 0 {
			t.Errorf("%s: %v allocations", tt.reason, n)
		}
	}
	stream := strings.Repeat(bare(app), 30) + bare(lines[1])
	if d, err := Detect(toLines(stream), Options{}); err != nil || d.Format != heroku || d.Confidence > 1 || !strings.Contains(d.Why, "1 of 31") {
		t.Errorf("one line of many frames: %+v, %v", d, err)
	}
}

// FuzzFrames: frames on one line give what they give one by one.
func FuzzFrames(f *testing.F) {
	f.Add(routed("/u/1", 200), routed("/u/2", 5020))
	f.Add(frame("app web.1", "7 <40>1 x", 0), "")
	p := parserFor(f, heroku, routed("/u/1", 200))
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = frame("heroku router", a, 0), frame("heroku router", b, 0)
		first, second, both := parse(t, p, a), parse(t, p, b), parse(t, p, a+b)
		want := append(first.Records, second.Records...)
		if diff := cmp.Diff(want, both.Records, sameRecord); diff != "" {
			t.Errorf("%q and %q: -one by one +together:\n%s", a, b, diff)
		}
		parse(t, p, a[:len(a)/2]+b)
	})
}
