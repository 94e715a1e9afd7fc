// Command evaluate measures how well incidents are found, on half-days that it simulates by a seed:
//
//	go run ./analyzer/incident/evaluate
//
// Requests come at 0.2, 2 or 20 a second, by day more than by night; .05 or .5 % of them fail all
// the time, more widely spread than by chance; and there are nuisances: blips of some seconds. In
// each half-day but the quiet ones one incident of 2, 15 or 60 minutes has 3, 20 or 90 % fail: at
// once, as a ramp, or flapping. Found is one that overlaps it. Those of which fewer than 15 failures
// beyond the usual are expected are told apart: few of them can be seen by anybody.
package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/loganalyze/loganalyze/analyzer/incident"
)

func main() {
	seed := flag.Uint64("seed", 1, "of the half-days")
	each := flag.Int("each", 2, "half-days for each kind of incident")
	quiet := flag.Int("quiet", 24, "half-days without one, for each rate of requests and failures")
	flag.Parse()
	r := Judge(*seed, *each, *quiet)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "excess expected\thalf-days\trecall\tprecision\tF1\tonset error, median\tonset in its interval\tend in its interval\n")
	for _, row := range []struct {
		name string
		tally
	}{{">= 15", r.seen}, {"< 15", r.faint}} {
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f\t%.0f s\t%.3f\t%.3f\n", row.name, row.days, row.recall(), row.precision(), row.f1(), row.onset(), row.share(row.startWithin), row.share(row.endWithin))
	}
	w.Flush()
	for _, shape := range shapes {
		t := r.byShape[shape]
		fmt.Printf("%s: %d found, onset error %.0f s, its interval %.0f s wide, within %.3f, end within %.3f\n", shape, t.found, t.onset(), t.width(), t.share(t.startWithin), t.share(t.endWithin))
	}
	fmt.Printf("false alarms in %d quiet half-days: %d\n", r.quietDays, r.alarms)
}

// Result is what Judge found.
type Result struct {
	seen, faint       tally
	quietDays, alarms int
	byShape           map[string]*tally
}

var shapes = []string{"step", "ramp", "flapping"}

type tally struct {
	days, found, false, startWithin, endWithin int
	errors, widths                             []float64
}

func (t *tally) share(n int) float64 { return float64(n) / math.Max(1, float64(t.found)) }
func (t *tally) recall() float64     { return float64(t.found) / math.Max(1, float64(t.days)) }
func (t *tally) precision() float64  { return float64(t.found) / math.Max(1, float64(t.found+t.false)) }
func (t *tally) f1() float64 {
	return 2 * float64(t.found) / math.Max(1, float64(t.days+t.found+t.false))
}
func (t *tally) onset() float64 {
	if len(t.errors) == 0 {
		return math.NaN()
	}
	slices.Sort(t.errors)
	return t.errors[len(t.errors)/2]
}

func (t *tally) width() float64 {
	slices.Sort(t.widths)
	if len(t.widths) == 0 {
		return math.NaN()
	}
	return t.widths[len(t.widths)/2]
}

// day is a half-day: how it is asked, and what fails.
type day struct {
	rps, p0, p1 float64
	minutes     int
	shape       string
	start, end  int64
}

const (
	begin = 1795132800 // 2026-11-20 00:00:00 UTC
	hours = 12
	flap  = 30 // seconds that a flapping incident is bad, and then good
)

// Judge simulates and finds.
func Judge(seed uint64, each, quiet int) (res Result) {
	r := rand.New(rand.NewPCG(seed, 1))
	res.byShape = map[string]*tally{}
	for _, s := range shapes {
		res.byShape[s] = &tally{}
	}
	for _, rps := range []float64{.2, 2, 20} {
		for _, p0 := range []float64{.0005, .005} {
			for range quiet {
				d := day{rps: rps, p0: p0}
				bins, _ := d.simulate(r)
				res.quietDays++
				res.alarms += len(incident.Find(bins, incident.Options{Baseline: math.NaN()}).Incidents)
			}
			for _, p1 := range []float64{.03, .2, .9} {
				for _, minutes := range []int{2, 15, 60} {
					for _, shape := range shapes {
						for range each {
							d := day{rps: rps, p0: p0, p1: p1, minutes: minutes, shape: shape}
							d.start = begin + 3600 + r.Int64N((hours-2)*3600-int64(minutes)*60)
							d.end = d.start + int64(minutes)*60
							if shape == "flapping" {
								d.end -= flap // the last that is bad
							}
							bins, excess := d.simulate(r)
							into := &res.seen
							if excess < 15 {
								into = &res.faint
							}
							found := incident.Find(bins, incident.Options{Baseline: math.NaN()}).Incidents
							into.judge(&d, found)
							if excess >= 15 {
								res.byShape[shape].judge(&d, found)
							}
						}
					}
				}
			}
		}
	}
	return res
}

func (t *tally) judge(d *day, found []incident.Incident) {
	t.days++
	hit := -1
	for i, in := range found {
		switch {
		case in.Start >= d.end || in.End <= d.start:
			t.false++
		case hit < 0:
			hit = i
		}
	}
	if hit < 0 {
		return
	}
	in := found[hit]
	last := in
	for _, other := range found[hit:] { // of a flapping one several may be found
		if other.Start < d.end {
			last = other
		}
	}
	t.found++
	t.widths = append(t.widths, float64(in.StartHigh-in.StartLow))
	t.errors = append(t.errors, math.Abs(float64(in.Start-d.start)))
	if in.StartLow <= d.start && d.start <= in.StartHigh {
		t.startWithin++
	}
	if last.EndLow <= d.end && d.end <= last.EndHigh {
		t.endWithin++
	}
}

// simulate counts the requests and failures of each second, and how many failures beyond the usual
// are expected.
func (d *day) simulate(r *rand.Rand) (bins []incident.Bin, excess float64) {
	usual := d.p0
	blipUntil, blip := int64(0), 0.
	for s := int64(begin); s < begin+hours*3600; s++ {
		if (s-begin)%60 == 0 { // failures come together: the usual rate wanders from minute to minute
			usual = d.p0 * gamma(r, 2) / 2
		}
		if s >= blipUntil {
			if blip = 0; r.Float64() < 4./(hours*3600) {
				blip, blipUntil = .3, s+1+r.Int64N(5)
			}
		}
		rate := d.rps * (1 + .6*math.Sin(2*math.Pi*float64(s-begin)/(24*3600)))
		n := poisson(r, rate)
		p := math.Max(usual, blip)
		if extra := d.extra(s); extra > 0 {
			p = math.Max(p, extra)
			excess += rate * (extra - d.p0)
		}
		if n > 0 {
			bins = append(bins, incident.Bin{Second: s, Requests: uint64(n), Failures: uint64(binomial(r, n, p))})
		}
	}
	return bins, excess
}

// extra is the rate that the incident has at a second; 0 outside.
func (d *day) extra(s int64) float64 {
	if s < d.start || s >= d.end {
		return 0
	}
	into := float64(s-d.start) / float64(d.end-d.start)
	switch {
	case d.shape == "ramp":
		return d.p1 * math.Min(1, 4*into+.05)
	case d.shape == "flapping" && (s-d.start)/flap%2 == 1:
		return 0
	}
	return d.p1
}

func poisson(r *rand.Rand, mean float64) int {
	n, left := 0, math.Exp(-mean)
	for p := r.Float64(); p > left; p *= r.Float64() {
		n++
	}
	return n
}

func binomial(r *rand.Rand, n int, p float64) (k int) {
	for range n {
		if r.Float64() < p {
			k++
		}
	}
	return k
}

// gamma draws from the gamma distribution of a whole shape.
func gamma(r *rand.Rand, shape int) (x float64) {
	for range shape {
		x -= math.Log(1 - r.Float64())
	}
	return x
}
