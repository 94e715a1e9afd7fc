package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/incident"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// ReviewOptions say what a review takes from people. The zero value has it find everything in the
// logs.
type ReviewOptions struct {
	// From and To are the time of the incident, where somebody knows it better than the logs; zero
	// is their start, or their end. Where both are zero, incidents are looked for.
	From, To time.Time
	// UsualFrom and UsualTo are a time of the logs that is held to be usual; both zero has the calm
	// part of the logs be so.
	UsualFrom, UsualTo time.Time
	// Usual are logs of a time that is held to be usual. Routes are learned from all logs together, and
	// a route that is not in these is held against the rest of the others.
	Usual []source.Source
	// Events are what people say happened: their Time and Text.
	Events []Event
	// AnyDay has From and To, UsualAnyDay the times of the usual, and an event's AnyDay its own, tell the
	// time of day alone: they are on the last day of the logs on which it was that late.
	AnyDay, UsualAnyDay bool
}

// RunReview reads the sources to their ends, and then the times of the incidents again, if they can
// be read again (see [source.Source.Again]); else the review lacks what that takes. It is to a review what Run is to a report, also in its
// errors. Of the options it heeds all but Top, Sort, Save and NoIncidents.
func RunReview(ctx context.Context, sources []source.Source, o Options, p ReviewOptions) (*Review, error) {
	o.NoIncidents, o.Save = false, nil
	known := o.routesFirst(ctx, sources)
	s, err := read(ctx, sources, &o, known)
	good, usualErr := p.read(ctx, o, known)
	if good != nil {
		s.analysis.learnWith(good.analysis)
	}
	t, sampled := s.analysis.total()
	routes, d := t.routes.report(&o)
	r := s.analysis.summary(s.list(), &o, t, sampled, routes, d)
	w := &reviewing{options: &o, tally: t, decided: d, slo: cmp.Or(o.SLO, defaultSLO)}
	p.onDayOf(r.Period)
	given, givenErr := w.given(&p, good)
	seen := &incidents{analysis: s.analysis}
	seen.detector, seen.findings, seen.bursts = detect(t, d, given)
	var windowErr error
	if !p.From.IsZero() || !p.To.IsZero() {
		seen.findings, seen.bursts, seen.stated = seen.forced(p.From, p.To), nil, true
		if len(seen.findings) == 0 || seen.findings[0].Requests == 0 {
			seen.findings = nil
			windowErr = fmt.Errorf("no request of the logs began from %s to %s, and they span %s to %s; name a time within", instantOr(p.From, "their start"), instantOr(p.To, "their end"), momentOr(r.Period.Start), momentOr(r.Period.End))
		}
	}
	w.seen, w.told = seen, map[*finding]*ReviewIncident{}
	seen.reviewing = w
	again := seen.lookAgain(ctx, sources, &o, s)
	seen.tell(r)
	out := &Review{
		Schema: ReviewSchema, Inputs: r.Inputs, Lines: r.Lines, Period: r.Period, Requests: r.Requests, Failures: r.Failures, Sampled: sampled,
		Verdict: r.Verdict, Reason: r.Reason, SLO: w.slo, Baseline: w.baseline(&p), Timeline: r.Timeline,
		Incidents: []ReviewIncident{}, MicroBursts: r.MicroBurst,
		Budget: w.budget(r.Failures, r.Requests, r.Period.Seconds), Alerts: w.alerts(nil), Events: events(p.Events, r.Incidents), Gaps: w.gaps(r),
	}
	for i, f := range seen.findings {
		in := w.told[f]
		if in == nil { // there were too many to be read again
			in = w.incident(f)
		}
		in.Incident = r.Incidents[i]
		in.Summary = in.sentence()
		in.Events = near(out.Events, &in.Incident)
		out.Incidents = append(out.Incidents, *in)
	}
	return out, errors.Join(err, usualErr, givenErr, windowErr, again)
}

// onDayOf puts times of day on the last day of a period on which it was that late, or where there is
// none, on the day on which it is least far from the period. What is to be behind another time is
// within the day behind it.
func (p *ReviewOptions) onDayOf(period Period) {
	if period.End == nil {
		return
	}
	const day = 24 * time.Hour
	onDay := func(t *time.Time) {
		for !t.IsZero() && t.After(*period.End) {
			before := t.Add(-day)
			if early := period.Start.Sub(before); early > 0 && early >= t.Sub(*period.End) {
				break
			}
			*t = before
		}
	}
	window := func(from, to *time.Time) {
		onDay(from)
		if onDay(to); !from.IsZero() && !to.IsZero() && !to.After(*from) {
			*to = to.Add(day)
		}
	}
	if p.AnyDay {
		window(&p.From, &p.To)
	}
	if p.UsualAnyDay {
		window(&p.UsualFrom, &p.UsualTo)
	}
	p.Events = slices.Clone(p.Events)
	for i := range p.Events {
		if p.Events[i].AnyDay {
			onDay(&p.Events[i].Time)
		}
	}
}

func momentOr(t *time.Time) string {
	if t == nil {
		return "no time at all"
	}
	return instant(*t)
}

// reviewing is the making of a review.
type reviewing struct {
	options *Options
	tally   *tally
	decided decided
	slo     float64
	seen    *incidents
	told    map[*finding]*ReviewIncident
	known   map[string]bool // the attributes that any request of an incident told
}

// forced is the incident whose time somebody knows; there is none where nothing has a time. It is of the
// first stream that had more in that time than is usual, else of failures.
func (s *incidents) forced(from, to time.Time) []*finding {
	var forced []*finding
	for _, stream := range streams {
		if stream.name == StreamVolume {
			continue
		}
		f := s.forcedOf(stream, from, to)
		if f == nil {
			continue
		}
		if low, _ := incident.Wilson(f.Failures, f.Requests); low > f.BaselineRate && f.Rate >= stream.least {
			return []*finding{f}
		}
		if forced == nil {
			forced = []*finding{f}
		}
	}
	return forced
}

func (s *incidents) forcedOf(stream *stream, from, to time.Time) *finding {
	x := s.detector
	all, width := x.whole(stream)
	f := &finding{stream: stream, width: width, weight: x.weigh(stream).all.weight()}
	if len(all) == 0 {
		return nil
	}
	f.Start, f.End = all[0].Second, all[len(all)-1].Second+width
	if !from.IsZero() {
		f.Start = from.Unix()
	} else {
		f.BeganBefore = true
	}
	if !to.IsZero() {
		f.End = to.Unix()
	} else {
		f.Ongoing = true
	}
	if f.End <= f.Start {
		return nil
	}
	f.StartLow, f.StartHigh, f.EndLow, f.EndHigh = f.Start, f.Start, f.End, f.End
	var outside failing
	for _, b := range all {
		if b.Second >= f.Start && b.Second < f.End {
			f.Requests += b.Requests
			f.Failures += b.Failures
		} else {
			outside.add(failing{b.Requests, b.Failures})
		}
	}
	// The calm part of the log may be of this time, and there may be other incidents in the rest.
	f.BaselineRate = x.rates[stream.name]
	if x.given == nil && outside.requests > 0 {
		f.BaselineRate = min(f.BaselineRate, (float64(outside.failures)+.5*f.weight)/(float64(outside.requests)+f.weight))
	}
	f.weigh()
	f.width = 1 // nobody is to place its edges anew
	return f
}

// recount counts again what was counted in wide columns, now that the seconds are known.
func (f *finding) recount() {
	f.Requests, f.Failures = 0, 0
	for _, b := range bins(&f.detail.whole, everyRow) {
		if b.Second >= f.Start && b.Second < f.End {
			f.Requests += b.Requests
			f.Failures += b.Failures
		}
	}
	f.weigh()
}

func (f *finding) weigh() {
	f.Rate = share(f.Failures, f.Requests)
	f.Excess = float64(f.Failures) - f.BaselineRate*float64(f.Requests)
}

// incident is all of a finding but what a report has of it too.
func (w *reviewing) incident(f *finding) *ReviewIncident {
	in := &ReviewIncident{
		Seconds: float64(f.End - f.Start), Timeline: Timeline{Bins: []Bin{}}, Statuses: []Status{}, Errors: []ErrorCount{},
		Impact: Impact{Failed: f.Failures, Excess: f.Excess, Hit: []Hit{}, Spared: []Spared{}}, Changes: Changes{New: []NewValue{}},
		Events: []Event{}, Alerts: []Alert{},
	}
	failed := uint64(0)
	if f.stream == streams[0] {
		failed, in.Alerts = f.Failures, w.alerts(f)
	}
	d := f.detail
	if d != nil && f.stream != streams[0] {
		failed = d.failed
	}
	in.Budget = w.budget(failed, w.tally.population.requests, w.period())
	if d == nil {
		return in
	}
	_, in.Timeline = d.timeline.report()
	in.Statuses = d.answers.all.report(d.answers.all.total())
	for _, c := range d.answers.errors.sorted() {
		in.Errors = append(in.Errors, ErrorCount{c.label, c.n})
	}
	if f.stream.name != StreamVolume && len(d.visits.clients) > 0 {
		failing, only, active := d.visits.hit()
		in.Impact.Clients, in.Impact.ClientsOnlyFailed, in.Impact.ClientsActive = &failing, &only, &active
		if recovered, ok := d.visits.recovered(); ok {
			in.Impact.Recovered = &recovered
		}
	}
	in.Impact.Hit = d.tuples.hit(f.BaselineRate)
	in.Impact.Spared = w.seen.spared(f)
	in.Changes = w.changes(f)
	if w.known == nil {
		w.known = map[string]bool{}
	}
	for name, known := range d.tuples.known() {
		w.known[name] = w.known[name] || known
	}
	return in
}

// period is how long the logs are, in seconds.
func (w *reviewing) period() float64 {
	p, _ := w.tally.timeline.report()
	return p.Seconds
}

const budgetDays = 30

// budget is how much of the error budget of 30 days so many failures spend, where so many requests
// came in so many seconds.
func (w *reviewing) budget(failures, all uint64, seconds float64) Budget {
	b := Budget{SLO: w.slo, WindowDays: budgetDays, Failures: failures, Extrapolate: seconds}
	if seconds > 0 {
		b.Requests = float64(all) / seconds * budgetDays * 86400
	}
	b.Allowed = math.Round(b.Requests*(1-w.slo/100)*1e6) / 1e6
	if b.Allowed > 0 {
		b.Spent = float64(failures) / b.Allowed
	}
	return b
}

// alerts replays the alerts over the log: those of an incident, or of the whole period.
func (w *reviewing) alerts(f *finding) []Alert {
	out := []Alert{}
	all, width := w.seen.whole(streams[0])
	if len(all) == 0 {
		return out
	}
	first, last := all[0].Second, all[len(all)-1].Second+width
	for _, a := range incident.Replay(all, w.slo) {
		alert := Alert{Severity: a.Severity, Burn: a.Burn, LongSeconds: a.Long, ShortSeconds: a.Short, Partial: last-first < a.Long}
		for _, s := range a.Firings {
			if f != nil && (s.Low < f.Start || s.Low >= f.End+a.Short) {
				continue
			}
			if fired := unix(s.Low); alert.Fired == nil {
				alert.Fired = &fired
				if f != nil {
					after := float64(s.Low - f.Start)
					alert.AfterSeconds = &after
				}
			}
			alert.Cleared = nil
			if cleared := unix(s.High); s.High < last {
				alert.Cleared = &cleared
			}
		}
		out = append(out, alert)
	}
	return out
}

// spared are the busiest routes that an incident did not touch.
func (x *detector) spared(f *finding) []Spared {
	const most, least = 5, 20
	out := []Spared{}
	counts := map[uint16]*failing{}
	for _, c := range f.detail.routes.inOrder() {
		if at := f.detail.routes.second(&c); at < f.Start || at >= f.End {
			continue
		}
		n := uint16(c.key.row())
		if counts[n] == nil {
			counts[n] = &failing{}
		}
		counts[n].add(failing{c.requests, c.failures})
	}
	for n, c := range counts {
		if n >= firstNumber && c.requests >= least && float64(c.failures)-f.BaselineRate*float64(c.requests) < 1 {
			out = append(out, Spared{Text(x.routes[n].method), x.routes[n].route, c.requests, c.failures})
		}
	}
	slices.SortFunc(out, func(a, b Spared) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Method, b.Method))
	})
	return out[:min(len(out), most)]
}

// changes hold an incident against the rest of the log.
func (w *reviewing) changes(f *finding) Changes {
	c := Changes{New: f.detail.tuples.fresh(w.seen.weigh(f.stream).all.requests.weight())}
	all, width := w.seen.binsOf(&finding{stream: f.stream, scope: f.scope}, math.MinInt64, math.MaxInt64)
	var outside uint64
	for _, b := range all {
		if b.Second+width/2 < f.Start || b.Second+width/2 >= f.End {
			outside += b.Requests
		}
	}
	if rest := w.period() - float64(f.End-f.Start); rest > 0 {
		usual := float64(outside) / rest
		c.RequestsPerSecond.Usual = &usual
	}
	during := float64(f.Requests) / float64(f.End-f.Start)
	c.RequestsPerSecond.During = &during
	var usual latency
	for n, s := range w.seen.routes {
		if f.covers(uint16(n)) {
			usual.merge(&s.latency, 1)
		}
	}
	usual = usual.without(&f.detail.latency)
	c.Latency.Usual, c.Latency.During = usual.report(), f.detail.latency.report()
	c.Latency.Usual.Max = nil // which of them it was is not known
	c.Worse, c.Moved = incident.Kitagawa(w.seen.mix(f))
	return c
}

// sentence sums an incident up.
func (in *ReviewIncident) sentence() string {
	var b strings.Builder
	from, to := in.Start.Format("2006-01-02 15:04:05"), in.End.Format("15:04:05")
	if in.Start.Format(time.DateOnly) != in.End.Format(time.DateOnly) {
		to = in.End.Format("2006-01-02 15:04:05")
	}
	switch {
	case in.BeganBefore && in.Ongoing:
		fmt.Fprintf(&b, "During the whole log, from %s to %s UTC", from, to)
	case in.BeganBefore:
		fmt.Fprintf(&b, "From before the log begins until %s UTC", in.End.Format("2006-01-02 15:04:05"))
	case in.Ongoing:
		fmt.Fprintf(&b, "From %s UTC until the log ends at %s", from, to)
	default:
		fmt.Fprintf(&b, "From %s to %s UTC", from, to)
	}
	minutes := ""
	if m := int(in.Seconds) / 60; m > 0 {
		minutes = fmt.Sprintf("%d min ", m)
	}
	fmt.Fprintf(&b, " (%s%d s), ", minutes, int(in.Seconds)%60)
	what := map[Stream]string{Stream5xx: "failed", Stream4xx: "were answered with a client error", StreamSlow: "were slow"}[in.Stream]
	switch {
	case in.Stream == StreamVolume && in.Excess < 0:
		fmt.Fprintf(&b, "about %s requests are missing: %s came, where %s were to be expected.", grouped(-in.Excess), grouped(float64(in.Requests)), grouped(float64(in.Requests)-in.Excess))
	case in.Stream == StreamVolume:
		fmt.Fprintf(&b, "about %s requests came beyond the %s that were to be expected.", grouped(in.Excess), grouped(float64(in.Requests)-in.Excess))
	default:
		fmt.Fprintf(&b, "%s of %s requests %s (%s, usually %s)%s.", grouped(float64(in.Failures)), grouped(float64(in.Requests)), what, asPercent(in.Rate), asPercent(in.BaselineRate), in.where())
	}
	return b.String()
}

// where names what most of the incident is on, and what most of it shares, if there is such.
func (in *ReviewIncident) where() (s string) {
	const most = .5
	route := ""
	if len(in.Routes) > 0 && in.Routes[0].Share >= most {
		r := &in.Routes[0]
		route = r.Route
		s = fmt.Sprintf(", %s of it on %s", asPercent(r.Share), strings.TrimSpace(string(r.Method)+" "+route))
	}
	if len(in.Suspects) == 0 || in.Suspects[0].Share < most {
		return s
	}
	shared := &in.Suspects[0]
	if len(shared.Where) == 1 && route != "" && shared.Where[routeAttribute] == route {
		return s
	}
	var terms []string
	for _, name := range slices.Sorted(maps.Keys(shared.Where)) {
		terms = append(terms, name+"="+shared.Where[name])
	}
	return s + fmt.Sprintf(", %s with %s", asPercent(shared.Share), strings.Join(terms, " and "))
}

// grouped is a whole number with its thousands apart.
func grouped(f float64) string {
	digits := strconv.FormatFloat(math.Abs(f), 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// events are those that people told, by time, with the incident that each is nearest to.
func events(told []Event, all []Incident) []Event {
	out := []Event{}
	for _, e := range told {
		e.Time = e.Time.UTC()
		for i := range all {
			lead := all[i].Start.Sub(e.Time).Seconds()
			if e.LeadSeconds == nil || math.Abs(lead) < math.Abs(*e.LeadSeconds) {
				e.Incident, e.LeadSeconds = &all[i].ID, &lead
			}
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.Time.Compare(b.Time) })
	return out
}

// near are the events of which the incident is the nearest.
func near(all []Event, in *Incident) []Event {
	out := []Event{}
	for _, e := range all {
		if e.Incident != nil && *e.Incident == in.ID {
			out = append(out, e)
		}
	}
	return out
}
