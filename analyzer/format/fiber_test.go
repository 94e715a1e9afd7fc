package format

import (
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func fiberConformance() conformance {
	r := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), ResponseBytes: some(13), ClientIP: "203.0.113.7", RequestID: "9f2c",
	}
	example := r
	example.Path, example.Status, example.ResponseBytes, example.RequestID = "/u/1", accesslog.Some(200), accesslog.Opt[int64]{}, ""
	full := `{"time":"2026-09-06T05:58:05Z","ip":"203.0.113.7","method":"GET","url":"/u/42?x=1","status":502,"latency":"1.234567ms","bytesSent":13,"requestId":"9f2c"}`
	return keyedConformance(fiber, example, full, r, `"status":502,`, keyed{`"status":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "no date", reason: "Fiber's own time is that of a clock alone", old: "2026-09-06T05:58:05Z", new: "05:58:05", want: func(r *record) { r.Time = time.Time{} }},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"url":"/","status":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}
