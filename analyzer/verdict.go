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

// judge decides the verdict from the 5xx of the whole period. 4xx are the clients' own
// and never count.
func judge(serverErrors, requests uint64, slo float64) (Verdict, string) {
	target := strconv.FormatFloat(slo, 'f', -1, 64)
	// Rounded, because 1-0.999 is a little more than 0.001.
	burn := math.Round(share(serverErrors, requests)/(1-slo/100)*1e9) / 1e9
	switch {
	case requests == 0:
		return Healthy, "no request was counted"
	case serverErrors == 0:
		return Healthy, "no response was a 5xx"
	case slo >= 100:
		return Critical, fmt.Sprintf("a %s %% objective allows no 5xx", target)
	case burn >= pageBurn:
		return Critical, fmt.Sprintf("5xx burn the error budget of a %s %% objective %s times as fast as it allows; from %v times on somebody should be woken", target, times(burn), pageBurn)
	case burn > 1:
		return Degraded, fmt.Sprintf("5xx burn the error budget of a %s %% objective %s times as fast as it allows", target, times(burn))
	}
	return Healthy, fmt.Sprintf("5xx stay within the error budget of a %s %% objective", target)
}

func times(f float64) string {
	if f < 100 {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}
