package format

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var loganalyze = &Format{
	Name:    "loganalyze",
	Title:   "loganalyze JSON, as this project's middleware writes it, also by slog's text handler",
	Example: `{"time":"2026-11-20T14:38:12.345678Z","level":"ERROR","msg":"http_request","v":1,"method":"GET","route":"/users/{id}","path":"/users/42","status":500,"duration_ms":12.345,"response_bytes":21,"client_ip":"203.0.113.7"}`,
	Clock:   ClockCompletion,
	Unit:    Milliseconds,
	marked:  true,
	learn:   learnRecords,
}

// learnRecords is for JSON, unless there are records in the text of log/slog.
func learnRecords(sample [][]byte, o *Options) (dialect, bool) {
	if slices.ContainsFunc(sample, isTextRecord) {
		if d, ok := recordText.learn(o.read.of(sample, syntaxLogfmt), o); ok {
			open := d.open
			d.open = func() Parser { return textRecordParser{open()} }
			return d, true
		}
	}
	return dialect{open: func() Parser { return new(recordParser) }, unit: Milliseconds}, true
}

// recordText is a record as middleware.NewSlog hands it to a slog.TextHandler.
var recordText = &schema{by: "its own", marks: []mark{begins("msg", "http_re")}, units: in(Milliseconds), own: withOwn(map[string]role{
	"time": roleTime, "level": roleLevel, "msg": roleMsg,
	"method": roleMethod, "route": roleRoute, "path": rolePath, "query": roleQuery, "status": roleStatus, "error": roleError, "duration_ms": roleDuration,
	"request_bytes": roleRequestBytes, "response_bytes": roleBytes, "client_ip": roleClientIP, "peer": rolePeer,
	"host": roleHost, "scheme": roleScheme, "proto": roleProto, "request_id": roleRequestID, "trace_id": roleTraceID, "span_id": roleSpanID,
	"user_agent": roleUserAgent, "referer": roleReferer,
})}

func isTextRecord(line []byte) bool {
	return bytes.Contains(line, []byte("msg="+accesslog.MsgRequest)) || bytes.Contains(line, []byte("msg="+accesslog.MsgRejected))
}

// textRecordParser leaves the lines of others to others.
type textRecordParser struct{ Parser }

func (p textRecordParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	if !isTextRecord(line) {
		return errNotTextRecord
	}
	return p.Parser.Parse(line, emit)
}

var errNotTextRecord = &LineError{Kind: Other, Msg: "it has no msg=http_request"}

// recordParser reads the records that accesslog writes.
type recordParser struct {
	rec accesslog.Record
}

var errNotRecord = &LineError{Kind: Other, Msg: `it has no "msg":"http_request"`}

func (p *recordParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	if len(line) == 0 || line[0] != '{' {
		if trimmed := bytes.TrimLeft(line, " \t"); len(trimmed) == 0 || trimmed[0] != '{' {
			return errNotJSON
		}
	}
	err := accesslog.ParseJSON(line, &p.rec)
	ours := p.rec.Msg == accesslog.MsgRequest || p.rec.Msg == accesslog.MsgRejected
	if err == nil {
		if !ours || !p.rec.Status.Known && p.rec.Method == "" && p.rec.Outcome == "" { // or all else is in a group
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
