package format

import (
	"fmt"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func loganalyzeConformance() conformance {
	full := accesslog.Record{
		Time: time.Date(2026, 11, 20, 14, 38, 12, 345678000, time.UTC), Level: "ERROR", Msg: "http_request", Version: 1,
		Method: "POST", Route: "/orders/{id}/pay", Path: "/orders/77/pay", Query: "page=2",
		Status: accesslog.Some(503), Interim: []int{100, 103}, Outcome: accesslog.OutcomeTimeout, Error: "database is locked",
		Duration: accesslog.Some(2100500 * time.Microsecond), TTFB: accesslog.Some(time.Millisecond),
		RequestBytes: some(12), ResponseBytes: some(0),
		ClientIP: "203.0.113.7", Peer: "10.0.0.1:4242", Host: "api.example.com", Scheme: "https", Proto: "2",
		RequestID: "9f2c", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", SpanID: "00f067aa0ba902b7",
		UserAgent: "curl/8.5.0", Referer: "https://example.com/", SampleRate: 0.25, Dropped: 3, FailedBy: "origin",
	}
	line := string(full.AppendJSON(nil))
	line = strings.TrimSuffix(line, "}\n") + `,"tenant":"ünï","big":9223372036854775807}`
	var attrs accesslog.Record
	if err := accesslog.ParseJSON([]byte(line), &attrs); err != nil {
		panic(err)
	}
	full.Attrs = attrs.Attrs
	return conformance{
		format: loganalyze,
		example: accesslog.Record{
			Time: time.Date(2026, 11, 20, 14, 38, 12, 345678000, time.UTC), Level: "ERROR", Msg: "http_request", Version: 1,
			Method: "GET", Route: "/users/{id}", Path: "/users/42", Status: accesslog.Some(500),
			Duration: accesslog.Some(12345 * time.Microsecond), ResponseBytes: some(21), ClientIP: "203.0.113.7",
		},
		full: line, record: full, saved: `"status":503,`, cases: loganalyzeCases,
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf(`{"time":%q,"level":"INFO","msg":"http_request","v":1,"method":"GET","route":"/users/{id}","path":"/users/%d","status":%d,`+
				`"duration_ms":%d.345,"ttfb_ms":1.204,"request_bytes":0,"response_bytes":%d,"client_ip":"203.0.113.%d","host":"api.example.com","scheme":"https",`+
				`"proto":"2","request_id":"0190f2c4-6d1e-7c52-9a30-%012d","user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0","tenant":"caf\u00e9"}`,
				at.UTC().Format("2006-01-02T15:04:05.000000Z"), i, statusAt(i), i%300, i*37, i%256, i)
		},
	}
}

var loganalyzeCases = []lineCase{
	{name: "empty", reason: "an empty line is no record", line: "", none: true, kind: Other},
	{name: "text", reason: "a line of words is none", line: "listening on :8080", none: true, kind: Other},
	{name: "array", reason: "a record is an object", line: `[{"msg":"http_request"}]`, none: true, kind: Other},
	{name: "slog", reason: "the application's own lines are told apart by their message", old: `"msg":"http_request"`, new: `"msg":"starting"`, none: true, kind: Other},
	{name: "no message", reason: "a record has one", old: `"msg":"http_request",`, new: ``, none: true, kind: Other},
	{name: "empty object", reason: "a record has a message", line: `{}`, none: true, kind: Other},
	{name: "rejected", reason: "what the server refused is a record, too", old: `"http_request"`, new: `"http_rejected"`, want: func(r *record) { r.Msg = "http_rejected" }},
	{name: "newer", reason: "any version is read", old: `"v":1`, new: `"v":2`, want: func(r *record) { r.Version = 2 }},
	{name: "missing fields", reason: "what is not there is unknown", line: `{"msg":"http_request"}`, want: func(r *record) { *r = record{Msg: "http_request"} }},
	{name: "white space", reason: "JSON allows it", line: " \t{ \"msg\" : \"http_request\" , \"status\" : 200 } ", want: func(r *record) { *r = record{Msg: "http_request", Status: accesslog.Some(200)} }},
	{name: "null", reason: "null is unknown", old: `"status":503`, new: `"status":null`, want: func(r *record) { r.Status = accesslog.Opt[int]{} }},
	{name: "000", reason: "nothing was sent", old: `"status":503`, new: `"status":0`, want: status(0)},
	{name: "499", reason: "no registered status, and kept", old: `"status":503`, new: `"status":499`, want: status(499)},
	{name: "repeated", reason: "the last of repeated keys counts", old: `"status":503`, new: `"status":200,"status":503`},
	{name: "string status", reason: "the schema has a number", old: `"status":503`, new: `"status":"503"`, none: true, kind: Malformed},
	{name: "bad time", reason: "the schema has RFC 3339", old: `2026-11-20T14:38:12.345678Z`, new: `yesterday`, none: true, kind: Malformed},
	{name: "offset +0330", reason: "a zone of half an hour", old: `14:38:12.345678Z`, new: `18:08:12.345678+03:30`},
	{name: "offset -0800", reason: "a zone west of Greenwich", old: `14:38:12.345678Z`, new: `06:38:12.345678-08:00`},
	{name: "IPv6", reason: "an IP of either kind", old: "203.0.113.7", new: "2001:db8::1", want: func(r *record) { r.ClientIP = "2001:db8::1" }},
	{name: "odd method", reason: "as sent", old: `"POST"`, new: `"m-search"`, want: method("m-search")},
	{name: "empty method", reason: "unknown", old: `"POST"`, new: `""`, want: method("")},
	{name: "percent-encoding", reason: "as sent", old: `/orders/77/pay`, new: `/a%2Fb`, want: path("/a%2Fb")},
	{name: "escapes", reason: "decoded", old: `/orders/77/pay`, new: `/\"\\\u00e9\n`, want: path("/\"\\é\n")},
	{name: "invalid UTF-8", reason: "bytes are kept as they are", old: `/orders/77/pay`, new: "/\xff", want: path("/\xff")},
	{name: "escaped NUL", reason: "decoded", old: `/orders/77/pay`, new: `/\u0000`, want: path("/\x00")},
	{name: "NUL", reason: "JSON has no control characters in a string", old: `/orders/77/pay`, new: "/\x00", none: true, kind: Malformed},
	{name: "long path", reason: "a mebibyte is a path, too", old: `/orders/77/pay`, new: "/" + strings.Repeat("a", 1<<20), want: path("/" + strings.Repeat("a", 1<<20))},
	{name: "trailing garbage", reason: "two writers tore the line", old: `9223372036854775807}`, new: `9223372036854775807}x`, none: true, kind: Malformed},
	{name: "two records", reason: "two writers tore the line", old: `9223372036854775807}`, new: `9223372036854775807}{"msg":"http_request"}`, none: true, kind: Malformed},
	{name: "torn", reason: "two writers tore the line", old: `"status":503`, new: `"status":50{"time":`, none: true, kind: Malformed},
}

func jsonConformance() conformance {
	return conformance{
		format: jsonLines,
		example: accesslog.Record{
			Time: utc, Method: "POST", Path: "/", Status: accesslog.Some(308), Duration: dur(12500 * time.Microsecond), ClientIP: "203.0.113.7",
		},
		full: `{"time":"2026-09-06T05:58:05+09:00","client":{"address":"203.0.113.7:5123"},"method":"GET","uri":"/u/42?x=1","route":"/u/{id}","host":"api.example.com",` +
			`"scheme":"https","protocol":"HTTP/2.0","status":502,"duration_ms":12.345,"bytes_in":12,"bytes_out":157,"user_agent":"curl/8.5.0",` +
			`"referer":"https://example.com/list?page=2","request_id":"9f2c","trace_id":"4bf9","span_id":"00f0","error":"refused","tags":["a",{"status":1}],"nested":{"status":200}}`,
		record: accesslog.Record{
			Time: morning, Method: "GET", Path: "/u/42", Route: "/u/{id}", Host: "api.example.com", Scheme: "https", Proto: "2",
			Status: accesslog.Some(502), Duration: accesslog.Some(12345 * time.Microsecond), RequestBytes: some(12), ResponseBytes: some(157),
			ClientIP: "203.0.113.7", UserAgent: "curl/8.5.0", Referer: "https://example.com/list",
			RequestID: "9f2c", TraceID: "4bf9", SpanID: "00f0", Error: "refused",
		},
		saved: `"status":502,`, cases: jsonCases,
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf(`{"time_local":%q,"remote_addr":"203.0.113.%d","request":"GET \/users\/%d?page=%d HTTP/1.1","status":"%d","body_bytes_sent":"%d",`+
				`"request_time":"0.%03d","upstream_response_time":"-","http_referrer":"","http_user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",`+
				`"upstream":{"addr":["10.0.0.1:80"],"cached":false}}`,
				at.Format("02/Jan/2006:15:04:05 -0700"), i%256, i, i%9, statusAt(i), i*37, i%1000)
		},
	}
}

var jsonCases = []lineCase{
	{name: "empty", reason: "an empty line is no request", line: "", none: true, kind: Other},
	{name: "text", reason: "a line of words is none", line: "listening on :8080", none: true, kind: Other},
	{name: "array", reason: "not an object", line: `[1]`, none: true, kind: Other},
	{name: "number", reason: "not an object", line: `42`, none: true, kind: Other},
	{name: "empty object", reason: "no status, no request", line: `{}`, none: true, kind: Other},
	{name: "no status", reason: "a line of the application", line: `{"level":"info","msg":"started","method":"GET","uri":"/"}`, none: true, kind: Other},
	{name: "status alone", reason: "a status that the application met itself", line: `{"level":"info","msg":"webhook delivered","status":503}`, none: true, kind: Other},
	{name: "status ok", reason: "a request has a number", old: `"status":502`, new: `"status":"ok"`, none: true, kind: Malformed},
	{name: "status 3", reason: "of three digits", old: `"status":502`, new: `"status":3`, none: true, kind: Malformed},
	{name: "status -1", reason: "not a negative one", old: `"status":502`, new: `"status":-1`, none: true, kind: Malformed},
	{name: "status true", reason: "nor a truth", old: `"status":502`, new: `"status":true`, none: true, kind: Malformed},
	{name: "status 5020", reason: "nor a large one", old: `"status":502`, new: `"status":5020`, none: true, kind: Malformed},
	{name: "bad status, cut", reason: "it is not saved", line: `{"uri":"/","status":1,"x":`, none: true, kind: Truncated},
	{name: "bad status, then a good one", reason: "the last of repeated keys counts", old: `"status":502`, new: `"status":"ok","status":502`},
	{name: "good status, then a bad one", reason: "the last of repeated keys counts", old: `"status":502`, new: `"status":502,"status":"ok"`, none: true, kind: Malformed},
	{name: "missing fields", reason: "what is not there is unknown", line: `{"uri":"/","status":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},

	{name: "null status", reason: "unknown", old: `"status":502`, new: `"status":null`, want: func(r *record) { r.Status = accesslog.Opt[int]{} }},
	{name: "status -", reason: "unknown", old: `"status":502`, new: `"status":"-"`, want: func(r *record) { r.Status = accesslog.Opt[int]{} }},
	{name: "empty status", reason: "unknown", old: `"status":502`, new: `"status":""`, want: func(r *record) { r.Status = accesslog.Opt[int]{} }},
	{name: "string status", reason: "nginx has strings alone", old: `"status":502`, new: `"status":"502"`},
	{name: "000", reason: "nginx sent nothing, and knows it", old: `"status":502`, new: `"status":"000"`, want: status(0)},
	{name: "0", reason: "so does Caddy", old: `"status":502`, new: `"status":0`, want: status(0)},
	{name: "444", reason: "nginx closed the connection", old: `"status":502`, new: `"status":444`, want: status(444)},
	{name: "499", reason: "the client closed it", old: `"status":502`, new: `"status":499`, want: status(499)},
	{name: "repeated", reason: "the last of repeated keys counts", old: `"status":502`, new: `"status":200,"status":502`},
	{name: "list of statuses", reason: "the first of a list counts", old: `"status":502`, new: `"status":[502,200]`},

	{name: "nulls", reason: "null is unknown", line: `{"time":null,"client":{"address":null},"method":null,"uri":"/","route":null,"host":null,"scheme":null,"protocol":null,` +
		`"status":200,"duration_ms":null,"bytes_in":null,"bytes_out":null,"user_agent":null,"referer":null,"request_id":null,"trace_id":null,"span_id":null,"error":null}`,
		want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	{name: "hyphens", reason: "so is a hyphen", line: `{"time":"-","client":{"address":"-"},"method":"-","uri":"/","route":"-","host":"-","scheme":"-","protocol":"-",` +
		`"status":200,"duration_ms":"-","bytes_in":"-","bytes_out":"-","user_agent":"-","referer":"-","request_id":"-","trace_id":"-","span_id":"-","error":"-"}`,
		want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	{name: "objects", reason: "an object in a value's place is unknown", old: `"error":"refused"`, new: `"error":{"message":"refused"}`, want: func(r *record) { r.Error = "" }},
	{name: "negative bytes", reason: "no size", old: `"bytes_out":157`, new: `"bytes_out":-1`, want: func(r *record) { r.ResponseBytes = accesslog.Opt[int64]{} }},
	{name: "zero bytes", reason: "0, not unknown", old: `"bytes_out":157`, new: `"bytes_out":0`, want: func(r *record) { r.ResponseBytes = some(0) }},
	{name: "negative duration", reason: "no duration", old: `12.345`, new: `-12.345`, want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
	{name: "duration that is none", reason: "unknown", old: `12.345`, new: `"NaN"`, want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
	{name: "endless duration", reason: "unknown", old: `12.345`, new: `1e300`, want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
	{name: "offset +0330", reason: "a zone of half an hour", old: `05:58:05+09:00`, new: `00:28:05+03:30`},
	{name: "offset -0800", reason: "a zone west of Greenwich", old: `2026-09-06T05:58:05+09:00`, new: `2026-09-05T12:58:05-0800`},

	{name: "IPv6", reason: "colons are no port", old: `203.0.113.7:5123`, new: `2001:db8::1`, want: func(r *record) { r.ClientIP = "2001:db8::1" }},
	{name: "IPv6 loopback", reason: "colons are no port", old: `203.0.113.7:5123`, new: `::1`, want: func(r *record) { r.ClientIP = "::1" }},
	{name: "IPv6 and port", reason: "an IP alone", old: `203.0.113.7:5123`, new: `[2001:db8::1]:5123`, want: func(r *record) { r.ClientIP = "2001:db8::1" }},
	{name: "PROPFIND", reason: "WebDAV has methods of its own", old: `"GET"`, new: `"PROPFIND"`, want: method("PROPFIND")},
	{name: "M-SEARCH", reason: "a method can have a hyphen", old: `"GET"`, new: `"M-SEARCH"`, want: method("M-SEARCH")},
	{name: "lower-case", reason: "methods are case-sensitive and kept as sent", old: `"GET"`, new: `"get"`, want: method("get")},
	{name: "garbage method", reason: "no method", old: `"GET"`, new: `"\u0016\u0003 x"`, want: method("")},
	{name: "absolute URL", reason: "the path of it; host and scheme have keys of their own", old: `/u/42?x=1`, new: `https://api.example.com/u/42?x=1`},
	{name: "percent-encoding", reason: "%2F is no slash", old: `/u/42?x=1`, new: `/a%2Fb%3Fc`, want: path("/a%2Fb%3Fc")},
	{name: "escapes", reason: "decoded", old: `/u/42?x=1`, new: `\/a\"\\\u00e9\ud83d\ude00?x`, want: path(`/a"\é😀`)},
	{name: "escaped NUL", reason: "decoded", old: `/u/42?x=1`, new: `/\u0000`, want: path("/\x00")},
	{name: "NUL", reason: "JSON has no control characters in a string", old: `/u/42?x=1`, new: "/\x00", none: true, kind: Malformed},
	{name: "invalid UTF-8", reason: "bytes are kept as they are", old: `/u/42?x=1`, new: "/\xff", want: path("/\xff")},
	{name: "invalid UTF-8 and an escape", reason: "the escape is decoded all the same", old: `/u/42?x=1`, new: "/\xff\\u0041", want: path("/\xffA")},
	{name: "lone surrogate", reason: "no character", old: `/u/42?x=1`, new: `/\ud800\u0041`, want: path("/\ufffdA")},
	{name: `\x22`, reason: "nginx without escape=json writes no JSON, and is read", old: `curl/8.5.0`, new: `\x22a\x5C\xD9\x85`, want: func(r *record) { r.UserAgent = "\"a\\\u0645" }},
	{name: "no escape", reason: "nobody writes such", old: `curl/8.5.0`, new: `\q`, none: true, kind: Malformed},
	{name: "bare hyphen", reason: "nor does one without quotes in its format string", old: `"bytes_in":12`, new: `"bytes_in":-`, want: func(r *record) { r.RequestBytes = accesslog.Opt[int64]{} }},
	{name: "bare nothing", reason: "or with a variable that is empty", old: `"bytes_in":12`, new: `"bytes_in":`, want: func(r *record) { r.RequestBytes = accesslog.Opt[int64]{} }},
	{name: "bare 000", reason: "or that has leading zeros", old: `"status":502`, new: `"status":000`, want: status(0)},
	{name: "with a comma", reason: "a line of an array over many", old: `{"status":200}}`, new: `{"status":200}},`},
	{name: "hyphen of the address", reason: "unknown", old: `203.0.113.7:5123`, new: `-`, want: func(r *record) { r.ClientIP = "" }},
	{name: "long path", reason: "a mebibyte is a path, too", old: `/u/42?x=1`, new: "/" + strings.Repeat("a", 1<<20), want: path("/" + strings.Repeat("a", 1<<20))},

	{name: "extras", reason: "what no role is for is not read", old: `"tags"`, new: `"x":{"y":[[[1]]]},"z":true,"tags"`},
	{name: "deep", reason: "nor is what is nested deeply", old: `"tags"`, new: `"x":` + strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000) + `,"tags"`},
	{name: "too deep", reason: "past a bound, it is no JSON to be read", old: `"tags"`, new: `"x":` + strings.Repeat(`[`, 20000) + strings.Repeat(`]`, 20000) + `,"tags"`, none: true, kind: Malformed},
	{name: "white space", reason: "JSON allows it", line: " \t{ \"uri\" : \"/\" , \"status\" : 200 } ", want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	{name: "trailing garbage", reason: "two writers tore the line", old: `{"status":200}}`, new: `{"status":200}}x`, none: true, kind: Malformed},
	{name: "two objects", reason: "two writers tore the line", old: `{"status":200}}`, new: `{"status":200}}{"uri":"/","status":200}`, none: true, kind: Malformed},
	{name: "torn", reason: "two writers tore the line", old: `"status":502`, new: `"status":50{"time":`, none: true, kind: Malformed},
}
