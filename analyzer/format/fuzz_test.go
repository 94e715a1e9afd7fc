package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// fuzzParser feeds lines to parsers of format f, which learned from full, and holds what
// they make of them to what is true of every line.
func fuzzParser(f *testing.F, format *Format, holds func(t *testing.T, line string, r *accesslog.Record)) {
	var c conformance
	for _, c = range conformances() {
		if c.format == format {
			break
		}
	}
	f.Add(c.full)
	f.Add(format.Example)
	for i := 0; i < len(c.full); i += 7 {
		f.Add(c.full[:i])
	}
	for _, tt := range c.cases {
		line := tt.line
		if tt.old != "" {
			line = strings.Replace(c.full, tt.old, tt.new, 1)
		}
		if len(line) < 4096 {
			f.Add(line)
		}
	}
	d, err := Detect(toLines(c.full), Options{Formats: []*Format{format}, TZ: time.UTC})
	if err != nil {
		f.Fatal(err)
	}
	used := d.NewParser()
	f.Fuzz(func(t *testing.T, line string) {
		if isHeader([]byte(line)) {
			return // it is to change how others are read: see FuzzW3C
		}
		fresh := d.NewParser()
		got := parse(t, fresh, line)
		if len(got.Records) > 1 && len(got.Records) > strings.Count(line, "}") {
			t.Errorf("%d records", len(got.Records))
		}
		for i := range got.Records {
			holds(t, line, &got.Records[i])
		}
		if diff := cmp.Diff(got, parse(t, fresh, line), sameRecord); diff != "" {
			t.Errorf("once more: -first +second:\n%s", diff)
		}
		if diff := cmp.Diff(got, parse(t, used, line), sameRecord); diff != "" {
			t.Errorf("after other lines: -new parser +used parser:\n%s", diff)
		}
		full := parse(t, used, c.full)
		if diff := cmp.Diff(result{Records: []accesslog.Record{c.record}}, full, sameRecord); diff != "" {
			t.Errorf("a full line after it: -want +got:\n%s", diff)
		}
	})
}

// holdsForeign is true of the records of lines that others wrote.
func holdsForeign(t *testing.T, line string, r *accesslog.Record) {
	if strings.ContainsAny(r.Method, " \t\x00") || len(r.Method) > 32 {
		t.Errorf("method %q", r.Method)
	}
	if strings.ContainsAny(r.Path, "?#") && !strings.Contains(line, `\`) || strings.ContainsAny(r.Referer, "?#") {
		t.Errorf("path %q or referer %q holds a query", r.Path, r.Referer)
	}
	if n := r.Status.Value; n < 0 || n > 999 || !r.Status.Known && n != 0 {
		t.Errorf("status %v", r.Status)
	}
	if r.ResponseBytes.Value < 0 || r.RequestBytes.Value < 0 || r.Duration.Value < 0 {
		t.Errorf("%v and %v bytes in %v", r.RequestBytes, r.ResponseBytes, r.Duration)
	}
}

func holdsCLF(t *testing.T, line string, r *accesslog.Record) {
	holdsForeign(t, line, r)
	if r.Status.Known && !strings.Contains(line, fmt.Sprintf(` %03d`, r.Status.Value)) {
		t.Errorf("status %d is not in the line", r.Status.Value)
	}
	if r.Time.IsZero() && !strings.Contains(line, "/0001:") {
		t.Error("no time")
	}
	if !strings.HasPrefix(line, r.ClientIP) {
		t.Errorf("client %q", r.ClientIP)
	}
}

func FuzzCombined(f *testing.F) { fuzzParser(f, combined, holdsCLF) }

func FuzzCommon(f *testing.F) { fuzzParser(f, common, holdsCLF) }

func FuzzEnvoy(f *testing.F) { fuzzParser(f, envoy, holdsForeign) }

func FuzzALB(f *testing.F) { fuzzParser(f, alb, holdsForeign) }

func FuzzELB(f *testing.F) { fuzzParser(f, elb, holdsForeign) }

func FuzzHAProxy(f *testing.F) { fuzzParser(f, haproxy, holdsForeign) }

func FuzzS3(f *testing.F) { fuzzParser(f, s3, holdsForeign) }

func FuzzUWSGI(f *testing.F) { fuzzParser(f, uwsgi, holdsForeign) }

func FuzzTraefikCLF(f *testing.F) { fuzzParser(f, traefikCLF, holdsForeign) }

func FuzzAPIGateway(f *testing.F) { fuzzParser(f, apiGateway, holdsForeign) }

func FuzzIIS(f *testing.F) { fuzzParser(f, iis, holdsForeign) }

func FuzzCloudFront(f *testing.F) { fuzzParser(f, cloudfront, holdsForeign) }

func FuzzLoganalyze(f *testing.F) {
	fuzzParser(f, loganalyze, func(t *testing.T, line string, r *accesslog.Record) {
		if r.Msg != accesslog.MsgRequest && r.Msg != accesslog.MsgRejected {
			t.Errorf("message %q", r.Msg)
		}
		if !strings.Contains(line, `\`) && (!strings.Contains(line, `"`+r.Method+`"`) && r.Method != "" || !strings.Contains(line, r.Path)) {
			t.Errorf("method %q or path %q is not in the line", r.Method, r.Path)
		}
		if r.Status.Known && !strings.Contains(line, fmt.Sprint(r.Status.Value)) && r.Status.Value != 0 {
			t.Errorf("status %d is not in the line", r.Status.Value)
		}
	})
}

func FuzzJSON(f *testing.F) {
	fuzzParser(f, jsonLines, func(t *testing.T, line string, r *accesslog.Record) {
		holdsForeign(t, line, r)
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(line), &object) == nil && !strings.Contains(line, `\`) && utf8.ValidString(line) {
			holdsObject(t, object, r)
		}
		if n := r.Status.Value; n != 0 && n < 100 || r.Status.Known && !strings.Contains(line, fmt.Sprint(n)) && !strings.Contains(line, `\`) {
			t.Errorf("status %d is none, or not in the line", n)
		}
	})
}

func FuzzCaddy(f *testing.F)          { fuzzParser(f, caddy, holdsForeign) }
func FuzzTraefik(f *testing.F)        { fuzzParser(f, traefik, holdsForeign) }
func FuzzEnvoyJSON(f *testing.F)      { fuzzParser(f, envoyJSON, holdsForeign) }
func FuzzCloudflare(f *testing.F)     { fuzzParser(f, cloudflare, holdsForeign) }
func FuzzAPIGatewayJSON(f *testing.F) { fuzzParser(f, apiGatewayJSON, holdsForeign) }
func FuzzHttplog(f *testing.F)        { fuzzParser(f, httplog, holdsForeign) }
func FuzzECS(f *testing.F)            { fuzzParser(f, ecs, holdsForeign) }
func FuzzOpenTelemetry(f *testing.F)  { fuzzParser(f, openTelemetry, holdsForeign) }
func FuzzGoogle(f *testing.F)         { fuzzParser(f, google, holdsForeign) }
func FuzzOTLP(f *testing.F)           { fuzzParser(f, otlp, holdsForeign) }
func FuzzEcho(f *testing.F)           { fuzzParser(f, echo, holdsForeign) }
func FuzzFiber(f *testing.F)          { fuzzParser(f, fiber, holdsForeign) }
func FuzzGinJSON(f *testing.F)        { fuzzParser(f, ginJSON, holdsForeign) }
func FuzzSlog(f *testing.F)           { fuzzParser(f, slogJSON, holdsForeign) }
func FuzzZerolog(f *testing.F)        { fuzzParser(f, zerolog, holdsForeign) }
func FuzzZap(f *testing.F)            { fuzzParser(f, zap, holdsForeign) }
func FuzzHeroku(f *testing.F)         { fuzzParser(f, heroku, holdsForeign) }
func FuzzLogfmt(f *testing.F)         { fuzzParser(f, logfmt, holdsForeign) }

// holdsObject compares r with what encoding/json finds, where both read numbers and paths
// alike.
func holdsObject(t *testing.T, object map[string]json.RawMessage, r *accesslog.Record) {
	if n, err := strconv.Atoi(string(object["status"])); err == nil && r.Status != accesslog.Some(n) {
		t.Errorf("status %v, want %d", r.Status, n)
	}
	uri := strings.Trim(string(object["uri"]), `"`)
	if strings.HasPrefix(uri, "/") && !strings.ContainsAny(uri, "?#") && r.Path != uri {
		t.Errorf("path %q, want %q", r.Path, uri)
	}
}

// FuzzDetect feeds whole samples to Detect, and those lines to the parser that it found.
func FuzzDetect(f *testing.F) {
	for _, format := range Formats() {
		f.Add(format.Example)
		for _, e := range envelopings {
			f.Add(e.wrap(format.Example) + "\n" + e.wrap(startup[0]))
		}
	}
	for _, l := range loggers {
		f.Add(l.line)
	}
	f.Add(strings.Join(appJSON, "\n"))
	f.Add(prose)
	f.Add(strings.Join(javaTrace, "\n"))
	f.Add(`{"path":"/","status":200}` + "\n" + `{"path":"/","status":1,`)
	f.Add("\x00\x01\x02")
	f.Add("\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		d, err := Detect(toLines(lines...), Options{})
		again, errAgain := Detect(toLines(lines...), Options{})
		if diff := cmp.Diff(d, again, sameDetection); diff != "" || fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Errorf("%v, then %v: -first +second:\n%s", err, errAgain, diff)
		}
		if err != nil {
			var unknown *UnknownError
			if !errors.As(err, &unknown) || err.Error() == "" || unknown.Matched > unknown.Lines {
				t.Errorf("%#v", err)
			}
			return
		}
		if !(d.Confidence >= minConfidence && d.Confidence <= 1) || d.Why == "" || d.Unit != "" && perUnit[d.Unit] == 0 {
			t.Errorf("%+v", d)
		}
		records := 0
		p := d.NewParser()
		for _, line := range lines {
			got := parse(t, p, line)
			records += len(got.Records)
		}
		if records == 0 {
			t.Errorf("no record, though %s", d.Why)
		}
	})
}

// FuzzCLFTime compares the fast reader of times with the standard library's.
func FuzzCLFTime(f *testing.F) {
	f.Add("17/May/2015:10:05:03 +0000")
	f.Add("29/Feb/2024:23:59:59 -0330")
	f.Add("31/Dec/1999:23:59:60 +1400")
	f.Add("01/Dec/0000:00:00:00 ,000Z")
	f.Add(strings.Repeat("\x00", 26))
	var used clfClock
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) != len("17/May/2015:10:05:03 +0000") {
			return
		}
		got, ok := (&clfClock{}).parse(s)
		want, err := time.Parse("02/Jan/2006:15:04:05 -0700", s)
		switch {
		case ok && err == nil && !got.Equal(want):
			t.Errorf("%q is %v, want %v", s, got, want)
		case ok && err != nil && s[18:20] != "60":
			t.Errorf("%q is %v, want %v", s, got, err)
		case !ok && err == nil && strings.Contains("JanFebMarAprMayJunJulAugSepOctNovDec", s[3:6]) && s[22:24] < "24" && s[24:] < "60":
			t.Errorf("%q is not read, want %v", s, want)
		}
		if again, okAgain := used.parse(s); ok != okAgain || !again.Equal(got) {
			t.Errorf("%q: %v, %v after other times; alone %v, %v", s, again, okAgain, got, ok)
		}
	})
}

// slowCLF is a clfParser without its fast path.
type slowCLF struct{ *clfParser }

func (p slowCLF) Parse(line []byte, emit func(*accesslog.Record)) error { return p.any(line, emit) }

// FuzzCLFUsual holds the fast path of the Common Log Format and its kin to the way that all
// other lines go.
func FuzzCLFUsual(f *testing.F) {
	for _, format := range []*Format{combined, common, vhostCombined} {
		c := rowOf(f, format)
		for _, tt := range c.cases {
			if line := strings.Replace(c.full, tt.old, tt.new, 1); len(line) < 4096 {
				f.Add(line)
			}
		}
		f.Add(format.Example + ` 0.012 "upstream" 0.010`)
	}
	f.Add(`h - - [17/May/2015:10:05:03 +0000] "GET /a?b#c d HTTP/2.0" 200 1 "/r?q" "-"`)
	f.Add(`h - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1 1" 200 1 "-" "-"`)
	f.Fuzz(func(t *testing.T, line string) {
		for _, p := range []clfParser{{}, {agent: true}, {agent: true, extra: 2}, {agent: true, vhost: true}} {
			slow := p
			want, got := parse(t, slowCLF{&slow}, line), parse(t, &p, line)
			if diff := cmp.Diff(want, got, sameRecord); diff != "" {
				t.Errorf("agent %v, vhost %v: -without +with the fast path:\n%s", p.agent, p.vhost, diff)
			}
			if got.Err == nil && string(slow.tail) != string(p.tail) {
				t.Errorf("agent %v, vhost %v: the tail is %q, want %q", p.agent, p.vhost, p.tail, slow.tail)
			}
		}
	})
}

// FuzzPeel takes lines out of every wrapping that they were put in, and feeds every wrapper
// lines that it did not make.
func FuzzPeel(f *testing.F) {
	for _, e := range envelopings {
		f.Add(e.wrap(combined.Example))
		f.Add(e.wrap("a\\\"b\x1b[mc\r"))
	}
	f.Add(`{"log":"\ud83d\ude00\u00`)
	f.Add("<1>1 - - - - - [")
	f.Fuzz(func(t *testing.T, line string) {
		for i := range wrappers {
			var w wrapping
			peeled, ok := wrappers[i].peel(&w, []byte(line))
			if origin := wrappers[i].origin; ok && origin != nil {
				for n := range len(peeled) + 1 {
					if at := origin([]byte(line), n); at < 0 || at > len(line) {
						t.Errorf("%s: byte %d of %q stands at %d of %q", wrappers[i].name, n, peeled, at, line)
					}
				}
			}
		}
		if strings.ContainsAny(line, "\x1b\r\n\ufeff") || !utf8.ValidString(line) {
			return // which some wrappers change
		}
		for _, e := range envelopings {
			if got := peelNamed(t, e, []byte(e.wrap(line))); got != line {
				t.Errorf("%s: %q gives %q, want %q", e.reason, e.wrap(line), got, line)
			}
		}
	})
}

// peelNamed takes off what e puts on.
func peelNamed(t *testing.T, e enveloping, line []byte) string {
	for _, name := range e.names {
		for i := range wrappers {
			var ok bool
			if wrappers[i].name != name {
				continue
			}
			if line, ok = wrappers[i].peel(&wrapping{}, line); !ok {
				t.Fatalf("%s: %s is not there", e.reason, name)
			}
		}
	}
	return string(line)
}
