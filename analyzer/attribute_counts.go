package analyzer

import (
	"maps"
	"slices"
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// attributeCounts counts requests and failures by what they share: the attributes of the table,
// and those that the application added.
type attributeCounts struct {
	known []valueCounts // as attributes has them
	added map[string]*valueCounts
	nets  [1 << latelyBits]struct{ ip, network string } // of some clients, by slotOf
}

// valueCounts counts by the value of one attribute. What has more values than maxValues is counted
// as far as labels can.
type valueCounts struct{ requests, failures labels }

// maxValues bounds the values told apart of one attribute, and maxAdded the attributes of the
// application.
const maxValues, maxAdded = 256, 64

func newValueCounts() valueCounts {
	return valueCounts{requests: labels{limit: maxValues}, failures: labels{limit: maxValues}}
}

func newAttributeCounts() *attributeCounts {
	c := &attributeCounts{added: map[string]*valueCounts{}}
	for range attributes {
		c.known = append(c.known, newValueCounts())
	}
	return c
}

func (v *valueCounts) add(value string, failed bool) {
	if value == "" {
		return
	}
	if v.requests.add(value, 1); failed {
		v.failures.add(value, 1)
	}
}

func (c *attributeCounts) add(r *accesslog.Record) {
	failed := r.Failed()
	for i := range attributes {
		c.known[i].add(c.value(i, r), failed)
	}
	for i := range r.Attrs {
		a := &r.Attrs[i]
		v := c.added[a.Key]
		if v == nil {
			if v = c.make(a.Key); v == nil {
				continue
			}
		}
		v.add(plainText(a), failed)
	}
}

// value is that of attribute i. Networks take an allocation to make, and are remembered.
func (c *attributeCounts) value(i int, r *accesslog.Record) string {
	if attributes[i].name != clientNet || r.ClientIP == "" {
		return attributes[i].value(r)
	}
	slot := &c.nets[slotOf(r.ClientIP, "")]
	if slot.ip != r.ClientIP {
		slot.ip, slot.network = strings.Clone(r.ClientIP), attributes[i].value(r)
	}
	return slot.network
}

const clientNet = "client_net"

// make makes room for an attribute of the application; nil where there is none. One that is called
// as an attribute of the table stands beside it by a name of its own.
func (c *attributeCounts) make(key string) *valueCounts {
	if len(c.added) >= maxAdded || key == "" || len(key) > maxLabel {
		return nil
	}
	v := newValueCounts()
	c.added[strings.Clone(key)] = &v
	return &v
}

// plainText is the text of an attribute, of a plain string without an allocation.
func plainText(a *accesslog.Attr) string {
	s := a.JSON()
	if n := len(s); n >= 2 && s[0] == '"' && strings.IndexByte(s, '\\') < 0 {
		return s[1 : n-1]
	}
	return a.Text()
}

func (c *attributeCounts) merge(d *attributeCounts, weight float64) {
	for i := range c.known {
		c.known[i].merge(&d.known[i], weight)
	}
	for _, key := range slices.Sorted(maps.Keys(d.added)) {
		v := c.added[key]
		if v == nil {
			v = c.make(key)
		}
		if v != nil {
			v.merge(d.added[key], weight)
		}
	}
}

func (v *valueCounts) merge(w *valueCounts, weight float64) {
	v.requests.merge(&w.requests, weight)
	v.failures.merge(&w.failures, weight)
}

// of are the counts of an attribute by its name; nil where there are none.
func (c *attributeCounts) of(name string) *valueCounts {
	for i := range attributes {
		if attributes[i].name == name {
			return &c.known[i]
		}
	}
	if v := c.added[name]; v != nil {
		return v
	}
	return c.added[strings.TrimPrefix(name, addedPrefix)]
}

// addedPrefix is before the names of the application's attributes that the table has as well.
const addedPrefix = "attr."

// names are those of all attributes, the table's first.
func (c *attributeCounts) names() (names []string) {
	for i := range attributes {
		names = append(names, attributes[i].name)
	}
	for _, key := range slices.Sorted(maps.Keys(c.added)) {
		if slices.Contains(names, key) {
			key = addedPrefix + key
		}
		names = append(names, key)
	}
	return names
}

// total is how many requests have a value.
func (l *labels) total() uint64 {
	sum := l.other
	for i := range l.counts {
		sum += l.counts[i].n
	}
	return sum
}

// count is what a label has, and whether that is sure to a hundredth.
func (l *labels) count(label string) (n uint64, sure bool) {
	more := l.missing()
	if i, ok := l.places[label]; ok {
		n, more = l.counts[i].n, l.counts[i].more
	}
	return n, more <= n/100
}

// valuesOf are the labels that either of two has, by name.
func valuesOf(a, b *labels) []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a.places)), maps.Keys(b.places))
	slices.Sort(all)
	return slices.Compact(all)
}
