package analyzer

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// attributes is the table of what requests may share. A value that is "" is unknown. None of them
// tells how a request went. What the application added to its log comes besides, by its own
// names.
var attributes = []struct {
	name  string
	value func(r *accesslog.Record) string
}{
	{"method", func(r *accesslog.Record) string { return r.Method }},
	{"host", func(r *accesslog.Record) string { return r.Host }},
	{"client_ip", func(r *accesslog.Record) string { return r.ClientIP }},
	{"client_net", func(r *accesslog.Record) string { return network(r.ClientIP) }},
	{"user_agent", func(r *accesslog.Record) string { return agentFamily(r.UserAgent) }},
	{"proto", func(r *accesslog.Record) string { return r.Proto }},
	{"request_bytes", func(r *accesslog.Record) string { return sizeClass(r.RequestBytes) }},
	{"referer", func(r *accesslog.Record) string { return hostOf(r.Referer) }},
}

// network is the /24 of an IPv4 address, and the /48 of an IPv6 one.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	bits := 48
	if a = a.Unmap(); a.Is4() {
		bits = 24
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// agentFamily is the product that a user agent is, without its version: the most telling of its
// tokens, as browsers claim to be each other.
func agentFamily(agent string) string {
	for _, family := range []string{"Edg", "OPR", "Firefox", "Chrome", "Safari"} {
		if strings.Contains(agent, family+"/") && strings.HasPrefix(agent, "Mozilla/") {
			return family
		}
	}
	end := strings.IndexAny(agent, "/ (")
	if end < 0 {
		end = len(agent)
	}
	return agent[:end]
}

// sizeClass is the power of ten that a number of bytes is below.
func sizeClass(n accesslog.Opt[int64]) string {
	if !n.Known || n.Value < 0 {
		return ""
	}
	class := int64(1)
	for class <= n.Value && class < 1e18 {
		class *= 10
	}
	return "<" + strconv.FormatInt(class, 10)
}

// hostOf is the host in a URL.
func hostOf(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	return rest[:end]
}
