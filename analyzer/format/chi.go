package format

// chi's Logger writes by the standard library's log, with the flags that it is given, and the
// request's id where the middleware for it stands before. All else that is logged so begins with
// the same time.
var chi = &Format{
	Name:    "chi",
	Title:   "the text of chi's Logger",
	Example: `2026/09/06 05:58:05 [web-1/9xs4IblcpV-000001] "GET http://api.example.com/u/42?x=1 HTTP/1.1" from 203.0.113.7:51234 - 502 157B in 1.234567ms`,
	Clock:   ClockCompletion,
	learn: learnLayout(
		mustLayout(`$time [$request_id] "$raw_request" from $client_ip - $status ${response_bytes}B in $duration`, "").toldByStatus(),
		mustLayout(`$time "$raw_request" from $client_ip - $status ${response_bytes}B in $duration`, "").toldByStatus(),
		mustLayout(`[$request_id] "$raw_request" from $client_ip - $status ${response_bytes}B in $duration`, ""),
		mustLayout(`"$raw_request" from $client_ip - $status ${response_bytes}B in $duration`, ""),
	),
}
