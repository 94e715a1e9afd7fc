package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptrace"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// theTwenty are the codes that the API sends, each for a real reason.
var theTwenty = []int{100, 101, 200, 201, 202, 204, 301, 302, 304, 400, 401, 403, 404, 405, 409, 422, 500, 502, 503, 504}

func TestTwentyCodes(t *testing.T) {
	path, want, wantInterim := provokeAll(t)
	for _, code := range theTwenty {
		if want[code]+wantInterim[code] == 0 {
			t.Errorf("%d was not provoked", code)
		}
	}
	got, gotInterim := map[int]int{}, map[int]int{}
	for _, r := range records(t, path) {
		got[r.Status.Value]++
		for _, code := range r.Interim {
			gotInterim[code]++
		}
		hijacked := r.Outcome == accesslog.OutcomeHijacked
		if hijacked != (r.Status.Value == http.StatusSwitchingProtocols) || r.Outcome != "" && !hijacked {
			t.Errorf("%s %s: status %d with outcome %q", r.Method, r.Path, r.Status.Value, r.Outcome)
		}
		if (r.Status.Value >= 500) && r.Error == "" {
			t.Errorf("%s %s: status %d without an error", r.Method, r.Path, r.Status.Value)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("statuses in the log (-sent +recorded):\n%s", d)
	}
	if d := cmp.Diff(wantInterim, gotInterim); d != "" {
		t.Errorf("interim statuses in the log (-sent +recorded):\n%s", d)
	}
}

// provokeAll makes an API on a real socket answer with each of the twenty codes,
// checks the answers, and ends it. It returns the path of its access log, and how
// many final and interim statuses of each code it was sent.
func provokeAll(t *testing.T) (logPath string, want, wantInterim map[int]int) {
	t.Helper()
	logPath = filepath.Join(t.TempDir(), "access.log")
	file, err := middleware.OpenFile(logPath)
	if err != nil {
		t.Fatal(err)
	}
	p := newProvoker(t, Config{Log: file, AvatarTimeout: 200 * time.Millisecond, MaxInFlight: 2})
	p.plain()
	p.continued()
	p.upgraded()
	p.databaseGone()
	p.overloaded()
	p.avatarsDown()
	p.end()
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return logPath, p.want, p.wantInterim
}

// provoker sends requests to an API, and counts what they are answered with.
type provoker struct {
	*bed
	t                 *testing.T
	want, wantInterim map[int]int
	ended             bool
}

func newProvoker(t *testing.T, cfg Config) *provoker {
	t.Helper()
	cfg.ErrorLog = log.New(io.Discard, "", 0)
	cfg.Instance, cfg.Version = "test", "0"
	b, err := newBed(t.Context(), cfg, 1000)
	if err != nil {
		t.Fatal(err)
	}
	p := &provoker{bed: b, t: t, want: map[int]int{}, wantInterim: map[int]int{}}
	t.Cleanup(p.end)
	return p
}

// end closes the API.
func (p *provoker) end() {
	if p.ended {
		return
	}
	p.ended = true
	if err := p.close(context.Background()); err != nil {
		p.t.Errorf("close: %v", err)
	}
}

// exchange is a request, and the answer that it must get.
type exchange struct {
	method, target string
	token, body    string
	send           map[string]string // headers
	status         int
	headers        map[string]string // of the answer
}

// do sends the request of x, checks the answer, waits for its record, and returns
// the body.
func (p *provoker) do(x exchange) string {
	p.t.Helper()
	return p.doContext(p.t.Context(), x)
}

func (p *provoker) doContext(ctx context.Context, x exchange) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(ctx, x.method, p.url+x.target, strings.NewReader(x.body))
	if err != nil {
		p.t.Fatal(err)
	}
	if x.token != "" {
		req.Header.Set("Authorization", "Bearer "+x.token)
	}
	for key, value := range x.send {
		req.Header.Set(key, value)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatalf("%s %s: read response: %v", x.method, x.target, err)
	}
	if resp.StatusCode != x.status {
		p.t.Errorf("%s %s answers %d, want %d: %s", x.method, x.target, resp.StatusCode, x.status, body)
	}
	for key, value := range x.headers {
		if got := resp.Header.Get(key); got != value {
			p.t.Errorf("%s %s answers %d with %s %q, want %q", x.method, x.target, resp.StatusCode, key, got, value)
		}
	}
	p.recorded(x.status)
	return string(body)
}

// recorded waits for the record of a response with status.
func (p *provoker) recorded(status int) {
	p.t.Helper()
	if err := p.lines.wait(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.want[status]++
}

const (
	linus  = `{"name": "Linus", "email": "linus@example.com"}`
	bearer = `Bearer realm="users"`
)

// plain provokes what takes no more than a request.
func (p *provoker) plain() {
	p.t.Helper()
	for _, x := range []exchange{
		{method: "GET", target: "/users", status: 200},
		{method: "GET", target: "/users?after=499", status: 200},
		{method: "GET", target: "/users/1", status: 200, headers: map[string]string{"ETag": `"1-1"`}},
		{method: "GET", target: "/users/1", send: map[string]string{"If-None-Match": `"1-1"`}, status: 304, headers: map[string]string{"ETag": `"1-1"`}},
		{method: "PUT", target: "/users/1", token: writerToken, body: `{"name": "Ada", "email": "ada@example.com"}`, status: 200},
		{method: "GET", target: "/users/1", send: map[string]string{"If-None-Match": `"1-1"`}, status: 200, headers: map[string]string{"ETag": `"1-2"`}},
		{method: "GET", target: "/users/1/avatar", status: 200, headers: map[string]string{"Content-Type": "image/svg+xml"}},

		{method: "POST", target: "/users", token: writerToken, body: linus, status: 201, headers: map[string]string{"Location": "/users/501"}},
		{method: "GET", target: "/users/501", status: 200},
		{method: "POST", target: "/users", token: writerToken, body: linus, status: 409},
		{method: "PUT", target: "/users/3", token: writerToken, body: linus, status: 409},
		{method: "POST", target: "/users", token: writerToken, body: `{"name": "Linus", "email": "linus.example.com"}`, status: 422},
		{method: "POST", target: "/users", token: writerToken, status: 400},
		{method: "POST", target: "/users", token: writerToken, body: `{"name": "Linus", `, status: 400},
		{method: "POST", target: "/users", token: writerToken, body: `{"name": "Linus"}`, status: 400},

		{method: "DELETE", target: "/users/501", status: 401, headers: map[string]string{"WWW-Authenticate": bearer}},
		{method: "GET", target: "/users/me", token: "guessed", status: 401, headers: map[string]string{"WWW-Authenticate": bearer}},
		{method: "DELETE", target: "/users/501", token: readerToken, status: 403},
		{method: "DELETE", target: "/users/501", token: writerToken, status: 204},
		{method: "DELETE", target: "/users/501", token: writerToken, status: 404},
		{method: "GET", target: "/users/999", status: 404},
		{method: "GET", target: "/users/nobody", status: 404},
		{method: "GET", target: "/nowhere", status: 404},
		{method: "PATCH", target: "/users", token: writerToken, body: linus, status: 405, headers: map[string]string{"Allow": "GET, HEAD, POST"}},

		{method: "GET", target: "/people", status: 301, headers: map[string]string{"Location": "/users"}},
		{method: "GET", target: "/users/me", token: readerToken, status: 302, headers: map[string]string{"Location": "/users/2"}},
		{method: "GET", target: "/users/me", token: writerToken, status: 302, headers: map[string]string{"Location": "/users/1"}},

		{method: "POST", target: "/users/import", token: writerToken, body: "[" + linus + "]", status: 202},
		{method: "POST", target: "/users/import", token: writerToken, body: "[" + linus + ", null]", status: 500}, // a panic
	} {
		p.do(x)
	}
	p.settle()
	if body := p.do(exchange{method: "GET", target: "/users?after=500", status: 200}); !strings.Contains(body, "linus@") {
		p.t.Errorf("the imported user is not there: %s", body)
	}
}

// continued provokes 100, twice with a body that is then read, and once asks in vain.
func (p *provoker) continued() {
	p.t.Helper()
	continues := 0
	ctx := httptrace.WithClientTrace(p.t.Context(), &httptrace.ClientTrace{Got100Continue: func() { continues++ }})
	expect := map[string]string{"Expect": "100-continue"}
	p.doContext(ctx, exchange{method: "POST", target: "/users", token: writerToken, send: expect, body: `{"name": "Ken", "email": "ken@example.com"}`, status: 201})
	p.doContext(ctx, exchange{method: "POST", target: "/users", token: writerToken, send: expect, body: `{"name": "Ken", "email": "ken"}`, status: 422})
	p.doContext(ctx, exchange{method: "POST", target: "/users", send: expect, body: linus, status: 401})
	if continues != 2 {
		p.t.Errorf("the server sent 100 %d times, want 2", continues)
	}
	p.wantInterim[http.StatusContinue] += continues
}

// upgraded provokes 101, and sees an event come over the connection.
func (p *provoker) upgraded() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	for range 2 {
		conn, resp, err := websocket.Dial(ctx, p.url+"/users/events", &websocket.DialOptions{HTTPClient: p.client})
		if err != nil {
			p.t.Fatal(err)
		}
		if resp.StatusCode != http.StatusSwitchingProtocols {
			p.t.Errorf("GET /users/events answers %d", resp.StatusCode)
		}
		p.do(exchange{method: "PUT", target: "/users/5", token: writerToken, body: `{"name": "Dennis", "email": "dennis@example.com"}`, status: 200})
		var e event
		if err := wsjson.Read(ctx, conn, &e); err != nil || e != (event{"updated", 5}) {
			p.t.Errorf("event %+v, %v", e, err)
		}
		if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
			p.t.Error(err)
		}
		p.recorded(http.StatusSwitchingProtocols)
	}
}

// databaseGone provokes 500: the database's file is not where it was. What needs no
// database goes on, and so does all else when the file is back.
func (p *provoker) databaseGone() {
	p.t.Helper()
	p.move(true)
	for _, x := range []exchange{
		{method: "GET", target: "/users", status: 500},
		{method: "GET", target: "/users/1", status: 500},
		{method: "POST", target: "/users", token: writerToken, body: `{"name": "Rob", "email": "rob@example.com"}`, status: 500},
		{method: "PUT", target: "/users/1", token: writerToken, body: linus, status: 500},
		{method: "DELETE", target: "/users/1", token: writerToken, status: 500},
		{method: "POST", target: "/users", token: writerToken, body: `{}`, status: 400},
		{method: "GET", target: "/people", status: 301},
		{method: "GET", target: "/users/1/avatar", status: 200},
	} {
		p.do(x)
	}
	p.move(false)
	p.do(exchange{method: "GET", target: "/users/1", status: 200})
}

func (p *provoker) move(gone bool) {
	p.t.Helper()
	if err := p.setDatabaseGone(gone); err != nil {
		p.t.Fatal(err)
	}
}

var stalledUpload = step{kind: slow, client: importer, method: http.MethodPost, target: "/users/import", token: writerToken, body: "[]"}

// overloaded provokes 503: two uploads that stall take both slots.
func (p *provoker) overloaded() {
	p.t.Helper()
	d := &driver{bed: p.bed}
	for range 2 {
		if err := d.upload(p.t.Context(), stalledUpload); err != nil {
			p.t.Fatal(err)
		}
	}
	for _, x := range []exchange{
		{method: "GET", target: "/users", status: 503, headers: map[string]string{"Retry-After": "1"}},
		{method: "GET", target: "/people", status: 503, headers: map[string]string{"Retry-After": "1"}},
		{method: "POST", target: "/users", token: writerToken, body: linus, status: 503, headers: map[string]string{"Retry-After": "1"}},
	} {
		p.do(x)
	}
	if err := d.release(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.want[http.StatusAccepted] += 2
	p.wantInterim[http.StatusContinue] += 2
	p.do(exchange{method: "GET", target: "/users", status: 200})
}

// avatarsDown provokes 504 and 502: the service behind the API hangs, closes the
// connection without an answer, and is no longer there at all.
func (p *provoker) avatarsDown() {
	p.t.Helper()
	p.avatars.set(avatarsHang)
	p.do(exchange{method: "GET", target: "/users/1/avatar", status: 504})
	p.do(exchange{method: "GET", target: "/users/2/avatar", status: 504})
	p.avatars.set(avatarsCrash)
	p.do(exchange{method: "GET", target: "/users/1/avatar", status: 502})
	if err := p.avatars.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.do(exchange{method: "GET", target: "/users/1/avatar", status: 502})
	p.do(exchange{method: "GET", target: "/users/2/avatar", status: 502})
}
