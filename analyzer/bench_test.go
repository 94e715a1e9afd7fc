package analyzer

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/loganalyze/loganalyze/analyzer/internal/traffic"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var benchMB = flag.Int("bench-mb", 64, "MiB of log that BenchmarkRun reads")

// BenchmarkRun is the whole way from a file to the report. The log has -bench-mb MiB, of
// which the first 8 are repeated.
func BenchmarkRun(b *testing.B) {
	for _, f := range []struct {
		name string
		line traffic.Line
		o    traffic.Options
	}{{"loganalyze", traffic.Ours, traffic.Options{}}, {"combined", traffic.Combined, traffic.Options{Unique: .5}}} {
		part := traffic.Log(f.o, f.line, min(*benchMB, 8)<<20)
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
	t := traffic.New(traffic.Options{Unique: .5})
	for _, kind := range []string{"logged", "learned"} {
		records := make([]accesslog.Record, 10_000)
		for i := range records {
			t.Next(&records[i])
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
