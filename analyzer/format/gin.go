package format

// Gin's own logger writes text. These are the middlewares that log its requests in JSON.
var ginJSON = &Format{
	Name:    "gin-json",
	Title:   "the JSON of Gin's middlewares for slog and zerolog",
	Example: `{"time":"2026-09-06T05:58:05.123Z","level":"INFO","msg":"Incoming request","request":{"time":"2026-09-06T05:58:05.120Z","method":"GET","host":"api.example.com","path":"/u/1","query":"","route":"/u/:id","ip":"203.0.113.7","referer":"","length":0},"response":{"time":"2026-09-06T05:58:05.123Z","latency":1234567,"status":502,"length":13},"id":"9f2c"}`,
	Clock:   ClockCompletion,
	learn: learnKeyed(syntaxJSON,
		&schema{by: "slog-gin", marks: []mark{has("response.latency"), has("request.path")}, keys: slogGinKeys, units: goDuration},
		&schema{by: "gin-contrib/logger", marks: []mark{has("body_size"), has("latency"), has("path")}, keys: ginLoggerKeys, units: in(Milliseconds)},
	),
}

var slogGinKeys = []key{
	{"time", roleTime}, {"response.time", roleTime}, {"response.status", roleStatus}, {"response.latency", roleDuration}, {"response.length", roleBytes}, {"request.length", roleRequestBytes},
	{"request.method", roleMethod}, {"request.path", rolePath}, {"request.route", roleRoute}, {"request.host", roleHost}, {"request.ip", roleClientIP},
	{"request.referer", roleReferer}, {"request.user-agent", roleUserAgent}, {"id", roleRequestID}, {"trace_id", roleTraceID}, {"span_id", roleSpanID},
}

var ginLoggerKeys = []key{
	{"time", roleTime}, {"status", roleStatus}, {"method", roleMethod}, {"path", rolePath}, {"ip", roleClientIP}, {"latency", roleDuration},
	{"user_agent", roleUserAgent}, {"body_size", roleBytes},
}
