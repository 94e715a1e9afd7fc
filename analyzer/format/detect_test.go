package format

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// repeat is n copies of the lines.
func repeat(n int, lines ...string) []string {
	var out []string
	for range n {
		out = append(out, lines...)
	}
	return out
}

var startup = []string{
	"time=2026-09-06T05:58:01Z level=INFO msg=\"starting\" version=1.4.2",
	"listening on [::]:8080",
	"",
	"   ____    __",
	"  / __/___/ /  ___",
	"migrated the database in 1.2s",
}

var appJSON = []string{
	`{"level":"info","ts":1788674285.1,"msg":"starting","version":"1.4.2"}`,
	`{"level":"info","ts":1788674285.2,"msg":"webhook delivered","status":200}`,
	`{"level":"warn","ts":1788674285.3,"msg":"retrying","status":"ok","attempt":3}`,
	`{"level":"error","ts":1788674285.4,"msg":"job failed","path":"/var/spool/7","error":"disk full"}`,
}

func TestDetect(t *testing.T) {
	const compose = "web-1  | "
	prefixed := func(lines []string) []string {
		var out []string
		for _, line := range lines {
			out = append(out, compose+line)
		}
		return out
	}
	// These have no user agent, or no referer, in many of their lines.
	combinedLines := []string{
		`203.0.113.7 - - [06/Sep/2026:05:58:05 +0900] "GET / HTTP/1.1" 200 157 "-" "-"`,
		`203.0.113.7 - - [06/Sep/2026:05:58:06 +0900] "GET /a HTTP/1.1" 304 - "-" "curl/8.5.0"`,
		`203.0.113.7 - - [06/Sep/2026:05:58:06 +0900] "\x16\x03\x01" 400 0 "-" "-"`,
	}
	commonLines := []string{
		`203.0.113.7 - - [06/Sep/2026:05:58:05 +0900] "GET / HTTP/1.1" 304 -`,
		`203.0.113.7 - - [06/Sep/2026:05:58:06 +0900] "GET /a HTTP/1.1" 304 -`,
	}
	tests := []struct {
		reason  string
		sample  []string
		want    *Format
		wrapper string
	}{
		{"combined", combinedLines, combined, ""},
		{"combined with nobody named", combinedLines[:1], combined, ""},
		{"combined that ends too early", append(repeat(20, combinedLines...), combinedLines[0][:75]), combined, ""},
		{"combined with extras", []string{combined.Example + ` 0.004`, combined.Example + ` 0.012, 0.1 : 0.2`}, combined, ""},
		{"common", []string{common.Example}, common, ""},
		{"common without a size", commonLines, common, ""},
		{"mostly common", append(repeat(20, commonLines...), combinedLines[0]), common, ""},
		{"json", repeat(3, jsonLines.Example), jsonLines, ""},
		{"ours", repeat(3, loganalyze.Example), loganalyze, ""},
		{"ours with attributes of any kind", []string{strings.TrimSuffix(loganalyze.Example, "}") + `,"a":{"b":[1,null]},"http.response.status_code":200}`}, loganalyze, ""},
		{"behind what the application says when it starts", append(append([]string(nil), startup...), combinedLines...), combined, ""},
		{"one request in fifty lines", append(repeat(49, startup[0]), combined.Example), combined, ""},
		{"JSON requests among other JSON lines", append(repeat(9, appJSON...), jsonLines.Example), jsonLines, ""},
		{"ours among the application's own slog lines", append(repeat(20, `{"time":"2026-11-20T14:38:12Z","level":"INFO","msg":"cache warm","status":200,"path":"/"}`), repeat(20, loganalyze.Example)...), loganalyze, ""},
		{"combined among JSON", append(repeat(9, appJSON...), combinedLines...), combined, ""},
		{"attacks among requests", append(repeat(10, combined.Example), repeat(5, "\x16\x03\x01\x00", `{"`, `203.0.113.7 - - [`)...), combined, ""},
		{"space around the lines", []string{"  " + jsonLines.Example + " \t"}, jsonLines, ""},
		{"combined behind compose", prefixed(combinedLines), combined, "a docker compose prefix"},
		{"common behind compose", prefixed(commonLines), common, "a docker compose prefix"},
		{"json behind compose", prefixed(append(repeat(2, appJSON...), jsonLines.Example)), jsonLines, "a docker compose prefix"},
		{"ours behind compose", prefixed([]string{loganalyze.Example}), loganalyze, "a docker compose prefix"},
		{"lines that begin like Envoy's, and end too early for them", repeat(20, `[2026-09-06T05:58:05Z] "GET" 454 201 203.0.113.20 273 /users/1`), inferred, ""},
		{"compose, with its own words between", append(prefixed(combinedLines), "Attaching to web-1", "web-1 exited with code 0"), combined, "a docker compose prefix"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			d, err := Detect(toLines(tt.sample...), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if d.Format != tt.want || strings.Contains(d.Why, "behind") != (tt.wrapper != "") || !strings.Contains(d.Why, tt.wrapper) {
				t.Errorf("%s because %q; want %s behind %q", d.Format.Name, d.Why, tt.want.Name, tt.wrapper)
			}
			if !(d.Confidence > 0 && d.Confidence <= 1) {
				t.Errorf("confidence %v", d.Confidence)
			}
			if requests := fmt.Sprintf(" of %d sampled lines", len(withoutBlank(toLines(tt.sample...)))); !strings.Contains(d.Why, requests) {
				t.Errorf("why is %q, want it to speak%s", d.Why, requests)
			}
		})
	}
}

// TestDetectClient names the fault that a wrapper's name passes for the client.
func TestDetectClient(t *testing.T) {
	for _, line := range []string{"web-1  | " + combined.Example, "web-1 | " + combined.Example} {
		d, err := Detect(toLines(line), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := parse(t, d.NewParser(), line); len(got.Records) != 1 || got.Records[0].ClientIP != "203.0.113.7" {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

const prose = `An access log is a diary that a server keeps of its guests. Each guest is given
a line: who came, at what hour, what was asked for, and what the answer was. Most answers
are "200 OK" and nobody reads them. Now and then, at 05:58:05 on some September morning, a
502 slips in [and with it the question of whose fault it was]; by 06:02 there are 412 of
them, and the diary is read at last. GET / HTTP/1.1 is how such a story tends to begin.`

var javaTrace = []string{
	`2026-09-06 05:58:05.123 ERROR 1 --- [nio-8080-exec-1] o.a.c.c.C.[.[.[/].[dispatcherServlet]    : Servlet.service() threw exception`,
	`java.lang.IllegalStateException: status 500 for /users/42`,
	"\tat com.example.users.UserController.find(UserController.java:42) ~[classes!/:1.4.2]",
	"\tat java.base/java.lang.Thread.run(Thread.java:1583) ~[na:na]",
	`Caused by: java.sql.SQLException: connection refused`,
	"\t... 47 common frames omitted",
}

// refusals are samples that no format may claim.
func refusals(t *testing.T) map[string][]string {
	source, err := os.ReadFile("clf.go")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	junk := make([]byte, 64<<10)
	for i := range junk {
		junk[i] = byte(rng.Uint32())
	}
	return map[string][]string{
		"nothing":          nil,
		"blank lines":      {"", "  ", "\t", "\r"},
		"prose":            strings.Split(prose, "\n"),
		"Go source":        strings.Split(string(source), "\n"),
		"startup":          startup,
		"JSON of an app":   repeat(20, appJSON...),
		"gRPC":             repeat(20, `{"level":"info","grpc.method":"Find","grpc.code":"OK","path":"/users.Users/Find","status":3}`),
		"JSON with status": repeat(20, `{"name":"order 7","path":"/orders/7","status":"ok"}`),
		"logfmt":           repeat(20, `time=2026-09-06T05:58:05Z level=INFO msg="job done" path=/var/spool/7 status=ok duration=1.2ms`),
		"Java":             repeat(20, javaTrace...),
		"binary":           strings.Split(string(junk), "\n"),
		"UTF-16":           {strings.ReplaceAll(combined.Example, "", "\x00")},
		"gzip":             {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\xcc\x2b\xc9\x48\x2c\x4a\x49\x04\x00\x8d\x4f\x1c\x3e\x07\x00\x00\x00"},
		"nginx errors":     repeat(20, `2026/09/06 05:58:05 [error] 12#12: *1 open() "/x" failed (2: No such file or directory), client: 203.0.113.7, request: "GET /x HTTP/1.1"`),
		"JSON array":       {"[", `{"method":"GET"},`, "]"},
		"indented":         {"  " + combined.Example, "  " + common.Example},
		"numbers":          {"1", "2", "3"},
		"one in a hundred": append(repeat(99, startup[0]), combined.Example),
		"mostly broken":    append(repeat(9, `203.0.113.7 - - [06/Sep/2026-05:58:05] "GET / HTTP/1.1" 200 1`), combined.Example),
	}
}

func TestRefuse(t *testing.T) {
	for name, sample := range refusals(t) {
		t.Run(name, func(t *testing.T) {
			d, err := Detect(toLines(sample...), Options{})
			var unknown *UnknownError
			if !errors.As(err, &unknown) {
				t.Fatalf("%+v, %v; want an UnknownError", d, err)
			}
			if want := len(withoutBlank(toLines(sample...))); unknown.Lines != want {
				t.Errorf("%d lines, want %d", unknown.Lines, want)
			}
			if binary := name == "binary" || name == "UTF-16" || name == "gzip"; unknown.Binary != binary {
				t.Errorf("binary %v, want %v", unknown.Binary, binary)
			}
		})
	}
}

func TestUnknownError(t *testing.T) {
	tests := []struct {
		reason string
		err    UnknownError
		want   []string
	}{
		{"nothing was read", UnknownError{}, []string{"no line"}},
		{"nothing matches: what to do, a line, and the formats there are", UnknownError{Lines: 7, Start: "to be"}, []string{"none of the 7 lines", "--log-format", "--field", "as in: to be;", "loganalyze formats lists"}},
		{"another log", UnknownError{Lines: 7, Other: "nginx's error log", Best: combined}, []string{"it is nginx's error log", "name the access log"}},
		{"not even by the format that was named", UnknownError{Lines: 7, Named: combined}, []string{"none of the 7 lines", combined.Title, "--log-format"}},
		{"too little matches: the best guess and what to do", UnknownError{Lines: 7, Best: combined, Matched: 2}, []string{"combined", "2 of the 7 lines", "--log-format"}},
		{"binary: what to do", UnknownError{Lines: 7, Binary: true}, []string{"binary", "decompress"}},
	}
	for _, tt := range tests {
		for _, want := range tt.want {
			if got := tt.err.Error(); !strings.Contains(got, want) {
				t.Errorf("%s: %q says nothing of %q", tt.reason, got, want)
			}
		}
	}
	_, err := Detect(toLines(append(repeat(99, startup[0]), combined.Example)...), Options{})
	var unknown *UnknownError
	if !errors.As(err, &unknown) || unknown.Best != combined || unknown.Matched != 1 || unknown.Lines != 100 {
		t.Errorf("%#v, want the best guess and how much it explains", err)
	}
}

// TestNoAccessLog: what stands beside access logs and is none is called by its name.
func TestNoAccessLog(t *testing.T) {
	const nginx, apache = "nginx's error log", "Apache httpd's error log"
	for _, tt := range []struct{ reason, line, want string }{
		{"nginx", `2026/11/26 21:00:00 [error] 29#29: *1 open() "/usr/share/nginx/html/a" failed (2: No such file or directory), client: 203.0.113.8`, nginx},
		{"nginx at its start", `2026/11/26 21:00:00 [notice] 1#1: using the "epoll" event method`, nginx},
		{"Apache 2.4", `[Thu Nov 26 21:00:00.123456 2026] [core:error] [pid 29:tid 139] [client 203.0.113.8:51234] AH00037: Symbolic link not allowed`, apache},
		{"Apache 2.2", `[Thu Nov 26 21:00:00 2026] [error] [client 203.0.113.8] File does not exist: /var/www/a`, apache},
		{"Go's log", `2026/11/26 21:00:00 listening on :8080`, ""},
		{"prose", `to be, or not to be`, ""},
	} {
		_, err := Detect(toLines(repeat(9, tt.line)...), Options{})
		var unknown *UnknownError
		if !errors.As(err, &unknown) || unknown.Other != tt.want || !strings.HasPrefix(tt.line, strings.TrimSuffix(unknown.Start, "…")) || unknown.Start == "" {
			t.Errorf("%s: %#v, want %q", tt.reason, err, tt.want)
		}
	}
}

func TestStartOf(t *testing.T) {
	for _, tt := range []struct{ reason, line, want string }{
		{"all of it", " to be ", "to be"},
		{"as much as can be shown", strings.Repeat("a", 121), strings.Repeat("a", 120) + "…"},
		{"no half a character", strings.Repeat("a", 119) + "ää", strings.Repeat("a", 119) + "…"},
		{"no text", "a\xff" + strings.Repeat("\x80", 200), "a\ufffd…"},
		{"nothing", "", ""},
	} {
		if got := startOf([][]byte{[]byte(tt.line)}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
	}
}

// TestDetectNamed checks that a format that the user names is taken when it explains any
// line at all, and no other.
func TestDetectNamed(t *testing.T) {
	for _, f := range Formats() {
		if f.least > 0 {
			continue // there is nothing to recognise it by but that the lines are alike
		}
		sample := toLines(append(repeat(200, startup[0]), f.Example)...)
		d, err := Detect(sample, Options{Formats: []*Format{f}})
		if err != nil || d.Format != f {
			t.Errorf("%s, one line in 200: %+v, %v", f.Name, d, err)
		}
		if _, err := Detect(sample, Options{}); err == nil {
			t.Errorf("%s, one line in 200, not named: it is accepted", f.Name)
		}
		if _, err := Detect(toLines(startup...), Options{Formats: []*Format{f}}); err == nil {
			t.Errorf("%s, no line: it is accepted", f.Name)
		}
	}
	if d, err := Detect(toLines(combined.Example), Options{Formats: []*Format{common}}); err != nil || d.Format != common {
		t.Errorf("common, where combined fits as well: %+v, %v", d, err)
	}
	if d, err := Detect(toLines(loganalyze.Example), Options{Formats: []*Format{jsonLines}}); err != nil || d.Format != jsonLines {
		t.Errorf("json, where loganalyze is narrower: %+v, %v", d, err)
	}
	if d, err := Detect(toLines(loganalyze.Example), Options{Formats: []*Format{combined, jsonLines}}); err != nil || d.Format != jsonLines {
		t.Errorf("the better of two: %+v, %v", d, err)
	}
}

// sameDetection compares what is decided.
var sameDetection = cmp.Options{
	cmpopts.IgnoreUnexported(Detection{}),
	cmp.Comparer(func(a, b *Format) bool { return a == b }),
}

// TestDetectAgain checks that nothing depends on the order of a map.
func TestDetectAgain(t *testing.T) {
	samples := refusals(t)
	for _, l := range loggers {
		samples[l.name] = append(repeat(3, appJSON...), l.line)
	}
	samples["several candidates for each role"] = []string{
		`{"status":200,"code":404,"status-code":500,"statusCode":302,"status_code":201,"method":"GET","path":"/a","url":"/b","uri":"/c","time":"2026-09-06T05:58:05Z","Time":1788674285,"duration":1,"latency":1.5,"elapsed":"2ms"}`,
	}
	for name, sample := range samples {
		lines := toLines(sample...)
		first, firstErr := Detect(lines, Options{})
		for range 5 {
			d, err := Detect(lines, Options{})
			if diff := cmp.Diff(first, d, sameDetection); diff != "" {
				t.Errorf("%s: -first +again:\n%s", name, diff)
			}
			if fmt.Sprint(err) != fmt.Sprint(firstErr) {
				t.Errorf("%s: %v, then %v", name, firstErr, err)
			}
		}
		if !slices.EqualFunc(toLines(sample...), lines, bytes.Equal) {
			t.Errorf("%s: the sample was changed", name)
		}
	}
}

// TestNewParser checks that parsers of one Detection share nothing.
func TestNewParser(t *testing.T) {
	for _, f := range Formats() {
		d, err := Detect(toLines(enough(f, f.Example)...), Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := parse(t, d.NewParser(), f.Example)
		done := make(chan result)
		for range 4 {
			go func() {
				var got result
				defer func() { done <- got }()
				p := d.NewParser()
				for range 100 {
					got = parse(t, p, f.Example)
				}
			}()
		}
		for range 4 {
			if diff := cmp.Diff(want, <-done, sameRecord); diff != "" {
				t.Errorf("%s: -alone +at once:\n%s", f.Name, diff)
			}
		}
	}
}

func TestIsBinary(t *testing.T) {
	tests := []struct {
		reason string
		line   []byte
		want   bool
	}{
		{"nothing", nil, false},
		{"text", []byte(combined.Example), false},
		{"tabs and escapes of colour", []byte("\t\t\x1b[31m\x1b[0m\r"), false},
		{"UTF-8", []byte("مگاپیکسل"), false},
		{"an attacker's bytes in a line", append([]byte(combined.Example), "\x16\x03"...), false},
		{"zero bytes", bytes.Repeat([]byte{0}, 10), true},
	}
	for _, tt := range tests {
		if got := isBinary([][]byte{tt.line}); got != tt.want {
			t.Errorf("%s: %v", tt.reason, got)
		}
	}
}
