package format

import (
	"bytes"
	"errors"
	"io"
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

// mapping is which key plays which role in one file.
type mapping struct {
	roles   map[string]role
	objects map[string]bool // the objects in which such keys are
	unit    Unit
	local   *time.Location
	preset  bool // the lines are this project's, in somebody else's vocabulary
}

// jsonParser reads JSON lines by a mapping.
type jsonParser struct {
	mapping
	walker    walker
	rec       accesslog.Record
	buf       []byte // decoded strings
	when      timeReader
	status    bool // the line has a status
	badStatus bool // which is none of HTTP's
	extras    extras
	request   bool // the line has a method, path, request or route
}

var (
	errNoStatus  = &LineError{Kind: Other, Msg: "it has no status"}
	errNoRequest = &LineError{Kind: Other, Msg: "it has no method and no path"}
	errBadStatus = &LineError{Kind: Malformed, Msg: "its status is none of HTTP's"}
)

func (p *jsonParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	if trimmed := bytes.TrimLeft(line, " \t"); len(trimmed) == 0 || trimmed[0] != '{' {
		return errNotJSON
	}
	r := &p.rec
	r.Reset()
	p.buf = p.buf[:0]
	p.walker.objects = p.objects
	p.extras = extras{}
	if p.walker.whole = ""; p.preset {
		p.walker.whole = "interim"
	}
	p.status, p.badStatus, p.request = false, false, false
	err := p.walker.walk(line, func(path, value []byte) {
		if known, ok := p.roles[string(path)]; ok {
			p.set(r, known, value)
		} else if p.walker.roles != nil {
			p.keep(r, path, value)
		}
	})
	if err != nil {
		var syntactic *jsontext.SyntacticError
		if errors.Is(err, io.ErrUnexpectedEOF) {
			if r.Status.Known && (r.Method != "" || r.Path != "") {
				p.finish(r)
				emit(r)
			}
			return &LineError{Kind: Truncated, Offset: len(line), Msg: "the line is cut off"}
		}
		if errors.As(err, &syntactic) {
			return &LineError{Kind: Malformed, Offset: int(syntactic.ByteOffset), Msg: "not JSON: " + syntactic.Err.Error()}
		}
		return &LineError{Kind: Malformed, Msg: "not JSON: " + err.Error()}
	}
	switch {
	case r.Msg != "" && !p.badStatus: // ours: a rejection may have neither
	case !p.status:
		return errNoStatus
	case !p.request:
		return errNoRequest // but a status that the application met itself
	case p.badStatus:
		return errBadStatus
	}
	p.finish(r)
	emit(r)
	return nil
}

// maxAttrs is how many attributes of a line are kept.
const maxAttrs = 64

// keep keeps what plays no role, unless it is null.
func (p *jsonParser) keep(r *accesslog.Record, path, value []byte) {
	if len(r.Attrs) == maxAttrs || value[0] == 'n' {
		return
	}
	begin := len(p.buf)
	p.buf = append(p.buf, path...)
	r.Attrs = append(r.Attrs, accesslog.RawAttr(share(p.buf[begin:]), share(value)))
}

// set reads value into the place that role has in r. What cannot be read stays unknown.
func (p *jsonParser) set(r *accesslog.Record, known role, value []byte) {
	switch known {
	case roleStatus:
		p.status = true
		n, err := p.whole(value)
		p.badStatus = err != nil || n.Known && n.Value != 0 && (n.Value < 100 || n.Value > 999)
		if r.Status = (accesslog.Opt[int]{}); n.Known && !p.badStatus {
			r.Status = accesslog.Some(int(n.Value))
		}
	case roleMethod:
		p.request = true
		if p.extras.methodKnown {
			break
		}
		if r.Method = p.text(value); !isMethod(r.Method) && !p.preset {
			r.Method = ""
		}
	case rolePath:
		p.request = true
		target := p.text(value)
		setTarget(r, target)
		if _, query, ok := strings.Cut(target, "?"); ok && p.preset {
			r.Query = query
		}
	case roleRequest:
		p.request = true
		method, rest, _ := strings.Cut(p.text(value), " ")
		target, proto, ok := strings.Cut(rest, " HTTP/")
		if ok && isMethod(method) {
			r.Method, r.Proto = method, protoVersion(proto)
			setTarget(r, target)
		}
	case roleRoute:
		p.request = true
		r.Route = p.text(value)
	case roleTime:
		p.when.local = p.local
		r.Time, _ = p.when.parse(p.text(value))
	case roleDuration:
		d, ok := parseDuration(p.text(value), p.unit)
		r.Duration = accesslog.Opt[time.Duration]{Value: d, Known: ok}
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
		r.Referer = withoutQuery(p.text(value))
	case roleRequestID:
		r.RequestID = p.text(value)
	case roleTraceID:
		r.TraceID = p.text(value)
		if i := strings.LastIndex(r.TraceID, "/traces/"); i >= 0 { // of a project of Google Cloud
			r.TraceID = r.TraceID[i+len("/traces/"):]
		}
	case roleSpanID:
		r.SpanID = p.text(value)
	case roleError:
		r.Error = p.text(value)
	default:
		p.setOwn(r, known, value)
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
		p.buf, _ = jsontext.AppendUnquote(p.buf, value) // whose error is invalid UTF-8 alone
		inner = p.buf[begin:]
	}
	if s := share(inner); s != "-" {
		return s
	}
	return ""
}

func (p *jsonParser) size(value []byte) accesslog.Opt[int64] {
	n, err := p.whole(value)
	if err != nil || n.Value < 0 {
		return accesslog.Opt[int64]{}
	}
	return n
}

// fraction is a number, 0 where it is none.
func (p *jsonParser) fraction(value []byte) float64 {
	f, err := strconv.ParseFloat(p.text(value), 64)
	if err != nil {
		return 0
	}
	return f
}

// whole is a whole number, in quotes or not.
func (p *jsonParser) whole(value []byte) (accesslog.Opt[int64], error) {
	s := p.text(value)
	if s == "" {
		return accesslog.Opt[int64]{}, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return accesslog.Opt[int64]{Value: n, Known: err == nil}, err
}
