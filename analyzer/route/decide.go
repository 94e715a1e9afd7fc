package route

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The thresholds of the rules. They were tuned with the command evaluate, on other specs than
// it judges by.
const (
	// Names that end paths are values if they are many, and keep coming: a server has a set
	// of pages, of which few are asked for once.
	minLeaves    = 15  // names
	minOnce      = .30 // of them are asked for once
	minOnceShare = .04 // of the requests are these
	manyLeaves   = 40  // names past which it does not matter how often they are asked for

	// A name among values that is asked for far more than they is no value: by Zipf's law, the
	// first of them has about twice the requests of the second.
	outlier      = 4   // times the requests of the next
	outlierShare = .25 // of all requests at the place
	minOutlier   = 20  // requests

	// Names with the same words below are values of one parameter. The fewer names, the more
	// words they must share: /admin and /shop may well have a /list each.
	vocabulary   = 3   // segments below a name are looked at
	minOverlap   = .60 // of the words below it, at one depth, are common
	minCommon    = .25 // of the names have a word that is common
	leastCommon  = 4   // names at least, or all of fewer
	alwaysCommon = 10  // names that are enough, of however many
	minWords     = 2   // common words below; one where the names keep coming
	fewSiblings  = 8   // names below which more is asked of them:
	minFewWords  = 3   // common words
	minSections  = 8   // of which so many directly below, where values follow a name: collections share a few
)

// enoughWords reports whether common words of siblings make them values, some of which are
// directly below.
func enoughWords(siblings []*node, common, direct int) bool {
	if len(siblings) >= fewSiblings {
		_, coming := keepComing(siblings)
		return common >= minWords || coming && common > 0
	}
	if slices.ContainsFunc(siblings, func(c *node) bool { return c.place != nil }) {
		return direct >= minSections
	}
	return common >= minFewWords
}

// maxRounds bounds how often the trie is gone through. Nearly always two are enough.
const maxRounds = 16

// settle decides below n until nothing changes: from the leaves up, so that values do not
// hide which words their siblings share, and from n down, so that what has become one is
// decided as one. What few names tell is looked at last, when it is known what they are of.
func (n *node) settle() {
	for _, s := range []stage{{sure: 1}, {sure: 2, few: true}} {
		for range maxRounds {
			s.up = true
			up := n.pass(s)
			s.up = false
			if down := n.pass(s); !up && !down {
				break
			}
		}
	}
}

// A stage is what is decided in a pass over the trie.
type stage struct {
	sure uint8 // its number
	few  bool  // whether few siblings are enough
	up   bool  // from the leaves up
}

func (n *node) pass(s stage) (changed bool) {
	if n.settled >= s.sure {
		return false
	}
	if !s.up {
		changed = n.decide(s)
	}
	for _, c := range n.literals {
		changed = c.pass(s) || changed
	}
	if n.place != nil {
		changed = n.place.pass(s) || changed
	}
	if s.up {
		changed = n.decide(s) || changed
	}
	if !changed {
		n.settled = s.sure
	}
	return changed
}

// decide moves the children of n that are values to its place.
func (n *node) decide(s stage) (changed bool) {
	for len(n.literals) > 0 && (n.join() || n.openLeaves() || n.openSiblings(s)) {
		n.settled = 0
		changed = true
	}
	return changed
}

// open moves values to the place of n, as what they are.
func (n *node) open(values []*node, as class, why *evidence) {
	for _, c := range values {
		c.moves = true
	}
	n.literals = slices.DeleteFunc(n.literals, func(c *node) bool { return c.moves })
	for _, c := range values {
		c.moves = false
		if c.leaf() {
			c.most = c.total
		}
	}
	if n.place != nil {
		values = append(values, n.place)
		if n.place.class&aWord != 0 {
			why = why.or(n.place.why)
		}
	}
	n.place = merge(values)
	n.place.settled = 0
	n.place.class |= as
	if n.depth == maxDepth {
		n.place.class |= aTail
	}
	n.place.why = why
}

// value reports whether c may be a value at all: the end of a path is none, nor is a method
// or a version.
func (c *node) value() bool {
	return c.label != "" && !c.method() && !isVersion(c.label)
}

// method reports whether c is a custom method, the :cancel of {name}:cancel.
func (c *node) method() bool { return c.label != "" && c.label[0] == ':' && c.depth <= maxDepth }

// joined reports whether c stands beside what is before it without a slash, or with its own.
func (c *node) joined() bool {
	return c.method() || c.depth <= maxDepth && strings.HasPrefix(c.label, "/")
}

// leaf reports whether paths end at c, or at the slash after it.
func (c *node) leaf() bool {
	return c.place == nil && (len(c.literals) == 0 || len(c.literals) == 1 && c.literals[0].label == "")
}

// collection reports whether identifiers follow c: then it names what they are of, and two
// of the kind are no values of one parameter, however much they share.
func (c *node) collection() bool {
	return c.place != nil && c.place.class&aWord == 0
}

// openLeaves opens the place of n to the names that end paths.
func (n *node) openLeaves() bool {
	if len(n.literals) < minLeaves {
		return false
	}
	leaves := slices.DeleteFunc(slices.Clone(n.literals), func(c *node) bool { return !c.value() || !c.leaf() })
	leaves = n.withoutOutliers(leaves)
	once, coming := keepComing(leaves)
	if !coming {
		return false
	}
	k := len(leaves)
	n.open(leaves, aWord, &evidence{1 - 1/float64(k), fmt.Sprintf("%d names fill one place, %.0f %% of them once", k, 100*once)})
	return true
}

// keepComing reports whether names are so many, or so many of them were asked for once, that there
// will be more of them; and which share of them that was.
func keepComing(names []*node) (share float64, coming bool) {
	once, requests := 0., uint64(0)
	for _, c := range names {
		requests = add(requests, c.total)
		if c.total == 1 {
			once++
		}
	}
	k := len(names)
	share = once / float64(max(1, k))
	return share, k > manyLeaves || k >= minLeaves && share >= minOnce && once >= minOnceShare*float64(requests)
}

// withoutOutliers is leaves but for those that are asked for far more than the others.
func (n *node) withoutOutliers(leaves []*node) []*node {
	slices.SortStableFunc(leaves, func(a, b *node) int { return cmp.Compare(b.total, a.total) })
	for len(leaves) > 1 && n.isOutlier(leaves[0], leaves[1].total) {
		leaves = leaves[1:]
	}
	return leaves
}

// isOutlier reports whether the name c of n is no value, when the next of them has so many
// requests.
func (n *node) isOutlier(c *node, next uint64) bool {
	return c.total >= minOutlier && c.total/outlier >= next && float64(c.total) >= outlierShare*float64(n.total)
}

// openSiblings opens the place of n to the names that have the same words below.
func (n *node) openSiblings(s stage) bool {
	if len(n.literals) < 2 {
		return false
	}
	var siblings []*node
	for _, c := range n.literals {
		if c.value() && !c.leaf() && !c.collection() {
			siblings = append(siblings, c)
		}
	}
	if len(siblings) < fewSiblings && !s.few {
		return false
	}
	members, words := sharing(siblings)
	if len(members) < 2 {
		return false
	}
	n.open(members, aWord, &evidence{1 - 1/float64(len(members)+words), fmt.Sprintf("%d names have the same segments below, %d of them", len(members), words)})
	return true
}

// A word is a literal below a name, so many segments.
type word struct {
	depth int
	label string
}

// words calls f for the words below n, which is depth below the name.
func (n *node) words(depth int, f func(word)) {
	for _, c := range n.literals {
		if c.label != "" {
			f(word{depth, c.label})
		}
		if depth+1 < vocabulary {
			c.words(depth+1, f)
		}
	}
	if n.place != nil && depth+1 < vocabulary {
		n.place.words(depth+1, f)
	}
}

// An overlap counts words by depth, and those of them that are common.
type overlap [vocabulary]struct{ all, common int }

func (o *overlap) add(depth int, common bool) {
	o[depth].all++
	if common {
		o[depth].common++
	}
}

// enough reports whether enough words are common at one depth: what is there at the others may
// be values.
func (o *overlap) enough() bool {
	for _, d := range o {
		if d.all > 0 && float64(d.common) >= minOverlap*float64(d.all) {
			return true
		}
	}
	return false
}

// sharing finds the siblings that have common words below, and how many those are.
func sharing(siblings []*node) (members []*node, common int) {
	if len(siblings) < 2 {
		return nil, 0
	}
	type count struct{ depth, names, last int }
	var counts []count
	number := map[word]int{}
	below := make([][]int, len(siblings)) // the numbers of the words of each
	for i, c := range siblings {
		c.words(0, func(w word) {
			k, ok := number[w]
			if !ok {
				k = len(counts)
				number[w] = k
				counts = append(counts, count{w.depth, 0, -1})
			}
			if counts[k].last != i {
				counts[k].last = i
				counts[k].names++
				below[i] = append(below[i], k)
			}
		})
	}
	direct := 0
	k := len(siblings)
	least := max(min(leastCommon, k), min(int(minCommon*float64(k)), alwaysCommon))
	for _, k := range counts {
		if k.names >= least {
			common++
			if k.depth == 0 {
				direct++
			}
		}
	}
	if !enoughWords(siblings, common, direct) {
		return nil, common
	}
	for i, c := range siblings {
		var o overlap
		for _, k := range below[i] {
			o.add(counts[k].depth, counts[k].names >= least)
		}
		if o.enough() {
			members = append(members, c)
		}
	}
	return members, common
}

// join moves the names that are like what fills the place of n: any where it is open to
// names, and where identifiers fill it those that may be such.
func (n *node) join() bool {
	p := n.place
	if p == nil || n.depth == maxDepth && p.class&aWord == 0 {
		return false
	}
	as := p.class & aWord
	if as == 0 {
		as = anID
	}
	var values []*node
	var have map[word]bool
	for _, c := range n.literals {
		if !c.value() || as == anID && !likeID(c.label) {
			continue
		}
		if !c.leaf() && len(c.literals) > 0 && have == nil {
			have = map[word]bool{}
			p.words(0, func(w word) { have[w] = true })
		}
		if c.fits(n, have) {
			values = append(values, c)
		}
	}
	if len(values) > 0 {
		n.open(values, as, p.why)
	}
	return len(values) > 0
}

// fits reports whether below the name c of n there is what is below the place of n: the words
// that it has, an end, or another place.
func (c *node) fits(n *node, have map[word]bool) bool {
	p := n.place
	switch {
	case c.leaf():
		slash := p.literal("")
		ends := c.requests > 0 && p.requests > 0 || len(c.literals) > 0 && slash != nil
		return ends && (p.class&aWord == 0 || !n.isOutlier(c, p.most))
	case len(c.literals) == 0:
		return p.place != nil
	case c.collection() && p.place == nil:
		return false
	}
	var o overlap
	c.words(0, func(w word) { o.add(w.depth, have[w]) })
	return o.enough()
}

// likeID reports whether a segment may be an identifier where others are: it is no file's
// name, and has a digit, or letters as no word has them.
func likeID(s string) bool {
	if isVersion(s) {
		return false
	}
	upper, lower, run, longest := 0, 0, 0, 0 // run of consonants
	digits := false
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.':
			return false
		case c-'0' <= 9:
			digits = true
		case c-'A' <= 'Z'-'A':
			upper++
		case c-'a' <= 'z'-'a':
			lower++
		}
		if c|0x20 < 'a' || c|0x20 > 'z' || strings.IndexByte("aeiouy", c|0x20) >= 0 {
			run = 0
		} else if run++; run > longest {
			longest = run
		}
	}
	return digits || len(s) >= 6 && lower > 0 && upper > 2 && upper > len(s)/3 || len(s) >= 8 && longest >= 5
}
