package format

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

const (
	caddyFields = `{"request": {"remote_ip": "10.0.0.1", "remote_port": "46628", "client_ip": "203.0.113.7", "proto": "HTTP/2.0", "method": "GET", "host": "x", "uri": "/u/42?x=1", "headers": {"User-Agent": ["curl/8.5.0"]}}, "bytes_read": 5, "duration": 0.0012, "size": 12, "status": 502}`
	caddyLine   = "2026/09/06 05:58:05.250\tERROR\thttp.log.access.log0\thandled request\t" + caddyFields
	zapFields   = `{"method": "GET", "path": "/u/42", "status": 502, "duration": "1.2ms", "ip": "203.0.113.7"}`
	zapLine     = "2026-09-06T05:58:05.250Z\tERROR\tweb/log.go:12\trequest\t" + zapFields
)

func TestConsole(t *testing.T) {
	berlin := time.FixedZone("Berlin", 2*3600)
	ofCaddy := accesslog.Record{
		Time: utc.Add(250 * time.Millisecond), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1200 * time.Microsecond),
		RequestBytes: some(5), ResponseBytes: some(12), ClientIP: "203.0.113.7", Host: "x", Proto: "2", UserAgent: "curl/8.5.0",
	}
	ofZap := accesslog.Record{
		Time: utc.Add(250 * time.Millisecond), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1200 * time.Microsecond), ClientIP: "203.0.113.7",
	}
	later := func(r accesslog.Record, d time.Duration) accesslog.Record {
		r.Time = r.Time.Add(d)
		return r
	}
	for _, tt := range []struct {
		reason, line string
		tz           *time.Location
		format       *Format
		want         accesslog.Record
		zone         string // that is taken
	}{
		{"Caddy names no zone, and means UTC", caddyLine, nil, caddy, ofCaddy, "UTC"},
		{"with time_local, which somebody must say", caddyLine, berlin, caddy, later(ofCaddy, -2*time.Hour), "Berlin"},
		{"in colours", strings.Replace(caddyLine, "ERROR", "\x1b[31mERROR\x1b[0m", 1), nil, caddy, ofCaddy, "UTC"},
		{"behind a prefix", "caddy-1  | " + caddyLine, nil, caddy, ofCaddy, "UTC"},
		{"time_format unix_seconds_float", strings.Replace(caddyLine, "2026/09/06 05:58:05.250", "1788674285.25", 1), nil, caddy, ofCaddy, ""},
		{"zap in development", zapLine, nil, zap, ofZap, ""},
		{"a zone as ISO 8601 has it", strings.Replace(zapLine, "T05:58:05.250Z", "T14:58:05.250+0900", 1), nil, zap, ofZap, ""},
		{"zap in production", strings.Replace(zapLine, "2026-09-06T05:58:05.250Z\tERROR", "1.78867428525e+09\terror", 1), nil, zap, ofZap, ""},
		{"a logger with a name", strings.Replace(zapLine, "web/log.go:12", "api.v1\tweb/log.go:12", 1), nil, zap, ofZap, ""},
		{"no place, and a tab in the message", strings.Replace(zapLine, "web/log.go:12\trequest", "a\tmessage\t{of parts}", 1), nil, zap, ofZap, ""},
		{"a brace in a text", strings.Replace(zapLine, `"ip"`, `"x": "\t{", "ip"`, 1), nil, zap, ofZap, ""},
	} {
		d, err := Detect(toLines(tt.line), Options{TZ: tt.tz})
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if d.Format != tt.format || d.Unit != Seconds || d.Guessed || d.TZ != tt.zone {
			t.Errorf("%s: %+v, want %s in the zone %q", tt.reason, d, tt.format.Name, tt.zone)
		}
		p := d.NewParser()
		if diff := cmp.Diff(result{Records: []accesslog.Record{tt.want}}, parse(t, p, tt.line), sameRecord); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.reason, diff)
		}
		b := []byte(tt.line)
		if n := testing.AllocsPerRun(100, func() { _ = p.Parse(b, func(*accesslog.Record) {}) }); n != 0 {
			t.Errorf("%s: %v allocations", tt.reason, n)
		}
	}
}

// TestConsoleFates reads lines beside requests.
func TestConsoleFates(t *testing.T) {
	p := parserFor(t, caddy, caddyLine)
	for _, tt := range []struct {
		reason, line string
		records      int
		kind         Kind
	}{
		{"no fields", "2026/09/06 05:58:05.250\tINFO\tserving initial configuration", 0, Other},
		{"other fields", "2026/09/06 05:58:05.250\tINFO\tadmin\tstarted\t" + `{"address": "localhost:2019"}`, 0, Other},
		{"said again", strings.Replace(caddyLine, "http.log.access", "http.log.error", 1), 0, Other},
		{"JSON", caddyFields, 0, Other},
		{"no level", strings.Replace(caddyLine, "ERROR", "LAX1", 1), 0, Other},
		{"no time", strings.Replace(caddyLine, "2026", "x", 1), 0, Other},
		{"a part of a line", "2026/09/06 05:58:05.250\tINFO", 0, Other},
		{"no status", strings.Replace(caddyLine, "502}", `"ok"}`, 1), 0, Malformed},
		{"text behind the JSON", caddyLine + " x", 0, Malformed},
		{"cut", strings.TrimSuffix(caddyLine, "}") + `, "resp_headers": {"Se`, 1, Truncated},
		{"cut before the status", caddyLine[:len(caddyLine)-5], 0, Truncated},
	} {
		got := parse(t, p, tt.line)
		if len(got.Records) != tt.records || got.Err == nil || got.Err.Kind != tt.kind {
			t.Errorf("%s: %+v, want %d records and %s", tt.reason, got, tt.records, tt.kind)
		}
	}
	for _, line := range []string{
		"2026-09-06\t05:58:05\tLAX1\t2390282\t203.0.113.7\tGET\td111.cloudfront.net\t/u/1\t200", // another log with tabs
		"1788674285.25\tINFO\tstatus\t{502}",
		"2026/09/06 05:58:05\tINFO\trequest\t" + `{"order": {"status": 502}, "path": "/u"}`,
	} {
		if d, err := Detect(toLines(line), Options{}); err == nil {
			t.Errorf("%q is read as %s: %s", line, d.Format.Name, d.Why)
		}
	}
}

// FuzzConsole holds console output to what the same fields give in JSON.
func FuzzConsole(f *testing.F) {
	for _, line := range []string{caddyFields, zapFields, `{"status": 200}`, `{"ts": 1788674285, "status": 404`, `{"level": "-"} x`, `{}`} {
		f.Add(line)
	}
	const head = `{"level":"info","ts":"2026/09/06 05:58:05.250","logger":"http.log.access","msg":"handled request"`
	console := parserFor(f, caddy, caddyLine)
	object := parserFor(f, caddy, head+","+caddyFields[1:])
	f.Fuzz(func(t *testing.T, fields string) {
		if !strings.HasPrefix(fields, `{"`) || strings.ContainsAny(fields, "\t\r\n") || strings.ContainsAny(fields[strings.LastIndexByte(fields, '}')+1:], ",]") {
			return // what JSON may have around an object
		}
		want := parse(t, object, head+","+fields[1:])
		got := parse(t, console, "2026/09/06 05:58:05.250\tINFO\thttp.log.access\thandled request\t"+fields)
		if diff := cmp.Diff(want.Records, got.Records, sameRecord); diff != "" || (want.Err == nil) != (got.Err == nil) || want.Err != nil && want.Err.Kind != got.Err.Kind {
			t.Errorf("in JSON %v, in console output %v: -want +got:\n%s", want.Err, got.Err, diff)
		}
		parse(t, console, fields)
	})
}
