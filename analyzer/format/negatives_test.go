package format

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// negatives are texts that hold no request, though much in them looks like one: numbers of
// three digits, times, addresses, methods, paths. Each line is repeated with other numbers.
var negatives = map[string][]string{
	"slog text": {
		`time=2026-09-06T05:58:%02d.123Z level=INFO msg="cache warm" keys=1200 duration=35.1ms`,
		`time=2026-09-06T05:58:%02d.123Z level=WARN msg="retrying" attempt=3 status=503 service=billing`,
	},
	"slog JSON": {
		`{"time":"2026-09-06T05:58:%02d.123Z","level":"INFO","msg":"order shipped","id":77,"status":200}`,
		`{"time":"2026-09-06T05:58:%02d.123Z","level":"ERROR","msg":"cannot write","path":"/var/spool/7","error":"disk full"}`,
	},
	"zap console": {
		"2026-09-06T05:58:%02d.123Z\tINFO\tserver/server.go:42\tstarting\t{\"port\": 8080, \"version\": \"1.4.2\"}",
		"2026-09-06T05:58:%02d.123Z\tERROR\tdb/pool.go:200\tconnection refused\t{\"host\": \"10.0.0.7\", \"status\": 500}",
	},
	"log4j": {
		`2026-09-06 05:58:%02d,123 INFO  [main] com.example.App - Started in 2.041 seconds (process running for 502)`,
		`2026-09-06 05:58:%02d,124 ERROR [http-nio-8080-exec-3] c.e.users.Service - GET of users failed: 404 from upstream`,
	},
	"logback of Spring": {
		`2026-09-06T05:58:%02d.123+09:00  INFO 1 --- [nio-8080-exec-1] o.s.web.servlet.DispatcherServlet        : Completed initialization in 200 ms`,
	},
	"Python logging": {
		`2026-09-06 05:58:%02d,123 - urllib3.connectionpool - DEBUG - Starting new HTTPS connection (1): api.example.com:443`,
		`INFO:root:loaded 200 rows in 0.%03d s`,
		`WARNING 2026-09-06 05:58:05,123 views 12 140 Forbidden path`,
	},
	"syslog of a kernel": {
		`Sep  6 05:58:%02d web-1 kernel: [  200.123456] TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.`,
		`Sep  6 05:58:%02d web-1 systemd[1]: Started Session 404 of user ann.`,
		`Sep  6 05:58:%02d web-1 sshd[502]: Failed password for root from 203.0.113.7 port 500 ssh2`,
	},
	"dmesg":  {`[  200.%06d] pci 0000:00:1f.2: [8086:2922] type 00 class 0x010601`},
	"auditd": {`type=SYSCALL msg=audit(1788674285.%03d:200): arch=c000003e syscall=59 success=yes exit=0 pid=502 comm="curl"`},
	"go test": {
		`=== RUN   TestUsers/GET_/users/%d`,
		`--- PASS: TestUsers/GET_/users/%d (0.20s)`,
		`    users_test.go:200: GET /users/%d gives 404, want 200`,
		`ok  	example.com/users	0.%03ds`,
	},
	"a Go panic": {
		`goroutine 200 [running]:`,
		`main.(*Server).get(0xc000123400, {0x7f3a4, 0xc000%06d})`,
		"\t/src/server.go:404 +0x1f8",
	},
	"a Python trace": {
		`Traceback (most recent call last):`,
		`  File "/srv/app/views.py", line %d, in get`,
		`    return self.session.request("GET", url, timeout=500)`,
		`requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://api.example.com/u/1`,
	},
	"Python source": {
		`def get(self, request, id=%d):`,
		`    """GET /users/{id} gives 200, or 404."""`,
		`    if response.status_code == 404: return Response(status=404)`,
	},
	"JavaScript source": {
		`app.get('/users/%d', async (req, res) => {`,
		`  if (!user) return res.status(404).json({ error: "not found" }); // GET /users 404`,
		`});`,
	},
	"JSON settings": {
		`{`, `  "name": "users-%d",`, `  "status": 200,`, `  "method": "GET",`, `  "path": "/users",`, `  "timeout": 500`, `}`,
	},
	"YAML of an API": {
		`paths:`, `  /users/{id}:`, `    get:`, `      operationId: user%d`, `      responses:`, `        "200": { description: OK }`, `        "404": { description: Not Found }`,
	},
	"a changelog": {
		`## 1.4.%d - 2026-09-06`,
		`- GET /users now answers 404 instead of 500 (#200)`,
		`- Fix: HTTP/2 requests were logged as HTTP/1.1 "GET /" 200`,
	},
	"CSV":            {`2026-09-06,ann,200,/srv/data/%d.csv,4.04,10.0.0.7`},
	"SQL":            {`INSERT INTO requests (method, path, status) VALUES ('GET', '/users/%d', 200);`},
	"Markdown table": {`| GET | /users/%d | 200 | the user |`},
	"Prometheus":     {`http_requests_total{method="GET",path="/users",code="200"} %d`},
	"an inventory":   {`10.0.0.%d web-1 rack-200 eth0 [up] "GET ready" 502 servers`},
	"PostgreSQL": {
		`2026-09-06 05:58:%02d.123 UTC [502] LOG:  duration: 200.123 ms  statement: SELECT * FROM users WHERE path = '/u/1'`,
		`2026-09-06 05:58:%02d.123 UTC [502] ERROR:  canceling statement due to statement timeout`,
	},
	"Redis":                           {`502:M 06 Sep 2026 05:58:%02d.123 * 100 changes in 300 seconds. Saving...`},
	"MySQL":                           {`2026-09-06T05:58:%02d.123456Z 200 [Note] [MY-010914] [Server] Aborted connection 404 to db: 'users' host: '10.0.0.7'`},
	"journald of Docker":              {`2026-09-06T05:58:%02d+0000 web-1 dockerd[812]: time="2026-09-06T05:58:05Z" level=info msg="ignoring event" module=libcontainerd topic=/tasks/delete status=200`},
	"Docker's file of an application": {`{"log":"{\"level\":\"info\",\"msg\":\"job done\",\"status\":200}\n","stream":"stdout","time":"2026-09-06T05:58:%02dZ"}`},
}

// many repeats lines with other numbers in them.
func many(lines []string) (out []string) {
	for i := range 60 {
		for _, line := range lines {
			if strings.Contains(line, "%") {
				line = fmt.Sprintf(line, i)
			}
			out = append(out, line)
		}
	}
	return out
}

// TestNegatives holds detection to refuse what holds no request, alone and in every wrapping.
func TestNegatives(t *testing.T) {
	for name, lines := range negatives {
		for _, e := range envelopings {
			var sample []string
			for _, line := range many(lines) {
				sample = append(sample, e.wrap(line))
			}
			if d, err := Detect(toLines(sample...), Options{}); err == nil {
				t.Errorf("%s, %s: taken for %s: %s", name, e.reason, d.Format.Name, d.Why)
			}
		}
	}
}

// TestNegativeSource refuses the source of Go's own net/http, which speaks of requests more
// than any log does.
func TestNegativeSource(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", "net", "http", "*.go"))
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := Detect(sampleOf(strings.Split(string(text), "\n")), Options{}); err == nil {
			t.Errorf("%s: taken for %s: %s", filepath.Base(name), d.Format.Name, d.Why)
		}
	}
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("Go's source is not found by the go command: %v", err)
		}
		t.Skip("Go's source is not there")
	}
}

// TestNegativesBesideRequests: what is no request stays none where a log has requests, too.
func TestNegativesBesideRequests(t *testing.T) {
	for name, lines := range negatives {
		sample := many(lines)
		for range 40 {
			sample = append(sample, combined.Example)
		}
		d, err := Detect(toLines(sample...), Options{})
		if err != nil {
			t.Errorf("%s: the requests behind it are not found: %v", name, err)
			continue
		}
		if d.Format != combined || len(d.others) > 0 || len(d.wrappers) > 0 {
			t.Errorf("%s: %s", name, d.Why)
		}
	}
}

// TestOthers finds other formats among the lines that the first does not read.
func TestOthers(t *testing.T) {
	requests := func(f *Format, n int) []string {
		lines, _ := trafficOf(t, f)
		var out []string
		for i := range n {
			out = append(out, string(lines[i%len(lines)]))
		}
		return out
	}
	join := func(parts ...[]string) (all []string) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	compose := envelopings[1]
	wrapped := func(lines []string) (out []string) {
		for _, line := range lines {
			out = append(out, compose.wrap(line))
		}
		return out
	}
	tests := []struct {
		reason string
		sample []string
		first  *Format
		others []*Format
	}{
		{"nginx before an application", join(requests(combined, 100), requests(jsonLines, 60)), combined, []*Format{jsonLines}},
		{"the same behind compose", wrapped(join(requests(combined, 100), requests(jsonLines, 60))), combined, []*Format{jsonLines}},
		{"a server that was upgraded", join(requests(combined, 60), requests(loganalyze, 100)), loganalyze, []*Format{combined}},
		{"with an application's words between", join(requests(combined, 100), requests(envoy, 20), repeat(50, startup...)), combined, []*Format{envoy}},
		{"three services of one compose file", wrapped(join(requests(combined, 100), requests(jsonLines, 60), requests(logfmt, 40))), combined, []*Format{jsonLines, logfmt}},
		{"no more than are looked for", join(requests(combined, 100), requests(jsonLines, 60), requests(envoy, 50), requests(haproxy, 40), requests(alb, 30)), combined, []*Format{jsonLines, envoy, haproxy}},
		{"too few to matter", join(requests(combined, 100), requests(jsonLines, 10), repeat(60, startup...)), combined, nil},
		{"one format alone", requests(combined, 100), combined, nil},
		{"calls to others, logged beside an application's requests", join(requests(jsonLines, 100), repeat(20, `{"msg":"call","verb":"GET","url":"https://example.com/x","code":200}`)), jsonLines, nil},
	}
	for _, tt := range tests {
		d, err := Detect(toLines(tt.sample...), Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		var others []*Format
		named := true
		for _, other := range d.others {
			others = append(others, other.Format)
			named = named && strings.Contains(d.Why, "; other lines are "+other.Format.Name+": ")
		}
		if d.Format != tt.first || !slices.Equal(others, tt.others) || !named {
			t.Errorf("%s: %s: %s", tt.reason, d.Format.Name, d.Why)
		}
		if tt.others == nil {
			continue
		}
		p, records := d.NewParser(), 0
		for _, line := range tt.sample {
			records += len(parse(t, p, line).Records)
		}
		if records < 120 {
			t.Errorf("%s: %d records", tt.reason, records)
		}
	}
}

// TestLeadingJunk finds the requests behind what a program says when it starts.
func TestLeadingJunk(t *testing.T) {
	for _, f := range Formats() {
		if f.least > 0 {
			continue // which takes most of the lines
		}
		lines, _ := trafficOf(t, f)
		sample := toLines(repeat(400, startup[0])...)
		d, err := Detect(append(sample, lines[:6]...), Options{})
		if err != nil || d.Format != f {
			t.Errorf("%s behind 400 other lines: %+v, %v", f.Name, d, err)
		}
	}
}
