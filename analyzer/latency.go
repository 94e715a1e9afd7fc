package analyzer

import (
	"math"
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

func (l *latency) add(d time.Duration) {
	d = max(d, 0)
	if l.count == 0 || d < l.min {
		l.min = d
	}
	l.max = max(l.max, d)
	l.count++
	if d == 0 {
		l.zeros++
		return
	}
	l.buckets[l.index(bucketOf(d))]++
}

func bucketOf(d time.Duration) int {
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

// quantile is the duration that a share q of all durations does not exceed, within 1 %: by
// the nearest rank, so that among few requests the slow one is not passed over.
func (l *latency) quantile(q float64) time.Duration {
	rank := uint64(max(math.Ceil(q*float64(l.count))-1, 0))
	seen := l.zeros
	if rank < seen {
		return 0
	}
	for i, n := range l.buckets {
		if seen += n; rank < seen {
			low := math.Exp(float64(l.first+i) * logGamma)
			d := time.Duration(math.Round(low * 2 * gamma / (1 + gamma) * float64(time.Millisecond)))
			return min(max(d, l.min), l.max)
		}
	}
	return l.max
}

func (l *latency) report() Latency {
	if l.count == 0 {
		return Latency{}
	}
	ms := func(d time.Duration) *float64 {
		// Rounding to the microsecond would cost the short ones the 1 %.
		f := float64(d) / float64(time.Millisecond)
		return &f
	}
	return Latency{P50: ms(l.quantile(.5)), P90: ms(l.quantile(.9)), P95: ms(l.quantile(.95)), P99: ms(l.quantile(.99)), Max: ms(l.max)}
}
