package loggers_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Each request takes a while or next to nothing, as durations of microseconds are the ones
// whose unit is easily mistaken. It may seem to take longer by slack than the client saw: far
// less than by a wrong unit.
const (
	pause = 10 * time.Millisecond
	slack = time.Second
)

// exchange is a request, and what it must be read back as.
type exchange struct {
	method, target string
	path           string // as a logger has it that does not decode it
	decoded        string // as one has it that does; "" is the same
	status         int
	size           int64
}

var exchanges = []exchange{
	{method: "GET", target: "/users/42", path: "/users/42", status: 200, size: 12},
	{method: "GET", target: "/users/43?verbose=1&q=a%20b", path: "/users/43", status: 200, size: 12},
	{method: "HEAD", target: "/users/42", path: "/users/42", status: 200},
	{method: "POST", target: "/status/201", path: "/status/201", status: 201, size: 12},
	{method: "DELETE", target: "/status/204", path: "/status/204", status: 204},
	{method: "GET", target: "/status/302", path: "/status/302", status: 302, size: 12},
	{method: "GET", target: "/status/404", path: "/status/404", status: 404, size: 12},
	{method: "PROPFIND", target: "/status/502", path: "/status/502", status: 502, size: 12},
	{method: "GET", target: "/a%20b/%22quoted%22/caf%C3%A9", path: "/a%20b/%22quoted%22/caf%C3%A9", decoded: `/a b/"quoted"/café`, status: 200, size: 12},
}

// answer is the application behind each logger.
func answer(pause time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(pause)
		respond(w, r)
	})
}

func respond(w http.ResponseWriter, r *http.Request) {
	code := http.StatusOK
	if rest, ok := strings.CutPrefix(r.URL.Path, "/status/"); ok {
		for _, e := range exchanges {
			if strings.HasSuffix(e.path, "/status/"+rest) {
				code = e.status
			}
		}
	}
	w.WriteHeader(code)
	if code != http.StatusNoContent && r.Method != http.MethodHead {
		_, _ = io.WriteString(w, "hello, world")
	}
}

// logger is one that writes a line for each request.
type logger struct {
	name   string
	format string // that must be found; "" is any
	unit   format.Unit
	handle func(log io.Writer, app http.Handler) http.Handler
	// serve is for what is no http.Handler: it listens by itself.
	serve func(t *testing.T, log io.Writer, app http.Handler, l net.Listener)

	lacks   []string      // what its lines do not hold: time, duration, bytes, client
	unknown []string      // of the same, what they hold under names that need not be known
	decodes bool          // its paths are decoded
	bare    bool          // it does not escape what the client sends
	coarse  time.Duration // between two times that it can tell apart
}

func (l logger) lacksField(name string) bool { return slices.Contains(l.lacks, name) }

// unknownField reports whether a field that was not read may be so.
func (l logger) unknownField(name string, known bool) bool {
	return !known && slices.Contains(l.unknown, name)
}

// agent is a user agent that takes escaping, where the logger does that.
func (l logger) agent() string {
	if l.bare {
		return "loggers test"
	}
	return `loggers "test"`
}

// journal collects what a logger writes.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// lines are those that were written; none is left when the logger's server has stopped.
func (j *journal) lines() [][]byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return bytes.Split(bytes.TrimSuffix(j.text.Bytes(), []byte("\n")), []byte("\n"))
}

// sent is when an exchange took place, as the client saw it.
type sent struct{ begin, end time.Time }

// run sends all exchanges over one connection, so that they are logged in their order.
func (l logger) run(t *testing.T, url string) []sent {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var times []sent
	for _, e := range exchanges {
		req, err := http.NewRequest(e.method, url+e.target, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("User-Agent", l.agent())
		req.Header.Set("Referer", "http://example.com/from?secret=1")
		begin := time.Now()
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != e.status {
			t.Fatalf("%s %s was answered with %d", e.method, e.target, resp.StatusCode)
		}
		times = append(times, sent{begin, time.Now()})
	}
	return times
}

// write makes a logger write its lines.
func (l logger) write(t *testing.T, log io.Writer, app http.Handler) []sent {
	t.Helper()
	if l.serve == nil {
		srv := httptest.NewServer(l.handle(log, app))
		defer srv.Close() // waits for the handlers
		return l.run(t, srv.URL)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.serve(t, log, app, listener)
	return l.run(t, "http://"+listener.Addr().String())
}

// TestLoggers reads back what each logger has written.
func TestLoggers(t *testing.T) {
	for _, l := range loggers() {
		t.Run(l.name, func(t *testing.T) { l.readBack(t, pause) })
		t.Run(l.name+", at once", func(t *testing.T) { l.readBack(t, 0) })
	}
}

func (l logger) readBack(t *testing.T, pause time.Duration) {
	var log journal
	times := l.write(t, &log, answer(pause))
	lines := log.await(t, len(exchanges))
	text := bytes.Join(lines, []byte("\n"))
	d, err := format.Detect(lines, format.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	t.Logf("%s: %s", d.Format.Name, d.Why)
	if l.format != "" && d.Format.Name != l.format {
		t.Errorf("read as %s: %s", d.Format.Name, d.Why)
	}
	// The values of requests that took next to nothing may mislead who must guess by them.
	misled := d.Guessed && pause == 0
	if l.unit != "" && d.Unit != l.unit && !misled {
		t.Errorf("read in %q, want %q: %s", d.Unit, l.unit, d.Why)
	}
	p := d.NewParser()
	n := 0
	for _, line := range lines {
		err := p.Parse(line, func(r *accesslog.Record) {
			if n < len(exchanges) {
				l.check(t, exchanges[n], times[n], r, line)
				if took := r.Duration; took.Known && !misled && (took.Value < pause || took.Value > times[n].end.Sub(times[n].begin)+slack) {
					t.Errorf("the duration is %v of at least %v: %s", took.Value, pause, line)
				}
			}
			n++
		})
		var e *format.LineError
		if err != nil && (!errors.As(err, &e) || e.Kind != format.Other) {
			t.Errorf("%v: %s", err, line)
		}
	}
	if n != len(exchanges) {
		t.Errorf("%d records, want %d, of\n%s", n, len(exchanges), text)
	}
}

// await waits until n lines are there.
func (j *journal) await(t *testing.T, n int) [][]byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if lines := j.lines(); len(lines) >= n {
			return lines
		}
		select {
		case <-ctx.Done():
			t.Fatalf("there are only these lines:\n%s", bytes.Join(j.lines(), []byte("\n")))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// check compares a record with the exchange that it is of.
func (l logger) check(t *testing.T, e exchange, at sent, r *accesslog.Record, line []byte) {
	t.Helper()
	fail := func(what string, got, want any) {
		t.Errorf("%s is %v, want %v: %s", what, got, want, line)
	}
	if r.Method != e.method {
		fail("method", r.Method, e.method)
	}
	path := e.path
	if l.decodes && e.decoded != "" {
		path = e.decoded
	}
	if r.Path != path {
		fail("path", r.Path, path)
	}
	if r.Status != accesslog.Some(e.status) {
		fail("status", r.Status, e.status)
	}
	if b := r.ResponseBytes; !l.lacksField("bytes") && !l.unknownField("bytes", b.Known) && b != accesslog.Some(e.size) {
		fail("bytes", b, e.size)
	}
	if ip := r.ClientIP; !l.lacksField("client") && !l.unknownField("client", ip != "") && ip != "127.0.0.1" {
		fail("client", ip, "127.0.0.1")
	}
	if known := r.Duration.Known; known == l.lacksField("duration") && !l.unknownField("duration", known) {
		fail("whether the duration is known", known, !known)
	}
	earliest, latest := at.begin.Add(-l.coarse), at.end.Add(slack)
	if l.lacksField("time") && !r.Time.IsZero() || !l.lacksField("time") && (r.Time.Before(earliest) || r.Time.After(latest)) {
		fail("time", r.Time, []time.Time{earliest, latest})
	}
	for _, known := range []struct{ what, got, want string }{
		{"user agent", r.UserAgent, l.agent()},
		{"referer", r.Referer, "http://example.com/from"},
		{"proto", r.Proto, "1.1"},
	} {
		if known.got != "" && known.got != known.want {
			fail(known.what, known.got, known.want)
		}
	}
	if h := r.Host; h != "" && !strings.HasPrefix(h, "127.0.0.1") {
		fail("host", h, "127.0.0.1")
	}
}
