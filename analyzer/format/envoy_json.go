package format

var envoyJSON = &Format{
	Name:    "envoy-json",
	Title:   "Envoy's JSON, as Istio and Envoy Gateway have it",
	Example: `{"start_time":"2026-09-06T05:58:05.310Z","method":"GET","path":"/u/1","protocol":"HTTP/1.1","response_code":503,"response_flags":"UF","bytes_received":0,"bytes_sent":91,"duration":226,"downstream_remote_address":"203.0.113.7:5123","authority":"api.example.com","request_id":"9f2c","user_agent":"curl/8.5.0"}`,
	Clock:   ClockStart,
	Unit:    Milliseconds,
	learn: learnKeyed(syntaxJSON, &schema{
		by: "Envoy", marks: []mark{has("response_flags"), has("response_code")}, keys: envoyKeys, units: in(Milliseconds),
	}),
}

// envoyKeys leave the header x-forwarded-for out, which the client can write itself.
var envoyKeys = []key{
	{"start_time", roleTime}, {"response_code", roleStatus}, {"response_flags", roleFlags}, {"duration", roleDuration},
	{"method", roleMethod}, {"path", rolePath}, {"x-envoy-origin-path", rolePath}, {"protocol", roleProto}, {"authority", roleHost}, {":authority", roleHost},
	{"bytes_sent", roleBytes}, {"bytes_received", roleRequestBytes}, {"downstream_remote_address", roleClientIP},
	{"user_agent", roleUserAgent}, {"user-agent", roleUserAgent}, {"request_id", roleRequestID}, {"x-request-id", roleRequestID},
	{"upstream_transport_failure_reason", roleError}, {"upstream_host", roleServer},
}
