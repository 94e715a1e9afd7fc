package analyzer

import (
	"fmt"
	"math"
)

// CompareGate is a condition on a comparison, such as "5xx_rate_diff > 0.5%", under which a check
// fails. It trips where the difference is significant alone, so that a gate does not stop a
// release by chance.
type CompareGate struct {
	condition
	value func(*Comparison) (float64, bool)
	test  func(*Comparison) *Test
}

// compareMetric is a number of the comparison, and the test that says whether it is more than
// chance.
type compareMetric struct {
	gateMetric[Comparison]
	test func(*Comparison) *Test
}

func shareDiff(name string, of func(*Comparison) *ShareChange) compareMetric {
	value := func(c *Comparison) (float64, bool) { return orZero(of(c).Difference), of(c).Difference != nil }
	return compareMetric{gateMetric[Comparison]{name, gateShare, value}, func(c *Comparison) *Test { return &of(c).Test }}
}

func shareRatio(name string, of func(*Comparison) *ShareChange) compareMetric {
	value := func(c *Comparison) (float64, bool) {
		s := of(c)
		return ratio(s.Base.Share, s.Current.Share), s.Difference != nil
	}
	return compareMetric{gateMetric[Comparison]{name, gateCount, value}, func(c *Comparison) *Test { return &of(c).Test }}
}

func quantileRatio(name string, of func(*LatencyChange) *QuantileChange) compareMetric {
	value := func(c *Comparison) (float64, bool) {
		q := of(&c.Latency)
		return ratio(orZero(q.Base.Value), orZero(q.Current.Value)), q.Base.Value != nil && q.Current.Value != nil
	}
	return compareMetric{gateMetric[Comparison]{name, gateCount, value}, func(c *Comparison) *Test { return &of(&c.Latency).Test }}
}

// ratio is infinite where only base is 0, and 1 where both are.
func ratio(base, current float64) float64 {
	if base == current {
		return 1
	}
	return current / base
}

func failures(c *Comparison) *ShareChange { return c.Failures }

func classChange(index int) func(*Comparison) *ShareChange {
	return func(c *Comparison) *ShareChange { return &c.Classes[index].ShareChange }
}

func volumeRatio(c *Comparison) (float64, bool) {
	if c.Volume == nil {
		return 0, false
	}
	return ratio(c.Volume.Base, c.Volume.Current), true
}

func newFailing(c *Comparison) (float64, bool) {
	return float64(c.Routes.NewFailing), c.Failures.Difference != nil
}

// compareMetrics is the table of what a gate on a comparison can watch.
var compareMetrics = []compareMetric{
	shareDiff("5xx_rate_diff", classChange(4)),
	shareDiff("4xx_rate_diff", classChange(3)),
	shareDiff("failure_rate_diff", failures),
	shareRatio("5xx_ratio", classChange(4)),
	shareRatio("4xx_ratio", classChange(3)),
	shareRatio("failure_ratio", failures),
	quantileRatio("p50_ratio", func(l *LatencyChange) *QuantileChange { return &l.P50 }),
	quantileRatio("p95_ratio", func(l *LatencyChange) *QuantileChange { return &l.P95 }),
	quantileRatio("p99_ratio", func(l *LatencyChange) *QuantileChange { return &l.P99 }),
	{gateMetric[Comparison]{"requests_ratio", gateCount, volumeRatio}, func(c *Comparison) *Test { return &c.Volume.Test }},
	{gateMetric[Comparison]{"new_failing_routes", gateCount, newFailing}, func(*Comparison) *Test { return &Test{Significant: true} }}, // as it counts none else
}

// CompareGateMetrics returns the names that a gate on a comparison can watch.
func CompareGateMetrics() []string { return metricNames(plainMetrics()) }

func plainMetrics() (metrics []gateMetric[Comparison]) {
	for _, m := range compareMetrics {
		metrics = append(metrics, m.gateMetric)
	}
	return metrics
}

// ParseCompareGate reads a gate on a comparison, as ParseGate does those on a report.
func ParseCompareGate(s string) (CompareGate, error) {
	c, metric, err := parseCondition(s, plainMetrics())
	if err != nil {
		return CompareGate{}, err
	}
	g := CompareGate{condition: c, value: metric.value}
	for _, m := range compareMetrics {
		if m.name == c.metric {
			g.test = m.test
		}
	}
	return g, nil
}

// Check holds the gate against the comparison: whether it trips, and why in words, also where it
// would but for chance; why is "" where the condition does not hold. It is an error if the
// comparison does not know what the gate watches.
func (g CompareGate) Check(c *Comparison) (tripped bool, why string, err error) {
	value, known := g.value(c)
	switch {
	case !known:
		return false, "", fmt.Errorf("%s: the comparison does not know %s", g.text, g.metric)
	case !g.over(value, g.limit):
		return false, "", nil
	}
	why = fmt.Sprintf("%s: it is %s", g.text, g.unit.write(value))
	if math.IsInf(value, 1) {
		why = fmt.Sprintf("%s: there was none in base", g.text)
	}
	if !g.test(c).Significant {
		return false, why + ", which may be chance", nil
	}
	return true, why, nil
}
