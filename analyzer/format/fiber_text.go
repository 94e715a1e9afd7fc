package format

// fiber's Logger names no date unless it is told to: when a request was is then unknown. The
// error is the last column since 2.50; in 3 it is there only if there is one.
var fiberText = &Format{
	Name:    "fiber-text",
	Title:   "the text of fiber's logger",
	Example: `05:58:05 | 502 |    1.234567ms | 203.0.113.7 | GET | /u/42 | upstream refused`,
	Clock:   ClockCompletion,
	learn: learnLayout(
		mustLayout(`$clock | $status | $duration | $client_ip | $method | $path | $error`, "path"),
		mustLayout(`$time | $status | $duration | $client_ip | $method | $path | $error`, "path"),
		mustLayout(`[$clock] $status - $duration $method $raw_path`, "").toldByStatus(),
	),
}
