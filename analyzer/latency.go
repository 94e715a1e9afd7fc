package analyzer

import (
	"math"
	"math/bits"
	"slices"
	"sort"
	"sync"
	"time"
)

// gamma is the ratio between the bounds of a bucket: 1.02020202, which keeps every
// quantile within 1 % of the true one. The buckets are those of DDSketch with the
// logarithmic mapping (Masson, Rim and Lee, "DDSketch: A fast and fully-mergeable
// quantile sketch with relative-error guarantees", 2019): a duration of d milliseconds
// is in bucket floor(log(d)/log(gamma)), which a database can count just as well.
const gamma = 1.02020202020202

var logGamma = math.Log(gamma)

// latency is a distribution of durations: bucket counts, and the extremes exactly. The
// zero value is empty.
type latency struct {
	count   uint64
	zeros   uint64   // durations of 0, which have no logarithm
	first   int      // the bucket that buckets[0] counts
	buckets []uint64 // a window that grows to what was met
	min     time.Duration
	max     time.Duration
}

// add counts n requests that took d.
func (l *latency) add(d time.Duration, n uint64) {
	d = max(d, 0)
	if l.count == 0 || d < l.min {
		l.min = d
	}
	l.max = max(l.max, d)
	l.count += n
	if d == 0 {
		l.zeros += n
		return
	}
	bucket := bucketOf(d)
	if i := bucket - l.first; uint(i) < uint(len(l.buckets)) { // Fast path.
		l.buckets[i] += n
		return
	}
	l.buckets[l.index(bucket)] += n
}

// bucketOf is the bucket of d, which is above 0. Durations with the same highest bits are in one
// bucket or two, so that a look at the bound between them replaces the logarithm.
func bucketOf(d time.Duration) int {
	t := bucketTable()
	n := bits.Len64(uint64(d))
	i := n << subBits
	if n > subBits {
		i += int(uint64(d)>>(n-1-subBits)) & (1<<subBits - 1)
	} else {
		i += int(uint64(d)<<(subBits+1-n)) & (1<<subBits - 1)
	}
	b := int(t.start[i])
	if d > t.longest[b] {
		b++
	}
	return b + t.first
}

// subBits is how many bits behind the highest choose a start in a bucketIndex.
const subBits = 6

// bucketIndex is where each bucket ends.
type bucketIndex struct {
	first   int             // the bucket of 1 ns, which is the shortest duration
	longest []time.Duration // of first, of the one behind it, ...
	start   [65 << subBits]int16
}

// bucketTable is made when the first duration is counted.
var bucketTable = sync.OnceValue(newBucketIndex)

// newBucketIndex asks the formula, so that each duration is in the very bucket that it says.
func newBucketIndex() *bucketIndex {
	t := &bucketIndex{first: bucketByLog(1)}
	for b, last := t.first, bucketByLog(math.MaxInt64); b < last; b++ {
		// By its formula the next bucket begins at bound; it is not far to where it really does.
		bound := math.Exp(float64(b+1)*logGamma) * float64(time.Millisecond)
		low := max(int64(bound*(1-1e-12))-1, 1)
		high := int64(min(bound*(1+1e-12)+2, math.MaxInt64-1024))
		n := sort.Search(int(high-low), func(i int) bool { return bucketByLog(time.Duration(low+int64(i))) > b })
		t.longest = append(t.longest, time.Duration(low+int64(n)-1))
	}
	t.longest = append(t.longest, math.MaxInt64)
	for i := range t.start {
		n, sub := i>>subBits, uint64(i&(1<<subBits-1))
		low := uint64(1)<<subBits | sub
		if shift := n - 1 - subBits; shift >= 0 {
			low <<= shift
		} else {
			low >>= -shift
		}
		b, _ := slices.BinarySearch(t.longest, time.Duration(min(low, math.MaxInt64)))
		t.start[i] = int16(b)
	}
	return t
}

// bucketByLog is the formula.
func bucketByLog(d time.Duration) int {
	return int(math.Floor(math.Log(float64(d)/float64(time.Millisecond)) / logGamma))
}

// index is where bucket is in buckets, which grows to have it.
func (l *latency) index(bucket int) int {
	const margin = 16 // buckets of room, so that growing is rare
	switch {
	case len(l.buckets) == 0:
		l.first = bucket - margin
		l.buckets = make([]uint64, 2*margin)
	case bucket < l.first:
		grow := l.first - bucket + margin
		l.buckets = append(make([]uint64, grow, grow+len(l.buckets)), l.buckets...)
		l.first -= grow
	case bucket >= l.first+len(l.buckets):
		grow := bucket - l.first - len(l.buckets) + 1 + margin
		l.buckets = append(l.buckets, make([]uint64, grow)...)
	}
	return bucket - l.first
}

func (l *latency) merge(m *latency, weight float64) {
	if m.count == 0 {
		return
	}
	if l.count == 0 || m.min < l.min {
		l.min = m.min
	}
	l.max = max(l.max, m.max)
	zeros := scaled(m.zeros, weight)
	l.zeros += zeros
	l.count += zeros
	for i, n := range m.buckets {
		if n = scaled(n, weight); n > 0 {
			l.buckets[l.index(m.first+i)] += n
			l.count += n
		}
	}
}

// The buckets that there are: of 1 ns, and of the longest duration.
var firstBucket, lastBucket = bucketByLog(1), bucketByLog(math.MaxInt64)

// append writes the buckets that are not empty, however far the window has grown.
func (l *latency) append(w *writer) {
	filled := 0
	for _, n := range l.buckets {
		if n > 0 {
			filled++
		}
	}
	w.uint(l.zeros)
	w.uint(uint64(filled))
	if l.count == 0 {
		return
	}
	w.uint(uint64(l.min))
	w.uint(uint64(l.max))
	next := firstBucket
	for i, n := range l.buckets {
		if n > 0 {
			w.uint(uint64(l.first + i - next))
			w.uint(n)
			next = l.first + i + 1
		}
	}
}

func (l *latency) parse(r *reader) {
	l.zeros = r.uint()
	filled := r.count(lastBucket-firstBucket+1, "buckets of durations")
	if l.count = l.zeros; l.zeros == 0 && filled == 0 {
		return
	}
	l.min, l.max = time.Duration(r.uint()), time.Duration(r.uint())
	r.check(0 <= l.min && l.min <= l.max, "the shortest duration is not below the longest")
	next := firstBucket
	for i := range filled {
		gap, n := r.uint(), r.uint()
		if next > lastBucket || gap > uint64(lastBucket-next) || n == 0 {
			r.fail("a bucket of durations is out of range")
			return
		}
		next += int(gap)
		if i == 0 { // the window as far as it goes, unless the longest duration is a lie
			l.first, l.buckets = next, make([]uint64, max(bucketByLog(max(l.max, 1))-next, 0)+1)
		}
		l.buckets[l.index(next)] += n
		l.count += n
		next++
	}
}

// quantile is the duration that a share q of all durations does not exceed, within 1 %: by
// the nearest rank, so that among few requests the slow one is not passed over.
func (l *latency) quantile(q float64) time.Duration {
	return l.at(uint64(max(math.Ceil(q*float64(l.count))-1, 0)))
}

// at is the duration that has rank shorter ones, within 1 %.
func (l *latency) at(rank uint64) time.Duration {
	switch bucket := l.bucketAt(rank); bucket {
	case bucketOfZero:
		return 0
	case math.MaxInt:
		return l.max
	default:
		low := math.Exp(float64(bucket) * logGamma)
		d := time.Duration(math.Round(low * 2 * gamma / (1 + gamma) * float64(time.Millisecond)))
		return min(max(d, l.min), l.max)
	}
}

// without is l less those of m, which are among them, unless the log grew between two readings. It
// may have shorter and longer ones than are left by its extremes.
func (l *latency) without(m *latency) latency {
	rest := *l
	if m == nil {
		return rest
	}
	rest.buckets = slices.Clone(l.buckets)
	rest.zeros -= min(rest.zeros, m.zeros)
	rest.count = rest.zeros
	for i := range rest.buckets {
		if j := l.first + i - m.first; j >= 0 && j < len(m.buckets) {
			rest.buckets[i] -= min(rest.buckets[i], m.buckets[j])
		}
		rest.count += rest.buckets[i]
	}
	return rest
}

// bucketOfZero is before all others, where a duration of 0 would be.
const bucketOfZero = math.MinInt

// bucketAt is the bucket of the duration that has rank shorter ones; behind all where none has.
func (l *latency) bucketAt(rank uint64) int {
	seen := l.zeros
	if rank < seen {
		return bucketOfZero
	}
	for i, n := range l.buckets {
		if seen += n; rank < seen {
			return l.first + i
		}
	}
	return math.MaxInt
}

// longer is how many durations are in later buckets.
func (l *latency) longer(bucket int) (n uint64) {
	for i, m := range l.buckets {
		if l.first+i > bucket {
			n += m
		}
	}
	return n
}

func (l *latency) report() Latency {
	if l.count == 0 {
		return Latency{}
	}
	return Latency{P50: ms(l.quantile(.5)), P90: ms(l.quantile(.9)), P95: ms(l.quantile(.95)), P99: ms(l.quantile(.99)), Max: ms(l.max), ZeroBelow: float64(l.tick()) / float64(time.Millisecond)}
}

// ms is a duration in milliseconds. Rounding to the microsecond would cost the short ones the 1 %.
func ms(d time.Duration) *float64 {
	f := float64(d) / float64(time.Millisecond)
	return &f
}

// tick is the unit that the clock seems to count in: a second or a millisecond, where there are
// durations of 0, none else that is shorter, and some of a few ticks, as there would be; 0 where
// it is not as coarse, or nothing tells. What a program logs as 0 because it does not know it
// stands beside others of any length.
func (l *latency) tick() time.Duration {
	shortest := slices.IndexFunc(l.buckets, func(n uint64) bool { return n > 0 })
	if l.zeros == 0 || shortest < 0 {
		return 0
	}
	for _, tick := range []time.Duration{time.Second, time.Millisecond} {
		if b := l.first + shortest; b >= bucketOf(tick) && b <= bucketOf(3*tick) {
			return tick
		}
	}
	return 0
}
