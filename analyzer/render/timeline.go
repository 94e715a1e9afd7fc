package render

import (
	"math"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
)

var eighths = [...]string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"}

// bar draws a share as a bar, of which w columns are the whole. Something is always
// drawn of what is not nothing.
func bar(share float64, w int) string {
	if math.IsNaN(share) || share <= 0 {
		return ""
	}
	n := int(math.Round(min(share, 1) * float64(w) * 8))
	n = max(n, 1)
	return strings.Repeat("█", n/8) + eighths[n%8]
}

// spark draws values as columns of equal scale. A zero is a dot, for the lowest block
// would look like a little.
func spark(values []uint64) string {
	var top uint64
	for _, v := range values {
		top = max(top, v)
	}
	var b strings.Builder
	for _, v := range values {
		if v == 0 {
			b.WriteRune('·')
			continue
		}
		level := int(math.Round(float64(v) / float64(top) * 8))
		b.WriteRune('▁' + rune(min(max(level, 1), 8)-1))
	}
	return b.String()
}

// timeline draws failures and requests over time, one above the other.
func (p *page) timeline(r *analyzer.Report) error {
	p.draw(&chart{timeline: r.Timeline, of: analyzer.Stream5xx})
	return nil
}

// draw prints a timeline, and below it where the incidents are.
func (p *page) draw(c *chart) {
	bins, seconds := c.timeline.Bins, c.timeline.IntervalSeconds
	if len(bins) < 2 || seconds < 1 {
		return
	}
	left := len(indent) + keyWidth + len(indent)
	room := p.width - left
	beside := room-peakWidth >= 24 // whether the peaks have room beside the columns
	if beside {
		room -= peakWidth
	}
	merge := merged(len(bins), seconds, room)
	drawn := 0
	for _, row := range []struct {
		key   string
		style style
		of    func(*analyzer.Bin) uint64
	}{
		{speakOf(c.of).head, bad, func(b *analyzer.Bin) uint64 { return b.Failures }},
		{"Requests", normal, func(b *analyzer.Bin) uint64 { return b.Requests }},
	} {
		values, peak := columns(bins, merge, row.of)
		n := row.of(&bins[peak])
		if n == 0 {
			continue
		}
		drawn = len(values)
		s := indent + p.paint(heading, row.key) + strings.Repeat(" ", left-len(indent)-len(row.key)) + p.paint(row.style, spark(values))
		about := "peak " + count(n) + " " + per(seconds) + " at " + p.clock(bins[peak].Start, p.clockFor(seconds))
		if beside && left+drawn+2+width(about) <= p.width {
			p.line(s + "  " + about)
			continue
		}
		p.line(s)
		p.hung(left, normal, " ", about)
	}
	if drawn == 0 {
		return
	}
	if len(c.incidents) > 0 {
		row := marks(bins, time.Duration(seconds)*time.Second, merge, c.incidents)
		p.line(indent + p.paint(heading, "Incident") + strings.Repeat(" ", left-len(indent)-len("Incident")) + p.paint(bad, row))
	}
	p.axis(bins, seconds, merge, drawn)
}

// marks draws where incidents are: a thick line while they were on, a broken one where they may
// have been.
func marks(bins []analyzer.Bin, length time.Duration, merge int, incidents []analyzer.Incident) string {
	var b strings.Builder
	for i := 0; i < len(bins); i += merge {
		from, mark := bins[i].Start, ' '
		to := bins[min(i+merge, len(bins))-1].Start.Add(length)
		for k := range incidents {
			in := &incidents[k]
			switch {
			case from.Before(in.EndLow) && to.After(in.StartHigh):
				mark = '━'
			case from.Before(in.EndHigh) && to.After(in.StartLow) && mark == ' ':
				mark = '╌'
			}
		}
		b.WriteRune(mark)
	}
	return strings.TrimRight(b.String(), " ")
}

// peakWidth is the room for "  peak 1,234 in 10 min at 20 Nov 14:41".
const peakWidth = 38

// axis tells, below the columns, when the first begins and the last ends, and how long
// one is.
func (p *page) axis(bins []analyzer.Bin, seconds int64, merge, drawn int) {
	layout := p.clockFor(seconds)
	from := p.clock(bins[0].Start, layout)
	to := p.clock(bins[len(bins)-1].Start.Add(time.Duration(seconds)*time.Second), layout)
	note := "a column is " + interval(seconds*int64(merge))
	parts := []string{from + " – " + to, note}
	if space := drawn - width(from) - width(to); space >= 1 {
		parts[0] = from + strings.Repeat(" ", space) + to
	}
	p.hung(len(indent)+keyWidth+len(indent), faint, "  ", parts...)
}

// merged is how many bins one column stands for, so that all fit in room columns. A
// column is as long as people count time, if that costs little.
func merged(bins int, seconds int64, room int) int {
	least := (bins + room - 1) / room
	for _, s := range []int64{5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800, 604800} {
		if k := s / seconds; s%seconds == 0 && k >= int64(least) && k <= 2*int64(least) {
			return int(k)
		}
	}
	return max(1, least)
}

// columns adds up each run of merge bins, and finds the bin with most, the first if
// there are several.
func columns(bins []analyzer.Bin, merge int, of func(*analyzer.Bin) uint64) (values []uint64, peak int) {
	for i := range bins {
		n := of(&bins[i])
		if n > of(&bins[peak]) {
			peak = i
		}
		if i%merge == 0 {
			values = append(values, 0)
		}
		last := &values[len(values)-1]
		if *last += n; *last < n {
			*last = math.MaxUint64
		}
	}
	return values, peak
}

// clockFor is how the start of a bin is told. Bins of days have no time of day.
func (p *page) clockFor(seconds int64) string {
	switch {
	case seconds%60 != 0:
		return "15:04:05"
	case seconds%86400 != 0 || !p.dated:
		return "15:04"
	default:
		return ""
	}
}
