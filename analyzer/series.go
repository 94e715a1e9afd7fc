package analyzer

import (
	"math/bits"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// series are the counts over time in which incidents are looked for: of all requests, and by
// route and how long they took. A request counts when it began, where the timeline has the times
// that the log has, which are those of completion mostly: what waits a minute for a gateway's
// timeout would else begin to fail a minute late.
type series struct {
	off    bool // nobody asks for incidents
	whole  grid // in one row
	routes grid // by seriesRow

	strata []stratum // of a total, where records were sampled
}

const (
	maxWhole  = 1 << 17 // a day and a half of seconds
	maxCells  = 1 << 16
	speedBits = 6
)

func newSeries() series {
	s := series{whole: newGrid(maxWhole), routes: newGrid(maxCells)}
	s.routes.shift = routesShift
	return s
}

// routesShift is that of the columns of routes, at first: 16 s are enough to see an incident, and
// its seconds are looked at when its time is read again.
const routesShift = 4

// speed is a class of durations: by powers of two of microseconds, the upper end of class n is
// 2ⁿ µs.
type speed uint32

const unknownSpeed speed = 1<<speedBits - 1

func speedOf(d accesslog.Opt[time.Duration]) speed {
	if !d.Known {
		return unknownSpeed
	}
	return min(speed(bits.Len64(uint64(max(d.Value, 0)/time.Microsecond))), unknownSpeed-1)
}

// seriesRow is the row of a route, by its number, and a speed.
func seriesRow(route uint16, s speed) uint32 { return uint32(route)<<speedBits | uint32(s) }

func routeOfRow(row uint32) uint16 { return uint16(row >> speedBits) }
func speedOfRow(row uint32) speed  { return speed(row) & unknownSpeed }

// add counts a request that began at a time and went to a route.
func (s *series) add(r *accesslog.Record, began time.Time, route uint16) {
	if s.off || r.Time.IsZero() {
		return
	}
	second := min(max(began.Unix(), minSecond), maxSecond)
	failures, clientErrors := uint64(0), uint64(0)
	switch {
	case r.Failed():
		failures = 1
	case r.Status.Value >= 400:
		clientErrors = 1
	}
	for _, c := range [...]*cell{s.whole.at(second, 0), s.routes.at(second, seriesRow(route, speedOf(r.Duration)))} {
		c.requests++
		c.failures += failures
		c.clientErrors += clientErrors
	}
}

// merge adds what other counted, in which routes have other numbers.
func (s *series) merge(other *series, weight float64, number func(route uint16) uint16) {
	s.off = s.off || other.off
	s.whole.merge(&other.whole, weight, func(row uint32) uint32 { return row })
	s.routes.merge(&other.routes, weight, renumbered(number))
}

// renumber gives routes other numbers.
func (s *series) renumber(number func(route uint16) uint16) {
	becomes := renumbered(number)
	s.routes.remake(s.routes.shift, func(row uint32) (uint32, bool) { return becomes(row), true })
}

func renumbered(number func(route uint16) uint16) func(uint32) uint32 {
	return func(row uint32) uint32 { return seriesRow(number(routeOfRow(row)), speedOfRow(row)) }
}

func (s *series) append(w *writer, number func(route uint16) uint16) {
	if w.bool(s.off); s.off {
		return
	}
	s.whole.append(w, func(row uint32) uint32 { return row })
	s.routes.append(w, renumbered(number))
}

func (s *series) parse(r *reader, routes int) {
	if r.version < 3 {
		s.off = true
		return
	}
	if s.off = r.bool(); s.off {
		return
	}
	s.whole.parse(r, func(row uint32) bool { return row == 0 })
	s.routes.parse(r, func(row uint32) bool { return int(routeOfRow(row)) < routes })
}
