package format

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var loganalyze = &Format{
	Name:    "loganalyze",
	Title:   "loganalyze JSON, as this project's middleware writes it",
	Example: `{"time":"2026-11-20T14:38:12.345678Z","level":"ERROR","msg":"http_request","v":1,"method":"GET","route":"/users/{id}","path":"/users/42","status":500,"duration_ms":12.345,"response_bytes":21,"client_ip":"203.0.113.7"}`,
	Clock:   ClockCompletion,
	Unit:    Milliseconds,
	marked:  true,
	learn:   fixed(Milliseconds, func() Parser { return new(recordParser) }),
}

// recordParser reads the records that accesslog writes.
type recordParser struct {
	rec accesslog.Record
}

var errNotRecord = &LineError{Kind: Other, Msg: `it has no "msg":"http_request"`}

func (p *recordParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	if trimmed := bytes.TrimLeft(line, " \t"); len(trimmed) == 0 || trimmed[0] != '{' {
		return errNotJSON
	}
	err := accesslog.ParseJSON(line, &p.rec)
	ours := p.rec.Msg == accesslog.MsgRequest || p.rec.Msg == accesslog.MsgRejected
	if err == nil {
		if !ours {
			return errNotRecord
		}
		emit(&p.rec)
		return nil
	}
	var e *accesslog.SyntaxError
	if !errors.As(err, &e) {
		return err
	}
	if !e.Truncated {
		msg := e.Msg
		if e.Key != "" {
			msg = strconv.Quote(e.Key) + ": " + msg
		}
		return &LineError{Kind: Malformed, Offset: e.Offset, Msg: msg}
	}
	if ours && p.rec.Status.Known {
		emit(&p.rec)
	}
	return &LineError{Kind: Truncated, Offset: e.Offset, Msg: "the line is cut off"}
}
