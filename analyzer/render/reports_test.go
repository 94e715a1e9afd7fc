package render

import (
	"math"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/status"
)

func ptr[T any](v T) *T { return &v }

func at(clock string) *time.Time {
	t, err := time.Parse("2006-01-02 15:04:05", "2026-11-20 "+clock)
	if err != nil {
		panic(err)
	}
	return &t
}

func class(name, label string, requests uint64, share float64) analyzer.Class {
	return analyzer.Class{Class: name, Label: label, Requests: requests, Share: share}
}

func statusRow(code int, requests, total uint64) analyzer.Status {
	c, _ := status.Lookup(code)
	return analyzer.Status{Status: &code, Name: analyzer.Text(c.Name), Class: c.Class.String(), Fault: c.Fault,
		Requests: requests, Share: float64(requests) / float64(total)}
}

func routeRow(method, name string, requests, failures, clientErrors uint64, dominant int) analyzer.Route {
	c, _ := status.Lookup(dominant)
	r := analyzer.Route{
		Method: analyzer.Text(method), Route: name, Source: "logged", Paths: 3, Requests: requests, Failures: failures,
		Share:   float64(requests) / 12408,
		Classes: analyzer.ClassCounts{Success: requests - failures - clientErrors, ClientError: clientErrors, ServerError: failures},
		Rate5xx: float64(failures) / float64(requests), Rate4xx: float64(clientErrors) / float64(requests),
		FailureRate: float64(failures) / float64(requests),
	}
	if r.Classes.Success > 0 {
		r.Statuses = append(r.Statuses, analyzer.StatusCount{Status: 200, Requests: r.Classes.Success})
	}
	if failures+clientErrors > 0 {
		r.Statuses = append(r.Statuses, analyzer.StatusCount{Status: dominant, Requests: failures + clientErrors})
	}
	if failures > 0 {
		r.Dominant, r.DominantName = &dominant, analyzer.Text(c.Name)
	}
	switch {
	case clientErrors > 0 && c.Class == status.ClientError:
		r.Dominant4xx, r.Dominant4xxName = &dominant, analyzer.Text(c.Name)
	case clientErrors > 0:
		r.Dominant4xx, r.Dominant4xxName = ptr(404), "Not Found"
	}
	return r
}

func failure(clock string, line uint64) *analyzer.Evidence {
	return &analyzer.Evidence{File: "access.log", Line: analyzer.Line(line), Time: at(clock), Status: ptr(503), Method: "POST",
		Path: "/orders/77/pay", RequestID: "9f2c", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736"}
}

// bins is an hour and a half, a bin a minute, with a fault from 14:38 to 15:09.
func bins() (out []analyzer.Bin) {
	for i := range 90 {
		b := analyzer.Bin{Start: at("14:00:00").Add(time.Duration(i) * time.Minute), Requests: 120 + uint64(i*37%29)}
		if i >= 38 && i < 70 {
			b.Failures = 3 + uint64(i*i*7%43)
		}
		b.Classes = analyzer.ClassCounts{Success: b.Requests - b.Failures, ServerError: b.Failures}
		out = append(out, b)
	}
	return out
}

// critical is the typical bad day: a dependency is gone for half an hour.
func critical() *analyzer.Report {
	const total = 12408
	pay := routeRow("POST", "/orders/{id}/pay", 1204, 412, 18, 503)
	pay.Latency = analyzer.Latency{P50: ptr(310.0), P90: ptr(2010.0), P95: ptr(2113.0), P99: ptr(4050.0), Max: ptr(5000.0)}
	pay.Errors = []analyzer.ErrorCount{{Error: "unable to open database file", Requests: 391}, {Error: "context deadline exceeded", Requests: 21}}
	pay.FailedBy = &analyzer.FailedBy{Origin: 400, Proxy: 12}
	pay.FirstFailure, pay.LastFailure = failure("14:38:12", 4410), failure("15:09:40", 9871)
	get := routeRow("GET", "/orders/{id}", 3377, 66, 201, 500)
	get.Latency = analyzer.Latency{P95: ptr(310.0)}
	get.LastFailure = failure("15:09:02", 9800)
	list := routeRow("GET", "/orders", 2190, 28, 0, 503)
	list.Latency = analyzer.Latency{P95: ptr(84.2)}
	list.LastFailure = failure("14:59:31", 9011)
	users := routeRow("PATCH", "/organizations/{id}/members/{id}/permissions", 94, 3, 2, 502)
	users.Source, users.LastFailure = "learned", failure("14:58:00", 9001)
	login := routeRow("POST", "/login", 890, 0, 240, 401)
	login.Statuses = analyzer.StatusCounts{{Status: 401, Requests: 240}}
	return &analyzer.Report{
		Schema: analyzer.Schema,
		Inputs: []analyzer.Input{{Name: "access.log", Format: "loganalyze JSON", Unit: "ms", Clock: "completion",
			Confidence: 1, Why: "the first line has the schema's keys", Lines: 12413, Records: 12408, Malformed: 3, Bytes: 4_960_112}},
		Lines: analyzer.Lines{Read: 12413, Accepted: 12408, Malformed: 2, Truncated: 1, Other: 2, Records: 12408, Samples: []analyzer.Sample{
			{Kind: "malformed", File: "access.log", Line: 771, Error: "status is \"2x0\", which is no number", Text: `{"time":"2026-11-20T14:07:41.345Z","level":"INFO","msg":"http_request","status":"2x0"}`},
			{Kind: "malformed", File: "access.log", Line: 902, Error: "unexpected character", Text: `{"time":}`},
			{Kind: "other", File: "access.log", Line: 1, Error: "its msg is not http_request", Text: `{"msg":"listening on :8080"}`},
			{Kind: "truncated", File: "access.log", Line: 12413, Error: "the line ends in the middle", Text: `{"time":"2026-11-20T15:30:00`},
		}},
		Period:   analyzer.Period{Start: at("14:00:00"), End: at("15:30:00"), Seconds: 5400},
		Requests: total, Failures: 513, Failed: 4, FailedBy: &analyzer.FailedBy{Origin: 431, Proxy: 12},
		Verdict: analyzer.Critical, Reason: "5xx burn the error budget of a 99.9 % objective 41 times as fast as it allows; from 14.4 times on somebody should be woken",
		Classes: []analyzer.Class{
			class("1xx", "informational", 0, 0),
			{Class: "2xx", Label: "success", Requests: 10911, Share: 10911.0 / total, Failed: 4},
			class("3xx", "redirect", 402, 402.0/total), class("4xx", "client error", 586, 586.0/total),
			class("5xx", "server error", 509, 509.0/total), class("other", "unknown", 0, 0),
		},
		Statuses: []analyzer.Status{statusRow(200, 9800, total), statusRow(201, 1111, total), statusRow(304, 402, total), statusRow(400, 2, total),
			statusRow(401, 240, total), statusRow(404, 344, total), statusRow(500, 66, total), statusRow(502, 3, total), statusRow(503, 440, total)},
		Interim:  []analyzer.Interim{{Status: 103, Name: "Early Hints", Requests: 12}},
		Outcomes: []analyzer.Outcome{{Outcome: "client_closed", Requests: 31}, {Outcome: "panic", Requests: 4}},
		Latency:  analyzer.Latency{P50: ptr(12.4), P90: ptr(101.7), P95: ptr(310.0), P99: ptr(2113.0), Max: ptr(61_000.0)},
		Routes: analyzer.Routes{Total: 57, Order: analyzer.SortFailures, FailingTotal: 6, ClientErrorsTotal: 2, Failing: []analyzer.Route{pay, get, list, users},
			ClientErrors: []analyzer.Route{login, get}, Top: []analyzer.Route{get, list, pay}},
		Timeline:   analyzer.Timeline{IntervalSeconds: 60, Bins: bins()},
		Clients:    analyzer.Clients{Distinct: 1204, Failing: 233},
		Incidents:  incidentsOfTheDay(),
		MicroBurst: []analyzer.Incident{{ID: 1, Stream: analyzer.Stream5xx, Start: *at("14:12:03"), StartLow: *at("14:12:03"), StartHigh: *at("14:12:03"), End: *at("14:12:15"), EndLow: *at("14:12:15"), EndHigh: *at("14:12:15"), Requests: 24, Failures: 9, Excess: 8.9, Rate: 9.0 / 24}},
	}
}

// healthy has no failures, and two inputs on different days.
func healthy() *analyzer.Report {
	var bins []analyzer.Bin
	for i := range 31 {
		bins = append(bins, analyzer.Bin{Start: at("10:00:00").Add(time.Duration(i) * time.Hour), Requests: uint64(i * 100 % 700)})
	}
	return &analyzer.Report{
		Schema: analyzer.Schema,
		Inputs: []analyzer.Input{
			{Name: "/var/log/nginx/access.log", Format: "combined", Lines: 9000, Records: 9000},
			{Name: "/var/log/nginx/access.log.1.gz", Format: "combined", Lines: 1000, Records: 1000},
		},
		Lines:    analyzer.Lines{Read: 10000, Accepted: 9400, Filtered: 600, Records: 10000},
		Period:   analyzer.Period{Start: at("10:00:00"), End: ptr(at("10:00:00").Add(31 * time.Hour)), Seconds: 31 * 3600},
		Requests: 9400, Verdict: analyzer.Healthy, Reason: "no response was a 5xx",
		Classes: []analyzer.Class{class("1xx", "informational", 1, 1.0/9400), class("2xx", "success", 9398, 9398.0/9400),
			class("3xx", "redirect", 0, 0), class("4xx", "client error", 1, 1.0/9400), class("5xx", "server error", 0, 0)},
		Statuses: []analyzer.Status{statusRow(101, 1, 9400), statusRow(200, 9398, 9400), statusRow(404, 1, 9400)},
		Routes:   analyzer.Routes{Total: 2, Order: analyzer.SortP95, Top: []analyzer.Route{routeRow("GET", "/", 40, 0, 0, 200)}, ClientErrors: []analyzer.Route{routeRow("GET", "/favicon.ico", 1, 0, 1, 404)}},
		Timeline: analyzer.Timeline{IntervalSeconds: 3600, Bins: bins},
		Clients:  analyzer.Clients{Distinct: 44},
	}
}

// garbage is what hostile and foreign clients leave in a log.
func garbage() *analyzer.Report {
	names := []string{
		"/a\x1b[31mred\x1b]0;title\x07\tb\r\nc\u009b2J", "/\u202egnp.exe\u2066x\u200b\u00ad\ufeff", "/bad\xff\xfeutf8\xc3",
		"/注文/{id}/支払い/とても長いルートの名前がここに続く/そしてさらに続く", "/emoji/👨‍👩‍👧/👍🏽/🇩🇪/❤️/end", "/e\u0301te\u0301/한글/नमस्ते",
		"/" + string(make([]byte, 40)), "/ \u3000\u3164 trailing   ",
	}
	r := critical()
	r.Inputs[0].Name = "logs/\x1b[2Jaccess\t\u202e.log"
	r.Reason = "a reason\nof two lines"
	r.Routes.Failing = nil
	for i, name := range names {
		f := routeRow([]string{"GET", "", "G\x00T", "PROPFINDXYZ", "삭제", "POST"}[i%6], name, 100, 10, 5, 500)
		f.Source = "learned"
		f.LastFailure = failure("15:00:00", 1)
		f.Errors = []analyzer.ErrorCount{{Error: "dial tcp \x1b[5m10.0.0.1:443\n\tconnection refused " + name, Requests: 10}}
		r.Routes.Failing = append(r.Routes.Failing, f)
	}
	r.Routes.ClientErrors = r.Routes.Failing
	r.Outcomes = []analyzer.Outcome{{Outcome: "\x1b[7mpanic\n", Requests: 3}}
	r.Lines.Samples = []analyzer.Sample{
		{Kind: "malformed", File: "logs/\x1b[2Jaccess\t\u202e.log", Line: math.MaxUint64, Error: "invalid\ncharacter \x1b", Text: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
	}
	return r
}

// unknowns is a report of which as much as possible is not known.
func unknowns() *analyzer.Report {
	none := analyzer.Route{Route: "(unrouted)", Requests: 5, Failures: 2, Failed: 2, FailureRate: .4, LastFailure: &analyzer.Evidence{}}
	return &analyzer.Report{
		Inputs:   []analyzer.Input{{Name: "stdin"}},
		Lines:    analyzer.Lines{Read: 9, Accepted: 5, Other: 4, Samples: []analyzer.Sample{{Kind: "other", File: "stdin", Line: 1}}},
		Requests: 5, Failures: 2, Failed: 2,
		Classes: []analyzer.Class{class("1xx", "informational", 0, 0), class("2xx", "success", 0, 0), class("3xx", "redirect", 0, 0),
			class("4xx", "client error", 0, 0), class("5xx", "server error", 0, 0), {Class: "other", Label: "unknown", Requests: 5, Share: 1, Failed: 2}},
		Statuses: []analyzer.Status{{Class: "other", Fault: status.FaultUnknown, Requests: 5, Share: 1}},
		Routes:   analyzer.Routes{Total: 1, Order: analyzer.SortFailures, Failing: []analyzer.Route{none}, Unrouted: &none},
		Timeline: analyzer.Timeline{Undated: 5},
	}
}

// statusless is a report on a log that tells no statuses.
func statusless() *analyzer.Report {
	return &analyzer.Report{
		Schema:   analyzer.Schema,
		Inputs:   []analyzer.Input{{Name: "access.log", Format: "common"}},
		Lines:    analyzer.Lines{Read: 1200, Accepted: 1200, Records: 1200},
		Requests: 1200, Considered: 1200, Unknown: 1200,
		Verdict: analyzer.Healthy, Reason: "no status is known, so that nobody can tell whether a request failed",
		Classes:  []analyzer.Class{class("2xx", "success", 0, 0), class("5xx", "server error", 0, 0), class("other", "unknown", 1200, 1)},
		Statuses: []analyzer.Status{{Class: "other", Fault: status.FaultUnknown, Requests: 1200, Share: 1}},
		Routes:   analyzer.Routes{Total: 1, Order: analyzer.SortFailures, Top: []analyzer.Route{{Method: "GET", Route: "/", Requests: 1200}}},
		Timeline: analyzer.Timeline{Undated: 1200},
	}
}

// huge has numbers as large as they come, and every line that is rarely printed.
func huge() *analyzer.Report {
	const most = math.MaxUint64
	r := critical()
	r.Requests, r.Failures, r.Failed, r.Dropped, r.Sampled = most, most/3, most/5, most, true
	for i := range r.Classes {
		r.Classes[i].Requests, r.Classes[i].Failed = most, most/2
	}
	for i := range r.Statuses {
		r.Statuses[i].Requests = most
	}
	for i := range r.Routes.Failing {
		f := &r.Routes.Failing[i]
		f.Requests, f.Failures, f.Classes.ClientError, f.Latency.P95 = most, most, most, ptr(1e300)
		f.FailedBy = &analyzer.FailedBy{Origin: most, Proxy: most, Client: most}
	}
	r.Routes.Other = &analyzer.Route{Route: "(other)", Requests: most, Failures: most}
	r.Timeline.Undated, r.Timeline.Bins[40].Requests, r.Timeline.Bins[50].Failures = most, most, most
	r.Clients = analyzer.Clients{Distinct: most, Failing: most}
	r.Lines.Read, r.Lines.Accepted, r.Lines.Filtered, r.Lines.SkippedBytes = most, most/2, most/2, most
	r.Latency.Max = ptr(math.MaxFloat64)
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		r.Inputs = append(r.Inputs, analyzer.Input{Name: name + ".log", Why: "no format explains its lines", Lines: most})
	}
	return r
}

// empty is what comes of an empty log.
func empty() *analyzer.Report {
	return &analyzer.Report{Schema: analyzer.Schema, Verdict: analyzer.Healthy, Reason: "no request was counted", Inputs: []analyzer.Input{{Name: "empty.log"}},
		Routes: analyzer.Routes{Order: analyzer.SortFailures}}
}
