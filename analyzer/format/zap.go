package format

var zap = &Format{
	Name:    "zap",
	Title:   "requests in zap's JSON and console output",
	Example: `{"level":"info","ts":1788674285.12,"caller":"web/log.go:12","msg":"request","method":"GET","path":"/u/1","status":502,"ip":"203.0.113.7","duration":0.0012}`,
	Clock:   ClockCompletion,
	learn: learnZap(
		&schema{by: "zap", marks: []mark{has("ts"), has("msg"), lowerCase("level")}, units: zapDuration},
		&schema{by: "zap", units: zapDuration}, // which the shape of the lines marks
	),
}
