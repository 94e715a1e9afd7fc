package analyzer

import (
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// timeline counts requests by class and time. Its bins are a second wide; when more than
// maxBins are occupied, their width doubles until they are not. Only occupied bins are
// kept, so that one stray timestamp of 1970 costs a bin and no more.
type timeline struct {
	width   int64 // seconds, a power of two
	bins    map[int64]*timeBin
	recent  [8]recentBin // by the key's last bits: the next record mostly falls in one of them
	undated uint64
	min     time.Time
	max     time.Time
}

type recentBin struct {
	key int64
	bin *timeBin // nil where there is none
}

type timeBin struct {
	classes  ClassCounts
	failures ClassCounts // by class, so that none outgrows its class when they are weighted
}

const maxBins = 1 << 14

func newTimeline() timeline { return timeline{width: 1, bins: map[int64]*timeBin{}} }

func (t *timeline) add(r *accesslog.Record) {
	if r.Time.IsZero() {
		t.undated++
		return
	}
	t.span(r.Time, r.Time)
	b := t.bin(r.Time.Unix())
	b.classes.add(r.Status.Value, 1)
	if r.Failed() {
		b.failures.add(r.Status.Value, 1)
	}
}

func (t *timeline) span(from, to time.Time) {
	if t.min.IsZero() || from.Before(t.min) {
		t.min = from
	}
	if to.After(t.max) {
		t.max = to
	}
}

// bin returns the bin of a second.
func (t *timeline) bin(second int64) *timeBin {
	key := floorDiv(second, t.width)
	recent := &t.recent[uint64(key)%uint64(len(t.recent))]
	if recent.bin != nil && recent.key == key {
		return recent.bin
	}
	b := t.bins[key]
	if b == nil {
		if len(t.bins) >= maxBins {
			t.widen(t.width * 2)
			return t.bin(second)
		}
		b = &timeBin{}
		t.bins[key] = b
	}
	*recent = recentBin{key, b}
	return b
}

// widen makes the bins width seconds wide, a multiple of what they are.
func (t *timeline) widen(width int64) {
	old, factor := t.bins, width/t.width
	t.width, t.recent = width, [len(t.recent)]recentBin{}
	t.bins = make(map[int64]*timeBin, len(old)/2)
	for key, b := range old {
		t.put(floorDiv(key, factor), b, 1)
	}
}

// put adds b to the bin of key.
func (t *timeline) put(key int64, b *timeBin, weight float64) {
	into := t.bins[key]
	if into == nil {
		into = &timeBin{}
		t.bins[key] = into
	}
	into.classes.merge(&b.classes, weight)
	into.failures.merge(&b.failures, weight)
}

func (t *timeline) merge(u *timeline, weight float64) {
	t.undated += scaled(u.undated, weight)
	if !u.min.IsZero() {
		t.span(u.min, u.max)
	}
	if t.width < u.width {
		t.widen(u.width)
	}
	factor := t.width / u.width
	for key, b := range u.bins {
		t.put(floorDiv(key, factor), b, weight)
	}
	for len(t.bins) > maxBins {
		t.widen(t.width * 2)
	}
}

// intervals are the lengths that a report's bins may have: those that people read easily,
// in seconds.
var intervals = []int64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 7 * 86400}

// maxReportBins is how many bins a report has at most.
const maxReportBins = 120

// interval is the shortest readable length, past a week a number of weeks, in which the
// period fits maxReportBins, and which is not below the width of the bins.
func (t *timeline) interval() int64 {
	from, to := t.min.Unix(), t.max.Unix()
	fits := func(i int64) bool {
		return i >= t.width && floorDiv(to, i)-floorDiv(from, i) < maxReportBins
	}
	for _, i := range intervals {
		if fits(i) {
			return i
		}
	}
	week := intervals[len(intervals)-1]
	i := max((to-from)/maxReportBins, t.width, week) / week * week // too short, if at all
	for !fits(i) {
		i += week
	}
	return i
}

func (t *timeline) report() (Period, Timeline) {
	if t.min.IsZero() {
		return Period{}, Timeline{Bins: []Bin{}, Undated: t.undated}
	}
	interval := t.interval()
	first, last := floorDiv(t.min.Unix(), interval), floorDiv(t.max.Unix(), interval)
	bins := make([]Bin, last-first+1)
	for i := range bins {
		bins[i].Start = time.Unix((first+int64(i))*interval, 0).UTC()
	}
	for key, b := range t.bins {
		// A wide bin can begin before the period does.
		at := max(floorDiv(key*t.width, interval)-first, 0)
		into := &bins[at]
		into.classes(b)
	}
	from, to := t.min.UTC(), t.max.UTC()
	return Period{Start: &from, End: &to, Seconds: float64(to.Unix()-from.Unix()) + float64(to.Nanosecond()-from.Nanosecond())/1e9},
		Timeline{IntervalSeconds: interval, Bins: bins, Undated: t.undated}
}

func (b *Bin) classes(from *timeBin) {
	b.Classes.merge(&from.classes, 1)
	b.Requests += from.classes.total()
	b.Failures += from.failures.total()
}

// floorDiv divides rounding down, also before 1970.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
