package format

import (
	"fmt"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// traffic is what the benchmarks read, by format: lines as a busy server writes them, a
// few hundred a minute, with something to decode in some.
var traffic = map[string]func(i int, at time.Time) string{
	"loganalyze": func(i int, at time.Time) string {
		return fmt.Sprintf(`{"time":%q,"level":"INFO","msg":"http_request","v":1,"method":"GET","route":"/users/{id}","path":"/users/%d","status":%d,`+
			`"duration_ms":%d.345,"ttfb_ms":1.204,"request_bytes":0,"response_bytes":%d,"client_ip":"203.0.113.%d","host":"api.example.com","scheme":"https",`+
			`"proto":"2","request_id":"0190f2c4-6d1e-7c52-9a30-%012d","user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0","tenant":"caf\u00e9"}`,
			at.UTC().Format("2006-01-02T15:04:05.000000Z"), i, statusAt(i), i%300, i*37, i%256, i)
	},
	"combined": func(i int, at time.Time) string {
		agent := "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"
		if i%10 == 0 {
			agent = `\"Mozilla\"/5.0 \x22compatible\x22`
		}
		return fmt.Sprintf(`203.0.113.%d - - [%s] "GET /users/%d?page=%d HTTP/1.1" %d %d "https://example.com/users?page=2" "%s"`,
			i%256, at.Format("02/Jan/2006:15:04:05 -0700"), i, i%9, statusAt(i), i*37, agent)
	},
	"common": func(i int, at time.Time) string {
		return fmt.Sprintf(`203.0.113.%d - - [%s] "GET /users/%d?page=%d HTTP/1.1" %d %d`,
			i%256, at.Format("02/Jan/2006:15:04:05 -0700"), i, i%9, statusAt(i), i*37)
	},
	"json": func(i int, at time.Time) string {
		return fmt.Sprintf(`{"time_local":%q,"remote_addr":"203.0.113.%d","request":"GET \/users\/%d?page=%d HTTP/1.1","status":"%d","body_bytes_sent":"%d",`+
			`"request_time":"0.%03d","upstream_response_time":"-","http_referrer":"","http_user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",`+
			`"upstream":{"addr":["10.0.0.1:80"],"cached":false}}`,
			at.Format("02/Jan/2006:15:04:05 -0700"), i%256, i, i%9, statusAt(i), i*37, i%1000)
	},
}

func statusAt(i int) int { return []int{200, 200, 200, 304, 200, 404, 200, 502}[i%8] }

// trafficOf is lines of format f, out of order, in a zone of half an hour.
func trafficOf(tb testing.TB, f *Format) (lines [][]byte, size int64) {
	line, ok := traffic[f.Name]
	if !ok {
		tb.Fatalf("there is no traffic for %s", f.Name)
	}
	zone := time.FixedZone("", 3*3600+1800)
	for i := range 512 {
		at := time.Date(2026, 9, 6, 5, 58+i*7%5, i%60, i*1000, zone)
		lines = append(lines, []byte(line(i, at)))
		size += int64(len(lines[i]))
	}
	return lines, size
}

// BenchmarkParse reads 512 lines an operation.
func BenchmarkParse(b *testing.B) {
	for _, f := range Formats() {
		b.Run("format="+f.Name, func(b *testing.B) {
			lines, size := trafficOf(b, f)
			d, err := Detect(lines, f)
			if err != nil {
				b.Fatal(err)
			}
			p := d.NewParser()
			records := 0
			count := func(*accesslog.Record) { records++ }
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				for _, line := range lines {
					if err := p.Parse(line, count); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkDetect decides on a sample of 500 lines, as it is done once for each file.
func BenchmarkDetect(b *testing.B) {
	for _, f := range Formats() {
		b.Run("format="+f.Name, func(b *testing.B) {
			lines, _ := trafficOf(b, f)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Detect(lines[:500]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAllocs holds every parser, behind every wrapper, to no allocation once it is warm.
func TestAllocs(t *testing.T) {
	for _, w := range wrappers {
		for _, f := range Formats() {
			lines, _ := trafficOf(t, f)
			for i := range lines {
				lines[i] = fmt.Appendf(nil, wrappings[w.name], lines[i])
			}
			d, err := Detect(lines)
			if err != nil || d.Format != f {
				t.Fatalf("%s behind %q: %+v, %v", f.Name, w.name, d, err)
			}
			p := d.NewParser()
			records := 0
			count := func(*accesslog.Record) { records++ }
			perRun := testing.AllocsPerRun(3, func() {
				for _, line := range lines {
					if err := p.Parse(line, count); err != nil {
						t.Fatal(err)
					}
				}
			})
			if perRun != 0 {
				t.Errorf("%s behind %q: %v allocations for %d lines, want none", f.Name, w.name, perRun, len(lines))
			}
			if records != 4*len(lines) {
				t.Errorf("%s behind %q: %d records of %d lines", f.Name, w.name, records, 4*len(lines))
			}
		}
	}
}
