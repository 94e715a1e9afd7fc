package route

import (
	"slices"
	"strings"
)

// A node is a place between two slashes and what comes before it: all paths that
// begin so. Which nodes are values of one parameter is decided in decide.go.
type node struct {
	label    string
	literals []*node // sorted by label
	place    *node   // what any of several values fills
	requests uint64  // for what ends here
	total    uint64  // and for what is below
	most     uint64  // of a place: the requests of the busiest name in it
	depth    uint8   // segments before what is below
	class    class   // of a place: what fills it
	settled  uint8   // the stage up to which all below is decided
	moves    bool    // to the place, in the decision that is being made
	why      *evidence
	template *Template
}

// evidence is why a place is one.
type evidence struct {
	confidence float64
	why        string
}

// or is the stronger of e and f; nil is none.
func (e *evidence) or(f *evidence) *evidence {
	if e == nil || f != nil && (f.confidence > e.confidence || f.confidence == e.confidence && f.why < e.why) {
		return f
	}
	return e
}

// maxDepth is how many segments of a path are told apart; what comes after is one.
const maxDepth = 32

// build makes the trie of leaves that were answered, in any order.
func build(leaves []Leaf) *node {
	sorted := make([]Leaf, 0, len(leaves))
	for _, l := range leaves {
		if l.Requests > 0 {
			sorted = append(sorted, l)
		}
	}
	slices.SortFunc(sorted, func(a, b Leaf) int { return strings.Compare(a.Path, b.Path) })
	// Those below one node are together but for few, such as /a and /a/b that have /a-b between
	// them; gather mends that.
	root := &node{}
	var slab []node
	way := make([]*node, 1, maxDepth+2) // to the leaf before
	way[0] = root
	for _, l := range sorted {
		depth := 0
		for from := 0; from >= 0; depth++ {
			var segment string
			segment, from = cut(l.Path, from, depth)
			if depth+1 < len(way) && way[depth+1].label == segment {
				continue
			}
			if len(slab) == 0 {
				slab = make([]node, 64)
			}
			n := &slab[0]
			slab = slab[1:]
			n.label, n.depth = segment, uint8(depth+1)
			up := way[depth]
			up.literals = append(up.literals, n)
			way = append(way[:depth+1], n)
		}
		way = way[:depth+1]
		way[depth].requests = add(way[depth].requests, l.Requests)
	}
	root.gather()
	return root
}

// add is a sum that does not wrap: a leaf may claim any number.
func add(a, b uint64) uint64 {
	if sum := a + b; sum >= a {
		return sum
	}
	return 1<<64 - 1
}

// cut is the segment of path that begins at from, and where the next one does; -1 at the end.
// A custom method is a segment of its own, as it is what is below a value:
// /operations/{name}:cancel. One that only looks like it has its slash, to be told apart.
func cut(path string, from, depth int) (segment string, next int) {
	if depth == maxDepth {
		return path[from:], -1
	}
	end := strings.IndexByte(path[from:], '/')
	if next = from + end + 1; end < 0 {
		end, next = len(path)-from, -1
	}
	segment = path[from : from+end]
	if end == 0 {
		return "", next
	}
	if at := verb(segment); at < end && depth < maxDepth-1 {
		return segment[:at], from + at
	}
	if segment[0] == ':' && from > 0 && path[from-1] == '/' {
		segment = path[from-1 : from+end]
	}
	return segment, next
}

// gather makes places of the classes below n, and sums up.
func (n *node) gather() {
	var classes []*node
	literals := n.literals[:0]
	for _, c := range n.literals {
		if k := placeholderOf(c.label); k != 0 {
			c.class = k
			classes = append(classes, c)
		} else {
			literals = append(literals, c)
		}
	}
	n.literals = fold(literals)
	if len(classes) > 0 {
		n.place = merge(classes)
		n.place.why = ofClass(n.place.class)
		n.place.gather()
	}
	n.total = n.requests
	for _, c := range n.literals {
		c.gather()
		n.total = add(n.total, c.total)
	}
	if n.place != nil {
		n.total = add(n.total, n.place.total)
	}
}

// merge makes one node of all, which are not used any more.
func merge(all []*node) *node {
	into := all[0]
	if len(all) == 1 {
		return into
	}
	into.settled = 0
	var literals, places []*node
	for i, n := range all {
		literals = append(literals, n.literals...)
		if n.place != nil {
			places = append(places, n.place)
		}
		if i > 0 {
			into.requests, into.total = add(into.requests, n.requests), add(into.total, n.total)
			into.class |= n.class
			into.most = max(into.most, n.most)
			into.why = into.why.or(n.why)
		}
	}
	if len(places) > 0 {
		into.place = merge(places)
	}
	into.literals = fold(literals)
	return into
}

// fold sorts literals by their labels and merges those of one label.
func fold(literals []*node) []*node {
	byLabel := func(a, b *node) int { return strings.Compare(a.label, b.label) }
	if !slices.IsSortedFunc(literals, byLabel) {
		slices.SortFunc(literals, byLabel) // merging is the same in any order
	}
	out := literals[:0]
	for len(literals) > 0 {
		same := 1
		for same < len(literals) && literals[same].label == literals[0].label {
			same++
		}
		run := literals[:same:same]
		literals = literals[same:]
		out = append(out, merge(run))
	}
	return out
}

// literal is the child of n with a label, or nil.
func (n *node) literal(label string) *node {
	i, ok := slices.BinarySearchFunc(n.literals, label, func(c *node, label string) int { return strings.Compare(c.label, label) })
	if !ok {
		return nil
	}
	return n.literals[i]
}
