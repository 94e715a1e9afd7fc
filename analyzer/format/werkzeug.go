package format

// The space between date and clock tells its times from those of the Common Log Format. They are local.
var werkzeug = &Format{
	Name:    "werkzeug",
	Title:   "the development servers of Flask (Werkzeug) and Django, and Python's http.server",
	Example: `203.0.113.7 - - [06/Sep/2026 05:58:05] "GET /u/42?x=1 HTTP/1.1" 502 -`,
	Clock:   ClockCompletion,
	learn: learnLayout(
		mustLayout(`$remote_addr - - [$date $clock] "$request" $status $response_bytes`, ""),
		mustLayout(`[$date $clock] "$request" $status $response_bytes`, ""), // Django's, whose client is the developer
	),
}
