package format

import (
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func slogConformance() conformance {
	r := accesslog.Record{
		Time: utc.Add(123456789), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), ClientIP: "203.0.113.7", Error: "refused",
	}
	example := accesslog.Record{Time: r.Time, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1234567)}
	full := `{"time":"2026-09-06T14:58:05.123456789+09:00","level":"INFO","msg":"request","req":{"method":"GET","path":"/u/42?x=1"},"status":502,"duration":1234567,"remote_ip":"203.0.113.7","err":"refused"}`
	return keyedConformance(slogJSON, example, full, r, `"status":502,`, keyed{`"status":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"req":{"path":"/"},"status":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}

func TestSlogDurations(t *testing.T) {
	testUnits(t, slogJSON, `{"time":"2026-09-06T05:58:05Z","level":"INFO","msg":"request","method":"GET","path":"/","status":200,"%s":%s}`, []unitCase{
		{"a time.Duration", `duration,1234567`, Nanoseconds, false, 1234567},
		{"a short one", `duration,5123`, Nanoseconds, false, 5123},
		{"its Milliseconds", `duration,12`, Milliseconds, true, 12 * time.Millisecond},
		{"its Milliseconds, and so called", `duration_ms,12`, Milliseconds, false, 12 * time.Millisecond},
		{"its Seconds", `duration,0.001234567`, Seconds, true, 1234567},
		{"its String", `duration,"1.234567ms"`, Nanoseconds, false, 1234567},
	})
}
