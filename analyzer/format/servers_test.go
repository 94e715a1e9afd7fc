package format_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// server is a program that logs the requests that it serves, as it was installed.
type server struct {
	program string
	args    []string // templates, filled like config
	config  string
	logs    []serverLog
	stdout  string // the name of the log that it writes there
	// deaf is set where what is no HTTP leaves no line.
	deaf bool
}

// serverLog is one of the logs that a server writes of the same requests.
type serverLog struct {
	name   string
	format string // that must be found; "" is any
	// unread is the format that such lines are taken for as long as none is made for them;
	// "none" is that nothing reads them.
	headers bool // its sizes are those of whole responses
	agent   bool // its lines hold the user agent and the referer
	timed   bool // and how long each request took
}

// site is what a configuration is made of.
type site struct {
	Dir          string
	Port         string
	IPv6         bool
	Upstream     string // host:port of a server that answers
	Dead         string // of none
	SyslogSocket string
}

// visit is a request, and what came back.
type visit struct {
	method, path, query string
	garbage             string // sent as it stands, instead of a request
	ipv6                bool
	failedBy            string
	pause               time.Duration // that it takes at least

	status     int
	size       int64
	begin, end time.Time
}

const (
	serverAgent   = `servers "test" é\`
	upstreamPause = 50 * time.Millisecond
)

func visits() []visit {
	return []visit{
		{method: "GET", path: "/up/ok", pause: upstreamPause},
		{method: "GET", path: "/up/missing"},
		{method: "GET", path: "/missing"},
		{method: "GET", path: "/dead/1", failedBy: "origin or proxy"}, // which of them is a matter of taste
		{method: "GET", path: "/up/503", failedBy: "origin"},
		{method: "GET", path: "/old"},
		{method: "GET", path: "/up/a%20b/%22q%22/caf%C3%A9", query: "?x=1&y=%41"},
		{method: "HEAD", path: "/up/ok", pause: upstreamPause},
		{method: "PROPFIND", path: "/up/ok", pause: upstreamPause},
		{method: "GET", path: "/up/ok", ipv6: true, pause: upstreamPause},
		{garbage: "\x16\x03\x01\x02\x00\x01\xfc\r\n\r\n"},
	}
}

// upstream is the application behind the servers.
func upstream(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/up/ok":
		time.Sleep(upstreamPause)
	case "/up/503":
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = io.WriteString(w, "hello, world")
}

// TestServers runs each server on loopback, sends it requests, and reads its logs back.
func TestServers(t *testing.T) {
	for _, s := range servers {
		t.Run(filepath.Base(s.program), func(t *testing.T) {
			program, err := exec.LookPath(s.program)
			if err != nil && os.Getenv("CI") == "true" {
				t.Fatal(err)
			} else if err != nil {
				t.Skipf("%s is not installed: its own logs are not read", s.program)
			}
			at, outputs := s.start(t, program)
			done := s.visit(t, at, outputs)
			for _, l := range s.logs {
				t.Run(l.name, func(t *testing.T) { l.readBack(t, done, outputs[l.name]()) })
			}
		})
	}
}

// start starts the server. For each log it returns what reads its lines so far.
func (s server) start(t *testing.T, program string) (site, map[string]func() [][]byte) {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(upstream))
	t.Cleanup(app.Close)
	at := site{Dir: t.TempDir(), Port: freePort(t), Upstream: app.Listener.Addr().String(), Dead: "127.0.0.1:1"}
	if l, err := net.Listen("tcp", "[::1]:0"); err == nil {
		l.Close()
		at.IPv6 = true
	}
	outputs := map[string]func() [][]byte{}
	for _, l := range s.logs {
		outputs[l.name] = func() [][]byte {
			text, _ := os.ReadFile(filepath.Join(at.Dir, l.name+".log"))
			return whole(text)
		}
	}
	if outputs["syslog"] != nil {
		at.SyslogSocket, outputs["syslog"] = listenSyslog(t)
	}
	var stdout journal
	if s.stdout != "" {
		outputs[s.stdout] = stdout.lines
	}

	if err := os.WriteFile(filepath.Join(at.Dir, "config"), []byte(fill(t, s.config, at)), 0o644); err != nil {
		t.Fatal(err)
	}
	var args []string
	for _, a := range s.args {
		args = append(args, fill(t, a, at))
	}
	var said journal
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = at.Dir, &stdout, &said
	cmd.Env = append(os.Environ(), "HOME="+at.Dir, "XDG_CONFIG_HOME="+at.Dir, "XDG_DATA_HOME="+at.Dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // which fails where it has exited
		select {
		case <-exited:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-exited
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", program, said.text.Bytes())
		}
	})
	wait(t, "the server", func() bool {
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("%s ended: %v\n%s", program, err, said.lines())
		default:
		}
		c, err := net.Dial("tcp", "127.0.0.1:"+at.Port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return at, outputs
}

// visit sends the requests, each when the one before is in all logs.
func (s server) visit(t *testing.T, at site, outputs map[string]func() [][]byte) []visit {
	t.Helper()
	var done []visit
	for _, v := range visits() {
		if v.ipv6 && !at.IPv6 || v.garbage != "" && s.deaf {
			continue
		}
		before := map[string]int{} // some log connections that brought no request
		for name, lines := range outputs {
			before[name] = len(lines())
		}
		v.begin = time.Now()
		v.send(t, at)
		v.end = time.Now()
		done = append(done, v)
		for name, lines := range outputs {
			wait(t, fmt.Sprintf("%s %s in the log %s", v.method, v.path, name), func() bool { return len(lines()) > before[name] })
		}
	}
	return done
}

func (v *visit) send(t *testing.T, at site) {
	t.Helper()
	host := "127.0.0.1:" + at.Port
	if v.ipv6 {
		host = "[::1]:" + at.Port
	}
	if v.garbage != "" {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.WriteString(c, v.garbage); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, c) // it may be reset
		v.status = http.StatusBadRequest
		return
	}
	req, err := http.NewRequest(v.method, "http://"+host+v.path+v.query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", serverAgent)
	req.Header.Set("Referer", "http://example.com/from?secret=1")
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	v.status = resp.StatusCode
	if v.size, err = io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
}

// readBack reads the lines of a log and compares them with the visits.
func (l serverLog) readBack(t *testing.T, done []visit, lines [][]byte) {
	d, err := format.Detect(lines, format.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, bytes.Join(lines, []byte("\n")))
	}
	t.Logf("%s: %s", d.Format.Name, d.Why)
	if l.format != "" && d.Format.Name != l.format {
		t.Errorf("read as %s: %s", d.Format.Name, d.Why)
	}
	if d.Guessed {
		t.Errorf("the unit was guessed: %s", d.Why)
	}
	p := d.NewParser()
	n := 0
	for _, line := range lines {
		err := p.Parse(line, func(r *accesslog.Record) {
			if n < len(done) {
				l.check(t, done[n], r, line)
			}
			n++
		})
		var e *format.LineError
		if err != nil && (!errors.As(err, &e) || e.Kind != format.Other) {
			t.Errorf("%v: %s", err, line)
		}
	}
	if n != len(done) {
		t.Errorf("%d records, want %d, of\n%s", n, len(done), bytes.Join(lines, []byte("\n")))
	}
}

// check compares a record with the visit that it is of.
func (l serverLog) check(t *testing.T, v visit, r *accesslog.Record, line []byte) {
	t.Helper()
	fail := func(what string, got, want any) {
		t.Errorf("%s is %v, want %v: %s", what, got, want, line)
	}
	if r.Method != v.method || r.Path != v.path {
		fail("the request", r.Method+" "+r.Path, v.method+" "+v.path)
	}
	if r.Status != accesslog.Some(v.status) {
		fail("status", r.Status, v.status)
	}
	if b := r.ResponseBytes; v.garbage == "" && b.Known && (b.Value < v.size || b.Value > v.size && !l.headers) {
		fail("bytes", b, v.size)
	}
	ip := "127.0.0.1"
	if v.ipv6 {
		ip = "::1"
	}
	if r.ClientIP != ip {
		fail("client", r.ClientIP, ip)
	}
	if d, longest := r.Duration, v.end.Sub(v.begin)+time.Second; d.Known && (d.Value < v.pause*9/10 || d.Value > longest) || l.timed && !d.Known {
		fail("duration", d, []time.Duration{v.pause, longest})
	}
	if earliest, latest := v.begin.Add(-1100*time.Millisecond), v.end.Add(time.Second); r.Time.Before(earliest) || r.Time.After(latest) {
		fail("time", r.Time, []time.Time{earliest, latest})
	}
	if !strings.Contains(v.failedBy, r.FailedBy) {
		fail("who failed", r.FailedBy, v.failedBy)
	}
	if !l.agent || v.garbage != "" {
		return
	}
	if r.UserAgent != serverAgent {
		fail("user agent", r.UserAgent, serverAgent)
	}
	if r.Referer != "http://example.com/from" {
		fail("referer", r.Referer, "http://example.com/from")
	}
}

// journal collects lines that are written from elsewhere.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) lines() [][]byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return whole(bytes.Clone(j.text.Bytes()))
}

// whole are the lines of text that have their end.
func whole(text []byte) [][]byte {
	end := bytes.LastIndexByte(text, '\n')
	if end < 0 {
		return nil
	}
	return bytes.Split(text[:end], []byte("\n"))
}

// listenSyslog takes datagrams, and writes their lines as syslog's files have them: without
// the priority, and with the host's name.
func listenSyslog(t *testing.T) (addr string, lines func() [][]byte) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	var file journal
	go func() {
		b := make([]byte, 64<<10)
		for {
			n, _, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			_, message, _ := strings.Cut(string(b[:n]), ">")
			const stamp = len("Nov  6 12:14:14 ")
			if len(message) > stamp {
				fmt.Fprintf(&file, "%slocalhost %s\n", message[:stamp], strings.TrimRight(message[stamp:], "\n"))
			}
		}
	}()
	return conn.LocalAddr().String(), file.lines
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func fill(t *testing.T, text string, at site) string {
	t.Helper()
	var b strings.Builder
	if err := template.Must(template.New("").Parse(text)).Execute(&b, at); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// wait waits until what is there.
func wait(t *testing.T, what string, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !there(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}
