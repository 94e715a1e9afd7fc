package format

import (
	"bytes"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// preset is a vocabulary in which accesslog writes records, with the roles of all its
// paths: also of those that few lines have, which no sample need hold.
type preset struct {
	name  string
	roles map[string]role
	unit  Unit
}

// presets are told apart by the keys of the status and of the message.
var presets = map[[2]string]*preset{
	{"http.response.status_code", "body"}:    {"OpenTelemetry's", openTelemetryRoles, Seconds},
	{"http.response.status_code", "message"}: {"Elastic Common Schema's", elasticRoles, Nanoseconds},
	{"httpRequest.status", "message"}:        {"Google Cloud's", googleRoles, Seconds},
}

var openTelemetryRoles = withOwn(map[string]role{
	"timestamp": roleTime, "severity_text": roleLevel, "body": roleMsg,
	"http.request.method": roleMethod, "http.request.method_original": roleMethodOriginal, "http.route": roleRoute,
	"url.path": rolePath, "url.query": roleQuery, "url.scheme": roleScheme,
	"http.response.status_code": roleStatus, "exception.message": roleError, "http.server.request.duration": roleDuration,
	"http.request.body.size": roleRequestBytes, "http.response.body.size": roleBytes,
	"client.address": roleClientIP, "network.peer.address": rolePeerIP, "network.peer.port": rolePeerPort,
	"server.address": roleHost, "server.port": rolePort, "network.protocol.version": roleProto,
	"request_id": roleRequestID, "trace_id": roleTraceID, "span_id": roleSpanID,
	"user_agent.original": roleUserAgent, "http.request.header.referer": roleReferer,
})

var elasticRoles = withOwn(map[string]role{
	"@timestamp": roleTime, "log.level": roleLevel, "message": roleMsg,
	"http.request.method": roleMethod, "route": roleRoute, "url.path": rolePath, "url.query": roleQuery, "url.scheme": roleScheme,
	"http.response.status_code": roleStatus, "error.message": roleError, "event.duration": roleDuration,
	"http.request.body.bytes": roleRequestBytes, "http.response.body.bytes": roleBytes,
	"client.ip": roleClientIP, "peer": rolePeer, "url.domain": roleHost, "url.port": rolePort, "http.version": roleProto,
	"http.request.id": roleRequestID, "trace.id": roleTraceID, "span.id": roleSpanID,
	"user_agent.original": roleUserAgent, "http.request.referrer": roleReferer,
})

var googleRoles = withOwn(map[string]role{
	"time": roleTime, "severity": roleLevel, "message": roleMsg,
	"httpRequest.requestMethod": roleMethod, "httpRequest.requestUrl": rolePath, "httpRequest.status": roleStatus,
	"httpRequest.requestSize": roleRequestBytes, "httpRequest.responseSize": roleBytes, "httpRequest.userAgent": roleUserAgent,
	"httpRequest.remoteIp": roleClientIP, "httpRequest.referer": roleReferer, "httpRequest.latency": roleDuration, "httpRequest.protocol": roleProto,
	"route": roleRoute, "host": roleHost, "scheme": roleScheme, "error": roleError, "peer": rolePeer,
	"request_id": roleRequestID, "logging.googleapis.com/trace": roleTraceID, "logging.googleapis.com/spanId": roleSpanID,
})

// withOwn adds the keys for which no vocabulary has another name.
func withOwn(m map[string]role) map[string]role {
	for key, r := range map[string]role{
		"v": roleVersion, "interim": roleInterim, "outcome": roleOutcome, "ttfb_ms": roleTTFB,
		"sample_rate": roleSampleRate, "dropped": roleDropped, "failed_by": roleFailedBy,
	} {
		m[key] = r
	}
	return m
}

// extras are what a line in a preset says beside what other logs do.
type extras struct {
	methodKnown            bool // from the original
	port, peerIP, peerPort string
}

// setOwn reads value into the place that role has in r, where only presets have it.
func (p *jsonParser) setOwn(r *accesslog.Record, known role, value []byte) {
	switch known {
	case roleMsg:
		if s := p.text(value); s == accesslog.MsgRequest || s == accesslog.MsgRejected {
			r.Msg = s
		}
	case roleLevel:
		switch r.Level = p.text(value); r.Level {
		case "info":
			r.Level = accesslog.LevelInfo
		case "warn", "WARNING":
			r.Level = accesslog.LevelWarn
		case "error":
			r.Level = accesslog.LevelError
		}
	case roleVersion:
		n, _ := p.whole(value)
		r.Version = int(n.Value)
	case roleMethodOriginal:
		p.request, p.extras.methodKnown = true, true
		r.Method = p.text(value)
	case roleQuery:
		r.Query = p.text(value)
	case roleInterim:
		for list, item := bytes.Trim(value, "[] \t"), []byte(nil); len(list) > 0; {
			item, list, _ = bytes.Cut(list, []byte(","))
			if n, err := p.whole(bytes.TrimSpace(item)); err == nil && n.Known {
				r.Interim = append(r.Interim, int(n.Value))
			}
		}
	case roleOutcome:
		r.Outcome = accesslog.Outcome(p.text(value))
	case roleTTFB:
		d, ok := parseDuration(p.text(value), Milliseconds)
		r.TTFB = accesslog.Opt[time.Duration]{Value: d, Known: ok}
	case roleSampleRate:
		r.SampleRate = p.fraction(value)
	case roleDropped:
		r.Dropped = p.size(value).Value
	case roleFailedBy:
		r.FailedBy = p.text(value)
	case rolePeer:
		r.Peer = p.text(value)
	case rolePort:
		p.extras.port = p.text(value)
	case rolePeerIP:
		p.extras.peerIP = p.text(value)
	case rolePeerPort:
		p.extras.peerPort = p.text(value)
	}
}

// finish puts together what a preset has in pieces.
func (p *jsonParser) finish(r *accesslog.Record) {
	if p.extras.port != "" {
		r.Host = p.join(r.Host, p.extras.port)
	}
	if ip := p.extras.peerIP; ip != "" && p.extras.peerPort != "" {
		if strings.Contains(ip, ":") {
			ip = p.join("["+ip+"]", p.extras.peerPort)
		} else {
			ip = p.join(ip, p.extras.peerPort)
		}
		r.Peer = ip
	} else if ip != "" {
		r.Peer = ip
	}
}

// join is host:port, held by the parser's buffer.
func (p *jsonParser) join(host, port string) string {
	begin := len(p.buf)
	p.buf = append(append(append(p.buf, host...), ':'), port...)
	return share(p.buf[begin:])
}
