package format

import (
	"fmt"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func albConformance() conformance {
	example := accesslog.Record{
		Time: time.Date(2018, 7, 2, 22, 23, 0, 186641e3, time.UTC), Method: "GET", Path: "/", Scheme: "http", Host: "www.example.com:80", Proto: "1.1",
		Status: accesslog.Some(200), RequestBytes: some(34), ResponseBytes: some(366), Duration: dur(time.Millisecond),
		ClientIP: "192.168.131.39", UserAgent: "curl/7.46.0", TraceID: "Root=1-58337262-36d228ad5d99923122bbe354",
	}
	full := balanced()
	full.TraceID, full.Error = "Root=1-5833", "LambdaTimeout"
	return conformance{
		format: alb, example: example, record: full,
		full: `https 2026-09-05T20:58:05.310000Z app/my-lb/50dc 203.0.113.7:2817 10.0.0.1:80 0.001 0.200 0.025 502 500 12 157 "GET https://api.example.com:443/u/42?x=1 HTTP/1.1" "curl/8.5.0"` +
			` ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:1:targetgroup/t/73 "Root=1-5833" "api.example.com" "arn:aws:acm:us-east-2:1:certificate/2" 1 2026-09-05T20:58:05.084000Z "forward" "-" "LambdaTimeout"`,
		saved: ` 0.025 502 `, openEnd: true,
		cases: slices.Concat(balancerCases, []lineCase{
			{name: "extras", reason: "newer lines have more columns", old: `"LambdaTimeout"`, new: `"LambdaTimeout" "10.0.0.1:80" "500" "-" "-" TID_1`},
			{name: "older line", reason: "and older ones fewer", old: ` "api.example.com" "arn:aws:acm:us-east-2:1:certificate/2" 1 2026-09-05T20:58:05.084000Z "forward" "-" "LambdaTimeout"`, new: ``, want: func(r *record) { r.Error = "" }},
			{name: "no error", reason: "mostly there is none", old: `"LambdaTimeout"`, new: `"-"`, want: func(r *record) { r.Error = "" }},
			{name: "a classic balancer's line", reason: "it has no type, and is of another format", line: elb.Example, none: true, kind: Other},
			{name: "a network balancer's line", reason: "a TLS connection is no request", none: true, kind: Other,
				line: `tls 2.0 2020-04-01T08:51:42 net/my-nlb/c6e7 g3d4b5e8bb8464cd 72.21.218.154:51341 172.100.100.185:443 5 2 98 246 - arn:aws:acm:us-east-2:1:certificate/2 - ECDHE-RSA-AES128-SHA tlsv12 - my-nlb - - -`},
		}),
		traffic: func(i int, at time.Time) string {
			return "h2 " + balancerLine(i, at, "app/my-lb/50dc6c495c0c9188") + fmt.Sprintf(` arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bb%04d" "api.example.com" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`, i)
		},
	}
}

func elbConformance() conformance {
	example := accesslog.Record{
		Time: time.Date(2015, 5, 13, 23, 39, 43, 945958e3, time.UTC), Method: "GET", Path: "/", Scheme: "https", Host: "www.example.com:443", Proto: "1.1",
		Status: accesslog.Some(200), RequestBytes: some(0), ResponseBytes: some(57), Duration: dur(2471 * time.Microsecond),
		ClientIP: "192.168.131.39", UserAgent: "curl/7.38.0",
	}
	return conformance{
		format: elb, example: example, record: balanced(),
		full:  `2026-09-05T20:58:05.310000Z my-lb 203.0.113.7:2817 10.0.0.1:80 0.001 0.200 0.025 502 500 12 157 "GET https://api.example.com:443/u/42?x=1 HTTP/1.1" "curl/8.5.0" DHE-RSA-AES128-SHA TLSv1.2`,
		saved: ` 0.025 502 `, openEnd: true,
		cases: slices.Concat(balancerCases, []lineCase{
			{name: "extras", reason: "what follows is not read", old: ` TLSv1.2`, new: ` TLSv1.2 x "y"`},
			{name: "older line", reason: "the first ones ended with the request", old: ` "curl/8.5.0" DHE-RSA-AES128-SHA TLSv1.2`, new: ``, want: func(r *record) { r.UserAgent = "" }},
			{name: "Envoy's", reason: "where times should be are words", line: `2026-09-05T20:58:05.310000Z [2026-09-05T20:58:05.310Z] "- - -" 0 UF,URX - - "-" 0 0 10 - "-" "-" "-" "-" "10.0.0.1:80" outbound|80||x - 10.44.1.27:80 10.44.1.23:37652 - -`, none: true, kind: Malformed},
			{name: "TCP", reason: "a connection is no request", line: `2026-09-05T20:58:05.310000Z my-lb 203.0.113.7:2817 10.0.0.1:80 0.001 0.000028 0.000041 - - 82 305 "- - - " "-" - -`, none: true, kind: Other},
			{name: "an application balancer's line", reason: "it begins with a type", line: alb.Example, none: true, kind: Other},
		}),
		traffic: func(i int, at time.Time) string { return balancerLine(i, at, "my-lb") },
	}
}

// balanced is the record of the full lines.
func balanced() accesslog.Record {
	return accesslog.Record{
		Time: morning.Add(310 * time.Millisecond), Method: "GET", Path: "/u/42", Scheme: "https", Host: "api.example.com:443", Proto: "1.1",
		Status: accesslog.Some(502), RequestBytes: some(12), ResponseBytes: some(157), Duration: dur(226 * time.Millisecond),
		ClientIP: "203.0.113.7", UserAgent: "curl/8.5.0", FailedBy: "origin",
	}
}

func balancerLine(i int, at time.Time, name string) string {
	return fmt.Sprintf(`%s %s 203.0.113.%d:2817 10.0.0.1:80 0.000 0.%03d 0.000 %d %d 34 %d "GET https://api.example.com:443/users/%d?page=%d HTTP/2.0" "%s" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2`,
		at.UTC().Format("2006-01-02T15:04:05.000000Z"), name, i%256, i%1000, statusAt(i), statusAt(i), i*37, i, i%9, firefox)
}

func hostless(r *record) { r.Scheme, r.Host = "", "" }

// balancerCases are those of both kinds of balancers.
var balancerCases = slices.Concat(
	textCases(anatomy{method: `"GET `, status: " 502 ", ipv4: "203.0.113.7", ipv6: "2001:db8::1"}),
	[]lineCase{
		{name: "IPv6 in brackets", reason: "the other way to part it from the port", old: "203.0.113.7", new: "[2001:db8::1]", want: func(r *record) { r.ClientIP = "2001:db8::1" }},
		{name: "the balancer's own", reason: "no target answered", old: " 502 500 ", new: " 502 - ", want: func(r *record) { r.FailedBy = "proxy" }},
		{name: "another status", reason: "the target said what the balancer did not pass on", old: " 502 500 ", new: " 502 200 ", want: func(r *record) { r.FailedBy = "proxy" }},
		{name: "no failure", reason: "nobody failed", old: " 502 500 ", new: " 404 404 ", want: func(r *record) { r.Status, r.FailedBy = accesslog.Some(404), "" }},
		{name: "never answered", reason: "a part that never came leaves the whole unknown", old: " 0.001 0.200 0.025 ", new: " 0.001 -1 -1 ", want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
		{name: "never dispatched", reason: "as do all", old: " 0.001 0.200 0.025 ", new: " -1 -1 -1 ", want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
		{name: "no target", reason: "unknown", old: " 10.0.0.1:80 ", new: " - "},
		{name: "bytes -", reason: "unknown, not 0", old: " 12 157 ", new: " - - ", want: func(r *record) {
			r.RequestBytes, r.ResponseBytes = accesslog.Opt[int64]{}, accesslog.Opt[int64]{}
		}},
		{name: "escaped agent", reason: "both ways to write a quote", old: "curl/8.5.0", new: `a\"b\x22c\\`, want: func(r *record) { r.UserAgent = `a"b"c\` }},
		{name: "agent -", reason: "unknown", old: "curl/8.5.0", new: "-", want: func(r *record) { r.UserAgent = "" }},
		{name: "garbage", reason: "no method, no path", old: "GET https://api.example.com:443/u/42?x=1 HTTP/1.1", new: "- https://api.example.com:443- ", want: func(r *record) { noRequest(r); hostless(r) }},
		{name: "no time", reason: "nothing tells the line", old: "2026-09-05T20:58:05.310000Z", new: "yesterday", none: true, kind: Other},
	})
