package middleware

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// NewSlog returns a Logger that hands its records to h, for a service that has one log for
// all. A record arrives with its time, level and message, and with the rest as attributes
// under the keys and in the units of the line, cut as there: accesslog reads the lines of a
// slog.JSONHandler, and loganalyze those of a slog.TextHandler, too. What AddAttrs added arrives
// with the type that it has in JSON: string, int64, uint64, float64, bool or a group; anything
// else as json.RawMessage.
//
// h gets the request's context, and is called from many goroutines at once. An error or a
// panic of h loses the record, as that of a writer does. Records of a level that h has disabled are
// counted nowhere. Schema, Buffered and BufferSize change nothing here.
func NewSlog(h slog.Handler, opts ...Option) *Logger {
	return New(nil, append(slices.Clone(opts), func(l *Logger) {
		l.out.handler, l.out.buffered = h, false
	})...)
}

// handle hands rec to the slog handler.
func (o *output) handle(ctx context.Context, rec *accesslog.Record) {
	lvl := slogLevel(rec)
	if !o.enabled(ctx, lvl) {
		return
	}
	o.records.Add(1)
	rec.Dropped = o.unsaid.Swap(0)
	err := o.handleNow(ctx, lvl, rec)
	if err != nil {
		o.lose(rec.Dropped, err)
		return
	}
	o.written.Add(1)
}

func (o *output) handleNow(ctx context.Context, lvl slog.Level, rec *accesslog.Record) error {
	if o.closed.Load() {
		return errClosed
	}
	sr := slogRecord(lvl, rec)
	begin := sinceEpoch()
	err := o.handOver(ctx, sr)
	took := sinceEpoch() - begin
	o.mu.Lock()
	defer o.mu.Unlock()
	o.timed(took)
	if err != nil {
		o.writeErrors.Add(1)
		o.err = fmt.Errorf("slog handler: %w", err)
		return o.err
	}
	return nil
}

// enabled and handOver are the handler's Enabled, which a panic does not deny, and Handle,
// of which one is an error.

func (o *output) enabled(ctx context.Context, lvl slog.Level) (yes bool) {
	yes = true
	defer o.contain("slog.Handler")
	return o.handler.Enabled(ctx, lvl)
}

func (o *output) handOver(ctx context.Context, sr slog.Record) (err error) {
	defer o.failing("slog.Handler", &err)
	return o.handler.Handle(ctx, sr)
}

// slogLevel is the level of rec: slog's own where it has one of that name.
func slogLevel(rec *accesslog.Record) slog.Level {
	name := rec.Level
	if name == "" {
		name = rec.DefaultLevel()
	}
	switch name {
	case accesslog.LevelInfo:
		return slog.LevelInfo
	case accesslog.LevelWarn:
		return slog.LevelWarn
	case accesslog.LevelError:
		return slog.LevelError
	}
	var l slog.Level
	if l.UnmarshalText([]byte(name)) != nil {
		return slog.LevelInfo
	}
	return l
}

// slogRecord is rec as slog has it. It goes by way of the line, so that both say the same
// and nothing is longer than there; what it holds is its own, since handlers keep records.
func slogRecord(lvl slog.Level, rec *accesslog.Record) slog.Record {
	buf := lines.Get().(*[]byte)
	*buf = rec.AppendJSON((*buf)[:1])
	line := slices.Clone((*buf)[1:])
	putLine(buf)
	r := new(accesslog.Record)
	if err := accesslog.ParseJSON(line, r); err != nil {
		r = rec // never: it is what AppendJSON wrote
	}

	sr := slog.NewRecord(r.Time, lvl, r.Msg, 0)
	attrs := make([]slog.Attr, 0, 32)
	text := func(key, s string) {
		if s != "" {
			attrs = append(attrs, slog.String(key, s))
		}
	}
	millis := func(key string, d accesslog.Opt[time.Duration]) {
		if d.Known {
			attrs = append(attrs, slog.Float64(key, float64(d.Value/time.Microsecond)/1000))
		}
	}
	size := func(key string, n accesslog.Opt[int64]) {
		if n.Known {
			attrs = append(attrs, slog.Int64(key, n.Value))
		}
	}
	attrs = append(attrs, slog.Int("v", r.Version))
	text("method", r.Method)
	text("route", r.Route)
	text("path", r.Path)
	text("query", r.Query)
	if r.Status.Known {
		attrs = append(attrs, slog.Int("status", r.Status.Value))
	}
	if len(r.Interim) > 0 {
		attrs = append(attrs, slog.Any("interim", r.Interim))
	}
	text("outcome", string(r.Outcome))
	text("error", r.Error)
	millis("duration_ms", r.Duration)
	millis("ttfb_ms", r.TTFB)
	size("request_bytes", r.RequestBytes)
	size("response_bytes", r.ResponseBytes)
	text("client_ip", r.ClientIP)
	text("peer", r.Peer)
	text("host", r.Host)
	text("scheme", r.Scheme)
	text("proto", r.Proto)
	text("request_id", r.RequestID)
	text("trace_id", r.TraceID)
	text("span_id", r.SpanID)
	text("user_agent", r.UserAgent)
	text("referer", r.Referer)
	if r.SampleRate > 0 {
		attrs = append(attrs, slog.Float64("sample_rate", r.SampleRate))
	}
	if r.Dropped > 0 {
		attrs = append(attrs, slog.Int64("dropped", r.Dropped))
	}
	text("failed_by", r.FailedBy)
	for _, a := range r.Attrs {
		value := slogValue(a.JSON(), a.Text())
		if a.Key == "" && value.Kind() == slog.KindGroup { // which slog would inline
			value = slog.AnyValue(json.RawMessage(a.JSON()))
		}
		attrs = append(attrs, slog.Attr{Key: a.Key, Value: value})
	}
	sr.AddAttrs(attrs...)
	return sr
}

// slogValue is a JSON value in the slog type that keeps all of it. Text is a string's.
func slogValue(s, text string) slog.Value {
	raw := slog.AnyValue(json.RawMessage(s))
	switch s[0] {
	case '"':
		return slog.StringValue(text)
	case 't', 'f':
		return slog.BoolValue(s == "true")
	case '{':
		if g, ok := slogGroup(s); ok {
			return g
		}
		return raw
	case '[', 'n':
		return raw
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && s != "-0" {
		return slog.Int64Value(n)
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return slog.Uint64Value(n)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f != math.Trunc(f) {
		return slog.Float64Value(f)
	}
	return raw // more digits than a float64 holds, or a form like 1e3
}

// slogGroup is a JSON object as a group, unless slog would leave it out.
func slogGroup(s string) (slog.Value, bool) {
	if s == "{}" {
		return slog.Value{}, false
	}
	dec := json.NewDecoder(strings.NewReader(s))
	if _, err := dec.Token(); err != nil {
		return slog.Value{}, false
	}
	var members []slog.Attr
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return slog.Value{}, false
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil || key == "" {
			return slog.Value{}, false
		}
		text := ""
		if value[0] == '"' {
			if json.Unmarshal(value, &text) != nil {
				return slog.Value{}, false
			}
		}
		members = append(members, slog.Attr{Key: key.(string), Value: slogValue(string(value), text)})
	}
	return slog.GroupValue(members...), true
}
