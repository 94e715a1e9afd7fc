package accesslog

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var when = time.Date(2026, 11, 20, 14, 38, 12, 345678000, time.UTC)

// full is a record with every field known.
func full() Record {
	return Record{
		Time: when, Level: LevelError, Msg: MsgRequest, Version: 1,
		Method: "POST", Route: "/orders/{id}/pay", Path: "/orders/77/pay", Query: "page=2",
		Status: Some(503), Interim: []int{100, 103}, Outcome: OutcomeTimeout, Error: "database is locked",
		Duration: Some(2100500 * time.Microsecond), TTFB: Some(time.Millisecond),
		RequestBytes: Some[int64](12), ResponseBytes: Some[int64](0),
		ClientIP: "203.0.113.7", Peer: "10.0.0.1:4242", Host: "api.example.com", Scheme: "https", Proto: "2",
		RequestID: "9f2c", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", SpanID: "00f067aa0ba902b7",
		UserAgent: "curl/8.5.0", Referer: "https://example.com/",
		SampleRate: 0.25, Dropped: 3, FailedBy: "origin",
		Attrs: AppendAttrs(nil, slog.String("tenant", "ünï"), slog.Int64("big", math.MaxInt64)),
	}
}

func TestAppendJSON(t *testing.T) {
	const want = `{"time":"2026-11-20T14:38:12.345678Z","level":"ERROR","msg":"http_request","v":1,"method":"POST",` +
		`"route":"/orders/{id}/pay","path":"/orders/77/pay","query":"page=2","status":503,"interim":[100,103],` +
		`"outcome":"timeout","error":"database is locked","duration_ms":2100.500,"ttfb_ms":1.000,"request_bytes":12,` +
		`"response_bytes":0,"client_ip":"203.0.113.7","peer":"10.0.0.1:4242","host":"api.example.com","scheme":"https",` +
		`"proto":"2","request_id":"9f2c","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7",` +
		`"user_agent":"curl/8.5.0","referer":"https://example.com/","sample_rate":0.25,"dropped":3,"failed_by":"origin",` +
		`"tenant":"ünï","big":9223372036854775807}` + "\n"
	r := full()
	if got := string(r.AppendJSON([]byte("x"))); got != "x"+want {
		t.Errorf("a full record:\n got %s\nwant x%s", got, want)
	}
	if got, want := string((&Record{}).AppendJSON(nil)), `{"level":"INFO","msg":"http_request","v":1}`+"\n"; got != want {
		t.Errorf("a record of which nothing is known: got %s want %s", got, want)
	}
	zero := Record{Status: Some(0), ResponseBytes: Some[int64](0), Duration: Some[time.Duration](0)}
	if got := string(zero.AppendJSON(nil)); !strings.Contains(got, `"status":0,"duration_ms":0.000,"response_bytes":0`) {
		t.Errorf("known zeros must be written: %s", got)
	}
}

func TestLevelAndFailed(t *testing.T) {
	tests := []struct {
		reason  string
		status  Opt[int]
		outcome Outcome
		level   string
		failed  bool
	}{
		{"a success", Some(200), "", LevelInfo, false},
		{"a client's error is no failure of the system", Some(404), "", LevelWarn, false},
		{"a server's error", Some(500), "", LevelError, true},
		{"a panic after a flushed 200", Some(200), OutcomePanic, LevelError, true},
		{"aborted before anything was sent", Opt[int]{}, OutcomeAborted, LevelError, true},
		{"the client left: its level follows the status", Some(499), OutcomeClientClosed, LevelWarn, false},
		{"a rejection is the client's error", Some(431), OutcomeRejected, LevelWarn, false},
		{"a WebSocket", Some(101), OutcomeHijacked, LevelInfo, false},
		{"a truncated body", Some(200), OutcomeIncomplete, LevelError, true},
	}
	for _, tt := range tests {
		r := Record{Status: tt.status, Outcome: tt.outcome}
		if got := r.DefaultLevel(); got != tt.level {
			t.Errorf("%s: level %s, want %s", tt.reason, got, tt.level)
		}
		if got := r.Failed(); got != tt.failed {
			t.Errorf("%s: failed %v, want %v", tt.reason, got, tt.failed)
		}
	}
}

// equal compares records by what they say, not by how their buffers are held.
var equal = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.AllowUnexported(Attr{}),
	cmpopts.IgnoreUnexported(Record{}),
}

func TestParseJSON(t *testing.T) {
	t.Run("what AppendJSON wrote", func(t *testing.T) {
		want, got := full(), Record{}
		if err := ParseJSON(want.AppendJSON(nil), &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, equal); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	})
	tests := []struct {
		reason, line string
		want         Record
	}{
		{"an empty object: nothing is known", `{}`, Record{}},
		{"white space, any key order, CRLF", " {\t\"status\" : 404 , \"method\":\"GET\"} \r\n", Record{Method: "GET", Status: Some(404)}},
		{"zero is a value", `{"status":0,"response_bytes":0}`, Record{Status: Some(0), ResponseBytes: Some[int64](0)}},
		{"null is unknown", `{"status":null,"path":null,"interim":null}`, Record{}},
		{"the last of repeated keys counts", `{"status":200,"status":500}`, Record{Status: Some(500)}},
		{"escapes, a surrogate pair, a lone surrogate", `{"path":"\/a\"\\\n\u00e9\ud83d\ude00\ud800x"}`, Record{Path: "/a\"\\\né😀\ufffdx"}},
		{"an escaped key", `{"st\u0061tus":201}`, Record{Status: Some(201)}},
		{"a newer schema", `{"v":7,"status":200,"novel":[1,{"a":null}]}`, Record{Version: 7, Status: Some(200), Attrs: []Attr{{"novel", `[1,{"a":null}]`}}}},
		{"what slog would have written", `{"time":"2026-11-20T15:38:12.345678+01:00","level":"INFO","msg":"http_request","duration_ms":1e3,"ok":true}`,
			Record{Time: when, Level: "INFO", Msg: "http_request", Duration: Some(time.Second), Attrs: []Attr{{"ok", "true"}}}},
		{"nanosecond durations", `{"duration_ms":0.0015,"ttfb_ms":12.3456789}`, Record{Duration: Some(1500 * time.Nanosecond), TTFB: Some(12345678 * time.Nanosecond)}},
		{"an attribute keeps its digits", `{"id":18446744073709551616,"price":1.10}`, Record{Attrs: []Attr{{"id", "18446744073709551616"}, {"price", "1.10"}}}},
		{"allowlisted headers are attributes", `{"request_header.x":"y"}`, Record{Attrs: []Attr{{"request_header.x", `"y"`}}}},
		{"interim statuses", `{"interim":[100, 103]}`, Record{Interim: []int{100, 103}}},
		{"invalid UTF-8 is kept as it is", "{\"path\":\"\xff\"}", Record{Path: "\xff"}},
	}
	for _, tt := range tests {
		got := full() // a reused record must not keep anything
		if err := ParseJSON([]byte(tt.line), &got); err != nil {
			t.Errorf("%s: %v", tt.reason, err)
		} else if d := cmp.Diff(tt.want, got, equal); d != "" {
			t.Errorf("%s: -want +got:\n%s", tt.reason, d)
		}
	}
}

func TestParseJSONErrors(t *testing.T) {
	tests := []struct {
		reason, line string
		offset       int
		key          string
		truncated    bool
	}{
		{"empty", ``, 0, "", true},
		{"not an object", `[1]`, 0, "", false},
		{"another format", `203.0.113.7 - - [x]`, 0, "", false},
		{"cut in a key", `{"stat`, 6, "", true},
		{"cut in a string", `{"path":"/a`, 11, "path", true},
		{"cut in a number: more digits may be missing", `{"status":50`, 12, "status", true},
		{"cut after a value", `{"status":500,`, 14, "", true},
		{"a raw NUL in a string", "{\"path\":\"a\x00b\"}", 10, "path", false},
		{"two objects", `{"status":200}{"status":500}`, 14, "", false},
		{"a status that is a word", `{"status":"ok"}`, 10, "status", false},
		{"a status with decimals", `{"status":200.5}`, 10, "status", false},
		{"a status beyond 64 bits", `{"status":99999999999999999999}`, 10, "status", false},
		{"a time that is none", `{"time":"yesterday"}`, 8, "time", false},
		{"the 31st of February", `{"time":"2026-02-31T00:00:00Z"}`, 8, "time", false},
		{"a duration beyond the type", `{"duration_ms":1e300}`, 15, "duration_ms", false},
		{"a leading zero", `{"status":0200}`, 11, "", false},
		{"a trailing comma", `{"status":200,}`, 14, "", false},
		{"an unknown escape", `{"path":"\x22"}`, 10, "path", false},
		{"an attribute that is no JSON", `{"a":nope}`, 6, "", false},
		{"nesting without end", `{"a":` + strings.Repeat("[", 100000), 70, "", false},
	}
	for _, tt := range tests {
		var r Record
		var e *SyntaxError
		if err := ParseJSON([]byte(tt.line), &r); !errors.As(err, &e) {
			t.Errorf("%s: got %v, want a *SyntaxError", tt.reason, err)
		} else if e.Offset != tt.offset || e.Key != tt.key || e.Truncated != tt.truncated {
			t.Errorf("%s: got offset %d key %q truncated %v (%v), want %d %q %v", tt.reason, e.Offset, e.Key, e.Truncated, e, tt.offset, tt.key, tt.truncated)
		}
	}
	var r Record
	ParseJSON([]byte(`{"status":502,"path":"/a`), &r)
	if r.Status != Some(502) {
		t.Errorf("what stands before the cut must be kept, got %+v", r.Status)
	}
}

func TestAppendAttrs(t *testing.T) {
	tests := []struct {
		reason string
		attr   slog.Attr
		want   []Attr
	}{
		{"a string", slog.String("k", "a\nb"), []Attr{{"k", `"a\nb"`}}},
		{"a duration in nanoseconds, as slog writes it", slog.Duration("k", time.Millisecond), []Attr{{"k", "1000000"}}},
		{"a time", slog.Time("k", when), []Attr{{"k", `"2026-11-20T14:38:12.345678Z"`}}},
		{"an error", slog.Any("k", errors.New("boom")), []Attr{{"k", `"boom"`}}},
		{"not a number", slog.Float64("k", math.NaN()), []Attr{{"k", `"NaN"`}}},
		{"any value, without HTML escapes", slog.Any("k", map[string]string{"a": "<\x7f>"}), []Attr{{"k", `{"a":"<\u007f>"}`}}},
		{"a value that JSON cannot hold", slog.Any("k", make(chan int)), []Attr{{"k", `"!ERROR:json: unsupported type: chan int"`}}},
		{"a group", slog.Group("g", slog.Int("a", 1), slog.Bool("b", true)), []Attr{{"g", `{"a":1,"b":true}`}}},
		{"a group without a key is inlined", slog.Group("", slog.Int("a", 1)), []Attr{{"a", "1"}}},
		{"an empty group", slog.Group("g"), nil},
		{"an empty attribute", slog.Attr{}, nil},
		{"a key that the schema owns", slog.Int("status", 200), []Attr{{"attr.status", "200"}}},
	}
	for _, tt := range tests {
		if got := AppendAttrs(nil, tt.attr); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v want %v", tt.reason, got, tt.want)
		}
	}
	if got := AppendAttrs(nil, slog.String("k", "a\"é")); got[0].Text() != "a\"é" {
		t.Errorf("Text: got %q", got[0].Text())
	}
}

// An attribute that was added is as one that the line has, and costs nothing once the record's buffers
// are there.
func TestAddAttr(t *testing.T) {
	values := []string{"web-1", "", `a"\é`, "\n\u2028", strings.Repeat("long ", 100)}
	var r Record
	for range 2 {
		r.Reset()
		for _, v := range values {
			r.AddAttr("instance", v)
		}
		for i, v := range values {
			if want := AppendAttrs(nil, slog.String("instance", v)); r.Attrs[i] != want[0] || r.Attrs[i].Text() != v {
				t.Errorf("%q is %s, want %s", v, r.Attrs[i].JSON(), want[0].JSON())
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() { r.Reset(); r.AddAttr("instance", values[2]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestParseTime(t *testing.T) {
	for _, s := range []string{
		"2026-11-20T14:38:12Z", "2026-11-20T14:38:12.345678901Z", "2024-02-29T23:59:59+05:30", "1969-12-31T00:00:00-00:01", "0001-01-01T00:00:00Z",
	} {
		want, err := time.Parse(time.RFC3339Nano, s)
		if got, ok := ParseTime(s); err != nil || !ok || !got.Equal(want) {
			t.Errorf("%s: got %v %v, want %v", s, got, ok, want)
		}
	}
	for s, want := range map[string]time.Time{
		"2026-11-20 14:38:12,345678Z":      when,
		"2026-11-20T15:38:12.345678+0100":  when,
		"2016-12-31T23:59:60Z":             time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC),
		"2026-11-20T14:38:12.3456780001Z":  when,
		"2026-11-20T14:38:12.345678+00:00": when,
	} {
		if got, ok := ParseTime(s); !ok || !got.Equal(want) {
			t.Errorf("%s: got %v %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "2026-11-20", "2026-11-20T14:38:12", "2026-13-20T14:38:12Z", "2026-11-20T24:38:12Z", "2025-02-29T00:00:00Z",
		"2026-11-20T14:38:12.Z", "2026-11-20T14:38:12+1:00", "2026-11-20T14:38:12Zx", "20x6-11-20T14:38:12Z", "2026-11-20T14:38:12+99:00"} {
		if got, ok := ParseTime(s); ok {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

// TestRoundTrip: whatever a record within the caps says, its line says again.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string, limit int) string {
			s := rapid.StringN(0, -1, limit/6).Draw(t, name) // every rune may become \uXXXX
			return s
		}
		millis := rapid.Custom(func(t *rapid.T) Opt[time.Duration] {
			return Opt[time.Duration]{time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "us")) * time.Microsecond, true}
		})
		want := Record{
			Time:  time.UnixMicro(rapid.Int64Range(-6e16, 2.5e17).Draw(t, "time")).UTC(),
			Level: rapid.SampledFrom([]string{LevelInfo, LevelWarn, LevelError}).Draw(t, "level"), Msg: MsgRequest, Version: 1,
			Method: text("method", capWord), Route: text("route", capField), Path: text("path", capPath), Query: text("query", capField),
			Status:  Some(rapid.IntRange(0, 999).Draw(t, "status")),
			Interim: rapid.SliceOfN(rapid.IntRange(100, 199), 0, maxInfos).Draw(t, "interim"),
			Outcome: Outcome(rapid.SampledFrom([]string{"", "panic", "aborted"}).Draw(t, "outcome")), Error: text("error", capField),
			Duration: millis.Draw(t, "duration"), TTFB: millis.Draw(t, "ttfb"),
			ResponseBytes: Some(rapid.Int64().Draw(t, "bytes")),
			ClientIP:      text("ip", capID), Host: text("host", capField), RequestID: text("id", capName), UserAgent: text("ua", capField), Referer: text("referer", capField),
			SampleRate: rapid.SampledFrom([]float64{0, 0.5, 1.0 / 3}).Draw(t, "rate"), Dropped: rapid.Int64Range(0, math.MaxInt64).Draw(t, "dropped"),
		}
		for _, a := range rapid.MapOfN(rapid.StringMatching(`a[a-z.]{0,8}`), rapid.StringN(0, 20, 60), 0, 3).Draw(t, "attrs") {
			want.Attrs = AppendAttrs(want.Attrs, slog.String("k"+string(rune('a'+len(want.Attrs))), a))
		}
		line := want.AppendJSON(nil)
		checkLine(t, line)
		var got Record
		if err := ParseJSON(line, &got); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if d := cmp.Diff(want, got, equal); d != "" {
			t.Fatalf("%s -want +got:\n%s", line, d)
		}
		if again := got.AppendJSON(nil); !bytes.Equal(again, line) {
			t.Fatalf("encoded again:\n%s\n%s", line, again)
		}
	})
}

// checkLine holds what every line promises.
func checkLine(t interface {
	Helper()
	Fatalf(string, ...any)
}, line []byte) {
	t.Helper()
	if len(line) > MaxLine {
		t.Fatalf("a line of %d bytes, over MaxLine: %s", len(line), line)
	}
	body, ok := bytes.CutSuffix(line, []byte("\n"))
	if !ok || !utf8.Valid(body) || !json.Valid(body) {
		t.Fatalf("not a line of JSON: %q", line)
	}
	if i := bytes.IndexFunc(body, unicode.IsControl); i >= 0 {
		t.Fatalf("a control character at byte %d: %q", i, line)
	}
}

func TestLongValuesAreCut(t *testing.T) {
	r := full()
	for _, s := range []*string{&r.Method, &r.Route, &r.Path, &r.Query, (*string)(&r.Outcome), &r.Error, &r.ClientIP, &r.Peer, &r.Host, &r.Scheme,
		&r.Proto, &r.RequestID, &r.TraceID, &r.SpanID, &r.UserAgent, &r.Referer, &r.FailedBy, &r.Level, &r.Msg} {
		*s = strings.Repeat("\x00", 5000)
	}
	r.Interim = slices.Repeat([]int{math.MinInt64}, 100)
	r.Status, r.Version, r.Dropped = Some(math.MinInt64), math.MinInt64, math.MaxInt64
	r.Duration, r.TTFB = Some(time.Duration(math.MaxInt64)), Some(time.Duration(math.MaxInt64))
	r.RequestBytes, r.ResponseBytes = Some[int64](math.MinInt64), Some[int64](math.MinInt64)
	r.SampleRate = 1.0 / 3e-300 * 1e-301
	r.Attrs = AppendAttrs(nil, slog.String("long", strings.Repeat("é", 5000)), slog.Int("n", 1), slog.Any("list", make([]int, 5000)))
	checkLine(t, r.AppendJSON(nil))

	r = Record{Path: strings.Repeat("/é", 1000), Attrs: r.Attrs}
	line := r.AppendJSON(nil)
	checkLine(t, line)
	var got Record
	if err := ParseJSON(line, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Path) > capPath || !strings.HasSuffix(got.Path, cut) || !strings.HasPrefix(r.Path, strings.TrimSuffix(got.Path, cut)) {
		t.Errorf("path cut to %d bytes: %q", len(got.Path), got.Path)
	}
	var keys []string
	for _, a := range got.Attrs {
		keys = append(keys, a.Key)
	}
	if want := []string{"long", "attrs_cut"}; !slices.Equal(keys, want) || got.Attrs[1].JSON() != "2" || !strings.HasSuffix(got.Attrs[0].Text(), cut) {
		t.Errorf("attributes: got %v, want %v, two left out and the first one cut", keys, want)
	}
}

func TestNoAllocation(t *testing.T) {
	r, buf := full(), make([]byte, 0, MaxLine)
	if n := testing.AllocsPerRun(100, func() { buf = r.AppendJSON(buf[:0]) }); n != 0 {
		t.Errorf("AppendJSON allocates %v times", n)
	}
	line := append([]byte(`{"nested":{"a":[1,{"b":2}]},"escaped":"\n","user_agent":"a\"b",`), r.AppendJSON(nil)[1:]...)
	var got Record
	if n := testing.AllocsPerRun(100, func() {
		if err := ParseJSON(line, &got); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("ParseJSON allocates %v times", n)
	}
}

// FuzzParseJSON holds the parser against encoding/json: they accept the same
// lines, as far as the schema's types allow, and read the same values.
func FuzzParseJSON(f *testing.F) {
	r := full()
	f.Add(r.AppendJSON(nil))
	for _, s := range []string{`{}`, `{"status":404,"x":{"y":[1.5e-3,null,true,"\ud83d\ude00"]}}`, `{"duration_ms":1e-3,"interim":[]}`, `{"path":"\u0000é\\"}`, `{"status":null}`, `{"a":-0}`, ` { "v" : 1 } `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var r Record
		err := ParseJSON(line, &r)
		var e *SyntaxError
		if err != nil {
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(line) {
				t.Fatalf("%#v", err)
			}
			var m map[string]any
			if e.Key == "" && json.Unmarshal(line, &m) == nil && m != nil && !strings.Contains(e.Msg, "nested less") {
				t.Fatalf("%v, but encoding/json reads %q", err, line)
			}
			return
		}
		var m map[string]json.RawMessage
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("accepted %q, encoding/json says %v", line, err)
		}
		for key, got := range map[string]any{"path": r.Path, "user_agent": r.UserAgent, "method": r.Method, "route": r.Route, "host": r.Host} {
			var want string
			if json.Unmarshal(m[key], &want) == nil && want != strings.ToValidUTF8(got.(string), "\ufffd") && utf8.Valid(line) {
				t.Fatalf("%s: got %q, encoding/json reads %q", key, got, want)
			}
		}
		if r.Status.Known {
			var want int
			if err := json.Unmarshal(m["status"], &want); err != nil || want != r.Status.Value {
				t.Fatalf("status: got %d, encoding/json reads %d (%v)", r.Status.Value, want, err)
			}
		}
		if r.Duration.Known {
			var want float64
			json.Unmarshal(m["duration_ms"], &want)
			if got := float64(r.Duration.Value) / 1e6; math.Abs(got-want) > 1e-6+math.Abs(want)*1e-12 {
				t.Fatalf("duration_ms: got %v, encoding/json reads %v", got, want)
			}
		}
		out := r.AppendJSON(nil)
		if len(out) > MaxLine || !json.Valid(out) {
			t.Fatalf("encoded again: %q", out)
		}
	})
}

// FuzzUsual holds the fast path of ParseJSON to the way that all other lines go.
func FuzzUsual(f *testing.F) {
	r := full()
	line := string(r.AppendJSON(nil))
	f.Add(line)
	for _, key := range usualPairs {
		before, after, _ := strings.Cut(line, key.key)
		for _, value := range []string{`null,"`, `"\u00e9","`, `0,"`, `00,"`, `-1.5,"`, `12345678901,"`, `1.0000,"`, ` 7 , "`, `","`} {
			f.Add(before + key.key + value + after)
			f.Add(before + strings.TrimSuffix(key.key, `"`) + value + after)
		}
		f.Add(before + key.key)
		f.Add(before + after)
	}
	for _, at := range []string{"2026-11-20T14:38:60.123456Z", "2026-11-20 14:38:12.123456Z", "2026-11-20T14:38:12,123456Z", "2026-11-20T14:38:12.12345Z", "2026-02-30T14:38:12.123456Z", "2026-11-20T14:38:12.123456z"} {
		f.Add(`{"time":"` + at + `","msg":"http_request","status":200,"path":"/a/long/enough/path/behind/it"}`)
	}
	var used Record
	f.Fuzz(func(t *testing.T, line string) {
		var want, got Record
		wantErr, gotErr := parse([]byte(line), &want, len(usualPairs)), parse([]byte(line), &got, 0)
		usedErr := parse([]byte(line), &used, 0)
		if !reflect.DeepEqual(gotErr, wantErr) || !reflect.DeepEqual(usedErr, wantErr) {
			t.Fatalf("%q: error %v, after other lines %v; without the fast path %v", line, gotErr, usedErr, wantErr)
		}
		for _, r := range []Record{got, used} {
			if diff := cmp.Diff(want, r, equal); diff != "" {
				t.Fatalf("%q: -without +with the fast path:\n%s", line, diff)
			}
		}
	})
}

// FuzzMarks holds the marks to special, also where a longer line was marked before.
func FuzzMarks(f *testing.F) {
	for _, n := range []int{0, 1, 63, 64, 65, 4095, 4096, 4097} {
		for _, end := range []string{"", "\"", "\\", "\x00", "\x1f", " ", "\x7f", "\x80", "\xff", "é\"", "\"\"\\\""} {
			f.Add([]byte(strings.Repeat("a", n) + end + strings.Repeat("~", n)))
		}
	}
	m := new(marks)
	f.Fuzz(func(t *testing.T, line []byte) {
		marked := m.set(line)
		if int(marked) != min(len(line), 64*64) && int(marked) != len(line) {
			t.Fatalf("marked %d of %d bytes", marked, len(line))
		}
		for i := range marked {
			if got, want := min(m.next(line, i, marked), marked), min(uint(special(line, int(i))), marked); got != want {
				t.Fatalf("behind %d of %q: %d, want %d", i, line, got, want)
			}
		}
	})
}

// FuzzAppendJSON: whatever a handler or a client puts into a record, the line
// stays one line of JSON without control characters, and can be read.
func FuzzAppendJSON(f *testing.F) {
	f.Add("/a\nb", "curl\x1b[31m", "k", "v\u2028", int64(1))
	f.Add(strings.Repeat("\xff", 2000), "é", "status", "\x7f\u0085", int64(-1))
	f.Fuzz(func(t *testing.T, path, agent, key, value string, n int64) {
		r := Record{Time: time.UnixMicro(n), Path: path, UserAgent: agent, Method: value, Error: key, Status: Some(int(n)), Duration: Some(time.Duration(n)),
			Attrs: AppendAttrs(nil, slog.String(key, value), slog.Any(value, map[string]any{path: []string{agent}}))}
		line := r.AppendJSON(nil)
		checkLine(t, line)
		var got Record
		if err := ParseJSON(line, &got); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if got.Status != r.Status {
			t.Fatalf("status %v became %v in %s", r.Status, got.Status, line)
		}
	})
}

// FuzzAppendPlain holds the fast path to the byte-wise truth.
func FuzzAppendPlain(f *testing.F) {
	for _, s := range []string{"", "a", "1234567", "12345678", "123456789", "1234567\"", "\\12345678", "12345678\x7f", "~~~~~~~~", "        ", "\x1f2345678", "ünïcödé-ünïcödé", "12345678\xff", "\xff2345678", "\x002345678"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := true
		for i := range len(s) {
			want = want && plain[s[i]]
		}
		got, ok := appendPlain([]byte("x"), s)
		if ok != want || ok && string(got) != "x"+s {
			t.Errorf("appendPlain(%q) = %q, %t", s, got, ok)
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	r, buf := full(), make([]byte, 0, MaxLine)
	b.SetBytes(int64(len(r.AppendJSON(nil))))
	b.ReportAllocs()
	for b.Loop() {
		buf = r.AppendJSON(buf[:0])
	}
}

func BenchmarkParseJSON(b *testing.B) {
	w := full()
	line := w.AppendJSON(nil)
	var r Record
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if err := ParseJSON(line, &r); err != nil {
			b.Fatal(err)
		}
	}
}
