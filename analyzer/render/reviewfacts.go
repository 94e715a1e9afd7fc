package render

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/loganalyze/loganalyze/analyzer"
)

func (w *reviewer) changes(level int, in *analyzer.ReviewIncident) {
	c := &in.Changes
	t := &grid{caption: "Usually and during the incident", heads: []columnHead{{text: "Figure", wide: true}, {text: "Usual", right: true}, {text: "During", right: true}}}
	pair := func(what string, usual, during *float64, print func(float64) string) {
		if usual == nil && during == nil {
			return
		}
		row := [...]string{"not known", "not known"}
		for i, f := range [...]*float64{usual, during} {
			if f != nil {
				row[i] = print(*f)
			}
		}
		t.rows = append(t.rows, cells(what, row[0], row[1]))
	}
	pair("Requests a second", c.RequestsPerSecond.Usual, c.RequestsPerSecond.During, perSecond)
	u, d := &c.Latency.Usual, &c.Latency.During
	pair("Latency, p50", u.P50, d.P50, millis)
	pair("Latency, p95", u.P95, d.P95, millis)
	pair("Latency, p99", u.P99, d.P99, millis)
	var blocks []block
	if len(t.rows) > 0 {
		blocks = append(blocks, t)
	}
	if c.Worse != 0 || c.Moved != 0 {
		blocks = append(blocks, paragraph(says(say("The rate of "+speakOf(in.Stream).many+" changed by "+points(c.Worse+c.Moved)+" points: "+points(c.Worse)+" because routes had more or fewer of them, "+points(c.Moved)+" because requests moved between routes."))))
	}
	if len(c.New) > 0 {
		seen := &grid{caption: "New in the incident", heads: []columnHead{{text: "Seen for the first time", wide: true}, {text: "Requests", right: true, drop: 1}, {text: speakOf(in.Stream).head, right: true}}}
		for _, n := range c.New {
			seen.rows = append(seen.rows, append([][]span{says(logged(n.Attribute + "=" + n.Value))}, cells(count(n.Requests), count(n.Failures))...))
		}
		blocks = append(blocks, seen)
	}
	if items := w.events(in.Events); len(items) > 0 {
		blocks = append(blocks, paragraph(says(say("Events near it, as people told them:"))), items)
	}
	if len(blocks) == 0 {
		blocks = append(blocks, paragraph(says(say("Nothing else that these logs tell was unlike what is usual."))))
	}
	w.section(level, "What changed", blocks...)
}

func (w *reviewer) events(events []analyzer.Event) (items list) {
	for _, e := range events {
		item := says(say(w.clock(e.Time)+" "), logged(e.Text))
		if lead := e.LeadSeconds; lead != nil {
			when := "before"
			if *lead < 0 {
				when = "after"
			}
			item = append(item, say(": "+duration(math.Abs(*lead))+" "+when+" the start"))
		}
		items = append(items, append(item, say(".")))
	}
	return items
}

// detection tells when the alerts that the SRE workbook proposes would have fired.
func (w *reviewer) detection(level int, alerts []analyzer.Alert, during bool) {
	var blocks []block
	var fired []string
	alerts = slices.Clone(alerts)
	slices.SortStableFunc(alerts, func(a, b analyzer.Alert) int { // the first that would have fired
		switch {
		case a.Fired != nil && b.Fired != nil:
			return a.Fired.Compare(*b.Fired)
		case a.Fired != nil:
			return -1
		case b.Fired != nil:
			return 1
		}
		return 0
	})
	partial := false
	t := &grid{caption: "Burn-rate alerts, replayed", heads: []columnHead{{text: "Alert", wide: true}, {text: "Would have fired"}, {text: "After", right: true, drop: 1}, {text: "Cleared", drop: 2}}}
	for i := range alerts {
		a := &alerts[i]
		row := [3]string{"no", "", ""}
		if a.Fired != nil {
			row[0] = w.clock(*a.Fired)
			if row[2] = "not in the log"; a.Cleared != nil {
				row[2] = w.clock(*a.Cleared)
			}
			s := "The " + alertName(a) + " would have fired at " + row[0]
			if a.AfterSeconds != nil {
				row[1] = duration(*a.AfterSeconds)
				s += ", " + row[1] + " after the start"
			}
			fired = append(fired, s+".")
		}
		partial = partial || a.Partial
		t.rows = append(t.rows, cells(alertName(a), row[0], row[1], row[2]))
	}
	switch {
	case len(alerts) == 0:
		blocks = append(blocks, paragraph(says(say("Burn-rate alerts watch failures alone, and none was replayed."))))
	case len(fired) == 0:
		blocks = append(blocks, paragraph(says(say("None of the burn-rate alerts that the SRE Workbook proposes (chapter 5) would have fired."))), t)
	default:
		blocks = append(blocks, paragraph(says(say(fired[0]+" It is one of the burn-rate alerts that the SRE Workbook proposes (chapter 5), replayed over this log."))), t)
	}
	if partial {
		blocks = append(blocks, paragraph(says(say("The log is shorter than some of the windows; before it, no request is taken to have failed."))))
	}
	if during {
		blocks = append(blocks, paragraph(says(toFill("how it was noticed in fact, by whom, and when"))))
	}
	w.section(level, "Detection", blocks...)
}

func alertName(a *analyzer.Alert) string {
	return fmt.Sprintf("%s at %s× over %s and %s", a.Severity, strconv.FormatFloat(a.Burn, 'g', 4, 64), duration(float64(a.LongSeconds)), duration(float64(a.ShortSeconds)))
}

// budget says what part of the error budget is spent.
func (w *reviewer) budget(b *analyzer.Budget) block {
	objective := strconv.FormatFloat(b.SLO, 'f', -1, 64) + " %"
	if b.Allowed <= 0 {
		return paragraph(says(say("With an objective of " + objective + " there is no error budget to hold " + counted(b.Failures, "failure") + " against.")))
	}
	return paragraph(says(
		bold(counted(b.Failures, "failure")+" spent "+share(b.Spent)+" of the error budget of "+fmt.Sprint(b.WindowDays)+" days"),
		say(" with an objective of "+objective+": it allows "+rounded(b.Allowed)+" failures in "+rounded(b.Requests)+" requests, a number that is extrapolated from "+duration(b.Extrapolate)+" of logs.")))
}

func (w *reviewer) evidence(level int, in *analyzer.ReviewIncident) {
	if len(in.Evidence) == 0 {
		w.section(level, "Evidence", paragraph(says(say("No line is at hand: it shows in the number of requests, or the logs could not be read a second time."))))
		return
	}
	items := list{}
	for i := range in.Evidence {
		e := &in.Evidence[i]
		kind := map[string]string{"first": "First", "last": "Last", "slowest": "Slowest", "typical": "Typical", "passing": "One like it that went well"}[e.Kind]
		if kind == "" {
			kind = "Another"
		}
		items = append(items, append(says(bold(kind), say(": ")), w.exhibit(e)...))
	}
	w.section(level, "Evidence", items)
}

// exhibit points at the line of a request.
func (w *reviewer) exhibit(e *analyzer.IncidentEvidence) []span {
	place := e.File + " at byte " + strconv.FormatUint(e.Offset, 10)
	if e.Line > 0 {
		place = e.File + ":" + strconv.FormatUint(uint64(e.Line), 10)
	}
	out := says(logged(place))
	add := func(s ...span) { out = append(append(out, say(", ")), s...) }
	if e.Time != nil {
		add(say(w.clock(*e.Time)))
	}
	if request := strings.TrimSpace(name(e.Method, string(e.Path))); request != "" {
		add(logged(request))
	}
	if e.Status != nil {
		add(say("status " + strconv.Itoa(*e.Status)))
	}
	if e.DurationMS != nil {
		add(say(millis(*e.DurationMS)))
	}
	for _, f := range []struct {
		what  string
		value analyzer.Text
	}{{"", e.Outcome}, {"", e.Error}, {"request ", e.RequestID}, {"trace ", e.TraceID}} {
		if f.value != "" {
			add(say(f.what), logged(string(f.value)))
		}
	}
	return out
}

// blanks are what only people know.
func (w *reviewer) blanks(level int, in *analyzer.ReviewIncident) {
	trigger := []block{paragraph(says(toFill("what set it off: a deploy, a change of configuration, a surge of traffic, a dependency")))}
	if len(in.Events) > 0 {
		trigger = append([]block{paragraph(says(say("Events near it are listed under What changed. That one came before it does not show that it set it off.")))}, trigger...)
	}
	w.section(level, "Trigger", trigger...)
	w.section(level, "Resolution", paragraph(says(toFill("what ended it, who did it, and what made sure that it was over"))))
	actions := &grid{caption: "Action items", heads: []columnHead{{text: "Action", wide: true}, {text: "Kind", wide: true}, {text: "Owner", wide: true}, {text: "Due", wide: true}}}
	for _, kind := range []string{"prevent", "detect", "mitigate"} {
		actions.rows = append(actions.rows, [][]span{says(toFill("action")), says(say(kind)), says(toFill("owner")), says(toFill("date"))})
	}
	w.section(level, "Action items", actions)
	w.section(level, "Lessons", list{
		says(bold("What went well"), say(": "), toFill("what worked as intended")),
		says(bold("What went badly"), say(": "), toFill("what did not")),
		says(bold("Where we got lucky"), say(": "), toFill("what could have made it worse")),
	})
}
