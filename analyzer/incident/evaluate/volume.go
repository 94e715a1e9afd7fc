package main

import (
	"math"
	"math/rand/v2"

	"github.com/loganalyze/loganalyze/analyzer/incident"
)

// arrivals is how many requests a second are expected, and how they come.
type arrivals struct {
	name  string
	hours int64
	rate  func(s int64) float64 // at a second since the beginning
	burst int                   // a page has so many requests at most, at least a quarter; 0 is 1 each
	// crawls is how often in an hour somebody asks for everything, some minutes long.
	crawls float64
}

func steady(rps float64) func(int64) float64 { return func(int64) float64 { return rps } }

// daily is a day that begins at midnight, when there is least to do.
func daily(rps, amplitude float64) func(int64) float64 {
	return func(s int64) float64 { return rps * (1 - amplitude*math.Cos(2*math.Pi*float64(s)/86400)) }
}

// asleep has nothing to do at night: it opens at seven within so many seconds, and closes at nine
// in the evening as slowly.
func asleep(rps float64, slope int64) func(int64) float64 {
	return func(s int64) float64 {
		s %= 86400
		return rps * min(1, max(0, float64(min(s-7*3600, 21*3600-s)+1)/float64(slope)))
	}
}

// usualTraffic is all in which nothing is an incident.
var usualTraffic = []arrivals{
	{name: "day and night, 20 a second", hours: 48, rate: daily(20, .9)},
	{name: "day and night, 2 a second", hours: 48, rate: daily(2, .9)},
	{name: "half a day, 20 a second", hours: 12, rate: daily(20, .6)},
	{name: "half a day, 2 a second", hours: 12, rate: daily(2, .6)},
	{name: "sparse", hours: 48, rate: steady(.02)},
	{name: "sparser", hours: 96, rate: steady(.002)},
	{name: "nothing at night", hours: 96, rate: asleep(2, 3600)},
	{name: "closed at night, from one minute to the next", hours: 96, rate: asleep(5, 60)},
	{name: "hardly anything at night", hours: 96, rate: func(s int64) float64 { return .01 + asleep(2, 7200)(s) }},
	{name: "pages", hours: 24, rate: daily(.02, .6), burst: 40},
	{name: "few pages", hours: 48, rate: daily(.002, .6), burst: 40},
	{name: "many pages", hours: 24, rate: daily(.5, .6), burst: 40},
	{name: "crawlers", hours: 24, rate: daily(.5, .6), crawls: .5},
	{name: "pages and crawlers", hours: 24, rate: daily(.02, .6), burst: 40, crawls: .5},
	{name: "a job each hour", hours: 24, rate: func(s int64) float64 {
		if s%3600 < 120 {
			return 10
		}
		return 1
	}},
	{name: "two days of a week", hours: 7 * 24, rate: func(s int64) float64 {
		if day := s / 86400; day != 0 && day != 6 {
			return 0
		}
		return daily(5, .6)(s)
	}},
}

// simulate draws requests; of what is expected at a second, times says how much there is.
func (t *arrivals) simulate(r *rand.Rand, times func(s int64) float64) (bins []incident.Bin) {
	until, crawl := int64(0), 0.
	for s := range t.hours * 3600 {
		if s >= until {
			if crawl = 0; r.Float64() < t.crawls/3600 {
				crawl, until = 2+10*r.Float64(), s+120+r.Int64N(480)
			}
		}
		much := times(s)
		n := 0
		for range poisson(r, t.rate(s)*much) {
			if n++; t.burst > 0 {
				n += t.burst/4 - 1 + r.IntN(t.burst*3/4+1)
			}
		}
		n += poisson(r, crawl*much)
		if n > 0 {
			bins = append(bins, incident.Bin{Second: begin + s, Requests: uint64(n)})
		}
	}
	return bins
}

// change is what happens to the requests in the midst of half a day.
type change struct {
	rps, times float64
	minutes    int64
}

var changes = func() (all []change) {
	for _, rps := range []float64{2, 20} {
		all = append(all, change{rps, 0, 3}, change{rps, 0, 10}, change{rps, 0, 60}, change{rps, .1, 10}, change{rps, .1, 30}, change{rps, 5, 5})
	}
	return all
}()

// find reports whether the incident is found, whether both its edges are in their intervals, and
// how many others are.
func (c *change) find(r *rand.Rand) (found, within bool, others int) {
	t := arrivals{hours: 12, rate: daily(c.rps, .6)}
	start := 3600 + r.Int64N(10*3600-c.minutes*60)
	end := start + c.minutes*60
	bins := t.simulate(r, func(s int64) float64 {
		if s >= start && s < end {
			return c.times
		}
		return 1
	})
	start, end = start+begin, end+begin
	for _, in := range incident.FindVolume(bins, incident.Options{}) {
		if in.Start >= end || in.End <= start || in.Excess > 0 != (c.times > 1) {
			others++
			continue
		}
		found = true
		within = in.StartLow <= start && start <= in.StartHigh && in.EndLow <= end && end <= in.EndHigh
	}
	return found, within, others
}

// volumes are what was found of the number of requests.
type volumes struct {
	changes, found, within, others int
	alarms                         map[string]int // by the kind of arrivals
	each                           int
}

// judgeVolume simulates and finds, each change and all kinds of arrivals so many times.
func judgeVolume(seed uint64, each int) volumes {
	r := rand.New(rand.NewPCG(seed, 2))
	res := volumes{alarms: map[string]int{}, each: each}
	for range each {
		for _, c := range changes {
			found, within, others := c.find(r)
			res.changes++
			res.others += others
			if found {
				res.found++
			}
			if within {
				res.within++
			}
		}
		for _, t := range usualTraffic {
			res.alarms[t.name] += len(incident.FindVolume(t.simulate(r, func(int64) float64 { return 1 }), incident.Options{}))
		}
	}
	return res
}
