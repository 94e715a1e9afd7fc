package middleware_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// FuzzRequest: whatever a client sends, its line is a line.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/a%2Fb?q=1", "example.com", "192.0.2.1:4242", "203.0.113.7", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	f.Add("GET\n", "/\x00\x1b[31m", "\xff\xfe", "[::1%\n]:1", "[[::1]]:1, \u2028", "ff")
	f.Add(strings.Repeat("M", 100), "/"+strings.Repeat("\x01", 3000), strings.Repeat("é", 300), "@", strings.Repeat("1.2.3.4,", 100), strings.Repeat("\"", 5000))
	f.Add("", "", "", "", "", "")
	everybody := middleware.TrustedProxies(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"))
	f.Fuzz(func(t *testing.T, method, target, host, remote, forwarded, header string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			u = &url.URL{Path: target}
		}
		r := &http.Request{Method: method, RequestURI: target, URL: u, Host: host, RemoteAddr: remote, Proto: header, Pattern: header, Header: http.Header{
			"X-Forwarded-For": {forwarded}, "X-Forwarded-Proto": {header}, "X-Request-Id": {header},
			"Traceparent": {header}, "User-Agent": {header}, "Referer": {header},
		}}
		var b bytes.Buffer
		l := middleware.New(&b, everybody, middleware.Query("q"), middleware.RequestHeaders("Referer", "X-Forwarded-For"))
		l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			middleware.SetRoute(r.Context(), target)
		})).ServeHTTP(httptest.NewRecorder(), r)

		line := b.Bytes()
		var rec accesslog.Record
		if err := accesslog.ParseJSON(line, &rec); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		text, ended := bytes.CutSuffix(line, []byte("\n"))
		if !ended || len(line) > accesslog.MaxLine || !utf8.Valid(text) || bytes.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%d bytes: %q", len(line), line)
		}
		if rec.ClientIP != "" {
			if _, err := netip.ParseAddr(rec.ClientIP); err != nil {
				t.Errorf("client_ip %q is no address", rec.ClientIP)
			}
		}
	})
}
