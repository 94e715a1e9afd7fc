package analyzer

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var benchMB = flag.Int("bench-mb", 64, "MiB of log that BenchmarkRun reads")

// traffic makes the records of a service: 40 routes, of which few have most of the
// requests, 5,000 clients, a failing hour, and scanners.
type traffic struct {
	*rand.Rand
	n int
}

func (t *traffic) next(r *accesslog.Record) {
	t.n++
	r.Reset()
	r.Time = noon.Add(time.Duration(t.n) * 7 * time.Millisecond)
	name := []string{"users", "orders", "carts", "items", "search", "login", "health", "images"}[int(8*math.Pow(t.Float64(), 3))]
	r.Method = []string{"GET", "GET", "GET", "POST", "PUT"}[t.IntN(5)]
	r.Route, r.Path = "/"+name+"/{id}", fmt.Sprintf("/%s/%d", name, t.IntN(100_000))
	r.Status = accesslog.Some([]int{200, 200, 200, 200, 201, 204, 304, 400, 404}[t.IntN(9)])
	if t.n/50_000%5 == 3 && t.IntN(20) == 0 || t.IntN(1000) == 0 {
		r.Status = accesslog.Some([]int{500, 502, 503}[t.IntN(3)])
		r.Error = "db: too many connections"
	}
	if t.IntN(50) == 0 {
		r.Route, r.Path, r.Status = "", fmt.Sprintf("/wp-%x.php", t.IntN(200)), accesslog.Some(404)
	}
	r.Duration = accesslog.Some(time.Duration(math.Exp(t.NormFloat64()*1.2+1.5) * float64(time.Millisecond)))
	r.ResponseBytes = accesslog.Some(t.Int64N(20_000))
	r.ClientIP = fmt.Sprintf("203.0.%d.%d", t.IntN(20), t.IntN(250))
	r.Host, r.Scheme, r.Proto = "api.example.com", "https", "2"
	r.RequestID = fmt.Sprintf("%016x", t.Uint64())
	r.UserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
}

func oursLine(dst []byte, r *accesslog.Record) []byte { return r.AppendJSON(dst) }

func combinedLike(dst []byte, r *accesslog.Record) []byte {
	return fmt.Appendf(dst, "%s - - [%s] \"%s %s HTTP/1.1\" %d %d \"-\" \"%s\"\n",
		r.ClientIP, r.Time.Format("02/Jan/2006:15:04:05 -0700"), r.Method, r.Path, r.Status.Value, r.ResponseBytes.Value, r.UserAgent)
}

// generate writes a log of at least size bytes; the same one each time.
func generate(line func([]byte, *accesslog.Record) []byte, size int) []byte {
	t := &traffic{Rand: rand.New(rand.NewPCG(1, 2))}
	var r accesslog.Record
	b := make([]byte, 0, size+accesslog.MaxLine)
	for len(b) < size {
		t.next(&r)
		b = line(b, &r)
	}
	return b
}

// BenchmarkRun is the whole way from a file to the report. The log has -bench-mb MiB, of
// which the first 8 are repeated.
func BenchmarkRun(b *testing.B) {
	for _, f := range []struct {
		name string
		line func([]byte, *accesslog.Record) []byte
	}{{"loganalyze", oursLine}, {"combined", combinedLike}} {
		part := generate(f.line, min(*benchMB, 8)<<20)
		file := filepath.Join(b.TempDir(), f.name+".log")
		if err := os.WriteFile(file, bytes.Repeat(part, max(*benchMB/8, 1)), 0o666); err != nil {
			b.Fatal(err)
		}
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("format=%s/workers=%d", f.name, workers), func(b *testing.B) {
				b.ReportAllocs()
				lines := uint64(0)
				for b.Loop() {
					report, err := Run(b.Context(), args(b, file), Options{Workers: workers})
					if err != nil {
						b.Fatal(err)
					}
					lines += report.Lines.Read
					b.SetBytes(int64(report.Inputs[0].Bytes))
				}
				b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "lines/s")
			})
		}
	}
}

// BenchmarkAnalysisAdd is what one record costs once it is parsed.
func BenchmarkAnalysisAdd(b *testing.B) {
	t := &traffic{Rand: rand.New(rand.NewPCG(1, 2))}
	for _, kind := range []string{"logged", "learned"} {
		records := make([]accesslog.Record, 10_000)
		for i := range records {
			t.next(&records[i])
			if kind == "learned" {
				records[i].Route = ""
			}
		}
		b.Run("route="+kind, func(b *testing.B) {
			b.ReportAllocs()
			a, i := NewAnalysis(), 0
			for b.Loop() {
				a.Add(&records[i], onLine("log", uint64(i+1)))
				if i++; i == len(records) {
					i = 0
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
