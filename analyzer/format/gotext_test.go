package format

import (
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// evening is 2026-09-06 05:58:05, read in UTC.
var evening = time.Date(2026, 9, 6, 5, 58, 5, 0, time.UTC)

// goTextCases are lines of the loggers of Go's frameworks. Their full lines hold one GET, one
// /u/42 and one 502.
var goTextCases = []lineCase{
	{name: "empty", reason: "an empty line is no request", line: "", none: true, kind: Other},
	{name: "prose", reason: "a line of words is no request", line: "Starting the server on port 8080 [pid 12] | 200 | ok", none: true, kind: Other},
	{name: "json", reason: "a JSON line is of another format", line: `{"level":"info","msg":"listening on [::]:8080","status":200}`, none: true, kind: Other},
	{name: "error log", reason: "what the application logs is told apart", line: `2026/09/06 05:58:05 http: panic serving 127.0.0.1:5123: runtime error`, none: true, kind: Other},

	{name: "PROPFIND", reason: "WebDAV has methods of its own", old: "GET", new: "PROPFIND", want: method("PROPFIND")},
	{name: "M-SEARCH", reason: "a method can have a hyphen", old: "GET", new: "M-SEARCH", want: method("M-SEARCH")},
	{name: "lower-case", reason: "methods are case-sensitive and kept as sent", old: "GET", new: "get", want: method("get")},

	{name: "percent-encoding", reason: "%2F is no slash", old: "/u/42", new: "/a%20b%2Fc%C3%A9%3Fd", want: path("/a%20b%2Fc%C3%A9%3Fd")},
	{name: "UTF-8", reason: "not every logger escapes it", old: "/u/42", new: "/م/é", want: path("/م/é")},
	{name: "URL in the path", reason: "a path that holds a URL is no absolute form", old: "/u/42", new: "/go/http://example.com/", want: path("/go/http://example.com/")},
	{name: "NUL in the path", reason: "bytes are kept as they are", old: "/u/42", new: "/\x00", want: path("/\x00")},
	{name: "invalid UTF-8", reason: "bytes are kept as they are", old: "/u/42", new: "/\xff\xfe", want: path("/\xff\xfe")},
	{name: "long path", reason: "a mebibyte is a path, too", old: "/u/42", new: "/" + strings.Repeat("a", 1<<20), want: path("/" + strings.Repeat("a", 1<<20))},

	{name: "status 0", reason: "nothing was sent", old: "502", new: "0", want: status(0)},
	{name: "status 000", reason: "nothing was sent", old: "502", new: "000", want: status(0)},
	{name: "status -", reason: "unknown", old: "502", new: "-", want: func(r *record) { r.Status = accesslog.Opt[int]{} }},
}

// rawPathCases are those of loggers that escape nothing.
var rawPathCases = []lineCase{
	{name: "quotes and backslashes", reason: "they mean nothing where nothing is escaped", old: "/u/42", new: `/a"b\x22\n`, want: path(`/a"b\x22\n`)},
	{name: "terminal bytes", reason: "a client's escapes that are no colours stay", old: "/u/42", new: "/\x1b[2Ja", want: path("/\x1b[2Ja")},
}

// goDurationCases are those of durations as Go writes them, of 1.234567ms.
var goDurationCases = []lineCase{
	{name: "microseconds", reason: "each duration names its unit", old: "1.234567ms", new: "145.446µs", want: duration(145446)},
	{name: "nanoseconds", reason: "each duration names its unit", old: "1.234567ms", new: "600ns", want: duration(600)},
	{name: "seconds", reason: "each duration names its unit", old: "1.234567ms", new: "5.12256144s", want: duration(5122561440)},
	{name: "minutes", reason: "and some have two", old: "1.234567ms", new: "1m20s", want: duration(80 * time.Second)},
	{name: "no time at all", reason: "0, not unknown", old: "1.234567ms", new: "0s", want: duration(0)},
	{name: "minutes alone", reason: "Go writes 1m0s: this was cut", old: "1.234567ms", new: "1.2m", want: unknownDuration},
	{name: "no unit", reason: "a number without a unit may be any", old: "1.234567ms", new: "1.234567", want: unknownDuration},
	{name: "duration -", reason: "unknown", old: "1.234567ms", new: "-", want: unknownDuration},
	{name: "padded", reason: "columns are aligned", old: "1.234567ms", new: "      1.234567ms"},
}

// clientCases are those of the client 203.0.113.7.
var clientCases = []lineCase{
	{name: "IPv6", reason: "an IPv6 client has colons", old: "203.0.113.7", new: "2001:db8::1", want: client("2001:db8::1")},
	{name: "IPv6 loopback", reason: "it begins with a colon", old: "203.0.113.7", new: "::1", want: client("::1")},
	{name: "no client", reason: "a unix socket's client has no address", old: "203.0.113.7", new: "", want: client("")},
	{name: "client -", reason: "unknown", old: "203.0.113.7", new: "-", want: client("")},
}

func duration(d time.Duration) func(*record) { return func(r *record) { r.Duration = dur(d) } }

func unknownDuration(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }

func client(ip string) func(*record) { return func(r *record) { r.ClientIP = ip } }
