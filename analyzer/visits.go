package analyzer

import (
	"cmp"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// visits are the requests of an incident by client, as far as clients are known. Where there are
// too many, only those of every second client are kept, by the hashes of their addresses, then of
// every fourth, and so on: what is told of clients is then an estimate.
type visits struct {
	shift   uint // one in 2^shift clients is kept
	clients map[uint64][]visit
	kept    int // visits
}

type visit struct {
	second int64
	route  uint16
	inside bool // the incident, and not in the minute after it
	failed bool
}

const maxVisits = 1 << 17

// retryWithin is how many seconds a client may take to try again.
const retryWithin = 60

func newVisits() visits { return visits{clients: map[uint64][]visit{}} }

func (v *visits) add(client string, one visit) { v.addHash(xxhash.Sum64String(client), one) }

func (v *visits) addHash(hash uint64, all ...visit) {
	if !v.keeps(hash) {
		return
	}
	v.clients[hash] = append(v.clients[hash], all...)
	for v.kept += len(all); v.kept > maxVisits; {
		v.shift++
		for hash, visits := range v.clients {
			if !v.keeps(hash) {
				v.kept -= len(visits)
				delete(v.clients, hash)
			}
		}
		if len(v.clients) <= 1 {
			return
		}
	}
}

func (v *visits) keeps(hash uint64) bool { return hash&(1<<v.shift-1) == 0 }

func (v *visits) merge(w *visits) {
	for v.shift < w.shift {
		v.shift++
		for hash, visits := range v.clients {
			if !v.keeps(hash) {
				v.kept -= len(visits)
				delete(v.clients, hash)
			}
		}
	}
	for hash, visits := range w.clients {
		v.addHash(hash, visits...)
	}
}

// hit counts clients with a failure, those of them with nothing else, and all.
func (v *visits) hit() (failing, onlyFailed, active uint64) {
	for _, visits := range v.clients {
		var failed, inside uint64
		for _, one := range visits {
			if one.inside {
				inside++
				if one.failed {
					failed++
				}
			}
		}
		if inside == 0 {
			continue
		}
		active++
		if failed > 0 {
			failing++
		}
		if failed == inside {
			onlyFailed++
		}
	}
	return failing << v.shift, onlyFailed << v.shift, active << v.shift
}

// recovered is the share of the failures after which the client had the same route answered
// within a minute; it is not ok where there is no failure.
func (v *visits) recovered() (f float64, ok bool) {
	var failures, again uint64
	for _, visits := range v.clients {
		slices.SortFunc(visits, func(a, b visit) int { return cmp.Or(cmp.Compare(a.route, b.route), cmp.Compare(a.second, b.second)) })
		const never = 1 << 62
		answered, route := int64(never), -1 // when it was the next time
		for i := len(visits) - 1; i >= 0; i-- {
			one := visits[i]
			if int(one.route) != route {
				answered, route = never, int(one.route)
			}
			switch {
			case !one.failed:
				answered = one.second
			case one.inside:
				failures++
				if answered-one.second <= retryWithin {
					again++
				}
			}
		}
	}
	return share(again, failures), failures > 0
}
