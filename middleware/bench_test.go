package middleware_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/urfave/negroni/v3"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// sink is a ResponseWriter with the optional interfaces of net/http's HTTP/1
// writer that costs nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header                          { return s.header }
func (s *sink) WriteHeader(int)                              {}
func (s *sink) Write(b []byte) (int, error)                  { return len(b), nil }
func (s *sink) WriteString(b string) (int, error)            { return len(b), nil }
func (s *sink) Flush()                                       {}
func (s *sink) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, http.ErrNotSupported }
func (s *sink) CloseNotify() <-chan bool                     { return nil }
func (s *sink) ReadFrom(r io.Reader) (int64, error)          { return io.Copy(io.Discard, r) }

// BenchmarkServe is what a request costs: a small JSON answer behind a mux, by a
// client that sends what a browser behind a proxy does.
func BenchmarkServe(b *testing.B) {
	body := []byte(`{"id":77,"state":"paid"}`)
	m := http.NewServeMux()
	m.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.Write(body)
	})
	l := middleware.New(io.Discard)
	wraps := []struct {
		name    string
		handler http.Handler
	}{
		{"none", m},
		{"handler", l.Handler(m)},
		{"options", middleware.New(io.Discard,
			middleware.Query("page"), middleware.RequestHeaders("Accept", "Cookie"), middleware.ResponseHeaders("X-Cache"), middleware.AnonymizeIP(),
			middleware.Level(func(*accesslog.Record) string { return "" }), middleware.Sample(func(*accesslog.Record) float64 { return 1 }),
			middleware.Skip(func(*http.Request) bool { return false }), middleware.RouteFunc(func(*http.Request) string { return "" })).Handler(m)},
		{"negroni-alone", negroni.New(negroni.Wrap(m))},
		{"negroni", negroni.New(l, negroni.Wrap(m))},
	}
	for _, wrap := range wraps {
		b.Run("wrap="+wrap.name, func(b *testing.B) {
			w, r := &sink{http.Header{}}, benchRequest()
			b.ReportAllocs()
			for b.Loop() {
				wrap.handler.ServeHTTP(w, r)
			}
		})
	}
}

// BenchmarkParallel is the same from many goroutines, which share the log's lock.
func BenchmarkParallel(b *testing.B) {
	h := middleware.New(io.Discard).Handler(http.HandlerFunc(ok))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		w, r := &sink{http.Header{}}, benchRequest()
		for pb.Next() {
			h.ServeHTTP(w, r)
		}
	})
}

func benchRequest() *http.Request {
	r := httptest.NewRequest("GET", "/orders/77?page=2", nil)
	r.RemoteAddr = "203.0.113.7:4242"
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	r.Header.Set("Referer", "https://example.com/orders?page=2")
	r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	return r
}
