package format

var jsonLines = &Format{
	Name:    "json",
	Title:   "JSON lines with keys of the server's own choosing",
	Example: `{"time":"2026-09-06T05:58:05Z","remote_ip":"203.0.113.7","verb":"POST","url":"/","elapsed_ms":12.5,"http_status":308}`,
	Clock:   ClockCompletion,
	named:   true,
	learn:   learnKeyed(syntaxJSON, general),
}

var errNotJSON = &LineError{Kind: Other, Msg: "it is not a JSON object"}
