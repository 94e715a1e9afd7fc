package format

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func nginxProxyManagerConformance() conformance {
	r := accesslog.Record{
		Time: morning, Method: "GET", Scheme: "https", Host: "example.com", Path: "/u/42", Status: accesslog.Some(502), ResponseBytes: some(157),
		ClientIP: "203.0.113.7", UserAgent: "curl/8.5.0", Referer: "https://example.com/list", FailedBy: byOrigin,
	}
	example := r
	example.Time, example.Status, example.ResponseBytes = time.Date(2023, 8, 12, 9, 5, 35, 0, time.UTC), accesslog.Some(200), some(123)
	example.Path, example.Referer, example.FailedBy = "/path", "", ""
	return conformance{
		format: nginxProxyManager, example: example, record: r,
		full:  `[06/Sep/2026:05:58:05 +0900] MISS 504, 502 502 - GET https example.com "/u/42?x=1" [Client 203.0.113.7] [Length 157] [Gzip 2.31] [Sent-to 10.0.0.5] "curl/8.5.0" "https://example.com/list?page=2"`,
		saved: ` 502 - GET `,
		cases: slices.Concat(targetCases, []lineCase{
			{name: "empty", reason: "an empty line is no request", line: "", none: true, kind: Other},
			{name: "error log", reason: "a container mixes it in", line: `2026/09/06 05:58:05 [error] 12#12: *1 connect() failed, client: 203.0.113.7`, none: true, kind: Other},
			{name: "time alone", reason: "fields are missing", line: `[06/Sep/2026:05:58:05 +0900]`, none: true, kind: Truncated},
			{name: "no such time", reason: "not of this format", old: "06/Sep", new: "30/Feb", none: true, kind: Other},
			{name: "all -", reason: "unknown", old: `"curl/8.5.0" "https://example.com/list?page=2"`, new: `"-" "-"`, want: func(r *record) { r.UserAgent, r.Referer = "", "" }},
			{name: "nobody asked", reason: "it failed itself", old: "504, 502 502", new: "- 502", want: func(r *record) { r.FailedBy = byProxy }},
			{name: "its own failure", reason: "the origin's answer was right", old: "504, 502 502", new: "200 502", want: func(r *record) { r.FailedBy = byProxy }},
			{name: "444", reason: "it closed the connection", old: "504, 502 502", new: "- 444", want: func(r *record) { r.Status, r.FailedBy = accesslog.Some(444), "" }},
			{name: "499", reason: "the client closed it", old: "504, 502 502", new: "- 499", want: func(r *record) { r.Status, r.FailedBy = accesslog.Some(499), "" }},
			{name: "000", reason: "nothing was sent", old: "504, 502 502", new: "- 000", want: func(r *record) { r.Status, r.FailedBy = accesslog.Some(0), "" }},
			{name: "status 5022", reason: "no status", old: "504, 502 502", new: "- 5022", none: true, kind: Malformed},
			{name: "odd method", reason: "WebDAV has its own", old: " GET ", new: " PROPFIND ", want: method("PROPFIND")},
			{name: "no method", reason: "nginx could not read the request", old: " GET ", new: " - ", want: method("")},
			{name: "IPv6", reason: "its colons stay", old: "203.0.113.7", new: "2001:db8::1", want: func(r *record) { r.ClientIP = "2001:db8::1" }},
			{name: "escaped agent", reason: "nginx's quote", old: "curl/8.5.0", new: `a\x22b`, want: func(r *record) { r.UserAgent = `a"b` }},
			{name: "trailing extras", reason: "what was added behind is not read", old: `page=2"`, new: `page=2" 0.004`},
			{name: "Length -", reason: "unknown", old: "[Length 157]", new: "[Length -]", want: func(r *record) { r.ResponseBytes = accesslog.Opt[int64]{} }},
		}),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf(`[%s] - %d %d - GET https shop%d.example.com "/users/%d?page=%d" [Client 203.0.113.%d] [Length %d] [Gzip -] [Sent-to 10.0.0.5] "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) \x22Gecko\x22" "https://example.com/users?page=2"`,
				at.Format("02/Jan/2006:15:04:05 -0700"), statusAt(i), statusAt(i), i%3, i, i%9, i%256, i*37)
		},
	}
}

// targetCases are of the request target between quotes.
var targetCases = []lineCase{
	{name: "percent-encoding", reason: "%2F is no slash", old: "/u/42?x=1", new: "/a%20b%2Fc", want: path("/a%20b%2Fc")},
	{name: "spaces", reason: "the quote ends it, not a space", old: "/u/42?x=1", new: "/a b", want: path("/a b")},
	{name: "false end", reason: "what follows an escaped quote is still the path", old: "/u/42?x=1", new: `/\" 200`, want: path(`/" 200`)},
	{name: "NUL", reason: "bytes are kept as they are", old: "/u/42?x=1", new: "/\x00", want: path("/\x00")},
	{name: "invalid UTF-8", reason: "bytes are kept as they are", old: "/u/42?x=1", new: "/\xff\xfe", want: path("/\xff\xfe")},
	{name: "long path", reason: "a mebibyte is a path, too", old: "/u/42?x=1", new: "/" + strings.Repeat("a", 1<<20), want: path("/" + strings.Repeat("a", 1<<20))},
	{name: "path -", reason: "unknown", old: "/u/42?x=1", new: "-", want: path("")},
	{name: "no path", reason: "unknown", old: "/u/42?x=1", new: "", want: path("")},
}

func FuzzNginxProxyManager(f *testing.F) { fuzzParser(f, nginxProxyManager, holdsForeign) }

func TestProxyManagerStandard(t *testing.T) {
	const line = `[12/Aug/2023:09:05:35 +0000] 301 - GET http example.com "/path" [Client 203.0.113.7] [Length 166] [Gzip -] "curl/8.5.0" "-"`
	d, err := Detect(toLines(line), Options{})
	if err != nil || d.Format != nginxProxyManager {
		t.Fatalf("%+v, %v", d, err)
	}
	got := parse(t, d.NewParser(), line)
	if got.Err != nil || got.Records[0].Status != accesslog.Some(301) || got.Records[0].Host != "example.com" || got.Records[0].ResponseBytes != some(166) {
		t.Errorf("%+v", got)
	}
}
