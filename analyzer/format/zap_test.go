package format

import (
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func zapConformance() conformance {
	r := accesslog.Record{
		Time: utc.Add(250 * time.Millisecond), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1200 * time.Microsecond), ClientIP: "203.0.113.7", UserAgent: "curl/8.5.0",
	}
	example := r
	example.Time, example.Path, example.UserAgent = utc.Add(120*time.Millisecond), "/u/1", ""
	full := `{"level":"info","ts":1788674285.25,"caller":"web/log.go:12","msg":"request","method":"GET","path":"/u/42?x=1","status":502,"ip":"203.0.113.7","user-agent":"curl/8.5.0","latency":0.0012}`
	return keyedConformance(zap, example, full, r, `"status":502,`, keyed{`"status":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"path":"/","status":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}
