package analyzer

import (
	"testing"

	"github.com/loganalyze/loganalyze/analyzer/incident"
)

// A route that fails throughout is told once, however many incidents of all requests it is part of.
func TestCombineTellsOnce(t *testing.T) {
	during := func(from, to int64, routes ...uint16) *finding {
		f := &finding{Incident: incident.Incident{Start: from, End: to, Failures: 100, Requests: 200, Excess: 100}, stream: streams[0], scope: map[uint16]bool{}}
		for _, n := range routes {
			f.scope[n] = true
		}
		return f
	}
	global := []*finding{during(0, 100), during(900, 1000)}
	byRoute := [][]*finding{{during(40, 1000, 2)}, {during(-500, 65, 3)}, {during(935, 1500, 4)}}
	x := &detector{}
	found := x.combine(global, byRoute)
	if len(found) != 3 {
		t.Errorf("of three routes %d incidents are told", len(found))
	}
}
