package format

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

type record = accesslog.Record

// morning is 06/Sep/2026:05:58:05 +0900.
var morning = time.Date(2026, 9, 5, 20, 58, 5, 0, time.UTC)

func some(n int64) accesslog.Opt[int64] { return accesslog.Some(n) }

func status(n int) func(*record) { return func(r *record) { r.Status = accesslog.Some(n) } }

func path(s string) func(*record) { return func(r *record) { r.Path = s } }

func method(s string) func(*record) { return func(r *record) { r.Method = s } }

func combinedConformance() conformance {
	r := accesslog.Record{
		Time: morning, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), ResponseBytes: some(157),
		ClientIP: "203.0.113.7", Proto: "1.1", UserAgent: "curl/8.5.0", Referer: "https://example.com/list",
	}
	example := r
	example.Referer = ""
	return conformance{
		format: combined, example: example, record: r,
		full:  `203.0.113.7 - ann [06/Sep/2026:05:58:05 +0900] "GET /u/42?x=1 HTTP/1.1" 502 157 "https://example.com/list?page=2" "curl/8.5.0"`,
		saved: `HTTP/1.1" 502`,
		cases: slices.Concat(clfCases, combinedCases),
		traffic: func(i int, at time.Time) string {
			agent := "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"
			if i%10 == 0 {
				agent = `\"Mozilla\"/5.0 \x22compatible\x22`
			}
			return fmt.Sprintf(`203.0.113.%d - - [%s] "GET /users/%d?page=%d HTTP/1.1" %d %d "https://example.com/users?page=2" "%s"`,
				i%256, at.Format("02/Jan/2006:15:04:05 -0700"), i, i%9, statusAt(i), i*37, agent)
		},
	}
}

func commonConformance() conformance {
	r := accesslog.Record{
		Time: morning, Method: "GET", Path: "/u/42", Status: accesslog.Some(502), ResponseBytes: some(157),
		ClientIP: "203.0.113.7", Proto: "1.1",
	}
	example := r
	example.Status = accesslog.Some(200)
	return conformance{
		format: common, example: example, record: r,
		full:  `203.0.113.7 - ann [06/Sep/2026:05:58:05 +0900] "GET /u/42?x=1 HTTP/1.1" 502 157`,
		saved: `HTTP/1.1" 502`, openEnd: true,
		cases: slices.Concat(clfCases, []lineCase{
			{name: "extras", reason: "what follows the size is not read", old: ` 157`, new: ` 157 0.004 "-"`},
			{name: "combined", reason: "nor are the fields of the combined format", old: ` 157`, new: ` 157 "-" "curl/8.5.0"`},
		}),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf(`203.0.113.%d - - [%s] "GET /users/%d?page=%d HTTP/1.1" %d %d`,
				i%256, at.Format("02/Jan/2006:15:04:05 -0700"), i, i%9, statusAt(i), i*37)
		},
	}
}

// noRequest is what becomes of a record whose request is garbage.
func noRequest(r *record) { r.Method, r.Path, r.Proto = "", "", "" }

// noTail is what becomes of one that ends behind its status.
func noTail(r *record) {
	r.ResponseBytes, r.Referer, r.UserAgent = accesslog.Opt[int64]{}, "", ""
}

const request = `GET /u/42?x=1 HTTP/1.1`

// clfCases are lines of the Common Log Format, with or without more behind it.
var clfCases = []lineCase{
	{name: "empty", reason: "an empty line is no request", line: "", none: true, kind: Other},
	{name: "prose", reason: "a line of words is no request", line: "Starting the server on port 8080 [pid 12]", none: true, kind: Other},
	{name: "apache error", reason: "the error log that a container mixes in is told apart", line: `[Sun Sep 06 05:58:05.123456 2026] [core:error] [pid 12:tid 34] [client 203.0.113.7:5123] AH00126: Invalid URI`, none: true, kind: Other},
	{name: "nginx error", reason: "so is nginx's", line: `2026/09/06 05:58:05 [error] 12#12: *1 open() "/x" failed, client: 203.0.113.7, request: "GET /x HTTP/1.1"`, none: true, kind: Other},
	{name: "json", reason: "a JSON line is no CLF", line: `{"level":"info","msg":"listening on [::]:8080","pid":12}`, none: true, kind: Other},
	{name: "no user", reason: "a field too few before the time", old: " - ann ", new: " - ", none: true, kind: Other},
	{name: "no status, no size", reason: "the line ends too early", line: `203.0.113.7 - ann [06/Sep/2026:05:58:05 +0900] "GET /u/42 HTTP/1.1"`, none: true, kind: Truncated},
	{name: "no size", reason: "the status is saved", line: `203.0.113.7 - ann [06/Sep/2026:05:58:05 +0900] "GET /u/42 HTTP/1.1" 502`, want: noTail, kind: Truncated},
	{name: "no size but a space", reason: "the status is saved", line: `203.0.113.7 - ann [06/Sep/2026:05:58:05 +0900] "GET /u/42 HTTP/1.1" 502 `, want: noTail, kind: Truncated},

	{name: "host -", reason: "a host that is not known", old: "203.0.113.7", new: "-", want: func(r *record) { r.ClientIP = "" }},
	{name: "host name", reason: "servers that look names up log the name", old: "203.0.113.7", new: "dsl-7.example.net", want: func(r *record) { r.ClientIP = "dsl-7.example.net" }},
	{name: "IPv6", reason: "an IPv6 client has colons", old: "203.0.113.7", new: "2001:db8::1", want: func(r *record) { r.ClientIP = "2001:db8::1" }},
	{name: "IPv6 loopback", reason: "it begins with a colon", old: "203.0.113.7", new: "::1", want: func(r *record) { r.ClientIP = "::1" }},
	{name: "unix socket", reason: "nginx has no address for a unix socket", old: "203.0.113.7", new: "unix:", want: func(r *record) { r.ClientIP = "unix:" }},
	{name: "user -", reason: "mostly nobody is named", old: "ann", new: "-"},
	{name: "user with spaces", reason: "the client chooses its user name", old: "ann", new: "ann van de smith"},
	{name: "user with a bracket", reason: "a name cannot hide its request", old: "ann", new: "a[nn"},
	{name: "user that opens a bracket", reason: "nor can this one", old: "ann", new: "[ann] x"},
	{name: "user with a quote", reason: "quotes count behind the time alone", old: "ann", new: `a"n\"n`},
	{name: "empty user", reason: "a client can send an empty name", old: "ann", new: ""},
	{name: "NUL in user", reason: "any byte can be in a name", old: "ann", new: "a\x00n"},

	{name: "+0330", reason: "a zone of half an hour", old: "+0900", new: "+0330", want: func(r *record) { r.Time = time.Date(2026, 9, 6, 2, 28, 5, 0, time.UTC) }},
	{name: "-0800", reason: "a zone west of Greenwich", old: "+0900", new: "-0800", want: func(r *record) { r.Time = time.Date(2026, 9, 6, 13, 58, 5, 0, time.UTC) }},
	{name: "next second", reason: "the minute that is remembered has sixty", old: ":58:05", new: ":58:59", want: func(r *record) { r.Time = morning.Add(54 * time.Second) }},
	{name: "next minute", reason: "another minute than the one remembered", old: ":58:05", new: ":59:05", want: func(r *record) { r.Time = morning.Add(time.Minute) }},
	{name: "leap second", reason: "clocks that show it log it", old: "05:58:05", new: "08:59:60", want: func(r *record) { r.Time = time.Date(2026, 9, 6, 0, 0, 0, 0, time.UTC) }},
	{name: "no such second", reason: "a minute has no second 75", old: ":58:05", new: ":58:75", none: true, kind: Malformed},
	{name: "no such month", reason: "a time that is none", old: "Sep", new: "Foo", none: true, kind: Malformed},
	{name: "no such day", reason: "February has no 30th", old: "06/Sep", new: "30/Feb", none: true, kind: Malformed},
	{name: "no such hour", reason: "a day has 24 hours", old: ":05:58", new: ":24:58", none: true, kind: Malformed},
	{name: "no zone", reason: "the format has a zone", old: " +0900]", new: "]", none: true, kind: Malformed},
	{name: "ISO time", reason: "another time in the brackets is another format", old: "06/Sep/2026:05:58:05 +0900", new: "2026-09-06T05:58:05+09:00", none: true, kind: Malformed},
	{name: "NUL time", reason: "zero bytes are no time, though a new parser remembers a minute of them", old: "06/Sep/2026:05:58:05 +0900", new: strings.Repeat("\x00", 17) + ":00 " + strings.Repeat("\x00", 5), none: true, kind: Other},

	{name: "PROPFIND", reason: "WebDAV has methods of its own", old: `"GET`, new: `"PROPFIND`, want: method("PROPFIND")},
	{name: "M-SEARCH", reason: "a method can have a hyphen", old: `"GET`, new: `"M-SEARCH`, want: method("M-SEARCH")},
	{name: "lower-case", reason: "methods are case-sensitive and kept as sent", old: `"GET`, new: `"get`, want: method("get")},
	{name: "SSTP", reason: "a method can have an underscore", old: `"GET /u/42?x=1`, new: `"SSTP_DUPLEX_POST /sra_{BA195980}/`, want: func(r *record) { r.Method, r.Path = "SSTP_DUPLEX_POST", "/sra_{BA195980}/" }},
	{name: "HTTP/1.0", reason: "old clients", old: "HTTP/1.1", new: "HTTP/1.0", want: func(r *record) { r.Proto = "1.0" }},
	{name: "HTTP/2.0", reason: "one spelling for a version", old: "HTTP/1.1", new: "HTTP/2.0", want: func(r *record) { r.Proto = "2" }},
	{name: "HTTP/2", reason: "the other spelling", old: "HTTP/1.1", new: "HTTP/2", want: func(r *record) { r.Proto = "2" }},
	{name: "HTTP/3.0", reason: "one spelling for a version", old: "HTTP/1.1", new: "HTTP/3.0", want: func(r *record) { r.Proto = "3" }},
	{name: "HTTP/0.9", reason: "a request without a version", old: " HTTP/1.1", new: "", want: func(r *record) { r.Proto = "" }},
	{name: "TLS to a plain port", reason: "no method, no path", old: request, new: `\x16\x03\x01\x02`, want: noRequest},
	{name: "raw control bytes", reason: "not every server escapes them", old: request, new: "\x16\x03\x01\x00\xff /", want: noRequest},
	{name: "request -", reason: "the client sent nothing", old: request, new: `-`, want: noRequest},
	{name: "empty request", reason: "or an empty line", old: request, new: ``, want: noRequest},
	{name: "a word", reason: "a scanner's greeting", old: request, new: `MGLNDD_203.0.113.7_80`, want: noRequest},
	{name: "words", reason: "without a version, what is no path is no request", old: request, new: `Hello world`, want: noRequest},
	{name: "method alone", reason: "a request that ends too early", old: request, new: `GET`, want: noRequest},
	{name: "method and space", reason: "a request that ends too early", old: request, new: `GET `, want: noRequest},
	{name: "no target", reason: "a version is no path", old: request, new: `GET HTTP/1.1`, want: noRequest},
	{name: "long method", reason: "no method is as long", old: `"GET`, new: `"` + strings.Repeat("A", 33), want: noRequest},

	{name: "absolute form", reason: "a proxy's request names scheme and host", old: "/u/42?x=1", new: "http://api.example.com:8080/u/42?x=1", want: func(r *record) { r.Scheme, r.Host = "http", "api.example.com:8080" }},
	{name: "absolute without path", reason: "no path is the root", old: "/u/42?x=1", new: "https://api.example.com?x=1", want: func(r *record) { r.Scheme, r.Host, r.Path = "https", "api.example.com", "/" }},
	{name: "authority form", reason: "CONNECT names a host", old: "GET /u/42?x=1", new: "CONNECT example.com:443", want: func(r *record) { r.Method, r.Path = "CONNECT", "example.com:443" }},
	{name: "asterisk form", reason: "OPTIONS asks of the whole server", old: "GET /u/42?x=1", new: "OPTIONS *", want: func(r *record) { r.Method, r.Path = "OPTIONS", "*" }},
	{name: "URL in the path", reason: "a path that holds a URL is no absolute form", old: "/u/42?x=1", new: "/go/http://example.com/", want: path("/go/http://example.com/")},
	{name: "URL in the query", reason: "nor is a query that does", old: "?x=1", new: "?u=http://example.com/"},
	{name: "percent-encoding", reason: "%2F is no slash", old: "/u/42?x=1", new: "/a%20b%2Fc%C3%A9%3Fd", want: path("/a%20b%2Fc%C3%A9%3Fd")},
	{name: "spaces", reason: "the version is behind the last space", old: "/u/42?x=1", new: "/u 42/a b", want: path("/u 42/a b")},
	{name: "fragment", reason: "clients should not send it, some do", old: "?x=1", new: "#top"},
	{name: "no query", reason: "a question mark alone", old: "?x=1", new: "?"},
	{name: `\x22`, reason: "nginx's quote", old: "/u/42?x=1", new: `/a\x22b\x5cc`, want: path(`/a"b\c`)},
	{name: `\"`, reason: "Apache's quote and backslash", old: "/u/42?x=1", new: `/a\"b\\c`, want: path(`/a"b\c`)},
	{name: "false end", reason: "what follows an escaped quote is still the request", old: "/u/42?x=1", new: `/\" 200 1 \"-\"`, want: path(`/" 200 1 "-"`)},
	{name: "escaped bytes", reason: "nginx escapes what is not ASCII", old: "/u/42?x=1", new: `/\xD9\x85\n\r\t\v\b`, want: path("/\u0645\n\r\t\v\b")},
	{name: "no hexadecimal", reason: `\x without digits stands for itself`, old: "/u/42?x=1", new: `/\xZZ\q`, want: path(`/\xZZq`)},
	{name: "UTF-8", reason: "not every server escapes it", old: "/u/42?x=1", new: "/م/é", want: path("/م/é")},
	{name: "invalid UTF-8", reason: "bytes are kept as they are", old: "/u/42?x=1", new: "/\xff\xfe", want: path("/\xff\xfe")},
	{name: "NUL in the path", reason: "bytes are kept as they are", old: "/u/42?x=1", new: "/\x00", want: path("/\x00")},
	{name: "long path", reason: "a mebibyte is a path, too", old: "/u/42?x=1", new: "/" + strings.Repeat("a", 1<<20), want: path("/" + strings.Repeat("a", 1<<20))},
	{name: "many quotes", reason: "the end must be found in linear time", old: "/u/42?x=1", new: "/" + strings.Repeat("a", 1<<19) + strings.Repeat(`\"`, 1<<18), want: path("/" + strings.Repeat("a", 1<<19) + strings.Repeat(`"`, 1<<18))},
	{name: "no quotes", reason: "the format has them", old: `"` + request + `"`, new: request, none: true, kind: Malformed},

	{name: "000", reason: "nginx sent nothing, and knows it", old: " 502 ", new: " 000 ", want: status(0)},
	{name: "444", reason: "nginx closed the connection", old: " 502 ", new: " 444 ", want: status(444)},
	{name: "499", reason: "the client closed it", old: " 502 ", new: " 499 ", want: status(499)},
	{name: "status -", reason: "unknown", old: " 502 ", new: " - ", want: func(r *record) { r.Status = accesslog.Opt[int]{} }},
	{name: "four digits", reason: "no status", old: " 502 ", new: " 5022 ", none: true, kind: Malformed},
	{name: "letters", reason: "no status", old: " 502 ", new: " 5o2 ", none: true, kind: Malformed},
	{name: "quoted status", reason: "no status", old: " 502 ", new: ` "502" `, none: true, kind: Malformed},
	{name: "bytes -", reason: "unknown, not 0", old: " 157", new: " -", want: func(r *record) { r.ResponseBytes = accesslog.Opt[int64]{} }},
	{name: "bytes 0", reason: "0, not unknown", old: " 157", new: " 0", want: func(r *record) { r.ResponseBytes = some(0) }},
	{name: "many bytes", reason: "a size is of 64 bits", old: " 157", new: " 123456789012345678", want: func(r *record) { r.ResponseBytes = some(123456789012345678) }},
	{name: "too many bytes", reason: "no size overflows", old: " 157", new: " 99999999999999999999", none: true, kind: Malformed},
	{name: "negative bytes", reason: "no size", old: " 157", new: " -157", none: true, kind: Malformed},
	{name: "bytes with decimals", reason: "no size", old: " 157", new: " 1.57", none: true, kind: Malformed},
}

// combinedCases are those of what stands behind the Common Log Format.
var combinedCases = []lineCase{
	{name: "referer and agent -", reason: "unknown", old: `"https://example.com/list?page=2" "curl/8.5.0"`, new: `"-" "-"`, want: func(r *record) { r.Referer, r.UserAgent = "", "" }},
	{name: "referer and agent empty", reason: "unknown", old: `"https://example.com/list?page=2" "curl/8.5.0"`, new: `"" ""`, want: func(r *record) { r.Referer, r.UserAgent = "", "" }},
	{name: "escaped agent", reason: "both ways to write a quote", old: "curl/8.5.0", new: `a\"b\x22c\\`, want: func(r *record) { r.UserAgent = `a"b"c\` }},
	{name: "escaped twice", reason: "two decoded fields of one line do not mix", old: `"https://example.com/list?page=2" "curl/8.5.0"`, new: `"/\x41" "\x42"`, want: func(r *record) { r.Referer, r.UserAgent = "/A", "B" }},
	{name: "NUL and invalid UTF-8", reason: "bytes are kept as they are", old: "curl/8.5.0", new: "\x00\xff", want: func(r *record) { r.UserAgent = "\x00\xff" }},
	{name: "long agent", reason: "a mebibyte is an agent, too", old: "curl/8.5.0", new: strings.Repeat("x", 1<<20), want: func(r *record) { r.UserAgent = strings.Repeat("x", 1<<20) }},
	{name: "request time", reason: "many append it", old: `"curl/8.5.0"`, new: `"curl/8.5.0" 0.004 0.004, 0.012`},
	{name: "more in quotes", reason: "or the forwarded-for header", old: `"curl/8.5.0"`, new: `"curl/8.5.0" "203.0.113.9, 10.0.0.1" rt=0.004`},
	{name: "cut extras", reason: "what is not read may be cut", old: `"curl/8.5.0"`, new: `"curl/8.5.0" "203.0.1`},
	{name: "no referer", reason: "the line ends too early; its size may, too", old: ` "https://example.com/list?page=2" "curl/8.5.0"`, new: ``, want: noTail, kind: Truncated},
	{name: "no agent", reason: "the line ends too early", old: ` "curl/8.5.0"`, new: ``, want: func(r *record) { r.UserAgent = "" }, kind: Truncated},
	{name: "no quotes behind", reason: "another format", old: `"https://example.com/list?page=2" "curl/8.5.0"`, new: `0.004`, none: true, kind: Malformed},
}
