package main

import (
	"math"
	"math/rand/v2"

	"github.com/loganalyze/loganalyze/analyzer/incident"
)

// day is a half-day: how it is asked, and what fails. Without a shape it is a quiet one.
type day struct {
	rps, p0, p1 float64
	minutes     int64
	shape       string
	start, end  int64
}

var shapes = []string{"step", "ramp", "flapping"}

const (
	begin = 1795132800 // 2026-11-20 00:00:00 UTC
	hours = 12
	flap  = 30 // seconds that a flapping incident is bad, and then good
)

// place puts the incident somewhere in the day, but into its first and last hour.
func (d *day) place(r *rand.Rand) {
	d.start = begin + 3600 + r.Int64N((hours-2)*3600-d.minutes*60)
	d.end = d.start + d.minutes*60
	if d.shape == "flapping" {
		d.end -= flap // the last that is bad
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
