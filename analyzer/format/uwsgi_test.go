package format

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func uwsgiConformance() conformance {
	full := accesslog.Record{
		Time: morning, Method: "GET", Path: "/u/42", Proto: "1.1", Status: accesslog.Some(502),
		ResponseBytes: some(157), Duration: dur(226 * time.Millisecond), ClientIP: "203.0.113.7",
	}
	return conformance{
		format: uwsgi,
		example: accesslog.Record{
			Time: time.Date(2016, 3, 13, 22, 49, 12, 0, time.UTC), Method: "POST", Path: "/m", Proto: "1.1", Status: accesslog.Some(200),
			ResponseBytes: some(47), Duration: dur(129 * time.Millisecond), ClientIP: "127.0.0.1",
		},
		record: full,
		full:   `[pid: 12|app: 0|req: 3/33] 203.0.113.7 (ann) {38 vars in 696 bytes} [Sat Sep  5 20:58:05 2026] GET /u/42?x=1 => generated 157 bytes in 226 msecs (HTTP/1.1 502) 9 headers in 378 bytes (1 switches on core 3)`,
		saved:  `(HTTP/1.1 502)`, openEnd: true,
		cases: slices.Concat(
			without(textCases(anatomy{method: `] GET `, status: " 502)", ipv4: "203.0.113.7", ipv6: "2001:db8::1"}), "empty_request"), uwsgiCases),
		traffic: func(i int, at time.Time) string {
			unit := "msecs"
			if i%5 == 0 {
				unit = "micros"
			}
			return fmt.Sprintf(`[pid: %d|app: 0|req: %d/%d] 203.0.113.%d () {38 vars in 696 bytes} [%s] GET /users/%d?page=%d => generated %d bytes in %d %s (HTTP/1.1 %d) 9 headers in 378 bytes (1 switches on core %d)`,
				88185+i%4, i, i*4, i%256, at.UTC().Format(time.ANSIC), i, i%9, i*37, i%1000, unit, statusAt(i), i%8)
		},
	}
}

var uwsgiCases = []lineCase{
	{name: "micros", reason: "with --log-micros", old: "226 msecs", new: "68 micros", want: func(r *record) { r.Duration = dur(68 * time.Microsecond) }},
	{name: "sendfile", reason: "a file was sent by other means", old: "226 msecs (", new: "226 msecs via sendfile() ("},
	{name: "another unit", reason: "unknown, and not guessed", old: "226 msecs", new: "226 parsecs", want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
	{name: "no duration", reason: "unknown", old: "226 msecs", new: "-", want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
	{name: "nobody", reason: "mostly nobody is named", old: "(ann)", new: "()"},
	{name: "no client", reason: "a unix socket has no address", old: " 203.0.113.7 (", new: "  (", want: func(r *record) { r.ClientIP = "" }},
	{name: "forwarded", reason: "with --log-x-forwarded-for the proxy's address is the last", old: "203.0.113.7", new: "10.9.9.9, 203.0.113.7"},
	{name: "too long for uWSGI", reason: "it then leaves out the request", old: "203.0.113.7 (ann) {38 vars in 696 bytes} [Sat Sep  5 20:58:05 2026] GET /u/42?x=1 => generated 157 bytes in 226 msecs (HTTP/1.1 502)",
		new: "0.0.0.0 () {38 vars in 696 bytes} [Sat Sep  5 20:58:05 2026] - - => generated 157 bytes in 226 msecs (- 502)", want: func(r *record) { noRequest(r); r.ClientIP = "0.0.0.0" }},
	{name: "day of one digit", reason: "is behind two spaces, or behind a zero", old: "Sep  5", new: "Sep 05"},
	{name: "extras", reason: "what follows the status is not read", old: "on core 3)", new: "on core 3) x"},
	{name: "fewer fields", reason: "the status is saved", old: ` 9 headers in 378 bytes (1 switches on core 3)`, new: ``, kind: Truncated},
	{name: "escapes", reason: "uWSGI has none", old: "/u/42?x=1", new: `/a\x41\"`, want: path(`/a\x41\"`)},
	{name: "no such time", reason: "a day of 35", old: "Sep  5", new: "Sep 35", none: true, kind: Other},
	{name: "another line", reason: "uWSGI says much else", line: "spawned uWSGI worker 1 (pid: 12, cores: 1)", none: true, kind: Other},
	{name: "a worker's end", reason: "also in brackets", line: "[uWSGI] getting INI configuration from /etc/uwsgi.ini", none: true, kind: Other},
}

// TestUWSGIMemory reads lines that begin with the memory in use, as --memory-report has it.
func TestUWSGIMemory(t *testing.T) {
	c := uwsgiConformance()
	line := "{address space usage: 123456 bytes/117MB} {rss usage: 4567 bytes/4MB} " + c.full
	if diff := cmp.Diff(result{Records: []accesslog.Record{c.record}}, parse(t, parserFor(t, uwsgi, line), line), sameRecord); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
