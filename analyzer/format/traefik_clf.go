package format

var traefikCLF = &Format{
	Name:      "traefik-clf",
	Title:     "Traefik's default text, the combined format with more behind it",
	Example:   `10.0.0.1 - - [06/Sep/2026:05:58:05 +0000] "GET /u/1 HTTP/2.0" 502 11 "-" "curl/8.5.0" 42 "api@docker" "http://10.0.2.1:80" 12ms`,
	LogFormat: `<remote_IP_address> - <client_user_name_if_available> [<timestamp>] "<request_method> <request_path> <request_protocol>" <HTTP_status> <content-length> "<request_referrer>" "<request_user_agent>" <number_of_requests_received_since_Traefik_started> "<Traefik_router_name>" "<Traefik_server_URL>" <request_duration_in_ms>ms`,
	Clock:     ClockStart,
	Unit:      Milliseconds,
	// Traefik writes quotes in a value as they are.
	learn: learnLayout(mustLayout(
		`$remote_addr - $remote_user [$time] "$request" $status $response_bytes "$referer" "$user_agent" $count "$router" "$server" ${duration_ms}ms`, "").escaped(nil)),
}
