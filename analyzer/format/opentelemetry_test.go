package format

import (
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func openTelemetryConformance() conformance {
	r := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/42", Route: "/u/{id}", Status: accesslog.Some(502), Duration: dur(2500 * time.Millisecond), RequestBytes: some(1), ResponseBytes: some(13),
		ClientIP: "203.0.113.7", Host: "api.example.com", Scheme: "https", Proto: "2", UserAgent: "curl/8.5.0", TraceID: "4bf9", SpanID: "00f0", Peer: "10.0.0.1",
	}
	example := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/1", Route: "/u/{id}", Status: accesslog.Some(502), Duration: dur(2500 * time.Microsecond), ResponseBytes: some(13), ClientIP: "203.0.113.7", Scheme: "https",
	}
	full := `{"timestamp":"2026-09-06T05:58:05Z","http.request.method":"GET","url.path":"/u/42?x=1","url.scheme":"https","http.route":"/u/{id}","http.response.status_code":502,"http.server.request.duration":2.5,"http.request.body.size":1,"http.response.body.size":13,` +
		`"client.address":"203.0.113.7","network.peer.address":"10.0.0.1","network.peer.port":5123,"server.address":"api.example.com","server.port":8443,"user_agent.original":"curl/8.5.0","network.protocol.version":"2","trace_id":"4bf9","span_id":"00f0"}`
	return keyedConformance(openTelemetry, example, full, r, `"http.response.status_code":502,`, keyed{`"http.response.status_code":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"url.path":"/","http.response.status_code":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}
