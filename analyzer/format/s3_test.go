package format

import (
	"fmt"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

const s3Owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"

func s3Conformance() conformance {
	return conformance{
		format: s3,
		example: accesslog.Record{
			Time: time.Date(2026, 9, 6, 5, 58, 5, 0, time.UTC), Method: "PUT", Path: "/photos/2026/09/puppy.jpg", Proto: "1.1", Status: accesslog.Some(200),
			Duration: dur(41754 * time.Millisecond), ClientIP: "192.0.2.3", RequestID: "DD6CC733AEXAMPLE", UserAgent: "S3Console/0.4", Host: "photos.s3.us-west-1.amazonaws.com",
		},
		record: accesslog.Record{
			Time: morning, Method: "GET", Path: "/u/42", Proto: "1.1", Status: accesslog.Some(502), Error: "InternalError",
			ResponseBytes: some(157), Duration: dur(226 * time.Millisecond), ClientIP: "203.0.113.7", RequestID: "DD6C",
			Referer: "https://example.com/list", UserAgent: "curl/8.5.0", Host: "photos.s3.amazonaws.com",
		},
		full: s3Owner + ` photos [06/Sep/2026:05:58:05 +0900] 203.0.113.7 - DD6C REST.GET.OBJECT u/42 "GET /u/42?x=1 HTTP/1.1" 502 InternalError 157 4406 226 28 "https://example.com/list?page=2" "curl/8.5.0" - s9lz= SigV4 ECDHE AuthHeader photos.s3.amazonaws.com TLSV1.2 - -`,
		// The columns behind the agent are newer.
		saved: `HTTP/1.1" 502 `, openEnd: true,
		cases: slices.Concat(
			textCases(anatomy{method: `"GET `, status: " 502 ", ipv4: "203.0.113.7", ipv6: "2001:db8::1"}),
			requestCases, s3Cases),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf(`%s photos [%s] 203.0.113.%d - DD6CC733A%07d REST.GET.OBJECT users/%d "GET /users/%d?versionId=%d HTTP/1.1" %d - %d %d %d 28 "-" "%s" - 9vKBE6vMhrNiWHZmb2L0mXOcqPGzQOI5XLnCtZNPxev= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader photos.s3.us-west-1.amazonaws.com TLSV1.2 - -`,
				s3Owner, at.Format("02/Jan/2006:15:04:05 -0700"), i%256, i, i, i, i%9, statusAt(i), i*37, i*37, i%1000, firefox)
		},
	}
}

var s3Cases = []lineCase{
	{name: "request - without quotes", reason: "S3 leaves them out for what is unknown", old: `"` + request + `"`, new: `-`, want: noRequest},
	{name: "referer and agent - without quotes", reason: "here, too", old: `"https://example.com/list?page=2" "curl/8.5.0"`, new: `- -`, want: func(r *record) { r.Referer, r.UserAgent = "", "" }},
	{name: "referer and agent -", reason: "and with quotes", old: `"https://example.com/list?page=2" "curl/8.5.0"`, new: `"-" "-"`, want: func(r *record) { r.Referer, r.UserAgent = "", "" }},
	{name: "no error", reason: "mostly there is none", old: "InternalError", new: "-", want: func(r *record) { r.Error = "" }},
	{name: "bytes and times -", reason: "unknown", old: "157 4406 226 28", new: "- - - -", want: func(r *record) {
		r.ResponseBytes, r.Duration = accesslog.Opt[int64]{}, accesslog.Opt[time.Duration]{}
	}},
	{name: "a website's", reason: "a bucket can be one", old: "REST.GET.OBJECT", new: "WEBSITE.GET.OBJECT"},
	{name: "a rule's", reason: "S3 itself expired the object", line: s3Owner + ` photos [06/Sep/2026:05:58:05 +0900] - AmazonS3 DD6C S3.EXPIRE.OBJECT u/42 "-" - - - 12 - - "-" "-" - - - - - - -`, none: true, kind: Other},
	{name: "a batch's", reason: "each object of a batch has a line beside the request's", line: s3Owner + ` photos [06/Sep/2026:05:58:05 +0900] 203.0.113.7 - DD6C BATCH.DELETE.OBJECT u/42 - 204 - - 1 - - - - - - - - - - -`, none: true, kind: Other},
	{name: "a quote in the agent", reason: "S3 writes quotes as they are", old: "curl/8.5.0", new: `a"b\`, want: func(r *record) { r.UserAgent = `a"b\` }},
	{name: "backslashes", reason: "and backslashes, which escape nothing", old: "/u/42?x=1", new: `/a\x41`, want: path(`/a\x41`)},
	{name: "older line", reason: "the columns behind the agent are newer", old: ` - s9lz= SigV4 ECDHE AuthHeader photos.s3.amazonaws.com TLSV1.2 - -`, new: ``, want: func(r *record) { r.Host = "" }},
	{name: "extras", reason: "and there may be more", old: ` TLSV1.2 - -`, new: ` TLSV1.2 - - Yes us-west-1`},
	{name: "fewer fields", reason: "the line ends too early", old: ` 226 28 "https://example.com/list?page=2" "curl/8.5.0" - s9lz= SigV4 ECDHE AuthHeader photos.s3.amazonaws.com TLSV1.2 - -`, new: ``, want: func(r *record) {
		r.Duration, r.Referer, r.UserAgent, r.Host = accesslog.Opt[time.Duration]{}, "", "", ""
	}, kind: Truncated},
	{name: "no such time", reason: "a day of 35", old: "06/Sep", new: "36/Sep", none: true, kind: Other},
	{name: "no quotes", reason: "the format has them", old: `"GET /u/42?x=1 HTTP/1.1"`, new: `GET /u/42?x=1 HTTP/1.1`, none: true, kind: Malformed},
}
