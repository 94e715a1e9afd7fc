package format

import (
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// setTarget splits a request target or URL into the record's path and, where it is
// absolute, its scheme and host. The query is left out.
func setTarget(r *accesslog.Record, target string) {
	if scheme, rest, ok := strings.Cut(target, "://"); ok && (scheme == "http" || scheme == "https") {
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
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	if target != "-" {
		r.Path = target
	}
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
