// Package analyzer counts what access logs say: how the responses are distributed over
// the classes of statuses, which routes fail, when, and for whom.
//
// [Run] reads sources to the end. A reader cuts each into blocks of whole lines; workers
// take the blocks, let package format turn the lines into records, and add those that
// pass the filter to an [Analysis] of their own; at the end the analyses are merged, and
// the one that is left makes the [Report].
//
// Of incidents the counts over time tell when they were and on which routes. What the failures
// share, whom they hit and which lines show it is told by reading the time of each again, of a file
// that is not compressed in the blocks alone that hold it.
//
// Every aggregate has a file of its own, in which it adds, merges and reports, and is written
// to and read from a [State].
package analyzer

import (
	"math"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Position is where a record stands.
type Position struct {
	File   string
	Line   uint64 // from 1; 0 is unknown, where the file was entered further on
	Offset uint64 // of the line's first byte in the decompressed file, from 0
}

// Analysis is what has been counted so far. Analyses of parts of the input, in any
// order and however they were cut, merge to the analysis of the whole, as long as no
// bound on memory was met; the totals of unsampled records are the same even then. It is for one goroutine at
// a time.
type Analysis struct {
	lines    accounting
	learning *learning
	strata   []*tally // by rate; the first is that of unsampled records
	dropped  uint64

	byAttribute bool // requests are counted by what they share, too
}

// maxStrata bounds how many sample rates are told apart. Past it a record counts at the
// rate that is nearest to its own.
const maxStrata = 64

// NewAnalysis returns an Analysis of nothing.
func NewAnalysis() *Analysis {
	l := newLearning()
	return &Analysis{learning: l, strata: []*tally{newTally(1, l)}}
}

// tally is what was counted of the records that were sampled at one rate. Records are
// counted one by one; what they stand for is worked out in the report.
type tally struct {
	rate     float64
	routes   routes
	outcomes outcomes
	timeline timeline
	series   series
	clients  clients

	attributes *attributeCounts // nil where nobody asked for it

	population population
}

// population is the requests by which the verdict is judged: those that were counted, and
// those that a filter left out for their status alone, by which nobody can judge.
type population struct {
	requests, failures uint64
	unknown            uint64 // of which no status and no outcome tells whether they failed
}

func (p *population) add(r *accesslog.Record) {
	p.requests++
	switch {
	case r.Failed():
		p.failures++
	case !r.Status.Known && r.Outcome == "":
		p.unknown++
	}
}

func (p *population) merge(q population, weight float64) {
	p.requests += scaled(q.requests, weight)
	p.failures += scaled(q.failures, weight)
	p.unknown += scaled(q.unknown, weight)
}

func newTally(rate float64, l *learning) *tally {
	return &tally{rate: rate, routes: newRoutes(l), outcomes: newOutcomes(), timeline: newTimeline(), series: newSeries(), clients: newClients()}
}

// newTally makes a tally that counts all that a does.
func (a *Analysis) newTally(rate float64) *tally {
	t := newTally(rate, a.learning)
	if len(a.strata) > 0 {
		t.series.off = a.strata[0].series.off
	}
	if a.byAttribute {
		t.attributes = newAttributeCounts()
		t.routes.setApart()
	}
	return t
}

// countMore has an Analysis of nothing count what only a comparison needs. States do not hold it.
func (a *Analysis) countMore() {
	a.byAttribute = true
	a.strata[0] = a.newTally(1)
}

// minRate is the lowest sample rate that is believed. A lower one is a mistake, by which
// one record would outweigh all others.
const minRate = 1e-6

// The earliest and the latest second that is believed to be a timestamp: 1900 to 9999.
// Before are the zero values of other languages; RFC 3339 has no years after.
const (
	minSecond = -2208988800
	maxSecond = 253402300799
)

func believed(t time.Time) bool { return t.Unix() >= minSecond && t.Unix() <= maxSecond }

// Add counts a record, whose time is that of its completion. It copies what it keeps.
func (a *Analysis) Add(r *accesslog.Record, at Position) { a.add(r, at, r.Start()) }

// add counts a record of a request that began at a time.
func (a *Analysis) add(r *accesslog.Record, at Position, began time.Time) {
	if !r.Time.IsZero() && !believed(r.Time) {
		undated := *r
		undated.Time = time.Time{}
		r = &undated
	}
	t := a.tallyOf(r)
	if r.Dropped > 0 {
		a.dropped += min(uint64(r.Dropped), math.MaxUint64-a.dropped)
	}
	t.outcomes.add(r)
	if !isRequest(r) {
		return
	}
	t.population.add(r)
	a.makeRoom(t)
	route := t.routes.add(r, at)
	t.timeline.add(r)
	t.series.add(r, began, route)
	t.clients.add(r)
	if t.attributes != nil {
		t.attributes.add(r)
	}
}

// exclude takes notice of a record that a filter left out: for its status alone, or not.
func (a *Analysis) exclude(r *accesslog.Record, forStatus bool) {
	if !isRequest(r) {
		return
	}
	a.makeRoom(a.strata[0])
	if a.learning.notice(r); forStatus {
		a.tallyOf(r).population.add(r)
	}
}

// isRequest tells requests from connections that never made one: a failed TLS handshake.
func isRequest(r *accesslog.Record) bool {
	return r.Msg != accesslog.MsgRejected || r.Status.Known || r.Method != ""
}

// tallyOf returns the tally for the rate at which r was sampled.
func (a *Analysis) tallyOf(r *accesslog.Record) *tally {
	if r.SampleRate >= minRate && r.SampleRate < 1 {
		return a.stratum(r.SampleRate)
	}
	return a.strata[0]
}

// stratum returns the tally for a rate.
func (a *Analysis) stratum(rate float64) *tally {
	i, ok := slices.BinarySearchFunc(a.strata[1:], rate, func(t *tally, rate float64) int {
		switch {
		case t.rate < rate:
			return -1
		case t.rate > rate:
			return 1
		}
		return 0
	})
	i++
	if ok {
		return a.strata[i]
	}
	if len(a.strata) < maxStrata {
		t := a.newTally(rate)
		a.strata = slices.Insert(a.strata, i, t)
		return t
	}
	nearest := a.strata[0]
	for _, t := range a.strata[1:] {
		if math.Abs(t.rate-rate) < math.Abs(nearest.rate-rate) {
			nearest = t
		}
	}
	return nearest
}

// Merge adds what b counted to a. b must not be used afterwards.
func (a *Analysis) Merge(b *Analysis) {
	a.lines.merge(&b.lines)
	a.mergeLeaves(b)
	a.dropped += min(b.dropped, math.MaxUint64-a.dropped)
	a.strata[0].merge(b.strata[0], 1)
	for _, t := range b.strata[1:] {
		a.stratum(t.rate).merge(t, 1)
	}
}

// merge adds u to t, each record counted weight times. It returns how the routes of u are numbered
// in t.
func (t *tally) merge(u *tally, weight float64) numbers {
	t.population.merge(u.population, weight)
	become := t.routes.merge(&u.routes, weight)
	t.series.merge(&u.series, weight, become.of)
	t.outcomes.merge(&u.outcomes, weight)
	t.timeline.merge(&u.timeline, weight)
	t.clients.merge(&u.clients)
	if t.attributes != nil && u.attributes != nil {
		t.attributes.merge(u.attributes, weight)
	}
	return become
}

// refold gives what was counted by leaves to the routes by which they were folded.
func (t *tally) refold() { t.series.renumber(t.routes.refold().of) }

func (a *Analysis) append(w *writer) {
	a.lines.append(w)
	a.learning.append(w)
	w.uint(a.dropped)
	w.uint(uint64(len(a.strata)))
	for _, t := range a.strata {
		w.float(t.rate)
		t.append(w)
	}
}

func (a *Analysis) parse(r *reader) {
	a.lines.parse(r)
	a.learning.parse(r)
	a.dropped = r.uint()
	n := r.count(maxStrata, "sample rates")
	r.check(n > 0, "there is no sample rate")
	for i := range n {
		rate := r.float()
		switch {
		case i == 0:
			r.check(rate == 1, "the first sample rate is not 1")
		default:
			r.check(rate >= minRate && rate < 1 && (i == 1 || rate > a.strata[i-1].rate), "the sample rates are not in order")
			a.strata = append(a.strata, newTally(rate, a.learning))
		}
		a.strata[i].parse(r)
	}
}

// rename calls inputs by other names.
func (a *Analysis) rename(names map[string]string) {
	a.lines.rename(names)
	for _, t := range a.strata {
		t.routes.rename(names)
	}
}

func (t *tally) append(w *writer) {
	w.uint(t.population.requests)
	w.uint(t.population.failures)
	w.uint(t.population.unknown)
	become := t.routes.append(w)
	t.outcomes.append(w)
	t.timeline.append(w)
	t.series.append(w, become.of)
	t.clients.append(w)
}

func (t *tally) parse(r *reader) {
	t.population = population{r.uint(), r.uint(), r.uint()}
	t.routes.parse(r)
	t.outcomes.parse(r)
	t.timeline.parse(r)
	t.series.parse(r, firstNumber+len(t.routes.byKey))
	t.clients.parse(r)
}

// scaled is n records at weight requests each. Every count is rounded by itself, and
// totals are made of rounded counts, so that they add up.
func scaled(n uint64, weight float64) uint64 {
	if weight == 1 {
		return n
	}
	return uint64(math.Round(float64(n) * weight))
}

// total is everything that was counted, with each record weighted by what it stands
// for. Where nothing was sampled it is the one tally itself.
func (a *Analysis) total() (t *tally, sampled bool) {
	if len(a.strata) == 1 {
		return a.strata[0], false
	}
	return a.weighed(func(rate float64) float64 { return 1 / rate }), true
}

// weighed is everything that was counted, with each record weighted by its sample rate.
func (a *Analysis) weighed(weight func(rate float64) float64) *tally {
	t := a.newTally(1)
	for _, s := range a.strata {
		w := weight(s.rate)
		become := t.merge(s, w)
		t.series.strata = append(t.series.strata, newStratum(w, &s.series.routes, become.of))
	}
	return t
}
