package middleware

import (
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// redacted stands where a value was sent that is not logged.
const redacted = "REDACTED"

// privacy is what is logged of what may be private. The zero privacy is nothing.
type privacy struct {
	query           map[string]bool // nil: no query at all
	requestHeaders  []headerAttr
	responseHeaders []headerAttr
	anonymizeIP     bool
}

// Query logs the request's query under "query", with the values of the named
// parameters alone: page=2&token=REDACTED. Parameters stay in the order in which
// they were sent, and as they were escaped. Names have a case. What has no name that
// could be told from a value is REDACTED as a whole: a piece without "=" that is not
// on the list, one whose name is not escaped validly, and one with a semicolon,
// which some servers split at. With no names at all, every value is redacted. Of
// several Query options the names add up. Without this option no query is logged.
func Query(names ...string) Option {
	return func(l *Logger) {
		if l.query == nil {
			l.query = map[string]bool{}
		}
		for _, n := range names {
			l.query[n] = true
		}
	}
}

// RequestHeaders logs the named headers of the request, as they were when it
// reached the Logger: each header that was sent becomes an attribute
// "request_header.NAME", the name in lower case, several values joined by ", ",
// cut after 256 bytes. Of Authorization, Proxy-Authorization and Cookie only that
// they were sent is logged, REDACTED. The Host is in the record by itself. Of several
// RequestHeaders options the names add up. Without this option no header is logged
// but the User-Agent, and the Referer without its query.
func RequestHeaders(names ...string) Option {
	return func(l *Logger) { l.requestHeaders = appendHeaders(l.requestHeaders, "request_header.", names) }
}

// ResponseHeaders logs the named headers of the response under
// "response_header.NAME", as RequestHeaders does, as they were when the handler sent
// its header: what it changes afterwards, and what net/http adds by itself (Date, a
// Content-Type or Content-Length that the handler did not set), is not in them. Of
// Set-Cookie only that it was sent is logged, REDACTED. A response in whose stead
// another was sent (a panic, a timeout) has none.
func ResponseHeaders(names ...string) Option {
	return func(l *Logger) { l.responseHeaders = appendHeaders(l.responseHeaders, "response_header.", names) }
}

// AnonymizeIP logs networks in place of addresses: client_ip and peer lose the last
// 8 bits of an IPv4 address and the last 80 of an IPv6 one (of a 6to4 address, which
// holds an IPv4 one, the last 88), and peer its port. So does whatever looks like an
// address in the headers that RequestHeaders and ResponseHeaders log, such as
// X-Forwarded-For, and the client's own address in an error, where the network's
// errors have it. Queries, attributes and the path are logged as they are. Reports
// then count networks where they say clients.
func AnonymizeIP() Option {
	return func(l *Logger) { l.anonymizeIP = true }
}

// headerAttr is a header that is logged.
type headerAttr struct {
	name   string // canonical
	key    string // of the attribute
	secret bool   // only that it was sent is logged
}

func appendHeaders(dst []headerAttr, prefix string, names []string) []headerAttr {
	for _, n := range names {
		n = http.CanonicalHeaderKey(n)
		if slices.ContainsFunc(dst, func(h headerAttr) bool { return h.name == n }) {
			continue
		}
		secret := slices.Contains([]string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"}, n)
		dst = append(dst, headerAttr{n, prefix + strings.ToLower(n), secret})
	}
	return dst
}

// maxHeader is how many bytes of a header's value are logged.
const maxHeader = 256

// headerAttrs are the headers of h that are logged.
func (p *privacy) headerAttrs(headers []headerAttr, h http.Header) []accesslog.Attr {
	var out []accesslog.Attr
	for _, header := range headers {
		values := h[header.name]
		if len(values) == 0 {
			continue
		}
		value := redacted
		if !header.secret {
			value = p.maskAll(strings.Join(values, ", "))
		}
		out = accesslog.AppendAttrs(out, slog.String(header.key, shorten(value, maxHeader)))
	}
	return out
}

// shorten cuts s to n bytes, a mark included.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const mark = "…"
	n -= len(mark)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + mark
}

// queryOf is what is logged of the query that the client sent.
func (p *privacy) queryOf(r *http.Request) string {
	if p.query == nil {
		return ""
	}
	_, raw, _ := strings.Cut(r.RequestURI, "?")
	if r.RequestURI == "" { // a request that no server read
		raw = r.URL.RawQuery
	}
	if raw == "" {
		return ""
	}
	var b strings.Builder
	for piece := range strings.SplitSeq(raw, "&") {
		if piece == "" {
			continue
		}
		if b.Len() > accesslog.MaxLine { // the record holds less
			break
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		name, _, isPair := strings.Cut(piece, "=")
		key, err := url.QueryUnescape(name)
		switch {
		case err != nil, strings.Contains(piece, ";"):
			b.WriteString(redacted)
		case p.query[key]:
			b.WriteString(piece)
		case !isPair:
			b.WriteString(redacted)
		default:
			b.WriteString(name + "=" + redacted)
		}
	}
	return b.String()
}

// anonymize masks the addresses of a record that is otherwise complete.
func (p *privacy) anonymize(rec *accesslog.Record, remoteAddr string) {
	if !p.anonymizeIP {
		return
	}
	peer := hostOf(remoteAddr)
	if rec.Error != "" {
		client := rec.ClientIP
		rec.Error = mask(rec.Error, func(ip string) bool { return ip == client || ip == peer })
	}
	rec.ClientIP = networkOf(rec.ClientIP)
	if rec.Peer != "" {
		if rec.Peer = networkOf(peer); rec.Peer == rec.ClientIP {
			rec.Peer = ""
		}
	}
}

// networkOf is the IP ip without the bits that tell one client from its neighbours.
func networkOf(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	bits := 48
	switch addr = addr.Unmap(); {
	case addr.Is4():
		bits = 24
	case sixToFour.Contains(addr):
		bits = 16 + 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.Addr().String()
}

var sixToFour = netip.MustParsePrefix("2002::/16")

// What may be an address, with its port.
var (
	ipv6 = regexp.MustCompile(`(\[?)([0-9A-Fa-f]*(?::[0-9A-Fa-f]*){2,}(?:\.[0-9]{1,3}){0,3})(?:(\])(?::[0-9]+)?)?`)
	ipv4 = regexp.MustCompile(`([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})\.[0-9]{1,3}(?::[0-9]+)?`)
)

// maskAll masks every address in s.
func (p *privacy) maskAll(s string) string {
	if !p.anonymizeIP {
		return s
	}
	if most := 4 * maxHeader; len(s) > most { // no address may be cut in two
		s = strings.TrimRight(s[:most], "0123456789ABCDEFabcdef:.")
	}
	return mask(s, func(string) bool { return true })
}

// mask puts networks in place of those addresses in s that which reports true of,
// and leaves out their ports.
func mask(s string, which func(ip string) bool) string {
	s = ipv6.ReplaceAllStringFunc(s, func(found string) string {
		m := ipv6.FindStringSubmatch(found)
		open, ip, closing := m[1], m[2], m[3]
		if strings.HasPrefix(ip, ":") && !strings.HasPrefix(ip, "::") { // of "name:2001:db8::1"
			open, ip = open+":", ip[1:]
		}
		if strings.HasSuffix(ip, ":") && !strings.HasSuffix(ip, "::") { // of "2001:db8::1: refused"
			ip, closing = ip[:len(ip)-1], ":"+closing
		}
		addr, err := netip.ParseAddr(ip)
		if err != nil || !which(addr.Unmap().String()) {
			return found
		}
		return open + networkOf(ip) + closing
	})
	return ipv4.ReplaceAllStringFunc(s, func(found string) string {
		if ip, _, _ := strings.Cut(found, ":"); !which(ip) {
			return found
		}
		return ipv4.ReplaceAllString(found, "$1.0")
	})
}
