package analyzer

import (
	"cmp"
	"maps"
	"slices"

	"github.com/loganalyze/loganalyze/analyzer/format"
)

// accounting gives every line one fate, by input.
type accounting struct {
	inputs  map[string]*inputLines
	samples []Sample // the first of each kind, in order
	leftOut stretch  // of the records that did not pass the filter, and of the lines not read for it
}

// inputLines counts the lines of one input.
type inputLines struct {
	read, accepted, filtered, malformed, truncated, other uint64
	records, bytes, skipped                               uint64

	_ [128]byte // a worker's counts change with every line: they are in no cache line with another's
}

// maxSamples is how many lines of each kind are kept as samples.
const maxSamples = 3

// of returns the counts of an input.
func (a *accounting) of(name string) *inputLines {
	if a.inputs == nil {
		a.inputs = map[string]*inputLines{}
	}
	in := a.inputs[name]
	if in == nil {
		in = &inputLines{}
		a.inputs[name] = in
	}
	return in
}

// lost notes a line that gave no whole record, and keeps it as a sample if it is among
// the first of its kind.
func (a *accounting) lost(in *inputLines, kind format.Kind, at Position, err error, line []byte) {
	switch kind {
	case format.Truncated:
		in.truncated++
	case format.Other:
		in.other++
	default:
		in.malformed++
	}
	if a.wants(string(kind), at) {
		a.sample(Sample{Kind: string(kind), File: at.File, Line: Line(at.Line), Offset: at.Offset, Error: err.Error(), Text: excerpt(line)})
	}
}

// wants reports whether a line at at would be among the first samples of its kind.
func (a *accounting) wants(kind string, at Position) bool {
	n, last := 0, Position{}
	for _, s := range a.samples {
		if s.Kind == kind {
			n, last = n+1, s.position()
		}
	}
	return n < maxSamples || at.compare(last) < 0
}

func (s *Sample) position() Position { return Position{s.File, uint64(s.Line), s.Offset} }

// sample inserts s in order, and drops what is then one too many of its kind.
func (a *accounting) sample(s Sample) {
	i, _ := slices.BinarySearchFunc(a.samples, s, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.position().compare(b.position()))
	})
	a.samples = slices.Insert(a.samples, i, s)
	n := 0
	a.samples = slices.DeleteFunc(a.samples, func(t Sample) bool {
		if t.Kind == s.Kind {
			n++
		}
		return t.Kind == s.Kind && n > maxSamples
	})
}

func (n *inputLines) add(m *inputLines) {
	n.read += m.read
	n.accepted += m.accepted
	n.filtered += m.filtered
	n.malformed += m.malformed
	n.truncated += m.truncated
	n.other += m.other
	n.records += m.records
	n.bytes += m.bytes
	n.skipped += m.skipped
}

func (a *accounting) merge(b *accounting) {
	for name, from := range b.inputs {
		a.of(name).add(from)
	}
	a.leftOut.widen(b.leftOut)
	for _, s := range b.samples {
		if a.wants(s.Kind, s.position()) {
			a.sample(s)
		}
	}
}

// counters are the counts in the order in which a state has them.
func (n *inputLines) counters() []*uint64 {
	return []*uint64{&n.read, &n.accepted, &n.filtered, &n.malformed, &n.truncated, &n.other, &n.records, &n.bytes, &n.skipped}
}

func (a *accounting) append(w *writer) {
	w.uint(uint64(len(a.inputs)))
	for _, name := range slices.Sorted(maps.Keys(a.inputs)) {
		w.name(name)
		for _, n := range a.inputs[name].counters() {
			w.uint(*n)
		}
	}
	w.uint(uint64(len(a.samples)))
	for _, s := range a.samples {
		at := s.position()
		w.text(s.Kind)
		at.append(w)
		w.text(s.Error)
		w.text(s.Text)
	}
}

func (a *accounting) parse(r *reader) {
	for range r.count(maxInputs, "inputs") {
		name, in := r.name(), &inputLines{}
		for _, n := range in.counters() {
			*n = r.uint()
		}
		a.of(name).add(in)
	}
	kinds := []format.Kind{format.Malformed, format.Truncated, format.Other}
	for range r.count(len(kinds)*maxSamples, "samples of lines") {
		kind, at := r.text(), Position{}
		at.parse(r)
		s := Sample{Kind: kind, File: at.File, Line: Line(at.Line), Offset: at.Offset, Error: r.text(), Text: r.text()}
		r.check(slices.Contains(kinds, format.Kind(s.Kind)), "a sample is of a kind that there is not")
		a.sample(s)
	}
}

// rename calls inputs by other names.
func (a *accounting) rename(names map[string]string) {
	old, samples := a.inputs, a.samples
	a.inputs, a.samples = nil, nil
	for name, n := range old {
		a.of(renamed(name, names)).add(n)
	}
	for _, s := range samples {
		s.File = renamed(s.File, names)
		a.sample(s)
	}
}

// renamed is the name that names gives to one, if any.
func renamed(name string, names map[string]string) string {
	if other, ok := names[name]; ok {
		return other
	}
	return name
}

func (a *accounting) report() Lines {
	var n inputLines
	for _, in := range a.inputs {
		n.add(in)
	}
	return Lines{
		Read: n.read, Accepted: n.accepted, Filtered: n.filtered, Malformed: n.malformed, Truncated: n.truncated, Other: n.other,
		Records: n.records, SkippedBytes: n.skipped, Samples: append([]Sample{}, a.samples...),
	}
}
