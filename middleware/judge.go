package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// judge decides the status and the outcome. Of several outcomes that apply, the
// one that explains most is taken: panic, hijacked, timeout, client_closed,
// write_error, aborted, incomplete.
func (rec *recorder) judge(r *accesslog.Record, p any) {
	status, bytes, sent := rec.status, rec.bytes, rec.status != 0
	aborted := p != nil && isAbort(p)
	switch {
	case p != nil && !aborted:
		r.Outcome = accesslog.OutcomePanic
		rec.setError(fmt.Sprint(p))
		if !rec.left && rec.conn == nil { // net/http throws away what it still holds
			status, bytes, sent = http.StatusInternalServerError, 0, false
		}
	case rec.conn != nil:
		r.Outcome = accesslog.OutcomeHijacked
	case rec.outcome == accesslog.OutcomeTimeout || rec.timedOut():
		r.Outcome = accesslog.OutcomeTimeout
		status, bytes, sent = http.StatusServiceUnavailable, 0, false
	case rec.outcome == accesslog.OutcomeClientClosed || rec.outcome == "" && rec.gone():
		r.Outcome = accesslog.OutcomeClientClosed
		if status == 0 {
			status = statusClientClosed
		}
	case rec.outcome != "":
		r.Outcome = rec.outcome
	case rec.late() && !aborted:
		r.Outcome = accesslog.OutcomeWriteError
	case aborted:
		r.Outcome = accesslog.OutcomeAborted
		if !rec.left { // nothing reached the client
			status, bytes, sent = 0, 0, false
		}
	case rec.incomplete():
		r.Outcome = accesslog.OutcomeIncomplete
	}
	if status == 0 && p == nil && rec.conn == nil {
		status = http.StatusOK // net/http sends it when the handler has returned
		rec.keepHeaders()
	} else if !sent && rec.headers != nil && rec.headers.response != nil {
		rec.headers.response = nil
	}
	if status != 0 {
		r.Status = accesslog.Some(status)
	}
	r.ResponseBytes = accesslog.Some(bytes)
	if sent {
		r.TTFB = accesslog.Some(rec.ttfb)
	}
}

// statusClientClosed is nginx's code for a client that left before any header.
const statusClientClosed = 499

func isAbort(p any) bool {
	err, ok := p.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

// contentLength is the body size that the header promised, -1 where it did not.
func contentLength(h http.Header) int64 {
	s := first(h, "Content-Length")
	if s == "" {
		return -1
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// gone reports whether the client left before it had all of the response.
func (rec *recorder) gone() bool {
	return errors.Is(rec.req.Context().Err(), context.Canceled) && !rec.complete() && !rec.reset()
}

// complete reports whether all of a response of known size was sent, so that a client that
// closes now has, or can have, all of it.
func (rec *recorder) complete() bool {
	if rec.status == 0 || !rec.left || rec.noBody {
		return rec.status != 0 && rec.left
	}
	held := int64(netBuffer + connBuffer) // at most
	if rec.req.ProtoMajor > 1 {
		held = http2Buffer
	}
	return rec.bytes == rec.length && (rec.taken == 0 || rec.taken > held)
}

// late reports whether the deadline for writing has passed before the end of the response
// could be sent. Its Write has told nothing.
func (rec *recorder) late() bool {
	return rec.overdue() && (!rec.complete() || rec.reset())
}

func (rec *recorder) overdue() bool { return rec.hasDeadline && sinceEpoch() > rec.deadline }

// reset reports whether HTTP/2 has reset the stream at the deadline for writing, which cancels
// the context as a client does that leaves. A Flush tells, and can send nothing more.
func (rec *recorder) reset() bool {
	return rec.req.ProtoMajor > 1 && rec.overdue() &&
		errors.Is(http.NewResponseController(Unwrap(rec.ResponseWriter)).Flush(), os.ErrDeadlineExceeded)
}

// incomplete reports whether the body is not of the size that the header promised. HTTP/2 also
// takes more.
func (rec *recorder) incomplete() bool {
	return rec.status != 0 && !rec.noBody && rec.length >= 0 && rec.bytes != rec.length
}

// timedOut reports whether an http.TimeoutHandler outside has answered in the
// handler's stead. It tells that to nobody but who writes: at the deadline it wakes
// up beside the handler, hence the patience.
func (rec *recorder) timedOut() bool {
	if !errors.Is(rec.req.Context().Err(), context.DeadlineExceeded) {
		return false
	}
	w := Unwrap(rec.ResponseWriter)
	if reflect.TypeOf(w).String() != "*http.timeoutWriter" {
		return false
	}
	for range 8 {
		if _, err := w.Write(nil); errors.Is(err, http.ErrHandlerTimeout) {
			return true
		}
		time.Sleep(250 * time.Microsecond)
	}
	return false
}
