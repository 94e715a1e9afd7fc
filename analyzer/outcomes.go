package analyzer

import (
	"slices"

	"github.com/loganalyze/loganalyze/analyzer/status"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// outcomes counts how responses ended where they did not simply end well, and the
// informational statuses that went before the final ones.
type outcomes struct {
	ends    labels
	interim StatusCounts
}

// maxOutcomes bounds the outcomes told apart, and maxInterim the informational statuses
// of one response that are looked at. The schema has eight of either, but a log may hold
// anything.
const (
	maxOutcomes = 64
	maxInterim  = 16
)

func newOutcomes() outcomes { return outcomes{ends: labels{limit: maxOutcomes}} }

func (o *outcomes) add(r *accesslog.Record) {
	if r.Outcome != "" {
		o.ends.add(string(r.Outcome), 1)
	}
	interim := r.Interim[:min(len(r.Interim), maxInterim)]
	for i, code := range interim {
		if !slices.Contains(interim[:i], code) { // requests are counted, not answers
			o.interim.add(code, 1)
		}
	}
}

func (o *outcomes) merge(p *outcomes, weight float64) {
	o.ends.merge(&p.ends, weight)
	o.interim.merge(p.interim, weight)
}

func (o *outcomes) append(w *writer) {
	o.ends.append(w)
	o.interim.append(w)
}

func (o *outcomes) parse(r *reader) {
	o.ends.parse(r)
	o.interim.parse(r)
}

func (o *outcomes) report() ([]Outcome, []Interim) {
	ends, interim := []Outcome{}, []Interim{}
	for _, c := range o.ends.sorted() {
		ends = append(ends, Outcome{c.label, c.n})
	}
	for _, c := range o.interim {
		code, _ := status.Lookup(c.Status)
		interim = append(interim, Interim{c.Status, Text(code.Name), c.Requests})
	}
	return ends, interim
}
