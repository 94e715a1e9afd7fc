package format

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// kind is what the values of a column look like.
type kind uint8

const (
	kindNone kind = iota
	kindTime
	kindEpoch
	kindDate
	kindClock
	kindRequest
	kindMethod
	kindProto
	kindScheme
	kindStatus
	kindIP
	kindPath
	kindURL
	kindDuration // that names its unit
	kindWhole
	kindFraction
	kindList // of one value for each try
	kindID
	kindHost
	kindAgent
)

// looks are the kinds, the narrower before the wider, and the share of values that it takes. Clients
// send garbage for requests, and name themselves as they like.
var looks = []struct {
	kind  kind
	share float64
	is    func(string) bool
}{
	{kindTime, 0.95, isTime},
	{kindEpoch, 0.95, isEpoch},
	{kindDate, 0.95, isDate},
	{kindClock, 0.95, isClock},
	{kindRequest, 0.8, isRequest},
	{kindMethod, 0.95, isCommonMethod},
	{kindProto, 0.95, func(s string) bool { return strings.HasPrefix(s, "HTTP/") || s == "h2" || s == "h3" }},
	{kindScheme, 0.95, func(s string) bool { return s == "http" || s == "https" }},
	{kindStatus, 0.97, isUsedStatus},
	{kindIP, 0.95, isAddress},
	{kindURL, 0.95, func(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }},
	{kindPath, 0.95, func(s string) bool {
		return s[0] == '/' || s == "*" || strings.HasPrefix(s, "http") && strings.Contains(s, "://")
	}},
	{kindDuration, 0.95, namesUnit},
	{kindWhole, 0.98, isWhole},
	{kindFraction, 0.98, isFraction},
	{kindID, 0.95, isID},
	{kindHost, 0.95, isHost},
	{kindAgent, 0.8, isAgent},
}

// ballot is how the values of a column voted.
type ballot struct {
	kind  kind
	share float64 // of the values that voted so
	known int     // values that are known
}

// elect counts the votes.
func elect(values []string) ballot {
	b := ballot{share: 1}
	for _, s := range values {
		if s != "" {
			b.known++
		}
	}
	if b.known == 0 || b.known*20 < len(values) {
		return b
	}
	if slices.ContainsFunc(values, isTries) {
		b.kind = kindList
		return b
	}
	for _, look := range looks {
		n, most := b.known, float64(b.known)
		for _, s := range values {
			if s != "" && !look.is(s) {
				if n--; float64(n) < look.share*most {
					break
				}
			}
		}
		if look.kind == kindStatus && zeros(values)*2 > b.known {
			continue // more often nothing was sent than something
		}
		if share := float64(n) / most; share >= look.share {
			return ballot{kind: look.kind, share: share, known: b.known}
		}
	}
	return b
}

func zeros(values []string) (n int) {
	for _, s := range values {
		if s == "0" || s == "000" {
			n++
		}
	}
	return n
}

// isTries recognises a list of numbers or addresses as nginx writes it when it had to retry.
func isTries(s string) bool {
	return (strings.Contains(s, ", ") || strings.Contains(s, " : ")) && s[0]-'0' <= 9 && strings.Trim(s, "0123456789.:, -") == ""
}

func isTime(s string) bool {
	if isWhole(s) || isFraction(s) {
		return false
	}
	_, ok := (&timeReader{}).parse(s)
	return ok
}

// isEpoch recognises the seconds, milliseconds, microseconds or nanoseconds of this century's first
// half.
func isEpoch(s string) bool {
	whole, _, _ := strings.Cut(s, ".")
	if n := len(whole); n != 10 && n != 13 && n != 16 && n != 19 {
		return false
	}
	t, ok := epoch(s)
	return ok && t.Year() > 2000 && t.Year() < 2050
}

func isDate(s string) bool {
	return len(s) == len("2006-01-02") && (isTime(s + " 00:00:00"))
}

// isRequest recognises "GET /path HTTP/1.1", with or without the last.
func isRequest(s string) bool {
	method, rest, ok := strings.Cut(s, " ")
	if !ok || !isCommonMethod(method) {
		return false
	}
	target, proto, versioned := strings.Cut(rest, " ")
	return target != "" && (versioned && strings.Contains(proto, "HTTP/") || !versioned && (target[0] == '/' || strings.Contains(target, "://")))
}

// isCommonMethod knows the methods that servers see: any other word may be anything.
func isCommonMethod(s string) bool {
	switch s {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PURGE",
		"PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH":
		return true
	}
	return false
}

// isUsedStatus knows the registered statuses, those that nginx, IIS, load balancers and
// CDNs have of their own, and 000 where nothing was sent. Of numbers of three digits that
// are none, most are not among them.
func isUsedStatus(s string) bool {
	if len(s) != 3 {
		return s == "0"
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		return false
	case n >= 100 && n <= 103, n >= 200 && n <= 208, n >= 300 && n <= 308, n >= 400 && n <= 426, n >= 494 && n <= 508, n >= 520 && n <= 530:
		return true
	}
	switch n {
	case 0, 226, 428, 429, 430, 431, 440, 444, 449, 450, 451, 460, 463, 509, 510, 511, 561, 598, 599:
		return true
	}
	return false
}

// isAddress recognises an IP, with or without a port.
func isAddress(s string) bool {
	if strings.Trim(s, "0123456789abcdefABCDEF:.[]") != "" {
		return false // at less cost than an error
	}
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return true
	}
	_, err := netip.ParseAddrPort(s)
	return err == nil
}

func namesUnit(s string) bool {
	if s[len(s)-1] != 's' || s[0]-'0' > 9 {
		return false
	}
	_, ok := parseDuration(s, "")
	return ok
}

func isWhole(s string) bool {
	return len(s) < 19 && s != "" && strings.Trim(s, "0123456789") == ""
}

func isFraction(s string) bool {
	before, behind, ok := strings.Cut(s, ".")
	return ok && isWhole(before) && isWhole(behind)
}

// isID recognises what request identifiers are made of: 16 or more hexadecimal digits.
func isID(s string) bool {
	return len(s) >= 16 && strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789abcdefABCDEF-") == ""
}

// isHost recognises a name with dots in it that ends in letters.
func isHost(s string) bool {
	if i := strings.IndexByte(s, ':'); i > 0 && isWhole(s[i+1:]) {
		s = s[:i]
	}
	i := strings.LastIndexByte(s, '.')
	return i > 0 && len(s)-i > 2 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789.-") == "" &&
		strings.Trim(strings.ToLower(s[i+1:]), "abcdefghijklmnopqrstuvwxyz") == ""
}

// isAgent recognises a product with a version: "curl/8.5.0", "Mozilla/5.0 (X11; …)". TCP_MISS/200 and
// DIRECT/192.0.2.7 are none.
func isAgent(s string) bool {
	product, version, ok := strings.Cut(s, "/")
	if isUsedStatus(version) || isAddress(version) {
		return false
	}
	return ok && product != "" && version != "" && product[0]|0x20-'a' < 26 && version[0]-'0' <= 9 &&
		strings.Trim(strings.ToLower(product), "abcdefghijklmnopqrstuvwxyz0123456789-_. ") == ""
}
