package format

import (
	"strconv"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// A role is what a key or a column of somebody else's log means to us.
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
	roleMsg // where it says that the line is one of ours
	roles

	// The roles from here on are not looked for by their names.
	roleNone     // nothing to us
	rolePart     // of a duration that is the sum of several
	roleDate     // of a time in two columns
	roleClock    // the other one
	roleOrigin   // the status that the server behind a proxy answered with
	roleUpstream // nginx's list of such statuses, one for each try

	roleLevel
	roleVersion
	roleMethodOriginal
	roleQuery
	roleInterim
	roleOutcome
	roleTTFB
	roleSampleRate
	roleDropped
	roleFailedBy
	rolePeer
	rolePort
	rolePeerIP
	rolePeerPort

	roleEnd           // the time of the response's end, beside that of the request
	roleAddress       // the client's, always with a port
	roleForwarded     // the addresses of X-Forwarded-For
	roleServer        // the server that a proxy asked
	roleFlags         // how the response ended, in Envoy's codes
	roleTermination   // in HAProxy's
	roleEdge          // in CloudFront's
	roleHerokuCode    // in Heroku's: H12
	roleStatusDetails // in those of Google's load balancers
	roleElapsed       // a duration and the name of its unit
	roleOperation     // what S3 did
	roleLogger        // who wrote the line, in a server that tells of one request more than once
	roleAttribute     // of the application, under the key's own name
)

// fields gathers one record from what a line says under each role. Parsers of all formats
// that are not this project's own fill it, so that a value means the same in each.
type fields struct {
	unit Unit // of durations that do not name theirs
	own  bool // this project wrote the line, in somebody else's vocabulary
	when timeReader

	rec       accesslog.Record
	buf       []byte // decoded strings
	status    bool   // the line has a status
	badStatus bool   // which is none of HTTP's
	request   bool   // the line has a method, path, request or route
	pieces
}

// pieces are values that make one field of the record together.
type pieces struct {
	methodKnown            bool // from the original
	port, peerIP, peerPort string
	date, clock            string
	parts                  int  // of the duration
	connection             bool // there was no HTTP on it
	internal               bool // nobody requested it
	again                  bool // another line counts the request
	origin                 origin
	cause                  cause
	end                    time.Time
	said                   string        // by the proxy of how the response ended, in its own codes
	means                  func(*fields) // reads what it said
}

// origin is what a proxy says of the server behind it.
type origin struct {
	logged bool // there is a column of its status
	speaks bool // its column is a word of the proxy's, empty where the origin answered
	status accesslog.Opt[int]
	named  bool   // there is a column of its name
	server string // "" where none was asked
}

// reset makes ready for the next line, and returns the record that it will fill.
func (f *fields) reset() *accesslog.Record {
	f.rec.Reset()
	f.buf = f.buf[:0]
	f.status, f.badStatus, f.request, f.pieces = false, false, false, pieces{}
	return &f.rec
}

var (
	errNoStatus  = &LineError{Kind: Other, Msg: "it has no status"}
	errNoRequest = &LineError{Kind: Other, Msg: "it has no method and no path"}
	errBadStatus = &LineError{Kind: Malformed, Msg: "its status is none of HTTP's"}

	errInternal   = &LineError{Kind: Other, Msg: "nobody requested it"}
	errAgain      = &LineError{Kind: Other, Msg: "it tells of a request that has a line of its own"}
	errConnection = &LineError{Kind: Other, Msg: "it is a connection without a request"}
)

// judge says whether the line is a request.
func (f *fields) judge() *LineError {
	switch {
	case f.rec.Msg != "" && !f.badStatus: // ours: a rejection may have neither
	case f.internal:
		return errInternal
	case f.again:
		return errAgain
	case f.connection && f.rec.Status.Value == 0:
		return errConnection
	case !f.status:
		return errNoStatus
	case !f.request:
		return errNoRequest // but a status that the application met itself
	case f.badStatus:
		return errBadStatus
	}
	return nil
}

// set reads s, in which "" is unknown, into the place that known has in the record. What
// cannot be read stays unknown.
func (f *fields) set(known role, s string) {
	r := &f.rec
	switch known {
	case roleStatus:
		f.status = true
		r.Status, f.badStatus = statusOf(s)
	case roleMethod:
		f.request = true
		if f.methodKnown {
			break
		}
		if r.Method = s; !isMethod(s) && !f.own {
			r.Method = ""
		}
	case rolePath:
		f.request = true
		setTarget(r, s)
		if _, query, ok := strings.Cut(s, "?"); ok && f.own {
			r.Query = query
		}
	case roleRequest:
		f.request = true
		f.setRequest(s)
	case roleRoute:
		f.request = true
		r.Route = s
		if method, pattern, ok := strings.Cut(s, " "); ok && isMethod(method) && !f.own {
			r.Route = strings.TrimLeft(pattern, " ")
		}
	case roleTime:
		r.Time, _ = f.when.parse(s)
	case roleDate:
		f.date = s
		f.joinTime()
	case roleClock:
		f.clock = s
		f.joinTime()
	case roleDuration:
		r.Duration = f.duration(s)
	case roleBytes:
		r.ResponseBytes = sizeOf(s)
	case roleRequestBytes:
		r.RequestBytes = sizeOf(s)
	case roleClientIP:
		r.ClientIP = withoutPort(s)
	case roleHost:
		r.Host = s
	case roleScheme:
		r.Scheme = s
	case roleProto:
		r.Proto = protoVersion(strings.TrimPrefix(s, "HTTP/"))
	case roleUserAgent:
		r.UserAgent = s
	case roleReferer:
		r.Referer = withoutQuery(s)
	case roleRequestID:
		r.RequestID = s
	case roleTraceID:
		r.TraceID = s
		if i := strings.LastIndex(s, "/traces/"); i >= 0 { // of a project of Google Cloud
			r.TraceID = s[i+len("/traces/"):]
		}
	case roleSpanID:
		r.SpanID = s
	case roleError:
		r.Error = s
	default:
		f.setMore(known, s)
	}
}

// setMore reads the roles that few formats have.
func (f *fields) setMore(known role, s string) {
	r := &f.rec
	switch known {
	case rolePart:
		f.addDuration(s)
	case roleOrigin:
		f.origin.logged = true
		f.origin.status, _ = statusOf(s)
	case roleUpstream:
		f.origin.logged = true // where it is empty, nginx asked nobody: a failure is its own
		f.origin.status, _ = statusOf(lastOf(s))
	case roleServer:
		f.origin.named = true
		if !strings.HasPrefix(s, "<") { // HAProxy's <NOSRV>
			f.origin.server = s
		}
	case roleFlags:
		f.said, f.means = s, (*fields).envoyEnding
	case roleTermination:
		f.said, f.means = s, (*fields).haproxyEnding
	case roleEdge:
		f.said, f.means = s, (*fields).cloudfrontEnding
	case roleAddress:
		r.ClientIP = withoutLastPort(s)
	case roleForwarded:
		// The proxy itself, or the one before it, added the last address. All others are
		// what the client says.
		r.ClientIP = withoutPort(strings.TrimLeft(s[strings.LastIndexByte(s, ',')+1:], " "))
	case roleOperation:
		f.internal = !isS3Request(s)
	case roleLogger:
		f.again = isCaddyAside(s)
	case roleElapsed:
		r.Duration = uwsgiDuration(s)
	case roleMsg:
		if s == accesslog.MsgRequest || s == accesslog.MsgRejected {
			r.Msg = s
		}
	case roleLevel:
		switch r.Level = s; s {
		case "info":
			r.Level = accesslog.LevelInfo
		case "warn", "WARNING":
			r.Level = accesslog.LevelWarn
		case "error":
			r.Level = accesslog.LevelError
		}
	case roleVersion:
		n, _ := whole(s)
		r.Version = int(n.Value)
	case roleMethodOriginal:
		f.request, f.methodKnown = true, true
		r.Method = s
	case roleQuery:
		r.Query = s
	case roleOutcome:
		r.Outcome = accesslog.Outcome(s)
	case roleTTFB:
		d, ok := parseDuration(s, Milliseconds)
		r.TTFB = accesslog.Opt[time.Duration]{Value: d, Known: ok}
	case roleSampleRate:
		r.SampleRate, _ = strconv.ParseFloat(s, 64)
	case roleDropped:
		r.Dropped = sizeOf(s).Value
	case roleFailedBy:
		r.FailedBy = s
	case rolePeer:
		r.Peer = s
	case rolePort:
		f.port = s
	case rolePeerIP:
		f.peerIP = s
	case rolePeerPort:
		f.peerPort = s
	case roleEnd:
		f.end, _ = f.when.parse(s)
	case roleHerokuCode, roleStatusDetails:
		f.setCause(known, s)
	}
}

// setRequest splits "GET /path?query HTTP/1.1". What scanners send instead is kept out of
// method and path.
func (f *fields) setRequest(s string) {
	f.connection = strings.HasPrefix(s, "- - -") && strings.Trim(s, "- ") == ""
	first, last := strings.IndexByte(s, ' '), strings.LastIndexByte(s, ' ')
	if first < 1 || !isMethod(s[:first]) {
		return
	}
	target := s[first+1:]
	switch {
	case last > first && strings.HasPrefix(s[last+1:], "HTTP/"):
		target = s[first+1 : last]
		f.rec.Proto = protoVersion(s[last+1+len("HTTP/"):])
	case !strings.HasPrefix(target, "/") && !strings.Contains(target, "://"):
		return // two words, but neither a version nor a path
	}
	f.rec.Method = s[:first]
	setTarget(&f.rec, target)
}

// setCutRequest reads what is left of a request that a line ends within: the method, and the
// path as far as the query if that has begun.
func (f *fields) setCutRequest(s string) {
	if i := strings.IndexByte(s, '?'); i >= 0 {
		f.setRequest(s[:i])
	} else if method, _, ok := strings.Cut(s, " "); ok && isMethod(method) {
		f.rec.Method = method
	}
}

func (f *fields) duration(s string) accesslog.Opt[time.Duration] {
	if d, ok := exactDuration(s, f.unit); ok { // Fast path.
		return accesslog.Some(d)
	}
	d, ok := parseDuration(lastOf(s), f.unit)
	if !ok || s[0] == '+' {
		return accesslog.Opt[time.Duration]{}
	}
	return accesslog.Some(d)
}

// addDuration adds a part of the duration to the others. One that is below zero never
// came: the whole is then unknown.
func (f *fields) addDuration(s string) {
	part := f.duration(s)
	sum := f.rec.Duration.Value + part.Value
	if f.parts++; !part.Known || f.parts > 1 && !f.rec.Duration.Known {
		f.rec.Duration = accesslog.Opt[time.Duration]{}
		return
	}
	f.rec.Duration = accesslog.Some(sum)
}

// finish puts together what the line has in pieces.
func (f *fields) finish() {
	r := &f.rec
	if f.port != "" {
		r.Host = f.join(r.Host, ":", f.port)
	}
	if ip := f.peerIP; ip != "" && f.peerPort != "" {
		if strings.Contains(ip, ":") {
			ip = f.join("[", ip, "]")
		}
		r.Peer = f.join(ip, ":", f.peerPort)
	} else if ip != "" {
		r.Peer = ip
	}
	if f.means != nil {
		if f.means(f); r.Outcome == "" && (!r.Status.Known || r.Status.Value > 0 && r.Status.Value < 500) {
			r.FailedBy = "" // nobody: it was refused
		}
	}
	if !f.end.IsZero() && !r.Time.IsZero() && (f.end.Nanosecond() != 0 || r.Time.Nanosecond() != 0) {
		if d := f.end.Sub(r.Time); d >= 0 {
			r.Duration = accesslog.Some(d)
		}
	}
	f.finishCause()
	if r.FailedBy == "" && (f.origin.logged || f.origin.named) {
		r.FailedBy = f.origin.failedBy(r.Status)
	}
}

// joinTime reads a time in two columns as soon as both are there.
func (f *fields) joinTime() {
	if f.date != "" && f.clock != "" {
		f.rec.Time, _ = f.when.parse(f.join(f.date, " ", f.clock))
	}
}

// Values of accesslog.Record.FailedBy.
const (
	byOrigin = "origin"
	byProxy  = "proxy"
	byClient = "client"
)

// failedBy says whose failure the status is: the origin's where it answered so itself or,
// where its status is not logged, was asked at all.
func (o origin) failedBy(status accesslog.Opt[int]) string {
	switch {
	case status.Value < 500:
		return ""
	case o.status.Value >= 500, !o.logged && o.server != "":
		return byOrigin
	}
	return byProxy
}

// join is the concatenation, held by the buffer.
func (f *fields) join(parts ...string) string {
	begin := len(f.buf)
	for _, s := range parts {
		f.buf = append(f.buf, s...)
	}
	return share(f.buf[begin:])
}
