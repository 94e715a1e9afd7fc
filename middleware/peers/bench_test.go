package peers

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkServe is what a request costs with each peer around the same handler: a
// small JSON answer behind a mux, to a client that sends what a browser behind a
// proxy does. peer=none is the handler alone.
func BenchmarkServe(b *testing.B) {
	body := []byte(`{"id":77,"state":"paid"}`)
	m := http.NewServeMux()
	m.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.Write(body)
	})
	bench := func(name string, h http.Handler) {
		b.Run("peer="+name, func(b *testing.B) {
			w, r := &sink{http.Header{}}, request()
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		})
	}
	bench("none", m)
	for _, p := range peers {
		bench(benchName.Replace(p.name), p.logs(io.Discard)(m))
	}
}

// benchName makes a name one that benchstat takes for a value.
var benchName = strings.NewReplacer(" ", "-", "/", "-")

func request() *http.Request {
	r := httptest.NewRequest("GET", "/orders/77?page=2", nil)
	r.RemoteAddr = "203.0.113.7:4242"
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	r.Header.Set("Referer", "https://example.com/orders?page=2")
	return r
}

// sink is a ResponseWriter with the optional interfaces of net/http's HTTP/1 writer
// that costs nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header                          { return s.header }
func (s *sink) WriteHeader(int)                              {}
func (s *sink) Write(b []byte) (int, error)                  { return len(b), nil }
func (s *sink) WriteString(b string) (int, error)            { return len(b), nil }
func (s *sink) Flush()                                       {}
func (s *sink) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, http.ErrNotSupported }
func (s *sink) CloseNotify() <-chan bool                     { return nil }
func (s *sink) ReadFrom(r io.Reader) (int64, error)          { return io.Copy(io.Discard, r) }
