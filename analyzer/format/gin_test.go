package format

import (
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func ginJSONConformance() conformance {
	r := accesslog.Record{
		Time: utc.Add(123 * time.Millisecond), Method: "GET", Path: "/u/42", Route: "/u/:id", Status: accesslog.Some(502), Duration: dur(1234567), RequestBytes: some(0), ResponseBytes: some(13),
		ClientIP: "203.0.113.7", Host: "api.example.com", RequestID: "9f2c", UserAgent: "curl/8.5.0",
	}
	example := r
	example.Path, example.UserAgent = "/u/1", ""
	full := `{"time":"2026-09-06T05:58:05.123Z","level":"INFO","msg":"Incoming request","request":{"method":"GET","host":"api.example.com","path":"/u/42?x=1","query":"","params":{"id":"42"},"route":"/u/:id","ip":"203.0.113.7","referer":"","length":0,"user-agent":"curl/8.5.0"},"response":{"latency":1234567,"status":502,"length":13},"id":"9f2c"}`
	return keyedConformance(ginJSON, example, full, r, `"status":502,`, keyed{`"status":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"request":{"path":"/"},"response":{"status":200}}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}

func TestGinZerolog(t *testing.T) {
	testUnits(t, ginJSON, `{"level":"info","status":200,"method":"GET","path":"%s","ip":"203.0.113.7","latency":%s,"user_agent":"","body_size":13,"time":"2026-09-06T05:58:05Z"}`, []unitCase{
		{"below a millisecond", `/,0.0512`, Milliseconds, false, 51200},
		{"more", `/,12.5`, Milliseconds, false, 12500 * time.Microsecond},
	})
}
