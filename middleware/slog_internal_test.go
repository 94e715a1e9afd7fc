package middleware

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// TestSlogReadsBack: what slog's JSON handler makes of a record is read as the record that
// the line gives.
func TestSlogReadsBack(t *testing.T) {
	attrs := accesslog.AppendAttrs(nil,
		slog.String("tenant", "ünï\n\u2028<&>"), slog.Int64("big", math.MaxInt64), slog.Uint64("bigger", math.MaxUint64), slog.Float64("price", 1.25),
		slog.Bool("ok", true), slog.Any("nothing", nil), slog.Any("list", []any{1, "a", nil}), slog.Any("map", map[string]any{"a": map[string]any{}, "": 1}),
		slog.Group("g", slog.Int("a", 1), slog.Group("h", slog.String("b", "c\""))), slog.Duration("took", time.Second), slog.Any("", map[string]int{"x": 1}),
		slog.Any("exact", json.RawMessage(`[18446744073709551616,1.10]`)), slog.Any("large", json.RawMessage(`18446744073709551616`)), slog.Float64("whole", 3), slog.Int("status", 7))
	full := accesslog.Record{
		Time: time.Date(2026, 11, 20, 14, 38, 12, 345678901, time.FixedZone("", 3600)), Method: "POST", Route: "/orders/{id}", Path: "/orders/\x00\"77\"", Query: "page=2",
		Status: accesslog.Some(503), Interim: []int{100, 103}, Outcome: accesslog.OutcomeTimeout, Error: "database is locked",
		Duration: accesslog.Some(2100500400 * time.Nanosecond), TTFB: accesslog.Some(time.Microsecond), RequestBytes: accesslog.Some[int64](12), ResponseBytes: accesslog.Some[int64](0),
		ClientIP: "203.0.113.7", Peer: "10.0.0.1:4242", Host: "api.example.com", Scheme: "https", Proto: "2", RequestID: "9f2c", TraceID: "4bf9", SpanID: "00f0",
		UserAgent: strings.Repeat("é", 500), Referer: "https://example.com/", SampleRate: 0.25, FailedBy: "origin", Attrs: attrs,
	}
	for _, want := range []accesslog.Record{
		full, {}, {Status: accesslog.Some(404)}, {Level: "WARN", Msg: accesslog.MsgRejected}, {Level: "DEBUG+2"},
		{Path: strings.Repeat("/é", 5000), Attrs: accesslog.AppendAttrs(nil, slog.String("long", strings.Repeat("x", 5000)), slog.Int("n", 1))},
	} {
		var b bytes.Buffer
		l := NewSlog(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
		line := want.AppendJSON(nil)
		l.out.write(&want)
		var direct, got accesslog.Record
		if err := accesslog.ParseJSON(line, &direct); err != nil {
			t.Fatal(err)
		}
		if err := accesslog.ParseJSON(b.Bytes(), &got); err != nil {
			t.Fatalf("%v in %s", err, b.String())
		}
		same := cmp.Options{cmpopts.IgnoreUnexported(accesslog.Record{}), cmpopts.EquateEmpty(), cmp.Comparer(func(a, b accesslog.Attr) bool { return a.Key == b.Key && a.JSON() == b.JSON() || a.Text() == b.Text() })}
		if d := cmp.Diff(direct, got, same); d != "" {
			t.Errorf("-line +slog:\n%s\n%s", d, b.String())
		}
	}
}

// kinds is a handler that keeps the types of the attributes.
type kinds map[string]slog.Kind

func (k kinds) Enabled(context.Context, slog.Level) bool { return true }
func (k kinds) WithAttrs([]slog.Attr) slog.Handler       { return k }
func (k kinds) WithGroup(string) slog.Handler            { return k }
func (k kinds) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		k[a.Key] = a.Value.Kind()
		return true
	})
	return nil
}

func TestSlogTypes(t *testing.T) {
	k := kinds{}
	NewSlog(k).out.write(&accesslog.Record{
		Path: "/", Status: accesslog.Some(200), Duration: accesslog.Some(time.Second), ResponseBytes: accesslog.Some[int64](1), Interim: []int{103},
		Attrs: accesslog.AppendAttrs(nil, slog.String("s", "1"), slog.Int("i", -1), slog.Uint64("u", math.MaxUint64), slog.Float64("f", 1.5), slog.Bool("b", false),
			slog.Group("g", slog.Int("a", 1)), slog.Any("l", []int{1}), slog.Any("n", nil)),
	})
	want := kinds{
		"v": slog.KindInt64, "path": slog.KindString, "status": slog.KindInt64, "interim": slog.KindAny, "duration_ms": slog.KindFloat64, "response_bytes": slog.KindInt64,
		"s": slog.KindString, "i": slog.KindInt64, "u": slog.KindUint64, "f": slog.KindFloat64, "b": slog.KindBool, "g": slog.KindGroup, "l": slog.KindAny, "n": slog.KindAny,
	}
	if d := cmp.Diff(want, k); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
