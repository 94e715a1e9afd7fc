package analyzer

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/loganalyze/loganalyze/analyzer/status"
)

// unknownStatus stands for a response whose status the log does not tell.
const unknownStatus = -1

// StatusCounts counts requests by status, in the order of the statuses. Its JSON form is
// an object from status to count; an unknown status has the key "unknown".
type StatusCounts []StatusCount

// StatusCount is the number of requests with one status.
type StatusCount struct {
	Status   int // -1 is unknown
	Requests uint64
}

// maxStatuses bounds the statuses of one route; the valid ones are 900 at most, but a log
// may hold any number. Past it, what is not yet there counts as unknown.
const maxStatuses = 1000

func (s *StatusCounts) add(code int, n uint64) {
	if n == 0 {
		return
	}
	for i := range min(len(*s), 8) { // Fast path: a route mostly has few.
		if c := &(*s)[i]; c.Status == code {
			c.Requests += n
			return
		}
	}
	i, ok := slices.BinarySearchFunc(*s, code, func(c StatusCount, code int) int { return cmp.Compare(c.Status, code) })
	switch {
	case ok:
		(*s)[i].Requests += n
	case len(*s) >= maxStatuses && code != unknownStatus:
		s.add(unknownStatus, n)
	default:
		*s = slices.Insert(*s, i, StatusCount{code, n})
	}
}

func (s *StatusCounts) merge(t StatusCounts, weight float64) {
	for _, c := range t {
		s.add(c.Status, scaled(c.Requests, weight))
	}
}

func (s StatusCounts) append(w *writer) {
	w.uint(uint64(len(s)))
	last := 0
	for _, c := range s {
		w.int(int64(c.Status - last))
		w.uint(c.Requests)
		last = c.Status
	}
}

func (s *StatusCounts) parse(r *reader) {
	last := 0
	for i := range r.count(maxStatuses+1, "statuses") { // one more: the unknown has its place
		code := last + int(r.int())
		c := StatusCount{code, r.uint()}
		r.check((i == 0 || code > last) && c.Requests > 0, "the statuses are not in order")
		*s = append(*s, c)
		last = code
	}
}

// of is the count of a status.
func (s StatusCounts) of(code int) uint64 {
	if i, ok := slices.BinarySearchFunc(s, code, func(c StatusCount, code int) int { return cmp.Compare(c.Status, code) }); ok {
		return s[i].Requests
	}
	return 0
}

func (s StatusCounts) total() (n uint64) {
	for _, c := range s {
		n += c.Requests
	}
	return n
}

// MarshalJSON writes {"200":5,"unknown":1}.
func (s StatusCounts) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, c := range s {
		if i > 0 {
			b = append(b, ',')
		}
		name := "unknown"
		if c.Status != unknownStatus {
			name = strconv.Itoa(c.Status)
		}
		b = strconv.AppendUint(append(strconv.AppendQuote(b, name), ':'), c.Requests, 10)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *StatusCounts) UnmarshalJSON(b []byte) error {
	var m map[string]uint64
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	*s = nil
	for name, n := range m {
		code := unknownStatus
		if name != "unknown" {
			var err error
			if code, err = strconv.Atoi(name); err != nil {
				return err
			}
		}
		s.add(code, n)
	}
	return nil
}

func (s StatusCounts) report(total uint64) []Status {
	out := []Status{}
	for _, c := range s {
		line := Status{Requests: c.Requests, Share: share(c.Requests, total), Name: "unknown", Class: status.Other.String(), Fault: status.FaultUnknown}
		if c.Status != unknownStatus {
			code, _ := status.Lookup(c.Status)
			line.Status, line.Name, line.Class, line.Fault = &c.Status, Text(code.Name), code.Class.String(), code.Fault
		}
		out = append(out, line)
	}
	// The unknown status, which sorts first, is told last.
	if len(out) > 0 && out[0].Status == nil {
		out = append(out[1:], out[0])
	}
	return out
}

// dominant is the most frequent of the statuses that keep, and its name; nil where there
// is none.
func (s StatusCounts) dominant(keep func(code int) bool) (*int, Text) {
	best := StatusCount{Status: unknownStatus}
	for _, c := range s {
		if c.Status != unknownStatus && c.Requests > best.Requests && keep(c.Status) {
			best = c
		}
	}
	if best.Status == unknownStatus {
		return nil, ""
	}
	code, _ := status.Lookup(best.Status)
	return &best.Status, Text(code.Name)
}

func share(n, total uint64) float64 {
	if total == 0 {
		return 0
	}
	return float64(n) / float64(total)
}
