package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// An incident on an API that stands alone begins and ends at these shares of the span.
const (
	incidentBegin = 0.4
	incidentEnd   = 0.7
)

// shares are the begin and the end of the incident as shares of the span.
func (lc loadConfig) shares() (begin, end float64) {
	in, _ := findIncident(lc.incident)
	if in.fault == nil {
		return incidentBegin, incidentEnd
	}
	rng := lc.dice("window")
	begin = .3 + .25*rng.Float64()
	return begin, begin + in.fault.long*(.8+.4*rng.Float64())
}

// dice are for one use in one incident.
func (lc loadConfig) dice(use string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, lc.incident, " ", use)
	return rand.New(rand.NewPCG(lc.seed, h.Sum64()))
}

// window is the time of the incident.
func (lc loadConfig) window() (from, to time.Time) {
	begin, end := lc.shares()
	return lc.after(begin), lc.after(end)
}

// after is the instant at a share of the span.
func (lc loadConfig) after(share float64) time.Time {
	return lc.start.Add(time.Duration(share * float64(lc.span)).Truncate(time.Microsecond))
}

// incident is something that breaks for a while, on an API that stands alone or on a
// fleet of them.
type incident struct {
	name  string
	text  string
	surge float64 // how much more traffic comes meanwhile
	// mark breaks it for the steps of the incident's window on an API that stands
	// alone; nil for no incident.
	mark  func(rng *rand.Rand, steps []step, slots int)
	fault *fault // on a fleet; nil for an API that stands alone
}

var incidents = []incident{
	{"none", "nothing breaks", 1, nil, nil},
	{"database", "the database vanishes, and then comes and goes", 1, databaseGone, nil},
	{"upstream", "the avatar service hangs, and then crashes", 1, avatarsDown, nil},
	{"overload", "slow uploads take all slots", 1.8, slotsTaken, nil},

	{"instance", "one instance fails with a share of what it is asked", 1, nil, &fault{"5xx", .25, badInstance}},
	{"route", "one route fails on all instances", 1, nil, &fault{"5xx", .2, badRoute}},
	{"client", "the API panics at the data of one client", 1, nil, &fault{"5xx", .3, badClient}},
	{"release", "a new version on one instance has a bug on one route", 1, nil, &fault{"5xx", .3, badRelease}},
	{"app", "a release of the app asks for what cannot be: 400", 1, nil, &fault{"4xx", .25, badApp}},
	{"slow", "the avatar service takes its time; nothing fails", 1, nil, &fault{"slow", .2, slowAvatars}},
	{"flapping", "one instance fails, recovers, and fails again", 1, nil, &fault{"5xx", .3, flappingInstance}},
	{"crash", "a request kills an instance, until it is started again", 1, nil, &fault{"5xx", .1, crashed}},
	{"limit", "the gateway has a limit that is too low: 503", 1, nil, &fault{"5xx", .15, limited}},
	{"outage", "the gateway dies: no log, until it is started again", 1, nil, &fault{"volume", .06, outage}},
	{"quiet", "nothing breaks", 1, nil, &fault{"", 0, quiet}},
}

func findIncident(name string) (incident, bool) {
	for _, in := range incidents {
		if in.name == name {
			return in, true
		}
	}
	return incident{}, false
}

func incidentNames() string {
	var names []string
	for _, in := range incidents {
		names = append(names, in.name)
	}
	return strings.Join(names, ", ")
}

// incidentHelp lists those that are on a fleet, or those that are not.
func incidentHelp(fleet bool) string {
	var b strings.Builder
	for _, in := range incidents {
		if fleet == (in.fault != nil) {
			fmt.Fprintf(&b, "\t%-10s %s\n", in.name, in.text)
		}
	}
	return b.String()
}

// databaseGone has the database vanish at once, stay away for a quarter of the
// window, and then come and go, here for longer each time. What needs no database
// goes on all the while.
func databaseGone(rng *rand.Rand, steps []step, _ int) {
	gone := len(steps) / 4
	for i := 0; i < len(steps); {
		for end := min(i+gone, len(steps)); i < end; i++ {
			steps[i].noDatabase = true
		}
		over := float64(i) / float64(len(steps)) // 0 to 1
		i += 3 + rng.IntN(5+int(40*over))        // steps for which it is back
		gone = 10 + rng.IntN(10+int(90*(1-over)))
	}
}

// avatarsDown has most requests to the avatar service hang; in the last third of the
// window it crashes instead, until somebody repairs it.
func avatarsDown(rng *rand.Rand, steps []step, _ int) {
	for i := range steps {
		switch {
		case rng.Float64() > 0.85:
		case i < len(steps)*2/3:
			steps[i].avatars = avatarsHang
		default:
			steps[i].avatars = avatarsCrash
		}
	}
}

// slotsTaken has a batch client upload so many lists at a time, and so slowly, that
// no slot is left. Again and again a wave of these uploads ends and the next begins.
func slotsTaken(rng *rand.Rand, steps []step, slots int) {
	p := newPlanner(rng)
	p.serial = 1e9 // no address that the healthy traffic has
	for i := 0; i < len(steps); {
		for end := min(i+slots, len(steps)); i < end; i++ {
			s := p.importing()
			s.kind, s.at, s.id = slow, steps[i].at, steps[i].id
			steps[i] = s
		}
		for end := min(i+slots*(2+rng.IntN(5)), len(steps)); i < end; i++ {
			steps[i].holdSlots = true
		}
		i += 1 + slots/2 + rng.IntN(slots+1) // steps at which there is room
	}
}
