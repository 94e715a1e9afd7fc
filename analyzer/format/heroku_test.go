package format

import (
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func herokuConformance() conformance {
	r := accesslog.Record{
		Time: utc.Add(123456 * time.Microsecond), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(30001 * time.Millisecond), ClientIP: "203.0.113.7",
		Host: "app.example.com", RequestID: "9f2c", Scheme: "https", FailedBy: "origin", Error: "H13 Connection closed without response", ResponseBytes: some(157),
		Attrs: []accesslog.Attr{attribute("dyno", "web.1")},
	}
	example := r
	example.Path, example.Status, example.Error, example.ResponseBytes = "/u/1", accesslog.Some(503), "H12 Request timeout", some(0)
	full := `2026-09-06T05:58:05.123456+00:00 heroku[router]: at=error code=H13 desc="Connection closed without response" method=GET path="/u/42?x=1" host=app.example.com request_id=9f2c fwd="203.0.113.7" dyno=web.1 connect=1ms service=30000ms status=502 protocol=https bytes=157`
	because := func(by, why string) func(*record) { return func(r *record) { r.FailedBy, r.Error = by, why } }
	return logfmtRow(heroku, example, full, r, keyed{`status=502`, `=GET`, "/u/42?x=1", "203.0.113.7", "H13 "},
		lineCase{name: "no code", reason: "the dyno answered so", old: `at=error code=H13 desc="Connection closed without response"`, new: "at=info", want: because("origin", "")},
		lineCase{name: "H27", reason: "the client broke it off", old: `H13`, new: "H27", want: because("client", "H27 Connection closed without response")},
		lineCase{name: "H99", reason: "the platform's failure", old: `H13`, new: "H99", want: because("proxy", "H99 Connection closed without response")},
		lineCase{name: "not connected", reason: "no sum of what is unknown", old: `connect=1ms`, new: "connect=", want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
		lineCase{name: "forwarded", reason: "the client can send addresses before its own", old: `"203.0.113.7"`, new: `"198.51.100.1, 203.0.113.7"`},
		lineCase{name: "no time", reason: "a drain keeps it apart", old: `2026-09-06T05:58:05.123456+00:00 heroku[router]: `, new: "", want: func(r *record) { r.Time = time.Time{} }},
		lineCase{name: "the application's", reason: "it has requests of its own, which are the same", none: true, kind: Other,
			line: `2026-09-06T05:58:05.123456+00:00 app[web.1]: method=GET path=/u/42 format=html controller=Users status=502 duration=12.3 view=1.2 db=3.4`},
		lineCase{name: "missing fields", reason: "what is not there is unknown", line: `path=/ fwd="203.0.113.7" status=200 bytes=1`, want: func(r *record) {
			*r = record{Path: "/", ClientIP: "203.0.113.7", Status: accesslog.Some(200), ResponseBytes: some(1)}
		}},
	)
}

// TestHerokuApp: a drain has the router's lines and those that an application writes about the
// same requests, which are counted once.
func TestHerokuApp(t *testing.T) {
	app := `2026-09-06T05:58:05.223456+00:00 app[web.1]: method=GET path=/u/1 format=html controller=Users status=503 duration=12.3 view=1.2 db=3.4`
	d, err := Detect(toLines(heroku.Example, app), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Format != heroku || len(d.Others()) > 0 {
		t.Errorf("%s: %s", d.Format.Name, d.Why)
	}
	if d, err := Detect(toLines(app), Options{}); err != nil || d.Format != logfmt {
		t.Errorf("alone: %+v, %v", d, err)
	}
}
