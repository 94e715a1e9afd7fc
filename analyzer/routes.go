package analyzer

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/loganalyze/loganalyze/analyzer/route"
	"github.com/loganalyze/loganalyze/analyzer/status"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// routes counts by method and route: the logged one, that of a hint, or the leaf of the path.
type routes struct {
	learning *learning // of the analysis
	apart    bool      // the durations of failures are counted apart, too
	byKey    map[string]*routeStats
	unrouted *routeStats                  // requests without a route and a path, and what was given up when there was no room
	other    *routeStats                  // what came when byKey was full
	lately   [1 << latelyBits]*routeStats // some of byKey, by slotOf
	key      []byte                       // scratch
	next     uint16                       // the number of the next one
}

// The numbers of those that are no single routes. The others count on from there.
const (
	unroutedNumber = iota
	otherNumber
	firstNumber
)

const latelyBits = 10

// maxErrors bounds the errors told apart of one route.
const maxErrors = 32

// Where a route comes from, as what keys begin with.
const (
	kindNone    = 0 // it is no single route
	kindLogged  = 'l'
	kindHint    = 'h'
	kindLearned = 'p'
)

// sources are what reports call the kinds.
var sources = map[byte]Text{kindLogged: "logged", kindHint: "hint", kindLearned: "learned"}

// Names of the routes that are none.
const (
	unroutedName = "(unrouted)"
	otherName    = "(other)"
)

// routeStats is what was counted of one method and route.
type routeStats struct {
	number        uint16 // by which the series know it
	method, route string
	kind          byte
	places        int            // of what is learned, the {id} and the like in route, which no path has
	leaf          *leaf          // of what is learned
	template      route.Template // in a report, what the learner says of it
	statuses      StatusCounts
	failing       StatusCounts // the statuses of the failures
	latency       latency
	failedLatency *latency // of the failures; nil where nobody asked for it
	paths         distinct
	examples      sample // of paths
	literal       bool   // the route itself was a path as well; it is not in paths and examples
	errors        labels
	ends          labels // the outcomes of the failures
	by            FailedBy
	span          span // of the failures
}

func newRoutes(l *learning) routes {
	rs := routes{learning: l, byKey: map[string]*routeStats{}, unrouted: newRouteStats("", unroutedName, kindNone), other: newRouteStats("", otherName, kindNone), next: firstNumber}
	rs.unrouted.number, rs.other.number = unroutedNumber, otherNumber
	return rs
}

// setApart has the durations of failures be counted apart, too.
func (rs *routes) setApart() {
	rs.apart = true
	rs.unrouted.failedLatency, rs.other.failedLatency = &latency{}, &latency{}
}

func newRouteStats(method, route string, kind byte) *routeStats {
	return &routeStats{method: method, route: route, kind: kind, paths: distinct{limit: 64, precision: 11}, examples: sample{limit: 3}, errors: labels{limit: maxErrors}, ends: labels{limit: maxOutcomes}}
}

// add counts a request, and returns the number of its route.
func (rs *routes) add(r *accesslog.Record, at Position) uint16 {
	s := rs.find(r)
	s.add(r, at)
	return s.number
}

// find is the entry for the route of r. Fast path: most logs repeat a few routes, or paths that
// are routes as they stand, or with an {id} for the number at their end.
func (rs *routes) find(r *accesslog.Record) *routeStats {
	name, tail, kind := capped(r.Path), "", byte(kindLearned)
	if r.Route != "" {
		name, kind = capped(r.Route), kindLogged
	} else if n := beforeNumber(name); n < len(name) && rs.learning.alone() {
		name, tail = name[:n], "{id}"
	}
	slot := &rs.lately[slotOf(name, r.Method)]
	if s := *slot; s != nil && s.is(r.Method, name, tail, kind) {
		return s
	}
	s := rs.of(r)
	if s.is(r.Method, name, tail, kind) {
		*slot = s
	}
	return s
}

// is tells whether the route of s is name and tail, of which tail is a place or nothing.
func (s *routeStats) is(method, name, tail string, kind byte) bool {
	n := len(name)
	return len(s.route) == n+len(tail) && s.route[:n] == name && s.route[n:] == tail && s.method == method && s.kind == kind && s.places*len("{id}") == len(tail)
}

// beforeNumber is where the last segment of path begins, if it is a number, and else the end.
func beforeNumber(path string) int {
	n := len(path)
	for n > 0 && path[n-1]-'0' <= 9 {
		n--
	}
	if n > 0 && path[n-1] == '/' {
		return n
	}
	return len(path)
}

// slotOf is the place in lately for a name and a method. It tells most apart: by the first and
// last eight bytes, the lengths, and the method's first byte.
func slotOf(name, method string) uint64 {
	h := uint64(0)
	if n := len(name); n >= 8 {
		h = eight(name) ^ eight(name[n-8:])<<1
	} else {
		for i := range n {
			h = h<<8 ^ uint64(name[i])
		}
	}
	h ^= uint64(len(name))<<8 ^ uint64(len(method))
	if method != "" {
		h ^= uint64(method[0]) << 16
	}
	return h * 0x9e3779b97f4a7c15 >> (64 - latelyBits) // the highest bits depend on all of h
}

// eight are the first eight bytes of s, in one load.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// of is the entry for the route of r.
func (rs *routes) of(r *accesslog.Record) *routeStats {
	if r.Route == "" && r.Path == "" {
		return rs.unrouted
	}
	kind, name := byte(kindLogged), r.Route
	if name == "" {
		kind = kindLearned
		if hint, ok := rs.learning.hints.Match(r.Method, r.Path); ok {
			kind, name = kindHint, hint
		}
	}
	verb := capped(r.Method)
	rs.key = appendKey(rs.key[:0], kind, verb)
	begin := len(rs.key)
	if kind == kindLearned {
		rs.key = rs.learning.appendLeaf(rs.key, r.Path)
	} else {
		rs.key = append(rs.key, capped(name)...)
	}
	if s, ok := rs.byKey[string(rs.key)]; ok {
		return s
	}
	path := string(rs.key[begin:])
	if kind == kindLearned {
		if template, ok := rs.learning.fold(path); ok {
			path = template
		} else if rs.learning.folded != nil && notFound(r) {
			return rs.unrouted // there was no room for such before
		}
	}
	return rs.named(kind, verb, path)
}

// named is the entry that is called so, which is made if there is room.
func (rs *routes) named(kind byte, method, name string) *routeStats {
	rs.key = append(appendKey(rs.key[:0], kind, method), name...)
	if s, ok := rs.byKey[string(rs.key)]; ok {
		return s
	}
	if len(rs.byKey) >= maxRoutes {
		return rs.other
	}
	var f *leaf
	if kind == kindLearned {
		if f = rs.learning.find(name); f == nil {
			return rs.other
		}
	}
	key := string(rs.key)
	begin := len(key) - len(name)
	s := newRouteStats(key[begin-len(method):begin], key[begin:], kind)
	if rs.apart {
		s.failedLatency = &latency{}
	}
	if f != nil {
		s.learned(f, rs.learning)
	}
	rs.put(key, s)
	return s
}

// put takes s in, of which there is none yet.
func (rs *routes) put(key string, s *routeStats) {
	s.number = rs.next
	rs.next++
	rs.byKey[key] = s
}

// learned makes s one of what is learned.
func (s *routeStats) learned(f *leaf, l *learning) {
	if s.leaf = f; !l.off {
		s.places = strings.Count(s.route, "{")
	}
}

// appendKey appends what keys have before the name of the route: where it comes from, and the
// method with its length, because a log may hold one with any byte in it.
func appendKey(dst []byte, kind byte, method string) []byte {
	return append(binary.AppendUvarint(append(dst, kind), uint64(len(method))), method...)
}

// numbers are what the numbers of routes become where these are merged or folded, by number.
type numbers []uint16

func (n numbers) of(number uint16) uint16 { return n[number] }

// numbers are those of rs, each of which becomes that of other.
func (rs *routes) numbers() numbers {
	n := make(numbers, rs.next)
	n[unroutedNumber], n[otherNumber] = unroutedNumber, otherNumber
	return n
}

// refold gives the leaves' entries to the routes by which they were folded.
func (rs *routes) refold() numbers {
	old, become := rs.byKey, rs.numbers()
	rs.byKey, rs.next = map[string]*routeStats{}, firstNumber
	clear(rs.lately[:])
	for _, key := range slices.Sorted(maps.Keys(old)) {
		s := old[key]
		number := s.number
		if s.kind != kindLearned {
			rs.put(key, s)
			become[number] = s.number
			continue
		}
		name, ok := s.route, rs.learning.leaves[s.route] != nil
		if template, is := rs.learning.fold(s.route); is {
			name, ok = template, true
		}
		into := rs.unrouted
		if ok {
			into = rs.named(kindLearned, s.method, name)
		}
		into.merge(s, 1)
		become[number] = into.number
	}
	return become
}

func (s *routeStats) add(r *accesslog.Record, at Position) {
	code := unknownStatus
	if r.Status.Known && r.Status.Value >= 0 {
		code = r.Status.Value
	}
	s.statuses.add(code, 1)
	if r.Duration.Known {
		s.latency.add(r.Duration.Value, 1)
	}
	switch r.Path {
	case "":
	case s.route: // Fast path: most logs repeat a few such.
		s.literal = true
	default:
		s.addPath(r.Path)
	}
	if s.leaf != nil {
		s.leaf.add(r)
	}
	if r.Failed() {
		s.fail(r, code, at)
	}
}

func (s *routeStats) addPath(path string) {
	h := xxhash.Sum64String(path)
	s.paths.addHash(h)
	s.examples.add(h, path, 1)
}

func (s *routeStats) fail(r *accesslog.Record, code int, at Position) {
	s.failing.add(code, 1)
	if s.failedLatency != nil && r.Duration.Known {
		s.failedLatency.add(r.Duration.Value, 1)
	}
	if r.Error != "" {
		s.errors.add(r.Error, 1)
	}
	if r.Outcome != "" {
		s.ends.add(string(r.Outcome), 1)
	}
	switch r.FailedBy {
	case "origin":
		s.by.Origin++
	case "proxy":
		s.by.Proxy++
	case "client":
		s.by.Client++
	}
	s.span.add(r, at)
}

// failed counts the failures that the class 5xx does not hold, by class.
func (s *routeStats) failed() (c ClassCounts) {
	for _, n := range s.failing {
		if status.ClassOf(n.Status) != status.ServerError {
			c.add(n.Status, n.Requests)
		}
	}
	return c
}

// merge adds the counts of other, the leaves of which are in those of rs already.
func (rs *routes) merge(other *routes, weight float64) numbers {
	become := other.numbers()
	rs.unrouted.merge(other.unrouted, weight)
	rs.other.merge(other.other, weight)
	for _, key := range slices.Sorted(maps.Keys(other.byKey)) {
		from := other.byKey[key]
		into := rs.named(from.kind, from.method, from.route)
		into.merge(from, weight)
		become[from.number] = into.number
	}
	return become
}

func (s *routeStats) merge(t *routeStats, weight float64) {
	s.statuses.merge(t.statuses, weight)
	s.failing.merge(t.failing, weight)
	s.latency.merge(&t.latency, weight)
	if t.failedLatency != nil {
		s.failedLatency = cmp.Or(s.failedLatency, &latency{})
		s.failedLatency.merge(t.failedLatency, weight)
	}
	s.paths.merge(&t.paths)
	s.examples.merge(&t.examples)
	switch {
	case t.literal && t.route == s.route:
		s.literal = true
	case t.literal:
		s.addPath(t.route)
	}
	s.errors.merge(&t.errors, weight)
	s.ends.merge(&t.ends, weight)
	s.by.Origin += scaled(t.by.Origin, weight)
	s.by.Proxy += scaled(t.by.Proxy, weight)
	s.by.Client += scaled(t.by.Client, weight)
	s.span.merge(&t.span)
}

// decide gives the leaves' entries to their routes. Those that belong to none, as nothing ever
// answered but with 404, go to the unrouted: they are no routes of the server, but what scanners
// and typing errors ask for.
// become are the numbers that the series' routes have in kept, where the first is firstNumber.
func (rs *routes) decide() (kept, astray []*routeStats, unrouted *routeStats, become numbers) {
	become = rs.numbers()
	unrouted = newRouteStats("", unroutedName, kindNone)
	unrouted.merge(rs.unrouted, 1)
	learned := rs.learning.learn()
	final := map[string]*routeStats{}
	for _, key := range slices.Sorted(maps.Keys(rs.byKey)) {
		s := rs.byKey[key]
		template, ok := route.Template{Path: s.route}, s.leaf == nil || s.leaf.answered > 0
		if s.leaf != nil && learned != nil {
			template, ok = learned.Of(s.route)
		}
		if !ok {
			unrouted.merge(s, 1)
			astray = append(astray, s)
			continue
		}
		name := string(append(appendKey(nil, s.kind, s.method), template.Path...))
		into := final[name]
		if into == nil {
			into = newRouteStats(s.method, template.Path, s.kind)
			into.template = template
			into.number = uint16(firstNumber + len(kept))
			final[name] = into
			kept = append(kept, into)
		}
		into.merge(s, 1)
		become[s.number] = into.number
	}
	return kept, astray, unrouted, become
}

// Sort is an order of routes.
type Sort string

// The orders; each is from the most to the least.
const (
	SortFailures Sort = "failures"
	Sort5xx      Sort = "5xx"
	Sort4xx      Sort = "4xx"
	SortRate     Sort = "rate" // of failures
	SortRequests Sort = "requests"
	SortP95      Sort = "p95"
)

// sorts is the table of orders. Ties are broken by failures, 4xx and requests.
var sorts = []struct {
	name Sort
	by   func(a, b *Route) int
}{
	{SortFailures, func(a, b *Route) int { return cmp.Compare(b.Failures, a.Failures) }},
	{Sort5xx, func(a, b *Route) int { return cmp.Compare(b.Classes.ServerError, a.Classes.ServerError) }},
	{Sort4xx, func(a, b *Route) int { return cmp.Compare(b.Classes.ClientError, a.Classes.ClientError) }},
	{SortRate, func(a, b *Route) int { return cmp.Compare(b.FailureRate, a.FailureRate) }},
	{SortRequests, func(a, b *Route) int { return cmp.Compare(b.Requests, a.Requests) }},
	{SortP95, func(a, b *Route) int { return cmp.Compare(orZero(b.Latency.P95), orZero(a.Latency.P95)) }},
}

func orZero(f *float64) float64 {
	if f == nil {
		return 0
	}
	return *f
}

// Sorts returns the orders that there are.
func Sorts() []Sort {
	var out []Sort
	for _, s := range sorts {
		out = append(out, s.name)
	}
	return out
}

// sorted returns the first of those routes that keep, in an order, and how many keep; all
// of them where top is negative.
func sorted(all []*Route, order Sort, top int, keep func(*Route) bool) (first []Route, total int) {
	var by func(a, b *Route) int
	for _, s := range sorts {
		if s.name == order || by == nil { // the first serves for an order that there is not
			by = s.by
		}
	}
	var kept []*Route
	for _, r := range all {
		if keep(r) {
			kept = append(kept, r)
		}
	}
	slices.SortFunc(kept, func(a, b *Route) int {
		return cmp.Or(by(a, b), cmp.Compare(b.Failures, a.Failures), cmp.Compare(b.Classes.ClientError, a.Classes.ClientError),
			cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Source, b.Source))
	})
	total = len(kept)
	if top >= 0 {
		kept = kept[:min(top, len(kept))]
	}
	first = []Route{}
	for _, r := range kept {
		first = append(first, *r)
	}
	return first, total
}

// decided are the routes of a report.
type decided struct {
	kept   []*routeStats // from firstNumber on
	sum    *routeStats   // of all
	become numbers       // the numbers of the counted ones
}

// report returns the lists of routes and what all routes add up to.
func (rs *routes) report(o *Options) (Routes, decided) {
	kept, astray, unrouted, become := rs.decide()
	sum := newRouteStats("", "", kindNone)
	for _, s := range append([]*routeStats{unrouted, rs.other}, kept...) {
		sum.merge(s, 1)
	}
	total := sum.statuses.total()
	out := Routes{Total: len(kept)}
	var all []*Route
	for _, s := range kept {
		all = append(all, s.report(total))
	}
	leaves := map[*leaf]bool{}
	for _, s := range astray {
		leaves[s.leaf] = true
	}
	noise, scanners := scanned(leaves)
	var asked []*Route
	for _, s := range astray {
		r := s.report(total)
		if r.Scanned = noise[s.leaf]; r.Scanned {
			out.Scans.Requests += r.Requests
			out.Scans.Paths++
		}
		asked = append(asked, r)
	}
	out.Scans.Clients = scanners
	out.NotFound, out.NotFoundTotal = sorted(asked, SortRequests, -1, func(*Route) bool { return true })
	slices.SortStableFunc(out.NotFound, func(a, b Route) int { return cmp.Compare(a.scans(), b.scans()) })
	if top := o.top(); top >= 0 {
		out.NotFound = out.NotFound[:min(top, len(out.NotFound))]
	}
	if unrouted.statuses.total() > 0 {
		out.Unrouted = unrouted.report(total)
		all = append(all, out.Unrouted)
	}
	if rs.other.statuses.total() > 0 {
		out.Other = rs.other.report(total)
		all = append(all, out.Other)
	}
	out.Order = cmp.Or(o.Sort, SortFailures)
	out.Failing, out.FailingTotal = sorted(all, out.Order, o.top(), func(r *Route) bool { return r.Failures > 0 })
	out.ClientErrors, out.ClientErrorsTotal = sorted(all, Sort4xx, o.top(), func(r *Route) bool { return r.Classes.ClientError > 0 })
	out.Top, _ = sorted(all, cmp.Or(o.Sort, SortRequests), o.top(), func(*Route) bool { return true })
	return out, decided{kept, sum, become}
}

func (s *routeStats) report(total uint64) *Route {
	requests, failures, failed := s.statuses.total(), s.failing.total(), s.failed()
	r := &Route{
		Method: Text(s.method), Route: s.route, Source: sources[s.kind], Paths: s.pathCount(), Examples: s.examples.texts(),
		Requests: requests, Share: share(requests, total),
		Classes: s.statuses.classes(), Statuses: slices.Clone(s.statuses),
		Failures: failures, Failed: failed.total(), FailureRate: share(failures, requests),
		Latency: s.latency.report(), Errors: []ErrorCount{}, Outcomes: []Outcome{}, FailedBy: s.failedBy(),
	}
	r.Rate5xx, r.Rate4xx = share(r.Classes.ServerError, requests), share(r.Classes.ClientError, requests)
	r.Dominant, r.DominantName = s.failing.dominant(func(int) bool { return true })
	r.Dominant4xx, r.Dominant4xxName = s.statuses.dominant(func(code int) bool { return status.ClassOf(code) == status.ClientError })
	for _, c := range s.errors.sorted() {
		r.Errors = append(r.Errors, ErrorCount{c.label, c.n})
	}
	for _, c := range s.ends.sorted() {
		r.Outcomes = append(r.Outcomes, Outcome{c.label, c.n})
	}
	r.FirstFailure, r.LastFailure = s.span.report()
	if s.kind == kindLearned && s.template.Why != "" {
		r.Confidence, r.Why = &s.template.Confidence, Text(s.template.Why)
	}
	return r
}

// failedBy is nil where there are failures, and nobody told of any whose it is.
func (s *routeStats) failedBy() *FailedBy {
	by := s.by
	if by == (FailedBy{}) && s.failing.total() > 0 {
		return nil
	}
	return &by
}

// pathCount is the number of distinct paths; at least one, for who logs routes alone.
func (s *routeStats) pathCount() uint64 {
	n := s.paths.count()
	if s.literal || n == 0 {
		n++
	}
	return min(n, s.statuses.total()) // what is estimated may be too many
}
