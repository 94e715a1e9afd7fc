package render

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
)

// incident writes what the logs tell of one incident, in the order in which a reader asks.
func (w *reviewer) incident(level int, in *analyzer.ReviewIncident) {
	w.summary(level, in)
	w.impact(level, in)
	w.timeline(level, in)
	w.firstSymptom(level, in)
	w.shared(level, in)
	w.changes(level, in)
	w.detection(level, in.Alerts, true)
	w.section(level, "Error budget", w.budget(&in.Budget))
	w.evidence(level, in)
}

func (w *reviewer) summary(level int, in *analyzer.ReviewIncident) {
	said := in.Summary
	if said == "" {
		said = stretch(&in.Incident, w.clock) + ": " + howBad(&in.Incident)
	}
	blocks := []block{paragraph(says(bold(sentence(said))))}
	if level == 1 {
		blocks = append(blocks, w.scope())
	}
	w.section(level, "Summary", blocks...)
}

func (w *reviewer) impact(level int, in *analyzer.ReviewIncident) {
	items := list{says(bold(sentence(w.magnitude(in))))}
	if in.Stream != analyzer.StreamVolume && in.Peak.Rate > 0 {
		items = append(items, says(say("The minute with the most of them is that from "+w.clock(in.Peak.Start)+": it was "+share(in.Peak.Rate)+" of its requests.")))
	}
	im := &in.Impact
	if s := hitClients(im); s != "" {
		items = append(items, says(say(s)))
	}
	switch {
	case im.Recovered == nil:
	case *im.Recovered == 0:
		items = append(items, says(say("After none of "+speakOf(in.Stream).again+".")))
	default:
		items = append(items, says(say("After "+share(*im.Recovered)+" of "+speakOf(in.Stream).again+".")))
	}
	for _, h := range im.Hit {
		items = append(items, says(say("By "), logged(h.Attribute), say(fmt.Sprintf(": %d of the %d with requests were hit.", h.Hit, h.Active))))
	}
	if len(im.Spared) > 0 {
		item := says(say("Not affected, among the busiest: "))
		for i, s := range im.Spared {
			if i > 0 {
				item = append(item, say(", "))
			}
			item = append(item, logged(name(s.Method, s.Route)), say(" ("+count(s.Failures)+" of "+count(s.Requests)+" "+speakOf(in.Stream).were+")"))
		}
		items = append(items, append(item, say(".")))
	}
	blocks := []block{items}
	if t := w.routes(&in.Incident); len(t.rows) > 0 {
		blocks = append(blocks, t)
	}
	w.section(level, "Impact", blocks...)
}

func name(method analyzer.Text, route string) string {
	if method == "" {
		return route
	}
	return string(method) + " " + route
}

// magnitude holds what happened against what is usual.
func (w *reviewer) magnitude(in *analyzer.ReviewIncident) string {
	if in.Stream == analyzer.StreamVolume {
		return howBad(&in.Incident) + ": " + perSecond(in.Rate) + " a second instead of the usual " + perSecond(in.BaselineRate)
	}
	return counted(in.Failures, "request") + " " + speakOf(in.Stream).did + ", " + rounded(in.Excess) + " more than usual; that is " +
		share(in.Rate) + " of " + counted(in.Requests, "request") + ", where " + share(in.BaselineRate) + " is usual"
}

// perSecond prints a rate of requests.
func perSecond(f float64) string {
	switch {
	case math.IsNaN(f) || f < 0:
		return "?"
	case f == 0:
		return "0"
	case f < .001:
		return "<0.001"
	case f >= 100:
		return rounded(f)
	}
	return strconv.FormatFloat(f, 'g', 3, 64)
}

func hitClients(im *analyzer.Impact) string {
	if im.Clients == nil {
		return "How many clients were hit, these logs do not tell."
	}
	s := counted(*im.Clients, "client")
	if im.ClientsActive != nil {
		s = count(*im.Clients) + " of the " + counted(*im.ClientsActive, "client") + " active meanwhile"
	}
	s += " met it"
	if im.ClientsOnlyFailed != nil {
		s += "; " + count(*im.ClientsOnlyFailed) + " of them got no other answer"
	}
	return s + "."
}

func (w *reviewer) routes(in *analyzer.Incident) *grid {
	const most = 10
	t := &grid{caption: "The routes that were hit", heads: []columnHead{
		{text: "Route", wide: true}, {text: "Requests", right: true, drop: 4}, {text: speakOf(in.Stream).head, right: true}, {text: "Above normal", right: true, drop: 5},
		{text: "Share of it", right: true, drop: 3}, {text: "Rate at least", right: true, drop: 2}, {text: "Usual", right: true, drop: 1}}}
	for i := range in.Routes[:min(len(in.Routes), most)] {
		r := &in.Routes[i]
		row := [][]span{says(logged(name(r.Method, r.Route)))}
		t.rows = append(t.rows, append(row, cells(count(r.Requests), count(r.Failures), rounded(r.Excess), share(r.Share), share(r.RateLow), share(r.BaselineRate))...))
	}
	if more := len(in.Routes) - most; more > 0 {
		t.rows = append(t.rows, cells("and "+count(uint64(more))+" more", "", "", "", "", "", ""))
	}
	return t
}

// happening is a row of the timeline.
type happening struct {
	at   time.Time
	when string
	what []span
}

func (w *reviewer) timeline(level int, in *analyzer.ReviewIncident) {
	var blocks []block
	if len(in.Timeline.Bins) > 1 {
		blocks = append(blocks, &chart{in.Timeline, in.Stream, []analyzer.Incident{in.Incident}})
	}
	var all []happening
	add := func(at time.Time, when string, what ...span) { all = append(all, happening{at, when, what}) }
	for _, e := range in.Events {
		add(e.Time, w.clock(e.Time), say("Told by people: "), logged(e.Text))
	}
	if in.BeganBefore {
		add(in.Start, w.clock(in.Start), say("The log begins; the incident is on already."))
	} else {
		add(in.Start, around(in.Start, in.StartLow, in.StartHigh, w.clock), bold("The incident begins."))
	}
	for i := range in.Routes {
		if r := &in.Routes[i]; r.Start != nil {
			add(*r.Start, around(*r.Start, *cmp.Or(r.StartLow, r.Start), *cmp.Or(r.StartHigh, r.Start), w.clock), logged(name(r.Method, r.Route)), say(" begins to be hit."))
		}
	}
	if in.Stream != analyzer.StreamVolume {
		add(in.Peak.Start, w.clock(in.Peak.Start), say("The worst minute: "+share(in.Peak.Rate)+" of the requests."))
	}
	for i := range in.Alerts {
		if a := &in.Alerts[i]; a.Fired != nil {
			add(*a.Fired, w.clock(*a.Fired), say("The "+alertName(a)+" would have fired."))
		}
		if a := &in.Alerts[i]; a.Cleared != nil {
			add(*a.Cleared, w.clock(*a.Cleared), say("The "+alertName(a)+" would have cleared."))
		}
	}
	if in.Ongoing {
		add(in.End, w.clock(in.End), say("The log ends; the incident is still on."))
	} else {
		add(in.End, around(in.End, in.EndLow, in.EndHigh, w.clock), bold("The incident ends."))
	}
	slices.SortStableFunc(all, func(a, b happening) int { return a.at.Compare(b.at) })
	t := &grid{caption: "The course of the incident", heads: []columnHead{{text: "Time (UTC)", wide: true}, {text: "What", wide: true}}}
	for _, h := range all {
		t.rows = append(t.rows, [][]span{says(say(h.when)), h.what})
	}
	w.section(level, "Timeline", append(blocks, t)...)
}

func (w *reviewer) firstSymptom(level int, in *analyzer.ReviewIncident) {
	var first []*analyzer.IncidentRoute
	for i := range in.Routes {
		if in.Routes[i].First {
			first = append(first, &in.Routes[i])
		}
	}
	var blocks []block
	switch len(first) {
	case 0:
		blocks = append(blocks, paragraph(says(say("No route can be told to have been hit before the others."))))
	case 1:
		s := says(logged(name(first[0].Method, first[0].Route)), say(" was hit first"))
		if at := w.began(first[0]); at != "" {
			s = append(s, say(", at "+at))
		}
		if len(in.Routes) == 1 {
			s = append(s, say("; no other route was"))
		}
		blocks = append(blocks, paragraph(append(s, say("."))))
	default:
		items := list{}
		for _, r := range first {
			s := says(logged(name(r.Method, r.Route)))
			if at := w.began(r); at != "" {
				s = append(s, say(", at "+at))
			}
			items = append(items, s)
		}
		blocks = append(blocks, paragraph(says(say("These routes were hit together: which of them was first cannot be told from their intervals."))), items)
	}
	for i := range in.Evidence {
		if e := &in.Evidence[i]; e.Kind == "first" {
			blocks = append(blocks, paragraph(append(says(say("The first request: ")), append(w.exhibit(e), say("."))...)))
		}
	}
	w.section(level, "First symptom", blocks...)
}

func (w *reviewer) began(r *analyzer.IncidentRoute) string {
	if r.Start == nil {
		return ""
	}
	return around(*r.Start, *cmp.Or(r.StartLow, r.Start), *cmp.Or(r.StartHigh, r.Start), w.clock)
}

func (w *reviewer) shared(level int, in *analyzer.ReviewIncident) {
	var blocks []block
	if len(in.Suspects) == 0 {
		blocks = append(blocks, paragraph(says(say("No attribute in these logs sets them apart from the requests that went well."))))
	} else {
		blocks = append(blocks, paragraph(says(say("What they share beyond chance, the most telling first. It points to a contributing factor, and proves none."))), suspects(&in.Incident))
	}
	for i := range in.Suspects {
		if s := &in.Suspects[i]; len(s.SameAs) > 0 {
			p := append(says(say("In these logs ")), predicate(s.Where)...)
			p = append(p, say(" cannot be told from "))
			for k, same := range s.SameAs {
				if k > 0 {
					p = append(p, say(" or "))
				}
				p = append(p, predicate(same)...)
			}
			blocks = append(blocks, paragraph(append(p, say("."))))
		}
	}
	if t := tally("Status of its requests", "Status", in.Statuses, func(s analyzer.Status) (span, uint64) { return say(statusName(s.Status, s.Name)), s.Requests }); t != nil {
		blocks = append(blocks, t)
	}
	if t := tally("Errors logged with them", "Error logged", in.Errors, func(e analyzer.ErrorCount) (span, uint64) { return logged(e.Error), e.Requests }); t != nil {
		blocks = append(blocks, t)
	}
	w.section(level, "What the failures share", blocks...)
}

// tally is a table of how often there was what; nil where there was nothing.
func tally[T any](caption, of string, all []T, row func(T) (span, uint64)) *grid {
	if len(all) == 0 {
		return nil
	}
	t := &grid{caption: caption, heads: []columnHead{{text: of, wide: true}, {text: "Requests", right: true}}}
	for _, v := range all {
		s, n := row(v)
		t.rows = append(t.rows, [][]span{says(s), says(say(count(n)))})
	}
	return t
}

func suspects(in *analyzer.Incident) *grid {
	t := &grid{caption: "What they share", heads: []columnHead{
		{text: "Attribute", wide: true}, {text: "Share of it", right: true}, {text: speakOf(in.Stream).head, right: true, drop: 1}, {text: "Requests", right: true, drop: 2},
		{text: "Rate", right: true, drop: 3}, {text: "Elsewhere", right: true, drop: 4}}}
	for i := range in.Suspects {
		s := &in.Suspects[i]
		outside := share(s.RateOutside)
		if elsewhere(in, s) == "normal" {
			outside += ", normal"
		}
		row := [][]span{predicate(s.Where)}
		t.rows = append(t.rows, append(row, cells(share(s.Share), count(s.Failures), count(s.Requests), share(s.Rate), outside)...))
	}
	return t
}

// predicate writes values of attributes, which a log brought along.
func predicate(w map[string]string) (p []span) {
	for _, k := range slices.Sorted(maps.Keys(w)) {
		if len(p) > 0 {
			p = append(p, say(" and "))
		}
		p = append(p, logged(k+"="+w[k]))
	}
	return p
}
