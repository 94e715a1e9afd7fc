package analyzer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/analyzer/route"
	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Options say what to count and what to report. The zero Options count everything and
// report the ten first routes. They are not changed.
type Options struct {
	Filter  Filter
	Input   format.Options // how the inputs are to be read; a file tells Written itself
	Top     int            // routes in each list: 0 is 10, negative is all
	Sort    Sort           // of the failing routes; "" is by failures
	SLO     float64        // percent of requests that should not fail; 0 is 99.9
	Workers int            // goroutines that parse and count; 0 is one for each processor

	Hints   *route.Hints // the routes of paths, where the log has none; nil knows none
	NoLearn bool         // paths that neither the log nor a hint gives a route stand as they are

	// NoIncidents leaves out looking for incidents, and counting what that takes.
	NoIncidents bool

	// MaxMalformed is the share, 0 to 1, of the lines that look like requests which may be
	// malformed or truncated; more of them in one input are an error. 0 is one half; negative
	// is none.
	MaxMalformed float64
	// BadLines, if it is not nil, is written every malformed and every truncated line, as it
	// stands in the input and in its order, with a newline. Of a line that is too long to be
	// read it is written the start.
	BadLines io.Writer
	marks    map[string]*marks // by the name of an input, of an earlier reading

	// Save, if it is not nil, is written the state at the end, which ReadState reads.
	Save io.Writer

	byAttribute bool // count by attribute, for Compare
}

func (o *Options) top() int { return cmp.Or(o.Top, 10) }

// marksOf are those of an input, none where there was no earlier reading.
func (o *Options) marksOf(name string) *marks {
	if m := o.marks[name]; m != nil {
		return m
	}
	return &marks{}
}

func (o *Options) maxMalformed() float64 { return max(cmp.Or(o.MaxMalformed, 0.5), 0) }

// InputError is what was wrong with one input. The report holds what could be read of it.
type InputError struct {
	Name string
	Err  error
}

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }

// ErrNoRequests is the error of a Run that found no request, and nothing wrong with any
// input either.
var ErrNoRequests = errors.New("no request was found")

// Run reads the sources to their ends and reports on them. The report is never nil: where
// some inputs could not be read, or not whole, it tells of the rest, and the error joins
// an *InputError for each. A ctx that is done ends the reading; the report then tells of
// what was read before, and the error includes ctx's.
//
// Where the filter asks for routes that are learned, which are known when all is read, and the
// sources can be opened again, they are read twice.
func Run(ctx context.Context, sources []source.Source, o Options) (*Report, error) {
	if known := o.routesFirst(ctx, sources); known != nil {
		return count(ctx, sources, &o, known)
	}
	return count(ctx, sources, &o, nil)
}

// count makes the report, in which paths have the routes that are known, if any are.
func count(ctx context.Context, sources []source.Source, o *Options, known *route.Routes) (*Report, error) {
	s, err := read(ctx, sources, o, known)
	o.Filter.Statuses = s.selection.statuses
	r, seen := s.analysis.report(s.list(), o)
	o.marks = s.marks
	again := seen.lookAgain(ctx, sources, o, s.unreadable())
	seen.tell(r)
	return r, errors.Join(err, again)
}

// read is one reading of the sources, of which it saves the state.
func read(ctx context.Context, sources []source.Source, o *Options, known *route.Routes) (*State, error) {
	parts := make([]*Analysis, o.workers())
	bad := newBadLines(o.BadLines)
	workers := make([]*worker, len(parts))
	for i := range parts {
		parts[i] = newAnalysis(o, known)
		workers[i] = newWorker(parts[i], &o.Filter, bad)
	}
	readers := len(workers)
	if bad != nil {
		readers = 1 // what comes in the order of the logs would otherwise have to be held
	}
	inputs := scan(ctx, sources, readers, o, workers)
	s := newState(merged(parts), inputs, o)
	s.stopped = ctx.Err() != nil
	return s, errors.Join(s.problems(), bad.failure(), o.save(s), ctx.Err())
}

// routesFirst reads the sources for their routes, where the filter needs to know them; else, and
// where it comes to the same without them, it returns nil.
func (o *Options) routesFirst(ctx context.Context, sources []source.Source) *route.Routes {
	again := func(s source.Source) bool { return s.Size() >= 0 }
	if o.Filter.Route == nil || o.NoLearn || slices.ContainsFunc(sources, func(s source.Source) bool { return !again(s) }) {
		return nil
	}
	a, _, _ := learn(ctx, sources, o)
	return a.learning.learn()
}

// learn reads the sources for their routes alone.
func learn(ctx context.Context, sources []source.Source, o *Options) (*Analysis, inputs, error) {
	parts := make([]*Analysis, o.workers())
	workers := make([]*worker, len(parts))
	for i := range parts {
		w := &worker{analysis: newAnalysis(o, nil)}
		w.emit = func(r *accesslog.Record) {
			w.records++
			w.analysis.exclude(r, false)
		}
		parts[i], workers[i] = w.analysis, w
	}
	all := scan(ctx, sources, len(workers), o, workers)
	whole := merged(parts)
	all.account(&whole.lines)
	return whole, all, ctx.Err()
}

func (o *Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// scan reads the sources, and has the workers take what was read.
func scan(ctx context.Context, sources []source.Source, readers int, o *Options, workers []*worker) inputs {
	blocks := make(chan *block, len(workers))
	var working sync.WaitGroup
	for _, w := range workers {
		working.Go(func() { w.run(blocks) })
	}
	var sent atomic.Uint64
	all := readAll(ctx, sources, readers, o, func(b *block) {
		b.number = sent.Add(1) - 1
		blocks <- b
	})
	close(blocks)
	working.Wait()
	return all
}

// merged merges all parts into the first.
func merged(parts []*Analysis) *Analysis {
	for _, part := range parts[1:] {
		parts[0].Merge(part)
	}
	return parts[0]
}

// input is one source as it is read.
type input struct {
	source    source.Source
	name      string            // of the source, or made from it where another has the same
	detection *format.Detection // nil where no format was recognised
	renewals  int               // of the detection
	why       string            // why none was
	header    []byte            // the last line read that says how to read those behind it
	held      []*block          // until one is, and then until the next tells whether it is still right
	failedAt  int               // how many were held when none was recognised last, of a live input
	unread    unread
	err       error

	entered     int64  // the offset at which reading began
	enteredLine uint64 // the number of the line there; 0 is unknown
	marks       marks
	unreadBytes uint64  // before it, and behind the window
	span        stretch // what they tell of it, if it was entered
	unordered   bool    // it could not be entered, as its lines are not in the order of time
}

func (in *input) fail(err error) { in.err = err }

// failUnlessStopped is fail for what may have ended as ctx is done: then nothing is wrong with the
// input.
func (in *input) failUnlessStopped(ctx context.Context, err error) {
	if ctx.Err() == nil {
		in.fail(err)
	}
}

type inputs []*input

// readAll reads the sources, as many at once as there are readers, so that several can be
// decompressed side by side. It sends what it reads to the workers. Inputs are in the order of
// their sources; those that were not begun when ctx was done are none.
func readAll(ctx context.Context, sources []source.Source, readers int, o *Options, send func(*block)) inputs {
	all := make(inputs, len(sources))
	taken := map[string]bool{}
	for i, src := range sources {
		all[i] = &input{source: src, name: unused(src.Name(), taken)}
	}
	var next atomic.Int64
	var reading sync.WaitGroup
	for range min(readers, len(all)) {
		reading.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				all[i].readSource(ctx, o, send)
			}
		})
	}
	reading.Wait()
	return all[:min(int(next.Load()), len(all))]
}

// readSource opens the source and reads it to its end, or as far as the filter's window goes.
func (in *input) readSource(ctx context.Context, o *Options, send func(*block)) {
	how := o.Input
	if at := in.source.Modified(); !at.IsZero() {
		how.Written = at
	}
	r, err := in.enter(ctx, o, how)
	if err == nil && r == nil {
		r, err = in.source.Open(ctx)
	}
	if err != nil {
		in.failUnlessStopped(ctx, err)
		return
	}
	in.read(ctx, r, how, send)
	if err := r.Close(); err != nil && in.err == nil {
		in.fail(err)
	}
}

// unused makes a name that is not yet taken from name: readers may be called anything.
func unused(name string, taken map[string]bool) string {
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s (%d)", name, n)
	}
	taken[free] = true
	return free
}

// maxHeld is how many blocks may pass before the first in which a format is recognised:
// a program may have said much else before its first request.
const maxHeld = 8

// read holds blocks back until the format is detected on one, and then sends all.
func (in *input) read(ctx context.Context, r io.Reader, o format.Options, send func(*block)) {
	s := newSplitter(in, r)
	if in.entered > 0 {
		s.line, s.at = in.enteredLine, uint64(in.entered)
	}
	var unknown error
	tried := 0
	for in.detection != nil || tried < maxHeld && len(in.held) < 16*maxHeld {
		b, err := s.next(ctx)
		if err != nil {
			break
		}
		in.held = append(in.held, b)
		if in.detection == nil && b.skipped == 0 {
			tried++
			in.detection, err = format.Detect(sampleOf(b.data), o)
			unknown = cmp.Or(unknown, err)
		}
		if in.detection != nil {
			in.sendHeld(1, o, send)
		}
	}
	if in.detection != nil {
		in.sendHeld(0, o, send)
	}
	if s.err != nil {
		in.failUnlessStopped(ctx, s.err)
	}
	if in.detection == nil && len(in.held) > 0 {
		in.unrecognised(cmp.Or(unknown, errLongLines))
	}
	in.giveUp(len(in.held))
}

// giveUp counts the first n blocks held as unread.
func (in *input) giveUp(n int) {
	for _, b := range in.held[:n] {
		in.unread.add(b)
		b.release()
	}
	in.held = slices.Delete(in.held, 0, n)
}

// describe gives b the header that is in force where it begins: blocks are parsed in no
// order, but read in theirs.
func (in *input) describe(b *block) {
	b.header = in.header
	if header := in.detection.HeaderOf(b.data); header != nil {
		in.header = bytes.Clone(bare(header))
	}
}

// unread counts what was read of an input that was then given up.
type unread struct{ lines, bytes uint64 }

func (u *unread) add(b *block) {
	u.bytes += uint64(len(b.data)) + b.skipped
	if b.skipped > 0 {
		u.lines++
		return
	}
	u.lines += uint64(bytes.Count(b.data, newline))
	if !bytes.HasSuffix(b.data, newline) {
		u.lines++
	}
}

var errLongLines = fmt.Errorf("there are only lines of more than %d bytes", maxLine)

var errState = errors.New("it is a state that --save wrote; loganalyze merge reports on it")

// unrecognised gives the input up. In a directory there may be other files than logs.
func (in *input) unrecognised(err error) {
	if bytes.HasPrefix(in.held[0].data, []byte(stateMagic)) {
		err = errState
	}
	in.why = err.Error()
	if !in.source.Found() && in.err == nil {
		in.fail(fmt.Errorf("%s: cannot tell the log's format: %w", in.name, err))
	}
}

// sampleOf takes lines from all over a block, one of each run of so many, and those that describe
// others. Which one of a run is as good as random, or else a program that writes two lines a
// request would be sampled by one kind of them; the same block always gives the same sample.
func sampleOf(data []byte) [][]byte {
	const most = 500
	lines := bytes.Count(data, newline) + 1
	run := (lines + most - 1) / most
	dice := rand.New(rand.NewPCG(uint64(lines), 0))
	var sample [][]byte
	i, chosen := 0, 0
	for line := range bytes.Lines(data) {
		if i%run == 0 {
			chosen = i + dice.IntN(run)
		}
		if i == chosen || format.Describes(line) {
			sample = append(sample, bare(bytes.TrimSuffix(line, newline)))
		}
		i++
	}
	return sample
}

// worker turns blocks into counts.
type worker struct {
	analysis *Analysis
	filter   *matcher
	emit     func(*accesslog.Record)
	bad      *badLines // nil where nobody wants them

	in        *input
	detection *format.Detection
	counts    *inputLines
	parser    format.Parser
	at        Position
	records   int    // of the line
	passed    int    // the filter, of these
	spoiled   []byte // the bad lines of the block, where they are wanted

	_ [128]byte // what changes with every line is in no cache line with another worker's
}

func newWorker(a *Analysis, f *Filter, bad *badLines) *worker {
	w := &worker{analysis: a, filter: f.matcher(a.learning), bad: bad}
	w.emit = func(r *accesslog.Record) {
		w.records++
		switch w.filter.match(r) {
		case passed:
			w.passed++
			w.analysis.add(r, w.at, w.began(r))
		case wrongStatus:
			w.analysis.exclude(r, true)
		case leftOut:
			w.analysis.exclude(r, false)
			w.analysis.lines.leftOut.add(r.Time)
		}
	}
	return w
}

// began is when the request of a record did.
func (w *worker) began(r *accesslog.Record) time.Time {
	if w.detection.Format.Clock == format.ClockStart {
		return r.Time
	}
	return r.Start()
}

func (w *worker) run(blocks <-chan *block) {
	for b := range blocks {
		w.block(b)
	}
}

// block counts what a block holds, and releases it.
func (w *worker) block(b *block) {
	w.open(b)
	w.at.Line, w.at.Offset = b.line, b.offset
	if b.header != nil {
		_ = w.parser.Parse(b.header, func(*accesslog.Record) {}) // it was counted where it stands
	}
	w.counts.bytes += uint64(len(b.data)) + b.skipped
	if b.skipped > 0 {
		w.tooLong(b)
	} else {
		w.lines(b.data)
	}
	if w.bad != nil {
		w.bad.done(b.number, w.spoiled)
		w.spoiled = w.spoiled[:0]
	}
	b.release()
}

// open turns to the input of a block, and to how it is read.
func (w *worker) open(b *block) {
	if w.in != b.in {
		w.in = b.in
		w.at.File = b.in.name
		w.counts = w.analysis.lines.of(w.at.File)
	}
	if w.detection != b.detection {
		w.detection = b.detection
		w.parser = b.detection.NewParser()
	}
}

func (w *worker) tooLong(b *block) {
	w.counts.read++
	w.counts.skipped += b.skipped
	err := fmt.Errorf("the line takes %d bytes; lines of more than %d are not read", uint64(len(b.data))+b.skipped, maxLine)
	w.lost(format.Malformed, err, b.data, b.data)
}

// lost notes a line that gave no whole record. What is no request at all is nothing bad.
func (w *worker) lost(kind format.Kind, err error, line, raw []byte) {
	w.analysis.lines.lost(w.counts, kind, w.at, err, line)
	if w.bad != nil && kind != format.Other {
		w.spoiled = append(append(w.spoiled, raw...), '\n')
	}
}

func (w *worker) lines(data []byte) {
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		line := data
		if end >= 0 {
			line, data = data[:end], data[end+1:]
		} else {
			data = nil
		}
		w.line(bare(line), line)
		w.at.Offset += uint64(len(line)) + 1
		if w.at.Line > 0 {
			w.at.Line++
		}
	}
}

var byteOrderMark = []byte("\ufeff")

// bare takes off a line what editors and systems have put around it: a carriage return, a
// byte-order mark, and the NULs that a file begins with when it was truncated under a writer
// which did not notice.
func bare(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if len(line) > 0 && line[0] == 0 {
		line = bytes.TrimLeft(line, "\x00")
	}
	return bytes.TrimPrefix(line, byteOrderMark)
}

var errEmpty = &format.LineError{Kind: format.Other, Msg: "the line is empty"}

// line reads a line without what may be around it in the file.
func (w *worker) line(line, raw []byte) {
	w.counts.read++
	w.records, w.passed = 0, 0
	var err error = errEmpty
	if len(line) > 0 {
		err = w.parser.Parse(line, w.emit)
	}
	w.counts.records += uint64(w.records)
	switch {
	case err != nil:
		kind := format.Malformed
		if e, ok := err.(*format.LineError); ok {
			kind = e.Kind
		}
		w.lost(kind, err, line, raw)
	case w.passed > 0:
		w.counts.accepted++
	default:
		w.counts.filtered++
	}
}

// account gives the lines of inputs that were given up their fate, once.
func (all inputs) account(a *accounting) {
	for _, in := range all {
		n := a.of(in.name)
		n.read += in.unread.lines
		n.other += in.unread.lines
		n.bytes += in.unread.bytes
		in.unread = unread{}
		a.leftOut.widen(in.span)
	}
}

// list tells of the inputs, in their order, and nothing yet of their lines.
func (all inputs) list() []Input {
	out := []Input{}
	for _, in := range all {
		line := Input{Name: in.name, Wrappers: []string{}, OtherFormats: []string{}, Why: in.why, UnreadBytes: in.unreadBytes, Unordered: in.unordered}
		if d := in.detection; d != nil {
			line.Format, line.Confidence, line.Why, line.Guessed, line.NotRead = Text(d.Format.Name), d.Confidence, d.Why, d.Guessed, Text(d.NotRead)
			line.LogFormat, line.Unit, line.Clock, line.TZ = Text(d.LogFormat), Text(d.Unit), Text(d.Format.Clock), Text(d.TZ)
			line.Wrappers = d.Wrappers()
			for _, other := range d.Others() {
				line.OtherFormats = append(line.OtherFormats, other.Format.Name)
			}
		}
		out = append(out, line)
	}
	return out
}

// errors are what was wrong with the inputs.
func (all inputs) errors(a *accounting, o *Options) (errs []*InputError) {
	for _, in := range all {
		n := a.of(in.name)
		if in.err != nil {
			errs = append(errs, &InputError{in.name, in.err})
		}
		bad := n.malformed + n.truncated
		if float64(bad) > o.maxMalformed()*float64(bad+n.records) && in.detection != nil {
			errs = append(errs, &InputError{in.name, fmt.Errorf(
				"%s: read as %s, but %d of the %d lines that look like requests are not; name the right format with --log-format, or allow more with --max-malformed",
				in.name, in.detection.Format.Name, bad, bad+n.records)})
		}
	}
	return errs
}

func noRequests(all []Input, bytes uint64) error {
	if len(all) == 0 {
		return ErrNoRequests
	}
	in, more := all[0], ""
	if n := len(all) - 1; n > 0 {
		more = fmt.Sprintf(", nor in %d more", n)
	}
	switch {
	case in.Why != "":
		return fmt.Errorf("%s: %w%s: %s", in.Name, ErrNoRequests, more, in.Why)
	case bytes == 0:
		return fmt.Errorf("%s is empty: %w%s", in.Name, ErrNoRequests, more)
	}
	return fmt.Errorf("%s: %w%s", in.Name, ErrNoRequests, more)
}

// Report finishes the counts. The analysis may go on being added to.
func (a *Analysis) Report(inputs []Input, o Options) *Report {
	r, seen := a.report(inputs, &o)
	seen.tell(r)
	return r
}

// report is Report but for the incidents, which may be told when more is known of them.
func (a *Analysis) report(inputs []Input, o *Options) (*Report, *incidents) {
	t, sampled := a.total()
	routes, decided := t.routes.report(o)
	return a.summary(inputs, o, t, sampled, routes, decided), a.incidents(t, decided, o)
}

// summary is the report without the incidents.
func (a *Analysis) summary(inputs []Input, o *Options, t *tally, sampled bool, routes Routes, decided decided) *Report {
	sum := decided.sum
	classes, failed := sum.statuses.classes(), sum.failed()
	requests := sum.statuses.total()
	r := &Report{
		Schema: Schema, Inputs: inputs, Lines: a.lines.report(),
		Requests: requests, Considered: max(t.population.requests, requests), Unknown: t.population.unknown, Failures: sum.failing.total(), Failed: failed.total(), FailedBy: sum.failedBy(),
		Dropped: a.dropped, Sampled: sampled,
		Classes: classes.report(&failed), Statuses: sum.statuses.report(requests),
		Latency: sum.latency.report(), Routes: routes, Clients: t.clients.report(),
		Incidents: []Incident{}, MicroBurst: []Incident{},
	}
	r.Outcomes, r.Interim = t.outcomes.report()
	r.Period, r.Timeline = t.timeline.report()
	left := r.Lines.Filtered
	for i := range inputs {
		left += inputs[i].UnreadBytes
	}
	r.Verdict, r.Reason = judge(t.population, o.Filter.nothing(left, a.lines.leftOut), cmp.Or(o.SLO, defaultSLO))
	return r
}
