package format

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// enveloping is how wrappers write a line.
type enveloping struct {
	reason     string
	names      []string // of the wrappers
	head, tail string
	json       bool // what is between them is text in JSON
	loose      bool // lines without it are read as well
}

// envelopings has at least one row for each wrapper.
var envelopings = []enveloping{
	{reason: "as it is"},
	{reason: "docker compose logs", names: []string{"a docker compose prefix"}, head: "web-1  | "},
	{reason: "docker compose logs on a terminal", names: []string{"colour codes", "a docker compose prefix"}, head: "\x1b[36mweb-1  |\x1b[0m "},
	{reason: "docker compose logs -t", names: []string{"a docker compose prefix", "a timestamp"}, head: "web-1  | 2026-09-06T05:58:05.123456789Z "},
	{reason: "kubectl logs --prefix", names: []string{"a kubectl prefix"}, head: "[pod/web-7d4f9c-x2x/nginx] "},
	{reason: "kubectl logs --prefix --timestamps", names: []string{"a kubectl prefix", "a timestamp"}, head: "[pod/web-0/nginx] 2026-09-06T05:58:05.123456789+09:00 "},
	{reason: "a file of containerd or CRI-O", names: []string{"a CRI prefix"}, head: "2026-09-06T05:58:05.123456789+00:00 stdout F "},
	{reason: "a file of Docker", names: []string{"Docker's json-file"}, head: `{"log":"`, tail: `\n","stream":"stdout","time":"2026-09-06T05:58:05.123456789Z"}`, json: true},
	{reason: "a file of Docker, with labels, of a program on a terminal", names: []string{"Docker's json-file"}, head: `{"log":"`, tail: `\r\n","stream":"stdout","attrs":{"tag":"web"},"time":"2026-09-06T05:58:05.123456789Z"}`, json: true},
	{reason: "a file of Docker, written anew", names: []string{"Docker's json-file"}, head: `{"log": "`, tail: `\n", "stream": "stdout", "time": "2026-09-06T05:58:05.123456789Z"}`, json: true},
	{reason: "a file of Docker, its keys in another order", names: []string{"Docker's json-file"}, head: `{"stream":"stdout","time":"2026-09-06T05:58:05.123456789Z","log":"`, tail: `\n"}`, json: true},
	{reason: "journalctl -o json", names: []string{"journald's JSON"}, head: `{"__CURSOR":"s=0","__REALTIME_TIMESTAMP":"1788674285123456","_PID":"812","MESSAGE":"`, tail: `","SYSLOG_IDENTIFIER":"nginx"}`, json: true},
	{reason: "rsyslog's files", names: []string{"a syslog header (RFC 3164)"}, head: "Sep  6 05:58:05 web-1 nginx: "},
	{reason: "journalctl", names: []string{"a syslog header (RFC 3164)"}, head: "Sep 16 05:58:05 web-1 nginx[812]: "},
	{reason: "journalctl -o short-iso", names: []string{"a syslog header (RFC 3164)"}, head: "2026-09-06T05:58:05+0000 web-1 nginx[812]: "},
	{reason: "rsyslog's files of today", names: []string{"a syslog header (RFC 3164)"}, head: "2026-09-06T05:58:05.123456+00:00 web-1 nginx[812]: "},
	{reason: "nginx to syslog", names: []string{"a syslog header (RFC 3164)"}, head: "<190>Sep  6 05:58:05 web-1 nginx: "},
	{reason: "HAProxy to syslog, without a host", names: []string{"a syslog header (RFC 3164)"}, head: "<134>Sep  6 05:58:05 haproxy[14389]: "},
	{reason: "RFC 5424", names: []string{"a syslog header (RFC 5424)"}, head: "<165>1 2026-09-06T05:58:05.003Z web-1 nginx 812 - - "},
	{reason: "RFC 5424 with data", names: []string{"a syslog header (RFC 5424)"}, head: `<165>1 2026-09-06T05:58:05.003Z web-1 nginx - ID47 [a@1 k="\"v\]"][b] ` + "\ufeff"},
	{reason: "a drain of Heroku's", names: []string{"octet counts (RFC 6587)", "a syslog header (RFC 5424)"}, head: "83 <158>1 2026-09-06T05:58:05.123456+00:00 host app web.1 - "},
	{reason: "syslog on TCP", names: []string{"octet counts (RFC 6587)", "a syslog header (RFC 3164)"}, head: "1024 <190>Sep  6 05:58:05 web-1 nginx: "},
	{reason: "docker logs -t", names: []string{"a timestamp"}, head: "2026-09-06T05:58:05.123456789Z "},
	{reason: "Rails in production", names: []string{"a prefix of Ruby's Logger"}, head: "I, [2026-09-06T05:58:05.123456 #812]  INFO -- : "},
	{reason: "Rails in a container", names: []string{"a docker compose prefix", "a prefix of Ruby's Logger"}, head: "web-1  | W, [2026-09-06T05:58:05.123456 #1]  WARN -- web: "},
	{reason: "coloured by the program", names: []string{"colour codes"}, head: "\x1b[97;42m\x1b[0m", tail: "\x1b[K", loose: true},
	{reason: "Docker's file of a coloured program", names: []string{"Docker's json-file", "colour codes"}, head: `{"log":"\u001b[32m`, tail: `\u001b[0m\n","stream":"stdout","time":"2026-09-06T05:58:05Z"}`, json: true},
}

func (e enveloping) wrap(line string) string { return e.head + e.inner(line) + e.tail }

// inner is line as it stands in its wrapping.
func (e enveloping) inner(line string) string {
	if !e.json {
		return line
	}
	b, _ := json.Marshal(line)
	return string(b[1 : len(b)-1])
}

func TestWrapperTable(t *testing.T) {
	for _, w := range wrappers {
		if !strings.Contains(fmt.Sprint(envelopings), w.name) {
			t.Errorf("envelopings says nothing of %q", w.name)
		}
	}
}

// TestWrapped puts every full line behind every wrapper.
func TestWrapped(t *testing.T) {
	for _, e := range envelopings {
		t.Run(e.reason, func(t *testing.T) {
			each(t, func(t *testing.T, c conformance) { e.check(t, c) })
		})
	}
}

func (e enveloping) check(t *testing.T, c conformance) {
	line := e.wrap(c.full)
	d, err := Detect(toLines(enough(c.format, line)...), Options{TZ: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	if d.Format != c.format || len(d.wrappers) != len(e.names) {
		t.Errorf("detected as %s because %q, want %s", d.Format.Name, d.Why, c.format.Name)
	}
	for _, name := range e.names {
		if !strings.Contains(d.Why, name) {
			t.Errorf("why is %q, want it to name %s", d.Why, name)
		}
	}
	p := d.NewParser()
	got := parse(t, p, line)
	if c.record.Time.IsZero() && len(got.Records) == 1 {
		got.Records[0].Time = time.Time{} // the wrapper's
	}
	if diff := cmp.Diff(result{Records: []accesslog.Record{c.record}}, got, sameRecord); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	inner := c.full[:strings.Index(c.full, c.saved)+len(c.saved)]
	cut := e.head + e.inner(inner)
	if got := parse(t, p, cut); got.Err == nil || got.Err.Kind != Truncated || got.Err.Offset != len(cut) {
		t.Errorf("cut at byte %d: %+v, want truncated there", len(cut), got.Err)
	}
	if len(e.names) == 0 || e.loose || leadingTime([]byte(c.full)) > 0 { // a time may be a wrapper's
		return
	}
	if got := parse(t, p, c.full); got.Err == nil || got.Err.Kind != Other {
		t.Errorf("without the prefix of the others: %+v, want it told apart", got)
	}
}

func TestPeel(t *testing.T) {
	tests := []struct {
		reason, wrapper, line, want string
		time, rest                  string
		ok, split                   bool
	}{
		{reason: "compose v1", wrapper: "a docker compose prefix", line: `app_web_1      | {"a":1}`, want: `{"a":1}`, ok: true},
		{reason: "one space", wrapper: "a docker compose prefix", line: `db.example | x`, want: `x`, ok: true},
		{reason: "an empty line of the service", wrapper: "a docker compose prefix", line: `web-1  | `, ok: true},
		{reason: "spaces that the service wrote are kept", wrapper: "a docker compose prefix", line: `web-1  |   x`, want: `  x`, ok: true},
		{reason: "no space before the bar", wrapper: "a docker compose prefix", line: `web-1| x`},
		{reason: "no space behind the bar", wrapper: "a docker compose prefix", line: `web-1 |x`},
		{reason: "no name", wrapper: "a docker compose prefix", line: `  | x`},
		{reason: "a number", wrapper: "a docker compose prefix", line: `502 | x`},
		{reason: "an address", wrapper: "a docker compose prefix", line: `203.0.113.7 | x`},
		{reason: "two words before the bar", wrapper: "a docker compose prefix", line: `a b | x`},
		{reason: "a name alone", wrapper: "a docker compose prefix", line: `web-1`},

		{reason: "another kind", wrapper: "a kubectl prefix", line: `[job/x/y] z`},
		{reason: "no container", wrapper: "a kubectl prefix", line: `[pod/x] z`},
		{reason: "an empty line of the container", wrapper: "a kubectl prefix", line: `[pod/x/y] `, ok: true},

		{reason: "split by the runtime", wrapper: "a CRI prefix", line: `2026-09-06T05:58:05.1Z stderr P x`, want: `x`, time: `2026-09-06T05:58:05.1Z`, ok: true, split: true},
		{reason: "more tags", wrapper: "a CRI prefix", line: `2026-09-06T05:58:05.1Z stdout F:t x`, want: `x`, time: `2026-09-06T05:58:05.1Z`, ok: true},
		{reason: "an empty line", wrapper: "a CRI prefix", line: `2026-09-06T05:58:05.1Z stdout F `, time: `2026-09-06T05:58:05.1Z`, ok: true},
		{reason: "another stream", wrapper: "a CRI prefix", line: `2026-09-06T05:58:05.1Z stdin F x`},
		{reason: "another tag", wrapper: "a CRI prefix", line: `2026-09-06T05:58:05.1Z stdout Full x`},
		{reason: "cut", wrapper: "a CRI prefix", line: `2026-09-06T05:58:05.1Z stdout`},

		{reason: "escapes", wrapper: "Docker's json-file", line: `{"log":"a\t\"b\"\u003c\\\n","stream":"stdout","time":"2026-09-06T05:58:05Z"}`, want: "a\t\"b\"<\\", time: "2026-09-06T05:58:05Z", ok: true},
		{reason: "without a newline it may still be whole", wrapper: "Docker's json-file", line: `{"log":"a","stream":"stdout","time":"2026-09-06T05:58:05Z"}`, want: "a", time: "2026-09-06T05:58:05Z", ok: true},
		{reason: "what the daemon has split", wrapper: "Docker's json-file", line: `{"log":"` + strings.Repeat("a", jsonFileLimit) + `","stream":"stdout","time":"2026-09-06T05:58:05Z"}`, want: strings.Repeat("a", jsonFileLimit), time: "2026-09-06T05:58:05Z", ok: true, split: true},
		{reason: "cut within an escape", wrapper: "Docker's json-file", line: `{"log":"a\u00`, want: "a", ok: true},
		{reason: "cut behind a backslash", wrapper: "Docker's json-file", line: `{"log":"a\\\`, want: `a\`, ok: true},
		{reason: "a time in the text is none", wrapper: "Docker's json-file", line: `{"log":"\"time\":\"x\"\n","stream":"stdout"}`, want: `"time":"x"`, ok: true},
		{reason: "other JSON", wrapper: "Docker's json-file", line: `{"msg":"x"}`},
		{reason: "spaces", wrapper: "Docker's json-file", line: ` { "log" : "a\n" , "time" : "2026-09-06T05:58:05Z" } `, want: "a", time: "2026-09-06T05:58:05Z", ok: true},
		{reason: "sorted keys, and a label of that name", wrapper: "Docker's json-file", line: `{"attrs": {"log": "x"}, "log": "a\n", "stream": "stderr", "time": "2026-09-06T05:58:05Z"}`, want: "a", time: "2026-09-06T05:58:05Z", ok: true},
		{reason: "a key in a text is none", wrapper: "Docker's json-file", line: `{"stream": "stdout", "attrs": {"a": "\"log\": \"x\""}}`},
		{reason: "cut, with spaces", wrapper: "Docker's json-file", line: `{"log": "a\u00`, want: "a", ok: true},
		{reason: "cut before the text", wrapper: "Docker's json-file", line: `{"log": `},
		{reason: "a text of an application", wrapper: "Docker's json-file", line: `{"level": "info", "log": "x"}`},
		{reason: "an object", wrapper: "Docker's json-file", line: `{"log": {"level": "info"}, "stream": "stdout"}`},

		{reason: "the time behind it", wrapper: "journald's JSON", line: `{"MESSAGE":"a \"b\"","__REALTIME_TIMESTAMP":"1788674285123456"}`, want: `a "b"`, time: "1788674285123456", ok: true},
		{reason: "a list of bytes", wrapper: "journald's JSON", line: `{"__CURSOR":"s","MESSAGE":[1,2]}`},
		{reason: "other JSON with a message", wrapper: "journald's JSON", line: `{"MESSAGE":"x"}`},
		{reason: "a message in the message", wrapper: "journald's JSON", line: `{"__CURSOR":"s","X":"\"MESSAGE\":\"no\"","MESSAGE":"yes"}`, want: "yes", ok: true},

		{reason: "RFC 5424's own example", wrapper: "a syslog header (RFC 5424)", line: `<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed`, want: `'su root' failed`, time: `2003-10-11T22:14:15.003Z`, ok: true},
		{reason: "no time, no host", wrapper: "a syslog header (RFC 5424)", line: `<34>1 - - su - - - x`, want: `x`, ok: true},
		{reason: "no message", wrapper: "a syslog header (RFC 5424)", line: `<34>1 - - su - - [a k="v"]`, ok: true},
		{reason: "data without an end", wrapper: "a syslog header (RFC 5424)", line: `<34>1 - - su - - [a k="v] x`},
		{reason: "a backslash at the end", wrapper: "a syslog header (RFC 5424)", line: `<34>1 - - su - - [a k="\`},
		{reason: "another version", wrapper: "a syslog header (RFC 5424)", line: `<34>2 - - su - - - x`},
		{reason: "no priority", wrapper: "a syslog header (RFC 5424)", line: `1 2003-10-11T22:14:15.003Z h su - ID47 - x`},

		{reason: "Heroku leaves the data out", wrapper: "a syslog header (RFC 5424)", line: `<40>1 2012-11-30T06:45:29+00:00 host app web.3 - State changed from starting to up`, want: `State changed from starting to up`, time: `2012-11-30T06:45:29+00:00`, ok: true},
		{reason: "and then words in brackets are no data", wrapper: "a syslog header (RFC 5424)", line: `<40>1 2012-11-30T06:45:29+00:00 host app web.3 - [GIN] x`, want: `[GIN] x`, time: `2012-11-30T06:45:29+00:00`, ok: true},
		{reason: "nor is a dash", wrapper: "a syslog header (RFC 5424)", line: `<40>1 - host app web.3 - - x`, want: `- x`, ok: true},
		{reason: "to syslog", wrapper: "a syslog header (RFC 5424)", line: `<40>1 - d.9173ea1f-6f14-4976-9cf0-7cd0dafdcdbc app web.1 - x`, want: `x`, ok: true},
		{reason: "no message", wrapper: "a syslog header (RFC 5424)", line: `<40>1 - host app web.1 - `, ok: true},
		{reason: "others have the data", wrapper: "a syslog header (RFC 5424)", line: `<40>1 - d.example.com app web.3 - State changed`},

		{reason: "a frame", wrapper: "octet counts (RFC 6587)", line: `7 <40>1 x`, want: `<40>1 x`, ok: true},
		{reason: "the newline was counted", wrapper: "octet counts (RFC 6587)", line: `8 <40>1 x`, want: `<40>1 x`, ok: true},
		{reason: "a count that is wrong", wrapper: "octet counts (RFC 6587)", line: `3 <40>1 x`, want: `<40>1 x`, ok: true},
		{reason: "two frames", wrapper: "octet counts (RFC 6587)", line: `7 <40>1 x7 <40>1 y`, want: `<40>1 x`, rest: `7 <40>1 y`, ok: true},
		{reason: "no syslog", wrapper: "octet counts (RFC 6587)", line: `200 GET /`},
		{reason: "no count", wrapper: "octet counts (RFC 6587)", line: `<40>1 x`},
		{reason: "a count of nothing", wrapper: "octet counts (RFC 6587)", line: `0 <40>1 x`},
		{reason: "zeros before it", wrapper: "octet counts (RFC 6587)", line: `07 <40>1 x`},
		{reason: "a count alone", wrapper: "octet counts (RFC 6587)", line: `7`},
		{reason: "too much", wrapper: "octet counts (RFC 6587)", line: `12345678 <40>1 x`},

		{reason: "RFC 3164's own example, whose tag has no colon", wrapper: "a syslog header (RFC 3164)", line: `<34>Oct 11 22:14:15 mymachine su 'su root' failed`},
		{reason: "microseconds", wrapper: "a syslog header (RFC 3164)", line: `Oct 11 22:14:15.003456 h su[1]: x`, want: `x`, time: `Oct 11 22:14:15.003456`, ok: true},
		{reason: "no message", wrapper: "a syslog header (RFC 3164)", line: `Oct 11 22:14:15 h su:`, time: `Oct 11 22:14:15`, ok: true},
		{reason: "spaces of the message are kept", wrapper: "a syslog header (RFC 3164)", line: `Oct 11 22:14:15 h su:  x`, want: ` x`, time: `Oct 11 22:14:15`, ok: true},
		{reason: "a time alone", wrapper: "a syslog header (RFC 3164)", line: `Oct 11 22:14:15`},
		{reason: "a host alone", wrapper: "a syslog header (RFC 3164)", line: `Oct 11 22:14:15 h`},
		{reason: "a priority of four digits", wrapper: "a syslog header (RFC 3164)", line: `<1234>Oct 11 22:14:15 h su: x`},

		{reason: "an empty line", wrapper: "a prefix of Ruby's Logger", line: `I, [2026-09-06T05:58:05.123456 #812]  INFO -- :`, time: "2026-09-06T05:58:05.123456", ok: true},
		{reason: "any severity", wrapper: "a prefix of Ruby's Logger", line: `A, [2026-09-06T05:58:05.123456 #812]   ANY -- app: a: b -- c: d`, want: `a: b -- c: d`, time: "2026-09-06T05:58:05.123456", ok: true},
		{reason: "no severity of its", wrapper: "a prefix of Ruby's Logger", line: `X, [2026-09-06T05:58:05.123456 #812]  INFO -- : x, and more of it`},
		{reason: "no process", wrapper: "a prefix of Ruby's Logger", line: `I, [2026-09-06T05:58:05.123456 812]  INFO -- : x, and more of it`},
		{reason: "cut", wrapper: "a prefix of Ruby's Logger", line: `I, [`},
		{reason: "cut behind the time", wrapper: "a prefix of Ruby's Logger", line: `I, [2026-09-06T05:58:05.123456 `},
		{reason: "nothing behind the time", wrapper: "a prefix of Ruby's Logger", line: `I, [2026-09-06T05:58:05.123456                       `},
		{reason: "no time", wrapper: "a prefix of Ruby's Logger", line: `I, [soon #812]  INFO -- : x, and more of it, and more`},
		{reason: "no name's end", wrapper: "a prefix of Ruby's Logger", line: `I, [2026-09-06T05:58:05.123456 #812]  INFO -- x and more`},
		{reason: "a name of two words", wrapper: "a prefix of Ruby's Logger", line: `I, [2026-09-06T05:58:05.123456 #812]  INFO -- x and: more`},

		{reason: "no line behind it", wrapper: "a timestamp", line: `2026-09-06T05:58:05Z`},
		{reason: "no zone", wrapper: "a timestamp", line: `2026-09-06T05:58:05 x`},

		{reason: "no codes", wrapper: "colour codes", line: `x`, want: `x`, ok: true},
		{reason: "codes within", wrapper: "colour codes", line: "a\x1b[1;31mb\x1b[mc", want: `abc`, ok: true},
		{reason: "other escapes stay", wrapper: "colour codes", line: "\x1b]0;t\x07\x1b[", want: "\x1b]0;t\x07\x1b[", ok: true},
	}
	for _, tt := range tests {
		for i := range wrappers {
			if wrappers[i].name != tt.wrapper {
				continue
			}
			var w wrapping
			got, ok := wrappers[i].peel(&w, []byte(tt.line))
			if string(got) != tt.want || ok != tt.ok || ok && (w.time != tt.time || w.split != tt.split || string(w.rest) != tt.rest) {
				t.Errorf("%s, %s: %q gives %q, %v, at %q, split %v, before %q", tt.wrapper, tt.reason, tt.line, got, ok, w.time, w.split, w.rest)
			}
		}
	}
}

// timeless is a format whose lines have no time.
var timeless = &Format{Name: "timeless", Clock: ClockCompletion, learn: learnLayout(mustLayout(`$status $request_method $uri`, ""))}

// TestWrapperTime takes the time from the wrapper where the line has none.
func TestWrapperTime(t *testing.T) {
	berlin := time.FixedZone("Berlin", 2*3600)
	o := Options{Formats: []*Format{timeless}, TZ: berlin, Written: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	tests := []struct {
		reason, head string
		want         time.Time
		tz           string
	}{
		{"docker logs -t", "2026-09-06T05:58:05.25Z ", utc.Add(250 * time.Millisecond), ""},
		{"CRI", "2026-09-06T14:58:05+09:00 stdout F ", utc, ""},
		{"journalctl -o short-iso", "2026-09-06T14:58:05+0900 h web: ", utc, ""},
		{"syslog has local times, and no year", "Feb  6 05:58:05.5 h web: ", time.Date(2026, 2, 6, 3, 58, 5, 5e8, time.UTC), "Berlin"},
		{"they may be a day ahead", "Mar  1 23:58:05 h web: ", time.Date(2026, 3, 1, 21, 58, 5, 0, time.UTC), "Berlin"},
		{"no further: they are of the year before", "Mar  4 05:58:05 h web: ", time.Date(2025, 3, 4, 3, 58, 5, 0, time.UTC), "Berlin"},
		{"a day that not all years have", "Feb 29 05:58:05 h web: ", time.Date(2024, 2, 29, 3, 58, 5, 0, time.UTC), "Berlin"},
		{"a day that no year has", "Feb 30 05:58:05 h web: ", time.Time{}, "Berlin"},
		{"Ruby's Logger has local times", "I, [2026-09-06T07:58:05.25 #812]  INFO -- : ", utc.Add(250 * time.Millisecond), "Berlin"},
		{"the outermost knows best", "web-1 | <1>1 2026-09-06T05:58:05Z - - - - - Feb  6 05:58:05 h web: ", utc, ""},
	}
	for _, tt := range tests {
		line := tt.head + "200 GET /"
		d, err := Detect(toLines(line), o)
		if err != nil {
			t.Fatalf("%s: %v", tt.reason, err)
		}
		p := d.NewParser()
		want := accesslog.Record{Time: tt.want, Method: "GET", Path: "/", Status: accesslog.Some(200)}
		if diff := cmp.Diff(result{Records: []accesslog.Record{want}}, parse(t, p, line), sameRecord); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.reason, diff)
		}
		if d.TZ != tt.tz || !strings.Contains(d.Why, "from which the time is taken") {
			t.Errorf("%s: zone %q, because %q", tt.reason, d.TZ, d.Why)
		}
		b := []byte(line)
		if n := testing.AllocsPerRun(100, func() { _ = p.Parse(b, func(*accesslog.Record) {}) }); n != 0 {
			t.Errorf("%s: %v allocations", tt.reason, n)
		}
	}
}

// TestSplit says of a line that a container's runtime has split that it is cut, though it may
// look whole.
func TestSplit(t *testing.T) {
	const head = "2026-09-06T05:58:05.1Z stdout "
	p := parserFor(t, combined, head+"F "+combined.Example)
	got := parse(t, p, head+"P "+combined.Example)
	if len(got.Records) != 1 || got.Err == nil || got.Err.Kind != Truncated {
		t.Errorf("%+v, want a record, and that it is cut", got)
	}
	if got := parse(t, p, head+"F the rest of it"); got.Err == nil || got.Err.Kind != Other {
		t.Errorf("the rest: %+v, want it told apart", got)
	}
}
