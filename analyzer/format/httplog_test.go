package format

import (
	"strings"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func httplogConformance() conformance {
	r := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), RequestBytes: some(0), ResponseBytes: some(13), ClientIP: "203.0.113.7",
		Host: "api.example.com", Scheme: "https", Proto: "1.1", UserAgent: "curl/8.5.0", Referer: "https://example.com/", Error: "refused",
	}
	example := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: dur(1234567), ResponseBytes: some(13), ClientIP: "203.0.113.7", Host: "api.example.com", Proto: "1.1",
	}
	full := `{"@timestamp":"2026-09-06T05:58:05Z","log.level":"ERROR","message":"GET //api.example.com/x => HTTP (1.234567ms)","url.full":"https://api.example.com/x","http.request.method":"GET","url.path":"/u/42?x=1","client.ip":"203.0.113.7:5123","url.domain":"api.example.com","url.scheme":"https","http.version":"1.1",` +
		`"user_agent.original":"curl/8.5.0","http.request.referrer":"https://example.com/?q","http.response.status_code":502,"event.duration":1234567,"http.request.body.bytes":0,"http.response.body.bytes":13,"error.message":"refused"}`
	return keyedConformance(httplog, example, full, r, `"http.response.status_code":502,`, keyed{`"http.response.status_code":502`, `"http.request.method":"GET"`, "/u/42?x=1", "203.0.113.7:5123", ""},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"url.path":"/","http.response.status_code":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}

// TestHttplogDurations: 3.2 wrote milliseconds under every name, 3.3 what each vocabulary
// has. The message tells, and where it has been changed, the values do.
func TestHttplogDurations(t *testing.T) {
	const (
		elastic   = `{"@timestamp":"2026-09-06T05:58:05Z","message":"GET /u => HTTP 200 (%s)","http.request.method":"GET","url.path":"/u","http.response.status_code":200,"event.duration":%s}`
		telemetry = `{"timestamp":"2026-09-06T05:58:05Z","body":"GET /u => HTTP 200 (%s)","http.request.method":"GET","url.path":"/u","http.response.status_code":200,"http.server.request.duration":%s}`
		cloud     = `{"timestamp":"2026-09-06T05:58:05Z","message":"GET /u => HTTP 200 (%s)","httpRequest":{"requestMethod":"GET","requestPath":"/u","status":200,"latency":%s}}`
	)
	testUnits(t, httplog, elastic, []unitCase{
		{"ECS of 3.3", `1.234567ms,1234567`, Nanoseconds, false, 1234567},
		{"ECS of 3.2", `12.34567ms,12`, Milliseconds, false, 12 * time.Millisecond},
		{"ECS of 3.2, when it is slow", `12.345678s,12345`, Milliseconds, false, 12345 * time.Millisecond},
	})
	testUnits(t, httplog, telemetry, []unitCase{
		{"OpenTelemetry of 3.3", `1.234567ms,0.001234567`, Seconds, false, 1234567},
		{"OpenTelemetry of 3.2", `12.34567ms,12`, Milliseconds, false, 12 * time.Millisecond},
		{"OpenTelemetry of 3.3, a whole second", `1s,1`, Seconds, false, time.Second},
	})
	testUnits(t, httplog, cloud, []unitCase{
		{"Google Cloud of 3.3", `1.234567ms,"0.001234567s"`, Seconds, false, 1234567},
		{"Google Cloud of 3.2", `12.34567ms,12`, Milliseconds, false, 12 * time.Millisecond},
	})
	testUnits(t, ecs, strings.Replace(elastic, " => HTTP 200 (%s)", "%s", 1), []unitCase{
		{"another message, 3.3", `,1234567`, Nanoseconds, false, 1234567},
		{"another message, 3.2", `,12`, Milliseconds, true, 12 * time.Millisecond},
	})
	testUnits(t, openTelemetry, strings.Replace(telemetry, " => HTTP 200 (%s)", "%s", 1), []unitCase{
		{"another message, 3.3", `,0.0012`, Seconds, false, 1200 * time.Microsecond},
		{"another message, 3.2", `,12`, Milliseconds, true, 12 * time.Millisecond},
	})
}
