package format

import (
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func traefikConformance() conformance {
	r := accesslog.Record{
		Time: utc.Add(123 * time.Millisecond), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(985200), RequestBytes: some(3), ResponseBytes: some(11),
		ClientIP: "203.0.113.7", Host: "api.example.com", Scheme: "https", Proto: "1.1", UserAgent: "curl/8.5.0", FailedBy: "origin",
	}
	example := r
	example.Path, example.UserAgent, example.RequestBytes = "/u/1", "", accesslog.Opt[int64]{}
	full := `{"ClientAddr":"10.0.0.1:5123","ClientHost":"203.0.113.7","ClientPort":"5123","ClientUsername":"-","DownstreamContentSize":11,"DownstreamStatus":502,"Duration":985200,"GzipRatio":0,"OriginContentSize":0,"OriginDuration":985000,"OriginStatus":503,"Overhead":200,` +
		`"RequestAddr":"api.example.com","RequestContentSize":3,"RequestCount":7,"RequestHost":"api.example.com","RequestMethod":"GET","RequestPath":"/u/42?x=1","RequestPort":"-","RequestProtocol":"HTTP/1.1","RequestScheme":"https","RetryAttempts":0,"RouterName":"api@docker",` +
		`"StartLocal":"2026-09-06T14:58:05.123+09:00","StartUTC":"2026-09-06T05:58:05.123Z","level":"info","msg":"","request_User-Agent":"curl/8.5.0","time":"2026-09-06T05:58:06Z"}`
	return keyedConformance(traefik, example, full, r, `"RequestMethod":"GET",`, keyed{`"DownstreamStatus":502`, `"GET"`, "/u/42?x=1", `203.0.113.7`, ""},
		lineCase{name: "the proxy's own", reason: "no status of the origin's", old: `"OriginStatus":503`, new: `"zz":0`, want: func(r *record) { r.FailedBy = "proxy" }},
		lineCase{name: "origin's 200", reason: "the proxy broke it", old: `"OriginStatus":503`, new: `"OriginStatus":200`, want: func(r *record) { r.FailedBy = "proxy" }},
		lineCase{name: "nothing sent", reason: "the client went away", old: `"DownstreamStatus":502`, new: `"DownstreamStatus":0`, want: func(r *record) { r.Status, r.FailedBy = accesslog.Some(0), "" }},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"RequestPath":"/","DownstreamStatus":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}
