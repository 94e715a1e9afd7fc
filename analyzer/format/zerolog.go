package format

// zerolog has no key msg, and writes the level in lower case: slog and logrus differ in
// that. What it makes of a time.Duration is milliseconds, also where they are a small part
// of one; large whole numbers were given to it as such.
var zerolog = &Format{
	Name:    "zerolog",
	Title:   "requests in zerolog's JSON, as its hlog has them",
	Example: `{"level":"info","ip":"203.0.113.7","user_agent":"curl/8.5.0","req_id":"c2ab","method":"GET","url":"/u/1","status":502,"size":13,"duration":0.234567,"time":"2026-09-06T05:58:05Z","message":"request"}`,
	Clock:   ClockCompletion,
	learn: learnKeyed(syntaxJSON, &schema{
		by: "zerolog", marks: []mark{lowerCase("level"), has("time"), lacks("msg"), lacks("ts")},
		units: units{fractions: Milliseconds, large: Nanoseconds, small: Milliseconds, usual: Milliseconds},
	}),
}
