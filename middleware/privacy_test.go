package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

type options = []middleware.Option

func TestQuery(t *testing.T) {
	listed := options{middleware.Query("page", "q"), middleware.Query("a b")}
	tests := []struct {
		reason string
		opts   options
		target string
		want   string
	}{
		{"off by default", nil, "/?page=2", ""},
		{"a name on the list", listed, "/?page=2", "page=2"},
		{"another is redacted, and its name kept", listed, "/?page=2&token=secret", "page=2&token=REDACTED"},
		{"the order is the client's", listed, "/?token=secret&page=2&q=x", "token=REDACTED&page=2&q=x"},
		{"a name that is sent twice", listed, "/?page=2&page=3", "page=2&page=3"},
		{"no list at all", options{middleware.Query()}, "/?page=2&token=secret", "page=REDACTED&token=REDACTED"},
		{"no query", listed, "/", ""},
		{"an empty query", listed, "/?", ""},
		{"empty pieces", listed, "/?&&page=2&", "page=2"},
		{"an empty value", listed, "/?page=&token=", "page=&token=REDACTED"},
		{"a value stays as it was escaped", listed, "/?q=%22a+b%0A%3D%26", "q=%22a+b%0A%3D%26"},
		{"a value with an equals sign", listed, "/?q=a=b", "q=a=b"},
		{"a name is compared without its escapes", listed, "/?p%61ge=2&a+b=1&a%20b=2", "p%61ge=2&a+b=1&a%20b=2"},
		{"a name has a case", listed, "/?Page=2", "Page=REDACTED"},
		{"a listed name without a value", listed, "/?page", "page"},
		{"a piece without a name may be the secret", listed, "/?eyJhbGciOi", "REDACTED"},
		{"a value without a name", listed, "/?=secret", "=REDACTED"},
		{"a semicolon may end a value", listed, "/?page=2;token=secret&q=x", "REDACTED&q=x"},
		{"a name that is not escaped validly", listed, "/?pa%zzge=2", "REDACTED"},
		{"a listed value that is not escaped validly", listed, "/?page=%zz", "page=%zz"},
		{"a fragment belongs to the value", listed, "/?token=secret#page=2", "token=REDACTED"},
		{"a second question mark", listed, "/?token=a?page=2", "token=REDACTED"},
		{"a long one is cut", listed, "/?q=" + strings.Repeat("x", 300), "q=" + strings.Repeat("x", 251) + "…"},
		{"a very long one", listed, "/?" + strings.Repeat("t=secret&", 20000), strings.Repeat("t=REDACTED&", 23) + "…"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", tt.target, nil)
		got := record(t, func(w http.ResponseWriter, r *http.Request) { r.URL.RawQuery = "page=changed" }, r, tt.opts...)
		if got.Query != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got.Query, tt.want)
		}
	}
	made := httptest.NewRequest("GET", "/?page=2&token=secret", nil)
	made.RequestURI = ""
	if got := record(t, ok, made, listed...); got.Query != "page=2&token=REDACTED" {
		t.Errorf("a request that no server read: got %q", got.Query)
	}
}

// attrsOf is the attributes of a record by their keys.
func attrsOf(r accesslog.Record) map[string]string {
	attrs := map[string]string{}
	for _, a := range r.Attrs {
		attrs[a.Key] = a.Text()
	}
	return attrs
}

func TestRequestHeaders(t *testing.T) {
	type header = http.Header
	type attrs = map[string]string
	tests := []struct {
		reason string
		names  []string
		sent   header
		want   attrs
	}{
		{"none is asked for", nil, header{"X-Tenant": {"acme"}}, attrs{}},
		{"one is", []string{"x-tenant"}, header{"X-Tenant": {"acme"}, "X-Other": {"x"}}, attrs{"request_header.x-tenant": "acme"}},
		{"one that was not sent", []string{"X-Tenant"}, header{}, attrs{}},
		{"one that was sent empty", []string{"X-Tenant"}, header{"X-Tenant": {""}}, attrs{"request_header.x-tenant": ""}},
		{"several values", []string{"Accept"}, header{"Accept": {"a/b, c/d", "e/f"}}, attrs{"request_header.accept": "a/b, c/d, e/f"}},
		{"one twice", []string{"Accept", "ACCEPT"}, header{"Accept": {"a"}}, attrs{"request_header.accept": "a"}},
		{"credentials are redacted even so", []string{"Authorization", "proxy-authorization", "Cookie", "Set-Cookie"},
			header{"Authorization": {"Bearer secret"}, "Proxy-Authorization": {"secret"}, "Cookie": {"id=secret", "a=secret"}, "Set-Cookie": {"secret"}},
			attrs{"request_header.authorization": "REDACTED", "request_header.proxy-authorization": "REDACTED", "request_header.cookie": "REDACTED", "request_header.set-cookie": "REDACTED"}},
		{"and not told of where they were not sent", []string{"Authorization"}, header{}, attrs{}},
		{"a long one is cut between characters", []string{"A"}, header{"A": {strings.Repeat("x", 252) + "é" + strings.Repeat("x", 9)}}, attrs{"request_header.a": strings.Repeat("x", 252) + "…"}},
		{"256 bytes are not", []string{"A"}, header{"A": {strings.Repeat("x", 256)}}, attrs{"request_header.a": strings.Repeat("x", 256)}},
		{"what is no UTF-8", []string{"A"}, header{"A": {"a\xff\x01b"}}, attrs{"request_header.a": "a\ufffd\x01b"}},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header = tt.sent
		got := attrsOf(record(t, func(w http.ResponseWriter, r *http.Request) {
			for name := range r.Header {
				r.Header.Set(name, "changed")
			}
			r.Header.Set("X-Tenant", "changed")
		}, r, middleware.RequestHeaders(tt.names...)))
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", tt.reason, d)
		}
	}
}

// TestHeadersLeaveRoom: what clients send cannot crowd out what the application adds.
func TestHeadersLeaveRoom(t *testing.T) {
	var names []string
	r := httptest.NewRequest("GET", "/", nil)
	for i := range 30 {
		names = append(names, fmt.Sprint("X-", i))
		r.Header.Set(names[i], strings.Repeat("\xff", 1000))
	}
	got := attrsOf(record(t, func(w http.ResponseWriter, r *http.Request) {
		middleware.AddAttrs(r.Context(), tenant)
	}, r, middleware.RequestHeaders(names...)))
	if got["tenant"] != "acme" || got["attrs_cut"] == "" {
		t.Errorf("got %v", got)
	}
}

func TestResponseHeaders(t *testing.T) {
	set := func(w http.ResponseWriter, v string) { w.Header().Set("X-Cache", v) }
	tests := []struct {
		reason  string
		handler http.HandlerFunc
		want    string // X-Cache; "-" is absent
	}{
		{"with WriteHeader", func(w http.ResponseWriter, r *http.Request) { set(w, "hit"); w.WriteHeader(204) }, "hit"},
		{"with the first Write", func(w http.ResponseWriter, r *http.Request) { set(w, "hit"); io.WriteString(w, "x") }, "hit"},
		{"with a Flush", func(w http.ResponseWriter, r *http.Request) { set(w, "hit"); w.(http.Flusher).Flush(); set(w, "miss") }, "hit"},
		{"when the handler has returned", func(w http.ResponseWriter, r *http.Request) { set(w, "hit") }, "hit"},
		{"later changes are not sent", func(w http.ResponseWriter, r *http.Request) {
			set(w, "hit")
			w.WriteHeader(200)
			set(w, "miss")
			w.Header().Del("X-Cache")
		}, "hit"},
		{"nor values that change in place", func(w http.ResponseWriter, r *http.Request) {
			set(w, "hit")
			w.WriteHeader(200)
			w.Header()["X-Cache"][0] = "miss"
		}, "hit"},
		{"what comes too late", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(200); set(w, "miss") }, "-"},
		{"an informational status is not the header", func(w http.ResponseWriter, r *http.Request) {
			set(w, "early")
			w.WriteHeader(103)
			set(w, "hit")
			w.WriteHeader(200)
		}, "hit"},
		{"not sent at all", func(w http.ResponseWriter, r *http.Request) {}, "-"},
		{"a panic before the header", func(w http.ResponseWriter, r *http.Request) { set(w, "hit"); panic("x") }, "-"},
		{"a panic after the header: net/http throws it away", func(w http.ResponseWriter, r *http.Request) {
			set(w, "hit")
			w.WriteHeader(200)
			panic("x")
		}, "-"},
		{"a panic after the header has left", func(w http.ResponseWriter, r *http.Request) {
			set(w, "hit")
			w.(http.Flusher).Flush()
			panic("x")
		}, "hit"},
		{"aborted", func(w http.ResponseWriter, r *http.Request) { set(w, "hit"); panic(http.ErrAbortHandler) }, "-"},
		{"two values", func(w http.ResponseWriter, r *http.Request) { set(w, "a"); w.Header().Add("X-Cache", "b") }, "a, b"},
	}
	for _, tt := range tests {
		lines := newLines()
		h := middleware.New(lines, middleware.ResponseHeaders("x-cache", "Set-Cookie")).Handler(tt.handler)
		func() {
			defer func() { recover() }()
			w := httptest.NewRecorder()
			w.Header().Set("Set-Cookie", "id=secret")
			h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		}()
		want := map[string]string{"response_header.x-cache": tt.want, "response_header.set-cookie": "REDACTED"}
		if tt.want == "-" {
			delete(want, "response_header.x-cache")
		}
		got := attrsOf(lines.next(t))
		if _, there := got["response_header.set-cookie"]; !there && tt.want == "-" {
			delete(want, "response_header.set-cookie")
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", tt.reason, d)
		}
	}
}

// TestResponseHeadersOfATimeout: http.TimeoutHandler sends its own.
func TestResponseHeadersOfATimeout(t *testing.T) {
	lines := newLines()
	h := middleware.New(lines, middleware.ResponseHeaders("X-Cache")).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Cache", "hit")
		w.WriteHeader(200)
		<-r.Context().Done()
	}))
	http.TimeoutHandler(h, time.Millisecond, "").ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if r := lines.next(t); r.Outcome != accesslog.OutcomeTimeout || len(r.Attrs) != 0 {
		t.Errorf("got outcome %q, %v", r.Outcome, attrsOf(r))
	}
}

func TestAnonymizeIP(t *testing.T) {
	trusting := middleware.TrustedProxies(netip.MustParsePrefix("10.0.0.0/8"))
	tests := []struct {
		reason, remote, forwarded string
		ip, peer                  string
	}{
		{"IPv4 loses its last 8 bits", "203.0.113.77:4242", "", "203.0.113.0", ""},
		{"IPv6 keeps 48", "[2001:db8:1:2:3:4:5:6]:4242", "", "2001:db8:1::", ""},
		{"an IPv4-mapped one is IPv4", "[::ffff:203.0.113.77]:4242", "", "203.0.113.0", ""},
		{"a 6to4 one holds an IPv4 one", "[2002:cb00:714d::1]:4242", "", "2002:cb00:7100::", ""},
		{"a zone goes", "[fe80::1%eth0]:4242", "", "fe80::", ""},
		{"the peer loses its port", "10.1.2.3:4242", "203.0.113.77", "203.0.113.0", "10.1.2.0"},
		{"an IPv6 client behind a proxy", "10.1.2.3:4242", "2001:db8:1:2::7", "2001:db8:1::", "10.1.2.0"},
		{"two addresses of one network", "10.1.2.3:4242", "10.1.2.4", "10.1.2.0", ""},
		{"no address", "@", "", "", ""},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := record(t, ok, r, trusting, middleware.AnonymizeIP()); got.ClientIP != tt.ip || got.Peer != tt.peer {
			t.Errorf("%s: got %q %q, want %q %q", tt.reason, got.ClientIP, got.Peer, tt.ip, tt.peer)
		}
	}
}

func TestAnonymizeIPInHeaders(t *testing.T) {
	tests := []struct{ reason, sent, want string }{
		{"X-Forwarded-For", "203.0.113.77, 10.1.2.3", "203.0.113.0, 10.1.2.0"},
		{"without spaces", "203.0.113.77,2001:db8:1:2::7,10.1.2.3", "203.0.113.0,2001:db8:1::,10.1.2.0"},
		{"with ports", "203.0.113.77:4242, [2001:db8:1:2::7]:4242", "203.0.113.0, [2001:db8:1::]"},
		{"Forwarded", `for=203.0.113.77;proto=https, for="[2001:db8:1:2::7]:4242";by=_x`, `for=203.0.113.0;proto=https, for="[2001:db8:1::]";by=_x`},
		{"an IPv4-mapped one", "::ffff:203.0.113.77", "203.0.113.0"},
		{"an IPv4-mapped one in hexadecimal", "::ffff:cb00:714d", "203.0.113.0"},
		{"upper case", "2001:DB8:1:2::7", "2001:db8:1::"},
		{"in full", "2001:0db8:0001:0002:0000:0000:0000:0007", "2001:db8:1::"},
		{"behind a name and a colon", "ip:203.0.113.77 ip:2001:db8:1:2::7", "ip:203.0.113.0 ip:2001:db8:1::"},
		{"before a colon", "203.0.113.77: x, 2001:db8:1:2::7: y", "203.0.113.0: x, 2001:db8:1::: y"},
		{"at the end of a sentence", "from 203.0.113.77.", "from 203.0.113.0."},
		{"behind what looks like a part of an IPv6 one", "a:b:203.0.113.77", "a:b:203.0.113.0"},
		{"one that is none", "203.0.113.777 and 203.0.113.007", "203.0.113.0 and 203.0.113.0"},
		{"a time is none", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"},
		{"nor is a version of Chrome", "Chrome/131.0.6778.86", "Chrome/131.0.6778.86"},
		{"nor a MAC address", "00:1b:44:11:3a:b7", "00:1b:44:11:3a:b7"},
		{"a long list is not cut within an address", strings.Repeat("203.0.113.77, ", 1000), strings.Repeat("203.0.113.0, ", 19) + "203.0.…"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Client", tt.sent)
		got := attrsOf(record(t, ok, r, middleware.RequestHeaders("X-Client"), middleware.AnonymizeIP()))["request_header.x-client"]
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

// TestAnonymizeIPInErrors: errors of the network name the client.
func TestAnonymizeIPInErrors(t *testing.T) {
	reset := os.NewSyscallError("read", syscall.ECONNRESET)
	from := func(remote string) error {
		return &net.OpError{Op: "read", Net: "tcp", Source: net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.9:80")),
			Addr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(remote)), Err: reset}
	}
	tests := []struct {
		reason, remote string
		err            error
		want           string
	}{
		{"an IPv4 client", "203.0.113.77:4242", from("203.0.113.77:4242"), "read tcp 192.0.2.9:80->203.0.113.0: read: connection reset by peer"},
		{"an IPv6 client", "[2001:db8:1:2::7]:4242", from("[2001:db8:1:2::7]:4242"), "read tcp 192.0.2.9:80->[2001:db8:1::]: read: connection reset by peer"},
		{"an address that is not the client's helps to find the fault", "203.0.113.77:4242", from("192.0.2.77:5432"), "read tcp 192.0.2.9:80->192.0.2.77:5432: read: connection reset by peer"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		got := record(t, func(w http.ResponseWriter, r *http.Request) { middleware.SetError(r.Context(), tt.err) }, r, middleware.AnonymizeIP())
		if got.Error != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got.Error, tt.want)
		}
		if plain := record(t, func(w http.ResponseWriter, r *http.Request) { middleware.SetError(r.Context(), tt.err) }, r); plain.Error != tt.err.Error() {
			t.Errorf("%s, without the option: got %q", tt.reason, plain.Error)
		}
	}
}

// FuzzAnonymizeIP: whatever stands around an address, it is not logged.
func FuzzAnonymizeIP(f *testing.F) {
	f.Add("for=", ":4242")
	f.Add("a:b:", ".")
	f.Add("[::ffff:", "]")
	f.Add("1.", ".2")
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, ip := range []string{"198.51.100.173", "2001:db8:77:1234:5678:9abc:def1:2345"} {
			if len(before) > 50 || strings.HasSuffix(strings.ToLower(before), ":") && strings.Contains(ip, ":") ||
				before != "" && strings.ContainsAny(before[len(before)-1:], "0123456789abcdefABCDEF") ||
				after != "" && strings.ContainsAny(after[:1], "0123456789abcdefABCDEF:.") {
				continue // then it is another address, or none
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["X-Client"] = []string{before + ip + after}
			got := attrsOf(record(t, ok, r, middleware.RequestHeaders("X-Client"), middleware.AnonymizeIP()))["request_header.x-client"]
			if strings.Contains(got, ip) {
				t.Errorf("%q is in %q", ip, got)
			}
		}
	})
}

// TestPrivateByDefault: without options nothing but the path, the agent and the
// address tells of the client.
func TestPrivateByDefault(t *testing.T) {
	lines := newLines()
	h := middleware.New(lines).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "secret")
		io.Copy(w, r.Body)
	}))
	r := httptest.NewRequest("POST", "/a?secret=secret#secret", strings.NewReader("secret"))
	r.SetBasicAuth("secret", "secret")
	for _, name := range []string{"Cookie", "X-Api-Key", "X-Forwarded-For", "Proxy-Authorization"} {
		r.Header.Set(name, "secret")
	}
	r.Header.Set("Referer", "https://example.com/a?secret")
	r = r.WithContext(context.WithValue(r.Context(), errors.ErrUnsupported, "secret"))
	h.ServeHTTP(httptest.NewRecorder(), r)
	if s := <-lines; strings.Contains(s, "secret") {
		t.Errorf("got %s", s)
	}
}
