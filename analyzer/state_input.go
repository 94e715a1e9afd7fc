package analyzer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
)

// stateInput is an input, of which the analysis knows how many lines it has.
type stateInput struct {
	Input         // by the name that it has in the analysis and in the report
	own    string // the name that it had where it was read
	origin string // the name of the state that it came with, where it came with one
	from   string // and of the one that it was read from now, into which that may have been merged
	basis  basis
}

// basis is by what is told whether the counts of an input add up with those of others.
type basis struct {
	Uncounted bool   `json:"uncounted"` // of what incidents are looked for in there is nothing
	Hints     string `json:"hints"`     // their sum; "" of none
	Head      string `json:"head"`      // what tells the input from others; "" is unknown
	// From and To are the first and the last time of what was counted, also of the inputs that
	// were read with it; zero is unknown.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// LeftFrom and LeftTo are those of what the filter left out, as in the accounting.
	LeftFrom time.Time `json:"left_from,omitzero"`
	LeftTo   time.Time `json:"left_to,omitzero"`
}

// someHints stand for those of a state that does not tell which it had.
const someHints = "some"

// head is what an input begins with, by which it is known again. The zero value is of nothing.
type head struct {
	digest xxhash.Digest
	n      int // bytes
}

// maxHead is how many bytes are looked at: more than what many logs begin with, such as the names of
// columns, or what a server says when it starts.
const maxHead = 16 << 10

// add takes in what stands at an offset, if it goes on there.
func (h *head) add(at uint64, data []byte) {
	if at != uint64(h.n) || h.n == maxHead {
		return
	}
	if h.n == 0 {
		h.digest.Reset()
	}
	n, _ := h.digest.Write(data[:min(len(data), maxHead-h.n)])
	h.n += n
}

// sum is "" of nothing.
func (h *head) sum() string {
	if h.n == 0 {
		return ""
	}
	return fmt.Sprintf("%016x", h.digest.Sum64())
}

// basis is what all inputs of an analysis have in common, as far as it tells.
func (a *Analysis) basis() basis {
	b, span, left := basis{Uncounted: a.strata[0].series.off}, stretch{}, a.lines.leftOut
	for _, t := range a.strata {
		span.widen(stretch{t.timeline.min, t.timeline.max})
		for _, s := range t.routes.byKey {
			if s.kind == kindHint {
				b.Hints = someHints
			}
		}
	}
	b.From, b.To = span.from.UTC(), span.to.UTC()
	b.LeftFrom, b.LeftTo = left.from.UTC(), left.to.UTC()
	return b
}

// writtenInput is how an input was read, as the report has it, and its basis: nil in what was
// written before there was one.
type writtenInput struct {
	Input
	Basis *basis `json:"basis"`
}

// append writes most of it in JSON, of which keys may be added.
func (in *stateInput) append(w *writer) {
	w.name(in.Name)
	w.name(in.own)
	w.name(in.origin)
	how, _ := json.Marshal(writtenInput{in.Input, &in.basis}) // fails for a confidence that is no number alone
	w.text(string(how))
}

// parse reports whether the input has a basis.
func (in *stateInput) parse(r *reader) (based bool) {
	name := r.name()
	in.own, in.origin = r.name(), r.name()
	how := writtenInput{Input: Input{Wrappers: []string{}, OtherFormats: []string{}}}
	if err := json.Unmarshal(r.bytes(maxLine), &how); err != nil && r.err == nil {
		r.fail("an input: %w", err)
	}
	r.check(how.Wrappers != nil && how.OtherFormats != nil, "an input lacks a list")
	in.Input = how.Input
	in.Name = name // of which JSON may not hold all bytes
	if how.Basis != nil {
		in.basis = *how.Basis
	}
	return how.Basis != nil
}

// state names the one that the input came with.
func (in *stateInput) state() string {
	if in.from != "" && in.from != in.origin {
		return in.origin + " in " + in.from
	}
	return cmp.Or(in.origin, "a state")
}

// statesWhere names the states that hold such inputs, or the first of them.
func (s *State) statesWhere(is func(*stateInput) bool) string {
	first, states := "", map[string]bool{}
	for i := range s.inputs {
		if in := &s.inputs[i]; is(in) {
			first = cmp.Or(first, in.state())
			states[in.state()] = true
		}
	}
	switch len(states) {
	case 0:
		return ""
	case 1:
		return first + " was"
	}
	return fmt.Sprintf("%s and %d more were", first, len(states)-1)
}

// uncounted says why incidents cannot be looked for, if so.
func (s *State) uncounted() string {
	states := s.statesWhere(func(in *stateInput) bool { return in.basis.Uncounted })
	if states == "" {
		return ""
	}
	return states + " saved with --no-incidents, or by an older version; save it again without, or leave it out"
}

// Notes are what those should know who read the report of states that were merged: why their
// counts do not quite add up, and the mend.
func (s *State) Notes() []string {
	return slices.Concat(s.otherHints(), s.countedTwice())
}

// otherHints tells which states had others than the first.
func (s *State) otherHints() []string {
	if len(s.inputs) == 0 {
		return nil
	}
	first := &s.inputs[0]
	states := s.statesWhere(func(in *stateInput) bool {
		a, b := in.basis.Hints, first.basis.Hints
		return a != b && (a == "" || b == "" || a != someHints && b != someHints)
	})
	if states == "" {
		return nil
	}
	return []string{states + " saved with other --routes or --openapi than " + first.state() + ": a path may stand under two routes; save all with the same"}
}

// countedTwice tells of the first two inputs that look like one, and how many more there are: they
// begin alike, and have requests of the same time.
func (s *State) countedTwice() []string {
	alike := map[string][]*stateInput{}
	for i := range s.inputs {
		if in := &s.inputs[i]; in.basis.Head != "" && s.analysis.lines.of(in.Name).accepted > 0 {
			alike[in.basis.Head] = append(alike[in.basis.Head], in)
		}
	}
	note, more := "", 0
	for i := range s.inputs {
		for _, two := range overlapping(alike[s.inputs[i].basis.Head]) {
			if note != "" {
				more++
				continue
			}
			note = two[0].own + " of " + two[0].state() + " and " + two[1].own + " of " + two[1].state() + " look like one log, whose requests count twice"
			if from := two[1].basis.From; !from.IsZero() {
				note += ", from " + instant(from) + " to " + instant(earlier(two[0].basis.To, two[1].basis.To))
			}
		}
		delete(alike, s.inputs[i].basis.Head)
	}
	switch {
	case note == "":
		return nil
	case more > 0:
		note += fmt.Sprintf("; so do those of %d more", more)
	}
	return []string{note + "; leave out what is there already"}
}

// overlapping are inputs that have requests of a time of which one before them has some, and that one.
func overlapping(all []*stateInput) (pairs [][2]*stateInput) {
	slices.SortStableFunc(all, func(a, b *stateInput) int { return a.basis.From.Compare(b.basis.From) })
	for i, last := 1, 0; i < len(all); i++ {
		ends := all[last].basis.To
		if ends.IsZero() || !all[i].basis.From.After(ends) {
			pairs = append(pairs, [2]*stateInput{all[last], all[i]})
		}
		if all[i].basis.To.After(ends) {
			last = i
		}
	}
	return pairs
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
