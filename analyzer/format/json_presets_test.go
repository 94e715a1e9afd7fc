package format

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func presetRecords() []accesslog.Record {
	plain := accesslog.Record{
		Time: morning, Level: "INFO", Msg: accesslog.MsgRequest, Version: 1, Method: "GET", Route: "/users/{id}", Path: "/users/7",
		Status: accesslog.Some(200), Duration: accesslog.Some(12345 * time.Microsecond), TTFB: accesslog.Some(time.Millisecond),
		RequestBytes: some(0), ResponseBytes: some(488), ClientIP: "203.0.113.7", Host: "api.example.com", Scheme: "https", Proto: "1.1",
		RequestID: "9f2c", UserAgent: "curl/8.5.0",
	}
	missing, full, v6, panicked := plain, plain, plain, plain
	missing.Status, missing.Level, missing.Route = accesslog.Some(404), "WARN", ""
	full.Level, full.Status, full.Outcome, full.Error, full.Interim = "ERROR", accesslog.Some(503), accesslog.OutcomeTimeout, "database \"is\" locked", []int{100, 103}
	full.Host, full.Peer, full.Query, full.Method = "api.example.com:8443", "10.0.0.1:4242", "page=2&x", "PURGE"
	full.Referer, full.TraceID, full.SpanID = "https://example.com/", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	full.SampleRate, full.Dropped, full.FailedBy, full.Duration = 0.25, 3, "origin", accesslog.Some(2100500*time.Microsecond)
	full.Attrs = accesslog.AppendAttrs(nil, slog.String("status", "x"), slog.String("http.route", "/x"), slog.String("url.path", "/x"), slog.Int("httpRequest", 1))
	v6.ClientIP, v6.Peer, v6.Host, v6.Level = "2001:db8::1", "[::1]:4242", "[2001:db8::2]:80", "NOTICE"
	panicked.Outcome, panicked.Level = accesslog.OutcomePanic, "ERROR"
	return []accesslog.Record{
		plain, missing, plain, full, plain, v6, plain, panicked, plain,
		{Time: morning, Level: "ERROR", Msg: accesslog.MsgRequest, Version: 1, Method: "GET", Path: "/", Outcome: accesslog.OutcomeAborted},                              // no status was sent
		{Time: morning, Level: "WARN", Msg: accesslog.MsgRejected, Version: 1, Status: accesslog.Some(431), Outcome: accesslog.OutcomeRejected, ClientIP: "203.0.113.7"}, // no method and no path
		{Time: morning, Level: "INFO", Msg: accesslog.MsgRejected, Version: 1, Outcome: accesslog.OutcomeRejected},                                                       // a TLS handshake that failed
		{Time: morning, Level: "INFO", Msg: accesslog.MsgRequest, Version: 1, Method: "OPTIONS", Path: "*", Status: accesslog.Some(200), Host: "api.example.com", Scheme: "http"},
	}
}

// TestTextRecords: so is what it hands to slog's text handler, beside the requests of others,
// whose keys mean something else.
func TestTextRecords(t *testing.T) {
	var lines []string
	for _, r := range presetRecords() {
		lines = append(lines, slogText(t, &r))
	}
	const theirs = `time=2026-11-20T14:00:00.5Z level=INFO msg=request method=GET path=/theirs status=200 outcome=panic duration=1ms`
	const started = `time=2026-11-20T14:00:00.5Z level=INFO msg=started status=200 path=/`
	for _, sample := range [][]string{lines, lines[:1], append(repeat(3, theirs), lines...), {started, lines[0]}} {
		d, err := Detect(toLines(sample...), Options{TZ: time.UTC})
		if err != nil || d.Format != loganalyze || d.Unit != Milliseconds || d.Guessed {
			t.Fatalf("%+v, %v", d, err)
		}
		p := d.NewParser()
		for i, line := range lines {
			want := presetRecords()[i]
			want.Time = want.Time.Truncate(time.Millisecond) // as slog writes it
			if want.Level == "NOTICE" {
				want.Level = "INFO"
			}
			got := parse(t, p, line)
			if diff := cmp.Diff(result{Records: []accesslog.Record{want}}, got, sameRecord, cmpopts.IgnoreFields(accesslog.Record{}, "Attrs")); diff != "" {
				t.Errorf("%s\n(%s) -want +got:\n%s", line, d.Why, diff)
			}
			b := []byte(line)
			if n := testing.AllocsPerRun(100, func() { _ = p.Parse(b, func(*accesslog.Record) {}) }); n != 0 {
				t.Errorf("%s: %v allocations", line, n)
			}
		}
		got := parse(t, p, theirs)
		if (len(got.Records) == 1) != (len(d.Others()) == 1) || len(got.Records) == 1 && got.Records[0].Outcome != "" {
			t.Errorf("theirs: %+v because %s", got, d.Why)
		}
	}
}

func FuzzTextRecord(f *testing.F) {
	for _, r := range presetRecords() {
		f.Add(slogText(f, &r))
	}
	f.Add(`msg=http_request interim="[100 ,]" status=`)
	used := parserFor(f, loganalyze, slogText(f, &presetRecords()[3]))
	f.Fuzz(func(t *testing.T, line string) {
		got := parse(t, used, line)
		for _, r := range got.Records {
			if r.Msg != accesslog.MsgRequest && r.Msg != accesslog.MsgRejected && !r.Status.Known {
				t.Errorf("%+v", r)
			}
		}
		if diff := cmp.Diff(got, parse(t, used, line), sameRecord); diff != "" {
			t.Errorf("once more: -first +second:\n%s", diff)
		}
	})
}

// slogText is r as slog's text handler writes it, which has no level of another name.
func slogText(t testing.TB, r *accesslog.Record) string {
	var attrs []slog.Attr
	d := json.NewDecoder(bytes.NewReader(r.AppendJSON(nil)))
	d.UseNumber()
	for {
		key, err := d.Token()
		if key == json.Delim('{') {
			continue
		}
		var value any
		if err != nil || key == json.Delim('}') {
			break
		} else if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		if key != "time" && key != "level" && key != "msg" {
			attrs = append(attrs, slog.Any(key.(string), value))
		}
	}
	level := map[string]slog.Level{"WARN": slog.LevelWarn, "ERROR": slog.LevelError}[r.Level]
	sr := slog.NewRecord(r.Time, level, r.Msg, 0)
	sr.AddAttrs(attrs...)
	var b bytes.Buffer
	if err := slog.NewTextHandler(&b, nil).Handle(context.Background(), sr); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// TestPresets: what accesslog writes in another vocabulary is detected and read back as
// the same record, also where the sample did not hold such a line.
func TestPresets(t *testing.T) {
	for name, p := range map[string]accesslog.Preset{
		"OpenTelemetry": accesslog.OpenTelemetry(), "Elastic": accesslog.ElasticCommonSchema(), "Google Cloud": accesslog.GoogleCloud("shop-prod"), "own": {},
	} {
		t.Run(name, func(t *testing.T) {
			var lines []string
			for _, r := range presetRecords() {
				line := p.AppendJSON(nil, &r)
				lines = append(lines, string(line[:len(line)-1]))
			}
			for _, sample := range [][]string{lines, lines[:3], lines[:1]} {
				d, err := Detect(toLines(sample...), Options{})
				if err != nil {
					t.Fatal(err)
				}
				parser := d.NewParser()
				for i, line := range lines {
					want := result{Records: []accesslog.Record{presetRecords()[i]}}
					got := parse(t, parser, line)
					if diff := cmp.Diff(want, got, sameRecord, cmpopts.IgnoreFields(accesslog.Record{}, "Attrs")); diff != "" {
						t.Errorf("%s\n(%s) -want +got:\n%s", line, d.Why, diff)
					}
				}
			}
		})
	}
}
