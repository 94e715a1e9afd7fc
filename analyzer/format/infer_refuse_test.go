package format

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

const pythonSource = `import re

STATUS = {200: "OK", 301: "Moved", 404: "Not Found", 500: "Internal Server Error", 502: "Bad Gateway"}

def handle(request, status=200):
    """Answer GET / and GET /users/42 with 200, and all else with 404."""
    if request.method == "GET" and request.path == "/users/42":
        return respond(status, "text/html", b"<p>42</p>")
    log.info("%s %s %d", request.method, request.path, 404)
    return respond(404, "text/plain", b"")`

const scriptSource = `const routes = [
  { method: 'GET', path: '/users', status: 200 },
  { method: 'GET', path: '/users/:id', status: 200 },
  { method: 'POST', path: '/users', status: 201 },
  { method: 'DELETE', path: '/users/:id', status: 204 },
  { method: 'GET', path: '/missing', status: 404 },
];
for (const r of routes) app[r.method.toLowerCase()](r.path, (req, res) => res.sendStatus(r.status));`

const changelog = `# Changelog

## 1.4.2 - 2026-09-06
- Fixed GET /users/42, which answered 500 instead of 404 (#502)
- Fixed POST /orders, which answered 200 instead of 201 (#503)
- Timeouts of 500 ms and more are now 504 (#504)

## 1.4.1 - 2026-08-30
- 10.0.0.1 is no longer trusted by default (#404)
- GET /health answers 204 (#429)`

// notLogs are texts with numbers in them that no format may claim.
func notLogs(t testing.TB) map[string][]string {
	source, err := os.ReadFile("infer_kinds.go")
	if err != nil {
		t.Fatal(err)
	}
	test, err := os.ReadFile("infer_test.go")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	codes := []int{200, 404, 500, 301, 502, 403}
	lines := func(n int, line func(i int) string) (out []string) {
		for i := range n {
			out = append(out, line(i))
		}
		return out
	}
	at := func(i int) time.Time { return time.Date(2026, 9, 6, 5, 58, i, 0, time.UTC) }
	code := func() int { return codes[rng.IntN(len(codes))] }
	levels := []string{"INFO", "WARN", "ERROR", "DEBUG"}
	return map[string][]string{
		"prose":      strings.Split(strings.Repeat(prose+"\n", 10), "\n"),
		"Go":         strings.Split(string(source), "\n"),
		"Go tests":   strings.Split(string(test), "\n"),
		"Python":     strings.Split(strings.Repeat(pythonSource+"\n", 10), "\n"),
		"JavaScript": strings.Split(strings.Repeat(scriptSource+"\n", 10), "\n"),
		"a table of routes": lines(60, func(i int) string {
			return fmt.Sprintf("  { method: 'GET', path: '/users/%d', status: %d },", i, code())
		}),
		"a table of answers": lines(60, func(i int) string { return fmt.Sprintf("| GET | /users/%d | %d | what it means |", i, code()) }),
		"a changelog":        strings.Split(strings.Repeat(changelog+"\n", 10), "\n"),
		"slog": lines(60, func(i int) string {
			return fmt.Sprintf(`time=%s level=%s msg="job %d finished" attempts=%d path=/var/spool/%d`, at(i).Format(time.RFC3339), levels[i%4], i, code(), i)
		}),
		"log4j": lines(60, func(i int) string {
			return fmt.Sprintf("%s %-5s [main] com.example.Worker - code %d for item /spool/%d", at(i).Format("2006-01-02 15:04:05.000"), levels[i%4], code(), i)
		}),
		"Python's logging": lines(60, func(i int) string {
			return fmt.Sprintf("%s,123 - worker - %s - upstream said %d after 0.%03d s", at(i).Format("2006-01-02 15:04:05"), levels[i%4], code(), i)
		}),
		"a client's retries": lines(60, func(i int) string {
			return fmt.Sprintf("%s %s retry %d of %s: HTTP %d", at(i).Format(time.RFC3339), levels[i%4], i%3, []string{"users", "orders"}[i%2], code())
		}),
		"prices": append([]string{"date,article,price,stock"}, lines(60, func(i int) string {
			return fmt.Sprintf("2026-09-06,/articles/%d,%d,%d", i, code(), 100+rng.IntN(500))
		})...),
		"sensors": append([]string{"time,sensor,ppm,hPa"}, lines(60, func(i int) string {
			return fmt.Sprintf("%s,10.0.0.%d,%d,%d", at(i).Format(time.RFC3339), i%4, 400+rng.IntN(120), 980+rng.IntN(40))
		})...),
		"sensors whose numbers are statuses": lines(60, func(i int) string {
			return fmt.Sprintf("%s;10.0.0.%d;/dev/ttyS%d;%d", at(i).Format(time.RFC3339), i%4, i%2, code())
		}),
		"the kernel": lines(60, func(i int) string {
			return fmt.Sprintf("Sep  6 05:58:%02d host kernel: [%5d.%06d] [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.%d DST=10.0.0.1 LEN=%d TTL=%d PROTO=TCP SPT=%d DPT=443", i, i, i*77, i, code(), 40+i%20, 30000+i)
		}),
		"sshd": lines(60, func(i int) string {
			return fmt.Sprintf("Sep  6 05:58:%02d host sshd[%d]: Failed password for root from 203.0.113.%d port %d ssh2", i, code(), i, 40000+i)
		}),
		"go test": lines(60, func(i int) string {
			return []string{fmt.Sprintf("=== RUN   TestUsers/GET_/users/%d", i), fmt.Sprintf("--- PASS: TestUsers/GET_/users/%d (0.%02ds)", i, i), fmt.Sprintf("ok  \tgithub.com/example/users%d\t0.%d", i, code()) + "s"}[i%3]
		}),
		"a directory": lines(60, func(i int) string {
			return fmt.Sprintf("-rw-r--r-- 1 root root %d Sep  6 05:58 /var/www/%d.html", code(), i)
		}),
		"find": lines(60, func(i int) string {
			return fmt.Sprintf("%d 2026-09-06 05:58:%02d /var/www/%d.html", code(), i, i)
		}),
		"nginx errors": lines(60, func(i int) string {
			return fmt.Sprintf(`2026/09/06 05:58:%02d [error] 12#12: *%d open() "/x" failed (2: No such file or directory), client: 203.0.113.7, server: x, request: "GET /x/%d HTTP/1.1", host: "x"`, i, code(), i)
		}),
		"requests without a status": lines(60, func(i int) string {
			return fmt.Sprintf(`%s 203.0.113.7 "GET /users/%d HTTP/1.1" %d`, at(i).Format(time.RFC3339), i, 100+rng.IntN(800))
		}),
		"two columns of statuses": lines(60, func(i int) string {
			return fmt.Sprintf(`%s 203.0.113.7 "GET /users/%d HTTP/1.1" %d %d`, at(i).Format(time.RFC3339), i, code(), code())
		}),
		"JSON of readings": lines(60, func(i int) string {
			return fmt.Sprintf(`{"t":%d,"sensor":"/dev/ttyS0","ppm":%d,"ip":"10.0.0.1"}`, at(i).Unix(), 400+rng.IntN(120))
		}),
		"JSON of jobs": lines(60, func(i int) string {
			return fmt.Sprintf(`{"at":%q,"job":"/spool/%d","exit":%d,"took":"1.2s"}`, at(i).Format(time.RFC3339), i, i%3)
		}),
	}
}

func TestInferRefuse(t *testing.T) {
	for name, lines := range notLogs(t) {
		d, err := Detect(toLines(lines...), Options{TZ: time.UTC})
		var unknown *UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("%s: %v read as %s\n%s", name, err, d.LogFormat, lines[0])
			continue
		}
		if (unknown.Guess == "") != (unknown.Doubt == "") {
			t.Errorf("%s: the guess %q, but %q", name, unknown.Guess, unknown.Doubt)
		}
	}
}

// TestInferProperty draws layouts: what they are made of, in which order, with what between them. The
// status is read right from each line, or the layout is refused.
func TestInferProperty(t *testing.T) {
	accepted, drawn := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		requests := truths(60, rapid.Uint64().Draw(t, "seed"))
		columns := []func(t truth) string{
			func(t truth) string { return fmt.Sprint(t.status) },
			func(t truth) string { return t.method },
			func(t truth) string { return t.path + t.query },
		}
		more := []func(t truth) string{
			func(t truth) string { return t.at.Format(time.RFC3339) },
			func(t truth) string { return t.ip },
			func(t truth) string { return fmt.Sprint(t.bytes) },
			func(t truth) string { return fmt.Sprint(t.took.Milliseconds()) },
			func(t truth) string { return fmt.Sprintf("%.3f", t.seconds()) },
			func(t truth) string { return fmt.Sprint(t.took.Microseconds()) },
			func(t truth) string { return fmt.Sprint(t.port) },
			func(t truth) string { return fmt.Sprint(100 + t.port%500) },
			func(t truth) string { return fmt.Sprint(t.counter) },
			func(t truth) string { return "443" },
			func(t truth) string { return "-" },
			func(t truth) string { return "worker-3" },
			func(t truth) string { return fmt.Sprint(t.at.UnixMilli()) },
			func(t truth) string { return orHyphen(t.referer) },
			func(t truth) string { return fmt.Sprint(500 + t.port%3) },
		}
		for _, i := range rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}).Draw(t, "more")[:rapid.IntRange(1, 8).Draw(t, "n")] {
			columns = append(columns, more[i])
		}
		columns = rapid.Permutation(columns).Draw(t, "order")
		sep := rapid.SampledFrom([]string{" ", ",", "\t", " | ", ";", ", ", "|"}).Draw(t, "sep")
		frames := make([]string, len(columns))
		for i := range frames {
			frames[i] = rapid.SampledFrom([]string{"%s", "%s", "%s", `"%s"`, "[%s]", "k=%s", "(%s)"}).Draw(t, "frame")
		}
		var lines []string
		for _, request := range requests {
			var cells []string
			for i, column := range columns {
				cells = append(cells, fmt.Sprintf(frames[i], column(request)))
			}
			lines = append(lines, strings.Join(cells, sep))
		}
		drawn++
		d, err := Detect(toLines(lines...), Options{TZ: time.UTC})
		if err != nil || d.Format == fiberText {
			return // whose columns, where one of them looks like a status, may be these
		}
		accepted++
		p := d.NewParser()
		for i, line := range lines {
			_ = p.Parse([]byte(line), func(r *accesslog.Record) {
				if want := requests[i]; r.Status != accesslog.Some(want.status) {
					t.Fatalf("%s %s\n%s\nstatus %v, want %d", d.Format.Name, d.LogFormat, line, r.Status, want.status)
				} else if r.Method != "" && r.Method != want.method || r.Path != want.path {
					t.Fatalf("%s\n%s\n%s %s, want %s %s", d.LogFormat, line, r.Method, r.Path, want.method, want.path)
				} else if r.ResponseBytes.Known && r.ResponseBytes.Value != want.bytes {
					t.Fatalf("%s\n%s\n%d bytes, want %d", d.LogFormat, line, r.ResponseBytes.Value, want.bytes)
				} else if r.Duration.Known && (want.took-r.Duration.Value).Abs() >= time.Millisecond {
					t.Fatalf("%s\n%s\n%v, want %v", d.LogFormat, line, r.Duration.Value, want.took)
				} else if r.ClientIP != "" && r.ClientIP != want.ip {
					t.Fatalf("%s\n%s\nclient %s, want %s", d.LogFormat, line, r.ClientIP, want.ip)
				}
			})
		}
	})
	t.Logf("%d of %d layouts were read", accepted, drawn)
}
