package format

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// keys are the names under which each role is found, the surest first: dotted paths in
// lower case without "_", "-" and "@", so that one entry serves request_uri, requestUri
// and {"request":{"uri"}} has its own.
var keys = [roles][]string{
	roleStatus: {"downstreamstatus", "http.response.statuscode", "http.statuscode", "http.status", "httprequest.status", "httpresponse.status", "httpresponse.statuscode", "response.status", "response.statuscode", "res.statuscode", "res.status",
		"statuscode", "httpstatus", "httpstatuscode", "responsestatus", "responsestatuscode", "responsecode", "httpcode", "status", "resp.status", "code", "scstatus"},
	roleMethod: {"http.request.method", "httprequest.requestmethod", "httprequest.method", "request.method", "req.method", "requestmethod", "httpmethod", "http.method", "method", "verb", "csmethod"},
	rolePath: {"url.path", "http.target", "http.path", "request.uri", "request.path", "request.url", "req.url", "req.path", "httprequest.requesturl", "httprequest.path", "httprequest.url", "requestpath", "requesturi", "httppath",
		"url.original", "url.full", "http.url", "path", "uri", "url", "target", "csuristem"},
	roleRequest:      {"request", "requestline", "http.request"},
	roleRoute:        {"http.route", "route", "routepattern", "endpoint"},
	roleTime:         {"timestamp", "time", "ts", "timeiso8601", "timelocal", "startutc", "datetime", "date", "eventtime", "msec", "t", "starttime"},
	roleDuration:     {"http.server.request.duration", "event.duration", "httprequest.latency", "http.duration", "http.latency", "http.durationms", "durationms", "durationmillis", "requesttimems", "responsetimems", "latencyms", "elapsedms", "durations", "durationseconds", "durationns", "durationus", "requesttime", "requestduration", "responsetime", "duration", "latency", "elapsed", "took", "timetaken", "processingtime"},
	roleBytes:        {"http.response.body.size", "http.response.body.bytes", "http.response.bytes", "httprequest.responsesize", "responsebytes", "bodybytessent", "bytessent", "responsesize", "responselength", "bytesout", "downstreamcontentsize", "size", "bytes", "length", "scbytes"},
	roleRequestBytes: {"http.request.body.size", "http.request.body.bytes", "http.request.bytes", "httprequest.requestsize", "requestbytes", "bytesread", "requestlength", "requestcontentsize", "bytesin", "csbytes"},
	roleClientIP:     {"client.address", "client.ip", "request.clientip", "request.remoteip", "request.remoteaddr", "httprequest.remoteip", "clientip", "clientaddress", "remoteip", "remoteaddr", "remoteaddress", "source.ip", "clienthost", "ip", "cip", "req.remoteaddress"},
	roleHost:         {"request.host", "url.domain", "server.address", "requesthost", "httphost", "host", "vhost", "servername", "req.host", "cshost"},
	roleScheme:       {"url.scheme", "http.scheme", "requestscheme", "scheme"},
	roleProto:        {"network.protocol.version", "http.version", "request.proto", "httprequest.protocol", "requestprotocol", "serverprotocol", "proto", "protocol"},
	roleUserAgent:    {"useragent.original", "request.headers.useragent", "httprequest.useragent", "httpuseragent", "useragent", "agent", "ua", "req.headers.useragent", "csuseragent"},
	roleReferer:      {"http.request.referrer", "request.headers.referer", "httprequest.referer", "httpreferer", "httpreferrer", "referer", "referrer", "req.headers.referer", "http.request.header.referer"},
	roleRequestID:    {"http.request.id", "requestid", "reqid", "xrequestid", "req.id", "rid"},
	roleTraceID:      {"trace.id", "traceid", "logging.googleapis.com/trace"},
	roleSpanID:       {"span.id", "spanid", "logging.googleapis.com/spanid"},
	roleError:        {"error.message", "error", "err", "errmsg", "exception", "exception.message"},
	roleMsg:          {"body", "message"},
}

// roleOf is keys turned round: normalised path → role and preference.
var roleOf = func() map[string]struct {
	role role
	rank int
} {
	m := map[string]struct {
		role role
		rank int
	}{}
	for r, names := range keys {
		for i, name := range names {
			m[name] = struct {
				role role
				rank int
			}{role(r), i}
		}
	}
	return m
}()

var separators = strings.NewReplacer("_", "", "-", "", "@", "")

func normalise(path string) string { return separators.Replace(strings.ToLower(path)) }

// survey is what the requests in a sample hold. Other lines are left out: an application's
// "status" and "duration" are something else.
type survey map[string][]string // path → values that can play its role

func newSurvey(sample [][]byte, named naming) survey {
	s := survey{}
	var w walker
	for _, line := range sample {
		var paths, values []string
		plays := map[role]bool{}
		_ = w.walk(line, func(path, value []byte) {
			r, _, ok := named.roleOf(string(path))
			if text := unquoted(value); ok && named.plays(r, string(path), text, value[0] == '"') {
				paths, values = append(paths, string(path)), append(values, text)
				plays[r] = true
			}
		})
		if !plays[roleStatus] || !plays[roleMethod] && !plays[rolePath] && !plays[roleRequest] && !plays[roleRoute] {
			continue
		}
		for i, path := range paths {
			s[path] = append(s[path], values[i])
		}
	}
	return s
}

// learnJSON finds which keys of the sample play which role: for the status, the surest key
// that is in at least half as many requests as the most frequent one; for each other role,
// the surest key in at least a third of those.
func learnJSON(sample [][]byte, o *Options) (dialect, bool) {
	named := o.naming()
	seen := newSurvey(sample, named)
	most := 0
	for path, values := range seen {
		if r, _, _ := named.roleOf(path); r == roleStatus {
			most = max(most, len(values))
		}
	}
	status := seen.choose(named, roleStatus, (most+1)/2)
	if status == "" {
		return dialect{}, false
	}
	var chosen [roles]string
	for r := range roles {
		chosen[r] = seen.choose(named, r, len(seen[status])/3)
	}
	chosen[roleStatus] = status
	if chosen[roleMethod] == "" && chosen[rolePath] == "" && chosen[roleRequest] == "" && chosen[roleRoute] == "" {
		return dialect{}, false
	}
	return seen.dialect(chosen, named, o), true
}

// dialect reads each role from the path that was chosen for it.
func (s survey) dialect(chosen [roles]string, named naming, o *Options) dialect {
	var reason string // for the unit
	m := mapping{roles: map[string]role{}, objects: map[string]bool{"": true}, local: o.zone()}
	var why strings.Builder
	why.WriteString("status is read from " + strconv.Quote(chosen[roleStatus]))
	for r, path := range chosen {
		if path != "" && role(r) != roleMsg {
			m.add(path, role(r))
		}
	}
	if own := presets[[2]string{chosen[roleStatus], chosen[roleMsg]}]; own != nil {
		m.unit, m.preset, m.roles = own.unit, true, map[string]role{}
		for path, r := range own.roles {
			m.add(path, r)
		}
		why.WriteString(", and all else by the keys of this project's preset in " + own.name + " vocabulary")
	} else if path := chosen[roleDuration]; path != "" {
		if m.unit, reason = named.said[path].unit, "as was said"; m.unit == "" {
			m.unit, reason = unitOf(path, s[path], chosen[roleTime])
		}
		why.WriteString(", the duration from " + strconv.Quote(path) + " in " + string(m.unit) + " " + reason)
	}
	why.WriteString(named.add(&m, func(path string) bool { return len(s[path]) > 0 }))
	d := dialect{why: why.String(), unit: m.unit, guessed: strings.HasPrefix(reason, guessed), open: m.open}
	if slices.ContainsFunc(s[chosen[roleTime]], isZoneless) {
		d.tz = o.zone().String()
	}
	return d
}

// add reads r from path.
func (m *mapping) add(path string, r role) {
	m.roles[path] = r
	for i, c := range []byte(path) {
		if c == '.' {
			m.objects[path[:i]] = true
		}
	}
}

// choose is the path that plays r best: the surest of those in at least atLeast requests.
func (s survey) choose(named naming, r role, atLeast int) string {
	best, rank := "", math.MaxInt
	for path, values := range s {
		plays, n, _ := named.roleOf(path)
		if plays == r && (len(values) >= atLeast || n < 0) && (n < rank || n == rank && path < best) {
			best, rank = path, n
		}
	}
	return best
}

// plausible reports whether s, a string or something else, could be what r means.
func plausible(r role, s string, isString bool) bool {
	switch r {
	case roleStatus:
		n, err := strconv.Atoi(s)
		return err == nil && (n == 0 || n >= 100 && n <= 599)
	case roleMethod:
		return isString && isMethod(s) && strings.ToUpper(s) == s
	case rolePath:
		return strings.HasPrefix(s, "/") || strings.Contains(s, "://") || s == "*"
	case roleRequest:
		return strings.Contains(s, " HTTP/")
	case roleRoute:
		return isString && strings.Contains(s, "/")
	case roleTime:
		_, ok := (&timeReader{}).parse(s)
		return ok
	case roleDuration:
		_, ok := parseDuration(s, Seconds)
		return ok
	case roleBytes, roleRequestBytes:
		_, err := strconv.ParseInt(s, 10, 64)
		return err == nil
	case roleMsg:
		return s == accesslog.MsgRequest || s == accesslog.MsgRejected
	case roleClientIP:
		return isString && strings.ContainsAny(s, ".:") && !strings.ContainsAny(s, " /")
	}
	return isString
}

func unquoted(value []byte) string {
	if value[0] != '"' {
		return string(value)
	}
	s, _ := jsontext.AppendUnquote(nil, value) // whose error is invalid UTF-8 alone
	return string(s)
}

// unitOf decides the unit of the durations under path: by what the name says, else by
// who is known to write such a name, beside times under such another, else by the values.
func unitOf(path string, values []string, timePath string) (unit Unit, reason string) {
	name := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	for _, s := range []struct {
		suffix string
		unit   Unit
	}{
		{"_ms", Milliseconds}, {"millis", Milliseconds}, {"_us", Microseconds}, {"micros", Microseconds}, {"_ns", Nanoseconds}, {"nanos", Nanoseconds},
		{"_s", Seconds}, {"seconds", Seconds}, {"_sec", Seconds},
		{"Ms", Milliseconds}, {"Us", Microseconds}, {"Ns", Nanoseconds},
		// Without a separator only behind the words that end otherwise.
		{"latencyms", Milliseconds}, {"elapsedms", Milliseconds}, {"durationms", Milliseconds}, {"timems", Milliseconds},
		{"durationus", Microseconds}, {"durationns", Nanoseconds}, {"durations", Seconds},
	} {
		if strings.HasSuffix(name, s.suffix) || strings.HasSuffix(path, s.suffix) {
			return s.unit, "by its name"
		}
	}
	switch normalise(path) {
	case "event.duration":
		if fractions(values)*2 > len(values) {
			return Milliseconds, "as Elastic Common Schema has whole nanoseconds, and these are fractions"
		}
		return Nanoseconds, "as Elastic Common Schema has it"
	case "http.server.request.duration":
		return Seconds, "as OpenTelemetry has it"
	case "requesttime":
		return Seconds, "as nginx has it"
	}
	if timePath == "ts" && fractions(values)*2 > len(values) {
		return Seconds, "as zap and Caddy have fractions" // all that they write in other units is whole
	}
	return unitOfValues(values)
}

const guessed = "guessed from its values"

// fractions counts the values that are no whole numbers.
func fractions(values []string) (n int) {
	for _, s := range values {
		if strings.ContainsAny(s, ".eE") {
			n++
		}
	}
	return n
}

// unitOfValues guesses: whole numbers that are mostly large are nanoseconds, fractions of
// which most are fine are seconds, the rest milliseconds. Fine is below 1 with four or more
// decimals; or with seven to nine, as milliseconds have six down to the nanosecond.
func unitOfValues(values []string) (Unit, string) {
	large, fine, named := 0, 0, 0
	for _, s := range values {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			named++
			continue
		}
		if f >= 20_000 {
			large++
		}
		_, decimals, _ := strings.Cut(s, ".")
		if n := len(decimals); f < 1 && n >= 4 || n >= 7 && n <= 9 || strings.ContainsAny(s, "eE") {
			fine++
		}
	}
	switch {
	case named*2 > len(values):
		return Seconds, "or in the unit that each value names"
	case fractions(values)*2 < len(values) && large*2 > len(values):
		return Nanoseconds, guessed + ", which are large whole numbers"
	case fine*2 > len(values):
		return Seconds, guessed + ", which are small fractions"
	}
	return Milliseconds, guessed
}
