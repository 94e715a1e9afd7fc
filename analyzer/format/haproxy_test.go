package format

import (
	"fmt"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func haproxyConformance() conformance {
	full := accesslog.Record{
		Time: morning.Add(310 * time.Millisecond), Method: "GET", Path: "/u/42", Proto: "1.1", Status: accesslog.Some(502),
		ResponseBytes: some(157), Duration: dur(226 * time.Millisecond), ClientIP: "203.0.113.7",
		FailedBy: "origin", Error: "the server aborted before its headers were complete",
	}
	return conformance{
		format: haproxy,
		example: accesslog.Record{
			Time: time.Date(2009, 2, 6, 12, 14, 14, 655e6, time.UTC), Method: "GET", Path: "/index.html", Proto: "1.1", Status: accesslog.Some(200),
			ResponseBytes: some(2750), Duration: dur(109 * time.Millisecond), ClientIP: "10.0.1.2",
		},
		record: full,
		full:   `203.0.113.7:33317 [05/Sep/2026:20:58:05.310] www~ static/srv1 10/0/30/69/226 502 157 - - SH-- 1/1/1/1/0 0/0 {api.example.com|curl/8.5.0} {} "GET /u/42?x=1 HTTP/1.1"`,
		saved:  `/226 502 `,
		cases: slices.Concat(
			without(textCases(anatomy{method: `"GET `, status: " 502 ", alien: true, ipv4: "203.0.113.7", ipv6: "2001:db8::1"}), "status_0", "status_-"),
			requestCases, haproxyCases),
		traffic: func(i int, at time.Time) string {
			captured := ""
			if i%3 == 0 {
				captured = "{" + firefox + "} {} "
			}
			return fmt.Sprintf(`203.0.113.%d:33317 [%s] www~ api/srv%d 0/0/1/%d/%d %d %d - - ---- 2/1/0/0/0 0/0 %s"GET /users/%d?page=%d HTTP/1.1"`,
				i%256, at.UTC().Format("02/Jan/2006:15:04:05.000"), i%4, i%1000, i%1000+3, statusAt(i), i*37, captured, i, i%9)
		},
	}
}

var haproxyCases = []lineCase{
	{name: "nothing captured", reason: "captures are configured", old: ` {api.example.com|curl/8.5.0} {}`, new: ``},
	{name: "one capture", reason: "of requests alone, say", old: ` {api.example.com|curl/8.5.0} {}`, new: ` {|||}`},
	{name: "a captured quote", reason: "HAProxy escapes it", old: `curl/8.5.0`, new: `a#22b`},
	{name: "extras", reason: "option httpslog has more", old: `HTTP/1.1"`, new: `HTTP/1.1" 0/0/0/0/0 1wt.eu/TLSv1.3/TLS_AES_256_GCM_SHA384`},
	{name: "escapes", reason: "two hexadecimal digits behind a #", old: "/u/42?x=1", new: "/a#22b#5Cc#zz", want: path(`/a"b\c`)},
	{name: "backslashes", reason: "they escape nothing", old: "/u/42?x=1", new: `/a\x41\`, want: path(`/a\x41\`)},
	{name: "fragment", reason: "clients should not send it, some do", old: "?x=1", new: "#23top"},
	{name: "BADREQ", reason: "no request could be read", old: `0/30/69/226 502 157 - - SH-- 1/1/1/1/0 0/0 {api.example.com|curl/8.5.0} {} "GET /u/42?x=1 HTTP/1.1"`,
		new: `-1/-1/-1/226 400 157 - - PR-- 1/1/1/1/0 0/0 {|} {} "<BADREQ>"`, want: func(r *record) {
			noRequest(r)
			ended(400, "", "the proxy blocked the request: invalid, or denied", "")(r)
		}},
	{name: "NOSRV", reason: "the proxy had no server to ask", old: "static/srv1 10/0/30/69/226 502 157 - - SH--", new: "static/<NOSRV> 10/-1/-1/-1/226 503 157 - - SC--", want: ended(503, "origin", "no server was up", "")},
	{name: "SC", reason: "or one that let nobody in", old: "10/0/30/69/226 502 157 - - SH--", new: "10/0/-1/-1/226 503 157 - - SC--", want: ended(503, "origin", "the server refused the connection", "")},
	{name: "the proxy's own", reason: "it answers some requests itself", old: "static/srv1 10/0/30/69/226 502 157 - - SH--", new: "www~/<NOSRV> 10/-1/-1/-1/226 503 157 - - LR--", want: ended(503, "proxy", "", "")},
	{name: "the server's own", reason: "nothing went wrong on the way", old: "SH--", new: "----", want: ended(502, "origin", "", "")},
	{name: "cookies", reason: "the other two characters are about them", old: "SH--", new: "--VN", want: ended(502, "origin", "", "")},
	{name: "too few characters", reason: "TCP has two, and nothing has one", old: "SH--", new: "S", want: ended(502, "origin", "", "")},
	{name: "sH", reason: "the server was too slow", old: "502 157 - - SH--", new: "504 157 - - sH--", want: ended(504, "origin", "the server timed out before it answered", "")},
	{name: "sQ", reason: "no server was asked", old: "502 157 - - SH--", new: "503 157 - - sQ--", want: ended(503, "proxy", "no server was free before the queue's timeout", "")},
	{name: "PC", reason: "the proxy was full", old: "502 157 - - SH--", new: "503 157 - - PC--", want: ended(503, "proxy", "the proxy reached a limit of its own", "")},
	{name: "SD", reason: "a status was sent, and not all that belongs to it", old: "502 157 - - SH--", new: "200 157 - - SD--", want: ended(200, "origin", "the server aborted during the transfer", "incomplete")},
	{name: "CD", reason: "the client left while the response was sent", old: "502 157 - - SH--", new: "200 157 - - CD--", want: ended(200, "client", "the client aborted during the transfer", "client_closed")},
	{name: "CC", reason: "or before anything was; nothing sent is -1", old: "502 157 - - SH--", new: "-1 157 - - CC--", want: ended(0, "client", "the client aborted before a server was connected", "client_closed")},
	{name: "cR", reason: "a client that asks for nothing leaves nothing", old: "502 157 - - SH--", new: "408 157 - - cR--", want: ended(408, "", "the client timed out before its request was complete", "")},
	{name: "aborted", reason: "a timer of -1 never came", old: "/226 ", new: "/-1 ", want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
	{name: "logasap", reason: "with a plus, time and size are those so far", old: "/226 502 157 ", new: "/+226 502 +157 ", want: func(r *record) {
		r.Duration, r.ResponseBytes = accesslog.Opt[time.Duration]{}, accesslog.Opt[int64]{}
	}},
	{name: "unix socket", reason: "it has a number for a port", old: "203.0.113.7:33317", new: "unix:1", want: func(r *record) { r.ClientIP = "unix" }},
	{name: "cut in the request", reason: "syslog cuts at 1,024 bytes; what is left of the path could be another", line: `203.0.113.7:33317 [05/Sep/2026:20:58:05.310] www~ static/srv1 10/0/30/69/226 502 157 - - SH-- 1/1/1/1/0 0/0 {} {} "GET /u/4`, want: func(r *record) { r.Path, r.Proto = "", "" }, kind: Truncated},
	{name: "cut in the query", reason: "the path is whole", line: `203.0.113.7:33317 [05/Sep/2026:20:58:05.310] www~ static/srv1 10/0/30/69/226 502 157 - - SH-- 1/1/1/1/0 0/0 {} {} "GET /u/42?x=`, want: func(r *record) { r.Proto = "" }, kind: Truncated},
	{name: "TCP", reason: "a connection is no request", line: `203.0.113.7:33313 [05/Sep/2026:20:58:05.310] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0`, none: true, kind: Other},
	{name: "handshake", reason: "nor is one that failed", line: `203.0.113.7:56224 [05/Sep/2026:20:58:05.310] www/1: SSL handshake failure`, none: true, kind: Other},
	{name: "a proxy that starts", reason: "nor is what HAProxy says of itself", line: `Proxy www started.`, none: true, kind: Other},
	{name: "a server that is down", reason: "nor is what it says of others", line: `Server static/srv1 is DOWN, reason: Layer4 timeout, check duration: 1001ms. 0 active and 0 backup servers left.`, none: true, kind: Other},
	{name: "no such time", reason: "nothing else in the line says so", old: "05/Sep", new: "35/Sep", none: true, kind: Other},
	{name: "no quotes", reason: "what is not a request in quotes is a capture", old: `"GET /u/42?x=1 HTTP/1.1"`, new: `GET /u/42?x=1 HTTP/1.1`, want: noRequest, kind: Truncated},
}
