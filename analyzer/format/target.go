package format

import (
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// setTarget splits a request target or URL into the record's path and, where it is
// absolute, its scheme and host. The query is left out.
func setTarget(r *accesslog.Record, target string) {
	if scheme, rest, ok := cutScheme(target); ok {
		r.Scheme = scheme
		host, path := rest, "/"
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			host, path = rest[:i], rest[i:]
		}
		if r.Host == "" {
			r.Host = host
		}
		if target = path; target[0] != '/' {
			target = "/"
		}
	}
	if target = withoutQuery(target); target != "-" {
		r.Path = target
	}
}

func cutScheme(url string) (scheme, rest string, ok bool) {
	if !strings.HasPrefix(url, "http") { // Fast path.
		return "", url, false
	}
	scheme, rest, ok = strings.Cut(url, "://")
	return scheme, rest, ok && (scheme == "http" || scheme == "https")
}

// withoutQuery is a target or URL without its query and fragment.
func withoutQuery(s string) string {
	if i := strings.IndexByte(s, '?'); i >= 0 {
		s = s[:i]
	}
	if i := strings.IndexByte(s, '#'); i >= 0 {
		s = s[:i]
	}
	return s
}

// protoVersion is the version as OpenTelemetry writes it: 1.1, 2, 3.
func protoVersion(s string) string {
	switch s {
	case "2.0":
		return "2"
	case "3.0":
		return "3"
	}
	return s
}

// withoutPort is the IP of ip:port or [ip]:port.
func withoutPort(s string) string {
	if strings.HasPrefix(s, "[") {
		if i := strings.IndexByte(s, ']'); i > 0 {
			return s[1:i]
		}
	}
	if i := strings.IndexByte(s, ':'); i > 0 && i+1 < len(s) && strings.LastIndexByte(s, ':') == i {
		return s[:i] // but "unix:" is what nginx has for a socket
	}
	return s
}

// withoutLastPort is the IP of ip:port, where the IP may have colons.
func withoutLastPort(s string) string {
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
}
