package analyzer

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// writes has only some records be written, each for as many requests as the rate says; keep tells of
// which all are.
func writes(rate float64, keep func(*accesslog.Record) bool) change {
	return func(dice *rand.Rand, _ int, r *accesslog.Record) bool {
		if keep(r) {
			return true
		}
		r.SampleRate = rate
		return dice.Float64() < rate
	}
}

func none(*accesslog.Record) bool { return false }

// manyClients has hardly any two requests be of one client.
func manyClients(dice *rand.Rand, _ int, r *accesslog.Record) bool {
	r.ClientIP = fmt.Sprintf("10.1.%d.%d", dice.IntN(9), dice.IntN(250))
	return true
}

// A few records that stand for ten requests each are a few, not ten times as many: what fails evenly is
// no incident, however little of it is written.
func TestNoIncidentOfAQuietSample(t *testing.T) {
	inFullRuns(t)
	for _, rate := range []float64{.5, .1, .01} {
		for seed := range 8 {
			all := course(5400+seed, 10, nothing, manyClients, answers(404, .01), writes(rate, none))
			if r := run(t, Options{}, inFile(t, ours(all...))...); len(r.Incidents)+len(r.MicroBurst) > 0 {
				t.Errorf("at %v, seed %d: there were %+v, and bursts %+v", rate, seed, show(r.Incidents), show(r.MicroBurst))
			}
		}
	}
}

// An outage is found in a sample, too, and what its failures share: that is no client that a single record
// tells of.
func TestOutageOfASample(t *testing.T) {
	inFullRuns(t)
	during := func(does change) change { return between(2700, 3300, does) }
	onWeb1 := func(dice *rand.Rand, second int, r *accesslog.Record) bool {
		return r.Attrs[0].Text() != "web-1" || answers(503, .6)(dice, second, r)
	}
	for _, tt := range []struct {
		reason   string
		rate     float64
		keep     func(*accesslog.Record) bool
		fails    change
		suspects int // the instance, or nothing
		within   int // seconds
	}{
		{"half of the requests", .5, none, onWeb1, 1, 10},
		{"one in ten", .1, none, onWeb1, 1, 30},
		{"one in ten, and all that failed", .1, (*accesslog.Record).Failed, onWeb1, 1, 10},
		{"half of the requests, which fail wherever they come from", .5, none, answers(503, .2), 0, 10},
		{"one in ten, which fail wherever they come from", .1, none, answers(503, .2), 0, 30},
	} {
		for seed := range 4 {
			all := course(5400+seed, 10, nothing, manyClients, answers(404, .01), during(tt.fails), writes(tt.rate, tt.keep))
			r := run(t, Options{}, inFile(t, ours(all...))...)
			if !same(r.Incidents, []happened{{Stream5xx, 2700, 3300, ""}}, tt.within) {
				t.Errorf("%s, seed %d: there were %+v", tt.reason, seed, show(r.Incidents))
				continue
			}
			in := &r.Incidents[0]
			if len(in.Suspects) != tt.suspects || tt.suspects > 0 && in.Suspects[0].Where["instance"] != "web-1" {
				t.Errorf("%s, seed %d: the suspects are %s", tt.reason, seed, toJSON(t, in.Suspects))
			}
			if in.Failures < 900 || in.Failures > 1600 { // of 6,000 requests a fifth
				t.Errorf("%s, seed %d: %d failed", tt.reason, seed, in.Failures)
			}
		}
	}
}

// What a single record tells is not new either, however many requests it stands for.
func TestNewInASample(t *testing.T) {
	half := between(1200, 1800, answers(503, .5))
	for records, want := range map[int]int{1: 0, 4: 0, 5: 1} {
		all := course(3600, 20, nothing, half, writes(.1, none))
		left := records
		for i := range all {
			version := "v1"
			if left > 0 && all[i].Time.Sub(noon) > 1500*time.Second {
				version = "v2"
				left--
			}
			told("version", version)(&all[i])
		}
		review, err := RunReview(t.Context(), inFile(t, ours(all...)), Options{}, ReviewOptions{})
		if err != nil || len(review.Incidents) != 1 {
			t.Fatalf("there were %d incidents: %v", len(review.Incidents), err)
		}
		if got := review.Incidents[0].Changes.New; len(got) != want {
			t.Errorf("%d records of a version: new is %+v", records, got)
		}
	}
}
