package format

import (
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func zerologConformance() conformance {
	r := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234567), ResponseBytes: some(13),
		ClientIP: "203.0.113.7", UserAgent: "curl/8.5.0", Referer: "https://example.com/", RequestID: "c2ab",
	}
	example := r
	example.Path, example.Duration, example.Referer = "/u/1", dur(234567), ""
	full := `{"level":"info","ip":"203.0.113.7","user_agent":"curl/8.5.0","referer":"https://example.com/?q","req_id":"c2ab","method":"GET","url":"/u/42?x=1","status":502,"size":13,"duration":1.234567,"time":"2026-09-06T05:58:05Z","message":"request"}`
	return keyedConformance(zerolog, example, full, r, `"status":502,`, keyed{`"status":502`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `{"url":"/","status":200}`, want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
	)
}

// TestZerologDurations: what is below a millisecond passed for seconds.
func TestZerologDurations(t *testing.T) {
	testUnits(t, zerolog, `{"level":"info","req_id":"c2ab","method":"GET","url":"/","status":200,"%s":%s,"time":1788674285}`, []unitCase{
		{"below a millisecond", `duration,0.234567`, Milliseconds, false, 234567},
		{"more", `duration,12.234567`, Milliseconds, false, 12234567},
		{"DurationFieldInteger", `duration,12`, Milliseconds, false, 12 * time.Millisecond},
		{"a whole time.Duration", `duration,1234567`, Nanoseconds, true, 1234567},
		{"a text", `latency,"1.234567ms"`, Milliseconds, false, 1234567},
	})
}
