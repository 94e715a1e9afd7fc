package analyzer

import "time"

// ReviewSchema names the version of a review's JSON form, for which holds what holds for a
// report's.
const ReviewSchema = "loganalyze.review/v1"

// Review is the post-incident review, as far as logs can tell it: everything a renderer prints.
type Review struct {
	Schema      string           `json:"schema"`
	Inputs      []Input          `json:"inputs"`
	Lines       Lines            `json:"lines"`
	Period      Period           `json:"period"`
	Requests    uint64           `json:"requests"`
	Failures    uint64           `json:"failures"`
	Sampled     bool             `json:"sampled"`
	Verdict     Verdict          `json:"verdict"`
	Reason      string           `json:"reason"`
	SLO         float64          `json:"slo"` // percent
	Baseline    Baseline         `json:"baseline"`
	Timeline    Timeline         `json:"timeline"`
	Incidents   []ReviewIncident `json:"incidents"`
	MicroBursts []Incident       `json:"micro_bursts"`
	Budget      Budget           `json:"budget"` // of the whole period
	Alerts      []Alert          `json:"alerts"` // of the whole period
	Events      []Event          `json:"events"` // by time
	Gaps        []Gap            `json:"gaps"`
}

// Baseline is what is held to be usual.
type Baseline struct {
	Source   string  `json:"source"` // log: the calm part of it; window or file: what was asked for
	Name     Text    `json:"name"`   // of the file or window that was asked for
	Requests uint64  `json:"requests"`
	Failures uint64  `json:"failures"`
	Rate     float64 `json:"rate"` // of failures
}

// ReviewIncident is an incident with what a review adds.
type ReviewIncident struct {
	Incident
	Summary string  `json:"summary"` // one sentence: when, how long, how bad
	Seconds float64 `json:"seconds"`
	// Timeline is of it and about as much before and after. The failures in it are what the incident
	// is of: slow requests, or client errors; where it is of volume, the requests that failed.
	Timeline Timeline     `json:"timeline"`
	Statuses []Status     `json:"statuses"` // of its requests
	Errors   []ErrorCount `json:"errors"`   // that the failing requests logged, the most frequent first
	Impact   Impact       `json:"impact"`
	Changes  Changes      `json:"changes"`
	Budget   Budget       `json:"budget"`
	Alerts   []Alert      `json:"alerts"` // that its failures would have set off
	Events   []Event      `json:"events"` // near it, by time
}

// Impact is whom an incident hit, and whom it did not.
type Impact struct {
	Failed uint64  `json:"failed"`
	Excess float64 `json:"excess"`
	// Clients that had a failure, those of them that had nothing but failures, and all that sent
	// a request meanwhile. Null where the logs do not tell clients.
	Clients           *uint64 `json:"clients"`
	ClientsOnlyFailed *uint64 `json:"clients_only_failed"`
	ClientsActive     *uint64 `json:"clients_active"`
	// Recovered is the share of the failed requests after which the same client had the same
	// route answered within a minute: a retry helped. Null where the logs do not tell clients.
	Recovered *float64 `json:"recovered"`
	Hit       []Hit    `json:"hit"`
	Spared    []Spared `json:"spared"` // the busiest routes that failed no more than usual
}

// Hit is how many values of an attribute had more failures than usual, of those with requests.
type Hit struct {
	Attribute string `json:"attribute"`
	Hit       int    `json:"hit"`
	Active    int    `json:"active"`
}

// Spared is a route that an incident did not touch.
type Spared struct {
	Method   Text   `json:"method"`
	Route    string `json:"route"`
	Requests uint64 `json:"requests"`
	Failures uint64 `json:"failures"`
}

// Changes hold an incident against what is usual.
type Changes struct {
	RequestsPerSecond Pair `json:"requests_per_second"`
	// Latency of all requests, whatever their fate, in milliseconds.
	Latency struct {
		Usual  Latency `json:"usual"`
		During Latency `json:"during"`
	} `json:"latency_ms"`
	// Worse is by how much the rate of failures rose because routes failed more often, Moved by
	// how much because requests moved to routes that fail more often (Kitagawa, "Components of a
	// difference between two rates", 1955). They add up to the rise.
	Worse float64 `json:"worse"`
	Moved float64 `json:"moved"`
	// New are values of attributes with requests in the incident, and none before.
	New []NewValue `json:"new"`
}

// Pair is one figure, as it usually is and during an incident; null is unknown.
type Pair struct {
	Usual  *float64 `json:"usual"`
	During *float64 `json:"during"`
}

// NewValue is a value of an attribute that was not there before.
type NewValue struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
	Requests  uint64 `json:"requests"`
	Failures  uint64 `json:"failures"`
}

// Budget is the error budget of 30 days, as far as it was spent. Requests of 30 days are
// extrapolated from those of the log's period.
type Budget struct {
	SLO         float64 `json:"slo"` // percent
	WindowDays  int     `json:"window_days"`
	Requests    float64 `json:"requests"` // of 30 days
	Allowed     float64 `json:"allowed"`  // failures
	Failures    uint64  `json:"failures"`
	Spent       float64 `json:"spent"` // the share of Allowed, 1 is all of it
	Extrapolate float64 `json:"extrapolated_from_seconds"`
}

// Alert is a burn-rate alert of the SRE workbook (chapter 5), replayed over the log. It fires
// when the budget burns at Burn times the sustainable rate or faster over both windows.
type Alert struct {
	Severity     string     `json:"severity"` // page or ticket
	Burn         float64    `json:"burn"`
	LongSeconds  int64      `json:"long_seconds"`
	ShortSeconds int64      `json:"short_seconds"`
	Fired        *time.Time `json:"fired"` // null: it would not have
	Cleared      *time.Time `json:"cleared"`
	AfterSeconds *float64   `json:"after_seconds"` // from the start of the incident; null where there is none
	// Partial is set where the log is shorter than the long window: before it there were taken to
	// be no failures.
	Partial bool `json:"partial"`
}

// Event is something that people say happened: a deploy, a change of configuration.
type Event struct {
	Time time.Time `json:"time"`
	Text string    `json:"text"`
	// Incident is the incident that is nearest to it, null where there is none, and LeadSeconds
	// by how much the event was before its start; below 0 it was after it.
	Incident    *int     `json:"incident"`
	LeadSeconds *float64 `json:"lead_seconds"`
	// AnyDay has the time tell the time of day alone (see ReviewOptions).
	AnyDay bool `json:"-"`
}

// Gap is something these logs cannot tell.
type Gap struct {
	Field string `json:"field"` // that is lacking: instance, trace_id, ...
	Text  string `json:"text"`  // what it would have told, and how to log it
}
