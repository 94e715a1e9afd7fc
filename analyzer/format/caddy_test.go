package format

import (
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func caddyConformance() conformance {
	r := accesslog.Record{
		Time: utc.Add(250 * time.Millisecond), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1001674508),
		RequestBytes: some(5), ResponseBytes: some(12), ClientIP: "203.0.113.7", Host: "api.example.com", Proto: "2", UserAgent: "curl/8.5.0", Referer: "https://example.com/",
	}
	example := accesslog.Record{
		Time: time.Date(2024, 11, 8, 16, 42, 24, 327080200, time.UTC), Method: "POST", Path: "/", Status: accesslog.Some(308),
		Duration: dur(24323), RequestBytes: some(0), ResponseBytes: some(0), ClientIP: "203.0.113.7", Host: "x", Proto: "1.1",
	}
	full := `{"level":"error","ts":1788674285.25,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"10.0.0.1","remote_port":"46628","client_ip":"203.0.113.7","proto":"HTTP/2.0","method":"GET","host":"api.example.com","uri":"/u/42?x=1",` +
		`"headers":{"User-Agent":["curl/8.5.0","second"],"Referer":["https://example.com/?q"]},"tls":{"resumed":false,"proto":"h2"}},"bytes_read":5,"user_id":"","duration":1.001674508,"size":12,"status":502,"resp_headers":{"Server":["Caddy"],"Status":["200"]}}`
	return keyedConformance(caddy, example, full, r, `"status":502,`, keyed{`"status":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "0", reason: "nothing was sent", old: `"status":502`, new: `"status":0`, want: status(0)},
		lineCase{name: "other logger", reason: "a line of the server's, not a request", line: `{"level":"info","ts":1788674285.25,"logger":"admin","msg":"started"}`, none: true, kind: Other},
		lineCase{name: "before 2.7", reason: "no client_ip", old: `"client_ip":"203.0.113.7",`, new: ``, want: func(r *record) { r.ClientIP = "" }},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"request":{"uri":"/"},"status":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}

// TestCaddyDurations: duration_format and time_format change how Caddy writes both.
func TestCaddyDurations(t *testing.T) {
	const line = `{"level":"info","ts":%s,"logger":"http.log.access","msg":"handled request","request":{"remote_addr":"203.0.113.7:46628","method":"GET","uri":"/"},"duration":%s,"size":0,"status":200}`
	testUnits(t, caddy, line, []unitCase{
		{"seconds", `1788674285.25,0.0012`, Seconds, false, 1200 * time.Microsecond},
		{"a string", `1788674285.25,"1.2ms"`, Seconds, false, 1200 * time.Microsecond},
		{"whole nanoseconds", `1788674285.25,1200000`, Nanoseconds, true, 1200 * time.Microsecond},
		{"whole milliseconds", `1788674285250,12`, Milliseconds, true, 12 * time.Millisecond},
		{"time as text", `"2026-09-06T05:58:05Z",0.0012`, Seconds, false, 1200 * time.Microsecond},
	})
}

// TestCaddyAside: of a request that failed, or that went through a proxy which debugs, Caddy
// writes two lines with a status. They are one request, whatever format reads them.
func TestCaddyAside(t *testing.T) {
	const request = `"request":{"remote_ip":"203.0.113.7","remote_port":"41342","client_ip":"203.0.113.7","proto":"HTTP/1.1","method":"GET","host":"x","uri":"/u/1"},"duration":0.001,"status":502`
	access := []byte(`{"level":"error","ts":1788674285.25,"logger":"http.log.access.log0","msg":"handled request",` + request + `,"size":0}`)
	for _, aside := range []string{
		`{"level":"error","ts":1788674285.25,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.1:80: connect: connection refused",` + request + `,"err_id":"a1"}`,
		`{"level":"debug","ts":1788674285.25,"logger":"http.handlers.reverse_proxy","msg":"upstream roundtrip","upstream":"10.0.0.1:80",` + request + `}`,
	} {
		d, err := Detect([][]byte{access, []byte(aside)}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if d.Format != caddy || len(d.Others()) > 0 {
			t.Errorf("read as %s, %s", d.Format.Name, d.Why)
		}
		records := 0
		p := d.NewParser()
		for _, line := range [][]byte{access, []byte(aside)} {
			_ = p.Parse(line, func(*record) { records++ })
		}
		if records != 1 {
			t.Errorf("%d requests by %s", records, aside)
		}
		if d, err := Detect([][]byte{[]byte(aside)}, Options{}); err == nil {
			t.Errorf("read as %s: %s", d.Format.Name, aside)
		}
	}
}
