package format

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// tookLines are requests of a writer that has the values for the duration under key, in turn.
func tookLines(key string, values ...string) [][]byte {
	var lines [][]byte
	for i := range 60 {
		lines = append(lines, fmt.Appendf(nil, `{"time":"2026-09-06T05:58:05Z","msg":"x","method":"GET","path":"/u/%d","status":200,"%s":%s}`, i, key, values[i%len(values)]))
	}
	return lines
}

// TestRenewUnit: a server that is upgraded may log durations in another unit under the same key.
func TestRenewUnit(t *testing.T) {
	ms, ns := []string{"1.25", "3.5", "0.75"}, []string{"1250000", "3500000", "750000"}
	for _, tt := range []struct {
		reason      string
		key         string
		first, then []string
		fits        bool
		unit        Unit          // of then
		is          time.Duration // the first of then
	}{
		{"fractions of milliseconds become whole nanoseconds", "took", ms, ns, false, Nanoseconds, 1250 * time.Microsecond},
		{"and back", "took", ns, ms, false, Milliseconds, 1250 * time.Microsecond},
		{"seconds become nanoseconds", "took", []string{"0.00125", "0.0035"}, ns, false, Nanoseconds, 1250 * time.Microsecond},
		{"the server is slow", "took", []string{"1.25", "0.5"}, []string{"2500.25", "900.5"}, false, Milliseconds, 2500250 * time.Microsecond},
		{"the server is slower", "took", []string{"1.25", "0.5"}, []string{"12.5", "90.5"}, true, Milliseconds, 12500 * time.Microsecond},
		{"the key names the unit", "duration_ms", ms, []string{"1250000", "3500000"}, false, Milliseconds, 1250 * time.Second},
		{"no durations any more", "took", ms, []string{"null"}, false, Milliseconds, 0},
	} {
		first, then := tookLines(tt.key, tt.first...), tookLines(tt.key, tt.then...)
		d, err := Detect(first, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if d.Fits(then) != tt.fits || !d.Fits(first) {
			t.Errorf("%s: it fits: %v, want %v", tt.reason, d.Fits(then), tt.fits)
		}
		renewed := d.Renew(then, Options{})
		if renewed.Unit != tt.unit || renewed.Format != d.Format || !renewed.Fits(then) {
			t.Errorf("%s: %s in %s, want %s: %s", tt.reason, renewed.Format.Name, renewed.Unit, tt.unit, renewed.Why)
		}
		if said := strings.Contains(renewed.Why, "further on, durations are in"); said != (tt.unit != d.Unit) || said && !renewed.Guessed {
			t.Errorf("%s: guessed %v because %q", tt.reason, renewed.Guessed, renewed.Why)
		}
		var got accesslog.Opt[time.Duration]
		_ = renewed.NewParser().Parse(then[0], func(r *accesslog.Record) { got = r.Duration })
		if got.Value != tt.is {
			t.Errorf("%s: %v, want %v", tt.reason, got, tt.is)
		}
	}
}
