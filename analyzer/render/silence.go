package render

import (
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
)

// leastSilence is from where on a time without any request is no incident: nobody can tell a server
// that was down from one that nobody asked, and from a log that is missing.
const leastSilence = 2 * time.Hour

// silences tells of the longest time without a request, as far as the bins show it, and how many
// more there are; it is nothing where none is long.
func silences(t analyzer.Timeline, clock func(time.Time) string) []string {
	length := time.Duration(t.IntervalSeconds) * time.Second
	var from, to time.Time // the longest
	n, began := 0, -1
	for i := range t.Bins {
		switch {
		case t.Bins[i].Requests == 0 && began < 0:
			began = i
		case t.Bins[i].Requests > 0 && began >= 0:
			if lasted := time.Duration(i-began) * length; lasted >= leastSilence {
				if n++; lasted > to.Sub(from) {
					from, to = t.Bins[began].Start, t.Bins[i].Start
				}
			}
			began = -1
		}
	}
	if n == 0 {
		return nil
	}
	said := "no request from " + clock(from) + " to " + clock(to) + ", " + duration(to.Sub(from).Seconds())
	if n > 1 {
		said += ", and " + counted(uint64(n-1), "more such time")
	}
	return []string{said, "down, not asked, or a log is missing"}
}
