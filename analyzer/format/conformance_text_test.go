package format

import (
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// anatomy says how a text format writes what all of them have, as it stands in a full line
// whose request is GET /u/42?x=1, whose status is 502 and whose client is 203.0.113.7.
type anatomy struct {
	method string // GET with what is around it
	status string // 502 with what is around it
	// alien is set where a line with no status of HTTP's is taken for another kind of line,
	// because other lines of the server begin alike.
	alien bool
	ipv6  string // how the format writes 2001:db8::1 with its port, if it has one
	ipv4  string
}

// textCases are what every text format of requests is held to.
func textCases(a anatomy) []lineCase {
	change := func(s, old, new string) string { return strings.Replace(s, old, new, 1) }
	noStatus := Malformed
	if a.alien {
		noStatus = Other
	}
	return []lineCase{
		{name: "empty", reason: "an empty line is no request", line: "", none: true, kind: Other},
		{name: "space", reason: "nor is a blank one", line: " ", none: true, kind: Other},
		{name: "prose", reason: "a line of words is no request", line: "Starting the server on port 8080 [pid 12]", none: true, kind: Other},
		{name: "json", reason: "nor is a JSON line", line: `{"level":"info","msg":"listening on [::]:8080","pid":12}`, none: true, kind: Other},
		{name: "nginx error", reason: "nor is an error log's", line: `2026/09/06 05:58:05 [error] 12#12: *1 open() "/x" failed, client: 203.0.113.7, request: "GET /x HTTP/1.1"`, none: true, kind: Other},
		{name: "IPv6", reason: "an IPv6 client has colons", old: a.ipv4, new: a.ipv6, want: func(r *record) { r.ClientIP = "2001:db8::1" }},
		{name: "PROPFIND", reason: "WebDAV has methods of its own", old: a.method, new: change(a.method, "GET", "PROPFIND"), want: method("PROPFIND")},
		{name: "M-SEARCH", reason: "a method can have a hyphen", old: a.method, new: change(a.method, "GET", "M-SEARCH"), want: method("M-SEARCH")},
		{name: "lower-case", reason: "methods are case-sensitive and kept as sent", old: a.method, new: change(a.method, "GET", "get"), want: method("get")},
		{name: "percent-encoding", reason: "%2F is no slash", old: "/u/42?x=1", new: "/a%20b%2Fc%C3%A9%3Fd", want: path("/a%20b%2Fc%C3%A9%3Fd")},
		{name: "UTF-8", reason: "not every server escapes it", old: "/u/42?x=1", new: "/م/é", want: path("/م/é")},
		{name: "invalid UTF-8", reason: "bytes are kept as they are", old: "/u/42?x=1", new: "/\xff\xfe", want: path("/\xff\xfe")},
		{name: "NUL", reason: "bytes are kept as they are", old: "/u/42?x=1", new: "/\x00", want: path("/\x00")},
		{name: "long path", reason: "a mebibyte is a path, too", old: "/u/42?x=1", new: "/" + strings.Repeat("a", 1<<20), want: path("/" + strings.Repeat("a", 1<<20))},
		{name: "no query", reason: "a question mark alone", old: "/u/42?x=1", new: "/u/42?"},
		{name: "status 0", reason: "nothing was sent, and the server knows it", old: a.status, new: change(a.status, "502", "0"), want: func(r *record) { r.Status, r.FailedBy = accesslog.Some(0), "" }},
		{name: "status -", reason: "unknown", old: a.status, new: change(a.status, "502", "-"), want: func(r *record) { r.Status, r.FailedBy = accesslog.Opt[int]{}, "" }},
		{name: "four digits", reason: "no status", old: a.status, new: change(a.status, "502", "5022"), none: true, kind: noStatus},
		{name: "letters", reason: "no status", old: a.status, new: change(a.status, "502", "5o2"), none: true, kind: noStatus},
	}
}

// requestCases are those of formats that write the request in quotes.
var requestCases = []lineCase{
	{name: "HTTP/2.0", reason: "one spelling for a version", old: "HTTP/1.1", new: "HTTP/2.0", want: func(r *record) { r.Proto = "2" }},
	{name: "TLS to a plain port", reason: "no method, no path", old: request, new: `_16_03_01`, want: noRequest},
	{name: "empty request", reason: "the client sent an empty line", old: request, new: ``, want: noRequest},
	{name: "request -", reason: "or nothing", old: request, new: `-`, want: noRequest},
	{name: "asterisk form", reason: "OPTIONS asks of the whole server", old: "GET /u/42?x=1", new: "OPTIONS *", want: func(r *record) { r.Method, r.Path = "OPTIONS", "*" }},
}

// without are the cases but those of these names, whose fate is another in the format.
func without(cases []lineCase, names ...string) []lineCase {
	var out []lineCase
	for _, c := range cases {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+strings.ReplaceAll(c.name, " ", "_")+" ") {
			out = append(out, c)
		}
	}
	return out
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"

var longText = strings.Repeat("a", 1<<20)
