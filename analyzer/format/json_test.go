package format

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// utc is 2026-09-06T05:58:05 UTC, the time of most lines here.
var utc = time.Date(2026, 9, 6, 5, 58, 5, 0, time.UTC)

func dur(d time.Duration) accesslog.Opt[time.Duration] { return accesslog.Some(d) }

// loggerCase is a line as a logger in the field writes it.
type loggerCase struct {
	name  string
	line  string
	want  accesslog.Record
	unit  Unit
	as    *Format // that of the general keys where it is nil
	saved string  // a line that is cut behind it gives its status
}

var loggers = []loggerCase{{
	name: "slog with a group", as: slogJSON,
	line: `{"time":"2026-09-06T05:58:05Z","level":"INFO","msg":"request","http":{"method":"GET","path":"/u/1","status":502,"duration":1200000}}`,
	want: accesslog.Record{Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1200 * time.Microsecond)},
	unit: Nanoseconds,
}, {
	name: "chi httplog v2", as: httplog,
	line: `{"timestamp":"2026-09-06T05:58:05Z","level":"INFO","httpRequest":{"method":"GET","path":"/u/1"},"httpResponse":{"status":502,"elapsed":1.2}}`,
	want: accesslog.Record{Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1200 * time.Microsecond)},
	unit: Milliseconds,
}, {
	name: "Caddy", as: caddy,
	line: `{"level":"info","ts":1788674285.25,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"10.0.0.1","remote_port":"46628","client_ip":"203.0.113.7","proto":"HTTP/2.0","method":"GET","host":"x.example","uri":"/u/1?x=1","headers":{"User-Agent":["curl/8.5.0","second"],"Referer":["https://example.com/?q"],"Cookie":["REDACTED"]},"tls":{"resumed":false,"proto":"h2"}},"bytes_read":5,"user_id":"","duration":1.001674508,"size":12,"status":502,"resp_headers":{"Server":["Caddy"],"Status":["200"]}}`,
	want: accesslog.Record{
		Time: utc.Add(250 * time.Millisecond), Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1001674508),
		RequestBytes: some(5), ResponseBytes: some(12), ClientIP: "203.0.113.7", Host: "x.example", Proto: "2", UserAgent: "curl/8.5.0", Referer: "https://example.com/",
	},
	unit: Seconds, saved: `"status":502,`,
}, {
	name: "Caddy before 2.5", as: caddy,
	line: `{"level":"error","ts":1788674285.25,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_addr":"203.0.113.7:46628","proto":"HTTP/1.1","method":"GET","host":"x.example","uri":"/u/1"},"duration":0.000024323,"size":0,"status":0}`,
	want: accesslog.Record{
		Time: utc.Add(250 * time.Millisecond), Method: "GET", Path: "/u/1", Status: accesslog.Some(0), Duration: dur(24323),
		ResponseBytes: some(0), ClientIP: "203.0.113.7", Host: "x.example", Proto: "1.1",
	},
	unit: Seconds,
}, {
	name: "zap", as: zap,
	line: `{"level":"info","ts":1788674285.12,"caller":"web/log.go:12","msg":"request","method":"GET","path":"/u/1","status":502,"ip":"203.0.113.7","user-agent":"curl/8.5.0","duration":0.0012}`,
	want: accesslog.Record{
		Time: utc.Add(120 * time.Millisecond), Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1200 * time.Microsecond),
		ClientIP: "203.0.113.7", UserAgent: "curl/8.5.0",
	},
	unit: Seconds, saved: `"status":502,`,
}, {
	name: "zerolog hlog", as: zerolog,
	line: `{"level":"info","ip":"203.0.113.7:5123","user_agent":"curl/8.5.0","referer":"/","req_id":"c2ab","method":"GET","url":"/u/1?x=1","status":502,"size":13,"duration":1.234567,"time":"2026-09-06T05:58:05Z","message":""}`,
	want: accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1234567),
		ResponseBytes: some(13), ClientIP: "203.0.113.7", UserAgent: "curl/8.5.0", Referer: "/", RequestID: "c2ab",
	},
	unit: Milliseconds, saved: `"status":502,`,
}, {
	name: "slog", as: slogJSON,
	line: `{"time":"2026-09-06T14:58:05.123456789+09:00","level":"INFO","msg":"request","method":"GET","path":"/u/1","status":502,"duration":1234567,"err":"refused"}`,
	want: accesslog.Record{
		Time: utc.Add(123456789), Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1234567), Error: "refused",
	},
	unit: Nanoseconds, saved: `"status":502,`,
}, {
	name: "slog with a group", as: slogJSON,
	line: `{"time":"2026-09-06T05:58:05Z","level":"INFO","msg":"request","req":{"method":"GET","url":"/u/1"},"res":{"status":502},"elapsed":45678901}`,
	want: accesslog.Record{Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(45678901)},
	unit: Nanoseconds, saved: `"status":502}`,
}, {
	name: "ECS, dotted, as Go's httplog writes it", as: httplog,
	line: `{"@timestamp":"2026-09-06T05:58:05Z","log.level":"ERROR","message":"GET /u/1 => HTTP 502 (1.234567ms)","http.request.method":"GET","url.path":"/u/1","url.domain":"x.example","client.ip":"203.0.113.7:5123","http.version":"1.1","user_agent.original":"curl/8.5.0","http.request.referrer":"/","http.response.status_code":502,"event.duration":1234567,"http.response.body.bytes":13,"error.message":"refused"}`,
	want: accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1234567), ResponseBytes: some(13), ClientIP: "203.0.113.7",
		Host: "x.example", Proto: "1.1", UserAgent: "curl/8.5.0", Referer: "/", Error: "refused",
	},
	unit: Nanoseconds, saved: `"http.response.status_code":502,`,
}, {
	name: "ECS names from an httplog that wrote milliseconds", as: ecs,
	line: `{"@timestamp":"2026-09-06T05:58:05Z","http.request.method":"GET","url.path":"/u/1","http.response.status_code":502,"event.duration":1.234567}`,
	want: accesslog.Record{Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1234567)},
	unit: Milliseconds,
}, {
	name: "ECS, nested", as: ecs,
	line: `{"@timestamp":"2026-09-06T05:58:05.000Z","client":{"address":"203.0.113.7"},"http":{"request":{"method":"GET","id":"9f2c","body":{"bytes":1}},"response":{"status_code":502,"body":{"bytes":13}},"version":"1.1"},"url":{"path":"/u/1","domain":"x.example","scheme":"https"},"event":{"duration":1234567},"user_agent":{"original":"curl/8.5.0"},"trace":{"id":"4bf9"},"span":{"id":"00f0"}}`,
	want: accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1234567), RequestBytes: some(1), ResponseBytes: some(13),
		ClientIP: "203.0.113.7", Host: "x.example", Scheme: "https", Proto: "1.1", UserAgent: "curl/8.5.0", RequestID: "9f2c", TraceID: "4bf9", SpanID: "00f0",
	},
	unit: Nanoseconds, saved: `"status_code":502,`,
}, {
	name: "OpenTelemetry names", as: openTelemetry,
	line: `{"timestamp":"2026-09-06T05:58:05Z","http.request.method":"GET","url.path":"/u/1","url.scheme":"https","http.route":"/u/{id}","http.response.status_code":502,"http.server.request.duration":2.5,"http.response.body.size":13,"client.address":"203.0.113.7","server.address":"x.example","user_agent.original":"curl/8.5.0","network.protocol.version":"2","trace_id":"4bf9","span_id":"00f0"}`,
	want: accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/1", Route: "/u/{id}", Status: accesslog.Some(502), Duration: dur(2500 * time.Millisecond), ResponseBytes: some(13),
		ClientIP: "203.0.113.7", Host: "x.example", Scheme: "https", Proto: "2", UserAgent: "curl/8.5.0", TraceID: "4bf9", SpanID: "00f0",
	},
	unit: Seconds, saved: `"http.response.status_code":502,`,
}, {
	name: "Google Cloud", as: google,
	line: `{"httpRequest":{"requestMethod":"GET","requestUrl":"https://x.example/u/1?x=1","requestSize":"220","status":502,"responseSize":"488","userAgent":"curl/8.5.0","remoteIp":"203.0.113.7","serverIp":"10.0.0.1","referer":"/","latency":"0.019s","protocol":"HTTP/1.1"},"insertId":"x","severity":"ERROR","timestamp":"2026-09-06T05:58:05.000Z","spanId":"00f0"}`,
	want: accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(19 * time.Millisecond), RequestBytes: some(220), ResponseBytes: some(488),
		ClientIP: "203.0.113.7", Host: "x.example", Scheme: "https", Proto: "1.1", UserAgent: "curl/8.5.0", Referer: "/", SpanID: "00f0",
	},
	unit: Seconds, saved: `"status":502,`,
}, {
	name: "Traefik", as: traefik,
	line: `{"ClientAddr":"203.0.113.7:5123","ClientHost":"203.0.113.7","ClientPort":"5123","ClientUsername":"-","DownstreamContentSize":11,"DownstreamStatus":502,"Duration":985200,"OriginContentSize":0,"OriginStatus":200,"RequestContentSize":3,"RequestHost":"x.example","RequestMethod":"GET","RequestPath":"/u/1?x=1","RequestPort":"-","RequestProtocol":"HTTP/1.1","RequestScheme":"https","RouterName":"api@docker","StartLocal":"2026-09-06T14:58:05+09:00","StartUTC":"2026-09-06T05:58:05Z","level":"info","msg":""}`,
	want: accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(985200), RequestBytes: some(3), ResponseBytes: some(11),
		ClientIP: "203.0.113.7", Host: "x.example", Scheme: "https", Proto: "1.1", FailedBy: "proxy",
	},
	unit: Nanoseconds, saved: `"RequestMethod":"GET",`,
}, {
	name: "nginx, escape=json",
	line: `{"time_iso8601":"2026-09-06T14:58:05+09:00","remote_addr":"203.0.113.7","request":"GET /u/1?x=\"1\" HTTP/1.1","status":"502","body_bytes_sent":"157","request_length":"80","request_time":"0.004","http_referrer":"","http_user_agent":"curl/8.5.0","request_id":"9f2c","http_host":"x.example"}`,
	want: accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(4 * time.Millisecond), RequestBytes: some(80), ResponseBytes: some(157),
		ClientIP: "203.0.113.7", Host: "x.example", Proto: "1.1", UserAgent: "curl/8.5.0", RequestID: "9f2c",
	},
	unit: Seconds, saved: `"status":"502"`,
}, {
	name: "nginx, with its local time and parts of the request",
	line: `{"time_local":"06/Sep/2026:14:58:05 +0900","remote_addr":"203.0.113.7","request_method":"GET","request_uri":"/u/1?x=1","server_protocol":"HTTP/1.1","scheme":"https","status":502,"bytes_sent":157,"request_time":0.004}`,
	want: accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(4 * time.Millisecond), ResponseBytes: some(157),
		ClientIP: "203.0.113.7", Scheme: "https", Proto: "1.1",
	},
	unit: Seconds, saved: `"status":502,`,
}, {
	name: "nginx, msec",
	line: `{"msec":"1788674285.123","remote_addr":"203.0.113.7","request":"GET /u/1 HTTP/1.1","status":"502"}`,
	want: accesslog.Record{Time: utc.Add(123 * time.Millisecond), Method: "GET", Path: "/u/1", Status: accesslog.Some(502), ClientIP: "203.0.113.7", Proto: "1.1"},
}, {
	name: "pino",
	line: `{"level":50,"time":1788674285123,"pid":1,"hostname":"web-1","req":{"id":1,"method":"GET","url":"/u/1?x=1","query":{"x":"1"},"headers":{"host":"localhost:3000","user-agent":"curl/8.5.0"},"remoteAddress":"::1","remotePort":50212},"res":{"statusCode":502,"headers":{"content-length":"13"}},"responseTime":12,"msg":"request errored"}`,
	want: accesslog.Record{
		Time: utc.Add(123 * time.Millisecond), Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(12 * time.Millisecond),
		ClientIP: "::1", UserAgent: "curl/8.5.0", Attrs: []accesslog.Attr{attribute("hostname", "web-1")},
	},
	unit: Milliseconds, saved: `"statusCode":502,`,
}, {
	name: "echo", as: echo,
	line: `{"time":"2026-09-06T14:58:05.123456789+09:00","id":"","remote_ip":"203.0.113.7","host":"localhost:1323","method":"GET","uri":"/u/1","user_agent":"curl/8.5.0","status":502,"error":"","latency":1234567,"latency_human":"1.234567ms","bytes_in":0,"bytes_out":13}`,
	want: accesslog.Record{
		Time: utc.Add(123456789), Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1234567), RequestBytes: some(0), ResponseBytes: some(13),
		ClientIP: "203.0.113.7", Host: "localhost:1323", UserAgent: "curl/8.5.0",
	},
	unit: Nanoseconds, saved: `"status":502,`,
}, {
	name: "OpenResty, whose encoder escapes slashes",
	line: `{"timestamp":"06\/Sep\/2026:14:58:05 +0900","request":{"uri":"\/u\/1?x=1","method":"GET"},"response":{"status":502},"client_ip":"203.0.113.7"}`,
	want: accesslog.Record{Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), ClientIP: "203.0.113.7"},
}, {
	name: ".NET, whose encoder escapes the plus sign",
	line: `{"Timestamp":"2026-09-06T14:58:05\u002B09:00","RequestMethod":"GET","RequestPath":"/u/1","StatusCode":502,"Elapsed":1.2345}`,
	want: accesslog.Record{Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1234500)},
	unit: Milliseconds,
}}

// TestLoggers reads each line as the only line of its file.
func TestLoggers(t *testing.T) {
	for _, tt := range loggers {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Detect(toLines(tt.line), Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := tt.as
			if want == nil {
				want = jsonLines
			}
			if d.Format != want || d.Unit != tt.unit || d.TZ != "" {
				t.Errorf("%s in %q, zone %q; want %s in %q: %s", d.Format.Name, d.Unit, d.TZ, want.Name, tt.unit, d.Why)
			}
			if diff := cmp.Diff(result{Records: []accesslog.Record{tt.want}}, parse(t, d.NewParser(), tt.line), sameRecord); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", d.Why, diff)
			}
			saved := len(tt.line)
			if tt.saved != "" {
				saved = strings.Index(tt.line, tt.saved) + len(tt.saved)
			}
			checkCuts(t, d.NewParser(), tt.line, tt.want, saved, false)
		})
	}
}

// TestJSONShapes reads lines as odd as others write them. All go by one mapping.
func TestJSONShapes(t *testing.T) {
	const sample = `{"time":"2026-09-06T05:58:05Z","http":{"method":"GET","status":200},"path":"/","duration_ms":1}`
	base := accesslog.Record{Time: utc, Method: "GET", Path: "/", Status: accesslog.Some(200), Duration: dur(time.Millisecond)}
	tests := []struct {
		reason, line string
		want         func(*accesslog.Record)
	}{
		{"dotted keys are the same as nested ones", `{"time":"2026-09-06T05:58:05Z","http.method":"GET","http.status":200,"path":"/","duration_ms":1}`, func(*record) {}},
		{"the same object twice", `{"time":"2026-09-06T05:58:05Z","http":{"method":"GET"},"http":{"status":200},"path":"/","duration_ms":1}`, func(*record) {}},
		{"of repeated keys the last counts", `{"time":"2026-09-06T05:58:05Z","path":"/a","http":{"method":"PUT","status":500,"method":"GET","status":200},"path":"/","duration_ms":1}`, func(*record) {}},
		{"keys are not matched without case once they are learned", `{"Time":"x","HTTP":{"Status":500},"time":"2026-09-06T05:58:05Z","http":{"method":"GET","status":200},"path":"/","duration_ms":1}`, func(*record) {}},
		{"what is under an empty key is not outermost", `{"time":"2026-09-06T05:58:05Z","http":{"method":"GET","status":200},"path":"/","duration_ms":1,"":{"path":"/x","http":{"status":500}}}`, func(*record) {}},
		{"an escaped key is another key", `{"time":"2026-09-06T05:58:05Z","http":{"method":"GET","status":200},"path":"/","p\u0061th":"/x","duration_ms":1}`, func(*record) {}},
		{"of a list of objects the first counts", `{"time":"2026-09-06T05:58:05Z","http":[{"method":"GET","status":200},{"status":500}],"path":["/","/x"],"duration_ms":[1,2]}`, func(*record) {}},
		{"an empty list is unknown", `{"time":[],"http":{"method":"GET","status":200},"path":"/","duration_ms":[]}`, func(r *record) { r.Time, r.Duration = time.Time{}, accesslog.Opt[time.Duration]{} }},
		{"a list of lists", `{"time":[["2026-09-06T05:58:05Z"]],"http":{"method":"GET","status":200},"path":"/","duration_ms":[[1]]}`, func(*record) {}},
		{"a number's exponent", `{"time":"2026-09-06T05:58:05Z","http":{"method":"GET","status":200},"path":"/","duration_ms":1e0}`, func(*record) {}},
		{"a bad time is unknown, also behind a good one", `{"time":"2026-09-06T05:58:05Z","time":"soon","http":{"method":"GET","status":200},"path":"/","duration_ms":1}`, func(r *record) { r.Time = time.Time{} }},
		{"a bad duration is unknown, also behind a good one", `{"time":"2026-09-06T05:58:05Z","http":{"method":"GET","status":200},"path":"/","duration_ms":1,"duration_ms":"long"}`, func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
		{"a duration that names its unit", `{"time":"2026-09-06T05:58:05Z","http":{"method":"GET","status":200},"path":"/","duration_ms":"1000µs"}`, func(*record) {}},
		{"values nested too deeply are not looked for", `{"time":"2026-09-06T05:58:05Z","http":{"method":"GET","status":200,"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"status":500}}}}}}}}},"path":"/","duration_ms":1}`, func(*record) {}},
	}
	p := parserFor(t, jsonLines, sample)
	for _, tt := range tests {
		want := cloned(&base)
		tt.want(&want)
		if diff := cmp.Diff(result{Records: []accesslog.Record{want}}, parse(t, p, tt.line), sameRecord); diff != "" {
			t.Errorf("%s\n%s\n-want +got:\n%s", tt.reason, tt.line, diff)
		}
	}
}

// TestLearn checks which of several keys plays a role.
func TestLearn(t *testing.T) {
	access := strings.Repeat(`{"method":"GET","path":"/","status":200,"duration":5}`+"\n", 9)
	tests := []struct {
		reason, sample, line string
		want                 accesslog.Record
	}{
		{"the surer name wins", access + `{"method":"GET","path":"/","status":200,"code":12,"duration":5}`,
			`{"method":"GET","path":"/","status":200,"code":404}`, record{Method: "GET", Path: "/", Status: accesslog.Some(200)}},
		{"a surer name in a line or two does not", access + `{"method":"GET","path":"/up","status_code":503,"msg":"upstream call"}`,
			`{"method":"GET","path":"/","status":200}`, record{Method: "GET", Path: "/", Status: accesslog.Some(200)}},
		{"nor one in lines that are no requests", access + strings.Repeat(`{"msg":"webhook delivered","status_code":200}`+"\n", 50),
			`{"method":"GET","path":"/","status":200}`, record{Method: "GET", Path: "/", Status: accesslog.Some(200)}},
		{"the unit is that of requests, not of other work", access + strings.Repeat(`{"msg":"job done","duration":35000000}`+"\n", 50),
			`{"method":"GET","path":"/","status":200,"duration":5}`, record{Method: "GET", Path: "/", Status: accesslog.Some(200), Duration: dur(5 * time.Millisecond)}},
		{"a key is passed over where its values cannot be", `{"method":"GET","http.route":"home","route":"/x","url.path":"none","path":"/","response":{"status":"done"},"status":200}`,
			`{"method":"GET","route":"/x","path":"/","status":200}`, record{Method: "GET", Route: "/x", Path: "/", Status: accesslog.Some(200)}},
		{"what the balancer sent, not what it got", `{"OriginStatus":200,"DownstreamStatus":502,"RequestMethod":"GET","RequestPath":"/"}`,
			`{"OriginStatus":200,"DownstreamStatus":502,"RequestMethod":"GET","RequestPath":"/"}`, record{Method: "GET", Path: "/", Status: accesslog.Some(502)}},
	}
	for _, tt := range tests {
		p := parserFor(t, jsonLines, strings.Split(tt.sample, "\n")...)
		if diff := cmp.Diff(result{Records: []accesslog.Record{tt.want}}, parse(t, p, tt.line), sameRecord); diff != "" {
			t.Errorf("%s\n-want +got:\n%s", tt.reason, diff)
		}
	}
}

// TestJSONUpstream: who failed is told by the status that nginx had from the server behind it, if
// it asked one.
func TestJSONUpstream(t *testing.T) {
	tests := []struct {
		reason string
		keys   string // those of a failure behind its status
		want   string
	}{
		{"the last try failed", `502,"upstream_status":"504, 502"`, byOrigin},
		{"a number", `502,"upstream_status":502`, byOrigin},
		{"nginx spoiled what was right", `502,"upstream_status":"200"`, byProxy},
		{"it asked nobody", `503,"upstream_status":"-"`, byProxy},
		{"as an application would write that", `503,"upstream_status":""`, byProxy},
		{"or so", `503,"upstream_status":null`, byProxy},
		{"a failure is what counts: a cache and files ask nobody, either", `404,"upstream_status":"-"`, ""},
		{"no key", `503`, ""},
		{"under its short name", `502,"us":"504, 502"`, byOrigin},
		{"which nobody was asked for", `503,"us":"-"`, byProxy},
		{"microseconds have another range", `502,"us":4021`, ""},
		{"a country", `502,"us":"yes"`, ""},
	}
	for _, tt := range tests {
		const line = `{"time":"2026-09-06T05:58:05Z","request":"GET / HTTP/1.1","status":%s}`
		failed := fmt.Sprintf(line, tt.keys)
		got := parse(t, parserFor(t, jsonLines, fmt.Sprintf(line, `200,"us":"200"`), failed), failed)
		if len(got.Records) != 1 || got.Records[0].FailedBy != tt.want {
			t.Errorf("%s: %s gives %+v, want %q", tt.reason, failed, got, tt.want)
		}
	}
	others := `{"time":"2026-09-06T05:58:05Z","request":"GET / HTTP/1.1","status":502,"us":%d}`
	first, last := fmt.Sprintf(others, 120), fmt.Sprintf(others, 430)
	if got := parse(t, parserFor(t, jsonLines, first, last), last); len(got.Records) != 1 || got.Records[0].FailedBy != "" {
		t.Errorf("microseconds that could be statuses give %+v", got)
	}
}
