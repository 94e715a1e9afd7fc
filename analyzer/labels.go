package analyzer

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// labels counts by label, and tells at most limit labels apart. Those are the most frequent
// ones, also where the log is full of labels that come once: it is the space-saving sketch
// (Metwally, Agrawal and El Abbadi, "Efficient computation of frequent and top-k elements in
// data streams", 2005), merged as Agarwal et al. do ("Mergeable summaries", 2012). With no more
// than limit labels it is exact. Only the limit has to be set.
//
// The sketch may put down to a label what was another's. Here that is kept apart: a label has
// what is surely its own, the rest is counted under otherLabel, and the sum is right.
type labels struct {
	limit  int
	places map[string]int // in counts
	counts []labelCount
	other  uint64
	full   bool // labels were given up

	lowest uint64 // no label has less; counts never fall
	next   int    // none before it has as little
}

// labelCount is the count of one label, which is n at least and n+more at most. With N the sum of
// all labels, more is not above N/limit, so that a label with more than that is always there.
type labelCount struct {
	label   string
	n, more uint64
}

func (c *labelCount) most() uint64 { return c.n + c.more }

// maxLabel is how many bytes of a label count.
const maxLabel = 256

const otherLabel = "(other)"

func (l *labels) add(label string, n uint64) {
	label = label[:min(len(label), maxLabel)]
	if i, ok := l.places[label]; ok {
		l.counts[i].n += n
		return
	}
	if label == otherLabel {
		l.other += n
		return
	}
	if n > 0 {
		l.insert(labelCount{strings.Clone(label), n, 0})
	}
}

// insert takes in a label that is not there. Where there is no room it takes the place of the
// least frequent one, and what that had may have been its own.
func (l *labels) insert(c labelCount) {
	if l.places == nil {
		l.places = map[string]int{}
	}
	if len(l.counts) < l.limit {
		l.places[c.label] = len(l.counts)
		l.counts = append(l.counts, c)
		l.lowest, l.next = 0, 0
		return
	}
	i := l.least()
	least := &l.counts[i]
	c.more += least.most()
	l.other += least.n
	l.full = true
	delete(l.places, least.label)
	l.places[c.label] = i
	*least = c
}

// least is the place of the label with the lowest upper bound, the first of several. Where every
// label comes once it is the one behind the last that was found.
func (l *labels) least() int {
	for ; l.next < len(l.counts); l.next++ {
		if l.counts[l.next].most() == l.lowest {
			return l.next
		}
	}
	l.next, l.lowest = 0, l.counts[0].most()
	for i := range l.counts {
		if most := l.counts[i].most(); most < l.lowest {
			l.next, l.lowest = i, most
		}
	}
	return l.next
}

// missing is what a label that is not there may have had.
func (l *labels) missing() uint64 {
	if !l.full {
		return 0
	}
	return l.counts[l.least()].most()
}

// merge adds what m counted, each weight times.
func (l *labels) merge(m *labels, weight float64) {
	missing, missingThere := l.missing(), scaled(m.missing(), weight)
	all := slices.Clone(l.counts)
	for i := range all {
		if _, ok := m.places[all[i].label]; !ok {
			all[i].more += missingThere
		}
	}
	for _, c := range m.counts {
		c.n, c.more = scaled(c.n, weight), scaled(c.more, weight)
		if i, ok := l.places[c.label]; ok {
			all[i].n += c.n
			all[i].more += c.more
		} else if c.most() > 0 {
			c.more += missing
			all = append(all, c)
		}
	}
	l.other += scaled(m.other, weight)
	l.full = l.full || m.full || len(all) > l.limit
	slices.SortFunc(all, func(a, b labelCount) int {
		return cmp.Or(cmp.Compare(b.most(), a.most()), cmp.Compare(a.label, b.label))
	})
	for _, c := range all[min(len(all), l.limit):] {
		l.other += c.n
	}
	l.counts, l.lowest, l.next = all[:min(len(all), l.limit)], 0, 0
	l.places = make(map[string]int, len(l.counts))
	for i, c := range l.counts {
		l.places[c.label] = i
	}
}

func (l *labels) append(w *writer) {
	w.uint(l.other)
	w.bool(l.full)
	w.uint(uint64(len(l.counts)))
	for _, label := range slices.Sorted(maps.Keys(l.places)) {
		c := l.counts[l.places[label]]
		w.text(label)
		w.uint(c.n)
		w.uint(c.more)
	}
}

func (l *labels) parse(r *reader) {
	l.other, l.full = r.uint(), r.bool()
	n := r.count(l.limit, "labels")
	r.check(!l.full || n == l.limit, "labels were given up before there were too many")
	for i := range n {
		c := labelCount{string(r.bytes(maxLabel)), r.uint(), r.uint()}
		r.check((i == 0 || c.label > l.counts[i-1].label) && c.label != otherLabel, "the labels are not in order")
		if l.places == nil {
			l.places = map[string]int{}
		}
		l.places[c.label] = i
		l.counts = append(l.counts, c)
	}
}

// sorted returns the labels from the most to the least by what is surely theirs, and
// otherLabel among them if there is more.
func (l *labels) sorted() []labelCount {
	var out []labelCount
	for _, c := range l.counts {
		if c.n > 0 {
			out = append(out, c)
		}
	}
	if l.other > 0 {
		out = append(out, labelCount{label: otherLabel, n: l.other})
	}
	slices.SortFunc(out, func(a, b labelCount) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.label, b.label))
	})
	return out
}
