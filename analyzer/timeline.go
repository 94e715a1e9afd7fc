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
// maxBins are occupied, their width doubles until they are not. Only occupied bins are
// kept, so that one stray timestamp of 1970 costs a bin and no more.
type timeline struct {
	width   int64 // seconds, a power of two
	shift   uint  // of which
	bins    []timeBin
	index   []int32 // a hash table of 1 + the places in bins; seconds that follow each other are side by side
	last    int     // the place of the bin that was asked for last
	undated uint64
	min     time.Time
	max     time.Time
}

type timeBin struct {
	key      int64 // the start in seconds, divided by the width
	classes  ClassCounts
	failures ClassCounts // by class, so that none outgrows its class when they are weighted
}

const maxBins = 1 << 14

func newTimeline() timeline { return timeline{width: 1, index: make([]int32, 64)} }

func (t *timeline) add(r *accesslog.Record) {
	if r.Time.IsZero() {
		t.undated++
		return
	}
	t.span(r.Time, r.Time)
	b := t.bin(r.Time.Unix() >> t.shift)
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

// bin returns the bin of a key, until the next call.
func (t *timeline) bin(key int64) *timeBin {
	if t.last < len(t.bins) && t.bins[t.last].key == key { // Fast path: logs are mostly in the order of time.
		return &t.bins[t.last]
	}
	at := t.slot(key)
	if n := t.index[at]; n > 0 {
		t.last = int(n - 1)
		return &t.bins[t.last]
	}
	switch {
	case len(t.bins) >= maxBins:
		t.widen(t.shift + 1)
		return t.bin(key >> 1)
	case 2*len(t.bins) >= len(t.index):
		t.index = make([]int32, 2*len(t.index))
		for i := range t.bins {
			t.index[t.slot(t.bins[i].key)] = int32(i + 1)
		}
		at = t.slot(key)
	}
	t.last = len(t.bins)
	t.bins = append(t.bins, timeBin{key: key})
	t.index[at] = int32(len(t.bins))
	return &t.bins[t.last]
}

// binSeed keeps anybody from making timestamps that all have one hash.
var binSeed = rand.Uint64() | 1

// slot is where key is in the index, or belongs.
func (t *timeline) slot(key int64) uint64 {
	const run = 16 // of neighbours that are side by side
	mask := uint64(len(t.index) - 1)
	at := (uint64(key/run)*binSeed>>32)*run + uint64(key)%run
	for ; ; at++ {
		if n := t.index[at&mask]; n == 0 || t.bins[n-1].key == key {
			return at & mask
		}
	}
}

// widen makes the bins wider.
func (t *timeline) widen(shift uint) {
	old, by := t.bins, shift-t.shift
	t.width, t.shift, t.bins = 1<<shift, shift, nil
	clear(t.index)
	for i := range old {
		t.put(old[i].key>>by, &old[i], 1)
	}
}

// put adds b to the bin of key.
func (t *timeline) put(key int64, b *timeBin, weight float64) {
	into := t.bin(key)
	into.classes.merge(&b.classes, weight)
	into.failures.merge(&b.failures, weight)
}

func (t *timeline) merge(u *timeline, weight float64) {
	t.undated += scaled(u.undated, weight)
	if !u.min.IsZero() {
		t.span(u.min, u.max)
	}
	if t.shift < u.shift {
		t.widen(u.shift)
	}
	for i := range u.bins {
		t.put(u.bins[i].key<<u.shift>>t.shift, &u.bins[i], weight)
	}
}

// maxShift is the greatest that is ever needed: all the time that is believed in maxBins.
const maxShift = 24

// append writes the bins in order, column by column: neighbours are alike, and most columns empty.
func (t *timeline) append(w *writer) {
	w.uint(t.undated)
	w.uint(uint64(t.shift))
	w.uint(uint64(len(t.bins)))
	if len(t.bins) == 0 {
		return
	}
	w.time(t.min)
	w.time(t.max)
	bins := slices.SortedFunc(slices.Values(t.bins), func(a, b timeBin) int { return cmp.Compare(a.key, b.key) })
	next := t.min.Unix() >> t.shift
	for i := range bins {
		w.uint(uint64(bins[i].key - next))
		next = bins[i].key + 1
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
	shift := r.uint()
	r.check(shift <= maxShift, "the bins of time are too wide")
	n := r.count(maxBins, "bins of time")
	if r.err != nil {
		return
	}
	if t.widen(uint(shift)); n == 0 {
		return
	}
	t.min, t.max = r.moment(), r.moment()
	r.check(!t.min.IsZero() && !t.max.IsZero() && !t.max.Before(t.min), "the time does not go on")
	next, last := t.min.Unix()>>t.shift, t.max.Unix()>>t.shift
	for range n {
		gap := r.uint()
		if r.err != nil || next > last || gap > uint64(last-next) {
			r.fail("a bin of time is out of range")
			return
		}
		t.bin(next + int64(gap))
		next += int64(gap) + 1
	}
	for _, column := range binColumns() {
		if !r.bool() {
			continue
		}
		for i := range t.bins {
			*column(&t.bins[i]) = r.uint()
		}
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
	for i := range t.bins {
		// A wide bin can begin before the period does.
		at := max(floorDiv(t.bins[i].key*t.width, interval)-first, 0)
		bins[at].add(&t.bins[i])
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
