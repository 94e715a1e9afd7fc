package format

var ecs = &Format{
	Name:    "ecs",
	Title:   "Elastic Common Schema, with nested or dotted keys",
	Example: `{"@timestamp":"2026-09-06T05:58:05.000Z","ecs":{"version":"8.11"},"client":{"ip":"203.0.113.7"},"http":{"request":{"method":"GET"},"response":{"status_code":502,"body":{"bytes":13}},"version":"1.1"},"url":{"path":"/u/1"},"event":{"duration":1234567}}`,
	Clock:   ClockCompletion,
	learn: learnKeyed(syntaxJSON, elasticPreset, &schema{
		by: "Elastic Common Schema", marks: []mark{has("http.response.status_code"), has("@timestamp")}, keys: ecsKeys,
	}),
}

var ecsKeys = []key{
	{"@timestamp", roleTime}, {"http.response.status_code", roleStatus}, {"http.request.method", roleMethod}, {"event.duration", roleDuration},
	{"url.path", rolePath}, {"url.original", rolePath}, {"url.full", rolePath}, {"url.domain", roleHost}, {"url.scheme", roleScheme}, {"http.version", roleProto},
	{"client.ip", roleClientIP}, {"client.address", roleClientIP}, {"source.ip", roleClientIP}, {"source.address", roleClientIP},
	{"http.response.body.bytes", roleBytes}, {"http.response.bytes", roleBytes}, {"http.request.body.bytes", roleRequestBytes}, {"http.request.bytes", roleRequestBytes},
	{"user_agent.original", roleUserAgent}, {"http.request.referrer", roleReferer}, {"http.request.id", roleRequestID},
	{"trace.id", roleTraceID}, {"span.id", roleSpanID}, {"error.message", roleError}, {"http.route", roleRoute},
}
