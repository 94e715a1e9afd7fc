package format

var apiGateway = &Format{
	Name:      "apigateway",
	Title:     "the CLF access log of Amazon API Gateway",
	Example:   `127.0.0.1 - - [06/Sep/2026:05:58:05 +0000]"GET /users/{id} HTTP/1.1" 502 36 4f8a4e3a-1a2b-11e9-9d1c-0d0e0f101112`,
	LogFormat: `$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime]"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId`,
	Clock:     ClockStart,
	learn:     learnLayout(mustLayout(`$client_ip $caller $user [$time]"$method $route $proto" $status $response_bytes $id`, "")),
}
