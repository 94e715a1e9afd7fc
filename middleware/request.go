package middleware

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strings"
	"unsafe"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// describe fills in what the request says by itself.
func (l *Logger) describe(rec *accesslog.Record, r *http.Request) {
	rec.Method = r.Method
	rec.Path = pathOf(r)
	rec.Query = l.queryOf(r)
	rec.Host = r.Host
	rec.Scheme = "http"
	if r.TLS != nil {
		rec.Scheme = "https"
	}
	rec.Proto = protoOf(r)
	rec.UserAgent = first(r.Header, "User-Agent")
	rec.Referer, _, _ = strings.Cut(first(r.Header, "Referer"), "?")
	rec.Referer, _, _ = strings.Cut(rec.Referer, "#")
	rec.TraceID, rec.SpanID = traceOf(first(r.Header, "Traceparent"))

	peer := hostOf(r.RemoteAddr)
	var trusted bool
	rec.ClientIP, trusted = l.clientIP(r, peer)
	if rec.ClientIP != peer {
		rec.Peer = r.RemoteAddr
	}
	if trusted {
		if s := first(r.Header, "X-Forwarded-Proto"); s == "http" || s == "https" {
			rec.Scheme = s
		}
	}
	l.anonymize(rec, r.RemoteAddr)
}

// first is the first value of a header whose name is in canonical form. Header.Get would
// bring every name into that form at every request.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// pathOf is the path as the client sent it, whatever handlers have made of the URL
// since.
func pathOf(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		path, _, _ := strings.Cut(r.RequestURI, "?")
		return path
	}
	return r.URL.EscapedPath() // "*", an absolute URI, or a request that no server read
}

// protoOf is the protocol's version as OpenTelemetry writes it.
func protoOf(r *http.Request) string {
	switch {
	case r.ProtoMajor == 1 && r.ProtoMinor == 1:
		return "1.1"
	case r.ProtoMajor == 2:
		return "2"
	case r.ProtoMajor == 3:
		return "3"
	}
	return strings.TrimPrefix(r.Proto, "HTTP/")
}

// traceOf reads the trace id and the parent's span id from a W3C traceparent
// (Trace Context, section 3.2). Both are empty where it is not valid.
func traceOf(s string) (trace, span string) {
	if len(s) < 55 || len(s) > 55 && (s[:2] == "00" || s[55] != '-') || s[:2] == "ff" ||
		s[2] != '-' || s[35] != '-' || s[52] != '-' ||
		!isHex(s[:2]) || !isHex(s[3:35]) || !isHex(s[36:52]) || !isHex(s[53:55]) {
		return "", ""
	}
	trace, span = s[3:35], s[36:52]
	if strings.Trim(trace, "0") == "" || strings.Trim(span, "0") == "" {
		return "", ""
	}
	return trace, span
}

func isHex(s string) bool {
	for i := range len(s) {
		if !lowerHex[s[i]] {
			return false
		}
	}
	return true
}

var lowerHex = func() (t [256]bool) {
	for _, c := range "0123456789abcdef" {
		t[c] = true
	}
	return t
}()

// hostOf is the canonical IP of "ip:port" or "[ip]", "" where there is none, as for a Unix
// socket. It does not allocate for IPv4.
func hostOf(addr string) string {
	i := strings.LastIndexByte(addr, ':')
	if strings.HasSuffix(addr, "]") {
		i = len(addr) // without a port
	}
	if i < 0 {
		return ""
	}
	host := addr[:i]
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		ip, err := netip.ParseAddr(host[1 : len(host)-1])
		if err != nil {
			return ""
		}
		return ip.Unmap().WithZone("").String()
	}
	if isIPv4(host) {
		return host
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return ""
	}
	return host
}

// isIPv4 reports what netip.ParseAddr does of an IPv4 address, in a third of the time.
func isIPv4(s string) bool {
	dots, n, digits := 0, 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.':
			if digits == 0 {
				return false
			}
			dots, n, digits = dots+1, 0, 0
		case c < '0' || c > '9', digits > 0 && n == 0: // no digit, or a leading zero
			return false
		default:
			if n, digits = n*10+int(c-'0'), digits+1; n > 255 {
				return false
			}
		}
	}
	return dots == 3 && digits > 0
}

// clientIP is the peer's IP or, where the peer is a trusted proxy, the right-most
// address of X-Forwarded-For that is none.
func (l *Logger) clientIP(r *http.Request, peer string) (ip string, viaTrusted bool) {
	ip = peer
	if len(l.trusted) == 0 || !l.trusts(ip) {
		return ip, false
	}
	fields := r.Header["X-Forwarded-For"]
	for i := len(fields) - 1; i >= 0; i-- {
		for rest := fields[i]; rest != ""; {
			var hop string
			if j := strings.LastIndexByte(rest, ','); j >= 0 {
				rest, hop = rest[:j], rest[j+1:]
			} else {
				rest, hop = "", rest
			}
			hop = strings.TrimSpace(hop)
			addr, err := netip.ParseAddr(hop)
			if err != nil {
				if hop = hostOf(hop); hop == "" {
					return ip, true // what no proxy of ours wrote ends the chain
				}
			} else {
				hop = addr.Unmap().WithZone("").String()
			}
			if ip = hop; !l.trusts(ip) {
				return ip, true
			}
		}
	}
	return ip, true
}

func (l *Logger) trusts(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	for _, p := range l.trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// idBytes is the length of an id that is made here: 128 bits in hexadecimal.
const idBytes = 32

// newID writes a random id into buf and returns it as a string that shares buf,
// which must not be written again.
func newID(buf *[idBytes]byte) string {
	for i := 0; i < idBytes; i += 16 {
		n := rand.Uint64()
		binary.LittleEndian.PutUint64(buf[i:], hexOf(uint32(n)))
		binary.LittleEndian.PutUint64(buf[i+8:], hexOf(uint32(n>>32)))
	}
	return unsafe.String(&buf[0], idBytes)
}

// hexOf is the eight hexadecimal digits of n, one a byte.
func hexOf(n uint32) uint64 {
	const ones = 0x0101010101010101
	x := uint64(n)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	letters := (x + 6*ones) >> 4 & ones // 1 where the digit is above 9
	return x + '0'*ones + letters*('a'-'9'-1)
}

// validID reports whether a client's request id may be logged as it is.
func validID(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// body counts what is read of a request's body, and notices the moment at which
// net/http answers a client that expects 100 Continue: the first read.
type body struct {
	io.ReadCloser
	rec *recorder
}

func (b *body) Read(p []byte) (int, error) {
	b.rec.bodyRead()
	n, err := b.ReadCloser.Read(p)
	b.rec.requestBytes.Add(int64(n))
	return n, err
}
