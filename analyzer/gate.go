package analyzer

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Gate is a condition on a report, such as "5xx_rate > 1%", under which a check fails.
type Gate struct {
	condition
	value func(*Report) (float64, bool)
}

// condition is what was written, understood.
type condition struct {
	text   string
	metric string
	unit   gateUnit
	over   func(value, limit float64) bool
	limit  float64
}

// gateMetric is a number of a report, or a comparison, that a gate can watch.
type gateMetric[T any] struct {
	name string
	unit gateUnit
	// value is the number, and false where the report does not know it.
	value func(*T) (float64, bool)
}

type gateUnit int

const (
	gateCount  gateUnit = iota
	gateShare           // written as 1% or 0.01
	gateMillis          // written as 500ms, 1.5s or 500
)

func class(index int) func(*Report) (float64, bool) {
	return func(r *Report) (float64, bool) { return float64(r.Classes[index].Requests), r.tells() }
}

func classRate(index int) func(*Report) (float64, bool) {
	return func(r *Report) (float64, bool) { return r.Classes[index].Share, r.Requests > 0 && r.tells() }
}

func quantile(of func(*Latency) *float64) func(*Report) (float64, bool) {
	return func(r *Report) (float64, bool) { return orZero(of(&r.Latency)), of(&r.Latency) != nil }
}

// gateMetrics is the table of what a gate can watch. The classes stand in the order of the
// report: 1xx to 5xx.
var gateMetrics = []gateMetric[Report]{
	{"5xx_rate", gateShare, classRate(4)},
	{"4xx_rate", gateShare, classRate(3)},
	{"failure_rate", gateShare, func(r *Report) (float64, bool) { return share(r.Failures, r.Requests), r.Requests > 0 && r.tells() }},
	{"malformed_rate", gateShare, func(r *Report) (float64, bool) {
		return share(r.Lines.Malformed+r.Lines.Truncated, r.Lines.Read), r.Lines.Read > 0
	}},
	{"5xx", gateCount, class(4)},
	{"4xx", gateCount, class(3)},
	{"failures", gateCount, func(r *Report) (float64, bool) { return float64(r.Failures), r.tells() }},
	{"requests", gateCount, func(r *Report) (float64, bool) { return float64(r.Requests), true }},
	{"p50", gateMillis, quantile(func(l *Latency) *float64 { return l.P50 })},
	{"p90", gateMillis, quantile(func(l *Latency) *float64 { return l.P90 })},
	{"p95", gateMillis, quantile(func(l *Latency) *float64 { return l.P95 })},
	{"p99", gateMillis, quantile(func(l *Latency) *float64 { return l.P99 })},
}

// GateMetrics returns the names that a gate can watch.
func GateMetrics() []string { return metricNames(gateMetrics) }

func metricNames[T any](metrics []gateMetric[T]) (names []string) {
	for _, m := range metrics {
		names = append(names, m.name)
	}
	return names
}

var gateSyntax = regexp.MustCompile(`^\s*(\w+)\s*(>=|<=|>|<)\s*(\S.*?)\s*$`)

var gateOps = map[string]func(value, limit float64) bool{
	">":  func(v, l float64) bool { return v > l },
	">=": func(v, l float64) bool { return v >= l },
	"<":  func(v, l float64) bool { return v < l },
	"<=": func(v, l float64) bool { return v <= l },
}

// ParseGate reads a gate: a metric of GateMetrics, one of > >= < <=, and a limit (a
// number, a percentage such as 1%, or a duration such as 500ms).
func ParseGate(s string) (Gate, error) {
	c, metric, err := parseCondition(s, gateMetrics)
	if err != nil {
		return Gate{}, err
	}
	return Gate{c, metric.value}, nil
}

func parseCondition[T any](s string, metrics []gateMetric[T]) (c condition, metric gateMetric[T], err error) {
	parts := gateSyntax.FindStringSubmatch(s)
	if parts == nil {
		return c, metric, fmt.Errorf("%q is no condition; write one like '%s > 1%%', with >, >=, < or <=", s, metrics[0].name)
	}
	for _, m := range metrics {
		if m.name == parts[1] {
			metric = m
		}
	}
	if metric.value == nil {
		return c, metric, fmt.Errorf("%q is nothing that can be watched; it can be %s", parts[1], strings.Join(metricNames(metrics), ", "))
	}
	c = condition{text: strings.TrimSpace(s), metric: metric.name, unit: metric.unit, over: gateOps[parts[2]]}
	if c.limit, err = parseLimit(strings.ReplaceAll(parts[3], " ", ""), c.unit); err != nil {
		return c, metric, fmt.Errorf("%q is no limit for %s: %w", parts[3], parts[1], err)
	}
	return c, metric, nil
}

func parseLimit(s string, unit gateUnit) (float64, error) {
	most := math.MaxFloat64
	switch unit {
	case gateShare:
		most = math.Nextafter(1, 0) // a plain 1 is meant for 1 %
		if number, ok := strings.CutSuffix(s, "%"); ok {
			// By its text: 0.7/100 is a little less than 0.007.
			s, most = strings.TrimSpace(number)+"e-2", 1
		}
	case gateMillis:
		if d, err := time.ParseDuration(s); err == nil && d >= 0 {
			return float64(d) / float64(time.Millisecond), nil
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err == nil && f >= 0 && f <= most { // so that NaN, on which no gate trips, is none
		return f, nil
	}
	return 0, errors.New(map[gateUnit]string{
		gateShare:  "want a percentage such as 1%, or a fraction below 1",
		gateMillis: "want a duration such as 500ms",
		gateCount:  "want a number",
	}[unit])
}

// WatchesShare reports whether the gate watches a share of the requests, which says nothing
// of requests that were chosen by status.
func (g Gate) WatchesShare() bool { return g.unit == gateShare }

// Check holds the gate against the report: whether it trips, and why in words. It is an
// error if the report does not know what the gate watches, such as the rate of no requests,
// so that a gate which checks nothing does not pass for one that holds.
func (g Gate) Check(r *Report) (tripped bool, why string, err error) {
	value, known := g.value(r)
	if !known {
		return false, "", fmt.Errorf("%s: the report does not know %s", g.text, g.metric)
	}
	return g.over(value, g.limit), fmt.Sprintf("%s: it is %s", g.text, g.unit.write(value)), nil
}

// write writes a value as limits are written.
func (u gateUnit) write(value float64) string {
	text := strconv.FormatFloat(value, 'g', 6, 64)
	switch u {
	case gateShare:
		text = strconv.FormatFloat(value*100, 'g', 8, 64) + "%"
	case gateMillis:
		text += "ms"
	}
	return text
}
