package middleware_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/loganalyze/loganalyze/middleware"
)

// shaky is a handler of which every nth call fails.
type shaky struct {
	slog.Handler
	n     int64
	calls atomic.Int64
}

func (s *shaky) Handle(ctx context.Context, r slog.Record) error {
	if s.calls.Add(1)%s.n == 0 {
		return errDisk
	}
	return s.Handler.Handle(ctx, r)
}

func TestSlogAddsUp(t *testing.T) {
	var b lockedBuffer
	h := &shaky{Handler: slog.NewJSONHandler(&b, nil), n: 3}
	var s tales
	l := middleware.NewSlog(h, middleware.OnError(s.add), middleware.Buffered(middleware.Drop), middleware.RequestIDHeader("X-Id"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { serve(t, l, 30) })
	}
	wg.Wait()
	h.n = 1 << 60
	serve(t, l, 1)
	if err := l.Close(); !errors.Is(err, errDisk) {
		t.Errorf("Close says %v", err)
	}
	checkLog(t, b.String(), l.Stats())
	if st := l.Stats(); st.Dropped != 80 || st.WriteErrors != 80 || st.MaxWriteTime == 0 {
		t.Errorf("%+v", st)
	}
	if !strings.Contains(s.String(), "slog handler: disk full") {
		t.Errorf("told %q", &s)
	}
	serve(t, l, 1)
	if st := l.Stats(); st.Dropped != 81 {
		t.Errorf("after Close: %+v", st)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type ctxKey struct{}

// ctxHandler notes what the context of each record holds.
type ctxHandler struct {
	slog.Handler
	got []any
}

func (c *ctxHandler) Handle(ctx context.Context, r slog.Record) error {
	c.got = append(c.got, ctx.Value(ctxKey{}))
	return c.Handler.Handle(ctx, r)
}

func TestSlogContextAndLevel(t *testing.T) {
	h := &ctxHandler{Handler: slog.NewTextHandler(&lockedBuffer{}, &slog.HandlerOptions{Level: slog.LevelWarn})}
	l := middleware.NewSlog(h)
	r := httptest.NewRequest("GET", "/", nil).WithContext(context.WithValue(t.Context(), ctxKey{}, "mine"))
	l.Handler(http.HandlerFunc(ok)).ServeHTTP(httptest.NewRecorder(), r)
	l.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
	if len(h.got) != 1 || h.got[0] != "mine" {
		t.Errorf("the handler got %v, want one record with the request's context", h.got)
	}
	if got, want := counts(l), (middleware.Stats{Records: 1, Written: 1}); got != want {
		t.Errorf("%+v", got)
	}
}

// The access log goes where the rest of the service logs.
func ExampleNewSlog() {
	h := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case "level", "msg", "method", "route", "status", "tenant":
			return a
		}
		return slog.Attr{}
	}})
	l := middleware.NewSlog(h)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		middleware.AddAttrs(r.Context(), slog.String("tenant", "acme"))
		http.NotFound(w, r)
	})
	l.Handler(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/users/7", nil))
	// Output:
	// level=WARN msg=http_request method=GET route=/users/{id} status=404 tenant=acme
}
