package analyzer

import (
	"cmp"
	"maps"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/loganalyze/loganalyze/analyzer/route"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// learning is what the routes of an analysis are made from, where the log has none: the hints that
// somebody gave, and the leaves of the paths, from which they are learned. A path is counted at
// its leaf (see [route.AppendLeaf]), and only the report decides which leaves are one route, so
// that it does not depend on the order of the lines. When there are too many leaves they are
// folded at once into the routes that can be told by then.
type learning struct {
	hints  *route.Hints
	off    bool // nothing is learned: paths stand as they are
	leaves map[string]*leaf
	known  *route.Routes // of an earlier reading; nil where this is the first
	folded *route.Routes // by which leaves were, last; nil while all of them are there
	full   bool          // folding made no room: it is not tried again

	scratch []byte
}

// leaf is where all paths of one kind are counted, whatever the method.
type leaf struct {
	path     string
	answered uint64 // requests that were not answered with 404, also those that a filter left out
	askers   sample // clients, by their hashes alone, as long as there is no such request
}

// maxAskers bounds the clients told apart of a leaf.
const maxAskers = 8

func newLeaf(path string) *leaf { return &leaf{path: path, askers: sample{limit: maxAskers}} }

// add counts a request.
func (f *leaf) add(r *accesslog.Record) {
	switch {
	case !notFound(r):
		f.answered++
		f.askers.of = nil
	case f.answered == 0 && r.ClientIP != "":
		f.askers.add(xxhash.Sum64String(r.ClientIP), "", 1)
	}
}

func (f *leaf) merge(g *leaf) {
	f.answered += g.answered
	if f.askers.merge(&g.askers); f.answered > 0 {
		f.askers.of = nil
	}
}

// scannerPaths is how many paths a client has asked for that nothing ever answered but with 404,
// before it is taken for a scanner: a person meets a dead link or two.
const scannerPaths = 10

// scanned tells which of the leaves were asked for mostly by scanners, and how many those are.
func scanned(astray map[*leaf]bool) (noise map[*leaf]bool, scanners int) {
	paths := map[uint64]int{}
	for f := range astray {
		for _, c := range f.askers.of {
			paths[c.hash]++
		}
	}
	for _, n := range paths {
		if n >= scannerPaths {
			scanners++
		}
	}
	noise = map[*leaf]bool{}
	for f := range astray {
		var all, theirs uint64
		for _, c := range f.askers.of {
			if all += c.n; paths[c.hash] >= scannerPaths {
				theirs += c.n
			}
		}
		noise[f] = 2*theirs > all
	}
	return noise, scanners
}

// maxRoutes bounds the routes told apart, and the leaves.
const maxRoutes = 10_000

func newLearning() *learning { return &learning{leaves: map[string]*leaf{}} }

// newAnalysis is an Analysis in which paths have the routes of the options, and those that are
// known.
func newAnalysis(o *Options, known *route.Routes) *Analysis {
	a := NewAnalysis()
	a.learning.hints, a.learning.off, a.learning.known = o.Hints, o.NoLearn, known
	if o.byAttribute {
		a.countMore()
	}
	a.strata[0].series.off = o.NoIncidents
	return a
}

// appendLeaf appends the leaf of a path.
func (l *learning) appendLeaf(dst []byte, path string) []byte {
	if path = capped(path); l.off {
		return append(dst, path...)
	}
	return route.AppendLeaf(dst, path)
}

// alone reports whether all paths without a logged route are learned from.
func (l *learning) alone() bool { return l.hints == nil && !l.off }

// fold is the template of a leaf by which it was folded, or would have been, or which is known.
func (l *learning) fold(path string) (string, bool) {
	by := cmp.Or(l.folded, l.known)
	if by == nil {
		return "", false
	}
	t, ok := by.Of(path)
	return t.Path, ok
}

// find returns a leaf, which it makes if there is room; nil where there is none.
func (l *learning) find(path string) *leaf {
	f := l.leaves[path]
	if f == nil && len(l.leaves) < maxRoutes {
		f = newLeaf(path)
		l.leaves[path] = f
	}
	return f
}

// notice counts for the learning a request that a filter left out: else what is asked for would
// decide which routes there are.
func (l *learning) notice(r *accesslog.Record) {
	if _, ok := l.given(r); ok || r.Path == "" {
		return
	}
	l.scratch = l.appendLeaf(l.scratch[:0], r.Path)
	f := l.leaves[string(l.scratch)]
	if f == nil {
		path := string(l.scratch)
		if t, ok := l.fold(path); ok {
			path = t
		}
		f = l.find(path)
	}
	if f != nil {
		f.add(r)
	}
}

func notFound(r *accesslog.Record) bool { return r.Status.Value == 404 }

// given is the route that the log or a hint gives a request.
func (l *learning) given(r *accesslog.Record) (name string, ok bool) {
	if r.Route != "" {
		return r.Route, true
	}
	return l.hints.Match(r.Method, r.Path)
}

// nameOf is the route of a request, as far as it is known by now, until the next call.
func (l *learning) nameOf(r *accesslog.Record) []byte {
	name, ok := l.given(r)
	if !ok {
		l.scratch = l.appendLeaf(l.scratch[:0], r.Path)
		if name, ok = l.fold(string(l.scratch)); !ok {
			return l.scratch
		}
	}
	l.scratch = append(l.scratch[:0], name...)
	return l.scratch
}

// learn decides which routes there are by now. It is nil where nothing is to be learned.
func (l *learning) learn() *route.Routes {
	if l.off {
		return nil
	}
	all := make([]route.Leaf, 0, len(l.leaves))
	for _, f := range l.leaves {
		all = append(all, route.Leaf{Path: f.path, Requests: f.answered})
	}
	slices.SortFunc(all, func(a, b route.Leaf) int { return cmp.Compare(a.Path, b.Path) })
	return route.Learn(all)
}

// crowded reports whether there is no room for another leaf or route, and may be some.
func (l *learning) crowded(rs *routes) bool {
	return !l.full && (len(l.leaves) >= maxRoutes || len(rs.byKey) >= maxRoutes)
}

// makeRoom folds the leaves where there is no room for what comes next, in t.
func (a *Analysis) makeRoom(t *tally) {
	if a.learning.crowded(&t.routes) {
		a.fold()
	}
}

// fold makes room: leaves become the routes that they belong to, and those that nothing ever
// answered but with 404, and that belong to none, are given up.
func (a *Analysis) fold() {
	l := a.learning
	l.refold()
	for _, t := range a.strata {
		t.refold()
		l.full = l.full || len(t.routes.byKey) > maxRoutes/2
	}
	l.full = l.full || len(l.leaves) > maxRoutes/2
}

// mergeLeaves takes in the leaves of b, and sees to it that those of both are folded alike.
func (a *Analysis) mergeLeaves(b *Analysis) {
	l, m := a.learning, b.learning
	for path, f := range m.leaves {
		if l.leaves[path] == nil {
			l.leaves[path] = newLeaf(path)
		}
		l.leaves[path].merge(f)
	}
	l.full = l.full || m.full
	if l.folded == nil && m.folded == nil && len(l.leaves) <= maxRoutes {
		return
	}
	a.fold()
	for _, t := range b.strata {
		t.routes.learning = l
		t.refold()
	}
}

// learnWith gives the paths of a and b the same routes: those that both together make.
func (a *Analysis) learnWith(b *Analysis) {
	a.mergeLeaves(b)
	b.learning = a.learning
	for _, t := range b.strata {
		t.routes.learning = a.learning
		for _, s := range t.routes.byKey {
			if s.leaf != nil {
				s.leaf = a.learning.leaves[s.route]
			}
		}
	}
}

func (l *learning) refold() {
	l.folded = l.learn()
	old := l.leaves
	l.leaves = map[string]*leaf{}
	for _, path := range slices.Sorted(maps.Keys(old)) {
		to, ok := path, l.off && old[path].answered > 0
		if !l.off {
			to, ok = l.fold(path)
		}
		if !ok {
			continue
		}
		if f := l.find(to); f != nil {
			f.merge(old[path])
		}
	}
}

func (l *learning) append(w *writer) {
	w.bool(l.full)
	w.bool(l.folded != nil)
	w.uint(uint64(len(l.leaves)))
	for _, path := range slices.Sorted(maps.Keys(l.leaves)) {
		w.text(path)
		f := l.leaves[path]
		if w.uint(f.answered); f.answered == 0 {
			f.askers.append(w)
		}
	}
}

func (l *learning) parse(r *reader) {
	if r.version == 1 { // the routes make them
		return
	}
	var folded bool
	l.full, folded = r.bool(), r.bool()
	last := ""
	for i := range r.count(maxRoutes, "leaves") {
		f := newLeaf(r.text())
		f.answered = r.uint()
		r.check((i == 0 || f.path > last) && len(f.path) <= maxLine, "the leaves are not in order")
		last = f.path
		if f.answered == 0 {
			f.askers.parse(r)
		}
		l.leaves[f.path] = f
	}
	if folded && r.err == nil {
		l.folded = l.learn()
	}
}
