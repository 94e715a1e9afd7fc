package format

// The vocabularies in which accesslog writes records, with the roles of all their keys: also
// of those that few lines have, which no sample need hold.
var (
	openTelemetryPreset = &schema{by: "OpenTelemetry's", marks: []mark{begins("body", "http_re"), has("http.response.status_code")}, own: openTelemetryRoles, units: in(Seconds)}
	elasticPreset       = &schema{by: "Elastic Common Schema's", marks: []mark{begins("message", "http_re"), has("http.response.status_code")}, own: elasticRoles, units: in(Nanoseconds)}
	googlePreset        = &schema{by: "Google Cloud's", marks: []mark{begins("message", "http_re"), has("httpRequest.status")}, own: googleRoles, units: in(Seconds)}
)

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
