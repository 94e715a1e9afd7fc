package analyzer

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/status"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// timeline counts requests by class and time. Its bins are a second wide; when more than
// maxBins are occupied, they become as wide as the next of widths, until they are not. Only
// occupied bins are kept, so that one stray timestamp of 1970 costs a bin and no more.
type timeline struct {
	level   int   // of widths
	width   int64 // of which, in seconds
	bins    []timeBin
	index   []int32 // a hash table of 1 + the places in bins; bins that follow each other are side by side
	last    int     // the place of the bin that was asked for last
	undated uint64
	min     time.Time
	max     time.Time
}

type timeBin struct {
	start    int64 // in seconds, a multiple of the width
	classes  ClassCounts
	failures ClassCounts // by class, so that none outgrows its class when they are weighted
}

const week = 7 * 86400

// widths are those that bins may have, in seconds. Each is a multiple of the one before, so that
// bins can be made wider, and those of a report's intervals that are not shorter are multiples of
// it, so that no bin is of two intervals. In bins of the widest all the time that is believed is
// less than maxBins.
var widths = []int64{1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 86400, week, 4 * week, 16 * week, 64 * week}

const maxBins = 1 << 14

func newTimeline() timeline { return timeline{width: 1, index: make([]int32, 64)} }

func (t *timeline) add(r *accesslog.Record) {
	if r.Time.IsZero() {
		t.undated++
		return
	}
	t.count(r.Time, r.Status.Value, r.Failed(), 1)
}

// count counts n requests that had a status at a time.
func (t *timeline) count(at time.Time, status int, failed bool, n uint64) {
	t.span(at, at)
	b := t.bin(at.Unix())
	if b.classes.add(status, n); failed {
		b.failures.add(status, n)
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

// bin returns the bin of a second, until the next call.
func (t *timeline) bin(second int64) *timeBin {
	if t.last < len(t.bins) && uint64(second-t.bins[t.last].start) < uint64(t.width) { // Fast path: logs are mostly in the order of time.
		return &t.bins[t.last]
	}
	start := floorDiv(second, t.width) * t.width
	at := t.slot(start)
	if n := t.index[at]; n > 0 {
		t.last = int(n - 1)
		return &t.bins[t.last]
	}
	switch {
	case len(t.bins) >= maxBins:
		t.widen(t.level + 1)
		return t.bin(second)
	case 2*len(t.bins) >= len(t.index):
		t.index = make([]int32, 2*len(t.index))
		for i := range t.bins {
			t.index[t.slot(t.bins[i].start)] = int32(i + 1)
		}
		at = t.slot(start)
	}
	t.last = len(t.bins)
	t.bins = append(t.bins, timeBin{start: start})
	t.index[at] = int32(len(t.bins))
	return &t.bins[t.last]
}

// binSeed keeps anybody from making timestamps that all have one hash.
var binSeed = rand.Uint64() | 1

// slot is where the bin that begins at start is in the index, or belongs.
func (t *timeline) slot(start int64) uint64 {
	const run = 16 // of neighbours that are side by side
	key := start / t.width
	mask := uint64(len(t.index) - 1)
	at := (uint64(key/run)*binSeed>>32)*run + uint64(key)%run
	for ; ; at++ {
		if n := t.index[at&mask]; n == 0 || t.bins[n-1].start == start {
			return at & mask
		}
	}
}

// widen makes the bins wider.
func (t *timeline) widen(level int) {
	old := t.bins
	t.level, t.width, t.bins = level, widths[level], nil
	clear(t.index)
	for i := range old {
		t.put(&old[i], 1)
	}
}

// put adds b to the bin in which it lies.
func (t *timeline) put(b *timeBin, weight float64) {
	into := t.bin(b.start)
	into.classes.merge(&b.classes, weight)
	into.failures.merge(&b.failures, weight)
}

func (t *timeline) merge(u *timeline, weight float64) {
	t.undated += scaled(u.undated, weight)
	if !u.min.IsZero() {
		t.span(u.min, u.max)
	}
	if t.level < u.level {
		t.widen(u.level)
	}
	for i := range u.bins {
		t.put(&u.bins[i], weight)
	}
}

// append writes the bins in order, column by column: neighbours are alike, and most columns empty.
func (t *timeline) append(w *writer) {
	w.uint(t.undated)
	w.uint(uint64(t.level))
	w.uint(uint64(len(t.bins)))
	if len(t.bins) == 0 {
		return
	}
	w.time(t.min)
	w.time(t.max)
	bins := slices.SortedFunc(slices.Values(t.bins), func(a, b timeBin) int { return cmp.Compare(a.start, b.start) })
	next := floorDiv(t.min.Unix(), t.width)
	for i := range bins {
		key := floorDiv(bins[i].start, t.width)
		w.uint(uint64(key - next))
		next = key + 1
	}
	for _, column := range binColumns() {
		filled := false
		for i := range bins {
			filled = filled || *column(&bins[i]) > 0
		}
		if w.bool(filled); !filled {
			continue
		}
		for i := range bins {
			w.uint(*column(&bins[i]))
		}
	}
}

// binColumns are the counts of a bin, in the order in which a state has them.
func binColumns() (columns []func(*timeBin) *uint64) {
	for _, class := range status.Classes() {
		columns = append(columns,
			func(b *timeBin) *uint64 { return b.classes.at(class) },
			func(b *timeBin) *uint64 { return b.failures.at(class) })
	}
	return columns
}

func (t *timeline) parse(r *reader) {
	t.undated = r.uint()
	width := t.parseWidth(r)
	n := r.count(maxBins, "bins of time")
	if r.err != nil || n == 0 {
		return
	}
	t.min, t.max = r.moment(), r.moment()
	r.check(!t.min.IsZero() && !t.max.IsZero() && !t.max.Before(t.min), "the time does not go on")
	next, last := floorDiv(t.min.Unix(), width), floorDiv(t.max.Unix(), width)
	bins := make([]timeBin, n)
	for i := range bins {
		gap := r.uint()
		if r.err != nil || next > last || gap > uint64(last-next) {
			r.fail("a bin of time is out of range")
			return
		}
		bins[i].start = (next + int64(gap)) * width
		next += int64(gap) + 1
	}
	for _, column := range binColumns() {
		if !r.bool() {
			continue
		}
		for i := range bins {
			*column(&bins[i]) = r.uint()
		}
	}
	for i := range bins {
		t.put(&bins[i], 1)
	}
}

// parseWidth reads how wide the bins of a state are, and makes those of the timeline so, or as much
// wider as they must be: up to version 3 their widths were powers of two.
func (t *timeline) parseWidth(r *reader) (width int64) {
	n := r.uint()
	if r.version > 3 {
		r.check(n < uint64(len(widths)), "the bins of time are too wide")
		n = min(n, uint64(len(widths)-1))
		t.widen(int(n))
		return t.width
	}
	r.check(n <= 24, "the bins of time are too wide")
	width = 1 << min(n, 24)
	t.widen(slices.IndexFunc(widths, func(w int64) bool { return w >= width }))
	return width
}

// intervals are the lengths that a report's bins may have: those that people read easily,
// in seconds.
var intervals = []int64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, week}

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
	step := max(t.width, week)
	i := max((to-from)/maxReportBins/step, 1) * step // too short, if at all
	for !fits(i) {
		i += step
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
	for i := range t.bins {
		bins[floorDiv(t.bins[i].start, interval)-first].add(&t.bins[i])
	}
	from, to := t.min.UTC(), t.max.UTC()
	return Period{Start: &from, End: &to, Seconds: float64(to.Unix()-from.Unix()) + float64(to.Nanosecond()-from.Nanosecond())/1e9},
		Timeline{IntervalSeconds: interval, Bins: bins, Undated: t.undated}
}

func (b *Bin) add(from *timeBin) {
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
