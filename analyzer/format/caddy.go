package format

import (
	"strings"
	"time"
)

var caddy = &Format{
	Name:    "caddy",
	Title:   "Caddy's JSON and console output",
	Example: `{"level":"info","ts":1731084144.3270802,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"203.0.113.7","remote_port":"46628","client_ip":"203.0.113.7","proto":"HTTP/1.1","method":"POST","host":"x","uri":"/"},"bytes_read":0,"duration":0.000024323,"size":0,"status":308}`,
	Clock:   ClockCompletion,
	learn:   inUTC(learnZap(caddySchema, caddySchema)),
}

var caddySchema = &schema{
	by: "Caddy", marks: []mark{has("request.uri"), begins("logger", "http.log.access")}, keys: caddyKeys,
	// duration_format makes whole numbers of them, or texts that name their unit.
	units: zapDuration,
}

// caddyKeys: client_ip came with 2.7, remote_ip with 2.5; before, remote_addr had the port.
var caddyKeys = []key{
	{"ts", roleTime}, {"status", roleStatus}, {"duration", roleDuration}, {"size", roleBytes}, {"bytes_read", roleRequestBytes},
	{"request.client_ip", roleClientIP}, {"request.remote_ip", roleClientIP}, {"request.remote_addr", roleClientIP},
	{"request.method", roleMethod}, {"request.uri", rolePath}, {"request.host", roleHost}, {"request.proto", roleProto},
	{"request.headers.User-Agent", roleUserAgent}, {"request.headers.Referer", roleReferer}, {"resp_headers.X-Request-Id", roleRequestID},
	{"traceID", roleTraceID}, {"spanID", roleSpanID},
}

// inUTC is learn for a writer whose times without a zone are UTC, unless somebody says otherwise:
// Caddy has them, in console output and by time_format, local only where time_local asks for it.
func inUTC(learn func([][]byte, *Options) (dialect, bool)) func([][]byte, *Options) (dialect, bool) {
	return func(sample [][]byte, o *Options) (dialect, bool) {
		zoned := *o
		if zoned.TZ == nil {
			zoned.TZ = time.UTC
		}
		return learn(sample, &zoned)
	}
}

// isCaddyAside tells the loggers by which Caddy says more about a request: why it answered with
// an error, and, when it debugs, what the server behind it answered.
func isCaddyAside(logger string) bool {
	return strings.HasPrefix(logger, "http.log.error") || strings.HasPrefix(logger, "http.handlers.")
}
