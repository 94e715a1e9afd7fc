package analyzer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// State is what a report is made of: an analysis, the inputs, and what was wrong with them. It
// can be written where the log lies, and read and merged with others elsewhere: the report on
// states that were merged is the report on all their logs at once, as long as no bound on memory
// was met, with the inputs in the order in which they were merged.
//
// [Options.Save] writes one, [ReadState] reads one. It is for one goroutine at a time.
type State struct {
	analysis  *Analysis
	inputs    []stateInput
	selection selection
	errs      []*InputError
	stopped   bool // the reading was, before its end

	indexes map[string]*index // of the inputs, as long as these can be read again
}

func newState(a *Analysis, all inputs, o *Options) *State {
	all.account(&a.lines)
	s := &State{analysis: a, selection: o.selection()}
	s.Lack(o.Lacking)
	s.errs = append(s.errs, all.errors(&a.lines, o)...)
	s.indexes = map[string]*index{}
	for _, in := range all {
		s.indexes[in.name] = &in.index
	}
	basis := a.basis()
	basis.Hints = o.Hints.Sum()
	for i, in := range all.list() {
		basis.Head = all[i].head.sum()
		s.inputs = append(s.inputs, stateInput{Input: in, own: in.Name, basis: basis})
	}
	return s
}

// Report finishes the counts. Of o it heeds what reports are made by: Top, Sort and SLO. The
// state may go on being merged.
func (s *State) Report(o Options) *Report {
	o.Filter.Statuses, o.uncounted = s.selection.statuses, s.uncounted()
	if !s.analysis.lines.leftOut.from.IsZero() { // which older states do not tell
		o.Filter.Since, o.Filter.Until = s.Window()
	}
	return s.analysis.Report(s.list(), o)
}

// list tells of the inputs and their lines.
func (s *State) list() []Input {
	out := []Input{}
	for _, in := range s.inputs {
		n := s.analysis.lines.of(in.Name)
		in.Lines, in.Records, in.Malformed, in.Truncated, in.Other, in.Bytes = n.read, n.records, n.malformed, n.truncated, n.other, n.bytes
		out = append(out, in.Input)
	}
	return out
}

var errStopped = errors.New("the reading was interrupted: what came behind is not counted")

// Err is what was wrong where the logs were read. It joins an [*InputError] for each input that
// could not be read, or not whole; where nothing was and there is no request, it is
// [ErrNoRequests], unless the reading was interrupted.
func (s *State) Err() error {
	var stopped error
	if s.stopped {
		stopped = errStopped
	}
	return errors.Join(s.problems(), stopped)
}

// unreadable are the inputs with which something was wrong.
func (s *State) unreadable() map[string]bool {
	names := map[string]bool{}
	for _, e := range s.errs {
		names[e.Name] = true
	}
	return names
}

// Lack has the state tell that something is missing in its counts: Err returns err, too, also of
// where the state is read or merged. Each of the errors that err joins is one; nil is nothing.
func (s *State) Lack(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			s.Lack(err)
		}
	} else if err != nil {
		s.errs = append(s.errs, &InputError{Err: err})
	}
}

// problems is Err without what the one who stopped the reading knows.
func (s *State) problems() error {
	var errs []error
	for _, err := range s.errs {
		errs = append(errs, err)
	}
	list, records, bytes, unread := s.list(), uint64(0), uint64(0), uint64(0)
	for _, in := range list {
		records += in.Records
		bytes += in.Bytes
		unread += in.UnreadBytes
	}
	wrong := func(e *InputError) bool { return e.Name != "" }
	if records == 0 && unread == 0 && !slices.ContainsFunc(s.errs, wrong) && !s.stopped {
		errs = append(errs, noRequests(list, bytes))
	}
	return errors.Join(errs...)
}

// Merge adds what t holds to s. t must not be used afterwards. Counts of different requests do
// not add up: where the records of t were chosen by other statuses, methods, routes or paths
// than those of s, Merge returns an error and changes nothing. Their times may differ: states of
// one hour each make a report on the day. What adds up and may mislead, Notes tells.
//
// Inputs of one name stay apart: each is then called by the state that it came with, too.
func (s *State) Merge(t *State) error {
	if !s.selection.same(&t.selection) {
		return fmt.Errorf("it was made with %s, and %s with %s; make both with the same filters", &t.selection, s.called(), &s.selection)
	}
	s.selection.widen(&t.selection)
	all := slices.Concat(s.inputs, t.inputs)
	names := nameInputs(all)
	s.rename(names[:len(s.inputs)])
	t.rename(names[len(s.inputs):])
	s.inputs = append(s.inputs, t.inputs...)
	s.analysis.Merge(t.analysis)
	s.errs = append(s.errs, t.errs...)
	s.stopped = s.stopped || t.stopped
	return nil
}

// called names the first of the states that it was merged from.
func (s *State) called() string {
	if len(s.inputs) == 0 {
		return "the other"
	}
	return cmp.Or(s.inputs[0].from, "the other")
}

// Window is the time of which requests were counted, from since to before until; zero is no bound.
// Of states that were merged it is the time from the first to the last.
func (s *State) Window() (since, until time.Time) { return s.selection.since, s.selection.until }

// nameInputs gives each input a name of its own. Which of those that share one are called by
// their states does not depend on the order in which the states came.
func nameInputs(all []stateInput) []string {
	sharing, taken, last := map[string]int{}, map[string]bool{}, map[string]int{}
	for _, in := range all {
		sharing[in.own]++
	}
	names := make([]string, len(all))
	for i, in := range all {
		name := in.own
		if sharing[name] > 1 && in.origin != "" {
			name += " (" + in.origin + ")"
		}
		free, n := name, cmp.Or(last[name], 1)
		for taken[free] {
			n++
			free = fmt.Sprintf("%s (%d)", name, n)
		}
		taken[free], last[name], names[i] = true, n, free
	}
	return names
}

// rename gives the inputs new names, wherever they are told.
func (s *State) rename(names []string) {
	changed := map[string]string{}
	for i := range s.inputs {
		if in := &s.inputs[i]; in.Name != names[i] {
			changed[in.Name] = names[i]
			in.Name = names[i]
		}
	}
	if len(changed) > 0 {
		s.analysis.rename(changed)
	}
}

// call names the state that was read, and with it what was wrong.
func (s *State) call(name string) {
	if name == "" {
		return
	}
	for i := range s.inputs {
		in := &s.inputs[i]
		in.origin, in.from = cmp.Or(in.origin, name), name
	}
	if s.stopped {
		s.stopped = false
		s.errs = append(s.errs, &InputError{name, errStopped})
	}
	for _, e := range s.errs {
		e.Err = fmt.Errorf("%s: %w", name, e.Err)
	}
}

// maxInputs bounds the inputs of a state that is read.
const maxInputs = 1 << 20

// append writes the state: first by what the rest is to be understood.
func (s *State) append(w *writer) {
	s.selection.append(w)
	w.bool(s.stopped)
	w.uint(uint64(len(s.inputs)))
	for i := range s.inputs {
		s.inputs[i].append(w)
	}
	w.uint(uint64(len(s.errs)))
	for _, e := range s.errs {
		w.name(e.Name)
		w.text(e.Error())
	}
	s.analysis.append(w)
}

func (s *State) parse(r *reader) {
	s.selection.parse(r)
	s.stopped = r.bool()
	taken, baseless := map[string]bool{}, []int{}
	for i := range r.count(maxInputs, "inputs") {
		var in stateInput
		if !in.parse(r) {
			baseless = append(baseless, i)
		}
		r.check(!taken[in.Name], "two inputs have one name")
		taken[in.Name] = true
		s.inputs = append(s.inputs, in)
	}
	for range r.count(maxInputs, "errors") {
		s.errs = append(s.errs, &InputError{r.name(), errors.New(r.text())})
	}
	s.analysis = newAnalysis(&Options{NoLearn: s.selection.noLearn}, nil)
	if s.analysis.parse(r); r.err != nil {
		return
	}
	for _, in := range s.inputs {
		s.analysis.lines.leftOut.widen(stretch{in.basis.LeftFrom, in.basis.LeftTo})
	}
	basis := s.analysis.basis()
	for _, i := range baseless {
		in := &s.inputs[i]
		n := s.analysis.lines.of(in.Name)
		in.basis = basis
		in.basis.Head = fmt.Sprintf("%s, %d bytes, %d lines, %d records", in.own, n.bytes, n.read, n.records)
	}
}
