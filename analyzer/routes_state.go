package analyzer

import (
	"maps"
	"slices"
)

// append writes the routes in the order of their keys.
func (rs *routes) append(w *writer) {
	w.bool(rs.swept)
	rs.unrouted.append(w)
	rs.other.append(w)
	w.uint(uint64(len(rs.byKey)))
	for _, key := range slices.Sorted(maps.Keys(rs.byKey)) {
		s := rs.byKey[key]
		w.bool(s.source == sourceLogged)
		w.name(s.method)
		w.text(s.route)
		s.append(w)
	}
}

func (rs *routes) parse(r *reader) {
	rs.swept = r.bool()
	rs.unrouted.parse(r)
	rs.other.parse(r)
	last := ""
	for range r.count(maxRoutes, "routes") {
		s := newRouteStats("", "", sourceLearned)
		kind := byte(kindLearned)
		if r.bool() {
			s.source, kind = sourceLogged, kindLogged
		}
		s.method = r.name()
		rs.key = appendKey(rs.key[:0], kind, s.method)
		name := len(rs.key)
		rs.key = append(rs.key, r.bytes(maxLine)...)
		key := string(rs.key)
		s.route = key[name:]
		r.check(key > last && len(s.method) <= maxText, "the routes are not in order")
		last = key
		rs.byKey[key] = s
		s.parse(r)
	}
}

// rename calls inputs by other names.
func (rs *routes) rename(names map[string]string) {
	rs.unrouted.span.rename(names)
	rs.other.span.rename(names)
	for _, s := range rs.byKey {
		s.span.rename(names)
	}
}

func (s *routeStats) append(w *writer) {
	s.statuses.append(w)
	s.failing.append(w)
	s.latency.append(w)
	s.paths.append(w)
	w.bool(s.literal)
	s.errors.append(w)
	s.ends.append(w)
	for _, n := range s.by.counters() {
		w.uint(*n)
	}
	s.span.append(w)
}

func (s *routeStats) parse(r *reader) {
	s.statuses.parse(r)
	s.failing.parse(r)
	s.latency.parse(r)
	s.paths.parse(r)
	s.literal = r.bool()
	s.errors.parse(r)
	s.ends.parse(r)
	for _, n := range s.by.counters() {
		*n = r.uint()
	}
	s.span.parse(r)
}

// counters are the counts in the order in which a state has them.
func (by *FailedBy) counters() []*uint64 { return []*uint64{&by.Origin, &by.Proxy, &by.Client} }
