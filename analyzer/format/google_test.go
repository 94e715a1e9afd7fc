package format

import (
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func googleConformance() conformance {
	r := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(19 * time.Millisecond), RequestBytes: some(220), ResponseBytes: some(488),
		ClientIP: "203.0.113.7", Host: "api.example.com", Scheme: "https", Proto: "1.1", UserAgent: "curl/8.5.0", Referer: "https://example.com/", TraceID: "4bf9", SpanID: "00f0",
		FailedBy: "origin", Error: "failed_to_connect_to_backend",
	}
	example := r
	example.Path, example.Proto, example.Referer, example.TraceID, example.SpanID = "/u/1", "", "", "", ""
	full := `{"httpRequest":{"requestMethod":"GET","requestUrl":"https://api.example.com/u/42?x=1","requestSize":"220","status":502,"responseSize":"488","userAgent":"curl/8.5.0","remoteIp":"203.0.113.7","serverIp":"10.0.0.1","referer":"https://example.com/?q","latency":"0.019s","protocol":"HTTP/1.1"},` +
		`"insertId":"x","jsonPayload":{"@type":"type.googleapis.com/google.cloud.loadbalancing.type.LoadBalancerLogEntry","statusDetails":"failed_to_connect_to_backend"},"resource":{"type":"http_load_balancer"},"severity":"ERROR","timestamp":"2026-09-06T05:58:05.000Z","trace":"projects/shop/traces/4bf9","spanId":"00f0"}`
	return keyedConformance(google, example, full, r, `"status":502,`, keyed{`"status":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", "failed_to_connect_to_backend"},
		lineCase{name: "the backend's own", reason: "it answered so itself", old: `"failed_to_connect_to_backend"`, new: `"response_sent_by_backend"`, want: func(r *record) { r.Error = "" }},
		lineCase{name: "client gone", reason: "the client's failure", old: `"failed_to_connect_to_backend"`, new: `"client_disconnected_before_any_response"`, want: func(r *record) { r.FailedBy, r.Error = "client", "client_disconnected_before_any_response" }},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"httpRequest":{"requestUrl":"/","status":200}}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}
