package analyzer

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/status"
)

// Schema names the version of the report's JSON form. Within a version keys are
// only ever added.
const Schema = "loganalyze.report/v1"

// Report is the finished report: everything a renderer prints, and nothing that it
// would have to compute. Its JSON form is a contract: zeros are printed, what is
// unknown is null, shares and rates are fractions from 0 to 1, times are RFC 3339 in
// UTC, durations are milliseconds.
type Report struct {
	Schema     string     `json:"schema"`
	Inputs     []Input    `json:"inputs"`
	Lines      Lines      `json:"lines"`
	Period     Period     `json:"period"`
	Requests   uint64     `json:"requests"`
	Considered uint64     `json:"considered"` // the requests that the verdict is about: also those left out for their status
	Unknown    uint64     `json:"unknown"`    // those of Considered of which the logs tell no status, nor how they ended
	Failures   uint64     `json:"failures"`   // status 500 and above, and the outcomes that are failures
	Failed     uint64     `json:"failed"`     // the failures among them that are no 5xx
	FailedBy   *FailedBy  `json:"failed_by"`
	Dropped    uint64     `json:"dropped"` // records that the writers of the logs lost
	Sampled    bool       `json:"sampled"` // some records stand for several requests
	Verdict    Verdict    `json:"verdict"`
	Reason     string     `json:"reason"` // why the verdict, in words
	Classes    []Class    `json:"classes"`
	Statuses   []Status   `json:"statuses"`
	Interim    []Interim  `json:"interim"`
	Outcomes   []Outcome  `json:"outcomes"`
	Latency    Latency    `json:"latency_ms"`
	Routes     Routes     `json:"routes"`
	Timeline   Timeline   `json:"timeline"`
	Clients    Clients    `json:"clients"`
	Incidents  []Incident `json:"incidents"`
	MicroBurst []Incident `json:"micro_bursts"`
	// NoIncidents is why no incidents were looked for; unknown where they were.
	NoIncidents Text `json:"no_incidents"`
}

// Text is a text that may be unknown: "" is, and its JSON form is null.
type Text string

// MarshalJSON writes a string or null.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// Input is one file or stream that was read, and how.
type Input struct {
	Name      string `json:"name"`
	Format    Text   `json:"format"`       // the name of the format; unknown where none was recognised
	LogFormat Text   `json:"log_format"`   // the server's own format string, where one describes it
	Unit      Text   `json:"unit"`         // of the logged durations: ns, us, ms or s; unknown where there are none
	Guessed   bool   `json:"unit_guessed"` // only the values told the unit
	NotRead   Text   `json:"not_read"`     // what may be durations on the lines and is not read, and the mend; unknown where there is nothing
	Clock     Text   `json:"clock"`        // what the timestamp marks: start or completion
	TZ        Text   `json:"tz"`           // the zone assumed for timestamps that name none
	// Wrappers are what was peeled off the lines, in words, from the outermost on.
	Wrappers []string `json:"wrappers"`
	// OtherFormats are the formats of lines that are not of the first.
	OtherFormats []string `json:"other_formats"`
	Confidence   float64  `json:"confidence"` // the share of the sampled lines that the format explains
	Why          string   `json:"why"`
	Lines        uint64   `json:"lines"`
	Records      uint64   `json:"records"`
	Malformed    uint64   `json:"malformed"`
	Truncated    uint64   `json:"truncated"`
	Other        uint64   `json:"other"` // lines that are no request
	Bytes        uint64   `json:"bytes"` // decompressed
	// UnreadBytes are those before and behind the window of time that was asked for, where the
	// file is in order and was entered there.
	UnreadBytes uint64 `json:"unread_bytes"`
	// Unordered is set where it could not be, as lines are out of the order of time by more than
	// ten minutes.
	Unordered bool `json:"unordered"`
}

// Lines accounts for every line that was read: Read = Accepted + Filtered + Malformed
// + Truncated + Other. Empty lines are Other.
type Lines struct {
	Read         uint64   `json:"read"`
	Accepted     uint64   `json:"accepted"`
	Filtered     uint64   `json:"filtered"`
	Malformed    uint64   `json:"malformed"`
	Truncated    uint64   `json:"truncated"`
	Other        uint64   `json:"other"`         // not a request
	Records      uint64   `json:"records"`       // records read, of which some may have been filtered
	SkippedBytes uint64   `json:"skipped_bytes"` // of lines too long to be read
	Samples      []Sample `json:"samples"`
}

// Sample is a line that could not be read, or that is not a request.
type Sample struct {
	Kind   string `json:"kind"` // malformed, truncated or other
	File   string `json:"file"`
	Line   Line   `json:"line"`
	Offset uint64 `json:"offset"`
	Error  string `json:"error"`
	Text   string `json:"text"` // the start of the line, its control characters escaped
}

// Line is the number of a line in its file, from 1; 0 is unknown, and null in JSON. It is
// unknown where the file was not read from its start. The offset beside it is that of the line's
// first byte, from 0, in the file as it is when decompressed.
type Line uint64

// MarshalJSON writes null for an unknown number.
func (l Line) MarshalJSON() ([]byte, error) {
	if l == 0 {
		return []byte("null"), nil
	}
	return strconv.AppendUint(nil, uint64(l), 10), nil
}

// Period spans the timestamps of the log.
type Period struct {
	Start   *time.Time `json:"start"`
	End     *time.Time `json:"end"`
	Seconds float64    `json:"seconds"`
}

// Verdict sums the report up.
type Verdict string

// The verdicts.
const (
	Healthy  Verdict = "healthy"
	Degraded Verdict = "degraded"
	Critical Verdict = "critical"
)

// Class counts the responses of one class of statuses.
type Class struct {
	Class    string  `json:"class"` // 1xx to 5xx, other
	Label    string  `json:"label"`
	Requests uint64  `json:"requests"`
	Share    float64 `json:"share"`
	Failed   uint64  `json:"failed"` // failures that are no 5xx
}

// Status counts the responses with one status. A nil Status is unknown.
type Status struct {
	Status   *int         `json:"status"`
	Name     Text         `json:"name"`
	Class    string       `json:"class"`
	Fault    status.Fault `json:"fault"`
	Requests uint64       `json:"requests"`
	Share    float64      `json:"share"`
}

// Interim counts the requests that got one informational status before the final one.
type Interim struct {
	Status   int    `json:"status"`
	Name     Text   `json:"name"`
	Requests uint64 `json:"requests"`
}

// Outcome counts the responses that ended in one way other than well.
type Outcome struct {
	Outcome  string `json:"outcome"`
	Requests uint64 `json:"requests"`
}

// Latency holds quantiles of the logged durations in milliseconds, each within 1 % of
// the true one; Max is exact. They are nil where no duration was logged.
type Latency struct {
	P50 *float64 `json:"p50"`
	P90 *float64 `json:"p90"`
	P95 *float64 `json:"p95"`
	P99 *float64 `json:"p99"`
	Max *float64 `json:"max"`
	// ZeroBelow are the milliseconds that a duration of 0 was less than, as the clock is that
	// coarse; 0 is unknown. Renderers for people look at that of all requests.
	ZeroBelow float64 `json:"-"`
}

// Routes lists routes. The sums over all routes, Unrouted and Other included, equal the
// report's totals.
type Routes struct {
	Total             int     `json:"total"`         // routes told apart
	Order             Sort    `json:"order"`         // of Failing, and of Top where one was asked for
	Failing           []Route `json:"failing"`       // the first of those with failures
	FailingTotal      int     `json:"failing_total"` // how many have failures
	ClientErrors      []Route `json:"client_errors"` // the first of those with 4xx, by 4xx
	ClientErrorsTotal int     `json:"client_errors_total"`
	Top               []Route `json:"top"`       // the first by requests, or in the order asked for
	Unrouted          *Route  `json:"unrouted"`  // requests of no route: without a path, or never answered but by 404
	NotFound          []Route `json:"not_found"` // the first of the templates in Unrouted, by requests, those of scanners last
	NotFoundTotal     int     `json:"not_found_total"`
	Scans             Scans   `json:"scans"`
	Other             *Route  `json:"other"` // what the bound on the number of routes left out
}

// Scans are the part of Unrouted that clients asked for who look for what a server may have by
// mistake: those who asked for ten paths or more that nothing ever answered but with 404. Only
// addresses tell them; where routes were too many, what was given up is not in it.
type Scans struct {
	Requests uint64 `json:"requests"`
	Paths    uint64 `json:"paths"` // templates of NotFound
	Clients  int    `json:"clients"`
}

// Route is one method and route.
type Route struct {
	Method          Text         `json:"method"`
	Route           string       `json:"route"`
	Source          Text         `json:"source"`     // logged, hint or learned; unknown where it is no single route
	Paths           uint64       `json:"paths"`      // distinct paths, exact up to 64
	Examples        []string     `json:"examples"`   // of paths that are not spelled like the route, three at most
	Confidence      *float64     `json:"confidence"` // 0 to 1: how sure it is that what was learned is one route; null where nothing was
	Why             Text         `json:"why"`        // it was taken for one route, in words
	Scanned         bool         `json:"scanned"`    // of what was not found: mostly scanners asked for it
	Requests        uint64       `json:"requests"`
	Share           float64      `json:"share"`
	Classes         ClassCounts  `json:"classes"`
	Statuses        StatusCounts `json:"statuses"`
	Dominant        *int         `json:"dominant_status"` // the most frequent among its failures; null where it has none
	DominantName    Text         `json:"dominant_name"`
	Dominant4xx     *int         `json:"dominant_4xx"` // the most frequent among its 4xx
	Dominant4xxName Text         `json:"dominant_4xx_name"`
	Failures        uint64       `json:"failures"`
	Failed          uint64       `json:"failed"`
	Rate5xx         float64      `json:"rate_5xx"`
	Rate4xx         float64      `json:"rate_4xx"`
	FailureRate     float64      `json:"failure_rate"`
	Latency         Latency      `json:"latency_ms"`
	Outcomes        []Outcome    `json:"outcomes"` // of the failures
	Errors          []ErrorCount `json:"errors"`
	FailedBy        *FailedBy    `json:"failed_by"`
	FirstFailure    *Evidence    `json:"first_failure"`
	LastFailure     *Evidence    `json:"last_failure"`
}

func (r *Route) scans() int {
	if r.Scanned {
		return 1
	}
	return 0
}

// ClassCounts counts requests by class.
type ClassCounts struct {
	Informational uint64 `json:"1xx"`
	Success       uint64 `json:"2xx"`
	Redirection   uint64 `json:"3xx"`
	ClientError   uint64 `json:"4xx"`
	ServerError   uint64 `json:"5xx"`
	Other         uint64 `json:"other"`
}

// ErrorCount counts the failures of a route that gave one error.
type ErrorCount struct {
	Error    string `json:"error"`
	Requests uint64 `json:"requests"`
}

// FailedBy counts failures by who failed, as far as the logs tell. A nil one is unknown: there
// are failures, and no log tells of any whose it is.
type FailedBy struct {
	Origin uint64 `json:"origin"`
	Proxy  uint64 `json:"proxy"`
	Client uint64 `json:"client"`
}

// Evidence points at the line of one request.
type Evidence struct {
	File      string     `json:"file"`
	Line      Line       `json:"line"`
	Offset    uint64     `json:"offset"`
	Time      *time.Time `json:"time"`
	Status    *int       `json:"status"`
	Method    Text       `json:"method"`
	Path      Text       `json:"path"`
	RequestID Text       `json:"request_id"`
	TraceID   Text       `json:"trace_id"`
}

// Timeline counts requests by class in bins of equal length, empty ones included.
type Timeline struct {
	IntervalSeconds int64  `json:"interval_seconds"`
	Bins            []Bin  `json:"bins"`
	Undated         uint64 `json:"undated"` // requests without a timestamp
}

// Bin is one interval of a Timeline.
type Bin struct {
	Start    time.Time   `json:"start"`
	Requests uint64      `json:"requests"`
	Failures uint64      `json:"failures"`
	Classes  ClassCounts `json:"classes"`
}

// Clients counts distinct client addresses, exactly up to 4,096 and within about 1 %
// beyond. Failing are those that met a failure.
type Clients struct {
	Distinct uint64 `json:"distinct"`
	Failing  uint64 `json:"failing"`
}
