package render

import (
	"bytes"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/status"
)

// text draws what a log may hold: names, any characters, any bytes.
func text(t *rapid.T, label string) string {
	return rapid.OneOf(
		rapid.Just(""),
		rapid.StringMatching(`/[a-z{}]{1,12}(/[a-z{}]{1,12}){0,6}`),
		rapid.StringN(0, 60, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("ab /\t\n\x1b[31m\u009b\u202e\u200d\ufe0f👩👍🏽🇩🇪注文é\u0301한नि\u1112\u1161\u3000\u0e33\u0d4e\uff9e◌")), 0, 60, -1),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
	).Draw(t, label)
}

func number(t *rapid.T, label string) uint64 {
	return rapid.OneOf(rapid.Uint64Max(20), rapid.Uint64Max(100_000), rapid.Uint64()).Draw(t, label)
}

func fraction(t *rapid.T, label string) float64 {
	return rapid.OneOf(rapid.SampledFrom([]float64{0, 1, math.NaN(), 1e-9}), rapid.Float64Range(0, 1)).Draw(t, label)
}

func maybe[T any](t *rapid.T, label string, draw func(*rapid.T, string) T) *T {
	if !rapid.Bool().Draw(t, label+" known") {
		return nil
	}
	return ptr(draw(t, label))
}

func code(t *rapid.T, label string) int {
	return rapid.OneOf(rapid.IntRange(100, 599), rapid.Int()).Draw(t, label)
}

func moment(t *rapid.T, label string) time.Time {
	return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, label), 0)
}

func several[T any](t *rapid.T, label string, most int, draw func(*rapid.T, string) T) []T {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) T { return draw(t, label) }), 0, most).Draw(t, label)
}

func anyLatency(t *rapid.T, label string) analyzer.Latency {
	ms := func(t *rapid.T, label string) float64 {
		return rapid.OneOf(rapid.Float64Range(0, 1e6), rapid.Float64()).Draw(t, label)
	}
	return analyzer.Latency{P50: maybe(t, "p50", ms), P95: maybe(t, "p95", ms), Max: maybe(t, "max", ms)}
}

func anyRoute(t *rapid.T, _ string) analyzer.Route {
	return analyzer.Route{
		Method: analyzer.Text(text(t, "method")), Route: text(t, "route"), Source: rapid.SampledFrom([]analyzer.Text{"", "logged", "learned"}).Draw(t, "source"),
		Requests: number(t, "requests"), Failures: number(t, "failures"), FailureRate: fraction(t, "rate"), Rate4xx: fraction(t, "rate"),
		Classes:  analyzer.ClassCounts{ClientError: number(t, "4xx")},
		Dominant: maybe(t, "dominant", code), DominantName: analyzer.Text(text(t, "name")), Dominant4xx: maybe(t, "dominant4xx", code), Dominant4xxName: analyzer.Text(text(t, "name4xx")), Latency: anyLatency(t, "latency"),
		Errors: several(t, "errors", 2, func(t *rapid.T, l string) analyzer.ErrorCount {
			return analyzer.ErrorCount{Error: text(t, "error"), Requests: number(t, "requests")}
		}),
		FailedBy: maybe(t, "failed by", anyFailedBy),
		LastFailure: maybe(t, "last", func(t *rapid.T, l string) analyzer.Evidence {
			return analyzer.Evidence{Time: maybe(t, "time", moment)}
		}),
	}
}

func anyFailedBy(t *rapid.T, _ string) analyzer.FailedBy {
	return analyzer.FailedBy{Origin: number(t, "origin"), Proxy: number(t, "proxy")}
}

func anyBins(t *rapid.T) []analyzer.Bin {
	start := moment(t, "start")
	n := rapid.IntRange(0, 300).Draw(t, "bins")
	seed := number(t, "seed")
	bins := make([]analyzer.Bin, n)
	for i := range bins {
		bins[i] = analyzer.Bin{Start: start.Add(time.Duration(i) * time.Second), Requests: seed * uint64(i), Failures: seed >> uint(i%70)}
	}
	return bins
}

func anyIncident(t *rapid.T, _ string) analyzer.Incident {
	excess := rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), -math.MaxFloat64}))
	return analyzer.Incident{
		ID: rapid.Int().Draw(t, "id"), Stream: rapid.SampledFrom([]analyzer.Stream{"5xx", "4xx", "slow", "volume", "\x1b"}).Draw(t, "stream"),
		Start: moment(t, "start"), StartLow: moment(t, "start"), StartHigh: moment(t, "start"),
		End: moment(t, "end"), EndLow: moment(t, "end"), EndHigh: moment(t, "end"),
		Ongoing: rapid.Bool().Draw(t, "ongoing"), BeganBefore: rapid.Bool().Draw(t, "began before"),
		Requests: number(t, "requests"), Failures: number(t, "failures"), Excess: excess.Draw(t, "excess"),
		Rate: fraction(t, "rate"), BaselineRate: fraction(t, "baseline"), Peak: analyzer.Peak{Start: moment(t, "peak"), Rate: fraction(t, "peak")},
		Clients: maybe(t, "clients", number), ClientsOnlyFailed: maybe(t, "clients", number),
		Routes: several(t, "routes", 4, func(t *rapid.T, _ string) analyzer.IncidentRoute {
			return analyzer.IncidentRoute{Method: analyzer.Text(text(t, "method")), Route: text(t, "route"), Requests: number(t, "requests"), Failures: number(t, "failures"),
				Excess: excess.Draw(t, "excess"), Share: fraction(t, "share"), Start: maybe(t, "start", moment), StartLow: maybe(t, "start", moment), StartHigh: maybe(t, "start", moment), First: rapid.Bool().Draw(t, "first")}
		}),
		Suspects: several(t, "suspects", 2, func(t *rapid.T, _ string) analyzer.Suspect {
			return analyzer.Suspect{Where: map[string]string{text(t, "attribute"): text(t, "value"), "host": text(t, "value")},
				Rate: fraction(t, "rate"), RateOutside: fraction(t, "rate"), Share: fraction(t, "share"), SameAs: []map[string]string{{text(t, "attribute"): text(t, "value")}}}
		}),
		Evidence: several(t, "evidence", 2, func(t *rapid.T, _ string) analyzer.IncidentEvidence {
			return analyzer.IncidentEvidence{Kind: text(t, "kind"), Evidence: analyzer.Evidence{File: text(t, "file"), Line: analyzer.Line(number(t, "line")), Time: maybe(t, "time", moment),
				Status: maybe(t, "status", code), Method: analyzer.Text(text(t, "method")), Path: analyzer.Text(text(t, "path")), RequestID: analyzer.Text(text(t, "id"))},
				DurationMS: maybe(t, "ms", fraction), Outcome: analyzer.Text(text(t, "outcome")), Error: analyzer.Text(text(t, "error"))}
		}),
	}
}

func anyReport(t *rapid.T) *analyzer.Report {
	return &analyzer.Report{
		Inputs: several(t, "inputs", 8, func(t *rapid.T, _ string) analyzer.Input {
			return analyzer.Input{Name: text(t, "name"), Format: analyzer.Text(text(t, "format")), Why: text(t, "why"), Lines: number(t, "lines"), Records: number(t, "records")}
		}),
		Lines: analyzer.Lines{
			Read: number(t, "read"), Accepted: number(t, "accepted"), Malformed: number(t, "malformed"), Other: number(t, "other"),
			SkippedBytes: number(t, "skipped"),
			Samples: several(t, "samples", 8, func(t *rapid.T, _ string) analyzer.Sample {
				return analyzer.Sample{Kind: rapid.SampledFrom([]string{"malformed", "truncated", "other"}).Draw(t, "kind"),
					File: text(t, "file"), Line: analyzer.Line(number(t, "line")), Error: text(t, "error"), Text: text(t, "text")}
			}),
		},
		Period:   analyzer.Period{Start: maybe(t, "start", moment), End: maybe(t, "end", moment), Seconds: rapid.Float64().Draw(t, "seconds")},
		Requests: number(t, "requests"), Failures: number(t, "failures"), Failed: number(t, "failed"), FailedBy: maybe(t, "failed by", anyFailedBy), Dropped: number(t, "dropped"),
		Sampled: rapid.Bool().Draw(t, "sampled"), Verdict: analyzer.Verdict(text(t, "verdict")), Reason: text(t, "reason"),
		Classes: several(t, "classes", 6, func(t *rapid.T, _ string) analyzer.Class {
			return analyzer.Class{Class: rapid.SampledFrom([]string{"1xx", "2xx", "5xx", "other"}).Draw(t, "class"), Label: text(t, "label"),
				Requests: number(t, "requests"), Share: fraction(t, "share"), Failed: number(t, "failed")}
		}),
		Statuses: several(t, "statuses", 6, func(t *rapid.T, _ string) analyzer.Status {
			return analyzer.Status{Status: maybe(t, "status", code), Name: analyzer.Text(text(t, "name")), Fault: status.Fault(text(t, "fault")),
				Requests: number(t, "requests"), Share: fraction(t, "share")}
		}),
		Interim: several(t, "interim", 2, func(t *rapid.T, _ string) analyzer.Interim {
			return analyzer.Interim{Status: code(t, "status"), Name: analyzer.Text(text(t, "name")), Requests: number(t, "requests")}
		}),
		Outcomes: several(t, "outcomes", 3, func(t *rapid.T, _ string) analyzer.Outcome {
			return analyzer.Outcome{Outcome: text(t, "outcome"), Requests: number(t, "requests")}
		}),
		Latency:   anyLatency(t, "latency"),
		Routes:    analyzer.Routes{Order: rapid.SampledFrom(analyzer.Sorts()).Draw(t, "order"), FailingTotal: rapid.Int().Draw(t, "failing total"), Top: several(t, "top", 3, anyRoute), Failing: several(t, "failing", 4, anyRoute), ClientErrors: several(t, "client errors", 7, anyRoute), Other: maybe(t, "other", anyRoute)},
		Incidents: several(t, "incidents", 3, anyIncident), MicroBurst: several(t, "bursts", 2, anyIncident),
		Timeline: analyzer.Timeline{IntervalSeconds: rapid.OneOf(rapid.SampledFrom([]int64{0, 1, 60, 7, 86400}), rapid.Int64()).Draw(t, "interval"), Bins: anyBins(t)},
		Clients:  analyzer.Clients{Distinct: number(t, "distinct"), Failing: number(t, "failing")},
	}
}

// Whatever the report, no line is too wide, no character is one that a terminal obeys.
func TestTextIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyReport(t)
		o := Options{Width: rapid.IntRange(40, 200).Draw(t, "width"), Color: rapid.Bool().Draw(t, "color"), Review: several(t, "review", 3, text)}
		var b bytes.Buffer
		if err := Text(&b, r, o); err != nil {
			t.Fatal(err)
		}
		if err := wellFormed(b.String(), o); err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
	})
}
