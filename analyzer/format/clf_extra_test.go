package format

import (
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// TestExtraTime checks which column behind the combined format is taken for the duration.
func TestExtraTime(t *testing.T) {
	tests := []struct {
		reason string
		extras []string
		want   time.Duration // of the last line; 0 is unknown
	}{
		{"nginx's $request_time", []string{` 0.004`, ` 12.250`}, 12250 * time.Millisecond},
		{"in quotes", []string{` "0.004"`}, 4 * time.Millisecond},
		{"under a name", []string{` rt=0.004 uct="0.001" urt="0.003"`}, 4 * time.Millisecond},
		{"behind the forwarded-for header", []string{` "10.0.0.1, 10.0.0.2" 0.004`}, 4 * time.Millisecond},
		{"the whole, not that of the upstream before it", []string{` 0.001 0.004`, ` 0.030 0.031`}, 31 * time.Millisecond},
		{"or behind it", []string{` 0.004 0.001`, ` 0.031 0.030`}, 31 * time.Millisecond},
		{"behind a list of tries", []string{` 0.001, 0.002 0.004`, ` 0.003 : 0.007 0.011`}, 11 * time.Millisecond},
		{"not what some lines lack: it is of an upstream", []string{` 0.004`, ` -`, ` 0.004`}, 0},
		{"Apache's %D or %T", []string{` 4021`, ` 3`}, 0},
		{"other decimals", []string{` 0.0040`, ` 1.5`}, 0},
		{"a ratio of compression, of two decimals", []string{` "1.25"`}, 0},
		{"nothing", []string{``}, 0},
	}
	for _, tt := range tests {
		var sample []string
		for _, extra := range tt.extras {
			sample = append(sample, combined.Example+extra)
		}
		d, err := Detect(toLines(sample...), Options{})
		if err != nil || d.Format != combined || (d.Unit == Seconds) != (tt.want > 0) {
			t.Fatalf("%s: %+v, %v", tt.reason, d, err)
		}
		want := accesslog.Opt[time.Duration]{Value: tt.want, Known: tt.want > 0}
		p := d.NewParser()
		for range 2 {
			if got := parse(t, p, sample[len(sample)-1]); len(got.Records) != 1 || got.Records[0].Duration != want {
				t.Errorf("%s: %q gives %+v, want %v", tt.reason, sample, got, want)
			}
		}
		if got := parse(t, p, combined.Example+` "x" soon 0.00`); len(got.Records) != 1 || got.Records[0].Duration.Known {
			t.Errorf("%s: other columns give %+v, want no duration", tt.reason, got)
		}
	}
}
