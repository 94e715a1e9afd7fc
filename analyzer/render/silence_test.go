package render

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer"
)

func TestSilences(t *testing.T) {
	const why = "down, not asked, or a log is missing"
	for _, tt := range []struct {
		reason string
		bins   string // of half an hour each
		want   []string
	}{
		{"no bins", "", nil},
		{"none", "xxxx", nil},
		{"too short: that is an incident, or chance", "x...x", nil},
		{"two hours", "x....x", []string{"no request from 14:30 to 16:30, 2 h", why}},
		{"the longest of three", "x....x......x....x", []string{"no request from 17:00 to 20:00, 3 h, and 2 more such times", why}},
	} {
		l := analyzer.Timeline{IntervalSeconds: 1800}
		for i, c := range tt.bins {
			b := analyzer.Bin{Start: at("14:00:00").Add(time.Duration(i) * 30 * time.Minute)}
			if c == 'x' {
				b.Requests = 7
			}
			l.Bins = append(l.Bins, b)
		}
		if diff := cmp.Diff(tt.want, silences(l, func(t time.Time) string { return t.Format("15:04") })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}
