package format

var ingressNginx = &Format{
	Name:      "ingress-nginx",
	Title:     "the log of Kubernetes' ingress-nginx",
	Example:   `203.0.113.7 - - [06/Sep/2026:05:58:05 +0000] "GET /u/42 HTTP/1.1" 502 552 "-" "curl/8.5.0" 410 5.003 [default-api-80] [] 10.1.2.3:8080, 10.1.2.4:8080 0, 552 5.000, 0.003 504, 502 9f2c1e`,
	LogFormat: ingressLayout,
	Clock:     ClockCompletion,
	Unit:      Seconds,
	// Before version 0.22 there was no alternative upstream, and the client stood twice.
	learn: learnLayout(
		mustLayout(ingressLayout, ""),
		mustLayout(combinedLayout+` $request_length $request_time [$proxy_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id`, "upstream_status"),
	),
}

const (
	combinedLayout = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`
	ingressLayout  = combinedLayout + ` $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id`
)
