package format

// cloudflare has no duration: it is the end less the start, where those are no whole seconds.
var cloudflare = &Format{
	Name:    "cloudflare",
	Title:   "Cloudflare's Logpush of HTTP requests",
	Example: `{"ClientIP":"203.0.113.7","ClientRequestHost":"api.example.com","ClientRequestMethod":"GET","ClientRequestProtocol":"HTTP/2","ClientRequestScheme":"https","ClientRequestURI":"/u/1?x=1","EdgeStartTimestamp":1788674285000000000,"EdgeEndTimestamp":1788674285012000000,"EdgeResponseStatus":502,"EdgeResponseBytes":488,"EdgeTimeToFirstByteMs":11,"OriginResponseStatus":502,"RayID":"9f2c"}`,
	Clock:   ClockStart,
	learn: learnKeyed(syntaxJSON, &schema{
		by: "Cloudflare", marks: []mark{has("EdgeResponseStatus")}, keys: cloudflareKeys,
	}),
}

// cloudflareKeys: the body is what a response's size means; without it, the headers count too.
var cloudflareKeys = []key{
	{"EdgeStartTimestamp", roleTime}, {"EdgeEndTimestamp", roleEnd}, {"EdgeResponseStatus", roleStatus}, {"OriginResponseStatus", roleOrigin}, {"EdgeTimeToFirstByteMs", roleTTFB},
	{"ClientRequestMethod", roleMethod}, {"ClientRequestURI", rolePath}, {"ClientRequestPath", rolePath}, {"ClientRequestHost", roleHost}, {"ClientRequestScheme", roleScheme}, {"ClientRequestProtocol", roleProto},
	{"EdgeResponseBodyBytes", roleBytes}, {"EdgeResponseBytes", roleBytes}, {"ClientRequestBytes", roleRequestBytes}, {"ClientIP", roleClientIP},
	{"ClientRequestUserAgent", roleUserAgent}, {"ClientRequestReferer", roleReferer}, {"RayID", roleRequestID},
}
