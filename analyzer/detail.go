package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/incident"
	"github.com/loganalyze/loganalyze/analyzer/route"
	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// detail is what reading the time of an incident again tells of it.
type detail struct {
	several    bool   // logs are read
	failed     uint64 // requests of the incident that failed, whatever its stream
	of         *finding
	review     bool  // what a review needs is looked at, too
	start, end int64 // of the incident
	from, to   int64 // what is looked at: some time before it, for comparison, to a little behind it

	whole   grid                      // of what the incident is confined to, in one row, by second
	routes  grid                      // by route
	byRoute map[uint16][]incident.Bin // of routes, when all is counted

	timeline timeline // of the time that is looked at, with failures as its stream has them; only for a review
	answers  incidentStatuses
	latency  latency
	tuples   tuples
	visits   visits
	seen     witnesses
}

// incidentStatuses are the statuses and the errors of an incident's requests.
type incidentStatuses struct {
	all    StatusCounts
	errors labels
}

const (
	maxSeconds      = 1 << 16 // cells of a detail
	minLead         = 300     // seconds that are looked at before an incident
	maxLead         = 3600
	fresh           = 60          // seconds before it in which what brought it may have been there
	tail            = retryWithin // and behind it
	nearby          = 600         // seconds between incidents that are read together
	maxIncidentTold = 20          // incidents that are read again, those with the most excess
)

func (re *rereading) newDetail(f *finding) *detail {
	d := &detail{of: f, review: re.review, several: len(re.sources) > 1, timeline: newTimeline(), start: f.Start, end: f.End, whole: newGrid(maxSeconds), routes: newGrid(maxSeconds), visits: newVisits()}
	if n := len(re.spare) - 1; n >= 0 {
		d.tuples, re.spare = re.spare[n], re.spare[:n]
	} else {
		d.tuples = newTuples()
	}
	d.from, d.to = re.times(f)
	d.answers.errors = labels{limit: maxErrors}
	return d
}

// times are from when to when a finding is looked at.
func (re *rereading) times(f *finding) (from, to int64) {
	// Wide columns say less of where it begins and ends.
	from, to = f.Start-2*(f.width-1), f.End+2*(f.width-1)
	if re.review {
		return from - min(max(f.End-f.Start, minLead), maxLead), to + tail
	}
	return from, to
}

// add counts a request.
func (d *detail) add(r *accesslog.Record, at Position, began time.Time, number uint16, name string, slow bool) {
	second := began.Unix()
	if second < d.from || second >= d.to || d.of.stream.timed && !r.Duration.Known {
		return
	}
	weight := standsFor(r, at)
	inside := second >= d.start && second < d.end
	covered := d.of.covers(number) && !(d.of.stream.routed && number == unroutedNumber)
	one := cell{requests: 1}
	switch {
	case r.Failed():
		one.failures = 1
	case r.Status.Value >= 400:
		one.clientErrors = 1
	}
	failures := d.of.stream.failures(one, slow)
	count := cell{requests: weight, failures: weight * failures}
	d.routes.at(second, uint32(number)).add(&count, 1)
	if covered {
		d.whole.at(second, 0).add(&count, 1)
	}
	failed := failures > 0
	if r.ClientIP != "" && inside && covered {
		d.visits.add(r.ClientIP, failed)
	}
	if r.ClientIP != "" && d.review && second >= d.start && second < d.end+retryWithin {
		d.visits.ask(r.ClientIP, number, second, inside && covered, failed)
	}
	if !covered {
		return
	}
	if d.review {
		d.timeline.count(began, r.Status.Value, failed || d.of.stream.name == StreamVolume && r.Failed(), weight)
	}
	if inside || second < d.start-fresh {
		d.tuples.add(r, name, d.file(at), inside, failed, weight)
	}
	if !inside {
		return
	}
	if d.answers.add(r, failed, weight); r.Duration.Known {
		d.latency.add(r.Duration.Value, weight)
	}
	if r.Failed() {
		d.failed += weight
	}
	d.seen.add(r, at, began, number, failed)
}

// standsFor is how many requests a record stands for. Where that is no whole number, as at a rate of
// 0.7, its place decides whether it is the one below or the one above, so that many records stand for
// as many as they should, in whatever order they are read.
func standsFor(r *accesslog.Record, at Position) uint64 {
	if r.SampleRate >= minRate && r.SampleRate < 1 {
		return uint64(1/r.SampleRate + float64(at.hash()>>11)/(1<<53))
	}
	return 1
}

func (s *incidentStatuses) add(r *accesslog.Record, failed bool, weight uint64) {
	code := unknownStatus
	if r.Status.Known && r.Status.Value >= 0 {
		code = r.Status.Value
	}
	if s.all.add(code, weight); failed && r.Error != "" {
		s.errors.add(r.Error, weight)
	}
}

func (d *detail) merge(e *detail) {
	same := func(row uint32) uint32 { return row }
	d.whole.merge(&e.whole, 1, same)
	d.routes.merge(&e.routes, 1, same)
	d.failed += e.failed
	d.timeline.merge(&e.timeline, 1)
	d.answers.all.merge(e.answers.all, 1)
	d.answers.errors.merge(&e.answers.errors, 1)
	d.latency.merge(&e.latency, 1)
	d.tuples.merge(&e.tuples)
	d.visits.merge(&e.visits)
	d.seen.merge(&e.seen)
}

// bins are the counts of each second, of what the incident is confined to, or of one route.
func bins(g *grid, only func(row uint32) bool) (out []incident.Bin) {
	for _, c := range g.inOrder() {
		if only(c.key.row()) {
			out = append(out, incident.Bin{Second: g.second(&c), Requests: c.requests, Failures: c.failures})
		}
	}
	return out
}

// file is the log that a request stands in, where there are several.
func (d *detail) file(at Position) string {
	if d.several {
		return at.File
	}
	return ""
}

func everyRow(uint32) bool { return true }

// route are the bins of one route.
func (d *detail) route(number uint16) []incident.Bin {
	if d.byRoute == nil {
		d.byRoute = map[uint16][]incident.Bin{}
		for _, c := range d.routes.inOrder() {
			n := uint16(c.key.row())
			d.byRoute[n] = append(d.byRoute[n], incident.Bin{Second: d.routes.second(&c), Requests: c.requests, Failures: c.failures})
		}
	}
	return d.byRoute[number]
}

// rereading reads the times of incidents again.
type rereading struct {
	sources []source.Source
	o       *Options
	review  bool
	x       *detector
	learned *route.Routes
	byName  map[string]uint16 // the routes' numbers by method and name
	spare   []tuples          // for details to come
	failed  map[string]bool   // inputs that could not be read the first time either
	indexes map[string]*index // of the inputs, by the first reading
}

func newRereading(sources []source.Source, o *Options, x *detector, learned *route.Routes, first *State) *rereading {
	re := &rereading{sources: sources, o: o, x: x, learned: learned, byName: map[string]uint16{}, indexes: first.indexes, failed: first.unreadable()}
	for n := len(x.routes) - 1; n >= firstNumber; n-- {
		re.byName[x.routes[n].name()] = uint16(n)
	}
	return re
}

// name tells a route from all others that a request may have.
func (s *routeStats) name() string {
	return string(appendRouteName(nil, s.method, []byte(s.route)))
}

func appendRouteName(dst []byte, method string, route []byte) []byte {
	return append(append(append(dst, capped(method)...), ' '), route...)
}

// read gives each finding its detail, and takes it away when done was called with it. Findings near
// each other are read together.
//
// Where the sources cannot be read any more, or ctx is done, it returns an error, and the findings that
// are left have no detail.
func (re *rereading) read(ctx context.Context, findings []*finding, done func(*finding)) error {
	defer func() {
		for _, f := range findings {
			f.detail = nil
		}
	}()
	begins := func(f *finding) int64 {
		from, _ := re.times(f)
		return from
	}
	enterable := re.enterable(ctx)
	all := slices.SortedStableFunc(slices.Values(findings), func(a, b *finding) int { return cmp.Compare(begins(a), begins(b)) })
	for len(all) > 0 {
		n := 1
		from, to := re.times(all[0])
		for n < len(all) && (begins(all[n]) < to+nearby || !enterable) {
			_, end := re.times(all[n])
			to = max(to, end)
			n++
		}
		if err := re.readTogether(ctx, all[:n], from, to); err != nil {
			return err
		}
		for _, f := range all[:n] {
			done(f)
			re.reuse(f.detail)
			f.detail = nil
		}
		all = all[n:]
	}
	return nil
}

// reuse takes what a detail that is no longer needed holds of memory.
func (re *rereading) reuse(d *detail) {
	d.tuples.reset()
	re.spare = append(re.spare, d.tuples)
}

// enterable reports whether all sources can be read in part, or are small.
func (re *rereading) enterable(ctx context.Context) bool {
	for _, s := range re.sources {
		if s.Size() < minEnter {
			continue
		}
		file, err := s.OpenPlain(ctx)
		if file == nil || err != nil || file.Close() != nil {
			return false
		}
	}
	return true
}

func (re *rereading) readTogether(ctx context.Context, findings []*finding, from, to int64) error {
	o := *re.o
	o.again = &secondReading{re.indexes, from, to}
	workers := make([]*worker, o.workers())
	details := make([][]*detail, len(workers))
	for i := range workers {
		w := newWorker(newAnalysis(&o, re.learned), &o.Filter, nil)
		for _, f := range findings {
			details[i] = append(details[i], re.newDetail(f))
		}
		var scratch []byte
		w.emit = func(r *accesslog.Record) {
			if w.records++; ctx.Err() != nil || !isRequest(r) || w.filter.match(r) != passed {
				return
			}
			began := w.began(r)
			var number uint16
			var name string
			number, name, scratch = re.routeOf(r, w.analysis.learning, scratch)
			slow := re.x.isSlow(number, speedOf(r.Duration))
			for _, d := range details[i] {
				d.add(r, w.at, began, number, name, slow)
			}
		}
		workers[i] = w
	}
	inputs := scan(ctx, re.sources, len(workers), &o, workers)
	errs := []error{ctx.Err()}
	for _, in := range inputs {
		if in.err != nil && !re.failed[in.name] {
			errs = append(errs, &InputError{in.name, fmt.Errorf("%w, when the time of an incident was to be read again", in.err)})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for k, f := range findings {
		f.detail = details[0][k]
		for _, others := range details[1:] {
			f.detail.merge(others[k])
			re.reuse(others[k])
		}
	}
	return nil
}

// routeOf is the number of a request's route, and what the route is called.
func (re *rereading) routeOf(r *accesslog.Record, l *learning, scratch []byte) (uint16, string, []byte) {
	if r.Route == "" && r.Path == "" {
		return unroutedNumber, "", scratch
	}
	scratch = appendRouteName(scratch[:0], r.Method, l.nameOf(r))
	if number, ok := re.byName[string(scratch)]; ok {
		return number, re.x.routes[number].route, scratch
	}
	return unroutedNumber, "", scratch
}
