package analyzer

import (
	"bytes"
	"cmp"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// evidence is the line of one request, in buffers that are used again when a better one
// is found.
type evidence struct {
	at                        Position
	time                      time.Time
	status                    accesslog.Opt[int]
	method, path, request, tr []byte
}

func (e *evidence) set(r *accesslog.Record, at Position) {
	e.at, e.time, e.status = at, r.Time, r.Status
	e.method = append(e.method[:0], capped(r.Method)...)
	e.path = append(e.path[:0], capped(r.Path)...)
	e.request = append(e.request[:0], capped(r.RequestID)...)
	e.tr = append(e.tr[:0], capped(r.TraceID)...)
}

// maxText bounds each text that is kept of a record, in bytes: a hostile line is as long as
// a line may be, and there are many.
const maxText = 1024

func capped(s string) string { return s[:min(len(s), maxText)] }

// compare orders by file and place in it.
func (p Position) compare(q Position) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Offset, q.Offset))
}

// compare orders by time, then by where the line stands, so that the first and the last
// do not depend on the order in which lines were read.
func (e *evidence) compare(t time.Time, at Position) int {
	return cmp.Or(e.time.Compare(t), e.at.compare(at))
}

func (p *Position) append(w *writer) {
	w.name(p.File)
	w.uint(p.Line)
	w.uint(p.Offset)
}

func (p *Position) parse(r *reader) { p.File, p.Line, p.Offset = r.name(), r.uint(), r.uint() }

func (e *evidence) append(w *writer) {
	e.at.append(w)
	w.time(e.time)
	w.bool(e.status.Known)
	w.int(int64(e.status.Value))
	for _, text := range [][]byte{e.method, e.path, e.request, e.tr} {
		w.text(string(text))
	}
}

func (e *evidence) parse(r *reader) {
	e.at.parse(r)
	e.time = r.moment()
	e.status.Known, e.status.Value = r.bool(), int(r.int())
	for _, text := range []*[]byte{&e.method, &e.path, &e.request, &e.tr} {
		*text = bytes.Clone(r.bytes(maxText))
	}
}

func (e *evidence) report() *Evidence {
	out := &Evidence{File: e.at.File, Line: Line(e.at.Line), Offset: e.at.Offset, Method: Text(e.method), Path: Text(e.path), RequestID: Text(e.request), TraceID: Text(e.tr)}
	if !e.time.IsZero() {
		t := e.time.UTC()
		out.Time = &t
	}
	if e.status.Known {
		code := e.status.Value
		out.Status = &code
	}
	return out
}

// span holds the first and the last of some requests. Its zero value holds none.
type span struct {
	first, last *evidence
}

func (s *span) add(r *accesslog.Record, at Position) {
	if s.first == nil {
		s.first, s.last = new(evidence), new(evidence)
		s.first.set(r, at)
		s.last.set(r, at)
		return
	}
	if s.first.after(r.Time, at) {
		s.first.set(r, at)
	}
	if s.last.compare(r.Time, at) < 0 {
		s.last.set(r, at)
	}
}

// after is compare for the first of some requests: one without a time is the first only where
// none has any.
func (e *evidence) after(t time.Time, at Position) bool {
	if e.time.IsZero() != t.IsZero() {
		return e.time.IsZero()
	}
	return e.compare(t, at) > 0
}

func (s *span) merge(t *span) {
	if t.first == nil {
		return
	}
	if s.first == nil {
		*s = *t
		return
	}
	if s.first.after(t.first.time, t.first.at) {
		s.first = t.first
	}
	if s.last.compare(t.last.time, t.last.at) < 0 {
		s.last = t.last
	}
}

func (s *span) append(w *writer) {
	w.bool(s.first != nil)
	if s.first != nil {
		s.first.append(w)
		s.last.append(w)
	}
}

func (s *span) parse(r *reader) {
	if r.bool() {
		s.first, s.last = new(evidence), new(evidence)
		s.first.parse(r)
		s.last.parse(r)
	}
}

// rename calls files by other names.
func (s *span) rename(names map[string]string) {
	if s.first != nil {
		s.first.at.File = renamed(s.first.at.File, names)
		s.last.at.File = renamed(s.last.at.File, names)
	}
}

func (s *span) report() (first, last *Evidence) {
	if s.first == nil {
		return nil, nil
	}
	return s.first.report(), s.last.report()
}

// excerpt is the start of a line as a sample shows it.
func excerpt(line []byte) string {
	const most = 200
	if len(line) > most {
		line = line[:most]
	}
	return string(bytes.ToValidUTF8(line, []byte("\ufffd")))
}
