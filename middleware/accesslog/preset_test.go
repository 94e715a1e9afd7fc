package accesslog

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var presets = map[string]Preset{
	"own": {}, "otel": OpenTelemetry(), "ecs": ElasticCommonSchema(), "google": GoogleCloud("shop-prod"), "google without a project": GoogleCloud(""),
}

// presetRecord is a record in which the vocabularies differ.
func presetRecord() Record {
	r := full()
	r.Host, r.Attrs = "api.example.com:8443", AppendAttrs(nil, slog.Int("items", 3), slog.String("http.route", "x"), slog.String("httpRequest", "y"))
	return r
}

func TestPresets(t *testing.T) {
	tests := []struct {
		preset, want string
	}{
		{"otel", `{"timestamp":"2026-11-20T14:38:12.345678Z","severity_text":"ERROR","body":"http_request","v":1,` +
			`"http.request.method":"POST","http.route":"/orders/{id}/pay","url.path":"/orders/77/pay","url.query":"page=2",` +
			`"http.response.status_code":503,"interim":[100,103],"outcome":"timeout","error.type":"timeout","exception.message":"database is locked",` +
			`"http.server.request.duration":2.100500,"ttfb_ms":1.000,"http.request.body.size":12,"http.response.body.size":0,` +
			`"client.address":"203.0.113.7","network.peer.address":"10.0.0.1","network.peer.port":4242,` +
			`"server.address":"api.example.com","server.port":8443,"url.scheme":"https","network.protocol.version":"2","request_id":"9f2c",` +
			`"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","user_agent.original":"curl/8.5.0",` +
			`"http.request.header.referer":["https://example.com/"],"sample_rate":0.25,"dropped":3,"failed_by":"origin",` +
			`"items":3,"attr.http.route":"x","httpRequest":"y"}`},
		{"ecs", `{"@timestamp":"2026-11-20T14:38:12.345678Z","log.level":"error","message":"http_request","ecs.version":"8.11.0","v":1,` +
			`"http.request.method":"POST","route":"/orders/{id}/pay","url.path":"/orders/77/pay","url.query":"page=2",` +
			`"http.response.status_code":503,"interim":[100,103],"outcome":"timeout","error.message":"database is locked",` +
			`"event.duration":2100500000,"ttfb_ms":1.000,"http.request.body.bytes":12,"http.response.body.bytes":0,` +
			`"client.ip":"203.0.113.7","peer":"10.0.0.1:4242","url.domain":"api.example.com","url.port":8443,` +
			`"url.scheme":"https","http.version":"2","http.request.id":"9f2c",` +
			`"trace.id":"4bf92f3577b34da6a3ce929d0e0e4736","span.id":"00f067aa0ba902b7","user_agent.original":"curl/8.5.0",` +
			`"http.request.referrer":"https://example.com/","sample_rate":0.25,"dropped":3,"failed_by":"origin",` +
			`"items":3,"http.route":"x","httpRequest":"y"}`},
		{"google", `{"time":"2026-11-20T14:38:12.345678Z","severity":"ERROR","message":"http_request","v":1,` +
			`"httpRequest":{"requestMethod":"POST","requestUrl":"https://api.example.com:8443/orders/77/pay?page=2","requestSize":"12","status":503,` +
			`"responseSize":"0","userAgent":"curl/8.5.0","remoteIp":"203.0.113.7","referer":"https://example.com/","latency":"2.100500s","protocol":"HTTP/2"},` +
			`"route":"/orders/{id}/pay","interim":[100,103],"outcome":"timeout","error":"database is locked","ttfb_ms":1.000,` +
			`"peer":"10.0.0.1:4242","request_id":"9f2c","logging.googleapis.com/trace":"projects/shop-prod/traces/4bf92f3577b34da6a3ce929d0e0e4736",` +
			`"logging.googleapis.com/spanId":"00f067aa0ba902b7","sample_rate":0.25,"dropped":3,"failed_by":"origin",` +
			`"items":3,"http.route":"x","attr.httpRequest":"y"}`},
	}
	for _, tt := range tests {
		r := presetRecord()
		if got := string(presets[tt.preset].AppendJSON([]byte("x"), &r)); got != "x"+tt.want+"\n" {
			t.Errorf("%s:\n got %s\nwant x%s", tt.preset, got, tt.want)
		}
	}
	r := presetRecord()
	if got, want := string(Preset{}.AppendJSON(nil, &r)), string(r.AppendJSON(nil)); got != want {
		t.Errorf("the zero Preset: got %s want %s", got, want)
	}
}

// TestPresetValues: the values of one column each, where they are converted.
func TestPresetValues(t *testing.T) {
	tests := []struct {
		reason, preset string
		record         Record
		want           string // is in the line
	}{
		{"a method that is not registered", "otel", Record{Method: "get"}, `"http.request.method":"_OTHER","http.request.method_original":"get"`},
		{"a 5xx is its own type of error", "otel", Record{Status: Some(500)}, `"error.type":"500"`},
		{"a 4xx is no error", "otel", Record{Status: Some(404)}, `"http.response.status_code":404}`},
		{"a host without a port", "otel", Record{Host: "h"}, `"server.address":"h"}`},
		{"IPv6 and a port", "otel", Record{Host: "[::1]:80", Peer: "[2001:db8::1]:4242"}, `"network.peer.address":"2001:db8::1","network.peer.port":4242,"server.address":"[::1]","server.port":80`},
		{"bare IPv6", "otel", Record{Host: "::1"}, `"server.address":"::1"}`},
		{"a port that is no number of JSON", "otel", Record{Host: "h:080"}, `"server.address":"h:080"}`},
		{"nor one of TCP", "ecs", Record{Host: "h:65536"}, `"url.domain":"h:65536"}`},
		{"nanoseconds", "ecs", Record{Duration: Some(1500 * time.Nanosecond)}, `"event.duration":1500`},
		{"a clock that was set back", "ecs", Record{Duration: Some(-time.Second)}, `"event.duration":0`},
		{"a level", "ecs", Record{Status: Some(404)}, `"log.level":"warn"`},
		{"somebody's own level", "ecs", Record{Level: "NOTICE"}, `"log.level":"NOTICE"`},
		{"a severity", "google", Record{Status: Some(404)}, `"severity":"WARNING"`},
		{"a short latency", "google", Record{Duration: Some(12 * time.Millisecond)}, `"latency":"0.012000s"`},
		{"an object of which nothing is known", "google", Record{}, `"httpRequest":{}}`},
		{"a URL of which the host is not known", "google", Record{Scheme: "https", Path: "/a", Query: "b=1"}, `"httpRequest":{"requestUrl":"/a?b=1"},"scheme":"https"`},
		{"OPTIONS *", "google", Record{Scheme: "https", Host: "h", Path: "*"}, `"httpRequest":{"requestUrl":"*"},"host":"h","scheme":"https"`},
		{"a host that would spoil the URL", "google", Record{Scheme: "https", Host: "h/x?", Path: "/"}, `"httpRequest":{"requestUrl":"/"},"host":"h/x?"`},
		{"a trace without a project", "google without a project", Record{TraceID: "4bf9"}, `"logging.googleapis.com/trace":"4bf9"`},
	}
	for _, tt := range tests {
		if got := string(presets[tt.preset].AppendJSON(nil, &tt.record)); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s is not in %s", tt.reason, tt.want, got)
		}
	}
}

// TestPresetsLong: each vocabulary keeps within MaxLine.
func TestPresetsLong(t *testing.T) {
	for _, p := range append(slices.Collect(maps.Values(presets)), GoogleCloud(strings.Repeat("\x00", 5000))) {
		r := hostile()
		checkLine(t, p.AppendJSON(nil, &r))
		r.Host = strings.Repeat("h", capField/2)
		r.Scheme, r.Path = "https", "/"+r.Path
		checkLine(t, p.AppendJSON(nil, &r))
		r.Attrs = nil
		if n := len(p.AppendJSON(nil, &r)); n > MaxLine-attrsRoom {
			t.Errorf("%d bytes leave no room for the count of attributes", n)
		}
	}
}

// hostile is a record in which everything is as long as it can be.
func hostile() Record {
	r := full()
	for _, s := range []*string{&r.Method, &r.Route, &r.Path, &r.Query, (*string)(&r.Outcome), &r.Error, &r.ClientIP, &r.Peer, &r.Host, &r.Scheme,
		&r.Proto, &r.RequestID, &r.TraceID, &r.SpanID, &r.UserAgent, &r.Referer, &r.FailedBy, &r.Level, &r.Msg} {
		*s = strings.Repeat("\x00", 5000)
	}
	r.Peer += ":65535"
	r.Host += ":65535"
	r.Interim = slices.Repeat([]int{math.MinInt64}, 100)
	r.Status, r.Version, r.Dropped = Some(math.MaxInt64), math.MinInt64, math.MaxInt64
	r.Duration, r.TTFB = Some(time.Duration(math.MaxInt64)), Some(time.Duration(math.MaxInt64))
	r.RequestBytes, r.ResponseBytes = Some[int64](math.MinInt64), Some[int64](math.MinInt64)
	r.SampleRate = 1.0 / 3e-300 * 1e-301
	r.Attrs = AppendAttrs(nil, slog.String("long", strings.Repeat("é", 5000)), slog.Int("n", 1), slog.Any("list", make([]int, 5000)))
	return r
}

func TestPresetsDoNotAllocate(t *testing.T) {
	for name, p := range presets {
		r, buf := presetRecord(), make([]byte, 0, MaxLine)
		if n := testing.AllocsPerRun(100, func() { buf = p.AppendJSON(buf[:0], &r) }); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

// TestPresetsAreWhole: each vocabulary has each field of the record.
func TestPresetsAreWhole(t *testing.T) {
	r := presetRecord()
	r.Method, r.Attrs = "PURGE", nil
	for name, p := range presets {
		line := string(p.AppendJSON(nil, &r))
		for _, value := range []string{
			"PURGE", "/orders/{id}/pay", "/orders/77/pay", "page=2", "503", "[100,103]", "timeout", "database is locked", "100500", "1.000", "12", "0",
			"203.0.113.7", "10.0.0.1", "4242", "api.example.com", "8443", "https", "2", "9f2c", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7",
			"curl/8.5.0", "https://example.com/", "0.25", `"dropped":3`, "origin",
		} {
			if !strings.Contains(strings.ReplaceAll(line, "2100.500", "2.100500"), value) {
				t.Errorf("%s: %s is not in %s", name, value, line)
			}
		}
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzPresets: whatever stands in a record, its line is a line in each vocabulary.
func FuzzPresets(f *testing.F) {
	f.Add("/a\nb", "curl\x1b[31m", "k", "v\u2028", "[::1]:80", int64(1))
	f.Add(strings.Repeat("\xff", 2000), "é", "http.route", "\x7f\u0085", ":65535", int64(-1))
	f.Add("*", "https", "httpRequest", strings.Repeat("\"", 5000), "h:+1", int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, path, agent, key, value, host string, n int64) {
		r := Record{
			Time: time.UnixMicro(n), Level: agent, Msg: value, Method: key, Route: value, Path: path, Query: value, Status: Some(int(n)), Interim: []int{int(n)},
			Outcome: Outcome(agent), Error: value, Duration: Some(time.Duration(n)), TTFB: Some(time.Duration(n)), RequestBytes: Some(n), ResponseBytes: Some(n),
			ClientIP: value, Peer: host, Host: host, Scheme: agent, Proto: value, RequestID: key, TraceID: value, SpanID: key, UserAgent: agent, Referer: value,
			SampleRate: 1 / float64(n), Dropped: n, FailedBy: key,
			Attrs: AppendAttrs(nil, slog.String(key, value), slog.Any(value, map[string]any{path: []string{agent}})),
		}
		for _, p := range presets {
			checkLine(t, p.AppendJSON(nil, &r))
		}
		checkLine(t, GoogleCloud(value).AppendJSON(nil, &r))
	})
}

// The same response in the vocabularies of others.
func ExamplePreset_AppendJSON() {
	r := Record{Method: "GET", Path: "/users/7", Status: Some(404), Duration: Some(12 * time.Millisecond), ResponseBytes: Some[int64](488)}
	for _, p := range []Preset{{}, OpenTelemetry(), ElasticCommonSchema(), GoogleCloud("shop-prod")} {
		os.Stdout.Write(p.AppendJSON(nil, &r))
	}
	fmt.Println()
	// Output:
	// {"level":"WARN","msg":"http_request","v":1,"method":"GET","path":"/users/7","status":404,"duration_ms":12.000,"response_bytes":488}
	// {"severity_text":"WARN","body":"http_request","v":1,"http.request.method":"GET","url.path":"/users/7","http.response.status_code":404,"http.server.request.duration":0.012000,"http.response.body.size":488}
	// {"log.level":"warn","message":"http_request","ecs.version":"8.11.0","v":1,"http.request.method":"GET","url.path":"/users/7","http.response.status_code":404,"event.duration":12000000,"http.response.body.bytes":488}
	// {"severity":"WARNING","message":"http_request","v":1,"httpRequest":{"requestMethod":"GET","requestUrl":"/users/7","status":404,"responseSize":"488","latency":"0.012000s"}}
}
