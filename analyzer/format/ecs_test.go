package format

import "github.com/loganalyze/loganalyze/middleware/accesslog"

func ecsConformance() conformance {
	r := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), RequestBytes: some(1), ResponseBytes: some(13),
		ClientIP: "203.0.113.7", Host: "api.example.com", Scheme: "https", Proto: "1.1", UserAgent: "curl/8.5.0", RequestID: "9f2c", TraceID: "4bf9", SpanID: "00f0", Error: "refused",
	}
	example := accesslog.Record{Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1234567), ResponseBytes: some(13), ClientIP: "203.0.113.7", Proto: "1.1"}
	full := `{"@timestamp":"2026-09-06T05:58:05.000Z","client":{"address":"203.0.113.7"},"http":{"request":{"method":"GET","id":"9f2c","body":{"bytes":1}},"response":{"status_code":502,"body":{"bytes":13}},"version":"1.1"},` +
		`"url":{"path":"/u/42?x=1","domain":"api.example.com","scheme":"https"},"event":{"duration":1234567},"user_agent":{"original":"curl/8.5.0"},"trace":{"id":"4bf9"},"span":{"id":"00f0"},"error":{"message":"refused"}}`
	return keyedConformance(ecs, example, full, r, `"status_code":502,`, keyed{`"status_code":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "dotted", reason: "the same as nested", old: `"event":{"duration":1234567}`, new: `"event.duration":1234567`},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"url.path":"/","http.response.status_code":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}
