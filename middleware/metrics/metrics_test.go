package metrics_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
	"github.com/loganalyze/loganalyze/middleware/internal/capture"
	"github.com/loganalyze/loganalyze/middleware/metrics"
)

// counts is each series of m with its count, as "method route status outcome: count".
func counts(t testing.TB, m prometheus.Collector) (all []string) {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(m)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "http_server_request_duration_seconds" || f.GetType() != dto.MetricType_HISTOGRAM {
			t.Errorf("an unexpected family: %v", f)
		}
		for _, s := range f.GetMetric() {
			of := map[string]string{}
			for _, l := range s.GetLabel() {
				of[l.GetName()] = l.GetValue()
			}
			all = append(all, fmt.Sprintf("%s %q %q %q: %d", of["http_request_method"], of["http_route"],
				of["http_response_status_code"], of["outcome"], s.GetHistogram().GetSampleCount()))
		}
	}
	slices.Sort(all)
	return all
}

func TestLabels(t *testing.T) {
	record := func(method, route string, status int, o accesslog.Outcome) accesslog.Record {
		r := accesslog.Record{Method: method, Route: route, Outcome: o, Duration: accesslog.Some(time.Millisecond)}
		if status != 0 {
			r.Status = accesslog.Some(status)
		}
		return r
	}
	rejected := record("", "", 400, accesslog.OutcomeRejected)
	rejected.Msg = accesslog.MsgRejected
	handshake, pipelined := rejected, rejected
	handshake.Status = accesslog.Opt[int]{}
	pipelined.Duration = accesslog.Opt[time.Duration]{}
	tests := []struct {
		reason string
		record accesslog.Record
		want   string
	}{
		{"a route", record("GET", "/users/{id}", 200, ""), `GET "/users/{id}" "200" "": 1`},
		{"a route that is no text", record("GET", "/\xff", 200, ""), "GET \"/\ufffd\" \"200\" \"\": 1"},
		{"an unknown route", record("GET", "", 404, ""), `GET "" "404" "": 1`},
		{"a known method", record("QUERY", "/", 200, ""), `QUERY "/" "200" "": 1`},
		{"an odd method", record("BREW", "/", 405, ""), `_OTHER "/" "405" "": 1`},
		{"methods are in capitals", record("get", "/", 405, ""), `_OTHER "/" "405" "": 1`},
		{"no method", record("", "/", 200, ""), `_OTHER "/" "200" "": 1`},
		{"an outcome", record("GET", "/", 500, accesslog.OutcomePanic), `GET "/" "500" "panic": 1`},
		{"no status", record("GET", "/", 0, accesslog.OutcomeAborted), `GET "/" "" "aborted": 1`},
		{"the server's own answer", rejected, `_OTHER "" "400" "rejected": 1`},
		{"a failed handshake is no request", handshake, ""},
		{"no duration is not counted", pipelined, ""},
	}
	for _, tt := range tests {
		m := metrics.New()
		m.Observe(&tt.record)
		if got := strings.Join(counts(t, m), "\n"); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.reason, got, tt.want)
		}
	}
}

// TestServed: requests over sockets are counted as the log records them, whatever
// methods and paths their clients make up.
func TestServed(t *testing.T) {
	m := metrics.New()
	l := middleware.New(io.Discard, middleware.Observe(m.Observe))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("GET /panics", func(http.ResponseWriter, *http.Request) { panic("boom") })
	srv := httptest.NewUnstartedServer(l.Handler(mux))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Start()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // a reused connection makes it try again
	for i := range 50 {
		for _, target := range []string{"GET /users/%d", "GET /nothing/%d", "BREW%d /", "GET /panics?%d"} {
			method, path, _ := strings.Cut(fmt.Sprintf(target, i), " ")
			req, err := http.NewRequest(method, srv.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if resp, err := client.Do(req); err == nil {
				resp.Body.Close()
			} else if req.URL.Path != "/panics" {
				t.Error(err)
			}
		}
	}
	srv.Close()
	want := []string{
		`GET "" "404" "": 50`,
		`GET "/panics" "500" "panic": 50`,
		`GET "/users/{id}" "200" "": 50`,
		`_OTHER "" "404" "": 50`,
	}
	if got := counts(t, m); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestCapture: every case of the conformance table is one request in the series of
// the status and the outcome that its record has.
func TestCapture(t *testing.T) {
	for _, c := range capture.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			m, done := metrics.New(), make(chan struct{}, 9)
			l := middleware.New(io.Discard, middleware.Observe(m.Observe),
				middleware.Observe(func(*accesslog.Record) { done <- struct{}{} }))
			c.Run(capture.NewExchange(t), l.Handler)
			<-done
			method, status := "GET", ""
			if c.Request != "" {
				method, _, _ = strings.Cut(c.Request, " ")
			}
			if c.Want.Status != 0 {
				status = fmt.Sprint(c.Want.Status)
			}
			want := fmt.Sprintf("%s %q %q %q: 1", method, "", status, c.Want.Outcome)
			if got := strings.Join(counts(t, m), "\n"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestExposition: what Prometheus scrapes.
func TestExposition(t *testing.T) {
	m := metrics.New(metrics.Buckets(0.1, 1), metrics.ConstLabels(prometheus.Labels{"service": "users"}))
	for _, d := range []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, 2 * time.Second} {
		m.Observe(&accesslog.Record{Method: "GET", Route: "/users/{id}", Status: accesslog.Some(200), Duration: accesslog.Some(d)})
	}
	const series = `{http_request_method="GET",http_response_status_code="200",http_route="/users/{id}",outcome="",service="users"`
	want := "# HELP http_server_request_duration_seconds Duration of HTTP server requests.\n" +
		"# TYPE http_server_request_duration_seconds histogram\n" +
		"http_server_request_duration_seconds_bucket" + series + `,le="0.1"} 1` + "\n" +
		"http_server_request_duration_seconds_bucket" + series + `,le="1"} 2` + "\n" +
		"http_server_request_duration_seconds_bucket" + series + `,le="+Inf"} 3` + "\n" +
		"http_server_request_duration_seconds_sum" + series + "} 2.25\n" +
		"http_server_request_duration_seconds_count" + series + "} 3\n"
	if err := testutil.CollectAndCompare(m, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	problems, err := testutil.CollectAndLint(m)
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// TestTogether: many goroutines observe while another collects.
func TestTogether(t *testing.T) {
	m := metrics.New()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				m.Observe(&accesslog.Record{Method: "GET", Duration: accesslog.Some(time.Millisecond)})
			}
		})
	}
	wg.Go(func() { counts(t, m) })
	wg.Wait()
	if got := strings.Join(counts(t, m), "\n"); got != `GET "" "" "": 4000` {
		t.Errorf("got %s", got)
	}
}

func BenchmarkObserve(b *testing.B) {
	m := metrics.New()
	r := &accesslog.Record{Method: "GET", Route: "/users/{id}", Status: accesslog.Some(200), Duration: accesslog.Some(time.Millisecond)}
	b.ReportAllocs()
	for b.Loop() {
		m.Observe(r)
	}
}

// The records of the access log feed the metrics that Prometheus scrapes.
func Example() {
	m := metrics.New()
	registry := prometheus.NewRegistry()
	registry.MustRegister(m)
	l := middleware.New(io.Discard /* os.Stdout */, middleware.Observe(m.Observe))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", http.NotFound)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	h := l.Handler(mux)

	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/users/7", nil))
	scraped := httptest.NewRecorder()
	h.ServeHTTP(scraped, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(scraped.Body.String()) {
		if strings.HasPrefix(line, "http_server_request_duration_seconds_count") {
			fmt.Print(line)
		}
	}
	// Output:
	// http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="404",http_route="/users/{id}",outcome=""} 1
}
