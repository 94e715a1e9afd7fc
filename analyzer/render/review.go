package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
)

// reviewer writes a review down as a document.
type reviewer struct {
	document
	review *analyzer.Review
	dated  bool // whether the clock needs the day with it
}

func newDocument(r *analyzer.Review) *document {
	w := &reviewer{review: r}
	from, to := r.Period.Start, r.Period.End
	w.dated = from == nil || to == nil || !sameDay(*from, *to)
	w.title = "Post-incident review"
	switch len(r.Incidents) {
	case 0:
		w.nothing()
	case 1:
		w.incident(1, &r.Incidents[0])
		w.gaps()
		w.blanks(1, &r.Incidents[0])
	default:
		w.overview()
		for i := range r.Incidents {
			in := &r.Incidents[i]
			w.section(1, fmt.Sprintf("Incident %d: %s", in.ID, speakOf(in.Stream).title))
			w.incident(2, in)
			w.blanks(2, in)
		}
		w.gaps()
	}
	return &w.document
}

// clock prints a time of the log in UTC, to the second.
func (w *reviewer) clock(t time.Time) string {
	if w.dated {
		return t.UTC().Format("2 Jan 2006 15:04:05")
	}
	return t.UTC().Format("15:04:05")
}

// scope says what was read, and against what it is held.
func (w *reviewer) scope() list {
	r := w.review
	items := list{}
	if names := w.inputs(); names != nil {
		items = append(items, append(says(bold("Logs"), say(": ")), names...))
	}
	if r.Period.Start != nil && r.Period.End != nil {
		items = append(items, says(bold("Period"), say(": "+between(*r.Period.Start, *r.Period.End, r.Period.Seconds)+". All times are in UTC, and those at which requests began.")))
	}
	total := counted(r.Requests, "request") + ", of which " + count(r.Failures) + " failed"
	if r.Requests > 0 {
		total += " (" + share(float64(r.Failures)/float64(r.Requests)) + ")"
	}
	items = append(items, says(bold("Traffic"), say(": "+total+". A request fails when its status is 500 or above, or when it ends in a panic, a timeout or before its answer is whole.")))
	if r.Sampled {
		items = append(items, says(bold("Sampling"), say(": some records stand for several requests, so the counts are estimates.")))
	}
	items = append(items, w.baseline())
	if len(r.Incidents) > 0 && len(r.MicroBursts) > 0 {
		items = append(items, says(bold("Short bursts"), say(": "+bursts(r.MicroBursts, w.clock)+".")))
	}
	if parts := silences(r.Timeline, w.clock); parts != nil {
		items = append(items, says(bold("Silence"), say(": "+strings.Join(parts, ": ")+".")))
	}
	if n := r.Lines.Malformed + r.Lines.Truncated; n > 0 {
		items = append(items, says(bold("Not read"), say(": "+count(n)+" of "+counted(r.Lines.Read, "line")+", which could not be read whole.")))
	}
	return items
}

func (w *reviewer) inputs() (names []span) {
	const most = 5
	for i := range w.review.Inputs {
		if i == most {
			return append(names, say(" and "+count(uint64(len(w.review.Inputs)-most))+" more"))
		}
		if i > 0 {
			names = append(names, say(", "))
		}
		names = append(names, logged(w.review.Inputs[i].Name))
	}
	return names
}

func (w *reviewer) baseline() []span {
	b := &w.review.Baseline
	usual := says(bold("Usual"), say(": "+share(b.Rate)+" of requests fail, "))
	from := count(b.Failures) + " of " + count(b.Requests)
	if b.Requests == 0 {
		return says(bold("Usual"), say(": nothing in the log is calm; a rate of "+share(b.Rate)+" is taken for the highest that can be usual."))
	}
	switch b.Source {
	case "window", "file":
		return append(usual, say(from+" in the baseline "), logged(string(b.Name)), say(". Routes that it does not have are held against the rest of the log."))
	default:
		if b.Requests == w.review.Requests {
			return append(usual, say(from+" in the whole log."))
		}
		return append(usual, say(from+" in the calm part of the log."))
	}
}

// nothing says that there was no incident, and what would have been one.
func (w *reviewer) nothing() {
	w.section(1, "Summary", paragraph(says(say("No incident was found. "), say(sentence(w.review.Reason)))), w.scope())
	w.whole()
	w.section(1, "What was looked for",
		paragraph(says(say("A stretch of at least 30 seconds in which, beyond what chance explains, one of these was far from usual, of all requests together or of one route:"))),
		list{
			says(bold("Failures"), say(": statuses from 500 on, panics, timeouts, answers cut short.")),
			says(bold("Client errors"), say(": statuses 400 to 499.")),
			says(bold("Slow answers"), say(": requests that took longer than 99 % on their route usually do.")),
			says(bold("Volume"), say(": far fewer requests than usual at that time, or far more.")),
		})
	w.bursts()
	w.detection(1, w.review.Alerts, false)
	w.section(1, "Error budget", w.budget(&w.review.Budget))
	w.gaps()
}

// overview lists the incidents, before each is told of.
func (w *reviewer) overview() {
	r := w.review
	w.section(1, "Overview",
		paragraph(says(say(fmt.Sprintf("%s incidents were found. %s", count(uint64(len(r.Incidents))), sentence(r.Reason))))),
		w.scope())
	t := &grid{caption: "The incidents", heads: []columnHead{{text: "Incident"}, {text: "When", wide: true}, {text: "Lasted", drop: 2}, {text: "What", wide: true}, {text: "First symptom", wide: true, drop: 1}}}
	for i := range r.Incidents {
		in := &r.Incidents[i].Incident
		when := w.clock(in.Start) + " – " + w.clock(in.End)
		if in.Ongoing {
			when = w.clock(in.Start) + " – ongoing"
		}
		if in.BeganBefore {
			when = "before " + when
		}
		first := says()
		if s := firstRoutes(in); s != "" {
			first = says(logged(s))
		}
		t.rows = append(t.rows, [][]span{says(say(fmt.Sprint(in.ID))), says(say(when)), says(say(w.lasted(&r.Incidents[i]))), says(say(howBad(in))), first})
	}
	w.section(2, "Incidents", t)
	w.whole()
	w.section(2, "Error budget of the period", w.budget(&r.Budget))
}

func (w *reviewer) lasted(in *analyzer.ReviewIncident) string {
	s := duration(in.Seconds)
	if in.Ongoing || in.BeganBefore {
		return "at least " + s
	}
	return s
}

// whole draws the whole period.
func (w *reviewer) whole() {
	var all []analyzer.Incident
	for i := range w.review.Incidents {
		all = append(all, w.review.Incidents[i].Incident)
	}
	if len(w.review.Timeline.Bins) > 1 {
		level := 1
		if len(all) > 0 {
			level = 2
		}
		w.section(level, "The whole period", &chart{w.review.Timeline, analyzer.Stream5xx, all})
	}
}

// bursts lists, where nothing else was found, what was too short for an incident.
func (w *reviewer) bursts() {
	const most = 10
	all := w.review.MicroBursts
	if len(all) == 0 {
		return
	}
	t := &grid{caption: "Bursts too short for an incident", heads: []columnHead{{text: "Time"}, {text: "Lasted", drop: 1}, {text: "What", wide: true}}}
	for i := range all[:min(len(all), most)] {
		b := &all[i]
		t.rows = append(t.rows, cells(w.clock(b.Start), duration(b.End.Sub(b.Start).Seconds()), howBad(b)))
	}
	blocks := []block{paragraph(says(say(counted(uint64(len(all)), "burst") + " of less than 30 seconds, too short for an incident:"))), t}
	if more := len(all) - most; more > 0 {
		blocks = append(blocks, paragraph(says(say("And "+count(uint64(more))+" more."))))
	}
	w.section(1, "Short bursts", blocks...)
}

// gaps say what nobody can know from these logs, and how to know it next time.
func (w *reviewer) gaps() {
	items := list{}
	for _, g := range w.review.Gaps {
		items = append(items, says(logged(g.Field), say(": "+sentence(g.Text))))
	}
	if len(items) == 0 {
		w.section(1, "What these logs cannot say", paragraph(says(say("Nothing that this review looked for is lacking. Why something happens no access log can say."))))
		return
	}
	w.section(1, "What these logs cannot say", items)
}

// sentence makes one of a text that may lack its capital or its full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	if c := s[0]; c >= 'a' && c <= 'z' && len(s) > 1 && (s[1] == ' ' || s[1] >= 'a' && s[1] <= 'z') {
		s = string(c-'a'+'A') + s[1:]
	}
	return s
}
