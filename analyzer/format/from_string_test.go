package format

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// TestFromString reads lines by the format strings that servers wrote them by.
func TestFromString(t *testing.T) {
	base := record{Time: morning, Method: "GET", Path: "/u/42", Proto: "1.1", Status: accesslog.Some(502), ResponseBytes: some(157), ClientIP: "203.0.113.7"}
	with := func(change func(*record)) record {
		r := base
		change(&r)
		return r
	}
	timed := func(d time.Duration) record { return with(func(r *record) { r.Duration = dur(d) }) }
	const clf = `203.0.113.7 - ann [06/Sep/2026:05:58:05 +0900] "GET /u/42?x=1 HTTP/1.1" 502 157`
	tests := []struct {
		reason, format, line string
		want                 record
	}{
		{"nginx", `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent`, clf, base},
		{"nginx, the directive over two lines", "log_format main '$remote_addr - $remote_user [$time_local] '\n  '\"$request\" $status $body_bytes_sent';", clf, base},
		{"nginx, columns in quotes", `"$time_iso8601","$remote_addr","$request","$status","$body_bytes_sent"`, `"2026-09-06T05:58:05+09:00","203.0.113.7","GET /u/42 HTTP/1.1","502","157"`, base},
		{"nginx, the first column in quotes", `"$request" $status $remote_addr $body_bytes_sent $msec`, `"GET /u/42 HTTP/1.1" 502 203.0.113.7 157 1788641885`, base},
		{"nginx, a request in three", `$remote_addr - $remote_user [$time_local] "$request_method $request_uri $server_protocol" $status $body_bytes_sent`, clf, base},
		{"nginx, durations are seconds", `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent $upstream_response_time $request_time`, clf + ` 0.001, 0.003 0.004`, timed(4 * time.Millisecond)},
		{"nginx, a URL", `$time_iso8601|$remote_addr|$request_method $scheme://$host$request_uri $server_protocol|$status|$body_bytes_sent`,
			`2026-09-06T05:58:05+09:00|203.0.113.7|GET https://example.com/u/42?x=1 HTTP/1.1|502|157`, with(func(r *record) { r.Scheme, r.Host = "https", "example.com" })},
		{"nginx, a path and its query", "$msec\t$remote_addr\t$request_method\t$uri$is_args$args\t$server_protocol\t$status\t$body_bytes_sent",
			"1788641885.000\t203.0.113.7\tGET\t/u/42?x=1\tHTTP/1.1\t502\t157", base},
		{"nginx, a time without brackets", `$time_local $remote_addr "$request" $status $body_bytes_sent`, `06/Sep/2026:05:58:05 +0900 203.0.113.7 "GET /u/42 HTTP/1.1" 502 157`, base},
		{"nginx, a request without quotes", `$status;$msec $request $remote_addr $body_bytes_sent`, `502;1788641885.000 GET /u/42?x=1 HTTP/1.1 203.0.113.7 157`, base},
		{"nginx, the same at the end", `$status $msec $remote_addr $body_bytes_sent $request`, `502 1788641885.000 203.0.113.7 157 GET /u/42?x=1 HTTP/1.1`, base},
		{"nginx, lists", `$http_x_forwarded_for $upstream_addr $upstream_bytes_sent $upstream_status $status $msec $remote_addr $body_bytes_sent "$request"`,
			`203.0.113.9, 10.0.0.1 10.1.2.3:80, 10.1.2.4:80 : 10.1.2.5:80 0, 1 : 2 504, 504 : 503 502 1788641885.000 203.0.113.7 157 "GET /u/42 HTTP/1.1"`, with(func(r *record) { r.FailedBy = byOrigin })},
		{"nginx, JSON", `{"t":"$time_iso8601","ip":"$remote_addr","req":"$request","code":$status,"size":$body_bytes_sent,"took":$request_time,"up":"$upstream_status"}`,
			`{"t":"2026-09-06T05:58:05+09:00","ip":"203.0.113.7","req":"GET /u/42?x=1 HTTP/1.1","code":502,"size":157,"took":0.004,"up":"504, 502"}`,
			with(func(r *record) { r.Duration, r.FailedBy = dur(4*time.Millisecond), byOrigin })},
		{"nginx, JSON with its directive", `log_format j escape=json '{"a": {"s": "$status"}, ' '"u": "$scheme://$host$request_uri", "m": "$request_method"}';`,
			`{"a": {"s": "502"}, "u": "https://example.com/u/42?x=1", "m": "GET"}`, record{Status: accesslog.Some(502), Method: "GET", Path: "/u/42", Scheme: "https", Host: "example.com"}},

		{"Apache", `%h %l %u %t "%r" %>s %b`, clf, base},
		{"Apache, the directive", `LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined`, clf + ` "-" "a\"b"`, with(func(r *record) { r.UserAgent = `a"b` })},
		{"Apache, microseconds", `%h %l %u %t "%r" %>s %b %D`, clf + ` 4021`, timed(4021 * time.Microsecond)},
		{"Apache, seconds", `%h %l %u %t "%r" %>s %b %T`, clf + ` 4`, timed(4 * time.Second)},
		{"Apache, milliseconds", `%h %l %u %t "%r" %>s %b %{ms}T`, clf + ` 4`, timed(4 * time.Millisecond)},
		{"Apache, both: the finer", `%h %l %u %t "%r" %>s %b %T/%D %{us}T`, clf + ` 4/4021000 4021000`, timed(4021 * time.Millisecond)},
		{"Apache, the status after an internal redirection", `%h %l %u %t "%r" %s %>s %b`, clf[:len(clf)-len("502 157")] + `200 502 157`, base},
		{"Apache, what else there is", `%v:%p %a %{c}a %t "%m %U%q %H" %>s %B %I %O %X %k %{Cookie}i %!200,304{X-Request-Id}i%%`,
			`example.com:80 203.0.113.7 10.0.0.1 [06/Sep/2026:05:58:05 +0900] "GET /u/42?x=1 HTTP/1.1" 502 157 400 512 + 0 - 9f2c%`,
			with(func(r *record) {
				r.Host, r.Peer, r.RequestBytes, r.RequestID = "example.com", "10.0.0.1", some(400), "9f2c"
			})},
		{"Apache, a time of its own", `%h %{%Y-%m-%d %H:%M:%S %z}t "%r" %>s %b`, `203.0.113.7 2026-09-06 05:58:05 +0900 "GET /u/42 HTTP/1.1" 502 157`, base},
		{"Apache, a time without a zone", `%h [%{%m/%d/%y %I:%M:%S %p}t] "%r" %>s %b`, `203.0.113.7 [09/05/26 08:58:05 PM] "GET /u/42 HTTP/1.1" 502 157`, base},
		{"Apache, a time in three parts", `%h [%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t] "%r" %>s %b`, `203.0.113.7 [06/Sep/2026:05:58:05.250 +0900] "GET /u/42 HTTP/1.1" 502 157`,
			with(func(r *record) { r.Time = morning.Add(250 * time.Millisecond) })},
		{"Apache, a zone of half an hour", `%h [%{%d/%b/%Y:%T}t.%{usec_frac}t %{%z}t] "%r" %>s %b`, `203.0.113.7 [05/Sep/2026:17:28:05.250000 -0330] "GET /u/42 HTTP/1.1" 502 157`,
			with(func(r *record) { r.Time = morning.Add(250 * time.Millisecond) })},
		{"Apache, an epoch in two parts", `%h %{begin:sec}t.%{begin:usec_frac}t "%r" %>s %b`, `203.0.113.7 1788641885.000250 "GET /u/42 HTTP/1.1" 502 157`,
			with(func(r *record) { r.Time = morning.Add(250 * time.Microsecond) })},
		{"Apache, an epoch in milliseconds", `%h %{msec}t "%r" %>s %b`, `203.0.113.7 1788641885000 "GET /u/42 HTTP/1.1" 502 157`, base},
		{"Apache, JSON", `{ \"time\":\"%t\", \"ip\":\"%a\", \"request\":\"%r\", \"status\":\"%>s\", \"size\":\"%B\", \"us\":\"%D\" }`,
			`{ "time":"[06/Sep/2026:05:58:05 +0900]", "ip":"203.0.113.7", "request":"GET /u/42 HTTP/1.1", "status":"502", "size":"157", "us":"4021" }`, timed(4021 * time.Microsecond)},

		{"Envoy", `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_SENT% %DURATION% "%REQ(:AUTHORITY):64%" %DOWNSTREAM_REMOTE_ADDRESS%\n`,
			`[2026-09-05T20:58:05.000Z] "GET /u/42?x=1 HTTP/1.1" 502 UF 157 4 "example.com" 203.0.113.7:5123`,
			with(func(r *record) { r.Duration, r.Host = dur(4*time.Millisecond), "example.com" })},
		{"Envoy, a time of its own", `%START_TIME(%Y/%m/%d %H:%M:%S.%3f %z)% %REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %BYTES_SENT% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% 100%%`,
			`2026/09/06 05:58:05.250 +0900 GET /u/42 HTTP/1.1 502 157 203.0.113.7 100%`, with(func(r *record) { r.Time = morning.Add(250 * time.Millisecond) })},
		{"Envoy, JSON", `{"start": "%START_TIME%", "res": {"code": "%RESPONSE_CODE%", "size": "%BYTES_SENT%"}, "ms": "%DURATION%", "method": "%REQ(:METHOD)%", "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%", "proto": "%PROTOCOL%", "ip": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"}`,
			`{"start": "2026-09-05T20:58:05.000Z", "res": {"code": 502, "size": 157}, "ms": 4, "method": "GET", "path": "/u/42?x=1", "proto": "HTTP/1.1", "ip": "203.0.113.7"}`, timed(4 * time.Millisecond)},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			f, err := FromString(tt.format)
			if err != nil {
				t.Fatal(err)
			}
			if f.LogFormat == "" || f.Clock == "" {
				t.Errorf("%+v", f)
			}
			p := parserFor(t, f, tt.line)
			for range 2 {
				if diff := cmp.Diff(result{Records: []accesslog.Record{tt.want}}, parse(t, p, tt.line), sameRecord); diff != "" {
					t.Errorf("%s\n%s\n-want +got:\n%s", tt.format, tt.line, diff)
				}
			}
			d, err := Detect(toLines(tt.line), Options{Formats: []*Format{f}})
			if err != nil || (d.Unit == "") == tt.want.Duration.Known {
				t.Errorf("%+v, %v", d, err)
			}
			line := []byte(tt.line)
			if n := testing.AllocsPerRun(5, func() { _ = p.Parse(line, func(*accesslog.Record) {}) }); n > 0 {
				t.Errorf("%v allocations for a line", n)
			}
		})
	}
}

func TestFromStringName(t *testing.T) {
	if f, err := FromString("combined"); f != combined || err != nil {
		t.Errorf("%v, %v", f, err)
	}
}

// TestFromStringBad: an error says where, and what to do.
func TestFromStringBad(t *testing.T) {
	tests := []struct{ reason, format, says string }{
		{"no name and no string", "combind", "combined"},
		{"nothing", "", "no format"},
		{"no status", `$remote_addr "$request"`, "no $status"},
		{"no request", `%h %>s`, "neither $request"},
		{"a dollar alone", `$status $ $request`, "character 9"},
		{"nothing between two", `$request $status$body_bytes_sent`, "character 17: $body_bytes_sent"},
		{"no directive of Apache's", `%h %>s "%r" %(`, "character 13"},
		{"an open brace", `%h %>s "%r" %{Referer`, "character 13"},
		{"a dollar in Apache's", `%h %>s "%r" $5`, "character 13"},
		{"no operator of Envoy's", `%RESPONSE_CODE% %REQ(:PATH)% %x`, "character 30"},
		{"a time without a year", `%{%H:%M:%S}t "%r" %>s`, `"%H:%M:%S"`},
		{"a time that cannot be read back", `%{%Y-%m-%d %Q}t "%r" %>s`, `%Q`},
		{"W3C", "#Fields: date time sc-status", "#Fields"},
		{"no JSON", `{"status":$status,"request":"$request"`, "JSON"},
		{"JSON without a status", `{"request":"$request"}`, "status"},
		{"JSON without a request", `{"status":"$status"}`, "request"},
	}
	for _, tt := range tests {
		f, err := FromString(tt.format)
		if err == nil {
			t.Errorf("%s: %q gives %+v", tt.reason, tt.format, f)
			continue
		}
		if !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %q says %q, want %q in it", tt.reason, tt.format, err, tt.says)
		}
	}
}

// TestFromStringUnit: of two durations the unit is that of the one which is read.
func TestFromStringUnit(t *testing.T) {
	f, err := FromString(`%h "%r" %>s %D %T`)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Detect(toLines(`203.0.113.7 "GET /u/42 HTTP/1.1" 502 4021 0`), Options{Formats: []*Format{f}})
	if err != nil || d.Unit != Microseconds {
		t.Errorf("%+v, %v", d, err)
	}
}

// FuzzFromString feeds format strings, and lines to what they give.
func FuzzFromString(f *testing.F) {
	f.Add(`$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent`, combined.Example)
	f.Add(`{"s":$status,"u":"$scheme://$host$request_uri"}`, `{"s":502,"u":"https://x/"}`)
	f.Add(`%h %l %u %t \"%r\" %>s %b %T/%D %{%d/%b/%Y %T}t.%{msec_frac}t`, common.Example)
	f.Add(`[%START_TIME(%Y/%m %3f)%] "%REQ(:METHOD?:PATH):9% %PROTOCOL%" %RESPONSE_CODE%`, envoy.Example)
	f.Add("LogFormat \"%{x}^ti %>s %r\" '", "x 200 GET /")
	f.Fuzz(func(t *testing.T, s, line string) {
		got, err := FromString(s)
		if err != nil {
			if got != nil || err.Error() == "" {
				t.Errorf("%q: %+v, %q", s, got, err)
			}
			return
		}
		d, err := Detect(toLines(line), Options{Formats: []*Format{got}, TZ: time.UTC})
		if err != nil {
			return
		}
		p := d.NewParser()
		first := parse(t, p, line)
		if diff := cmp.Diff(first, parse(t, p, line), sameRecord); diff != "" {
			t.Errorf("once more: -first +second:\n%s", diff)
		}
	})
}
