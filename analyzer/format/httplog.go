package format

// httplog's version 2 has keys of its own and milliseconds. Version 3 has three vocabularies;
// 3.2 wrote whole milliseconds under the duration's key in each of them, 3.3 what the
// vocabulary defines. Its message ends in the duration with its unit, which decides.
var httplog = &Format{
	Name:    "httplog",
	Title:   "chi's httplog, in its own JSON, Elastic Common Schema, OpenTelemetry's or Google Cloud's",
	Example: `{"@timestamp":"2026-09-06T05:58:05Z","log.level":"ERROR","message":"GET /u/1 => HTTP 502 (1.234567ms)","http.request.method":"GET","url.path":"/u/1","url.domain":"api.example.com","client.ip":"203.0.113.7:5123","http.version":"1.1","http.response.status_code":502,"event.duration":1234567,"http.response.body.bytes":13}`,
	Clock:   ClockCompletion,
	learn: learnKeyed(syntaxJSON,
		&schema{by: "httplog", marks: []mark{has("httpResponse.elapsed"), has("httpResponse.status")}, keys: httplogKeys, units: in(Milliseconds)},
		&schema{by: "httplog", marks: []mark{has("http.response.status_code"), holds("message", " => HTTP "), has("@timestamp")}, keys: ecsKeys, twin: "message"},
		&schema{by: "httplog", marks: []mark{has("http.response.status_code"), holds("body", " => HTTP ")}, keys: openTelemetryKeys, twin: "body"},
		&schema{by: "httplog", marks: []mark{has("httpRequest.status"), holds("message", " => HTTP ")}, keys: googleKeys, twin: "message"},
	),
}

var httplogKeys = []key{
	{"timestamp", roleTime}, {"time", roleTime}, {"httpResponse.status", roleStatus}, {"httpResponse.elapsed", roleDuration}, {"httpResponse.bytes", roleBytes},
	{"httpRequest.method", roleMethod}, {"httpRequest.path", rolePath}, {"httpRequest.url", rolePath}, {"httpRequest.remoteIP", roleClientIP},
	{"httpRequest.proto", roleProto}, {"httpRequest.scheme", roleScheme}, {"httpRequest.requestID", roleRequestID},
}
