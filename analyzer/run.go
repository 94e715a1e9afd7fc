package analyzer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
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

	// Lacking is what is known to be missing before anything is read, such as files that were not
	// found: it is among the errors, and the state that is saved tells it.
	Lacking error
	// Save, if it is not nil, is written the state at the end, which ReadState reads.
	Save io.Writer

	byAttribute bool           // count by attribute, for Compare
	uncounted   string         // why what incidents are looked for in is not there, of a state
	again       *secondReading // where this is not the first reading
}

func (o *Options) top() int { return cmp.Or(o.Top, 10) }

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
	again := seen.lookAgain(ctx, sources, o, s)
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
		b.in.index.add(b)
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
	seconds   stretchOfSeconds // in which requests of the block began
	records   int              // of the line
	passed    int              // the filter, of these
	spoiled   []byte           // the bad lines of the block, where they are wanted

	_ [128]byte // what changes with every line is in no cache line with another worker's
}

func newWorker(a *Analysis, f *Filter, bad *badLines) *worker {
	w := &worker{analysis: a, filter: f.matcher(a.learning), bad: bad}
	w.emit = func(r *accesslog.Record) {
		w.records++
		switch w.filter.match(r) {
		case passed:
			w.passed++
			began := w.began(r)
			w.saw(began)
			w.analysis.add(r, w.at, began)
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

// saw notes when a request began, if it is known.
func (w *worker) saw(began time.Time) {
	if s := began.Unix(); s >= minSecond {
		w.seconds.first, w.seconds.last = min(w.seconds.first, s), max(w.seconds.last, s)
	}
}

func (w *worker) run(blocks <-chan *block) {
	for b := range blocks {
		in, ordinal := b.in, b.ordinal
		w.seconds = noSeconds
		w.block(b)
		in.index.saw(ordinal, w.seconds)
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
