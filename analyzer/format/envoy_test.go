package format

import (
	"fmt"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func envoyConformance() conformance {
	example := accesslog.Record{
		Time: time.Date(2016, 4, 15, 20, 17, 0, 310e6, time.UTC), Method: "POST", Path: "/api/v1/locations", Proto: "2", Status: accesslog.Some(204),
		RequestBytes: some(154), ResponseBytes: some(0), Duration: dur(226 * time.Millisecond),
		UserAgent: "nsq2http", RequestID: "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2", Host: "locations",
	}
	full := accesslog.Record{
		Time: time.Date(2026, 9, 5, 20, 58, 5, 310e6, time.UTC), Method: "GET", Path: "/u/42", Proto: "1.1", Status: accesslog.Some(503),
		RequestBytes: some(12), ResponseBytes: some(157), Duration: dur(226 * time.Millisecond),
		UserAgent: "curl/8.5.0", RequestID: "9f2c", Host: "api.example.com",
	}
	return conformance{
		format: envoy, example: example, record: full,
		full:  `[2026-09-05T20:58:05.310Z] "GET /u/42?x=1 HTTP/1.1" 503 UF 12 157 226 - "10.0.35.28" "curl/8.5.0" "9f2c" "api.example.com" "10.0.2.1:80"`,
		saved: `HTTP/1.1" 503 `,
		cases: []lineCase{
			{name: "empty", reason: "an empty line is no request", line: "", none: true, kind: Other},
		},
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf(`[%s] "GET /users/%d?page=%d HTTP/1.1" %d - 0 %d %d 12 "203.0.113.%d" "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0" "0190f2c4-6d1e-7c52-9a30-%012d" "api.example.com" "10.0.2.1:80"`,
				at.UTC().Format("2006-01-02T15:04:05.000Z"), i, i%9, statusAt(i), i*37, i%1000, i%256, i)
		},
	}
}
