package analyzer

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func completed(at time.Time) func(*accesslog.Record) {
	return func(r *accesslog.Record) { r.Time = at }
}

// dated is a response at each of the instants.
func dated(at ...time.Time) (records []accesslog.Record) {
	for _, t := range at {
		records = append(records, with(response("GET", "/", 200), completed(t)))
	}
	return records
}

// occupied is a bin that is not empty, as a test reads it.
type occupied struct {
	Start    string
	Requests uint64
	Failures uint64
}

func occupiedOf(bins []Bin) (out []occupied) {
	for _, b := range bins {
		if b.Requests > 0 {
			out = append(out, occupied{b.Start.Format("2006-01-02 15:04:05"), b.Requests, b.Failures})
		}
	}
	return out
}

// addUp checks what holds of every timeline of unsampled records: the bins follow each
// other without a gap from the first record to the last, are few, and add up.
func addUp(t rapid.TB, r *Report) {
	t.Helper()
	n, failures, classes := r.Timeline.Undated, uint64(0), ClassCounts{}
	bins := r.Timeline.Bins
	for i, b := range bins {
		n += b.Requests
		failures += b.Failures
		classes.merge(&b.Classes, 1)
		if b.Classes.total() != b.Requests || b.Failures > b.Requests {
			t.Errorf("bin %v: %d requests, classes %+v, %d failures", b.Start, b.Requests, b.Classes, b.Failures)
		}
		if i > 0 && b.Start.Unix()-bins[i-1].Start.Unix() != r.Timeline.IntervalSeconds {
			t.Errorf("bin %v does not follow %v", b.Start, bins[i-1].Start)
		}
	}
	if n != r.Requests {
		t.Errorf("the bins and the undated add up to %d of %d requests", n, r.Requests)
	}
	if len(bins) > maxReportBins {
		t.Errorf("there are %d bins, more than %d", len(bins), maxReportBins)
	}
	if len(bins) == 0 {
		return
	}
	if r.Timeline.Undated == 0 {
		for i, c := range r.Classes {
			if got := inOrder(classes)[i]; got != c.Requests {
				t.Errorf("the bins hold %d of %d %s", got, c.Requests, c.Class)
			}
		}
		if failures != r.Failures {
			t.Errorf("the bins hold %d of %d failures", failures, r.Failures)
		}
	}
	end := bins[len(bins)-1].Start.Add(time.Duration(r.Timeline.IntervalSeconds) * time.Second)
	if r.Period.Start.Before(bins[0].Start) || !r.Period.End.Before(end) {
		t.Errorf("the bins from %v to %v do not hold the period from %v to %v", bins[0].Start, end, r.Period.Start, r.Period.End)
	}
}

func TestTimelineCounts(t *testing.T) {
	at := func(s float64, code int, changes ...func(*accesslog.Record)) accesslog.Record {
		changes = append(changes, completed(noon.Add(time.Duration(s*1e9))))
		return with(response("GET", "/", code), changes...)
	}
	r := reportOf( // out of order, as completed requests are
		at(61.5, 500), at(0.25, 200), at(60, 404), at(0.75, 200, ended("panic")), at(61, 200),
		with(response("GET", "/", 200), completed(time.Time{})),
	)
	addUp(t, r)
	want := []occupied{{"2026-11-20 12:00:00", 2, 1}, {"2026-11-20 12:01:00", 1, 0}, {"2026-11-20 12:01:01", 2, 1}}
	if diff := cmp.Diff(want, occupiedOf(r.Timeline.Bins)); diff != "" {
		t.Errorf("bins (-want +got):\n%s", diff)
	}
	last := r.Timeline.Bins[61]
	if want := (ClassCounts{Success: 1, ServerError: 1}); last.Classes != want || r.Timeline.Undated != 1 || len(r.Timeline.Bins) != 62 {
		t.Errorf("the last of %d bins is %+v, %d are undated", len(r.Timeline.Bins), last, r.Timeline.Undated)
	}
	if start, end := noon.Add(250*time.Millisecond), noon.Add(61500*time.Millisecond); !r.Period.Start.Equal(start) || !r.Period.End.Equal(end) || r.Period.Seconds != 61.25 {
		t.Errorf("the period is %v to %v, %v s", r.Period.Start, r.Period.End, r.Period.Seconds)
	}
}

func TestTimelineOfOneInstant(t *testing.T) {
	r := reportOf(dated(noon, noon)...)
	addUp(t, r)
	if len(r.Timeline.Bins) != 1 || r.Timeline.IntervalSeconds != 1 || r.Period.Seconds != 0 || !r.Period.Start.Equal(noon) {
		t.Errorf("the timeline is %+v, the period %+v", r.Timeline, r.Period)
	}
}

func TestTimelineOfNothing(t *testing.T) {
	r := reportOf(dated(time.Time{})...)
	if r.Period.Start != nil || r.Period.End != nil || r.Timeline.Bins == nil || len(r.Timeline.Bins) > 0 || r.Timeline.Undated != 1 {
		t.Errorf("without a timestamp the timeline is %+v, the period %+v", r.Timeline, r.Period)
	}
}

// Times are told in UTC, whatever zone the log has them in.
func TestTimelineIsInUTC(t *testing.T) {
	r := reportOf(dated(noon.In(time.FixedZone("", 3*3600+1800)))...)
	for _, got := range []time.Time{*r.Period.Start, *r.Period.End, r.Timeline.Bins[0].Start} {
		if got.Location() != time.UTC {
			t.Errorf("%v is not in UTC", got)
		}
	}
}

func TestIntervals(t *testing.T) {
	for _, tt := range []struct {
		period time.Duration
		want   int64
		reason string
	}{
		{0, 1, "one instant"},
		{119 * time.Second, 1, "120 bins of a second: as many as there may be"},
		{120 * time.Second, 2, "a second more"},
		{239 * time.Second, 2, "noon is at the start of a bin"},
		{240 * time.Second, 5, "there is no interval of 3 or 4"},
		{30 * time.Minute, 30, "60 bins of 30 seconds, and the last instant; 15 would make 121"},
		{time.Hour, 60, ""},
		{90 * time.Minute, 60, ""},
		{2*time.Hour - 1, 60, "120 minutes"},
		{2 * time.Hour, 120, "121 minutes"},
		{24 * time.Hour, 900, ""},
		{7 * 24 * time.Hour, 2 * 3600, ""},
		{365 * 24 * time.Hour, 7 * 86400, ""},
		{10 * 365 * 24 * time.Hour, 5 * 7 * 86400, "past the table it is whole weeks"},
	} {
		r := reportOf(dated(noon, noon.Add(tt.period))...)
		addUp(t, r)
		if got := r.Timeline.IntervalSeconds; got != tt.want {
			t.Errorf("%v: the interval is %d s, want %d: %s", tt.period, got, tt.want, tt.reason)
		}
	}
}

// moments are any times that a log can hold, mostly within hours of noon.
var moments = rapid.OneOf(
	rapid.Map(rapid.Int64Range(0, int64(3*time.Hour)), func(ns int64) time.Time { return noon.Add(time.Duration(ns)) }),
	rapid.Map(rapid.Int64Range(0, 200), func(s int64) time.Time { return noon.Add(time.Duration(s) * time.Second) }),
	rapid.Map(rapid.Int64Range(-3e9, 4e9), func(s int64) time.Time { return time.Unix(s, 0) }),
	rapid.SampledFrom([]time.Time{{}, time.Unix(0, 0), time.Unix(-1, 0), time.Unix(minSecond, 0), time.Unix(maxSecond, 0)}),
)

// A time that cannot be meant is none: it would stretch the timeline beyond what JSON has
// years for.
func TestTimelineBeyondReason(t *testing.T) {
	odd := dated(time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC), time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(1<<62, 0), time.Unix(-1<<62, 0))
	for i := range odd {
		odd[i].Status.Value = 500
	}
	r := reportOf(append(odd, dated(noon)...)...)
	addUp(t, r)
	toJSON(t, r)
	if r.Timeline.Undated != 5 || len(r.Timeline.Bins) != 1 || r.Routes.Failing[0].LastFailure.Time != nil || odd[0].Time.IsZero() {
		t.Errorf("%d are undated, there are %d bins, the last failure is %+v", r.Timeline.Undated, len(r.Timeline.Bins), r.Routes.Failing[0].LastFailure)
	}
	toJSON(t, reportOf(dated(time.Unix(minSecond, 0), time.Unix(maxSecond, 0))...))
}

func TestTimelineAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := reportOf(dated(rapid.SliceOfN(moments, 0, 50).Draw(t, "times")...)...)
		addUp(t, r)
		if len(r.Timeline.Bins) == 0 {
			return
		}
		// No shorter interval of the table would have done.
		for _, i := range intervals {
			bins := floorDiv(r.Period.End.Unix(), i) - floorDiv(r.Period.Start.Unix(), i) + 1
			if i < r.Timeline.IntervalSeconds && bins <= maxReportBins {
				t.Errorf("the interval is %d s, but %d s makes %d bins", r.Timeline.IntervalSeconds, i, bins)
			}
		}
	})
}

// A stray timestamp costs a bin, and the others keep theirs.
func TestTimelineStray(t *testing.T) {
	a := analyze(dated(noon, time.Unix(0, 0), noon.Add(time.Hour))...)
	if tl := a.strata[0].timeline; tl.width != 1 || len(tl.bins) != 3 {
		t.Errorf("after a stray timestamp there are %d bins of %d s", len(tl.bins), tl.width)
	}
	r := a.Report(nil, Options{})
	addUp(t, r)
	if got := occupiedOf(r.Timeline.Bins); len(got) != 2 || got[0].Requests != 1 || got[1].Requests != 2 {
		t.Errorf("bins %v", got)
	}
}

func TestTimelineBefore1970(t *testing.T) {
	r := reportOf(dated(time.Unix(-1, 0), time.Unix(-2, 5e8), time.Unix(0, 0))...)
	addUp(t, r)
	want := []occupied{{"1969-12-31 23:59:58", 1, 0}, {"1969-12-31 23:59:59", 1, 0}, {"1970-01-01 00:00:00", 1, 0}}
	if diff := cmp.Diff(want, occupiedOf(r.Timeline.Bins)); diff != "" {
		t.Errorf("bins (-want +got):\n%s", diff)
	}
	for _, tt := range [][3]int64{{7, 2, 3}, {-7, 2, -4}, {-8, 2, -4}, {0, 2, 0}, {-1, 100, -1}} {
		if got := floorDiv(tt[0], tt[1]); got != tt[2] {
			t.Errorf("floorDiv(%d, %d) = %d, want %d", tt[0], tt[1], got, tt[2])
		}
	}
}

// However many seconds are occupied, the bins stay within their bound, and how wide they
// became depends on the seconds alone.
func TestTimelineWidens(t *testing.T) {
	inFullRuns(t)
	const seconds = 3 * maxBins
	order := make([]int, seconds)
	for i := range order {
		order[i] = i * 7919 % seconds // prime to it: each second once, in no order
	}
	whole, parts := NewAnalysis(), []*Analysis{NewAnalysis(), NewAnalysis(), NewAnalysis()}
	for i, s := range order {
		r := with(response("GET", "/", 200+300*(s%2)), completed(noon.Add(time.Duration(s)*time.Second)))
		whole.Add(&r, onLine("log", uint64(i)))
		part := parts[min(i%7, 2)] // of unequal width
		part.Add(&r, onLine("log", uint64(i)))
	}
	tl := whole.strata[0].timeline
	if tl.width != 5 || len(tl.bins) > maxBins {
		t.Errorf("%d seconds are %d bins of %d s", seconds, len(tl.bins), tl.width)
	}
	r := whole.Report(nil, Options{})
	addUp(t, r)
	for i, b := range r.Timeline.Bins[1 : len(r.Timeline.Bins)-2] {
		if want := uint64(r.Timeline.IntervalSeconds); b.Requests != want {
			t.Errorf("bin %d of %d s has %d requests, want one a second", i+1, want, b.Requests)
		}
	}
	for _, to := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		merged := NewAnalysis()
		for _, i := range to {
			merged.Merge(clone(parts[i]))
		}
		if diff := cmp.Diff(toJSON(t, r.Timeline), toJSON(t, merged.Report(nil, Options{}).Timeline)); diff != "" {
			t.Errorf("merged in the order %v (-whole +merged):\n%s", to, diff)
		}
	}
}

// The bins widen with the first that is one too many.
func TestTimelineWidensAtItsBound(t *testing.T) {
	tl := newTimeline()
	add := func(second int) {
		for _, r := range dated(noon.Add(time.Duration(second) * time.Second)) {
			tl.add(&r)
		}
	}
	for second := range maxBins {
		add(second)
	}
	if add(0); tl.width != 1 || len(tl.bins) != maxBins {
		t.Errorf("%d seconds are %d bins of %d s", maxBins, len(tl.bins), tl.width)
	}
	if add(maxBins); tl.width != 5 || len(tl.bins) != maxBins/5+1 {
		t.Errorf("%d seconds are %d bins of %d s", maxBins+1, len(tl.bins), tl.width)
	}
}

// clone is an analysis that can be merged while a goes on.
func clone(a *Analysis) *Analysis {
	c := NewAnalysis()
	c.Merge(a)
	return c
}

func TestTimelineMergeLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(moments, 0, 60).Draw(t, "times")
		var parts []*timeline
		of := func(hand []time.Time) *timeline {
			tl := newTimeline()
			for _, r := range dated(hand...) {
				tl.add(&r)
			}
			return &tl
		}
		for _, hand := range deal(t, all, rapid.IntRange(1, 5).Draw(t, "parts")) {
			part := of(hand)
			if rapid.Bool().Draw(t, "widened") {
				part.widen(2)
			}
			parts = append(parts, part)
		}
		widest := slices.MaxFunc(parts, func(a, b *timeline) int { return a.level - b.level })
		want := of(all)
		want.widen(widest.level)
		got := mergeAnyhow(t, parts, func(into, from *timeline) { into.merge(from, 1) })
		wantPeriod, wantLine := want.report()
		gotPeriod, gotLine := got.report()
		if diff := cmp.Diff(toJSON(t, []any{wantPeriod, wantLine}), toJSON(t, []any{gotPeriod, gotLine})); diff != "" {
			t.Fatalf("merged parts are not the whole (-whole +merged):\n%s", diff)
		}
	})
}

// A bin is of one interval of a report, however wide it is, and lies in one wider bin.
func TestTimelineWidthsNest(t *testing.T) {
	for i, width := range widths {
		if i > 0 && (width <= widths[i-1] || width%widths[i-1] != 0) {
			t.Errorf("bins of %d s do not fit into those of %d s", widths[i-1], width)
		}
		for _, interval := range intervals {
			if interval > width && interval%width != 0 {
				t.Errorf("a bin of %d s may be of two intervals of %d s", width, interval)
			}
		}
	}
	if widest := widths[len(widths)-1]; (maxSecond-minSecond)/widest+2 > maxBins {
		t.Errorf("all the time there is does not fit into %d bins of %d s", maxBins, widest)
	}
}
