package format

// apiGatewayJSON has keys that each stage chooses, mostly after the names of the variables.
var apiGatewayJSON = &Format{
	Name:      "aws-api-gateway-json",
	Title:     "the JSON access log of Amazon API Gateway",
	Example:   `{"requestId":"c6af9ac6","ip":"203.0.113.7","requestTime":"06/Sep/2026:05:58:05 +0000","httpMethod":"GET","routeKey":"GET /u/{id}","path":"/prod/u/1","status":"502","protocol":"HTTP/1.1","responseLength":"36","responseLatency":"30","integrationStatus":"200"}`,
	LogFormat: `{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","routeKey":"$context.routeKey","path":"$context.path","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength","responseLatency":"$context.responseLatency","integrationStatus":"$context.integrationStatus"}`,
	Clock:     ClockStart,
	learn: learnKeyed(syntaxJSON,
		&schema{by: "API Gateway", marks: []mark{has("routeKey"), has("requestId")}, keys: apiGatewayKeys, units: in(Milliseconds)},
		&schema{by: "API Gateway", marks: []mark{has("resourcePath"), has("requestId")}, keys: apiGatewayKeys, units: in(Milliseconds)},
		&schema{by: "API Gateway", marks: []mark{has("responseLatency"), has("requestId")}, keys: apiGatewayKeys, units: in(Milliseconds)},
	),
}

var apiGatewayKeys = []key{
	{"requestTime", roleTime}, {"requestTimeEpoch", roleTime}, {"status", roleStatus}, {"httpMethod", roleMethod}, {"path", rolePath}, {"rawPath", rolePath},
	{"resourcePath", roleRoute}, {"routeKey", roleRoute}, {"responseLatency", roleDuration}, {"integrationStatus", roleOrigin}, {"integration.status", roleOrigin},
	{"responseLength", roleBytes}, {"ip", roleClientIP}, {"sourceIp", roleClientIP}, {"identity.sourceIp", roleClientIP}, {"protocol", roleProto}, {"domainName", roleHost},
	{"userAgent", roleUserAgent}, {"identity.userAgent", roleUserAgent}, {"requestId", roleRequestID},
	{"error.message", roleError}, {"errorMessage", roleError}, {"error", roleError}, {"integrationErrorMessage", roleError}, {"integrationError", roleError},
}
