package middleware_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// ok answers 200 at once.
func ok(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) }

// TestRequestLine sends request lines over a socket, where net/http makes of them
// what it will.
func TestRequestLine(t *testing.T) {
	type line struct{ Method, Path, Host, Scheme, Proto string }
	tests := []struct {
		reason, raw string
		want        line
	}{
		{"an ordinary request", "GET /a/b HTTP/1.1\r\nHost: example.com", line{"GET", "/a/b", "example.com", "http", "1.1"}},
		{"percent-encoding is kept", "GET /a%2Fb/%C3%A9%20+c HTTP/1.1\r\nHost: example.com", line{"GET", "/a%2Fb/%C3%A9%20+c", "example.com", "http", "1.1"}},
		{"the query is private", "GET /a?token=secret&q=%20 HTTP/1.1\r\nHost: example.com", line{"GET", "/a", "example.com", "http", "1.1"}},
		{"an empty query", "GET /a? HTTP/1.1\r\nHost: example.com", line{"GET", "/a", "example.com", "http", "1.1"}},
		{"a path that looks like a host", "GET //evil.example/a HTTP/1.1\r\nHost: example.com", line{"GET", "//evil.example/a", "example.com", "http", "1.1"}},
		{"an absolute form names the host", "GET http://other.example/a%2Fb?token=secret HTTP/1.1\r\nHost: example.com", line{"GET", "/a%2Fb", "other.example", "http", "1.1"}},
		{"an absolute form without a path", "GET http://other.example HTTP/1.1\r\nHost: example.com", line{"GET", "", "other.example", "http", "1.1"}},
		{"the server as a whole", "OPTIONS * HTTP/1.1\r\nHost: example.com", line{"OPTIONS", "*", "example.com", "http", "1.1"}},
		{"CONNECT has no path", "CONNECT db.example:443 HTTP/1.1\r\nHost: db.example:443", line{"CONNECT", "", "db.example:443", "http", "1.1"}},
		{"a method that net/http has no name for", "M-SEARCH / HTTP/1.1\r\nHost: example.com", line{"M-SEARCH", "/", "example.com", "http", "1.1"}},
		{"methods have a case", "get / HTTP/1.1\r\nHost: example.com", line{"get", "/", "example.com", "http", "1.1"}},
		{"a method of 40 bytes is cut", "GET" + strings.Repeat("X", 37) + " / HTTP/1.1\r\nHost: example.com", line{"GET" + strings.Repeat("X", 26) + "…", "/", "example.com", "http", "1.1"}},
		{"a path of 2,000 bytes is cut", "GET /" + strings.Repeat("a", 1999) + " HTTP/1.1\r\nHost: example.com", line{"GET", "/" + strings.Repeat("a", 1020) + "…", "example.com", "http", "1.1"}},
		{"the host keeps its port", "GET / HTTP/1.1\r\nHost: [::1]:8080", line{"GET", "/", "[::1]:8080", "http", "1.1"}},
		{"HTTP/1.0 needs no host", "GET /old HTTP/1.0", line{"GET", "/old", "", "http", "1.0"}},
	}
	lines := newLines()
	srv := newServer(t, middleware.New(lines).Handler(http.HandlerFunc(ok)))
	srv.Config.DisableGeneralOptionsHandler = true
	for _, tt := range tests {
		get(t, srv, tt.raw+"\r\nConnection: close\r\n\r\n")
		s := <-lines
		if strings.Contains(s, "secret") {
			t.Errorf("%s: the query is in %s", tt.reason, s)
		}
		r := parse(t, s)
		if d := cmp.Diff(tt.want, line{r.Method, r.Path, r.Host, r.Scheme, r.Proto}); d != "" {
			t.Errorf("%s: -want +got\n%s", tt.reason, d)
		}
		if r.ClientIP != "127.0.0.1" || r.Peer != "" || r.Query != "" {
			t.Errorf("%s: client_ip %q peer %q query %q", tt.reason, r.ClientIP, r.Peer, r.Query)
		}
	}
}

func TestPathSurvivesHandlers(t *testing.T) {
	r := httptest.NewRequest("GET", "/api/a%2Fb", nil)
	got := record(t, http.StripPrefix("/api", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path, r.Method = "/rewritten", "PUT"
	})).ServeHTTP, r)
	if got.Path != "/api/a%2Fb" || got.Method != "GET" {
		t.Errorf("got %s %s, want what was sent", got.Method, got.Path)
	}
}

func TestHTTP2(t *testing.T) {
	lines := newLines()
	srv := httptest.NewUnstartedServer(middleware.New(lines).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body)
	})))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	resp, err := srv.Client().Post(srv.URL+"/a%2Fb?q=secret", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "hello" {
		t.Errorf("got %q, %v", b, err)
	}
	r := lines.next(t)
	if r.Proto != "2" || r.Scheme != "https" || r.Path != "/a%2Fb" || r.Status != accesslog.Some(200) || r.Outcome != "" {
		t.Errorf("got %+v", r)
	}
	if r.RequestBytes != accesslog.Some[int64](5) || r.ResponseBytes != accesslog.Some[int64](5) || r.ClientIP != "127.0.0.1" {
		t.Errorf("got %+v", r)
	}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	lines := newLines()
	trusting := middleware.TrustedProxies(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"))
	srv := httptest.NewUnstartedServer(middleware.New(lines, trusting).Handler(http.HandlerFunc(ok)))
	srv.Listener.Close()
	srv.Listener = ln
	srv.Start()
	t.Cleanup(srv.Close)
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, request("GET", "/", "X-Forwarded-For: 203.0.113.9"))
	if r := lines.next(t); r.ClientIP != "" || r.Peer != "" || r.Path != "/" {
		t.Errorf("a peer without an address: client_ip %q peer %q", r.ClientIP, r.Peer)
	}
}

var madeID = regexp.MustCompile(`^[0-9a-f]{32}$`)

func TestRequestID(t *testing.T) {
	tests := []struct {
		reason, header, sent string
		want                 string // "" is a made one
		opts                 []middleware.Option
	}{
		{"none is sent", "", "", "", nil},
		{"one is sent", "X-Request-ID", "abc-123_~!", "abc-123_~!", nil},
		{"128 bytes", "X-Request-ID", strings.Repeat("a", 128), strings.Repeat("a", 128), nil},
		{"too long", "X-Request-ID", strings.Repeat("a", 129), "", nil},
		{"empty", "X-Request-ID", "", "", nil},
		{"a space", "X-Request-ID", "a b", "", nil},
		{"not ASCII", "X-Request-ID", "é", "", nil},
		{"a control character", "X-Request-ID", "a\x7f", "", nil},
		{"a header that is not the one", "X-Correlation-ID", "abc", "", nil},
		{"the header by option", "X-Correlation-ID", "abc", "abc", []middleware.Option{middleware.RequestIDHeader("x-correlation-id")}},
		{"the usual header beside the option", "X-Request-ID", "abc", "", []middleware.Option{middleware.RequestIDHeader("x-correlation-id")}},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		if tt.header != "" {
			r.Header.Set(tt.header, tt.sent)
		}
		var told string
		got := record(t, func(w http.ResponseWriter, r *http.Request) { told = middleware.RequestID(r.Context()) }, r, tt.opts...).RequestID
		if told != got {
			t.Errorf("%s: RequestID says %q, the line %q", tt.reason, told, got)
		}
		if tt.want == "" && !madeID.MatchString(got) || tt.want != "" && got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
	seen := map[string]bool{}
	l := middleware.New(io.Discard).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { seen[middleware.RequestID(r.Context())] = true }))
	for range 1000 {
		l.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	if len(seen) != 1000 {
		t.Errorf("1000 requests made %d ids", len(seen))
	}
}

func TestTraceparent(t *testing.T) {
	const trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	tests := []struct {
		reason, sent string
		valid        bool
	}{
		{"a valid one", "00-" + trace + "-" + span + "-01", true},
		{"not sampled", "00-" + trace + "-" + span + "-00", true},
		{"a later version with more behind", "01-" + trace + "-" + span + "-01-what-comes", true},
		{"version 00 has nothing behind", "00-" + trace + "-" + span + "-01-x", false},
		{"a later version without the dash", "01-" + trace + "-" + span + "-01x", false},
		{"version ff is forbidden", "ff-" + trace + "-" + span + "-01", false},
		{"upper case", "00-" + strings.ToUpper(trace) + "-" + span + "-01", false},
		{"a trace id of zeros", "00-" + strings.Repeat("0", 32) + "-" + span + "-01", false},
		{"a span id of zeros", "00-" + trace + "-" + strings.Repeat("0", 16) + "-01", false},
		{"not hexadecimal", "00-" + trace[1:] + "g-" + span + "-01", false},
		{"flags that are none", "00-" + trace + "-" + span + "-0x", false},
		{"too short", "00-" + trace + "-" + span, false},
		{"a dash in the wrong place", "00-" + trace[:31] + "-" + trace[31:] + span + "-01", false},
		{"absent", "", false},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Traceparent", tt.sent)
		got := record(t, ok, r)
		if tt.valid && (got.TraceID != trace || got.SpanID != span) || !tt.valid && (got.TraceID != "" || got.SpanID != "") {
			t.Errorf("%s: got trace %q span %q", tt.reason, got.TraceID, got.SpanID)
		}
	}
}

func TestUserAgentAndReferer(t *testing.T) {
	tests := []struct{ reason, agent, referer, wantAgent, wantReferer string }{
		{"absent", "", "", "", ""},
		{"plain", "curl/8.5.0", "https://example.com/a%20b", "curl/8.5.0", "https://example.com/a%20b"},
		{"the referer's query is private", "x", "https://example.com/reset?token=secret#frag", "x", "https://example.com/reset"},
		{"the referer's fragment goes too", "x", "https://example.com/a#token=secret?b", "x", "https://example.com/a"},
		{"long ones are cut", strings.Repeat("a", 300), strings.Repeat("b", 300), strings.Repeat("a", 253) + "…", strings.Repeat("b", 253) + "…"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("User-Agent", tt.agent)
		r.Header.Set("Referer", tt.referer)
		if got := record(t, ok, r); got.UserAgent != tt.wantAgent || got.Referer != tt.wantReferer {
			t.Errorf("%s: got %q %q", tt.reason, got.UserAgent, got.Referer)
		}
	}
}

func TestClientIP(t *testing.T) {
	trusting := middleware.TrustedProxies(netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"))
	tests := []struct {
		reason, remote string
		forwarded      []string // lines of X-Forwarded-For
		ip, peer       string
	}{
		{"no proxy", "203.0.113.7:4242", nil, "203.0.113.7", ""},
		{"anybody can send the header", "203.0.113.7:4242", []string{"198.51.100.1"}, "203.0.113.7", ""},
		{"a trusted proxy without the header", "10.0.0.1:4242", nil, "10.0.0.1", ""},
		{"a trusted proxy", "10.0.0.1:4242", []string{"203.0.113.7"}, "203.0.113.7", "10.0.0.1:4242"},
		{"the right-most that is not trusted", "10.0.0.1:4242", []string{"198.51.100.1, 203.0.113.7, 10.0.0.2"}, "203.0.113.7", "10.0.0.1:4242"},
		{"several lines are one list", "10.0.0.1:4242", []string{"198.51.100.1, 203.0.113.7", "10.0.0.3,10.0.0.2"}, "203.0.113.7", "10.0.0.1:4242"},
		{"none but trusted ones: the left-most", "10.0.0.1:4242", []string{"10.0.0.9, 10.0.0.2"}, "10.0.0.9", "10.0.0.1:4242"},
		{"garbage ends the chain", "10.0.0.1:4242", []string{"203.0.113.7, unknown, 10.0.0.2"}, "10.0.0.2", "10.0.0.1:4242"},
		{"garbage at once", "10.0.0.1:4242", []string{"203.0.113.7, <script>"}, "10.0.0.1", ""},
		{"an empty hop is garbage", "10.0.0.1:4242", []string{"203.0.113.7,,10.0.0.2"}, "10.0.0.2", "10.0.0.1:4242"},
		{"an empty line says nothing", "10.0.0.1:4242", []string{"203.0.113.7", ""}, "203.0.113.7", "10.0.0.1:4242"},
		{"white space around hops", "10.0.0.1:4242", []string{" \t203.0.113.7 \t"}, "203.0.113.7", "10.0.0.1:4242"},
		{"a hop with its port", "10.0.0.1:4242", []string{"203.0.113.7:55555"}, "203.0.113.7", "10.0.0.1:4242"},
		{"an IPv6 hop", "10.0.0.1:4242", []string{"2001:db8::7"}, "2001:db8::7", "10.0.0.1:4242"},
		{"an IPv6 hop in brackets", "10.0.0.1:4242", []string{"[2001:db8::7]"}, "2001:db8::7", "10.0.0.1:4242"},
		{"an IPv6 hop with its port", "10.0.0.1:4242", []string{"[2001:db8::7]:55555"}, "2001:db8::7", "10.0.0.1:4242"},
		{"an IPv6 hop has one spelling", "10.0.0.1:4242", []string{"2001:DB8:0:0:0:0:0:7"}, "2001:db8::7", "10.0.0.1:4242"},
		{"with its port too", "10.0.0.1:4242", []string{"[2001:DB8:0:0:0:0:0:7]:55555"}, "2001:db8::7", "10.0.0.1:4242"},
		{"brackets that do not match", "10.0.0.1:4242", []string{"[[2001:db8::7]]:55555"}, "10.0.0.1", ""},
		{"an IPv4-mapped hop is the IPv4 address", "10.0.0.1:4242", []string{"::ffff:203.0.113.7"}, "203.0.113.7", "10.0.0.1:4242"},
		{"an IPv4-mapped trusted hop is trusted", "10.0.0.1:4242", []string{"203.0.113.7, ::ffff:10.0.0.2"}, "203.0.113.7", "10.0.0.1:4242"},
		{"an IPv6 peer", "[2001:db8::7]:4242", nil, "2001:db8::7", ""},
		{"a trusted IPv6 peer", "[2001:db8:1::1]:4242", []string{"203.0.113.7"}, "203.0.113.7", "[2001:db8:1::1]:4242"},
		{"an IPv4-mapped peer, as a dual-stack socket has it", "[::ffff:10.0.0.1]:4242", []string{"203.0.113.7"}, "203.0.113.7", "[::ffff:10.0.0.1]:4242"},
		{"an IPv4-mapped peer that is the client", "[::ffff:203.0.113.7]:4242", nil, "203.0.113.7", ""},
		{"a zone is of no use elsewhere", "[fe80::1%eth0]:4242", nil, "fe80::1", ""},
		{"the client is the proxy itself", "10.0.0.1:4242", []string{"10.0.0.1"}, "10.0.0.1", ""},
		{"no address", "@", []string{"203.0.113.7"}, "", ""},
		{"no address at all", "", nil, "", ""},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		r.Header["X-Forwarded-For"] = tt.forwarded
		if got := record(t, ok, r, trusting); got.ClientIP != tt.ip || got.Peer != tt.peer {
			t.Errorf("%s: got %q %q, want %q %q", tt.reason, got.ClientIP, got.Peer, tt.ip, tt.peer)
		}
		if got := record(t, ok, r); got.Peer != "" || len(tt.forwarded) == 0 && got.ClientIP != tt.ip {
			t.Errorf("%s, without the option: got %q %q", tt.reason, got.ClientIP, got.Peer)
		}
	}
}

func TestForwardedProto(t *testing.T) {
	trusting := middleware.TrustedProxies(netip.MustParsePrefix("10.0.0.0/8"))
	tests := []struct{ reason, remote, sent, want string }{
		{"a trusted proxy ended TLS", "10.0.0.1:1", "https", "https"},
		{"anybody can send the header", "203.0.113.7:1", "https", "http"},
		{"a trusted proxy without it", "10.0.0.1:1", "", "http"},
		{"what is no scheme of ours", "10.0.0.1:1", "gopher", "http"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		r.Header.Set("X-Forwarded-Proto", tt.sent)
		if got := record(t, ok, r, trusting); got.Scheme != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got.Scheme, tt.want)
		}
	}
	tls := httptest.NewRequest("GET", "https://example.com/", nil)
	if got := record(t, ok, tls); got.Scheme != "https" {
		t.Errorf("TLS of our own: got %q", got.Scheme)
	}
}

func TestTimes(t *testing.T) {
	when := time.Date(2026, 11, 20, 14, 38, 12, 345678000, time.UTC)
	clock := middleware.Clock(func() time.Time { return when.In(time.FixedZone("", 3600)) })
	r := record(t, ok, httptest.NewRequest("GET", "/", nil), clock)
	if !r.Time.Equal(when) || r.Version != accesslog.Version || r.Msg != accesslog.MsgRequest {
		t.Errorf("got %v %d %q", r.Time, r.Version, r.Msg)
	}
	if !r.TTFB.Known || r.TTFB.Value > r.Duration.Value {
		t.Errorf("got ttfb %v of %v", r.TTFB, r.Duration)
	}
	before := time.Now().Truncate(time.Microsecond)
	if r := record(t, ok, httptest.NewRequest("GET", "/", nil)); r.Time.Before(before) || r.Time.After(time.Now()) {
		t.Errorf("got %v, want now", r.Time)
	}
}

// TestOutside: without a Logger the context functions do nothing.
func TestOutside(t *testing.T) {
	ctx := context.Background()
	middleware.SetRoute(ctx, "/")
	middleware.AddAttrs(ctx)
	middleware.SetError(ctx, io.EOF)
	if id := middleware.RequestID(ctx); id != "" {
		t.Errorf("got %q", id)
	}
}
