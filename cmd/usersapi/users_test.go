package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// testAPI returns an API for one test, and the path of its access log.
func testAPI(t *testing.T) (*provoker, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "access.log")
	file, err := middleware.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return newProvoker(t, Config{Log: file, AvatarTimeout: patience, MaxInFlight: 8}), path
}

// TestOtherAnswers has what the twenty codes leave over.
func TestOtherAnswers(t *testing.T) {
	p, _ := testAPI(t)
	for _, x := range []exchange{
		{method: "GET", target: "/users?after=x", status: 400},
		{method: "GET", target: "/users/x/avatar", status: 404},
		{method: "GET", target: "/users/events", status: 426, headers: map[string]string{"Upgrade": "websocket"}},
		{method: "PUT", target: "/users/x", token: writerToken, body: linus, status: 404},
		{method: "PUT", target: "/users/999", token: writerToken, body: linus, status: 404},
		{method: "PUT", target: "/users/1", token: writerToken, body: `{"name": "Linus", "email": "linus"}`, status: 422},
		{method: "PUT", target: "/users/1", token: writerToken, body: `null`, status: 400},
		{method: "DELETE", target: "/users/x", token: writerToken, status: 404},
		{method: "POST", target: "/users", token: writerToken, body: linus + linus, status: 400},
		{method: "POST", target: "/users/import", token: writerToken, body: `[{"name": "Linus", "email": "linus"}]`, status: 422},
		{method: "POST", target: "/users/import", token: writerToken, body: `["` + strings.Repeat("x", maxBody) + `"]`, status: 413},
		{method: "HEAD", target: "/users", status: 200},
		{method: "GET", target: "/users/1", send: map[string]string{"Authorization": "Basic eDp5"}, status: 200},
	} {
		p.do(x)
	}
	if body := p.do(exchange{method: "GET", target: "/users?after=498", status: 200}); strings.Count(body, `"id"`) != 2 {
		t.Errorf("the users after the 498th of 500: %s", body)
	}
}

// TestClientLeaves sees a client give up on a slow avatar: no failure of the API.
func TestClientLeaves(t *testing.T) {
	p, path := testAPI(t)
	p.avatars.set(avatarsHang)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	s := step{method: "GET", target: "/users/1/avatar"}
	req, err := (&driver{bed: p.bed}).request(ctx, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := p.client.Do(req); err == nil {
		resp.Body.Close()
		t.Fatalf("answered %d", resp.StatusCode)
	}
	p.recorded(499)
	if r := records(t, path)[0]; r.Status.Value != 499 || r.Outcome != accesslog.OutcomeClientClosed {
		t.Errorf("status %d, outcome %q", r.Status.Value, r.Outcome)
	}
}

// TestCloseEndsStreams: an event stream that nobody else ends does not outlive the
// API, and is recorded.
func TestCloseEndsStreams(t *testing.T) {
	p, path := testAPI(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, p.url+"/users/events", &websocket.DialOptions{HTTPClient: p.client})
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() {
		_, _, err := conn.Read(ctx)
		closed <- err
	}()
	p.end()
	if err := <-closed; websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the stream ended with %v", err)
	}
	recs := records(t, path)
	if len(recs) != 1 || recs[0].Status.Value != 101 {
		t.Errorf("records: %+v", recs)
	}
}

// TestHubDropsWhoFallsBehind: a subscriber that does not read holds up nobody.
func TestHubDropsWhoFallsBehind(t *testing.T) {
	h := newHub()
	lazy, keen := h.subscribe(), h.subscribe()
	for i := range 17 {
		h.publish(event{"created", int64(i)})
		<-keen
	}
	n := 0
	for range lazy {
		n++
	}
	if n != 16 {
		t.Errorf("the lazy subscriber got %d events before it was dropped, want 16", n)
	}
	h.close()
	if _, ok := <-keen; ok {
		t.Error("an event after the hub was closed")
	}
	if _, ok := <-h.subscribe(); ok {
		t.Error("an event from a closed hub")
	}
}

// TestStorePath opens a file whose name means something in a URI.
func TestStorePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b%41#&c.db")
	for range 2 { // made, then found
		s, err := openStore(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		users, err := s.list(t.Context(), 0, demoUsers+1)
		if err != nil || len(users) != demoUsers {
			t.Errorf("%d users, %v", len(users), err)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
	if found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(found) != 1 || found[0] != path {
		t.Errorf("files: %q", found)
	}
}
