package format

// echo's Logger writes JSON unless it is given a template: these are the ones that its manual
// shows, and that are widely copied.
var echoText = &Format{
	Name:    "echo-text",
	Title:   "the text templates of echo's manual",
	Example: `method=GET, uri=/u/42?x=1, status=502, time=2026-09-06T05:58:05Z`,
	Clock:   ClockCompletion,
	learn: learnLayout(
		mustLayout(`method=$method, uri=$raw_path, status=$status`, ""),
		mustLayout(`time=$time, method=$method, uri=$raw_path, status=$status`, ""),
		mustLayout(`method=$method, uri=$raw_path, status=$status, time=$time`, ""),
		mustLayout(`REQUEST: uri: $raw_path, status: $status`, ""),
	),
}
