package format

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var jsonLines = &Format{
	Name:    "json",
	Title:   "JSON lines with keys of the server's own choosing",
	Example: `{"level":"info","ts":1731084144.3270802,"logger":"http.log.access","request":{"client_ip":"203.0.113.7","method":"POST","host":"x","uri":"/"},"duration":0.000024323,"size":0,"status":308}`,
	Clock:   ClockCompletion,
	named:   true,
	learn:   learnJSON,
}

// mapping is which key plays which role in one file.
type mapping struct {
	roles    map[string]role
	objects  map[string]bool // the objects in which such keys are
	unit     Unit
	local    *time.Location
	strptime string // of times in a shape of the server's own
	preset   bool   // the lines are this project's, in somebody else's vocabulary
}

func (m mapping) open() Parser {
	return &jsonParser{mapping: m, fields: fields{unit: m.unit, own: m.preset, when: timeReader{local: m.local, pattern: newStrptime(m.strptime)}}}
}

// jsonParser reads JSON lines by a mapping.
type jsonParser struct {
	mapping
	fields
	walker walker
}

func (p *jsonParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	if trimmed := bytes.TrimLeft(line, " \t"); len(trimmed) == 0 || trimmed[0] != '{' {
		return errNotJSON
	}
	r := p.reset()
	p.walker.objects = p.objects
	if p.walker.whole = ""; p.preset {
		p.walker.whole = "interim"
	}
	err := p.walker.walk(line, func(path, value []byte) {
		switch known, ok := p.roles[string(path)]; {
		case !ok:
		case known == roleInterim:
			p.interim(value)
		default:
			p.set(known, p.text(value))
		}
	})
	if err != nil {
		var syntactic *jsontext.SyntacticError
		if errors.Is(err, io.ErrUnexpectedEOF) {
			if r.Status.Known && (r.Method != "" || r.Path != "") {
				p.finish()
				emit(r)
			}
			return &LineError{Kind: Truncated, Offset: len(line), Msg: "the line is cut off"}
		}
		if errors.As(err, &syntactic) {
			return &LineError{Kind: Malformed, Offset: int(syntactic.ByteOffset), Msg: "not JSON: " + syntactic.Err.Error()}
		}
		return &LineError{Kind: Malformed, Msg: "not JSON: " + err.Error()}
	}
	if err := p.judge(); err != nil {
		return err
	}
	p.finish()
	emit(r)
	return nil
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

// interim reads a list of statuses.
func (p *jsonParser) interim(value []byte) {
	for list, item := bytes.Trim(value, "[] \t"), []byte(nil); len(list) > 0; {
		item, list, _ = bytes.Cut(list, []byte(","))
		if n, err := whole(p.text(bytes.TrimSpace(item))); err == nil && n.Known {
			p.rec.Interim = append(p.rec.Interim, int(n.Value))
		}
	}
}
