// Package metrics counts the responses that a middleware.Logger records, for
// Prometheus: from the same records as the access log, so that both agree.
//
//	m := metrics.New()
//	prometheus.MustRegister(m)
//	l := middleware.New(os.Stdout, middleware.Observe(m.Observe))
//
// It is OpenTelemetry's http.server.request.duration, a histogram of seconds, by its
// name in Prometheus: http_server_request_duration_seconds. The labels are
//
//	http_request_method        the method, or _OTHER where it is no known one
//	http_route                 the pattern that matched, or "" where none did
//	http_response_status_code  the final status, or "" where none was sent
//	outcome                    how the response ended, or "" where it ended well
//
// so that the number of series is bounded by what the server does, whatever its
// clients send. The routes are as many as the server names with its patterns and
// with middleware.SetRoute, which must not be given a path.
//
// What middleware.Sample leaves out of the log is counted, and what middleware.Skip leaves
// out is not.
//
// It is a module of its own, so that the middleware does not need Prometheus.
package metrics

import (
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Metrics is a prometheus.Collector that records feed. Make one with New. Its methods
// may be called from any goroutine.
type Metrics struct {
	duration *prometheus.HistogramVec
}

var _ prometheus.Collector = (*Metrics)(nil)

// Option changes what New makes.
type Option func(*prometheus.HistogramOpts)

// Buckets sets the upper bounds of the histogram, in seconds; without this option
// they are those that OpenTelemetry advises.
func Buckets(bounds ...float64) Option {
	return func(o *prometheus.HistogramOpts) { o.Buckets = bounds }
}

// ConstLabels adds labels that are the same in every series.
func ConstLabels(labels prometheus.Labels) Option {
	return func(o *prometheus.HistogramOpts) { o.ConstLabels = labels }
}

// New returns Metrics that are registered nowhere yet.
func New(opts ...Option) *Metrics {
	o := prometheus.HistogramOpts{
		Name:    "http_server_request_duration_seconds",
		Help:    "Duration of HTTP server requests.",
		Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10},
	}
	for _, opt := range opts {
		opt(&o)
	}
	return &Metrics{prometheus.NewHistogramVec(o, []string{
		"http_request_method", "http_route", "http_response_status_code", "outcome",
	})}
}

// Observe counts a record; hand it to middleware.Observe. A record without a duration is not
// counted, nor is a connection on which no request was understood: a failed TLS handshake.
func (m *Metrics) Observe(r *accesslog.Record) {
	if !r.Duration.Known || r.Msg == accesslog.MsgRejected && !r.Status.Known {
		return
	}
	route := strings.ToValidUTF8(r.Route, "\uFFFD") // the client library panics on any other
	m.duration.WithLabelValues(method(r.Method), route, code(r), string(r.Outcome)).
		Observe(r.Duration.Value.Seconds())
}

// Describe is for prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) { m.duration.Describe(ch) }

// Collect is for prometheus.Collector.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) { m.duration.Collect(ch) }

// method is the value of http.request.method: the methods of RFC 9110, PATCH of RFC
// 5789 and QUERY are known, in capitals as they are sent.
func method(s string) string {
	switch s {
	case "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE":
		return s
	}
	return "_OTHER"
}

func code(r *accesslog.Record) string {
	if !r.Status.Known {
		return ""
	}
	return strconv.Itoa(r.Status.Value) // below 1,000: net/http refuses any other
}
