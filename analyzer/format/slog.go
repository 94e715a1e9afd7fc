package format

var slogJSON = &Format{
	Name:    "slog",
	Title:   "requests in JSON of Go's log/slog",
	Example: `{"time":"2026-09-06T05:58:05.123456789Z","level":"INFO","msg":"request","method":"GET","path":"/u/1","status":502,"duration":1234567}`,
	Clock:   ClockCompletion,
	learn: learnKeyed(syntaxJSON, &schema{
		by: "log/slog", marks: []mark{upperCase("level"), has("msg"), has("time")}, units: goDuration,
	}),
}
