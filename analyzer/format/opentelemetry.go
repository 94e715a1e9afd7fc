package format

var openTelemetry = &Format{
	Name:    "otel",
	Title:   "JSON with the names of OpenTelemetry's semantic conventions",
	Example: `{"timestamp":"2026-09-06T05:58:05Z","http.request.method":"GET","url.path":"/u/1","url.scheme":"https","http.route":"/u/{id}","http.response.status_code":502,"http.server.request.duration":0.0025,"http.response.body.size":13,"client.address":"203.0.113.7"}`,
	Clock:   ClockCompletion,
	learn: learnKeyed(syntaxJSON, openTelemetryPreset, &schema{
		by: "OpenTelemetry", marks: []mark{has("http.response.status_code"), has("url.path"), lacks("@timestamp")}, keys: openTelemetryKeys,
	}),
}

var openTelemetryKeys = []key{
	{"timestamp", roleTime}, {"time", roleTime}, {"http.response.status_code", roleStatus}, {"http.request.method", roleMethod}, {"http.route", roleRoute},
	{"http.server.request.duration", roleDuration}, {"url.path", rolePath}, {"url.full", rolePath}, {"url.scheme", roleScheme}, {"server.address", roleHost},
	{"http.response.body.size", roleBytes}, {"http.request.body.size", roleRequestBytes}, {"client.address", roleClientIP},
	{"network.peer.address", rolePeerIP}, {"network.protocol.version", roleProto},
	{"user_agent.original", roleUserAgent}, {"http.request.header.referer", roleReferer},
	{"trace_id", roleTraceID}, {"span_id", roleSpanID}, {"exception.message", roleError}, {"error.message", roleError},
}
