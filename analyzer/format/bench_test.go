package format

import (
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// rowOf is the row of conformances that f has.
func rowOf(tb testing.TB, f *Format) conformance {
	for _, c := range conformances() {
		if c.format == f {
			return c
		}
	}
	tb.Fatalf("there is no row of conformances for %s", f.Name)
	return conformance{}
}

func statusAt(i int) int { return []int{200, 200, 200, 304, 200, 404, 200, 502}[i%8] }

// trafficOf is lines of format f, out of order, in a zone of half an hour.
func trafficOf(tb testing.TB, f *Format) (lines [][]byte, size int64) {
	line := rowOf(tb, f).traffic
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
			d, err := Detect(lines, Options{Formats: []*Format{f}})
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
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(records), "ns/record")
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
				if _, err := Detect(lines[:500], Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAllocs holds every parser, and each wrapper before two of them, to no allocation once
// it is warm.
func TestAllocs(t *testing.T) {
	for i, e := range envelopings {
		formats := Formats()
		if i > 0 {
			formats = []*Format{combined, loganalyze}
		}
		for _, f := range formats {
			lines, _ := trafficOf(t, f)
			lines = lines[:64]
			for i := range lines {
				lines[i] = []byte(e.wrap(string(lines[i])))
			}
			d, err := Detect(lines, Options{TZ: time.UTC})
			if err != nil || d.Format != f {
				t.Fatalf("%s behind %q: %+v, %v", f.Name, e.reason, d, err)
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
				t.Errorf("%s behind %q: %v allocations for %d lines, want none", f.Name, e.reason, perRun, len(lines))
			}
			if records != 4*len(lines) {
				t.Errorf("%s behind %q: %d records of %d lines", f.Name, e.reason, records, 4*len(lines))
			}
		}
	}
}
