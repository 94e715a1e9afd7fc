package format

var negroni = &Format{
	Name:    "negroni",
	Title:   "the text of negroni's Logger",
	Example: "[negroni] 2026-09-06T05:58:05Z | 502 | \t 1.234567ms | api.example.com:3000 | GET /u/42",
	Clock:   ClockStart,
	marked:  true,
	learn:   learnLayout(mustLayout("[negroni] $time | $status | \t $duration | $host | $method $raw_path", "")),
}
