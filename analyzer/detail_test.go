package analyzer

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Nobody knows whether a request without a duration was slow, so that it counts nowhere.
func TestSlowIncidentOfLogsThatTimeHalf(t *testing.T) {
	n := 0
	half := func(_ *rand.Rand, _ int, r *accesslog.Record) bool {
		if n++; n%2 == 0 {
			r.Duration = accesslog.Opt[time.Duration]{}
		}
		return true
	}
	all := course(3600, 10, nothing, between(1800, 2100, on("/r2", lasts(2*time.Second))), half)
	r := review(t, ReviewOptions{}, inFile(t, ours(all...))...)
	if len(r.Incidents) != 1 || r.Incidents[0].Stream != StreamSlow {
		t.Fatalf("there were %+v", r.show())
	}
	in := r.Incidents[0]
	var timed uint64
	for _, r := range all {
		if began := r.Start(); r.Route == "/r2" && r.Duration.Known && !began.Before(in.Start) && began.Before(in.End) {
			timed++
		}
	}
	if len(in.Routes) != 1 || in.Routes[0].Requests != timed || in.Routes[0].Failures != timed {
		t.Errorf("all %d of the route that tell how long they took were slow, and not %s", timed, toJSON(t, in.Routes))
	}
	if rise := in.Rate - in.BaselineRate; math.Abs(in.Changes.Worse+in.Changes.Moved-rise) > .01 {
		t.Errorf("the rate rose by %v, and its components are %v and %v", rise, in.Changes.Worse, in.Changes.Moved)
	}
}

// What a review draws and compares of an incident is in the same requests as the rest of it.
func TestIncidentOfSampledRecordsIsThatOfRequests(t *testing.T) {
	all := course(3600, 10, nothing, between(1800, 2100, on("/r2", answers(503, 1))), between(1800, 2100, on("/r2", lasts(2*time.Second))))
	for i := range all {
		all[i].SampleRate = .1
	}
	r := review(t, ReviewOptions{}, inFile(t, ours(all...))...)
	if len(r.Incidents) != 1 {
		t.Fatalf("there were %+v", r.show())
	}
	in := r.Incidents[0]
	most := func(l Timeline) (perSecond float64) {
		for _, b := range l.Bins {
			perSecond = max(perSecond, float64(b.Requests)/float64(l.IntervalSeconds))
		}
		return perSecond
	}
	if of, whole := most(in.Timeline), most(r.Timeline); math.Abs(of-100) > 50 || math.Abs(whole-100) > 50 {
		t.Errorf("there were 100 requests a second; the timeline of the incident has up to %v, that of the log %v", of, whole)
	}
	if l := in.Changes.Latency; *l.Usual.P99 > 40 || *l.During.P99 < 1900 {
		t.Errorf("requests took 30 ms at most, but in the incident; they are said to be usually %s", toJSON(t, l))
	}
}

// At 0.7 a record stands for one request and three sevenths: some for one, and some for two.
func TestIncidentOfRecordsThatStandForNoWholeNumber(t *testing.T) {
	for _, rate := range []float64{.7, .4} {
		all := course(3600, 10, nothing, between(1800, 2100, on("/r2", answers(503, 1))))
		records := 0
		for i := range all {
			all[i].SampleRate = rate
			if began := all[i].Start(); all[i].Route == "/r2" && !began.Before(at(1800)) && began.Before(at(2100)) {
				records++
			}
		}
		r := run(t, Options{}, inFile(t, ours(all...))...)
		if len(r.Incidents) != 1 || len(r.Incidents[0].Routes) != 1 {
			t.Fatalf("at %v there were %s", rate, toJSON(t, r.Incidents))
		}
		if got, want := float64(r.Incidents[0].Routes[0].Requests), float64(records)/rate; math.Abs(got/want-1) > .05 {
			t.Errorf("at %v, %d records on the route stand for %.0f requests, and not %.0f", rate, records, want, got)
		}
	}
}

// onWrite is a writer that does something when it is first written to.
type onWrite func()

func (does onWrite) Write(p []byte) (int, error) { does(); return len(p), nil }

// A log may be rotated away between the two readings: what then has its name tells nothing of the
// incident. The state is saved in between.
func TestIncidentOfRotatedLog(t *testing.T) {
	all := course(3600, 10, nothing, between(1800, 2100, answers(500, .5)))
	sources := inFile(t, ours(all...))
	rotate := onWrite(func() {
		if err := os.WriteFile("access.log", []byte(ours(all[:100]...)), 0o600); err != nil {
			t.Error(err)
		}
	})
	r, err := Run(t.Context(), sources, Options{Save: rotate})
	if want := "access.log was truncated or rotated away, when the time of an incident was to be read again"; err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
	if !same(r.Incidents, []happened{{Stream5xx, 1800, 2100, ""}}, 10) || r.Incidents[0].Clients != nil || len(r.Incidents[0].Evidence) > 0 {
		t.Errorf("there were %s", toJSON(t, r.Incidents))
	}
}
