package incident

import (
	"cmp"
	"math"
	"slices"
)

// Alert is a multiwindow, multi-burn-rate alert of the SRE workbook, and when it would have fired.
type Alert struct {
	Severity    string  // page or ticket
	Burn        float64 // how many times the rate at which the budget just lasts
	Long, Short int64   // the windows, in seconds: the budget must burn in both
	Firings     []Span  // by time; High is when it cleared, math.MaxInt64 where it did not
}

// Replay says when the alerts that the SRE workbook recommends ("The Site Reliability Workbook",
// 2018, chapter 5, table 5-8) would have fired over the bins, which it takes in any order. slo is
// the objective in percent, such as 99.9. The budget burns at the rate of failures within a window
// by 1 − slo. As with any monitoring that began with the log, before it there were no requests: on
// a log shorter than the window an alert fires earlier than it would have.
//
// An alert sees the counts of a bin one second behind its begin, and looks each second, where
// monitoring would look each 15 or 60. Time grows linearly with the bins.
func Replay(bins []Bin, slo float64) []Alert {
	const minute, hour, day = 60, 3600, 86400
	alerts := []Alert{
		{Severity: "page", Burn: 14.4, Long: hour, Short: 5 * minute},
		{Severity: "page", Burn: 6, Long: 6 * hour, Short: 30 * minute},
		{Severity: "ticket", Burn: 1, Long: 3 * day, Short: 6 * hour},
	}
	sorted := slices.Clone(bins)
	slices.SortFunc(sorted, func(a, b Bin) int { return cmp.Compare(a.Second, b.Second) })
	for i := range alerts {
		alerts[i].replay(sorted, alerts[i].Burn*(1-slo/100))
	}
	return alerts
}

// replay goes through the moments at which a bin enters a window or leaves it: between them
// nothing changes.
func (a *Alert) replay(bins []Bin, most float64) {
	if len(bins) == 0 {
		return
	}
	long, short := burning{bins: bins, length: a.Long}, burning{bins: bins, length: a.Short}
	until := bins[len(bins)-1].Second + 1
	firing := false
	for now := bins[0].Second + 1; now <= until; now = min(long.next(), short.next()) {
		long.move(now)
		short.move(now)
		fires := long.above(most) && short.above(most)
		switch {
		case fires && !firing:
			a.Firings = append(a.Firings, Span{now, math.MaxInt64})
		case firing && !fires:
			a.Firings[len(a.Firings)-1].High = now
		}
		firing = fires
	}
}

// burning is a window that ends at a moment, and moves on.
type burning struct {
	bins               []Bin
	length             int64
	from, to           int // the bins within
	requests, failures uint64
}

func (w *burning) move(now int64) {
	for ; w.to < len(w.bins) && w.bins[w.to].Second < now; w.to++ {
		w.requests += w.bins[w.to].Requests
		w.failures += w.bins[w.to].Failures
	}
	for ; w.from < w.to && w.bins[w.from].Second < now-w.length; w.from++ {
		w.requests -= w.bins[w.from].Requests
		w.failures -= w.bins[w.from].Failures
	}
}

// next is the first moment at which it is not as it is.
func (w *burning) next() int64 {
	next := int64(math.MaxInt64)
	if w.to < len(w.bins) {
		next = w.bins[w.to].Second + 1
	}
	if w.from < w.to {
		next = min(next, w.bins[w.from].Second+w.length+1)
	}
	return next
}

func (w *burning) above(most float64) bool {
	return w.failures > 0 && float64(w.failures) >= most*float64(w.requests)
}
