package middleware_test

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

const switching = "HTTP/1.1 101 Switching Protocols\r\n\r\n"

// takeOver hijacks and answers 101.
func takeOver(t testing.TB, w http.ResponseWriter) net.Conn {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, switching)
	return c
}

// open sends a request and returns its connection once 101 has arrived.
func open(t testing.TB, h http.Handler) net.Conn {
	t.Helper()
	c := dial(t, newServer(t, h))
	io.WriteString(c, request("GET", "/socket"))
	got := make([]byte, len(switching))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != switching {
		t.Fatalf("read %q, %v", got, err)
	}
	return c
}

// TestHijackedAndPanicked: net/http does not close a connection whose handler panicked
// once it was hijacked, so that nothing is left to wait for.
func TestHijackedAndPanicked(t *testing.T) {
	for _, p := range []any{"boom", http.ErrAbortHandler} {
		lines := newLines()
		var conn net.Conn
		client := open(t, middleware.New(lines).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn = takeOver(t, w)
			panic(p)
		})))
		r := lines.next(t)
		if r.Status != accesslog.Some(101) || r.ResponseBytes != accesslog.Some(int64(len(switching))) ||
			r.Outcome != accesslog.OutcomePanic && r.Outcome != accesslog.OutcomeHijacked {
			t.Errorf("%v: got %+v", p, r)
		}
		client.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v: the connection is not open: %v", p, err)
		}
		conn.Close()
		lines.none(t)
	}
}

// TestCloseWithOpenConnections: Close records the connections that are open, whether or not
// their handlers run, with what was seen so far; nothing else is recorded of them.
func TestCloseWithOpenConnections(t *testing.T) {
	for name, inHandler := range map[string]bool{"the handler runs": true, "the handler has returned": false} {
		t.Run(name, func(t *testing.T) {
			lines, release, closed := newLines(), make(chan struct{}), make(chan struct{})
			began, returned := make(chan struct{}), make(chan struct{})
			l := middleware.New(lines, middleware.ResponseHeaders("Upgrade"))
			h := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				c := takeOver(t, w)
				middleware.AddAttrs(r.Context(), slog.Int("n", 1))
				close(began)
				talk := func() {
					<-release
					io.WriteString(c, "bye")
					c.Close()
					close(closed)
				}
				if inHandler {
					talk()
				} else {
					go talk()
				}
			}))
			client := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(returned)
				h.ServeHTTP(w, r)
			}))
			if <-began; !inHandler {
				<-returned
			}
			lines.none(t)
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			r := lines.next(t)
			if r.Status != accesslog.Some(101) || !r.TTFB.Known || r.Outcome != accesslog.OutcomeHijacked || r.Path != "/socket" ||
				r.ResponseBytes != accesslog.Some(int64(len(switching))) || len(r.Attrs) != 1 {
				t.Errorf("got %+v", r)
			}
			close(release)
			if b, _ := io.ReadAll(client); string(b) != "bye" {
				t.Errorf("the client read %q", b)
			}
			<-closed
			<-returned
			l.Close()
			lines.none(t)
			if got, want := counts(l), (middleware.Stats{Records: 1, Written: 1}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// TestCloseBesideConnections: each connection is recorded once, whatever Close meets.
func TestCloseBesideConnections(t *testing.T) {
	const n = 40
	var log lockedBuffer
	l := middleware.New(&log, middleware.OnError(nil), middleware.ResponseHeaders("Upgrade"))
	srv := newServer(t, l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := takeOver(t, w)
		defer c.Close()
		io.WriteString(c, "x")
		if len(r.URL.Path) > 2 {
			panic("boom")
		}
	})))
	var wg sync.WaitGroup
	half := make(chan struct{}, n)
	for i := range n {
		wg.Go(func() {
			get(t, srv, request("GET", "/"+strings.Repeat("x", i%4)))
			half <- struct{}{}
		})
	}
	for range n / 2 {
		<-half
	}
	l.Close()
	wg.Wait()
	for range 1000 { // the last handlers may not have returned
		if s := l.Stats(); s.Written+s.Dropped == n {
			break
		}
		time.Sleep(time.Millisecond)
	}
	l.Close()
	if s := l.Stats(); s.Records != n || s.Written+s.Dropped != n || s.Written != uint64(strings.Count(log.String(), "\n")) {
		t.Errorf("%+v", s)
	}
}

// TestForgottenConnection: a connection that nobody closes or holds is collected as it
// would be without the Logger, which counts its record as lost.
func TestForgottenConnection(t *testing.T) {
	lines, told := newLines(), make(chan error, 1)
	l := middleware.New(lines, middleware.OnError(func(err error) { told <- err }))
	client := open(t, l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { takeOver(t, w) })))
	eof := make(chan error)
	go func() {
		_, err := client.Read(make([]byte, 1))
		eof <- err
	}()
	for collected := false; !collected; {
		runtime.GC()
		select {
		case err := <-eof:
			if err != io.EOF {
				t.Errorf("the client read %v", err)
			}
			collected = true
		case <-time.After(10 * time.Millisecond):
		}
	}
	if err := <-told; !strings.Contains(err.Error(), "forgotten") {
		t.Errorf("told %v", err)
	}
	if got, want := counts(l), (middleware.Stats{Records: 1, Dropped: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	l.Close()
	lines.none(t)
}
