package middleware_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/urfave/negroni/v3"
	"go.uber.org/goleak"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
	"github.com/loganalyze/loganalyze/middleware/internal/capture"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = capture.Patience

var (
	newServer = capture.NewServer
	dial      = capture.Dial
	request   = capture.Request
)

// quiet is a log that nobody reads.
var quiet = log.New(io.Discard, "", 0)

// lineChan is a writer that hands each line to the test that waits for it.
type lineChan chan string

func newLines() lineChan { return make(lineChan, 64) }

func (c lineChan) Write(b []byte) (int, error) {
	c <- string(b)
	return len(b), nil
}

// next waits for a line and parses it.
func (c lineChan) next(t testing.TB) accesslog.Record {
	t.Helper()
	select {
	case s := <-c:
		return parse(t, s)
	case <-time.After(patience):
		t.Fatal("no line was written")
	}
	panic("unreachable")
}

// none fails if a line is there that nobody waits for.
func (c lineChan) none(t testing.TB) {
	t.Helper()
	select {
	case s := <-c:
		t.Errorf("an unexpected line: %s", s)
	default:
	}
}

func parse(t testing.TB, line string) accesslog.Record {
	t.Helper()
	var r accesslog.Record
	if err := accesslog.ParseJSON([]byte(line), &r); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return r
}

// get sends a raw request and returns all that comes back.
func get(t testing.TB, srv *httptest.Server, request string) []byte {
	t.Helper()
	c := dial(t, srv)
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// newRecovery is negroni's recovery as a service has it, silent.
func newRecovery() *negroni.Recovery {
	r := negroni.NewRecovery()
	r.Logger, r.PrintStack = quiet, false
	return r
}

// record serves one request without a socket and returns its record.
func record(t testing.TB, h http.HandlerFunc, r *http.Request, opts ...middleware.Option) accesslog.Record {
	t.Helper()
	lines := newLines()
	middleware.New(lines, opts...).Handler(h).ServeHTTP(httptest.NewRecorder(), r)
	return lines.next(t)
}

// received is what a raw client got in answer to a request with method.
func received(method string, raw []byte) capture.Wire {
	return capture.ReadWire(method, raw)
}
