package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// TestWriteDeadline: a response that net/http still holds when the time for writing is over
// is lost, though no write has failed.
func TestWriteDeadline(t *testing.T) {
	const short = 20 * time.Millisecond
	answer := func(before func(*http.ResponseController)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			before(http.NewResponseController(w))
			if _, err := io.WriteString(w, "ok"); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * short)
		}
	}
	tests := []struct {
		name, reason string
		timeout      time.Duration
		before       func(*http.ResponseController)
		outcome      accesslog.Outcome
		wire         int
	}{
		{"server", "Server.WriteTimeout is over", short, func(*http.ResponseController) {}, accesslog.OutcomeWriteError, 0},
		{"handler", "the handler's own deadline is over", 0, func(c *http.ResponseController) { c.SetWriteDeadline(time.Now().Add(short)) }, accesslog.OutcomeWriteError, 0},
		{"extended", "the handler took more time", short, func(c *http.ResponseController) { c.SetWriteDeadline(time.Now().Add(patience)) }, "", 200},
		{"lifted", "the handler took all the time", short, func(c *http.ResponseController) { c.SetWriteDeadline(time.Time{}) }, "", 200},
		{"none", "there is no deadline", 0, func(*http.ResponseController) {}, "", 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lines := newLines()
			srv := httptest.NewUnstartedServer(middleware.New(lines).Handler(answer(tt.before)))
			srv.Config.ErrorLog, srv.Config.WriteTimeout = quiet, tt.timeout
			srv.Start()
			defer srv.Close()
			seen := received("GET", get(t, srv, request("GET", "/")))
			r := lines.next(t)
			if seen.Status != tt.wire || r.Status != accesslog.Some(200) || r.Outcome != tt.outcome {
				t.Errorf("%s: the client received %d, want %d; the record: %v %q, want %q", tt.reason, seen.Status, tt.wire, r.Status, r.Outcome, tt.outcome)
			}
		})
	}
}
