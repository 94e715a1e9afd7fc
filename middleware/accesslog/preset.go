package accesslog

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Preset is a vocabulary in which records are written. The zero Preset is this package's
// own, that of [Record.AppendJSON]. The others write the same records for tools that know
// other names, with their values converted: a duration becomes seconds or nanoseconds, an
// address loses its port. What a vocabulary has no name for keeps the record's own key, so
// that nothing is lost; loganalyze reads them all.
type Preset struct {
	table   *table
	project string // of Google Cloud
}

// OpenTelemetry is the HTTP semantic conventions, as dotted keys: durations are seconds,
// a method that is none of the registered ones is _OTHER beside its original, host and
// port are apart, and failures have an error.type.
func OpenTelemetry() Preset { return Preset{table: openTelemetry} }

// ElasticCommonSchema is the vocabulary of Elastic, as dotted keys: durations are whole
// nanoseconds, levels are lower-case, host and port are apart.
func ElasticCommonSchema() Preset { return Preset{table: elastic} }

// GoogleCloud is the fields to which Google Cloud's logging agents give a meaning: an
// httpRequest with the whole URL, a latency like "0.012345s" and sizes as strings, beside
// severity, time and trace. The trace belongs to the project whose id is given; where
// that is "", it is the trace's id alone.
func GoogleCloud(project string) Preset { return Preset{table: google, project: project} }

// AppendJSON appends r as one line, as [Record.AppendJSON] does and within the same
// bounds, in the vocabulary p. An attribute whose key that vocabulary has is written as
// "attr.KEY".
func (p Preset) AppendJSON(dst []byte, r *Record) []byte {
	if p.table == nil {
		return r.AppendJSON(dst)
	}
	return p.table.append(dst, r, p.project)
}

// table is how a vocabulary writes a record: its columns, in order.
type table struct {
	columns []column
	owned   map[string]bool // the keys that no attribute may have
}

// column is a key and what stands behind it.
type column struct {
	what  what
	key   string // `"status":`; for verbatim, all that is written
	limit int    // of a string
}

type what uint8

// Strings of the record come first, up to texts.
const (
	method what = iota
	route
	path
	query
	outcome
	errorText
	clientIP
	peer
	host
	scheme
	proto
	requestID
	traceID
	spanID
	userAgent
	referer
	failedBy
	msg
	level
	texts

	verbatim
	closing // of an object
	timestamp
	version
	status
	interim
	durationMillis
	durationSeconds // 0.012345
	durationText    // "0.012345s"
	durationNanos
	ttfbMillis
	requestBytes
	responseBytes
	requestBytesText // "488"
	responseBytesText
	sampleRate
	dropped
	lowerLevel     // info
	severity       // INFO, WARNING
	knownMethod    // or _OTHER
	unknownMethod  // where that is _OTHER
	errorType      // of failures
	refererList    // ["…"]
	hostName       // without its port
	hostPort       // a number
	peerIP         // without its port
	peerPort       // a number
	protoName      // HTTP/1.1
	url            // whole, if all of it is known, else path and query
	hostOutsideURL // if url is not whole
	schemeOutsideURL
	projectTrace
)

var openTelemetry = newTable(map[string]bool{},
	column{timestamp, "timestamp", 0}, column{level, "severity_text", capWord}, column{msg, "body", capWord}, column{version, "v", 0},
	column{knownMethod, "http.request.method", 0}, column{unknownMethod, "http.request.method_original", capWord},
	column{route, "http.route", capField}, column{path, "url.path", capPath - capName}, column{query, "url.query", capField},
	column{status, "http.response.status_code", 0}, column{interim, "interim", 0}, column{outcome, "outcome", capWord},
	column{errorType, "error.type", capWord}, column{errorText, "exception.message", capField},
	column{durationSeconds, "http.server.request.duration", 0}, column{ttfbMillis, "ttfb_ms", 0},
	column{requestBytes, "http.request.body.size", 0}, column{responseBytes, "http.response.body.size", 0},
	column{clientIP, "client.address", capID}, column{peerIP, "network.peer.address", capID}, column{peerPort, "network.peer.port", 0},
	column{hostName, "server.address", capField}, column{hostPort, "server.port", 0},
	column{scheme, "url.scheme", capWord}, column{proto, "network.protocol.version", capWord}, column{requestID, "request_id", capName},
	column{traceID, "trace_id", capID}, column{spanID, "span_id", capID},
	column{userAgent, "user_agent.original", capField}, column{refererList, "http.request.header.referer", capField},
	column{sampleRate, "sample_rate", 0}, column{dropped, "dropped", 0}, column{failedBy, "failed_by", capWord},
)

var elastic = newTable(map[string]bool{},
	column{timestamp, "@timestamp", 0}, column{lowerLevel, "log.level", capWord}, column{msg, "message", capWord},
	column{verbatim, `"ecs.version":"8.11.0"`, 0}, column{version, "v", 0},
	column{method, "http.request.method", capWord}, column{route, "route", capField}, column{path, "url.path", capPath}, column{query, "url.query", capField},
	column{status, "http.response.status_code", 0}, column{interim, "interim", 0}, column{outcome, "outcome", capWord},
	column{errorText, "error.message", capField},
	column{durationNanos, "event.duration", 0}, column{ttfbMillis, "ttfb_ms", 0},
	column{requestBytes, "http.request.body.bytes", 0}, column{responseBytes, "http.response.body.bytes", 0},
	column{clientIP, "client.ip", capID}, column{peer, "peer", capID}, column{hostName, "url.domain", capField}, column{hostPort, "url.port", 0},
	column{scheme, "url.scheme", capWord}, column{proto, "http.version", capWord}, column{requestID, "http.request.id", capName},
	column{traceID, "trace.id", capID}, column{spanID, "span.id", capID},
	column{userAgent, "user_agent.original", capField}, column{referer, "http.request.referrer", capField},
	column{sampleRate, "sample_rate", 0}, column{dropped, "dropped", 0}, column{failedBy, "failed_by", capWord},
)

var google = newTable(map[string]bool{"httpRequest": true},
	column{timestamp, "time", 0}, column{severity, "severity", capWord}, column{msg, "message", capWord}, column{version, "v", 0},
	column{verbatim, `"httpRequest":{`, 0},
	column{method, "requestMethod", capWord}, column{url, "requestUrl", 0}, column{requestBytesText, "requestSize", 0}, column{status, "status", 0},
	column{responseBytesText, "responseSize", 0}, column{userAgent, "userAgent", capField}, column{clientIP, "remoteIp", capID},
	column{referer, "referer", capField}, column{durationText, "latency", 0}, column{protoName, "protocol", capWord},
	column{closing, "", 0},
	column{route, "route", capField}, column{hostOutsideURL, "host", capField}, column{schemeOutsideURL, "scheme", capWord},
	column{interim, "interim", 0}, column{outcome, "outcome", capWord}, column{errorText, "error", capField}, column{ttfbMillis, "ttfb_ms", 0},
	column{peer, "peer", capID}, column{requestID, "request_id", capName},
	column{projectTrace, "logging.googleapis.com/trace", capID}, column{spanID, "logging.googleapis.com/spanId", capID},
	column{sampleRate, "sample_rate", 0}, column{dropped, "dropped", 0}, column{failedBy, "failed_by", capWord},
)

func newTable(owned map[string]bool, columns ...column) *table {
	t := &table{columns: columns, owned: owned}
	for i := range columns {
		c := &columns[i]
		if c.what == verbatim || c.what == closing {
			continue
		}
		owned[c.key] = true
		c.key = `"` + c.key + `":`
	}
	return t
}

// text is the string of r that is w.
func (r *Record) text(w what) string {
	switch w {
	case method:
		return r.Method
	case route:
		return r.Route
	case path:
		return r.Path
	case query:
		return r.Query
	case outcome:
		return string(r.Outcome)
	case errorText:
		return r.Error
	case clientIP:
		return r.ClientIP
	case peer:
		return r.Peer
	case host:
		return r.Host
	case scheme:
		return r.Scheme
	case proto:
		return r.Proto
	case requestID:
		return r.RequestID
	case traceID:
		return r.TraceID
	case spanID:
		return r.SpanID
	case userAgent:
		return r.UserAgent
	case referer:
		return r.Referer
	case failedBy:
		return r.FailedBy
	case msg:
		if r.Msg == "" {
			return MsgRequest
		}
		return r.Msg
	case level:
		if r.Level == "" {
			return r.DefaultLevel()
		}
		return r.Level
	}
	return ""
}

// appendKey appends what parts key from what is before it, and key.
func appendKey(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(dst, key...)
}

func (t *table) append(dst []byte, r *Record, project string) []byte {
	start := len(dst)
	dst = append(dst, '{')
	for i := range t.columns {
		c := &t.columns[i]
		if c.what < texts {
			dst = appendText(dst, c.key, r.text(c.what), c.limit)
			continue
		}
		dst = c.append(dst, r, project)
	}
	dst = appendAttrs(dst, r.Attrs, t.owned, start+MaxLine-attrsRoom)
	return append(dst, "}\n"...)
}

// append appends a column that is not simply a string of the record.
func (c *column) append(dst []byte, r *Record, project string) []byte {
	switch c.what {
	case verbatim:
		return appendKey(dst, c.key)
	case closing:
		return append(dst, '}')
	case timestamp:
		if hasTime(r) {
			dst = append(appendKey(dst, c.key), '"')
			return append(appendTime(dst, r.Time), '"')
		}
	case version:
		if r.Version == 0 {
			return strconv.AppendInt(appendKey(dst, c.key), Version, 10)
		}
		return strconv.AppendInt(appendKey(dst, c.key), int64(r.Version), 10)
	case status:
		if r.Status.Known {
			return appendStatus(appendKey(dst, c.key), r.Status.Value)
		}
	case interim:
		return appendInterim(dst, c.key, r.Interim)
	case durationMillis:
		return appendMillis(dst, c.key, r.Duration)
	case ttfbMillis:
		return appendMillis(dst, c.key, r.TTFB)
	case durationSeconds:
		if r.Duration.Known {
			return appendSeconds(appendKey(dst, c.key), r.Duration.Value)
		}
	case durationText:
		if r.Duration.Known {
			dst = append(appendKey(dst, c.key), '"')
			return append(appendSeconds(dst, r.Duration.Value), `s"`...)
		}
	case durationNanos:
		if r.Duration.Known {
			return strconv.AppendInt(appendKey(dst, c.key), int64(max(r.Duration.Value, 0)), 10)
		}
	case requestBytes:
		return appendInt(dst, c.key, r.RequestBytes)
	case responseBytes:
		return appendInt(dst, c.key, r.ResponseBytes)
	case requestBytesText:
		return appendIntText(dst, c.key, r.RequestBytes)
	case responseBytesText:
		return appendIntText(dst, c.key, r.ResponseBytes)
	case sampleRate:
		return appendRate(dst, c.key, r.SampleRate)
	case dropped:
		return appendDropped(dst, c.key, r.Dropped)
	default:
		return c.appendConverted(dst, r, project)
	}
	return dst
}

// appendConverted appends a column of which vocabularies differ in the value.
func (c *column) appendConverted(dst []byte, r *Record, project string) []byte {
	switch c.what {
	case lowerLevel:
		return appendText(dst, c.key, convert(r.text(level), LevelInfo, "info", LevelWarn, "warn", LevelError, "error"), c.limit)
	case severity:
		return appendText(dst, c.key, convert(r.text(level), LevelWarn, "WARNING"), c.limit)
	case knownMethod:
		m := r.Method
		if m != "" && !registered(m) {
			m = otherMethod
		}
		return appendText(dst, c.key, m, capWord)
	case unknownMethod:
		if !registered(r.Method) {
			return appendText(dst, c.key, r.Method, c.limit)
		}
	case errorType:
		switch {
		case !r.Failed():
		case r.Outcome != "":
			return appendText(dst, c.key, string(r.Outcome), c.limit)
		default:
			dst = append(appendKey(dst, c.key), '"')
			return append(strconv.AppendInt(dst, int64(r.Status.Value), 10), '"')
		}
	case refererList:
		if r.Referer != "" {
			dst = append(appendKey(dst, c.key), '[')
			return append(appendString(dst, r.Referer, c.limit), ']')
		}
	case hostName:
		name, _ := splitPort(r.Host)
		return appendText(dst, c.key, name, c.limit)
	case hostPort:
		if _, port := splitPort(r.Host); port != "" {
			return append(appendKey(dst, c.key), port...)
		}
	case peerIP:
		ip, _ := splitPort(r.Peer)
		return appendText(dst, c.key, strings.TrimSuffix(strings.TrimPrefix(ip, "["), "]"), c.limit)
	case peerPort:
		if _, port := splitPort(r.Peer); port != "" {
			return append(appendKey(dst, c.key), port...)
		}
	case protoName:
		if r.Proto != "" {
			dst = append(appendKey(dst, c.key), '"')
			return append(appendInner(append(dst, "HTTP/"...), r.Proto, c.limit), '"')
		}
	case url:
		return appendURL(dst, c.key, r)
	case hostOutsideURL:
		if !wholeURL(r) {
			return appendText(dst, c.key, r.Host, c.limit)
		}
	case schemeOutsideURL:
		if !wholeURL(r) {
			return appendText(dst, c.key, r.Scheme, c.limit)
		}
	case projectTrace:
		if r.TraceID != "" && project != "" {
			dst = appendInner(append(appendKey(dst, c.key), `"projects/`...), project, capID)
			return append(appendInner(append(dst, "/traces/"...), r.TraceID, c.limit), '"')
		}
		return appendText(dst, c.key, r.TraceID, c.limit)
	}
	return dst
}

// convert is what stands behind s in pairs, or s itself.
func convert(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if s == pairs[i] {
			return pairs[i+1]
		}
	}
	return s
}

// otherMethod is what OpenTelemetry has in place of a method that is not registered.
const otherMethod = "_OTHER"

func registered(method string) bool {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY":
		return true
	}
	return false
}

// splitPort splits the port off host:port. It is a number from 0 to 65535 without
// needless zeros, or there is none.
func splitPort(s string) (host, port string) {
	i := strings.LastIndexByte(s, ':')
	if i <= 0 || strings.IndexByte(s, ':') != i && s[i-1] != ']' {
		return s, "" // none, or a bare IPv6 address
	}
	port = s[i+1:]
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || len(port) > 1 && port[0] == '0' || len(port) > 5 || n > math.MaxUint16 || port[0] == '+' {
		return s, ""
	}
	return s[:i], port
}

// wholeURL reports whether the record tells all that a URL needs, in such a form that it
// can be taken apart again.
func wholeURL(r *Record) bool {
	return (r.Scheme == "http" || r.Scheme == "https") && r.Host != "" && len(r.Host) <= capField/2 && !strings.ContainsAny(r.Host, "/?#") &&
		strings.HasPrefix(r.Path, "/") && !strings.ContainsAny(r.Path, "?#")
}

func appendURL(dst []byte, key string, r *Record) []byte {
	if r.Path == "" && r.Query == "" {
		return dst
	}
	dst = append(appendKey(dst, key), '"')
	if wholeURL(r) {
		dst = append(append(dst, r.Scheme...), "://"...)
		dst = appendInner(dst, r.Host, capField)
	}
	dst = appendInner(dst, r.Path, capPath)
	if r.Query != "" {
		dst = appendInner(append(dst, '?'), r.Query, capField)
	}
	return append(dst, '"')
}

func appendInterim(dst []byte, key string, statuses []int) []byte {
	if len(statuses) == 0 {
		return dst
	}
	dst = append(appendKey(dst, key), '[')
	for i, s := range statuses[:min(len(statuses), maxInfos)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(s), 10)
	}
	return append(dst, ']')
}

func appendIntText(dst []byte, key string, n Opt[int64]) []byte {
	if !n.Known {
		return dst
	}
	dst = append(appendKey(dst, key), '"')
	return append(strconv.AppendInt(dst, n.Value, 10), '"')
}

// appendSeconds appends a duration in seconds with six decimals.
func appendSeconds(dst []byte, d time.Duration) []byte {
	us := uint64(max(d, 0).Round(time.Microsecond) / time.Microsecond)
	dst = append(strconv.AppendUint(dst, us/1e6, 10), '.')
	for unit := uint64(1e5); unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+us/unit%10))
	}
	return dst
}
