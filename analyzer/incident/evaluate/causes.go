package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/loganalyze/loganalyze/analyzer/incident"
)

var trafficAttributes = []string{"route", "method", "host", "instance", "client", "network", "agent", "version"}

// traffic draws requests as a service gets them: routes, clients and agents by Zipf's law; a
// client is of one network and mostly of one agent; hosts have instances of their own; a new
// version is on some of the instances; a route has one method or two, and its own failure rate.
type traffic struct {
	*rand.Rand
	routes, clients, agents *rand.Zipf
	seed                    uint64
}

func newTraffic(seed uint64) *traffic {
	r := rand.New(rand.NewPCG(seed, 1))
	return &traffic{r, rand.NewZipf(r, 1.3, 3, 39), rand.NewZipf(r, 1.2, 20, 1_999), rand.NewZipf(r, 1.5, 2, 11), seed}
}

func (t *traffic) request() (values []string, background float64) {
	route, client := t.routes.Uint64(), t.clients.Uint64()
	method := []string{"GET", "POST", "PUT", "DELETE"}[route%4]
	if route%3 == 0 && t.Float64() < .3 {
		method = "PATCH"
	}
	instance := t.IntN(8)
	version := "v1"
	if instance >= 5 {
		version = "v2"
	}
	agent := client * 7 % 12
	if t.Float64() < .2 {
		agent = t.agents.Uint64()
	}
	return []string{
		fmt.Sprint("/route-", route), method, fmt.Sprint("host-", instance%3), fmt.Sprint("instance-", instance),
		fmt.Sprintf("192.0.%d.%d", client%300, client/300), fmt.Sprintf("192.0.%d.0/24", client%300),
		fmt.Sprint("agent-", agent), version,
	}, []float64{.5, 1, 1, 2}[(route+t.seed)%4]
}

// drawn are n requests, of which those that have the cause fail at rate, all at the background.
func (t *traffic) drawn(n int, baseline, rate float64, cause []incident.Term) (counts []incident.Count) {
	for range n {
		values, background := t.request()
		c := incident.Count{Values: values, Requests: 1}
		if t.Float64() < baseline*background || cause != nil && matches(values, cause) && t.Float64() < rate {
			c.Failures = 1
		}
		counts = append(counts, c)
	}
	return counts
}

func matches(values []string, where []incident.Term) bool {
	return !slices.ContainsFunc(where, func(term incident.Term) bool {
		return values[slices.Index(trafficAttributes, term.Attribute)] != term.Value
	})
}

// fault draws a cause, values of attributes that requests have together, and how they fail. At
// least 15 failures above normal are to be expected; fewer are not promised to be found.
func (t *traffic) fault(attributes []string) (n int, baseline, rate float64, cause []incident.Term) {
	for {
		n = []int{2_000, 5_000, 10_000, 20_000}[t.IntN(4)]
		baseline, rate = []float64{.0005, .005}[t.IntN(2)], []float64{.1, .3, .9}[t.IntN(3)]
		values, _ := t.request()
		cause = nil
		for _, a := range attributes {
			cause = append(cause, incident.Term{Attribute: a, Value: values[slices.Index(trafficAttributes, a)]})
		}
		const sample = 2_000
		have := 0
		for range sample {
			if values, _ := t.request(); matches(values, cause) {
				have++
			}
		}
		if float64(have*n)/sample*rate >= 15 {
			return n, baseline, rate, cause
		}
	}
}

// sameRequests reports whether no method could tell a from b in counts.
func sameRequests(counts []incident.Count, a, b []incident.Term) bool {
	return !slices.ContainsFunc(counts, func(c incident.Count) bool { return matches(c.Values, a) != matches(c.Values, b) })
}

// kinds of causes are the attributes that requests with it have together.
var kinds = [][]string{
	{"route"}, {"method"}, {"host"}, {"instance"}, {"client"}, {"network"}, {"agent"}, {"version"},
	{"instance", "route"}, {"method", "route"}, {"route", "version"}, {"agent", "route"}, {"host", "method"}, {"network", "version"},
}

// told is how many causes were found.
type told struct{ cases, exact, more, shared, wrong int }

// judgeCauses puts causes into traffic: exact are those of which the first suspect holds for the very
// requests that the fault was put into, more the suspects besides. As often failures share
// nothing: wrong are those of which something is suspected all the same.
func judgeCauses(seed uint64, cases int) (res told) {
	for i := range uint64(cases) {
		traffic := newTraffic(seed + i)
		n, baseline, rate, cause := traffic.fault(kinds[int(i)%len(kinds)])
		counts := traffic.drawn(n, baseline, rate, cause)
		got := incident.Suspects(trafficAttributes, counts, baseline)
		if res.cases++; len(got) > 0 && sameRequests(counts, got[0].Where, cause) {
			res.exact++
			res.more += len(got) - 1
		}

		traffic = newTraffic(seed + 1_000 + i)
		rate = []float64{.02, .1, .5, .95}[i%4]
		everything := []incident.Term{}
		counts = traffic.drawn(2_000+int(i)*200, .001, rate, everything)
		if res.shared++; len(incident.Suspects(trafficAttributes, counts, .001)) > 0 {
			res.wrong++
		}
	}
	return res
}
