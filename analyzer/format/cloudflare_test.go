package format

import (
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func cloudflareConformance() conformance {
	r := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(12 * time.Millisecond), TTFB: dur(11 * time.Millisecond), RequestBytes: some(31), ResponseBytes: some(143),
		ClientIP: "203.0.113.7", Host: "api.example.com", Scheme: "https", Proto: "2", RequestID: "9f2c", FailedBy: "origin", UserAgent: "curl/8.5.0", Referer: "https://example.com/",
	}
	example := r
	example.Path, example.Path, example.RequestBytes, example.ResponseBytes, example.UserAgent, example.Referer = "/u/1", "/u/1", accesslog.Opt[int64]{}, some(488), "", ""
	full := `{"ClientIP":"203.0.113.7","ClientRequestBytes":31,"ClientRequestHost":"api.example.com","ClientRequestMethod":"GET","ClientRequestPath":"/no","ClientRequestProtocol":"HTTP/2","ClientRequestReferer":"https://example.com/?q","ClientRequestScheme":"https","ClientRequestURI":"/u/42?x=1","ClientRequestUserAgent":"curl/8.5.0",` +
		`"EdgeStartTimestamp":1788674285000000000,"EdgeEndTimestamp":1788674285012000000,"EdgeResponseBodyBytes":143,"EdgeResponseBytes":488,"EdgeResponseStatus":502,"EdgeTimeToFirstByteMs":11,"OriginResponseStatus":502,"RayID":"9f2c"}`
	full = strings.Replace(full, `"OriginResponseStatus":502`, `"OriginResponseStatus":503`, 1)
	return keyedConformance(cloudflare, example, full, r, `"EdgeResponseStatus":502,`, keyed{`"EdgeResponseStatus":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "whole seconds", reason: "their difference is no duration", old: `"EdgeStartTimestamp":1788674285000000000,"EdgeEndTimestamp":1788674285012000000`, new: `"EdgeStartTimestamp":"2026-09-06T05:58:05Z","EdgeEndTimestamp":"2026-09-06T05:58:06Z"`,
			want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
		lineCase{name: "the edge's own", reason: "the origin was not reached", old: `"OriginResponseStatus":503`, new: `"OriginResponseStatus":0`, want: func(r *record) { r.FailedBy = "proxy" }},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"ClientRequestURI":"/","EdgeResponseStatus":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}
