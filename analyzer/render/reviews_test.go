package render

import (
	"math"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
)

// review is what all reviews of these tests have, besides incidents.
func review(incidents ...analyzer.ReviewIncident) *analyzer.Review {
	r := critical()
	out := &analyzer.Review{
		Schema: analyzer.ReviewSchema, Inputs: r.Inputs, Lines: r.Lines, Period: r.Period, Requests: r.Requests, Failures: r.Failures,
		Verdict: r.Verdict, Reason: r.Reason, SLO: 99.9, Timeline: r.Timeline,
		Baseline:  analyzer.Baseline{Source: "log", Requests: 8127, Failures: 23, Rate: 23.0 / 8127},
		Incidents: incidents, MicroBursts: r.MicroBurst, Budget: budget(513), Alerts: alerts(false),
		Gaps: []analyzer.Gap{
			{Field: "version", Text: "the version of the program would tell whether a deploy came with it; log it as an attribute of each request"},
			{Field: "upstream_status", Text: "the status of what is behind a proxy would tell whose failure a 502 is; in nginx it is $upstream_status"},
		},
	}
	return out
}

func budget(failures uint64) analyzer.Budget {
	requests := 12408.0 * 480
	return analyzer.Budget{SLO: 99.9, WindowDays: 30, Requests: requests, Allowed: requests / 1000, Failures: failures, Spent: float64(failures) / (requests / 1000), Extrapolate: 5400}
}

func alerts(after bool) []analyzer.Alert {
	out := []analyzer.Alert{
		{Severity: "page", Burn: 14.4, LongSeconds: 3600, ShortSeconds: 300, Fired: at("14:40:07"), Cleared: at("15:13:10"), Partial: true},
		{Severity: "page", Burn: 6, LongSeconds: 6 * 3600, ShortSeconds: 1800, Fired: at("14:47:31"), Partial: true},
		{Severity: "ticket", Burn: 1, LongSeconds: 3 * 86400, ShortSeconds: 6 * 3600, Partial: true},
	}
	if after {
		out[0].AfterSeconds, out[1].AfterSeconds = ptr(115.0), ptr(559.0)
	}
	return out
}

// instanceReview is the review of an instance that went bad.
func instanceReview() analyzer.ReviewIncident {
	in := analyzer.ReviewIncident{
		Incident: badInstance(), Seconds: 1888,
		Summary:  "From 14:38:12 (±4 s) to 15:09:40 (±20 s), for 31 minutes, 509 of 4,281 requests failed (11.9 %), most of them on POST /orders/{id}/pay.",
		Timeline: analyzer.Timeline{IntervalSeconds: 60, Bins: bins()[8:]},
		Statuses: []analyzer.Status{statusRow(200, 3772, 4281), statusRow(503, 440, 4281), statusRow(500, 66, 4281), statusRow(502, 3, 4281)},
		Errors:   []analyzer.ErrorCount{{Error: "unable to open database file", Requests: 391}, {Error: "context deadline exceeded", Requests: 21}},
		Impact: analyzer.Impact{
			Failed: 509, Excess: 497.2, Clients: ptr[uint64](233), ClientsOnlyFailed: ptr[uint64](17), ClientsActive: ptr[uint64](1204), Recovered: ptr(.62),
			Hit:    []analyzer.Hit{{Attribute: "route", Hit: 3, Active: 57}, {Attribute: "host", Hit: 1, Active: 4}},
			Spared: []analyzer.Spared{{Method: "GET", Route: "/products", Requests: 911}, {Method: "GET", Route: "/health", Requests: 380, Failures: 1}},
		},
		Budget: budget(509), Alerts: alerts(true),
		Events: []analyzer.Event{{Time: *at("14:36:30"), Text: "deploy v2.3.1 to api-3", Incident: ptr(1), LeadSeconds: ptr(102.0)}},
	}
	in.Changes.RequestsPerSecond = analyzer.Pair{Usual: ptr(2.31), During: ptr(2.27)}
	in.Changes.Latency.Usual = analyzer.Latency{P50: ptr(12.0), P95: ptr(98.0), P99: ptr(240.0)}
	in.Changes.Latency.During = analyzer.Latency{P50: ptr(14.0), P95: ptr(2113.0), P99: ptr(5003.0)}
	in.Changes.Worse, in.Changes.Moved = .1149, .0012
	in.Changes.New = []analyzer.NewValue{{Attribute: "version", Value: "v2.3.1", Requests: 1066, Failures: 466}}
	return in
}

// slowReview is that of a dependency that became slow; the logs tell little of it.
func slowReview() analyzer.ReviewIncident {
	in := analyzer.ReviewIncident{Incident: slowDependency(), Seconds: 750, Timeline: analyzer.Timeline{IntervalSeconds: 60, Bins: bins()[60:]}, Budget: budget(0)}
	for i := range in.Timeline.Bins {
		in.Timeline.Bins[i].Failures = 0
		if i >= 17 { // from when on it was slow
			in.Timeline.Bins[i].Failures = 26 - uint64(i%3)
		}
	}
	in.Summary = "Since 15:17:30 and until the log ends, 311 of 1,702 requests were slow, all on GET /search."
	in.Impact.Recovered = ptr(.4)
	in.Changes.Latency.Usual, in.Changes.Latency.During = analyzer.Latency{P95: ptr(98.0)}, analyzer.Latency{P95: ptr(4200.0)}
	return in
}

// outageReview is that of a server that wrote no lines, from before the log on.
func outageReview() analyzer.ReviewIncident {
	in := analyzer.ReviewIncident{Incident: outage(), Seconds: 370, Timeline: analyzer.Timeline{IntervalSeconds: 10}, Budget: budget(0), Alerts: alerts(false)[2:]}
	for i := range 90 {
		b := analyzer.Bin{Start: at("14:00:00").Add(time.Duration(i) * 10 * time.Second)}
		if i >= 37 {
			b.Requests = 20 + uint64(i%5)
		} else if i%12 == 3 {
			b.Requests = 1
		}
		in.Timeline.Bins = append(in.Timeline.Bins, b)
	}
	in.Changes.RequestsPerSecond = analyzer.Pair{Usual: ptr(2.2), During: ptr(.00811)}
	return in
}

func calmReview() *analyzer.Review {
	r := review()
	r.Verdict, r.Reason, r.Failures, r.Budget, r.Alerts = analyzer.Healthy, "failures stay within the error budget of a 99.9 % objective", 9, budget(9), alerts(false)[2:]
	r.Baseline = analyzer.Baseline{Source: "file", Name: "yesterday's.log", Requests: 11000, Failures: 8, Rate: 8.0 / 11000}
	return r
}

// reviewsOfAllKinds are the reviews that have golden files.
func reviewsOfAllKinds() map[string]*analyzer.Review {
	slow, out := slowReview(), outageReview()
	slow.ID = 1
	dated := review(instanceReview())
	dated.Period.Start = ptr(at("14:00:00").Add(-24 * time.Hour))
	return map[string]*analyzer.Review{
		"instance": review(instanceReview()), "slow": review(slow), "outage": review(out), "two": review(instanceReview(), slowReview()),
		"none": calmReview(), "dated": dated, "zero": {}, "hostile": hostileReview(),
	}
}

const hostileText = "|a`b``c<script>alert(1)</script>[x](javascript:y)**z**\r\n# h\x1b[2J\u202e&amp;{{.}}\"' www.evil.example http://evil.example @you ![i](u)\xff"

// hostileReview has a hostile text wherever a log can write one.
func hostileReview() *analyzer.Review {
	in := instanceReview()
	in.Summary = hostileText
	for i := range in.Routes {
		in.Routes[i].Method, in.Routes[i].Route = hostileText, hostileText
	}
	for i := range in.Suspects {
		in.Suspects[i].Where, in.Suspects[i].SameAs = map[string]string{hostileText: hostileText}, []map[string]string{{hostileText: hostileText}}
	}
	for i := range in.Evidence {
		e := &in.Evidence[i]
		e.File, e.Method, e.Path, e.RequestID, e.TraceID, e.Error, e.Outcome = hostileText, hostileText, hostileText, hostileText, hostileText, hostileText, hostileText
	}
	in.Errors[0].Error, in.Statuses[1].Name, in.Events[0].Text = hostileText, hostileText, hostileText
	in.Changes.New[0].Attribute, in.Changes.New[0].Value = hostileText, hostileText
	in.Impact.Hit[0].Attribute, in.Impact.Spared[0].Method, in.Impact.Spared[0].Route = hostileText, hostileText, hostileText
	in.Alerts[0].Severity, in.Excess, in.Changes.Worse = hostileText, math.NaN(), math.Inf(1)
	r := review(in)
	r.Inputs = append(r.Inputs, analyzer.Input{Name: hostileText})
	r.Reason, r.Verdict, r.Baseline.Source, r.Baseline.Name = hostileText, hostileText, "file", hostileText
	r.Gaps[0].Field, r.Gaps[0].Text = hostileText, hostileText
	return r
}
