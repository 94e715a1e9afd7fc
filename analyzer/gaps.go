package analyzer

import (
	"slices"

	"github.com/loganalyze/loganalyze/analyzer/format"
)

// gap is something that logs may lack: how to tell, and what it would have told.
type gap struct {
	field string
	is    func(w *reviewing, r *Report) bool
	text  string
	calm  bool // it can be told without an incident, too
}

// gapsOf is the table of what is looked for.
var gapsOf = []gap{
	{"instance", func(w *reviewing, _ *Report) bool {
		return !w.tells("instance")
	},
		"which instance or upstream answered; with it, one bad instance can be told from a fault of all", false},
	{"version", func(w *reviewing, _ *Report) bool {
		return !w.tells("version")
	},
		"which release answered; with it, a bad deploy shows itself", false},
	{"client_ip", func(w *reviewing, r *Report) bool { return r.Clients.Distinct == 0 },
		"who sent a request; without it nobody can say how many clients were hit, and whether retries helped", true},
	{"duration_ms", func(w *reviewing, r *Report) bool { return r.Latency.P50 == nil },
		"how long requests took; without it slowness is not seen, and incidents are placed by when requests ended", true},
	{"request_id", func(w *reviewing, r *Report) bool {
		return !w.shown(func(e *IncidentEvidence) Text { return e.RequestID })
	},
		"which lines of other logs belong to a failing request", false},
	{"trace_id", func(w *reviewing, r *Report) bool {
		return !w.shown(func(e *IncidentEvidence) Text { return e.TraceID })
	},
		"the trace of a failing request, which shows what it waited for", false},
	{"error", func(w *reviewing, r *Report) bool { return !w.shown(func(e *IncidentEvidence) Text { return e.Error }) },
		"what the application said of a failure", false},
	{"route", func(w *reviewing, r *Report) bool {
		return !slices.ContainsFunc(w.decided.kept, func(s *routeStats) bool { return s.kind == kindLogged })
	},
		"which route a request went to: those shown here were made from the paths", true},
	{"user_agent", func(w *reviewing, _ *Report) bool { return !w.known["user_agent"] },
		"which program sent a request; with it, a broken client shows itself", false},
}

// tells reports whether requests of an incident had an attribute that tells what.
func (w *reviewing) tells(what string) bool {
	for name, known := range w.known {
		if known && format.Tells(name) == what {
			return true
		}
	}
	return false
}

// shown reports whether any failing request that is shown has a field.
func (w *reviewing) shown(field func(*IncidentEvidence) Text) bool {
	for _, f := range w.seen.findings {
		if f.told != nil && slices.ContainsFunc(f.told.Evidence, func(e IncidentEvidence) bool { return field(&e) != "" }) {
			return true
		}
	}
	return false
}

// gaps are what the logs lack, as far as can be told where there was no incident.
func (w *reviewing) gaps(r *Report) []Gap {
	out := []Gap{}
	for _, g := range gapsOf {
		if (g.calm || w.known != nil) && g.is(w, r) {
			out = append(out, Gap{g.field, g.text})
		}
	}
	return out
}
