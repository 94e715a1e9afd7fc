package analyzer

import (
	"maps"
	"slices"
)

// append writes the routes in the order of their keys, and returns the numbers that they have when
// they are read.
func (rs *routes) append(w *writer) numbers {
	become := rs.numbers()
	rs.unrouted.append(w)
	rs.other.append(w)
	w.uint(uint64(len(rs.byKey)))
	for i, key := range slices.Sorted(maps.Keys(rs.byKey)) {
		s := rs.byKey[key]
		become[s.number] = uint16(firstNumber + i)
		w.uint(uint64(s.kind))
		w.name(s.method)
		w.text(s.route)
		s.append(w)
	}
	return become
}

func (rs *routes) parse(r *reader) {
	if r.version == 1 {
		r.bool() // whether there was no room once
	}
	rs.unrouted.parse(r)
	rs.other.parse(r)
	last := ""
	for range r.count(maxRoutes, "routes") {
		kind := rs.parseKind(r)
		method := r.name()
		rs.key = appendKey(rs.key[:0], kind, method)
		name := len(rs.key)
		rs.key = append(rs.key, r.bytes(maxLine)...)
		key := string(rs.key)
		r.check(key > last && len(method) <= maxText, "the routes are not in order")
		last = key
		s := newRouteStats(method, key[name:], kind)
		s.parse(r)
		if kind == kindLearned && r.version == 1 {
			if f := rs.learning.find(s.route); f != nil {
				f.answered += s.answered()
			}
		}
		if kind == kindLearned {
			s.learned(rs.learning.leaves[s.route], rs.learning)
			r.check(s.leaf != nil, "a route has no leaf")
		}
		rs.put(key, s)
	}
}

func (rs *routes) parseKind(r *reader) byte {
	if r.version == 1 {
		if r.bool() {
			return kindLogged
		}
		return kindLearned
	}
	kind := byte(r.uint())
	r.check(sources[kind] != "", "there is no such kind of route")
	return kind
}

// answered is how many requests were not answered with 404.
func (s *routeStats) answered() (n uint64) {
	for _, c := range s.statuses {
		if c.Status != 404 {
			n += c.Requests
		}
	}
	return n
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
	s.examples.append(w)
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
	if r.version > 1 {
		s.examples.parse(r)
	}
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
