package render

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/loganalyze/loganalyze/analyzer"
)

// badInstance is one of four instances that fails for half an hour.
func badInstance() analyzer.Incident {
	return analyzer.Incident{
		ID: 1, Stream: analyzer.Stream5xx,
		Start: *at("14:38:12"), StartLow: *at("14:38:08"), StartHigh: *at("14:38:16"),
		End: *at("15:09:40"), EndLow: *at("15:09:20"), EndHigh: *at("15:10:00"),
		Requests: 4281, Failures: 509, Excess: 497.2, Rate: 509.0 / 4281, BaselineRate: 12.0 / 4281,
		Peak:    analyzer.Peak{Start: *at("14:41:00"), Rate: .43},
		Clients: ptr[uint64](233), ClientsOnlyFailed: ptr[uint64](17),
		Routes: []analyzer.IncidentRoute{
			{Method: "POST", Route: "/orders/{id}/pay", Requests: 402, Failures: 391, Excess: 390.1, Share: .785, RateLow: .951, BaselineRate: .0022,
				Start: at("14:38:12"), StartLow: at("14:38:08"), StartHigh: at("14:38:16"), First: true},
			{Method: "GET", Route: "/orders/{id}", Requests: 1190, Failures: 66, Excess: 62.7, Share: .126, RateLow: .044, BaselineRate: .0028,
				Start: at("14:38:40"), StartLow: at("14:38:20"), StartHigh: at("14:39:31")},
			{Method: "GET", Route: "/orders", Requests: 771, Failures: 28, Excess: 25.8, Share: .052, RateLow: .025, BaselineRate: .0028},
		},
		Suspects: []analyzer.Suspect{
			{Where: map[string]string{"host": "api-3"}, Requests: 1066, Failures: 466, Rate: 466.0 / 1066, RateOutside: .0029, Share: .91,
				SameAs: []map[string]string{{"instance": "10.0.3.7:8080"}}},
			{Where: map[string]string{"route": "POST /orders/{id}/pay", "version": "v2.3.1"}, Requests: 61, Failures: 31, Rate: 31.0 / 61, RateOutside: .0024, Share: .06, SameAs: []map[string]string{}},
		},
		Evidence: []analyzer.IncidentEvidence{
			evidenceOf("first", "14:38:12", 4410, 503), evidenceOf("typical", "14:52:07", 7002, 503), evidenceOf("slowest", "14:41:33", 5120, 504),
			evidenceOf("last", "15:09:38", 9871, 503), evidenceOf("passing", "14:52:09", 7011, 200),
		},
	}
}

func evidenceOf(kind, clock string, line uint64, status int) analyzer.IncidentEvidence {
	e := analyzer.IncidentEvidence{Kind: kind, Evidence: *failure(clock, line), DurationMS: ptr(5003.0)}
	e.Status = &status
	if status >= 500 {
		e.Error = "unable to open database file"
	} else {
		e.DurationMS = ptr(48.2)
	}
	return e
}

// slowDependency makes one route slow, with no error, and has not ended.
func slowDependency() analyzer.Incident {
	return analyzer.Incident{
		ID: 2, Stream: analyzer.StreamSlow, Start: *at("15:17:30"), StartLow: *at("15:16:58"), StartHigh: *at("15:17:41"),
		End: *at("15:30:00"), EndLow: *at("15:30:00"), EndHigh: *at("15:30:00"), Ongoing: true,
		Requests: 1702, Failures: 311, Excess: 294, Rate: 311.0 / 1702, BaselineRate: .01, Peak: analyzer.Peak{Start: *at("15:21:00"), Rate: .31},
		Routes:   []analyzer.IncidentRoute{{Method: "GET", Route: "/search", Requests: 340, Failures: 300, Excess: 296.6, Share: 1, RateLow: .84, BaselineRate: .01, Start: at("15:17:30"), StartLow: at("15:16:58"), StartHigh: at("15:17:41"), First: true}},
		Suspects: []analyzer.Suspect{}, Evidence: []analyzer.IncidentEvidence{},
	}
}

func incidentsOfTheDay() []analyzer.Incident {
	return []analyzer.Incident{badInstance(), slowDependency()}
}

// outage is a server that writes no lines any more, or did not when the log began.
func outage() analyzer.Incident {
	return analyzer.Incident{
		ID: 1, Stream: analyzer.StreamVolume, Start: *at("14:00:00"), StartLow: *at("14:00:00"), StartHigh: *at("14:00:00"), BeganBefore: true,
		End: *at("14:06:10"), EndLow: *at("14:06:09"), EndHigh: *at("14:06:11"),
		Requests: 3, Excess: -812.4, Rate: 3.0 / 370, BaselineRate: 2.2, Peak: analyzer.Peak{Start: *at("14:00:00")},
		Routes: []analyzer.IncidentRoute{}, Suspects: []analyzer.Suspect{}, Evidence: []analyzer.IncidentEvidence{},
	}
}

func TestIncidentLines(t *testing.T) {
	errors4xx, many := badInstance(), badInstance()
	errors4xx.Stream, errors4xx.Suspects[0].RateOutside = analyzer.Stream4xx, .05
	for i := range many.Routes {
		many.Routes[i].First = true
	}
	for _, tt := range []struct {
		why, want string
		in        analyzer.Incident
	}{
		{"equal on both sides", "Incident 1  14:38:12 (±4 s) – 15:09:40 (±20 s), 31 m 28 s · 509 failed, 497 above normal · first: POST /orders/{id}/pay · 91.0 % of it shares host=api-3; elsewhere normal", badInstance()},
		{"not in the middle of its interval, and not over", "Incident 2  15:17:30 (15:16:58–15:17:41) – ongoing at the log's end · 311 slow, 294 above normal · first: GET /search", slowDependency()},
		{"nothing is there to count", "Incident 1  before the log began – 14:06:10 (±1 s) · about 812 requests missing", outage()},
		{"others are hit too", "509 client errors, 497 above normal · first: POST /orders/{id}/pay · 91.0 % of it shares host=api-3; elsewhere 5.0 %", errors4xx},
		{"several at once", "first: POST /orders/{id}/pay, GET /orders/{id}, and 1 more", many},
	} {
		var b bytes.Buffer
		r := &analyzer.Report{Incidents: []analyzer.Incident{tt.in}, Period: analyzer.Period{Start: at("14:00:00"), End: at("15:30:00")}}
		if err := Text(&b, r, Options{Width: 300}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), tt.want) {
			t.Errorf("%s: want %q in\n%s", tt.why, tt.want, b.String())
		}
	}
}

// A shell reads of the command what was meant, in however many lines it stands.
func TestCommandIsReadByAShell(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no shell to ask")
	}
	words := []string{"printf", `%s\0`, "access.log", "my log.txt", "it's", "$HOME", "`id`", "*", "~", "", "a\tb\n1", "\x1b[2J", "注文.log", "a\xff7", `back\slash`, "\u202e'\\", "#", "a=b;c"}
	var want string
	for _, w := range words[2:] {
		want += w + "\x00"
	}
	for _, w := range []int{30, 60, 400} {
		lines := commandLines(w, words)
		for _, line := range lines {
			if width(line) > w || Escape(line) != line {
				t.Errorf("%q is not to be printed in %d columns", line, w)
			}
		}
		got, err := exec.CommandContext(t.Context(), shell, "-c", strings.Join(lines, "\n")).Output()
		if err != nil || string(got) != want {
			t.Errorf("%d columns: the shell reads %q, want %q (%v)", w, got, want, err)
		}
	}
	if got := strings.Join(commandLines(20, []string{"loganalyze", "review", strings.Repeat("long", 9)}), " "); got != "loganalyze review, with the same arguments" {
		t.Errorf("a command that does not fit is printed as %q", got)
	}
}
