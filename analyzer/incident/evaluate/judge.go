package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/loganalyze/loganalyze/analyzer/incident"
)

// method is a way to find incidents.
type method struct {
	name      string
	find      func(*day, []incident.Bin) []incident.Incident
	intervals bool // it says how certain an edge is
}

var methods = []method{
	{"this package", func(_ *day, bins []incident.Bin) []incident.Incident {
		return incident.Find(bins, incident.Options{Baseline: math.NaN()}).Incidents
	}, true},
	{"5 % of a minute", threshold, false},
	{"burn-rate pages", burning, false},
}

// threshold is what most people set up: an alert while more than 5 % of a minute's requests fail, and
// at least 5 of them, which clears after two good minutes.
func threshold(_ *day, bins []incident.Bin) (found []incident.Incident) {
	const most, least, clears = .05, 5, 120
	for i := 0; i < len(bins); {
		start := bins[i].Second / 60 * 60
		var n, k uint64
		for ; i < len(bins) && bins[i].Second < start+60; i++ {
			n, k = n+bins[i].Requests, k+bins[i].Failures
		}
		if k < least || float64(k) <= most*float64(n) {
			continue
		}
		if last := len(found) - 1; last >= 0 && start-found[last].End <= clears {
			found[last].End = start + 60
		} else {
			found = append(found, incident.Incident{Start: start, End: start + 60})
		}
	}
	return found
}

// burning is when the workbook's alerts would page somebody whose objective is one that the service
// usually meets: 99.9 %, or 99 where one of 200 requests always fails.
func burning(d *day, bins []incident.Bin) (found []incident.Incident) {
	slo := 99.9
	if d.p0 > .001 {
		slo = 99
	}
	var pages []incident.Span
	for _, a := range incident.Replay(bins, slo) {
		if a.Severity == "page" {
			pages = append(pages, a.Firings...)
		}
	}
	slices.SortFunc(pages, func(a, b incident.Span) int { return int(a.Low - b.Low) })
	for _, s := range pages {
		if last := len(found) - 1; last >= 0 && s.Low <= found[last].End {
			found[last].End = max(found[last].End, s.High)
		} else {
			found = append(found, incident.Incident{Start: s.Low, End: s.High})
		}
	}
	return found
}

// judgement is how well a method did.
type judgement struct {
	seen, faint       tally // 15 failures and more beyond the usual were expected, or fewer
	byShape           map[string]*tally
	quietDays, alarms int
}

// judgeDays simulates half-days at each rate of requests: so many of each kind of incident, and so
// many quiet ones. All methods see the same.
func judgeDays(seed uint64, rates []float64, each, quiet int) []judgement {
	r := rand.New(rand.NewPCG(seed, 1))
	res := make([]judgement, len(methods))
	for i := range res {
		res[i].byShape = map[string]*tally{}
		for _, s := range shapes {
			res[i].byShape[s] = &tally{}
		}
	}
	for _, rps := range rates {
		for _, p0 := range []float64{.0005, .005} {
			for range quiet {
				d := day{rps: rps, p0: p0}
				bins, _ := d.simulate(r)
				for i, m := range methods {
					res[i].quietDays++
					res[i].alarms += len(m.find(&d, bins))
				}
			}
			for _, p1 := range []float64{.03, .2, .9} {
				for _, minutes := range []int64{2, 15, 60} {
					for _, shape := range shapes {
						for range each {
							d := day{rps: rps, p0: p0, p1: p1, minutes: minutes, shape: shape}
							d.place(r)
							bins, excess := d.simulate(r)
							for i, m := range methods {
								res[i].judge(&d, excess, m.find(&d, bins))
							}
						}
					}
				}
			}
		}
	}
	return res
}

func (j *judgement) judge(d *day, excess float64, found []incident.Incident) {
	const visible = 15
	if excess < visible {
		j.faint.judge(d, found)
		return
	}
	j.seen.judge(d, found)
	j.byShape[d.shape].judge(d, found)
}

// tally counts half-days that have an incident.
type tally struct {
	days, found, false, startWithin, endWithin int
	errors, widths                             []float64
}

func (t *tally) judge(d *day, found []incident.Incident) {
	t.days++
	var hit []incident.Incident // of a flapping one several may be found
	for _, in := range found {
		if in.Start >= d.end || in.End <= d.start {
			t.false++
		} else {
			hit = append(hit, in)
		}
	}
	if len(hit) == 0 {
		return
	}
	first, last := hit[0], hit[len(hit)-1]
	t.found++
	t.widths = append(t.widths, float64(first.StartHigh-first.StartLow))
	t.errors = append(t.errors, math.Abs(float64(first.Start-d.start)))
	if first.StartLow <= d.start && d.start <= first.StartHigh {
		t.startWithin++
	}
	if last.EndLow <= d.end && d.end <= last.EndHigh {
		t.endWithin++
	}
}

func (t *tally) share(n int) float64 { return float64(n) / math.Max(1, float64(t.found)) }
func (t *tally) recall() float64     { return float64(t.found) / math.Max(1, float64(t.days)) }
func (t *tally) precision() float64  { return float64(t.found) / math.Max(1, float64(t.found+t.false)) }
func (t *tally) f1() float64 {
	return 2 * float64(t.found) / math.Max(1, float64(t.days+t.found+t.false))
}

// median is NaN of nothing.
func median(all []float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	slices.Sort(all)
	return all[len(all)/2]
}
