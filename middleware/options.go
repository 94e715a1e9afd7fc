package middleware

import (
	"math"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// rules are the functions by which an application decides about its records. Those
// that are nil decide nothing.
type rules struct {
	route  func(*http.Request) string
	level  func(*accesslog.Record) string
	sample func(*accesslog.Record) float64
	skip   func(*http.Request) bool
}

// RouteFunc asks f for the route of each request, when its handler has returned. It
// serves routers that tell their route by a function of their own:
//
//	middleware.RouteFunc(func(r *http.Request) string { // github.com/go-chi/chi/v5
//		if c := chi.RouteContext(r.Context()); c != nil {
//			return c.RoutePattern()
//		}
//		return ""
//	})
//	middleware.RouteFunc(func(r *http.Request) string { // github.com/gorilla/mux
//		if route := mux.CurrentRoute(r); route != nil {
//			if t, err := route.GetPathTemplate(); err == nil {
//				return t
//			}
//		}
//		return ""
//	})
//
// Such routers keep the route in the context of a copy of the request, which a wrap
// outside the router does not see. Hand them Logger.Route as their middleware,
// router.Use(l.Route), beside the Handler outside: f is then asked about the request
// that passes there.
//
// What SetRoute said goes before f, and f before the pattern of an http.ServeMux.
// f may be called from several goroutines at once and may be called more than once
// for a request; where it does not know it returns "", and never the raw path. A panic
// of f's is as "", and told to OnError. A nil f is as none.
func RouteFunc(f func(*http.Request) string) Option {
	return func(l *Logger) { l.route = f }
}

// Level asks f for the level of each record. Where f returns "", as without this
// option, it is ERROR for failures (see accesslog.Record.Failed), WARN for other 4xx
// and INFO for the rest. Levels are cut after 32 bytes; log/slog's names are what
// readers expect. f gets the record as it will be written, but for its level and
// sample rate; it may be called from several goroutines at once, and must neither
// change the record nor keep it or its slices. A panic of f's is as "", and told to
// OnError. A nil f is as none.
func Level(f func(*accesslog.Record) string) Option {
	return func(l *Logger) { l.level = f }
}

// Sample writes a share of the records: of those for which f returns 0.1, one in
// ten. The rate stands in the line under "sample_rate", and reports count the line
// for as many as it stands for. A rate of 1 or more, or NaN, writes all; one of 0 or
// less writes none, of which reports then know nothing. Failures (see
// accesslog.Record.Failed) are always written, and f is not asked. What is left out
// is counted in Stats as Sampled.
//
// The decision is made when the response is complete, by a hash of the trace id
// or, where there is none, of the request id. All services that share a trace and a
// rate therefore keep or leave it out as a whole; a client that sends ids of its own
// can choose.
//
// f may be called from several goroutines at once, and must neither change the record
// nor keep it or its slices. A panic of f's is as 1, and told to OnError. A nil f is as
// none.
func Sample(f func(*accesslog.Record) float64) Option {
	return func(l *Logger) { l.sample = f }
}

// Skip leaves out requests for which f returns true, health checks say, unless
// they fail (see accesslog.Record.Failed): of the requests that f names, reports then
// know the failures alone. What is left out is counted in Stats as Skipped. f gets the
// request as it came, before the handler; it may be called from several goroutines at
// once and must not read the body. A panic of f's is as false, and told to OnError. A
// nil f is as none.
func Skip(f func(*http.Request) bool) Option {
	return func(l *Logger) { l.skip = f }
}

// decide sets the level of a record that is otherwise complete, shows it to the observers,
// and reports whether it is to be written.
func (l *Logger) decide(r *accesslog.Record) bool {
	if l.level != nil {
		r.Level = l.levelOf(r)
	}
	l.out.observe(r)
	if l.sample == nil || r.Failed() {
		return true
	}
	rate := l.rateOf(r)
	if rate >= 1 || math.IsNaN(rate) {
		return true
	}
	if draw(r) >= rate {
		return false
	}
	r.SampleRate = rate
	return true
}

// The rules are asked here, so that a panic of one fails no request. Each must be there.

func (l *Logger) askRoute(r *http.Request) (route string) {
	defer l.out.contain("RouteFunc")
	return l.route(r)
}

func (l *Logger) levelOf(r *accesslog.Record) (level string) {
	defer l.out.contain("Level")
	return l.level(r)
}

func (l *Logger) rateOf(r *accesslog.Record) (rate float64) {
	rate = 1
	defer l.out.contain("Sample")
	return l.sample(r)
}

func (l *Logger) skips(r *http.Request) (skip bool) {
	defer l.out.contain("Skip")
	return l.skip(r)
}

func (l *Logger) clock(fallback time.Time) (now time.Time) {
	now = fallback
	defer l.out.contain("Clock")
	return l.now()
}

// draw is a number between 0 and 1, 1 excluded, that is the same for all of a trace.
func draw(r *accesslog.Record) float64 {
	switch {
	case r.TraceID != "":
		return fraction(r.TraceID)
	case r.RequestID != "":
		return fraction(r.RequestID)
	}
	return rand.Float64() // what the server refused has no id
}

// fraction is a hash of id between 0 and 1, 1 excluded. It must stay as it is: services
// of different versions share traces. It is FNV-1a, whose high bits alone are too
// regular for ids that count upwards, finished as MurmurHash3 is.
func fraction(id string) float64 {
	h := uint64(14695981039346656037)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return float64(h>>11) / (1 << 53)
}
