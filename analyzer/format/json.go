package format

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var jsonLines = &Format{
	Name:    "json",
	Title:   "JSON lines with keys of the server's own choosing",
	Example: `{"level":"info","ts":1731084144.3270802,"logger":"http.log.access","request":{"client_ip":"203.0.113.7","method":"POST","host":"x","uri":"/"},"duration":0.000024323,"size":0,"status":308}`,
	Clock:   ClockCompletion,
	learn:   learnJSON,
}

// A role is what a key of somebody else's log means to us.
type role uint8

const (
	roleStatus role = iota
	roleMethod
	rolePath // or URL
	roleRequest
	roleRoute
	roleTime
	roleDuration
	roleBytes
	roleRequestBytes
	roleClientIP
	roleHost
	roleScheme
	roleProto
	roleUserAgent
	roleReferer
	roleRequestID
	roleTraceID
	roleSpanID
	roleError
	roles
)

// keys are the names under which each role is found, the surest first: dotted paths in
// lower case without "_", "-" and "@", so that one entry serves request_uri, requestUri
// and {"request":{"uri"}} has its own.
var keys = [roles][]string{
	roleStatus: {"downstreamstatus", "http.response.statuscode", "httprequest.status", "response.status", "response.statuscode", "res.statuscode", "res.status",
		"statuscode", "httpstatus", "httpstatuscode", "responsestatus", "responsestatuscode", "responsecode", "httpcode", "status", "resp.status", "code", "scstatus"},
	roleMethod: {"http.request.method", "httprequest.requestmethod", "request.method", "req.method", "requestmethod", "httpmethod", "http.method", "method", "verb", "csmethod"},
	rolePath: {"url.path", "http.target", "request.uri", "request.path", "request.url", "req.url", "req.path", "httprequest.requesturl", "requestpath", "requesturi", "httppath",
		"url.original", "url.full", "http.url", "path", "uri", "url", "target", "csuristem"},
	roleRequest:      {"request", "requestline", "http.request"},
	roleRoute:        {"http.route", "route", "routepattern", "endpoint"},
	roleTime:         {"timestamp", "time", "ts", "timeiso8601", "timelocal", "startutc", "datetime", "date", "eventtime", "msec", "t", "starttime"},
	roleDuration:     {"http.server.request.duration", "event.duration", "httprequest.latency", "durationms", "durationmillis", "requesttimems", "responsetimems", "latencyms", "elapsedms", "durations", "durationseconds", "durationns", "durationus", "requesttime", "requestduration", "responsetime", "duration", "latency", "elapsed", "took", "timetaken", "processingtime"},
	roleBytes:        {"http.response.body.size", "http.response.body.bytes", "http.response.bytes", "httprequest.responsesize", "responsebytes", "bodybytessent", "bytessent", "responsesize", "responselength", "bytesout", "downstreamcontentsize", "size", "bytes", "length", "scbytes"},
	roleRequestBytes: {"http.request.body.size", "http.request.body.bytes", "http.request.bytes", "httprequest.requestsize", "requestbytes", "bytesread", "requestlength", "bytesin", "csbytes"},
	roleClientIP:     {"client.address", "client.ip", "request.clientip", "request.remoteip", "httprequest.remoteip", "clientip", "clientaddress", "remoteip", "remoteaddr", "remoteaddress", "source.ip", "clienthost", "ip", "cip", "req.remoteaddress"},
	roleHost:         {"request.host", "url.domain", "server.address", "requesthost", "httphost", "host", "vhost", "servername", "req.host", "cshost"},
	roleScheme:       {"url.scheme", "http.scheme", "requestscheme", "scheme"},
	roleProto:        {"network.protocol.version", "http.version", "request.proto", "httprequest.protocol", "requestprotocol", "serverprotocol", "proto", "protocol"},
	roleUserAgent:    {"useragent.original", "request.headers.useragent", "httprequest.useragent", "httpuseragent", "useragent", "agent", "ua", "req.headers.useragent", "csuseragent"},
	roleReferer:      {"http.request.referrer", "request.headers.referer", "httprequest.referer", "httpreferer", "httpreferrer", "referer", "referrer", "req.headers.referer"},
	roleRequestID:    {"http.request.id", "requestid", "reqid", "xrequestid", "req.id", "rid"},
	roleTraceID:      {"trace.id", "traceid"},
	roleSpanID:       {"span.id", "spanid"},
	roleError:        {"error.message", "error", "err", "errmsg", "exception"},
}

// roleOf is keys turned round: normalised path → role and preference.
var roleOf = func() map[string]struct {
	role role
	rank int
} {
	m := map[string]struct {
		role role
		rank int
	}{}
	for r, names := range keys {
		for i, name := range names {
			m[name] = struct {
				role role
				rank int
			}{role(r), i}
		}
	}
	return m
}()

func normalise(path string) string {
	return strings.NewReplacer("_", "", "-", "", "@", "").Replace(strings.ToLower(path))
}

// learnJSON finds which keys of the sample play which role: for each role the surest key
// that is in at least half of the lines in which a sure one could be.
func learnJSON(sample [][]byte) (dialect, bool) {
	seen := map[string]int{}         // path → lines in which its value can play its role
	numbers := map[string][]string{} // path → values, of what may be durations
	zoned := true
	var w walker
	for _, line := range sample {
		_ = w.walk(line, func(path, value []byte) {
			known, ok := roleOf[normalise(string(path))]
			if !ok || !plausible(known.role, value) {
				return
			}
			seen[string(path)]++
			switch known.role {
			case roleDuration:
				numbers[string(path)] = append(numbers[string(path)], string(value))
			case roleTime:
				zoned = zoned && !isZoneless(unquoted(value))
			}
		})
	}
	var chosen [roles]string
	status := choose(seen, roleStatus, 1)
	if status == "" {
		return dialect{}, false
	}
	for r := range roles {
		chosen[r] = choose(seen, r, seen[status]/3)
	}
	chosen[roleStatus] = status
	if chosen[roleMethod] == "" && chosen[rolePath] == "" && chosen[roleRequest] == "" && chosen[roleRoute] == "" {
		return dialect{}, false
	}
	m := mapping{roles: map[string]role{}, objects: map[string]bool{"": true}, local: time.Local}
	var why strings.Builder
	why.WriteString("status is read from " + strconv.Quote(status))
	for r, path := range chosen {
		if path == "" {
			continue
		}
		m.roles[path] = role(r)
		for i, c := range []byte(path) {
			if c == '.' {
				m.objects[path[:i]] = true
			}
		}
	}
	if path := chosen[roleDuration]; path != "" {
		var reason string
		m.unit, reason = unitOf(path, numbers[path])
		why.WriteString(", the duration from " + strconv.Quote(path) + " in " + string(m.unit) + " " + reason)
	}
	d := dialect{why: why.String(), unit: m.unit, open: func() Parser { return &jsonParser{mapping: m} }}
	if !zoned {
		d.tz = "Local"
	}
	return d, true
}

// choose is the path that plays r best: the surest of those in at least atLeast lines, or
// else the most frequent one.
func choose(seen map[string]int, r role, atLeast int) string {
	best, rank := "", math.MaxInt
	for path, n := range seen {
		known := roleOf[normalise(path)]
		if known.role == r && n >= max(atLeast, 1) && (known.rank < rank || known.rank == rank && path < best) {
			best, rank = path, known.rank
		}
	}
	return best
}

// plausible reports whether value could be what r means.
func plausible(r role, value []byte) bool {
	s := unquoted(value)
	switch r {
	case roleStatus:
		n, err := strconv.Atoi(s)
		return err == nil && (n == 0 || n >= 100 && n <= 599)
	case roleMethod:
		return value[0] == '"' && isMethod([]byte(s)) && strings.ToUpper(s) == s
	case rolePath:
		return strings.HasPrefix(s, "/") || strings.Contains(s, "://") || s == "*"
	case roleRequest:
		return strings.Contains(s, " HTTP/")
	case roleRoute:
		return value[0] == '"' && strings.Contains(s, "/")
	case roleTime:
		_, ok := (&timeReader{}).parse(value)
		return ok
	case roleDuration:
		_, ok := parseDuration(value, Seconds)
		return ok
	case roleBytes, roleRequestBytes:
		_, err := strconv.ParseInt(s, 10, 64)
		return err == nil
	case roleClientIP:
		return value[0] == '"' && strings.ContainsAny(s, ".:") && !strings.ContainsAny(s, " /")
	}
	return value[0] == '"'
}

func unquoted(value []byte) string {
	if len(value) >= 2 && value[0] == '"' {
		return string(value[1 : len(value)-1])
	}
	return string(value)
}

// unitOf decides the unit of the durations under path: by what the name says, else by
// who is known to write such a name, else by the values.
func unitOf(path string, values []string) (unit Unit, reason string) {
	name := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	for _, s := range []struct {
		suffix string
		unit   Unit
	}{
		{"_ms", Milliseconds}, {"millis", Milliseconds}, {"_us", Microseconds}, {"micros", Microseconds}, {"_ns", Nanoseconds}, {"nanos", Nanoseconds},
		{"_s", Seconds}, {"seconds", Seconds}, {"_sec", Seconds},
	} {
		if strings.HasSuffix(name, s.suffix) {
			return s.unit, "by its name"
		}
	}
	if strings.HasSuffix(path, "Ms") {
		return Milliseconds, "by its name"
	}
	switch normalise(path) {
	case "event.duration":
		return Nanoseconds, "as Elastic Common Schema has it"
	case "http.server.request.duration":
		return Seconds, "as OpenTelemetry has it"
	case "requesttime":
		return Seconds, "as nginx has it"
	}
	return unitOfValues(values)
}

// unitOfValues guesses: whole numbers that are mostly large are nanoseconds, fractions of
// which most are below 1 and fine are seconds, the rest milliseconds.
func unitOfValues(values []string) (Unit, string) {
	whole, large, fine, named := 0, 0, 0, 0
	for _, v := range values {
		s := strings.Trim(v, `"`)
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			named++
			continue
		}
		if !strings.ContainsAny(s, ".eE") {
			whole++
		}
		if f >= 20_000 {
			large++
		}
		if _, decimals, _ := strings.Cut(s, "."); f < 1 && len(decimals) >= 4 || strings.ContainsAny(s, "eE") {
			fine++
		}
	}
	switch {
	case named*2 > len(values):
		return Seconds, "or in the unit that each value names"
	case whole*2 > len(values) && large*2 > len(values):
		return Nanoseconds, "guessed from its values, which are large whole numbers"
	case fine*2 > len(values):
		return Seconds, "guessed from its values, which are small fractions"
	}
	return Milliseconds, "guessed from its values"
}

// mapping is which key plays which role in one file.
type mapping struct {
	roles   map[string]role
	objects map[string]bool // the objects in which such keys are
	unit    Unit
	local   *time.Location
}

// jsonParser reads JSON lines by a mapping.
type jsonParser struct {
	mapping
	walker walker
	rec    accesslog.Record
	buf    []byte // decoded strings
	when   timeReader
}

var errNoStatus = &LineError{Kind: Other, Msg: "it has no status"}

func (p *jsonParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	if trimmed := bytes.TrimLeft(line, " \t"); len(trimmed) == 0 || trimmed[0] != '{' {
		return errNotJSON
	}
	r := &p.rec
	r.Reset()
	p.buf = p.buf[:0]
	p.walker.objects = p.objects
	statusKey := false
	err := p.walker.walk(line, func(path, value []byte) {
		if known, ok := p.roles[string(path)]; ok {
			statusKey = statusKey || known == roleStatus
			p.set(r, known, value)
		}
	})
	if err != nil {
		var syntactic *jsontext.SyntacticError
		if errors.Is(err, io.ErrUnexpectedEOF) {
			if r.Status.Known && (r.Method != "" || r.Path != "") {
				emit(r)
			}
			return &LineError{Kind: Truncated, Offset: len(line), Msg: "the line is cut off"}
		}
		if errors.As(err, &syntactic) {
			return &LineError{Kind: Malformed, Offset: int(syntactic.ByteOffset), Msg: "not JSON: " + syntactic.Err.Error()}
		}
		return &LineError{Kind: Malformed, Msg: "not JSON: " + err.Error()}
	}
	if !statusKey || !r.Status.Known && r.Method == "" && r.Path == "" {
		return errNoStatus
	}
	emit(r)
	return nil
}

// set reads value into the place that role has in r. What cannot be read stays unknown.
func (p *jsonParser) set(r *accesslog.Record, known role, value []byte) {
	switch known {
	case roleStatus:
		if n, err := strconv.Atoi(p.text(value)); err == nil {
			r.Status = accesslog.Some(n)
		}
	case roleMethod:
		r.Method = p.text(value)
	case rolePath:
		setTarget(r, p.text(value))
	case roleRequest:
		method, rest, _ := strings.Cut(p.text(value), " ")
		target, proto, ok := strings.Cut(rest, " HTTP/")
		if ok && isMethod([]byte(method)) {
			r.Method, r.Proto = method, protoVersion(proto)
			setTarget(r, target)
		}
	case roleRoute:
		r.Route = p.text(value)
	case roleTime:
		p.when.local = p.local
		if t, ok := p.when.parse(value); ok {
			r.Time = t
		}
	case roleDuration:
		if d, ok := parseDuration(value, p.unit); ok {
			r.Duration = accesslog.Some(d)
		}
	case roleBytes:
		r.ResponseBytes = p.size(value)
	case roleRequestBytes:
		r.RequestBytes = p.size(value)
	case roleClientIP:
		r.ClientIP = withoutPort(p.text(value))
	case roleHost:
		r.Host = p.text(value)
	case roleScheme:
		r.Scheme = p.text(value)
	case roleProto:
		r.Proto = protoVersion(strings.TrimPrefix(p.text(value), "HTTP/"))
	case roleUserAgent:
		r.UserAgent = p.text(value)
	case roleReferer:
		r.Referer = p.text(value)
	case roleRequestID:
		r.RequestID = p.text(value)
	case roleTraceID:
		r.TraceID = p.text(value)
	case roleSpanID:
		r.SpanID = p.text(value)
	case roleError:
		r.Error = p.text(value)
	}
}

// text is a string or number as text, "-" and null being unknown.
func (p *jsonParser) text(value []byte) string {
	if len(value) < 2 || value[0] != '"' {
		if len(value) > 0 && value[0] == 'n' {
			return ""
		}
		return share(value)
	}
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') >= 0 {
		begin := len(p.buf)
		if out, err := jsontext.AppendUnquote(p.buf, value); err == nil {
			p.buf = out
			inner = out[begin:]
		}
	}
	if s := share(inner); s != "-" {
		return s
	}
	return ""
}

func (p *jsonParser) size(value []byte) accesslog.Opt[int64] {
	n, err := strconv.ParseInt(p.text(value), 10, 64)
	return accesslog.Opt[int64]{Value: n, Known: err == nil}
}

// withoutPort is the IP of ip:port or [ip]:port.
func withoutPort(s string) string {
	if strings.HasPrefix(s, "[") {
		if i := strings.IndexByte(s, ']'); i > 0 {
			return s[1:i]
		}
	}
	if i := strings.IndexByte(s, ':'); i > 0 && strings.LastIndexByte(s, ':') == i {
		return s[:i]
	}
	return s
}

// walker walks over the values of a JSON object.
type walker struct {
	objects map[string]bool // the paths of the objects to enter; nil is all
	line    []byte
	input   bytes.Buffer
	dec     jsontext.Decoder
	path    []byte
}

// decoderOptions accept what real loggers write.
var decoderOptions = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// maxDepth is how deep the walker enters nested objects.
const maxDepth = 8

// walk calls visit with the dotted path and the JSON text of each string, number, true,
// false and null in line's object; of an array, with its first element's. Both are valid
// until visit returns, but the text shares line's bytes.
func (w *walker) walk(line []byte, visit func(path, value []byte)) error {
	w.line = line
	w.input = *bytes.NewBuffer(line)
	w.dec.Reset(&w.input, decoderOptions...)
	w.path = w.path[:0]
	if err := w.value(0, visit); err != nil {
		return err
	}
	if _, err := w.dec.ReadToken(); err != io.EOF {
		return errors.New("more than one value on the line")
	}
	return nil
}

func (w *walker) value(depth int, visit func(path, value []byte)) error {
	switch kind := w.dec.PeekKind(); {
	case kind == '{' && depth < maxDepth && (w.objects == nil || w.objects[string(w.path)]):
		return w.object(depth, visit)
	case kind == '[' && depth < maxDepth:
		return w.array(depth, visit)
	case kind == '{' || kind == '[':
		return w.dec.SkipValue()
	}
	v, err := w.read()
	if err == nil {
		visit(w.path, v)
	}
	return err
}

// read reads a value and returns its bytes in the line.
func (w *walker) read() ([]byte, error) {
	v, err := w.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := int(w.dec.InputOffset())
	return w.line[end-len(v) : end], nil
}

func (w *walker) object(depth int, visit func(path, value []byte)) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	outer := len(w.path)
	for w.dec.PeekKind() == '"' {
		name, err := w.read()
		if err != nil {
			return err
		}
		w.path = w.path[:outer]
		if outer > 0 {
			w.path = append(w.path, '.')
		}
		w.path = append(w.path, name[1:len(name)-1]...)
		if err := w.value(depth+1, visit); err != nil {
			return err
		}
	}
	w.path = w.path[:outer]
	_, err := w.dec.ReadToken()
	return err
}

func (w *walker) array(depth int, visit func(path, value []byte)) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for first := true; ; first = false {
		switch kind := w.dec.PeekKind(); {
		case kind == ']' || kind == 0:
			_, err := w.dec.ReadToken()
			return err
		case first:
			if err := w.value(depth+1, visit); err != nil {
				return err
			}
		default:
			if err := w.dec.SkipValue(); err != nil {
				return err
			}
		}
	}
}
