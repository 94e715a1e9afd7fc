package analyzer

import (
	"cmp"
	"slices"
	"strings"
)

// labels counts by label, and tells at most limit labels apart; the rest counts together
// under otherLabel. Only the limit has to be set.
type labels struct {
	limit int
	// The counts are behind pointers because assigning to a key that is there would
	// replace the key's own string, which is a copy, by one that points into a line.
	counts map[string]*uint64
}

// maxLabel is how many bytes of a label count.
const maxLabel = 256

const otherLabel = "(other)"

// labelCount is the count of one label.
type labelCount struct {
	label string
	n     uint64
}

func (l *labels) add(label string, n uint64) {
	if n == 0 {
		return
	}
	label = label[:min(len(label), maxLabel)]
	if c, ok := l.counts[label]; ok {
		*c += n
		return
	}
	if l.counts == nil {
		l.counts = map[string]*uint64{}
	}
	if len(l.counts) >= l.limit && label != otherLabel {
		l.add(otherLabel, n)
		return
	}
	first := n // n itself would be allocated on each call
	l.counts[strings.Clone(label)] = &first
}

func (l *labels) merge(m *labels, weight float64) {
	for _, c := range m.sorted() {
		l.add(c.label, scaled(c.n, weight))
	}
}

// sorted returns the counts from the most to the least.
func (l *labels) sorted() []labelCount {
	var out []labelCount
	for label, n := range l.counts {
		out = append(out, labelCount{label, *n})
	}
	slices.SortFunc(out, func(a, b labelCount) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.label, b.label))
	})
	return out
}
