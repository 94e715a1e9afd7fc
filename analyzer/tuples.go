package analyzer

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/loganalyze/loganalyze/analyzer/incident"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// tuples count the requests of an incident by the values of all their attributes together, from
// which it is told what the failures share. When there are too many, the values with the fewest
// failures are no longer told apart: they are not what many failures share.
type tuples struct {
	names  []string               // of the attributes: the route, those of the table, and the application's
	values []map[string]*rawPlace // by attribute: the place in counts of what a record has
	lately []latePlaces           // some of them
	places []map[string]int32     // and of the value that is made of it
	counts [][]valueCount         // by attribute and place; the first is the unknown value
	rows   []tupleCount
	bytes  int // of all values
}

// tuple has a place of a value for each attribute.
type tuple [maxAttributes]int32

type tupleCount struct {
	tuple
	failing
	squares uint64 // of the weights of the failures
	others  uint64 // and of the rest
}

const (
	maxAttributes = 20
	maxTuples     = 1 << 15
	maxPlaces     = 1 << 16 // of one attribute
	maxValueBytes = 1 << 24
)

type rawPlace struct {
	raw   string
	place int32
}

// latePlaces are those met lately. Of what has few values all are among them.
type latePlaces [1 << fewBits]*rawPlace

const fewBits = 6

// failing counts requests, and those of them that failed.
type failing struct{ requests, failures uint64 }

type valueCount struct {
	value  string
	before uint64 // requests in the time before the incident
	failing
}

// routeAttribute is the first of the attributes.
const routeAttribute = "route"

// fileAttribute is the log that a request stands in, where there are several: often one for each
// instance.
const fileAttribute = "file"

func newTuples() tuples {
	t := tuples{}
	t.attribute(routeAttribute)
	for _, a := range attributes {
		t.attribute(a.name)
	}
	return t
}

// reset forgets everything, and keeps the memory.
func (t *tuples) reset() {
	known := 1 + len(attributes)
	t.names, t.values, t.lately, t.places, t.counts = t.names[:known], t.values[:known], t.lately[:known], t.places[:known], t.counts[:known]
	for i := range t.names {
		clear(t.values[i])
		clear(t.places[i])
		t.lately[i] = latePlaces{}
		t.counts[i] = append(t.counts[i][:0], valueCount{})
	}
	t.rows, t.bytes = t.rows[:0], 0
}

// attribute is the place of a name, or -1 where there are too many.
func (t *tuples) attribute(name string) int {
	if i := slices.Index(t.names, name); i >= 0 {
		return i
	}
	if len(t.names) == maxAttributes {
		return -1
	}
	t.names = append(t.names, strings.Clone(name))
	t.values, t.lately, t.places = append(t.values, map[string]*rawPlace{}), append(t.lately, latePlaces{}), append(t.places, map[string]int32{})
	t.counts = append(t.counts, []valueCount{{}})
	return len(t.names) - 1
}

// added is the place of an attribute of the application. One that is called as one of the first, which
// are taken, stands beside it by a name of its own.
func (t *tuples) added(key string, taken int) int {
	if !slices.Contains(t.names[:taken], key) {
		return t.attribute(key)
	}
	same := func(name string) bool { return strings.HasPrefix(name, addedPrefix) && name[len(addedPrefix):] == key }
	if i := slices.IndexFunc(t.names, same); i >= 0 {
		return i
	}
	return t.attribute(addedPrefix + key)
}

// place is that of what a record has of an attribute; 0 where it is unknown, or there are too many.
func (t *tuples) place(attribute int, raw string) int32 {
	if raw == "" {
		return 0
	}
	raw = capped(raw)
	late := &t.lately[attribute][slotOf(raw, "")>>(latelyBits-fewBits)]
	if *late != nil && (*late).raw == raw {
		return (*late).place
	}
	if p, ok := t.values[attribute][raw]; ok {
		*late = p
		return p.place
	}
	value := raw
	if n := attribute - 1; n >= 0 && n < len(attributes) {
		value = attributes[n].made(raw)
	}
	p := t.placeOf(attribute, value)
	if len(t.values[attribute]) < maxPlaces && t.bytes < maxValueBytes {
		t.bytes += len(raw)
		*late = &rawPlace{strings.Clone(raw), p}
		t.values[attribute][(*late).raw] = *late
	}
	return p
}

// placeOf is that of a value.
func (t *tuples) placeOf(attribute int, value string) int32 {
	if value == "" {
		return 0
	}
	value = capped(value)
	if p, ok := t.places[attribute][value]; ok {
		return p
	}
	n := len(t.counts[attribute])
	if n >= maxPlaces || t.bytes >= maxValueBytes {
		return 0
	}
	t.bytes += len(value)
	value = strings.Clone(value)
	t.places[attribute][value] = int32(n)
	t.counts[attribute] = append(t.counts[attribute], valueCount{value: value})
	return int32(n)
}

// add counts a request: one of the incident, or one of the time before it.
func (t *tuples) add(r *accesslog.Record, route, file string, inside, failed bool, weight uint64) {
	key := tuple{t.place(0, route)}
	for i := range attributes {
		key[i+1] = t.place(i+1, attributes[i].raw(r))
	}
	taken := 1 + len(attributes)
	if file != "" {
		if i := t.attribute(fileAttribute); i >= 0 {
			key[i], taken = t.place(i, file), i+1
		}
	}
	for _, a := range r.Attrs {
		if i := t.added(a.Key, taken); i >= 0 {
			key[i] = t.place(i, a.Text())
		}
	}
	if !inside {
		for i := range t.names {
			t.counts[i][key[i]].before += weight
		}
		return
	}
	n := tupleCount{tuple: key, failing: failing{requests: weight}, others: weight * weight}
	if failed {
		n.failures, n.squares, n.others = weight, weight*weight, 0
	}
	for i := range t.names {
		t.counts[i][key[i]].failing.add(n.failing)
	}
	t.row(n)
}

func (f *failing) add(g failing) {
	f.requests += g.requests
	f.failures += g.failures
}

func (t *tuples) row(n tupleCount) {
	if len(t.rows) >= maxTuples {
		t.compact()
	}
	t.rows = append(t.rows, n)
}

// compact makes room. Values of attributes that have few, such as instances, are the last to go: one
// of them may yet begin to fail, and what it did before counts.
func (t *tuples) compact() {
	for _, few := range []int{fewValues, 0} {
		for least := uint64(1); len(t.rows) > maxTuples/2 && least < 1<<40; least *= 4 {
			t.forget(least, few)
		}
	}
}

// forget no longer tells apart the values with fewer failures, of attributes with more than few of them.
func (t *tuples) forget(least uint64, few int) {
	at := map[tuple]int{}
	kept := t.rows[:0]
	for _, row := range t.rows {
		for i := range t.names {
			if t.counts[i][row.tuple[i]].failures < least && len(t.counts[i]) > few+1 {
				row.tuple[i] = 0
			}
		}
		if i, ok := at[row.tuple]; ok {
			kept[i].failing.add(row.failing)
			kept[i].squares += row.squares
			kept[i].others += row.others
			continue
		}
		at[row.tuple] = len(kept)
		kept = append(kept, row)
	}
	t.rows = kept
}

// merge adds what u counted.
func (t *tuples) merge(u *tuples) {
	places := make([][]int32, len(u.names))
	attribute := make([]int, len(u.names))
	for i, name := range u.names {
		attribute[i] = t.attribute(name)
		if attribute[i] < 0 {
			continue
		}
		for _, c := range u.counts[i] {
			p := t.placeOf(attribute[i], c.value)
			places[i] = append(places[i], p)
			into := &t.counts[attribute[i]][p]
			into.before += c.before
			into.failing.add(c.failing)
		}
	}
	for _, row := range u.rows {
		var key tuple
		for i := range u.names {
			if attribute[i] >= 0 {
				key[attribute[i]] = places[i][row.tuple[i]]
			}
		}
		row.tuple = key
		t.row(row)
	}
}

// suspects are what the failures share.
func (t *tuples) suspects(baseline float64) []incident.Suspect {
	const least = 5 // failures, below which nothing is a suspect
	t.forget(least, 0)
	counts := make([]incident.Count, 0, len(t.rows))
	for _, row := range t.rows {
		c := incident.Count{Values: make([]string, len(t.names)), Requests: row.requests, Failures: row.failures, Squares: row.squares, Others: row.others}
		for i := range t.names {
			c.Values[i] = t.counts[i][row.tuple[i]].value
		}
		counts = append(counts, c)
	}
	return incident.Suspects(t.names, counts, baseline)
}

// fewValues is how many values an attribute has at most that says which part of a system it was:
// an instance, a version, a host.
const fewValues = 64

// partOfSystem reports whether an attribute says which part of a system it was: a route, a host, or what
// the application added, such as an instance.
func partOfSystem(place int) bool {
	return place == 0 || place > len(attributes) || attributes[place-1].name == "host"
}

// hit says of how many parts of a system more requests failed than is usual, by more than chance.
func (t *tuples) hit(baseline float64) []Hit {
	out := []Hit{}
	for i, name := range t.names {
		h := Hit{Attribute: name}
		for _, c := range t.counts[i][1:] {
			if c.requests == 0 {
				continue
			}
			h.Active++
			if beyondChance(float64(c.failures), baseline*float64(c.requests)) {
				h.Hit++
			}
		}
		if partOfSystem(i) && h.Active > 1 && (h.Active <= fewValues || i == 0) {
			out = append(out, h)
		}
	}
	return out
}

// beyondChance reports whether failures are at least one more than usual, and so many come with a
// probability below .01 where so many are usual, by Chernoff's bound of the upper tail of Poisson's distribution, e^(k − u − k ln(k/u)).
func beyondChance(failures, usual float64) bool {
	const enough = 4.6 // nats
	return failures-usual >= 1 && failures*math.Log(failures/usual)-failures+usual >= enough
}

// fresh are the values that came with the incident, those with the most requests first. There are
// none where the time before it says too little. A record stands for weight requests.
func (t *tuples) fresh(weight float64) []NewValue {
	const most = 10
	least, enough := scaled(5, weight), scaled(100, weight)
	out := []NewValue{}
	for i, name := range t.names {
		if len(t.counts[i]) > fewValues || name == "request_bytes" {
			continue
		}
		var before uint64
		for _, c := range t.counts[i][1:] {
			before += c.before
		}
		for _, c := range t.counts[i][1:] {
			if before >= enough && c.before == 0 && c.requests >= least {
				out = append(out, NewValue{name, c.value, c.requests, c.failures})
			}
		}
	}
	slices.SortFunc(out, func(a, b NewValue) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Attribute, b.Attribute), cmp.Compare(a.Value, b.Value))
	})
	return out[:min(len(out), most)]
}

// known are the attributes of which any request told a value.
func (t *tuples) known() map[string]bool {
	known := map[string]bool{}
	for i, name := range t.names {
		known[name] = len(t.counts[i]) > 1
	}
	return known
}
