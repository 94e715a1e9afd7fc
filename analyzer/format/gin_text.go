package format

// gin's Logger has written its path in quotes since 1.6; before, as it stood, and until 1.2
// behind a method with other spaces around it.
var gin = &Format{
	Name:    "gin",
	Title:   "the text of gin's Logger",
	Example: `[GIN] 2026/09/06 - 05:58:05 | 502 |    1.234567ms |     203.0.113.7 | GET      "/u/42?x=1"`,
	Clock:   ClockCompletion,
	marked:  true,
	learn: learnLayout(
		mustLayout(`[GIN] $time | $status | $duration | $client_ip | $method "$path"`, ""),
		mustLayout(`[GIN] $time | $status | $duration | $client_ip | $method $raw_path`, ""),
		mustLayout(`[GIN] $time | $status | $duration | $client_ip |   $method $raw_path`, ""),
	),
}
