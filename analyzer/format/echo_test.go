package format

import (
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func echoConformance() conformance {
	r := accesslog.Record{
		Time: utc.Add(123456789), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), RequestBytes: some(0), ResponseBytes: some(13),
		ClientIP: "203.0.113.7", Host: "localhost:1323", UserAgent: "curl/8.5.0", RequestID: "9f2c", Error: "refused",
	}
	example := r
	example.Path, example.RequestID, example.Error = "/u/1", "", ""
	full := `{"time":"2026-09-06T14:58:05.123456789+09:00","id":"9f2c","remote_ip":"203.0.113.7","host":"localhost:1323","method":"GET","uri":"/u/42?x=1","user_agent":"curl/8.5.0","status":502,"error":"refused","latency":1234567,"latency_human":"1.234567ms","bytes_in":0,"bytes_out":13}`
	return keyedConformance(echo, example, full, r, `"status":502,`, keyed{`"status":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"uri":"/","status":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}

// TestEchoDurations: a format of the application's own may have other units; latency_human
// tells.
func TestEchoDurations(t *testing.T) {
	testUnits(t, echo, `{"method":"GET","uri":"/","status":200,"latency_human":"%s","latency":%s}`, []unitCase{
		{"nanoseconds", `1.234567ms,1234567`, Nanoseconds, false, 1234567},
		{"very few", `512ns,512`, Nanoseconds, false, 512},
		{"microseconds", `1.234ms,1234`, Microseconds, false, 1234 * time.Microsecond},
		{"as text", `1.234567ms,"1234567"`, Nanoseconds, false, 1234567},
	})
}
