package analyzer

import (
	"net/netip"
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// attribute is something that requests may share.
type attribute struct {
	name string
	raw  func(r *accesslog.Record) string // what the record has
	of   func(raw string) string          // what it is made of that; nil is the same
}

// attributes is the table of them. A value that is "" is unknown. None of them tells how a request
// went. What the application added to its log comes besides, by its own names.
var attributes = []attribute{
	{name: "method", raw: func(r *accesslog.Record) string { return r.Method }},
	{name: "host", raw: func(r *accesslog.Record) string { return r.Host }},
	{name: "client_ip", raw: func(r *accesslog.Record) string { return r.ClientIP }},
	{name: "client_net", raw: func(r *accesslog.Record) string { return r.ClientIP }, of: network},
	{name: "user_agent", raw: func(r *accesslog.Record) string { return r.UserAgent }, of: agentFamily},
	{name: "proto", raw: func(r *accesslog.Record) string { return r.Proto }},
	{name: "request_bytes", raw: func(r *accesslog.Record) string { return sizeClass(r.RequestBytes) }},
	{name: "referer", raw: func(r *accesslog.Record) string { return r.Referer }, of: hostOf},
}

// value is that of a request.
func (a *attribute) value(r *accesslog.Record) string { return a.made(a.raw(r)) }

func (a *attribute) made(raw string) string {
	if a.of == nil || raw == "" {
		return raw
	}
	return a.of(raw)
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

// sizeClasses are the powers of ten of bytes.
var sizeClasses = []string{"<1", "<10", "<100", "<1000", "<10000", "<100000", "<1000000", "<10000000", "<100000000", "<1000000000"}

// sizeClass is the power of ten that a number of bytes is below.
func sizeClass(n accesslog.Opt[int64]) string {
	if !n.Known || n.Value < 0 {
		return ""
	}
	class := 0
	for v := n.Value; v > 0 && class < len(sizeClasses)-1; v /= 10 {
		class++
	}
	return sizeClasses[class]
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
