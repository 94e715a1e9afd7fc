package analyzer

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// witness is a request that may be shown as evidence of an incident.
type witness struct {
	evidence
	hash     uint64
	began    time.Time
	duration accesslog.Opt[time.Duration]
	outcome  accesslog.Outcome
	err      string
	route    uint16
}

func newWitness(r *accesslog.Record, at Position, began time.Time, route uint16) *witness {
	w := &witness{hash: at.hash(), began: began, duration: r.Duration, outcome: accesslog.Outcome(strings.Clone(capped(string(r.Outcome)))), err: strings.Clone(capped(r.Error)), route: route}
	w.evidence.set(r, at)
	return w
}

// hash puts lines in an order that has nothing to do with what is on them.
func (p Position) hash() uint64 {
	return (xxhash.Sum64String(p.File) + p.Offset + 1) * 0x9e3779b97f4a7c15
}

func (w *witness) report(kind string) IncidentEvidence {
	e := IncidentEvidence{Kind: kind, Evidence: *w.evidence.report(), Outcome: Text(w.outcome), Error: Text(w.err)}
	if w.duration.Known {
		ms := float64(w.duration.Value) / float64(time.Millisecond)
		e.DurationMS = &ms
	}
	return e
}

// witnesses keep some requests: the first, the last and the slowest that failed, and samples of
// those that failed and that passed, by their hashes, so that they are the same in whatever order
// the lines were read.
type witnesses struct {
	first, last, slowest *witness
	failed               []*witness
	passed               map[uint16][]*witness // by route
}

const (
	maxFailed       = 64
	maxPassed       = 8
	maxPassedRoutes = 1024
)

func (ws *witnesses) add(r *accesslog.Record, at Position, began time.Time, route uint16, failed bool) {
	if !failed {
		of := ws.passed[route]
		if of == nil && len(ws.passed) >= maxPassedRoutes || !wanted(of, maxPassed, at.hash()) {
			return
		}
		ws.take(newWitness(r, at, began, route), false)
		return
	}
	w := &witness{began: began, duration: r.Duration}
	w.at, w.time = at, r.Time
	if ws.first == nil || w.before(ws.first) || ws.last.before(w) || w.slowerThan(ws.slowest) || wanted(ws.failed, maxFailed, at.hash()) {
		ws.take(newWitness(r, at, began, route), true)
	}
}

func wanted(of []*witness, limit int, hash uint64) bool {
	return len(of) < limit || hash < of[limit-1].hash
}

func (w *witness) before(v *witness) bool {
	return cmp.Or(w.began.Compare(v.began), w.at.compare(v.at)) < 0
}

func (w *witness) slowerThan(v *witness) bool {
	return w.duration.Known && (v == nil || cmp.Or(cmp.Compare(w.duration.Value, v.duration.Value), v.at.compare(w.at)) > 0)
}

// take keeps w wherever it belongs.
func (ws *witnesses) take(w *witness, failed bool) {
	if !failed {
		if ws.passed == nil {
			ws.passed = map[uint16][]*witness{}
		}
		ws.passed[w.route] = kept(ws.passed[w.route], maxPassed, w)
		return
	}
	if ws.first == nil || w.before(ws.first) {
		ws.first = w
	}
	if ws.last == nil || ws.last.before(w) {
		ws.last = w
	}
	if w.slowerThan(ws.slowest) {
		ws.slowest = w
	}
	ws.failed = kept(ws.failed, maxFailed, w)
}

// kept are those with the lowest hashes, each once.
func kept(of []*witness, limit int, w *witness) []*witness {
	at, is := slices.BinarySearchFunc(of, w, func(a, b *witness) int { return cmp.Or(cmp.Compare(a.hash, b.hash), a.at.compare(b.at)) })
	if is {
		return of
	}
	of = slices.Insert(of, at, w)
	return of[:min(len(of), limit)]
}

func (ws *witnesses) merge(other *witnesses) {
	for _, w := range []*witness{other.first, other.last, other.slowest} {
		if w != nil {
			ws.take(w, true)
		}
	}
	for _, w := range other.failed {
		ws.take(w, true)
	}
	for _, route := range other.passed {
		for _, w := range route {
			ws.take(w, false)
		}
	}
}

// typical is the failing request that is most like the others: of the route and with the status
// that most have, and nearest to the middle of their durations.
func (ws *witnesses) typical() *witness {
	type kind struct {
		route  uint16
		status accesslog.Opt[int]
	}
	counts := map[kind]int{}
	for _, w := range ws.failed {
		counts[kind{w.route, w.status}]++
	}
	var most kind
	for _, w := range ws.failed { // in order, so that of equals it is always the same
		if k := (kind{w.route, w.status}); counts[k] > counts[most] {
			most = k
		}
	}
	var of []*witness
	for _, w := range ws.failed {
		if (kind{w.route, w.status}) == most {
			of = append(of, w)
		}
	}
	if len(of) == 0 {
		return nil
	}
	slices.SortStableFunc(of, func(a, b *witness) int { return cmp.Compare(a.duration.Value, b.duration.Value) })
	return of[len(of)/2]
}

// passing is the request that went well which is most like w: of its route and method, and
// nearest in time.
func (ws *witnesses) passing(w *witness) (best *witness) {
	if w == nil {
		return nil
	}
	apart := func(v *witness) time.Duration { return v.began.Sub(w.began).Abs() }
	for _, v := range ws.passed[w.route] {
		if string(v.method) == string(w.method) && (best == nil || apart(v) < apart(best)) {
			best = v
		}
	}
	return best
}

// report is the evidence, each request once.
func (ws *witnesses) report() []IncidentEvidence {
	out := []IncidentEvidence{}
	told := map[Position]bool{}
	typical := ws.typical()
	for _, e := range []struct {
		kind string
		w    *witness
	}{{"first", ws.first}, {"typical", typical}, {"slowest", ws.slowest}, {"last", ws.last}, {"passing", ws.passing(typical)}} {
		if e.w != nil && !told[e.w.at] {
			told[e.w.at] = true
			out = append(out, e.w.report(e.kind))
		}
	}
	return out
}
