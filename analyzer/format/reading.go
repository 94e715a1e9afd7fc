package format

import (
	"slices"
	"strings"
)

// reading is what the lines of a sample have under each key, for all formats that look for keys
// of their own in it.
type reading struct {
	syntax  syntax
	lines   [][]byte
	paths   []string // of the keys
	records []entry

	walker walker
	found  []pathValue // in all records
	ends   []int       // where in found those of each record end
	texts  keyedParser
}

// entry is what a reading keeps of a record: its values, by their paths.
type entry []pathValue

type pathValue struct {
	path, text string
	key        int // the index of its path
	quoted     bool
	again      bool    // there is another value under the same path behind it
	asked, can roleset // which roles it can play, of those that were asked for
}

// roleset has a bit for each role that is looked for by names.
type roleset uint32

// at is the value under path, the last of several, nil where there is none.
func (q entry) at(path string) *pathValue {
	for i := len(q) - 1; i >= 0; i-- {
		if q[i].path == path {
			return &q[i]
		}
	}
	return nil
}

// canPlay reports whether the value can be what r means, which costs too much to find out twice.
func (f *pathValue) canPlay(r role) bool {
	bit := roleset(1) << r
	if f.asked&bit == 0 {
		f.asked |= bit
		if plausible(r, f.text, f.quoted) {
			f.can |= bit
		}
	}
	return f.can&bit != 0
}

func read(lines [][]byte, x syntax) *reading {
	r := &reading{syntax: x, lines: lines}
	r.walker = walker{root: &node{}, grows: true, to: r}
	for _, line := range lines {
		_ = x.walk(&r.walker, line)
	}
	begin, last := 0, map[string]*pathValue{}
	for _, end := range r.ends {
		q := entry(r.found[begin:end:end])
		clear(last)
		for i := range q {
			if before := last[q[i].path]; before != nil {
				before.again = true
			}
			last[q[i].path] = &q[i]
		}
		r.records = append(r.records, q)
		begin = end
	}
	return r
}

// begin also forgets what is there of a record that has no end.
func (r *reading) begin() { r.found = r.found[:r.complete()] }

func (r *reading) complete() int {
	if len(r.ends) == 0 {
		return 0
	}
	return r.ends[len(r.ends)-1]
}

func (r *reading) field(n *node, value []byte) {
	r.texts.buf = r.texts.buf[:0]
	text := r.texts.text(value, r.walker.escaped)
	if text == "" {
		return
	}
	if r.walker.escaped {
		text = strings.Clone(text)
	}
	if n.key == 0 {
		r.paths = append(r.paths, n.path)
		n.key = len(r.paths)
	}
	r.found = append(r.found, pathValue{path: n.path, key: n.key - 1, text: text, quoted: r.walker.words || len(value) > 0 && value[0] == '"'})
}

func (r *reading) end() {
	if len(r.ends) == 0 {
		r.found = slices.Grow(r.found, len(r.found)*len(r.lines)) // most records are like the first
	}
	r.ends = append(r.ends, len(r.found))
}

// readings are those of the samples that formats were tried on.
type readings []*reading

// of is what lines have in syntax x.
func (all *readings) of(lines [][]byte, x syntax) *reading {
	if all == nil || len(lines) == 0 {
		return read(lines, x)
	}
	for _, r := range *all {
		if r.syntax == x && len(r.lines) == len(lines) && &r.lines[0] == &lines[0] {
			return r
		}
	}
	r := read(lines, x)
	*all = append(*all, r)
	return r
}
