package format

var traefik = &Format{
	Name:    "traefik",
	Title:   "Traefik's JSON",
	Example: `{"ClientAddr":"203.0.113.7:5123","ClientHost":"203.0.113.7","DownstreamContentSize":11,"DownstreamStatus":502,"Duration":985200,"OriginStatus":502,"RequestHost":"api.example.com","RequestMethod":"GET","RequestPath":"/u/1","RequestProtocol":"HTTP/1.1","RequestScheme":"https","RouterName":"api@docker","StartUTC":"2026-09-06T05:58:05.123Z","level":"info","msg":""}`,
	Clock:   ClockStart,
	Unit:    Nanoseconds,
	learn: learnKeyed(syntaxJSON, &schema{
		by: "Traefik", marks: []mark{has("DownstreamStatus")}, keys: traefikKeys, units: in(Nanoseconds), origin: true,
	}),
}

// traefikKeys have no route: a router is a rule of the proxy's, not a pattern of paths.
var traefikKeys = []key{
	{"StartUTC", roleTime}, {"StartLocal", roleTime}, {"DownstreamStatus", roleStatus}, {"OriginStatus", roleOrigin}, {"Duration", roleDuration},
	{"RequestMethod", roleMethod}, {"RequestPath", rolePath}, {"RequestHost", roleHost}, {"RequestAddr", roleHost}, {"RequestScheme", roleScheme}, {"RequestProtocol", roleProto},
	{"ClientHost", roleClientIP}, {"ClientAddr", roleClientIP}, {"DownstreamContentSize", roleBytes}, {"RequestContentSize", roleRequestBytes},
	{"request_User-Agent", roleUserAgent}, {"request_Referer", roleReferer}, {"request_X-Request-Id", roleRequestID},
	{"trace_id", roleTraceID}, {"TraceId", roleTraceID}, {"span_id", roleSpanID}, {"SpanId", roleSpanID},
	{"time", roleNone}, // of the line
}
