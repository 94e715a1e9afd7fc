package main

import (
	"math/rand/v2"
	"strings"
	"time"
)

// An incident begins and ends at these shares of the span.
const (
	incidentBegin = 0.4
	incidentEnd   = 0.7
)

// window is the time of the incident.
func (lc loadConfig) window() (from, to time.Time) {
	return lc.start.Add(time.Duration(incidentBegin * float64(lc.span))), lc.start.Add(time.Duration(incidentEnd * float64(lc.span)))
}

// incident is something that breaks for a while.
type incident struct {
	name  string
	surge float64 // how much more traffic comes meanwhile
	// mark breaks it for the steps of the incident's window; nil for no incident.
	mark func(rng *rand.Rand, steps []step, slots int)
}

var incidents = []incident{
	{"none", 1, nil},
	{"database", 1, databaseGone},
	{"upstream", 1, avatarsDown},
	{"overload", 1.8, slotsTaken},
}

func findIncident(name string) (incident, bool) {
	for _, in := range incidents {
		if in.name == name {
			return in, true
		}
	}
	return incident{}, false
}

func incidentHelp() string {
	var names []string
	for _, in := range incidents {
		names = append(names, in.name)
	}
	return strings.Join(names, ", ")
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
