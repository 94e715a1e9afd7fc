package format

var google = &Format{
	Name:    "google-cloud",
	Title:   "Google Cloud's httpRequest, as its load balancers log it",
	Example: `{"httpRequest":{"requestMethod":"GET","requestUrl":"https://api.example.com/u/1","requestSize":"220","status":502,"responseSize":"488","userAgent":"curl/8.5.0","remoteIp":"203.0.113.7","latency":"0.019s"},"insertId":"x","jsonPayload":{"statusDetails":"failed_to_connect_to_backend"},"severity":"WARNING","timestamp":"2026-09-06T05:58:05.000Z"}`,
	Clock:   ClockCompletion,
	learn: learnKeyed(syntaxJSON, googlePreset, &schema{
		by: "Google Cloud", marks: []mark{has("httpRequest.status")}, keys: googleKeys,
	}),
}

var googleKeys = []key{
	{"timestamp", roleTime}, {"time", roleTime}, {"httpRequest.status", roleStatus}, {"jsonPayload.statusDetails", roleStatusDetails}, {"httpRequest.latency", roleDuration},
	{"httpRequest.requestMethod", roleMethod}, {"httpRequest.requestUrl", rolePath}, {"httpRequest.requestPath", rolePath}, {"httpRequest.protocol", roleProto},
	{"httpRequest.requestSize", roleRequestBytes}, {"httpRequest.responseSize", roleBytes}, {"httpRequest.remoteIp", roleClientIP},
	{"httpRequest.userAgent", roleUserAgent}, {"httpRequest.referer", roleReferer},
	{"trace", roleTraceID}, {"spanId", roleSpanID}, {"logging.googleapis.com/trace", roleTraceID}, {"logging.googleapis.com/spanId", roleSpanID},
}
