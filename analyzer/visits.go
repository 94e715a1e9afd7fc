package analyzer

import (
	"cmp"
	"maps"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// visits are the requests of an incident by client, as far as clients are known. Where there are too
// many, only every second is kept, by hashes, then every fourth, and so on: what is told of clients
// is then an estimate. Those who ask on one route are halved apart from the clients: one address may
// be a proxy's, from which all requests come.
type visits struct {
	clients     map[uint64]failing // in the incident, by the hashes of their addresses
	clientShift uint               // one in 2^clientShift clients is kept
	asked       map[visit]uint64   // how many requests there were
	askedShift  uint               // one in 2^askedShift askers is kept
}

// visit is an answer, or some in the same second that are alike.
type visit struct {
	asker  uint64 // the hash of a client and a route
	second int64
	inside bool // the incident, and not in the minute after it
	failed bool
}

const (
	maxVisited = 1 << 16 // clients
	maxVisits  = 1 << 17
)

// retryWithin is how many seconds a client may take to try again.
const retryWithin = 60

func newVisits() visits {
	return visits{clients: map[uint64]failing{}, asked: map[visit]uint64{}}
}

// add counts a request of the incident.
func (v *visits) add(client string, failed bool) {
	n := failing{requests: 1}
	if failed {
		n.failures = 1
	}
	v.addClient(xxhash.Sum64String(client), n)
}

// ask notes an answer that a client got, in the incident or in the minute after it.
func (v *visits) ask(client string, route uint16, second int64, inside, failed bool) {
	asker := (xxhash.Sum64String(client) ^ uint64(route)) * 0x9e3779b97f4a7c15
	v.addAsked(visit{asker ^ asker>>32, second, inside, failed}, 1)
}

func (v *visits) addClient(hash uint64, n failing) {
	if !keeps(hash, v.clientShift) {
		return
	}
	sum := v.clients[hash]
	sum.add(n)
	v.clients[hash] = sum
	for len(v.clients) > maxVisited {
		v.clientShift++
		maps.DeleteFunc(v.clients, func(hash uint64, _ failing) bool { return !keeps(hash, v.clientShift) })
	}
}

func (v *visits) addAsked(one visit, n uint64) {
	if !keeps(one.asker, v.askedShift) {
		return
	}
	v.asked[one] += n
	for len(v.asked) > maxVisits {
		v.askedShift++
		maps.DeleteFunc(v.asked, func(one visit, _ uint64) bool { return !keeps(one.asker, v.askedShift) })
	}
}

func keeps(hash uint64, shift uint) bool { return hash&(1<<shift-1) == 0 }

func (v *visits) merge(w *visits) {
	// What w gave up is not to be kept of v alone.
	v.clientShift, v.askedShift = max(v.clientShift, w.clientShift), max(v.askedShift, w.askedShift)
	maps.DeleteFunc(v.clients, func(hash uint64, _ failing) bool { return !keeps(hash, v.clientShift) })
	maps.DeleteFunc(v.asked, func(one visit, _ uint64) bool { return !keeps(one.asker, v.askedShift) })
	for hash, n := range w.clients {
		v.addClient(hash, n)
	}
	for one, n := range w.asked {
		v.addAsked(one, n)
	}
}

// hit counts clients with a failure, those of them with nothing else, and all.
func (v *visits) hit() (failing, onlyFailed, active uint64) {
	for _, n := range v.clients {
		active++
		if n.failures > 0 {
			failing++
		}
		if n.failures == n.requests {
			onlyFailed++
		}
	}
	return failing << v.clientShift, onlyFailed << v.clientShift, active << v.clientShift
}

// recovered is the share of the failures after which the client had the same route answered
// within a minute; it is not ok where there is no failure. Of what came within one second the
// failures are taken to have come first.
func (v *visits) recovered() (f float64, ok bool) {
	var failures, again uint64
	const never = 1 << 62
	answered, asker := int64(never), uint64(0) // when that one was the next time
	latestFirst := func(a, b visit) int {
		n := cmp.Or(cmp.Compare(a.asker, b.asker), cmp.Compare(b.second, a.second))
		switch {
		case n != 0 || a.failed == b.failed:
			return n
		case a.failed:
			return 1
		}
		return -1
	}
	all := slices.SortedFunc(maps.Keys(v.asked), latestFirst)
	for _, one := range all {
		if one.asker != asker {
			answered, asker = never, one.asker
		}
		switch {
		case !one.failed:
			answered = one.second
		case one.inside:
			failures += v.asked[one]
			if answered-one.second <= retryWithin {
				again += v.asked[one]
			}
		}
	}
	return share(again, failures), failures > 0
}
