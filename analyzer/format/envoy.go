package format

var envoy = &Format{
	Name:    "envoy",
	Title:   "Envoy's and Istio's default text",
	Example: `[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"`,
	Clock:   ClockStart,
	Unit:    Milliseconds,
	learn: learnLayout(
		mustLayout(`[$time] "$request" $status $response_flags $request_bytes $response_bytes $duration_ms $upstream_service_time "$forwarded_for" "$user_agent" "$request_id" "$host" "$upstream_host"`, ""),
		mustLayout(`[$time] "$request" $status $response_flags $response_code_details $termination_details "$upstream_failure" $request_bytes $response_bytes $duration_ms $upstream_service_time "$forwarded_for" "$user_agent" "$request_id" "$host" "$upstream_host"`, ""),
	),
}
