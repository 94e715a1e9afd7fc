// Package accesslog is the access-log record: one JSON object a line, which
// the middleware writes and the analyzer reads.
//
// A server fills a [Record] and calls [Record.AppendJSON]; a reader hands each
// line to [ParseJSON] and gets the Record back. Both directions live here so
// that they cannot drift apart. The package imports the standard library
// alone.
//
// Zero is a value: a response of 0 bytes is not the same as a response whose
// size nobody knows. Numbers that may be unknown are therefore an [Opt];
// strings are unknown when empty.
package accesslog

import (
	"math"
	"time"
	"unsafe"
)

// Version is the schema version that this package writes under the key "v".
// A reader takes any version: it reads the keys that it knows.
const Version = 1

// Values of [Record.Msg].
const (
	MsgRequest  = "http_request"  // a response that a handler answered
	MsgRejected = "http_rejected" // an answer of the server's own, before any handler ran
)

// Levels, as log/slog writes them.
const (
	LevelInfo  = "INFO"  // below 400
	LevelWarn  = "WARN"  // 4xx
	LevelError = "ERROR" // 5xx, and every failure
)

// Outcome says how a response ended, where it did not simply end well.
type Outcome string

// The outcomes. The empty Outcome is a response that ended well.
const (
	OutcomePanic        Outcome = "panic"         // the handler panicked
	OutcomeAborted      Outcome = "aborted"       // the handler panicked with http.ErrAbortHandler
	OutcomeClientClosed Outcome = "client_closed" // the client left before it had the whole response
	OutcomeTimeout      Outcome = "timeout"       // a timeout outside the handler answered in its stead
	OutcomeWriteError   Outcome = "write_error"   // a write deadline passed before the response was out
	OutcomeIncomplete   Outcome = "incomplete"    // not the body bytes that Content-Length promised
	OutcomeHijacked     Outcome = "hijacked"      // the handler took the connection over
	OutcomeRejected     Outcome = "rejected"      // the server refused before any handler ran
)

// failed holds the outcomes that make a response a failure of the system,
// whatever status had been sent.
var failed = map[Outcome]bool{
	OutcomePanic: true, OutcomeAborted: true, OutcomeTimeout: true,
	OutcomeWriteError: true, OutcomeIncomplete: true,
}

// Opt is a value that may be unknown. The zero Opt is unknown.
type Opt[T any] struct {
	Value T
	Known bool
}

// Some returns the known value v.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Known: true} }

// Record is one response. The fields stand in the order in which they are
// written.
//
// A Record that [ParseJSON] filled points into the line that was parsed and
// into buffers of its own: its strings, Interim and Attrs are valid until the
// line's bytes change or the Record is reset or parsed into again. Copy what is
// to outlive that.
type Record struct {
	Time    time.Time // when the response was completed; zero is unknown
	Level   string    // empty is written as [Record.DefaultLevel]
	Msg     string    // empty is written as MsgRequest
	Version int       // 0 is written as [Version]; after parsing, the line's "v", 0 if it has none

	Method string // as sent, also when it is no registered method
	Route  string // the matched pattern without method and host: /users/{id}
	Path   string // without the query
	Query  string // only what an allowlist let through

	Status  Opt[int] // the final status; unknown where none was sent and none is implied
	Interim []int    // informational statuses (100, 102, 103) that went before it
	Outcome Outcome  // empty when all went well
	Error   string   // what the handler or its panic said

	Duration      Opt[time.Duration] // wall time; the line holds milliseconds with three decimals
	TTFB          Opt[time.Duration] // until the final header was written
	RequestBytes  Opt[int64]         // body bytes read
	ResponseBytes Opt[int64]         // body bytes sent, without the header

	ClientIP string // an IP alone
	Peer     string // ip:port of the connection, where its IP is not ClientIP
	Host     string
	Scheme   string
	Proto    string // 1.0, 1.1, 2, 3

	RequestID string
	TraceID   string
	SpanID    string
	UserAgent string
	Referer   string // without its query

	SampleRate float64 // the share of such records that is written; 0 or 1 is all of them
	Dropped    int64   // records lost since the last line that was written
	FailedBy   string  // origin, proxy or client, where a foreign format tells

	Attrs []Attr // everything else, in the order of the line

	buf     []byte // decoded strings of the line that was parsed
	scratch *scratch
}

// Reset makes every field unknown, and keeps the buffers for the next line.
func (r *Record) Reset() {
	interim, attrs, buf, scratch := r.Interim[:0], r.Attrs[:0], r.buf[:0], r.scratch
	*r = Record{} // cleared in place, where a literal with fields would be made and copied
	r.Interim, r.Attrs, r.buf, r.scratch = interim, attrs, buf, scratch
}

// AddAttr adds an attribute whose value is a string. The record copies value into a buffer of its
// own, and points to key.
func (r *Record) AddAttr(key, value string) {
	from := len(r.buf)
	r.buf = appendString(r.buf, value, math.MaxInt)
	r.Attrs = append(r.Attrs, Attr{Key: key, json: unsafe.String(&r.buf[from], len(r.buf)-from)})
}

// Failed reports whether the response counts as a failure of the system: a
// status of 500 or above, or an outcome of panic, aborted, timeout, write_error
// or incomplete. A client that left is not one.
func (r *Record) Failed() bool {
	return r.Status.Value >= 500 || r.Outcome != "" && failed[r.Outcome]
}

// DefaultLevel is the level that a record has unless somebody chose another:
// ERROR for failures, WARN for 4xx, INFO for the rest.
func (r *Record) DefaultLevel() string {
	switch {
	case r.Failed():
		return LevelError
	case r.Status.Value >= 400:
		return LevelWarn
	}
	return LevelInfo
}

// Start is when the response was begun: Time less Duration, or Time where the
// duration is unknown.
func (r *Record) Start() time.Time {
	return r.Time.Add(-r.Duration.Value)
}
