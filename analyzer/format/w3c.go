package format

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// w3c is a dialect of the W3C extended log file format, in which a header names the columns
// of the lines behind it: "#Fields: date time cs-method …". It may come again with others.
type w3c struct {
	variables map[string]variable // by the names of columns
	escapes   map[string]*escaping
	unit      Unit   // of time-taken
	ours      string // a column that is in each header of the dialect; "" is none
	others    string // a column that is in none; "" is none
	usual     string // the columns where no header says otherwise
}

var fieldsDirective = []byte("#Fields:")

// w3cVariables are the columns that the dialects share. Those of other headers than
// cs(User-Agent) and cs(Referer) are known by no other names.
var w3cVariables = map[string]variable{
	"date": {role: roleDate}, "time": {role: roleClock},
	"c-ip": {role: roleClientIP}, "cs-method": {role: roleMethod}, "cs-uri-stem": {role: rolePath}, "cs-uri": {role: rolePath},
	"sc-status": {role: roleStatus}, "sc-bytes": {role: roleBytes}, "cs-bytes": {role: roleRequestBytes}, "time-taken": {role: roleDuration},
	"cs(user-agent)": {role: roleUserAgent}, "cs(referer)": {role: roleReferer}, "cs(host)": {role: roleHost}, "cs-host": {role: roleHost},
	"cs-version": {role: roleProto}, "cs-protocol-version": {role: roleProto}, "cs-protocol": {role: roleScheme},
}

// w3cHeader is what one header says: the layout of lines with either separator. Headers
// themselves have spaces, whatever the lines have.
type w3cHeader struct {
	text   []byte // the header
	spaces *layout
	tabs   *layout
}

// read reads a header, or returns nil where no request could be told by it.
func (w *w3c) read(text []byte) *w3cHeader {
	names := columnNames(text)
	h := &w3cHeader{text: bytes.Clone(text), spaces: w.layout(names, " "), tabs: w.layout(names, "\t")}
	if h.spaces.check() != nil {
		h.spaces, h.tabs = nil, nil
	}
	return h
}

func columnNames(header []byte) []string {
	return strings.Fields(strings.ToLower(string(header[len(fieldsDirective):])))
}

func (w *w3c) layout(names []string, separator string) *layout {
	l := &layout{required: len(names)}
	named := map[string]bool{}
	for _, name := range names {
		named[name] = true
	}
	for i, name := range names {
		v, known := w.variables[name]
		if !known || named[better[name]] {
			v = variable{role: roleNone}
		}
		if v.role == roleDuration {
			v.unit = w.unit
		}
		c := column{before: separator, until: separator, variable: v, escape: w.escapes[name]}
		if i == 0 {
			c.before = ""
		}
		if i == len(names)-1 {
			c.until = ""
		}
		l.columns = append(l.columns, c)
	}
	return l.ready()
}

// better are the columns of which another one says the same better.
var better = map[string]string{"cs(host)": "x-host-header", "x-edge-result-type": "x-edge-detailed-result-type"}

// learn takes the first header of the sample. Where there is none the usual columns must do,
// if they fit any line to its end.
func (w *w3c) learn(sample [][]byte, _ *Options) (dialect, bool) {
	header, why := []byte("#Fields:"+w.usual), "there is no #Fields line: the columns are taken for the usual ones"
	i := slices.IndexFunc(sample, isHeader)
	if i >= 0 {
		header, why = bytes.Clone(sample[i]), "the columns are those of its #Fields lines" // the sample's bytes are used again
	}
	names := columnNames(header)
	if w.ours != "" && !slices.Contains(names, w.ours) || w.others != "" && slices.Contains(names, w.others) {
		return dialect{}, false
	}
	if i < 0 && !w.convinces(header, sample) {
		return dialect{}, false
	}
	if w.unit == Milliseconds && w.hasFractions(header, sample) {
		seconds := *w
		seconds.unit, w = Seconds, &seconds
		why += ", and time-taken is in seconds as the W3C has it: IIS writes whole milliseconds"
	}
	return dialect{why: why, unit: w.unit, headed: true, open: func() Parser { return w.open(header) }}, true
}

// convinces reports whether most of the requests that are read by header have in its columns,
// to their end, what belongs there.
func (w *w3c) convinces(header []byte, sample [][]byte) bool {
	p := w.open(header)
	requests, fit := 0, 0
	for _, line := range sample {
		plausible := false
		err := p.Parse(line, func(r *accesslog.Record) {
			requests++
			_, err := netip.ParseAddr(r.ClientIP)
			plausible = err == nil && !r.Time.IsZero() && r.Method != "" && strings.HasPrefix(r.Path, "/")
		})
		if err == nil && plausible {
			fit++
		}
	}
	return fit*2 > requests
}

func (w *w3c) open(header []byte) Parser {
	return &w3cParser{dialect: w, header: w.read(header), layoutParser: layoutParser{fields: fields{when: timeReader{local: time.UTC}}}}
}

// hasFractions reports whether any duration in the sample is none of whole milliseconds.
func (w *w3c) hasFractions(header []byte, sample [][]byte) (found bool) {
	p := w.open(header)
	for _, line := range sample {
		_ = p.Parse(line, func(r *accesslog.Record) {
			found = found || r.Duration.Value%time.Millisecond != 0
		})
	}
	return found
}

// w3cParser reads the lines of one file, by the last header that it met.
type w3cParser struct {
	dialect *w3c
	header  *w3cHeader
	layoutParser
}

var (
	errDirective = &LineError{Kind: Other, Msg: "it is a directive, about the lines behind it"}
	errNoColumns = &LineError{Kind: Other, Msg: "the #Fields line before it names no status, or neither method nor path"}
)

func (p *w3cParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	if len(line) > 0 && line[0] == '#' {
		if isHeader(line) && !bytes.Equal(line, p.header.text) {
			p.header = p.dialect.read(line)
		}
		return errDirective
	}
	if p.layout = p.header.spaces; bytes.IndexByte(line, '\t') >= 0 {
		p.layout = p.header.tabs
	}
	if p.layout == nil {
		return errNoColumns
	}
	return p.layoutParser.Parse(line, emit)
}

func isHeader(line []byte) bool { return bytes.HasPrefix(line, fieldsDirective) }

// pluses are how IIS writes the spaces of a header.
var pluses = &escaping{'+', func(dst, value []byte) []byte {
	begin := len(dst)
	dst = append(dst, value...)
	for i := begin; i < len(dst); i++ {
		if dst[i] == '+' {
			dst[i] = ' '
		}
	}
	return dst
}}
