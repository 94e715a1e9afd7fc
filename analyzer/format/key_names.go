package format

import (
	"strconv"
	"strings"

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
	roleDuration:     {"http.server.request.duration", "event.duration", "httprequest.latency", "http.duration", "http.latency", "http.durationms", "durationms", "durationmillis", "requesttimems", "responsetimems", "latencyms", "elapsedms", "durations", "durationseconds", "durationns", "durationus", "requesttime", "requestduration", "responsetime", "duration", "latency", "elapsed", "took", "timetaken", "processingtime", "resptime", "rt", "dur"},
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
