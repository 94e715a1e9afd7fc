package format

import (
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// jump is how many times longer or shorter durations mostly get where their unit changes under the
// same key, and seldom where a server gets slow. It only makes Renew look at the values again.
const jump = 300

// look returns the lines that give no record, and the median of the durations of the others, 0
// where none is known.
func (d *Detection) look(lines [][]byte) (unread [][]byte, median time.Duration) {
	p := d.NewParser()
	var took []time.Duration
	for _, line := range lines {
		read := false
		_ = p.Parse(line, func(r *accesslog.Record) {
			if read = true; r.Duration.Known {
				took = append(took, r.Duration.Value)
			}
		})
		if !read {
			unread = append(unread, line)
		}
	}
	if len(took) == 0 {
		return unread, 0
	}
	slices.Sort(took)
	return unread, took[len(took)/2]
}

// jumped reports whether durations are so far from those of the sample that they may be in another
// unit, or are none at all, where it is the lines that told the unit.
func (d *Detection) jumped(median time.Duration) bool {
	if d.Format.Unit != "" || d.median == 0 {
		return false
	}
	return median/jump >= d.median || median <= d.median/jump
}

// inUnit returns how the lines of sample are read if only the unit of their durations is another:
// a server was upgraded. It is nil where that is not so.
func (d *Detection) inUnit(sample [][]byte, o *Options) *Detection {
	again, err := Detect(sample, *o)
	if err != nil || again.Format != d.Format || again.LogFormat != d.LogFormat || again.Unit == "" || again.Unit == d.Unit {
		return nil
	}
	again.Guessed = true
	again.Why = d.Why + "; further on, durations are in " + string(again.Unit) + ": " + again.Why
	return again
}
