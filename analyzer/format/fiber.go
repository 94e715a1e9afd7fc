package format

var fiber = &Format{
	Name:    "fiber",
	Title:   "the JSON of Fiber's logger, and of its middleware for zerolog",
	Example: `{"level":"info","ip":"203.0.113.7","latency":"1.234567ms","status":200,"method":"GET","url":"/u/1","time":"2026-09-06T05:58:05Z","message":"Success"}`,
	Clock:   ClockCompletion,
	learn: learnKeyed(syntaxJSON,
		&schema{by: "Fiber", marks: []mark{begins("message", "Success"), has("url"), has("latency")}, keys: fiberKeys},
		&schema{by: "Fiber", marks: []mark{has("bytesSent"), has("url"), has("ip"), lacks("level")}, keys: fiberKeys},
	),
}

var fiberKeys = []key{
	{"time", roleTime}, {"ip", roleClientIP}, {"latency", roleDuration}, {"status", roleStatus}, {"method", roleMethod}, {"url", rolePath}, {"path", rolePath}, {"route", roleRoute},
	{"bytesSent", roleBytes}, {"bytesReceived", roleRequestBytes}, {"host", roleHost}, {"protocol", roleProto}, {"ua", roleUserAgent}, {"referer", roleReferer},
	{"requestId", roleRequestID}, {"error", roleError},
}
