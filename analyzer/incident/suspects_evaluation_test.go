package incident

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
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
func (t *traffic) drawn(n int, baseline, rate float64, cause []Term) (counts []Count) {
	for range n {
		values, background := t.request()
		c := Count{Values: values, Requests: 1}
		if t.Float64() < baseline*background || cause != nil && matches(values, cause) && t.Float64() < rate {
			c.Failures = 1
		}
		counts = append(counts, c)
	}
	return counts
}

func matches(values []string, where []Term) bool {
	return !slices.ContainsFunc(where, func(term Term) bool {
		return values[slices.Index(trafficAttributes, term.Attribute)] != term.Value
	})
}

// fault draws a cause, values of attributes that requests have together, and how they fail. At
// least 15 failures above normal are to be expected; fewer are not promised to be found.
func (t *traffic) fault(attributes []string) (n int, baseline, rate float64, cause []Term) {
	for {
		n = []int{2_000, 5_000, 10_000, 20_000}[t.IntN(4)]
		baseline, rate = []float64{.0005, .005}[t.IntN(2)], []float64{.1, .3, .9}[t.IntN(3)]
		values, _ := t.request()
		cause = nil
		for _, a := range attributes {
			cause = append(cause, Term{a, values[slices.Index(trafficAttributes, a)]})
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
func sameRequests(counts []Count, a, b []Term) bool {
	return !slices.ContainsFunc(counts, func(c Count) bool { return matches(c.Values, a) != matches(c.Values, b) })
}

// Causes that are known are found: the first suspect holds for the very requests that the fault
// was put into, in 93 of 100 cases at least.
func TestEvaluateSuspects(t *testing.T) {
	kinds := [][]string{
		{"route"}, {"method"}, {"host"}, {"instance"}, {"client"}, {"network"}, {"agent"}, {"version"},
		{"instance", "route"}, {"method", "route"}, {"route", "version"}, {"agent", "route"}, {"host", "method"}, {"network", "version"},
	}
	const cases, floor = 56, .93
	exact, named, more := 0, 0, 0
	for seed := range uint64(cases) {
		traffic := newTraffic(seed)
		kind := kinds[int(seed)%len(kinds)]
		n, baseline, rate, cause := traffic.fault(kind)
		counts := traffic.drawn(n, baseline, rate, cause)
		got := Suspects(trafficAttributes, counts, baseline)
		if len(got) == 0 || !sameRequests(counts, got[0].Where, cause) {
			t.Logf("seed %d: %s in %d requests at %v, normal %v: %q", seed, written(cause), n, rate, baseline, summary(got))
			continue
		}
		exact++
		more += len(got) - 1
		if slices.Equal(got[0].Where, cause) {
			named++
		}
	}
	t.Logf("%d of %d exact, %d of them by the same name; %d further suspects", exact, cases, named, more)
	if float64(exact) < floor*cases {
		t.Errorf("%d of %d causes are found, want %v", exact, cases, floor)
	}
}

// Failures that share nothing have no suspects, be they few or many.
func TestEvaluateSuspectsOfNothing(t *testing.T) {
	const cases = 56
	wrong := 0
	for seed := range uint64(cases) {
		traffic := newTraffic(1_000 + seed)
		rate := []float64{.02, .1, .5, .95}[seed%4]
		everything := []Term{}
		counts := traffic.drawn(2_000+int(seed)*200, .001, rate, everything)
		if got := Suspects(trafficAttributes, counts, .001); len(got) > 0 {
			wrong++
			t.Logf("seed %d: a rate of %v: %q", seed, rate, summary(got))
		}
	}
	t.Logf("%d of %d have a suspect", wrong, cases)
	if wrong > 1 {
		t.Errorf("%d of %d tables whose failures share nothing have a suspect", wrong, cases)
	}
}
