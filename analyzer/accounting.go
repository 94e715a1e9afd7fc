package analyzer

import (
	"cmp"
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
