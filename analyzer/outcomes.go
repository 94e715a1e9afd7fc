package analyzer

import (
	"cmp"
	"slices"

	"github.com/loganalyze/loganalyze/analyzer/status"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// outcomes counts how responses ended where they did not simply end well, and the
// informational statuses that went before the final ones. The zero value is empty.
type outcomes struct {
	ends    map[string]uint64
	interim StatusCounts
}

// maxOutcomes bounds the outcomes told apart. The schema has eight, but a log may hold
// anything; past the bound they count together.
const (
	maxOutcomes   = 64
	otherOutcomes = "(other)"
)

func (o *outcomes) add(r *accesslog.Record) {
	if r.Outcome != "" {
		o.count(string(r.Outcome), 1)
	}
	for i, code := range r.Interim {
		if !slices.Contains(r.Interim[:i], code) { // requests are counted, not answers
			o.interim.add(code, 1)
		}
	}
}

func (o *outcomes) count(name string, n uint64) {
	if n == 0 {
		return
	}
	if o.ends == nil {
		o.ends = map[string]uint64{}
	}
	if _, ok := o.ends[name]; !ok {
		if len(o.ends) >= maxOutcomes {
			name = otherOutcomes
		} else {
			name = string([]byte(name)) // name points into the line
		}
	}
	o.ends[name] += n
}

func (o *outcomes) merge(p *outcomes, weight float64) {
	for name, n := range p.ends {
		o.count(name, scaled(n, weight))
	}
	o.interim.merge(p.interim, weight)
}

func (o *outcomes) report() ([]Outcome, []Interim) {
	ends, interim := []Outcome{}, []Interim{}
	for name, n := range o.ends {
		ends = append(ends, Outcome{name, n})
	}
	slices.SortFunc(ends, func(a, b Outcome) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Outcome, b.Outcome))
	})
	for _, c := range o.interim {
		code, _ := status.Lookup(c.Status)
		interim = append(interim, Interim{c.Status, code.Name, c.Requests})
	}
	return ends, interim
}
