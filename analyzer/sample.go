package analyzer

import (
	"encoding/binary"
	"slices"
	"strings"
)

// sample keeps limit of the texts that were added, and how often each of them was: those with the
// lowest hashes, so that they are the same ones, with exact counts, in whatever order the texts
// came. Only the limit has to be set.
type sample struct {
	limit int
	of    []sampled // by hash
}

type sampled struct {
	hash uint64
	text string
	n    uint64
}

// add counts a text, and copies it if it is new and kept.
func (s *sample) add(hash uint64, text string, n uint64) {
	if len(s.of) == s.limit && hash > s.of[s.limit-1].hash { // Fast path.
		return
	}
	at := 0
	for at < len(s.of) && s.of[at].hash < hash {
		at++
	}
	if at < len(s.of) && s.of[at].hash == hash {
		s.of[at].n += n
		return
	}
	if len(s.of) == s.limit {
		s.of = s.of[:s.limit-1]
	}
	s.of = slices.Insert(s.of, at, sampled{hash, strings.Clone(capped(text)), n})
}

func (s *sample) merge(t *sample) {
	for _, e := range t.of {
		s.add(e.hash, e.text, e.n)
	}
}

func (s *sample) texts() []string {
	out := []string{}
	for _, e := range s.of {
		out = append(out, e.text)
	}
	return out
}

func (s *sample) append(w *writer) {
	w.uint(uint64(len(s.of)))
	for _, e := range s.of {
		w.b = binary.LittleEndian.AppendUint64(w.b, e.hash)
		w.text(e.text)
		w.uint(e.n)
	}
}

func (s *sample) parse(r *reader) {
	for i := range r.count(s.limit, "samples of texts") {
		hash := r.raw(8)
		if hash == nil {
			return
		}
		e := sampled{binary.LittleEndian.Uint64(hash), string(r.bytes(maxText)), r.uint()}
		r.check(i == 0 || e.hash > s.of[i-1].hash, "the samples of texts are not in order")
		s.of = append(s.of, e)
	}
}
