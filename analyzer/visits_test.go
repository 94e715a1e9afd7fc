package analyzer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// aVisit is a request as visits count it.
type aVisit struct {
	client         string
	route          uint16
	second         int64
	inside, failed bool
}

func (a *aVisit) into(v *visits) {
	if a.inside {
		v.add(a.client, a.failed)
	}
	v.ask(a.client, a.route, a.second, a.inside, a.failed)
}

// Whoever counted them, and in whatever order: clients and retries are what looking at every pair of
// requests tells.
func TestVisitsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) aVisit {
			a := aVisit{client: fmt.Sprint("10.0.0.", rapid.IntRange(1, 4).Draw(t, "client")), route: rapid.Uint16Range(0, 2).Draw(t, "route"),
				second: rapid.Int64Range(0, 200).Draw(t, "second"), failed: rapid.Bool().Draw(t, "failed")}
			a.inside = a.second < 140
			return a
		}), 0, 60).Draw(t, "visits")
		var parts []*visits
		for _, hand := range deal(t, all, rapid.IntRange(1, 3).Draw(t, "parts")) {
			v := newVisits()
			for i := range hand {
				hand[i].into(&v)
			}
			parts = append(parts, &v)
		}
		v := mergeAnyhow(t, parts, func(into, from *visits) { into.merge(from) })

		inside, failed := map[string]int{}, map[string]int{}
		failures, again := 0, 0
		for _, a := range all {
			if !a.inside {
				continue
			}
			if inside[a.client]++; !a.failed {
				continue
			}
			failed[a.client]++
			failures++
			for _, b := range all {
				if !b.failed && b.client == a.client && b.route == a.route && b.second >= a.second && b.second <= a.second+60 {
					again++
					break
				}
			}
		}
		only := 0
		for client, n := range failed {
			if n == inside[client] {
				only++
			}
		}
		if hit, onlyFailed, active := v.hit(); hit != uint64(len(failed)) || onlyFailed != uint64(only) || active != uint64(len(inside)) {
			t.Errorf("%d clients were hit, %d of them only failed, of %d; want %d, %d, %d", hit, onlyFailed, active, len(failed), only, len(inside))
		}
		got, ok := v.recovered()
		if want := share(uint64(again), uint64(failures)); ok != (failures > 0) || got != want {
			t.Errorf("%v recovered, %v; want %v", got, ok, want)
		}
	})
}

// Of too many clients some stand for all, the same ones whoever counted them.
func TestVisitsOfTooManyClients(t *testing.T) {
	inFullRuns(t)
	const clients = 300_000
	parts := [2]visits{newVisits(), newVisits()}
	whole := newVisits()
	dice := rand.New(rand.NewPCG(1, 1))
	for i := range clients {
		a := aVisit{client: fmt.Sprint("client ", i), second: 10, inside: true, failed: i%3 == 0}
		for _, v := range []*visits{&whole, &parts[dice.IntN(2)]} {
			a.into(v)
		}
		if a.failed && i%2 == 0 { // half of them ask again
			a.second, a.failed = 30, false
			a.into(&whole)
			a.into(&parts[dice.IntN(2)])
		}
	}
	parts[0].merge(&parts[1])
	for _, v := range []*visits{&whole, &parts[0]} {
		if len(v.clients) > maxVisited || len(v.asked) > maxVisits {
			t.Errorf("%d clients and %d visits are kept", len(v.clients), len(v.asked))
		}
		hit, only, active := v.hit()
		recovered, ok := v.recovered()
		for _, f := range []struct {
			what      string
			got, want float64
		}{{"hit", float64(hit), clients / 3}, {"only failed", float64(only), clients / 6}, {"active", float64(active), clients}, {"recovered", recovered, .5}} {
			if !ok || math.Abs(f.got/f.want-1) > .03 {
				t.Errorf("%s: %v, want about %v", f.what, f.got, f.want)
			}
		}
	}
	hit, _, _ := whole.hit()
	if merged, _, _ := parts[0].hit(); merged != hit || parts[0].clientShift != whole.clientShift || len(parts[0].asked) != len(whole.asked) {
		t.Errorf("merged it is %d clients, and at once %d", merged, hit)
	}
}

// Behind a proxy all requests come from one address: it is one client, however many there are.
func TestVisitsOfOneProxy(t *testing.T) {
	v := newVisits()
	for i := range 2 * maxVisits {
		(&aVisit{client: "10.0.0.1", route: uint16(i % 1000), second: int64(i / 50), inside: true, failed: i%7 == 0}).into(&v)
	}
	if hit, only, active := v.hit(); hit != 1 || only != 0 || active != 1 {
		t.Errorf("%d were hit, %d only failed, of %d; there is one", hit, only, active)
	}
	if _, ok := v.recovered(); !ok || len(v.asked) > maxVisits {
		t.Errorf("nobody knows of retries; %d visits are kept", len(v.asked))
	}
}
