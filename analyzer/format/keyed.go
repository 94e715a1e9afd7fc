package format

import (
	"bytes"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// A syntax is a way to write keys with values.
type syntax uint8

const (
	syntaxJSON syntax = iota
	syntaxLogfmt
	syntaxOTLP
	syntaxConsole
)

// walk walks over a line and hands over what it finds.
func (x syntax) walk(w *walker, line []byte) *LineError {
	switch x {
	case syntaxLogfmt:
		return w.logfmt(line)
	case syntaxOTLP:
		return w.otlp(line)
	case syntaxConsole:
		return w.console(line)
	}
	return w.json(line)
}

// mapping is which key plays which role in one file.
type mapping struct {
	syntax
	roles    map[string]role
	tree     *node
	unit     Unit
	local    *time.Location
	strptime string // of times in a shape of the server's own
	own      bool   // the lines are this project's, in somebody else's vocabulary
	origin   bool   // a proxy that has no status of its origin's asked none
	need     role   // without it a line is another writer's; all have a status
	last     string // the key without which a line is cut off; "" where none is known
}

func (m *mapping) open() Parser {
	p := &keyedParser{mapping: m, fields: fields{unit: m.unit, own: m.own, when: timeReader{local: m.local, pattern: newStrptime(m.strptime)}}}
	p.walker = walker{root: m.tree, to: p, last: m.last}
	return p
}

// keyedParser reads lines by a mapping.
type keyedParser struct {
	*mapping
	fields
	walker walker

	emit    func(*accesslog.Record)
	emitted int
	open    bool       // a record has begun, and not ended
	needed  bool       // it has what it needs
	refused *LineError // why one of the line's records was none
}

func (p *keyedParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	p.emit, p.emitted, p.refused, p.open = emit, 0, nil, false
	err := p.walk(&p.walker, line)
	switch {
	case err == nil && p.emitted == 0 && p.refused == nil:
		return errNoLogRecord
	case err == nil && p.emitted == 0:
		return p.refused
	case err == nil && (p.refused == nil || p.refused.Kind == Other):
		return nil
	case err == nil:
		return &LineError{Kind: Truncated, Offset: p.refused.Offset, Msg: "of one of its records, " + p.refused.Msg}
	case err.Kind == Truncated && p.walker.words && !p.status && !p.request:
		return errNoStatus // pairs have no end that could be missing
	case err.Kind == Truncated && p.walker.words && !p.needed && p.status:
		return errOtherWriter
	case err.Kind == Truncated:
		if p.open && p.rec.Status.Known && (p.rec.Method != "" || p.rec.Path != "") {
			p.finish()
			if p.cause.word != "" || p.said != "" {
				p.rec.Error = "" // it may have been longer
			}
			emit(&p.rec)
		}
		return &LineError{Kind: Truncated, Offset: len(line), Msg: err.Msg}
	case p.emitted > 0:
		return &LineError{Kind: Truncated, Offset: err.Offset, Msg: "the rest is " + err.Msg}
	}
	return err
}

var errOtherWriter = &LineError{Kind: Other, Msg: "it has not the keys of the others, and is another program's"}

func (p *keyedParser) begin() {
	p.reset()
	p.open, p.needed = true, p.need == roleStatus
}

func (p *keyedParser) field(n *node, value []byte) {
	p.needed = p.needed || n.role == p.need
	switch n.role {
	case roleNone:
	case roleInterim:
		p.interim(value)
	case roleAttribute:
		if s := p.text(value, p.walker.escaped); s != "" {
			p.rec.AddAttr(n.path, s)
		}
	default:
		p.set(n.role, p.text(value, p.walker.escaped))
	}
}

func (p *keyedParser) end() {
	p.open = false
	p.fields.origin.logged = p.fields.origin.logged || p.mapping.origin
	err := p.judge()
	if !p.needed {
		err = errOtherWriter
	}
	if err != nil {
		if p.refused == nil || p.refused.Kind == Other {
			p.refused = err
		}
		return
	}
	p.finish()
	p.emit(&p.rec)
	p.emitted++
}

// text is a value without its quotes and, where it may have some, its escapes; "-" and null
// are unknown.
func (p *keyedParser) text(value []byte, escaped bool) string {
	if len(value) >= 2 && value[0] == '"' {
		value = value[1 : len(value)-1]
		if escaped {
			begin := len(p.buf)
			p.buf = appendUnquoted(p.buf, value)
			value = p.buf[begin:]
		}
	} else if string(value) == "null" {
		return ""
	}
	if s := share(value); s != "-" {
		return s
	}
	return ""
}

// interim reads a list of statuses: JSON's, or the text that slog makes of one.
func (p *keyedParser) interim(value []byte) {
	if len(value) > 0 && value[0] == '"' {
		value = bytes.Trim(value, `"`)
	}
	for list, item := bytes.Trim(value, "[] \t"), []byte(nil); len(list) > 0; {
		if n := bytes.IndexAny(list, ", "); n >= 0 {
			item, list = list[:n], list[n+1:]
		} else {
			item, list = list, nil
		}
		if n, err := whole(p.text(bytes.TrimSpace(item), true)); err == nil && n.Known {
			p.rec.Interim = append(p.rec.Interim, int(n.Value))
		}
	}
}
