package analyzer

import (
	"fmt"
	"math"
	"strconv"
)

// defaultSLO is the share of requests, in percent, that should not fail.
const defaultSLO = 99.9

// pageBurn is the burn rate at which an error budget for 30 days is spent in two: the SRE
// Workbook's threshold for waking somebody ("Alerting on SLOs", table 5-8).
const pageBurn = 14.4

// judge decides the verdict from the failures of the whole period: 5xx, and what failed
// although its status is another. 4xx are the clients' own and never count. nothing says why
// there is none, if there is none.
func judge(p population, nothing string, slo float64) (Verdict, string) {
	target := strconv.FormatFloat(slo, 'f', -1, 64)
	// Rounded, because 1-0.999 is a little more than 0.001.
	burn := math.Round(share(p.failures, p.requests)/(1-slo/100)*1e9) / 1e9
	switch {
	case p.requests == 0:
		return Healthy, nothing
	case p.unknown == p.requests:
		return Healthy, "no status is known, so that nobody can tell whether a request failed"
	case p.failures == 0 && p.unknown > 0:
		return Healthy, fmt.Sprintf("no request failed of which the status is known; of %d it is not", p.unknown)
	case p.failures == 0:
		return Healthy, "no request failed"
	case slo >= 100:
		return Critical, fmt.Sprintf("a %s %% objective allows no failure", target)
	case burn >= pageBurn:
		return Critical, fmt.Sprintf("failures burn the error budget of a %s %% objective %s times as fast as it allows; from %v times on somebody should be woken", target, times(burn), pageBurn)
	case burn > 1:
		return Degraded, fmt.Sprintf("failures burn the error budget of a %s %% objective %s times as fast as it allows", target, times(burn))
	}
	return Healthy, fmt.Sprintf("failures stay within the error budget of a %s %% objective", target)
}

func times(f float64) string {
	if f < 100 {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}

// Undecided reports whether the verdict is healthy, but of most requests nobody knows how they
// ended.
func (r *Report) Undecided() bool { return r.Verdict == Healthy && r.Unknown > r.Considered/2 }

// tells reports whether the logs tell how any request ended, if there are any.
func (r *Report) tells() bool { return r.Unknown == 0 || r.Unknown < r.Considered }

// judgeIncidents makes the verdict worse where there was an incident: one that is going on is
// critical, unless only clients are at fault, and any is worth a look.
func (r *Report) judgeIncidents() {
	for _, in := range r.Incidents {
		switch {
		case in.Ongoing && in.Stream != Stream4xx && r.Verdict != Critical:
			r.Verdict, r.Reason = Critical, r.Reason+fmt.Sprintf("; incident %d was going on when the log ended", in.ID)
		case r.Verdict == Healthy:
			r.Verdict, r.Reason = Degraded, r.Reason+fmt.Sprintf("; but there was an incident (%s)", in.Stream)
		}
	}
}
