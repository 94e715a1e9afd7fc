package analyzer

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Wherever in a file the server changes how it logs: each line is read as it was written.
func TestChangeInTheMidst(t *testing.T) {
	slog := func(n int, duration string) string {
		at := noon.Add(time.Duration(n) * time.Second).Format(time.RFC3339)
		return fmt.Sprintf(`{"time":%q,"level":"INFO","msg":"request","method":"GET","path":"/u/%d","status":200,"duration":%s}`, at, n%50, duration) + "\n"
	}
	nanos := func(n int) string { return slog(n, fmt.Sprint(1_000_000+n%7*1000)) }
	millis := func(n int) string { return slog(n, fmt.Sprintf("1.%03d001", n%7)) }
	plain := func(n int) string {
		return fmt.Sprintf("192.0.2.%d - - [%s] \"GET /u/%d HTTP/1.1\" 503 157 \"-\" \"curl/8.5.0\"\n", n%200, noon.Add(time.Duration(n)*time.Second).Format("02/Jan/2006:15:04:05 -0700"), n%50)
	}
	ours := func(n int) string {
		return fmt.Sprintf(`{"time":%q,"msg":"http_request","method":"GET","path":"/u/%d","status":503,"duration_ms":1.000}`, noon.Add(time.Duration(n)*time.Second).Format(time.RFC3339), n%50) + "\n"
	}
	for _, tt := range []struct {
		reason        string
		before, after func(int) string
		max           float64 // ms of the longest duration; 0 is unknown
	}{
		{"nanoseconds, and then milliseconds under the same key", nanos, millis, 1.006001},
		{"text, and then JSON", plain, millis, 1.006001},
		{"JSON, and then text", nanos, plain, 1.006},
		{"text, and then ours", plain, ours, 1},
	} {
		// The first block and the last line of one, and places all over one that is neither.
		perBlock := blockSize / len(tt.before(100_000))
		for _, first := range []int{perBlock + 1, perBlock + perBlock/2, 2*perBlock - 30, 2*perBlock - 3} {
			var b strings.Builder
			for n := range first {
				b.WriteString(tt.before(n))
			}
			for n := range 5_000 {
				b.WriteString(tt.after(first + n))
			}
			r := run(t, Options{}, text("log", b.String()))
			if r.Requests != uint64(first+5_000) || r.Lines.Accepted != uint64(first+5_000) {
				t.Errorf("%s, from line %d on: %d requests of %d lines, %+v", tt.reason, first+1, r.Requests, first+5_000, r.Lines)
			}
			if r.Latency.Max == nil || *r.Latency.Max != tt.max {
				t.Errorf("%s, from line %d on: the longest takes %v ms, want %v", tt.reason, first+1, *r.Latency.Max, tt.max)
			}
		}
	}
}
