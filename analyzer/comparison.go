package analyzer

// CompareSchema names the version of a comparison's JSON form, for which holds what holds for a
// report's.
const CompareSchema = "loganalyze.compare/v1"

// Comparison is what changed from one log, or one time, to another: everything that a renderer
// prints. Intervals have 95 % confidence.
type Comparison struct {
	Schema  string       `json:"schema"`
	Verdict Change       `json:"verdict"` // worse, better or unchanged; null where one side tells nothing
	Reason  string       `json:"reason"`  // in words
	Base    ComparedSide `json:"base"`
	Current ComparedSide `json:"current"`

	// Tests are how many differences were tested. Of those that are significant a share of
	// FalseDiscoveryRate is to be expected to be none.
	Tests              int     `json:"tests"`
	Significant        int     `json:"significant"`
	FalseDiscoveryRate float64 `json:"false_discovery_rate"`

	Volume     *RateChange         `json:"volume"` // of requests; null where the logs do not tell the time
	Failures   *ShareChange        `json:"failures"`
	Classes    []ClassChange       `json:"classes"`
	Statuses   []StatusChange      `json:"statuses"`
	Latency    LatencyChange       `json:"latency_ms"`
	Routes     ComparedRoutes      `json:"routes"`
	Clients    ComparedClients     `json:"clients"`
	Attributes []ComparedAttribute `json:"attributes"`
}

// Change is what to make of a difference. It is "", in JSON null, where there is none beyond chance,
// or one that is too small to matter.
type Change = Text

// The changes.
const (
	ChangeWorse  Change = "worse"
	ChangeBetter Change = "better"
	ChangeOther  Change = "changed"   // it is neither good nor bad by itself
	ChangeNone   Change = "unchanged" // a whole comparison alone is so
)

// Presence tells what is on one side alone; what is on both has "", in JSON null.
type Presence = Text

// The presences.
const (
	PresenceNew  Presence = "new"
	PresenceGone Presence = "gone"
)

// ComparedSide is one of the two that are compared.
type ComparedSide struct {
	Inputs    []Input  `json:"inputs"`
	Lines     Lines    `json:"lines"`
	Period    Period   `json:"period"`
	Requests  uint64   `json:"requests"`
	Unknown   uint64   `json:"unknown"` // of which the logs tell no status, nor how they ended
	Failures  uint64   `json:"failures"`
	Dropped   uint64   `json:"dropped"`
	Sampled   bool     `json:"sampled"`
	PerSecond *float64 `json:"requests_per_second"`
}

// Test is what is said of any difference.
type Test struct {
	Ratio     *float64 `json:"ratio"` // current by base; null where base is 0
	RatioLow  *float64 `json:"ratio_low"`
	RatioHigh *float64 `json:"ratio_high"` // null is no bound
	// Effect is Cohen's h: of latencies, that of the requests slower than the quantile of both
	// sides together. Of volume it is the logarithm of the ratio.
	Effect *float64 `json:"effect"`
	// P is the probability that chance alone makes the sides differ as much, and Q the rate of
	// false discoveries at which it is one. They are null where no test could tell.
	P           *float64 `json:"p"`
	Q           *float64 `json:"q"`
	Exact       bool     `json:"exact"`
	Significant bool     `json:"significant"` // Q is not above the comparison's false_discovery_rate
	Change      Change   `json:"change"`      // worse, better or changed; null where it is not significant, or too small to matter
}

// Amount is how many requests there were of all that there could have been.
type Amount struct {
	Requests  uint64   `json:"requests"`
	Of        uint64   `json:"of"`
	Share     float64  `json:"share"`
	PerSecond *float64 `json:"per_second"`
}

// ShareChange is how a share of requests differs.
type ShareChange struct {
	Base           Amount   `json:"base"`
	Current        Amount   `json:"current"`
	Difference     *float64 `json:"difference"` // of the shares, current less base; null where a side has no request
	DifferenceLow  *float64 `json:"difference_low"`
	DifferenceHigh *float64 `json:"difference_high"`
	Test
}

// RateChange is how many requests there were a second.
type RateChange struct {
	Base    float64 `json:"base"`
	Current float64 `json:"current"`
	// Dispersion is how many times wider than Poisson's the counts of equal times are spread, 1 or
	// more. The test takes it into account.
	Dispersion float64 `json:"dispersion"`
	Test
}

// ClassChange is that of a class of statuses among all requests.
type ClassChange struct {
	Class string `json:"class"`
	Label string `json:"label"`
	ShareChange
}

// StatusChange is that of a status among all requests. A nil Status is unknown.
type StatusChange struct {
	Status   *int     `json:"status"`
	Name     Text     `json:"name"`
	Class    string   `json:"class"`
	Presence Presence `json:"presence"`
	ShareChange
}

// LatencyChange is how the durations of requests that did not fail differ.
type LatencyChange struct {
	P50 QuantileChange `json:"p50"`
	P95 QuantileChange `json:"p95"`
	P99 QuantileChange `json:"p99"`
}

// QuantileChange is how a quantile differs, in milliseconds. What is tested is how many requests
// were slower than the quantile of both sides together.
type QuantileChange struct {
	Base    Quantile `json:"base"`
	Current Quantile `json:"current"`
	Test
}

// Quantile is a quantile of durations in milliseconds and what it lies in; an end is null where
// too few requests bound it, and all are where no duration was logged.
type Quantile struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// ComparedRoutes lists routes, those that changed first.
type ComparedRoutes struct {
	Total      int          `json:"total"`       // on either side
	New        int          `json:"new"`         // only on the current one
	Gone       int          `json:"gone"`        // only on the base
	NewFailing int          `json:"new_failing"` // that fail significantly, and did not in base
	List       []RouteDelta `json:"list"`
	OnlyNew    []RouteDelta `json:"only_new"`  // the first of those that are new, by requests
	OnlyGone   []RouteDelta `json:"only_gone"` // the first of those that are gone, by requests
}

// RouteDelta is how one method and route differs.
type RouteDelta struct {
	Method       Text           `json:"method"`
	Route        string         `json:"route"`
	Source       Text           `json:"source"`
	Presence     Presence       `json:"presence"`
	Requests     ShareChange    `json:"requests"`      // among all requests
	Failures     ShareChange    `json:"failures"`      // among its own
	ClientErrors ShareChange    `json:"client_errors"` // 4xx among its own
	P95          QuantileChange `json:"p95_ms"`        // of those that did not fail
}

// ComparedClients counts distinct clients, exactly up to 4,096 and within about 1 % beyond.
type ComparedClients struct {
	Base    uint64 `json:"base"`
	Current uint64 `json:"current"`
	New     uint64 `json:"new"`
	Gone    uint64 `json:"gone"`
}

// ComparedAttribute is how what requests share differs.
type ComparedAttribute struct {
	Attribute string           `json:"attribute"`
	Total     int              `json:"total"`   // values told apart on either side
	Bounded   bool             `json:"bounded"` // there were more than could be told apart; those that are listed are sure
	Values    []AttributeDelta `json:"values"`  // the first, those that changed before the others
}

// AttributeDelta is how one value of an attribute differs.
type AttributeDelta struct {
	Value    string      `json:"value"`
	Presence Presence    `json:"presence"`
	Requests ShareChange `json:"requests"` // among those that have the attribute
	Failures ShareChange `json:"failures"` // among its own
}
