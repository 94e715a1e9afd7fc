package format

import (
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func envoyJSONConformance() conformance {
	r := accesslog.Record{
		Time: utc.Add(310 * time.Millisecond), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(226 * time.Millisecond), RequestBytes: some(12), ResponseBytes: some(157),
		ClientIP: "203.0.113.7", Host: "api.example.com", Proto: "1.1", UserAgent: "curl/8.5.0", RequestID: "9f2c", FailedBy: "origin", Error: "upstream connection failure: connection refused",
	}
	example := r
	example.Path, example.Status, example.Error, example.RequestBytes, example.ResponseBytes = "/u/1", accesslog.Some(503), "upstream connection failure", some(0), some(91)
	full := `{"start_time":"2026-09-06T05:58:05.310Z","method":"GET","path":"/u/42?x=1","protocol":"HTTP/1.1","response_code":502,"response_flags":"UF","response_code_details":"upstream_reset","bytes_received":12,"bytes_sent":157,"duration":226,` +
		`"upstream_service_time":null,"upstream_transport_failure_reason":"connection refused","downstream_remote_address":"203.0.113.7:5123","x_forwarded_for":"198.51.100.1","authority":"api.example.com","request_id":"9f2c","user_agent":"curl/8.5.0","route_name":"default"}`
	because := func(by, why string) func(*record) { return func(r *record) { r.FailedBy, r.Error = by, why } }
	return keyedConformance(envoyJSON, example, full, r, `"response_code":502,`, keyed{`"response_code":502`, `"GET"`, "/u/42?x=1", "203.0.113.7:5123", ""},
		lineCase{name: "no flags", reason: "the origin answered so", old: `"UF"`, new: `"-","upstream_host":"10.0.2.1:80"`, want: because("origin", "connection refused")},
		lineCase{name: "no route", reason: "the proxy knows of none", old: `"UF"`, new: `"NR"`, want: because("proxy", "no route: connection refused")},
		lineCase{name: "client gone", reason: "the client's failure", old: `"UF"`, new: `"DC"`, want: func(r *record) {
			because("client", "downstream connection termination: connection refused")(r)
			r.Outcome = accesslog.OutcomeClientClosed
		}},
		lineCase{name: "0", reason: "nothing was sent", old: `"response_code":502`, new: `"response_code":0`, want: status(0)},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"path":"/","response_code":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}
