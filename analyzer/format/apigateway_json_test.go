package format

import (
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func apiGatewayJSONConformance() conformance {
	r := accesslog.Record{
		Time: utc, Method: "GET", Path: "/prod/u/42", Route: "/u/{id}", Status: accesslog.Some(502), Duration: dur(30 * time.Millisecond), ResponseBytes: some(36),
		ClientIP: "203.0.113.7", Proto: "1.1", RequestID: "c6af9ac6", FailedBy: "proxy", Error: "Internal server error", UserAgent: "curl/8.5.0", Host: "api.example.com",
	}
	example := r
	example.Path, example.Error, example.UserAgent, example.Host = "/prod/u/1", "", "", ""
	full := `{"requestId":"c6af9ac6","ip":"203.0.113.7","requestTime":"06/Sep/2026:05:58:05 +0000","httpMethod":"GET","routeKey":"ANY /u/{id}","path":"/prod/u/42?x=1","status":"502","protocol":"HTTP/1.1","responseLength":"36","responseLatency":"30","integrationLatency":"28","integrationStatus":"200","error.message":"Internal server error","userAgent":"curl/8.5.0","domainName":"api.example.com"}`
	return keyedConformance(apiGatewayJSON, example, full, r, `"status":"502",`, keyed{`"status":"502"`, `"GET"`, "/prod/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "integration -", reason: "the gateway asked nobody", old: `"integrationStatus":"200"`, new: `"integrationStatus":"-"`},
		lineCase{name: "integration 500", reason: "what it asked answered so", old: `"integrationStatus":"200"`, new: `"integrationStatus":"500"`, want: func(r *record) { r.FailedBy = "origin" }},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"path":"/","status":"200"}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}
