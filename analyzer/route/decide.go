package route

import (
	"fmt"
	"slices"
)

// The thresholds of the rules.
const (
	minLeaves    = 10  // names that end paths at one place, to be values
	minOnce      = .30 // of them asked for once
	minOnceShare = .04 // and the share of requests that are for these
	manyLeaves   = 40  // names past which they are values whatever they are asked for

	minSiblings = 4   // names with the same words below, to be values
	minCommon   = .25 // of siblings that have a word, for it to be common
	minWords    = 2   // of these, unless the names are many
	minOverlap  = .60 // of the words below a name that are common
	vocabulary  = 3   // segments below a name in which words are looked for
	maxPasses   = 16  // over the trie, until nothing changes
)

// settle decides below n until nothing changes.
func (n *node) settle() {
	for range maxPasses {
		up := n.pass(true)
		down := n.pass(false)
		if !up && !down {
			return
		}
	}
}

// pass decides at all nodes below n: from the leaves up, so that values do not hide which
// words their siblings share, or from n down, so that what has become one is decided as one.
func (n *node) pass(up bool) (changed bool) {
	if !up {
		changed = n.decide()
	}
	for _, c := range n.literals {
		changed = c.pass(up) || changed
	}
	if n.place != nil {
		changed = n.place.pass(up) || changed
	}
	if up {
		changed = n.decide() || changed
	}
	return changed
}

// decide moves the children of n that are values to its place.
func (n *node) decide() (changed bool) {
	for len(n.literals) > 0 && (n.joining() || n.opening()) {
		changed = true
	}
	return changed
}

// open moves values to the place of n.
func (n *node) open(values []*node, why evidence) {
	for _, c := range values {
		c.moves = true
	}
	n.literals = slices.DeleteFunc(n.literals, func(c *node) bool { return c.moves })
	if n.place != nil {
		values = append(values, n.place)
		if n.place.class&aWord != 0 && n.place.confidence >= why.confidence {
			why = n.place.evidence
		}
	}
	n.place = merge(values)
	n.place.moves = false
	n.place.class |= aWord
	n.place.evidence = why
}

// value reports whether c may be a value at all: the end of a path is none, nor is a version.
func (c *node) value() bool {
	return c.label != "" && !c.method() && !isVersion(c.label)
}

// method reports whether c is a custom method, the :cancel of {name}:cancel.
func (c *node) method() bool { return c.label != "" && c.label[0] == ':' }

func (c *node) leaf() bool { return len(c.literals) == 0 && c.place == nil }

// opening opens the place of n to the first names that are values.
func (n *node) opening() bool {
	var leaves, inner []*node
	once, requests := 0, uint64(0)
	for _, c := range n.literals {
		switch {
		case !c.value():
		case c.leaf():
			leaves = append(leaves, c)
			requests = add(requests, c.requests)
			if c.requests == 1 {
				once++
			}
		default:
			inner = append(inner, c)
		}
	}
	k := len(leaves)
	share := float64(once) / float64(max(1, k))
	if k > manyLeaves || k >= minLeaves && share >= minOnce && float64(once) >= minOnceShare*float64(requests) {
		n.open(leaves, evidence{1 - 1/float64(k), fmt.Sprintf("%d names fill one place, %.0f %% of them once", k, 100*share)})
		return true
	}
	if members := sharing(inner); len(members) >= minSiblings {
		n.open(members, evidence{1 - 1/float64(len(members)), fmt.Sprintf("%d names with the same segments below", len(members))})
		return true
	}
	return false
}

type word struct {
	depth int
	label string
}

// words calls f for the literals below n, depth by depth.
func (n *node) words(depth int, f func(word)) {
	for _, c := range n.literals {
		if c.label != "" {
			f(word{depth, c.label})
		}
		if depth < vocabulary {
			c.words(depth+1, f)
		}
	}
	if n.place != nil && depth < vocabulary {
		n.place.words(depth+1, f)
	}
}

// overlap is the largest share of the words below c at one depth that are common.
func (c *node) overlap(common func(word) bool) float64 {
	var all, shared [vocabulary + 1]int
	seen := map[word]bool{}
	c.words(1, func(w word) {
		if seen[w] {
			return
		}
		seen[w] = true
		all[w.depth]++
		if common(w) {
			shared[w.depth]++
		}
	})
	best := 0.
	for d := range all {
		if all[d] > 0 {
			best = max(best, float64(shared[d])/float64(all[d]))
		}
	}
	return best
}

// collection reports whether identifiers follow c: then it names what they are of.
func (c *node) collection() bool {
	return c.place != nil && c.place.class&aWord == 0
}

// sharing finds those of siblings that have common words below.
func sharing(siblings []*node) (members []*node) {
	siblings = slices.DeleteFunc(siblings, (*node).collection)
	if len(siblings) < minSiblings {
		return nil
	}
	type count struct{ n, last int }
	counts := map[word]count{}
	for i, c := range siblings {
		c.words(1, func(w word) {
			if k := counts[w]; k.n == 0 || k.last != i {
				counts[w] = count{k.n + 1, i}
			}
		})
	}
	least, rich := max(minSiblings, int(minCommon*float64(len(siblings)))), 0
	for _, k := range counts {
		if k.n >= least {
			rich++
		}
	}
	if rich < minWords && len(siblings) <= manyLeaves {
		return nil
	}
	for _, c := range siblings {
		if c.overlap(func(w word) bool { return counts[w].n >= least }) >= minOverlap {
			members = append(members, c)
		}
	}
	return members
}

// joining moves the names that are as what fills the place of n, where it is open.
func (n *node) joining() bool {
	p := n.place
	if p == nil || p.class&aWord == 0 {
		return false
	}
	var values []*node
	var have map[word]bool
	for _, c := range n.literals {
		switch {
		case !c.value():
		case c.leaf():
			if p.requests > 0 {
				values = append(values, c)
			}
		case len(c.literals) == 0:
			if p.place != nil {
				values = append(values, c)
			}
		case !c.collection():
			if have == nil {
				have = map[word]bool{}
				p.words(1, func(w word) { have[w] = true })
			}
			if c.overlap(func(w word) bool { return have[w] }) >= minOverlap {
				values = append(values, c)
			}
		}
	}
	if len(values) > 0 {
		n.open(values, p.evidence)
	}
	return len(values) > 0
}
