package format

var echo = &Format{
	Name:    "echo",
	Title:   "the JSON of Echo's logger",
	Example: `{"time":"2026-09-06T05:58:05.123456789Z","id":"","remote_ip":"203.0.113.7","host":"localhost:1323","method":"GET","uri":"/u/1","user_agent":"curl/8.5.0","status":502,"error":"","latency":1234567,"latency_human":"1.234567ms","bytes_in":0,"bytes_out":13}`,
	Clock:   ClockCompletion,
	learn: learnKeyed(syntaxJSON, &schema{
		by: "Echo", marks: []mark{has("latency_human")}, keys: echoKeys, twin: "latency_human", units: goDuration,
	}),
}

var echoKeys = []key{
	{"time", roleTime}, {"id", roleRequestID}, {"remote_ip", roleClientIP}, {"host", roleHost}, {"method", roleMethod}, {"uri", rolePath}, {"path", rolePath}, {"route", roleRoute},
	{"protocol", roleProto}, {"user_agent", roleUserAgent}, {"referer", roleReferer}, {"status", roleStatus}, {"error", roleError},
	{"latency", roleDuration}, {"latency_human", roleDuration}, {"bytes_in", roleRequestBytes}, {"bytes_out", roleBytes},
}
