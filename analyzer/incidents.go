package analyzer

import "time"

// Stream is what an incident is about.
type Stream string

// The streams.
const (
	Stream5xx    Stream = "5xx"    // failures as the report counts them: statuses from 500 on, and outcomes
	Stream4xx    Stream = "4xx"    // client errors: statuses 400 to 499 that are no failures
	StreamSlow   Stream = "slow"   // requests that took longer than 99 % on their route usually do
	StreamVolume Stream = "volume" // far fewer or far more requests than usual
)

// Incident is a stretch of time in which something failed significantly more often than usual.
// Its times are those at which requests began. What counts as a failure is the stream's to say:
// of 4xx client errors are, of slow slow requests, of volume nothing is, and Excess is the
// requests beyond those that were to be expected, below 0 where some are missing; its rates are
// requests a second.
type Incident struct {
	ID     int    `json:"id"` // from 1, by start
	Stream Stream `json:"stream"`

	Start       time.Time `json:"start"`
	StartLow    time.Time `json:"start_low"`
	StartHigh   time.Time `json:"start_high"`
	End         time.Time `json:"end"`
	EndLow      time.Time `json:"end_low"`
	EndHigh     time.Time `json:"end_high"`
	Ongoing     bool      `json:"ongoing"`      // it had not ended when the log did
	BeganBefore bool      `json:"began_before"` // it had begun when the log did

	Requests     uint64  `json:"requests"`
	Failures     uint64  `json:"failures"`
	Excess       float64 `json:"excess"` // failures beyond those that are usual
	Rate         float64 `json:"rate"`
	BaselineRate float64 `json:"baseline_rate"`
	Peak         Peak    `json:"peak"`

	// Clients had a failure, ClientsOnlyFailed no answer but failures. They are null where the
	// logs do not tell clients, or could not be read a second time.
	Clients           *uint64 `json:"clients"`
	ClientsOnlyFailed *uint64 `json:"clients_only_failed"`

	Routes   []IncidentRoute    `json:"routes"`   // those with excess, the most first
	Suspects []Suspect          `json:"suspects"` // the best first
	Evidence []IncidentEvidence `json:"evidence"`
}

// Peak is the minute with the most failures of an incident.
type Peak struct {
	Start time.Time `json:"start"`
	Rate  float64   `json:"rate"`
}

// IncidentRoute is what an incident did to one route.
type IncidentRoute struct {
	Method       Text    `json:"method"`
	Route        string  `json:"route"`
	Requests     uint64  `json:"requests"`
	Failures     uint64  `json:"failures"`
	Excess       float64 `json:"excess"`
	Share        float64 `json:"share"`         // of the excess of all routes
	RateLow      float64 `json:"rate_low"`      // the rate is at least that: the lower end of Wilson's 95 % interval
	BaselineRate float64 `json:"baseline_rate"` // its own, drawn to that of all routes where it has few requests
	// Start is when it began to fail on this route, null where that cannot be told. First is set
	// where no route's interval ends before this one's begins: those that are first are so
	// together. A route with less than 1 % of the excess, or an interval of more than ten times
	// the incident's and two minutes, is first only where no other is.
	Start     *time.Time `json:"start"`
	StartLow  *time.Time `json:"start_low"`
	StartHigh *time.Time `json:"start_high"`
	First     bool       `json:"first"`
}

// Suspect is what failures share: values of one attribute or two. It is no cause.
type Suspect struct {
	Where       map[string]string   `json:"where"`
	Requests    uint64              `json:"requests"`
	Failures    uint64              `json:"failures"`
	Rate        float64             `json:"rate"`
	RateOutside float64             `json:"rate_outside"` // where neither it nor a suspect before it holds
	Share       float64             `json:"share"`        // of the excess
	SameAs      []map[string]string `json:"same_as"`      // what cannot be told from it in these logs
}

// IncidentEvidence is a request that shows the incident.
type IncidentEvidence struct {
	// Kind is first, last, slowest or typical for a failing request, and passing for one that is
	// like the typical one, and went well at about the same time.
	Kind string `json:"kind"`
	Evidence
	DurationMS *float64 `json:"duration_ms"`
	Outcome    Text     `json:"outcome"`
	Error      Text     `json:"error"`
}
