package format

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// layout is a line of columns with fixed text between them, as a server's own format
// string writes it.
type layout struct {
	columns  []column
	tail     string // the text behind the last column
	required int    // columns that every line has; the others are newer, or optional
}

// column is one value of a line.
type column struct {
	before string // the text that parts it from the one before
	until  string // the text behind it; "" is the end of the line
	variable
	quoted bool // it stands between double quotes, and quotes in it are escaped
	padded bool // any number of spaces parts it from the one before
	extra  byte // what parts the columns behind the last that nobody announced
}

// variable is what a name stands for in a layout.
type variable struct {
	role role
	unit Unit
	list bool // of one value for each try: nginx separates them by ", " and " : "
}

// variables are the names that layouts know: nginx's own, and those of the record's keys.
// Any other name is a column that is not read.
var variables = map[string]variable{
	"remote_addr": {role: roleClientIP}, "client_ip": {role: roleClientIP}, "realip_remote_addr": {role: rolePeerIP}, "peer": {role: rolePeer},
	"time": {role: roleTime}, "time_local": {role: roleTime}, "time_iso8601": {role: roleTime}, "msec": {role: roleTime},
	"date": {role: roleDate}, "clock": {role: roleClock},
	"request": {role: roleRequest}, "request_method": {role: roleMethod}, "method": {role: roleMethod},
	"request_uri": {role: rolePath}, "uri": {role: rolePath}, "path": {role: rolePath}, "route": {role: roleRoute},
	"status": {role: roleStatus}, "origin_status": {role: roleOrigin}, "upstream_status": {role: roleUpstream, list: true},
	"body_bytes_sent": {role: roleBytes}, "bytes_sent": {role: roleBytes}, "response_bytes": {role: roleBytes},
	"request_length": {role: roleRequestBytes}, "request_bytes": {role: roleRequestBytes},
	"request_time": {role: roleDuration, unit: Seconds},
	"duration":     {role: roleDuration}, "duration_s": {role: roleDuration, unit: Seconds}, "duration_ms": {role: roleDuration, unit: Milliseconds},
	"duration_us": {role: roleDuration, unit: Microseconds}, "duration_ns": {role: roleDuration, unit: Nanoseconds},
	"part_s": {role: rolePart, unit: Seconds}, "part_ms": {role: rolePart, unit: Milliseconds},
	"upstream_addr": {list: true, role: roleNone}, "upstream_response_time": {list: true, role: roleNone}, "upstream_response_length": {list: true, role: roleNone},
	"upstream_connect_time": {list: true, role: roleNone}, "upstream_header_time": {list: true, role: roleNone}, "upstream_cache_status": {role: roleNone},
	"host": {role: roleHost}, "http_host": {role: roleHost}, "server_name": {role: roleHost}, "scheme": {role: roleScheme},
	"server_protocol": {role: roleProto}, "proto": {role: roleProto},
	"http_referer": {role: roleReferer}, "referer": {role: roleReferer}, "http_user_agent": {role: roleUserAgent}, "user_agent": {role: roleUserAgent},
	"request_id": {role: roleRequestID}, "http_x_request_id": {role: roleRequestID}, "trace_id": {role: roleTraceID}, "span_id": {role: roleSpanID},
	"error": {role: roleError}, "failed_by": {role: roleFailedBy},
}

// parseLayout reads a layout in nginx's notation: $name or ${name}, and the text between
// them as it stands, but for two spaces, which are one or more. Where a line may end early, last
// names the last column that all have.
func parseLayout(s, last string) (*layout, error) {
	l := &layout{}
	rest, before := s, ""
	for {
		text, after, found := strings.Cut(rest, "$")
		before += text
		if !found {
			break
		}
		name, remaining := variableName(after)
		if name == "" {
			return nil, fmt.Errorf("character %d: a $ without a name behind it", len(s)-len(after))
		}
		if len(l.columns) > 0 && before == "" {
			return nil, fmt.Errorf("$%s stands right behind another variable: nothing tells where one ends", name)
		}
		v, known := variables[name]
		if !known {
			v.role = roleNone
		}
		c := column{variable: v, quoted: strings.HasSuffix(before, `"`) && strings.HasPrefix(remaining, `"`), extra: ' '}
		if c.before, c.padded = strings.CutSuffix(before, "  "); c.padded {
			c.before += " "
		}
		if i := strings.IndexAny(before, ",;|\t"); i >= 0 {
			c.extra = before[i]
		}
		if n := len(l.columns); n > 0 {
			l.columns[n-1].until = c.before
		}
		l.columns = append(l.columns, c)
		if name == last {
			l.required = len(l.columns)
		}
		rest, before = remaining, ""
	}
	l.tail = before
	if n := len(l.columns); n > 0 {
		l.columns[n-1].until = before
	}
	if l.required == 0 {
		l.required = len(l.columns)
	}
	return l, l.check()
}

// check refuses layouts of which no request could be told.
func (l *layout) check() error {
	has := map[role]bool{}
	for _, c := range l.columns {
		has[c.role] = true
	}
	switch {
	case !has[roleStatus]:
		return fmt.Errorf("it has no $status")
	case !has[roleRequest] && !has[rolePath] && !has[roleMethod] && !has[roleRoute]:
		return fmt.Errorf("it has neither $request nor $request_uri nor $route")
	}
	return nil
}

// variableName takes a name off the start of s: name or {name}.
func variableName(s string) (name, rest string) {
	if strings.HasPrefix(s, "{") {
		name, rest, found := strings.Cut(s[1:], "}")
		if !found {
			return "", s
		}
		return name, rest
	}
	i := 0
	for i < len(s) && (s[i] == '_' || s[i]-'0' <= 9 || s[i]|0x20-'a' < 26) {
		i++
	}
	return s[:i], s[i:]
}

// mustLayout is for the layouts of the table.
func mustLayout(s, last string) *layout {
	l, err := parseLayout(s, last)
	if err != nil {
		panic(fmt.Sprintf("layout %q: %v", s, err))
	}
	return l
}

// learnLayout is the learn function of a format whose lines have one of these layouts: the
// first of those that explain most.
func learnLayout(layouts ...*layout) func([][]byte, *Options) (dialect, bool) {
	return func(sample [][]byte, o *Options) (dialect, bool) {
		var best trial
		var d dialect
		for _, l := range layouts {
			t := l.try(sample, o)
			if t.matched > 0 && t.beats(best) {
				best, d = t, t.dialect
			}
		}
		return d, best.matched > 0
	}
}

// try reads the sample by l.
func (l *layout) try(sample [][]byte, o *Options) trial {
	p := l.parser(o)
	t := count(p, sample)
	t.dialect = dialect{open: func() Parser { return l.parser(o) }}
	for _, c := range l.columns {
		if c.unit != "" {
			t.dialect.unit = c.unit
		}
	}
	if p.when.zoneless {
		t.dialect.tz = o.zone().String()
	}
	return t
}

func (l *layout) parser(o *Options) *layoutParser {
	return &layoutParser{layout: l, fields: fields{when: timeReader{local: o.zone()}}}
}

// layoutParser reads lines of a layout.
type layoutParser struct {
	*layout
	fields
	anchored bool // a time or a status was read: the line is of this layout
}

func (p *layoutParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	r := p.reset()
	p.anchored = false
	if err := p.read(line); err != nil {
		if err.Kind == Truncated && r.Status.Known && p.request {
			p.finish()
			emit(r)
		}
		return err
	}
	if err := p.judge(); err != nil {
		return err
	}
	p.finish()
	emit(r)
	return nil
}

// read reads the columns of line.
func (p *layoutParser) read(line []byte) *LineError {
	pos := 0
	for i := range p.columns {
		c := &p.columns[i]
		if pos == len(line) && i >= p.required {
			return nil
		}
		switch rest := line[pos:]; {
		case bytes.HasPrefix(rest, []byte(c.before)):
			pos += len(c.before)
		case strings.HasPrefix(c.before, string(rest)):
			return p.cut(line)
		default:
			return p.mismatch(pos, c.before)
		}
		for c.padded && pos < len(line) && line[pos] == ' ' {
			pos++
		}
		n := c.end(line[pos:])
		if n < 0 {
			return p.cut(line)
		}
		if err := p.column(c, line[pos:pos+n], pos); err != nil {
			return err
		}
		pos += n
	}
	// What stands behind the tail was added by somebody, and is not read.
	if rest := line[pos:]; !bytes.HasPrefix(rest, []byte(p.tail)) {
		if strings.HasPrefix(p.tail, string(rest)) {
			return p.cut(line)
		}
		return p.mismatch(pos, p.tail)
	}
	return nil
}

// column reads one value.
func (p *layoutParser) column(c *column, value []byte, pos int) *LineError {
	if c.role == roleNone {
		return nil
	}
	if c.unit != "" {
		p.unit = c.unit
	}
	s := p.value(c, value)
	p.set(c.role, s)
	switch c.role {
	case roleTime, roleClock:
		if c.role == roleClock && s != "" && s[0]-'0' > 9 {
			return p.mismatch(pos, "a time") // but a header
		}
		if c.role == roleTime && s != "" && p.rec.Time.IsZero() {
			return p.mismatch(pos, "a time")
		}
		p.anchored = p.anchored || s != ""
	case roleStatus:
		if p.badStatus {
			return p.mismatch(pos, "a status")
		}
		p.anchored = true
	}
	return nil
}

// value is the text of a column, "" where it is unknown.
func (p *layoutParser) value(c *column, b []byte) string {
	if c.quoted {
		b = p.unescape(b)
	} else if b = bytes.Trim(b, " \t"); len(b) > 1 && b[0] == '"' {
		b = p.unescape(bare(b))
	}
	if len(b) == 1 && b[0] == '-' {
		return ""
	}
	return share(b)
}

// bare is b without the quotes around it.
func bare(b []byte) []byte {
	if n := len(b); n > 1 && b[0] == '"' && endOfQuoted(b[1:]) == n-2 {
		return b[1 : n-1]
	}
	return b
}

// unescape decodes the escapes of Apache and nginx, and the doubled quotes of CSV.
func (p *layoutParser) unescape(b []byte) []byte {
	begin := len(p.buf)
	switch {
	case bytes.IndexByte(b, '\\') >= 0:
		p.buf = appendUnescaped(p.buf, b)
	case bytes.Contains(b, []byte(`""`)):
		for i := 0; i < len(b); i++ {
			p.buf = append(p.buf, b[i])
			if b[i] == '"' {
				i++
			}
		}
	default:
		return b
	}
	return p.buf[begin:]
}

var errOtherLine = &LineError{Kind: Other, Msg: "it is not laid out like the others"}

func (p *layoutParser) cut(line []byte) *LineError {
	if !p.anchored {
		return errOtherLine
	}
	return &LineError{Kind: Truncated, Offset: len(line), Msg: "the line ends early"}
}

func (p *layoutParser) mismatch(pos int, want string) *LineError {
	if !p.anchored {
		return errOtherLine
	}
	return &LineError{Kind: Malformed, Offset: pos, Msg: fmt.Sprintf("want %q", want)}
}

// end is the length of the value at the start of b, or -1 where the line ends within it.
func (c *column) end(b []byte) int {
	if !c.quoted && len(b) > 0 && b[0] == '"' && (c.until != "" || c.extra != ' ') { // as CSV has it, where the value needs it
		if n := endOfQuoted(b[1:]) + 2; n > 1 && (n == len(b) || bytes.HasPrefix(b[n:], []byte(c.until))) {
			return n
		}
	}
	switch {
	case c.until == "":
		n := -1
		switch {
		case c.role == roleNone || c.role == roleError:
		case c.extra == ' ' && c.role == roleTime:
			n = endOfTime(b)
		case c.extra == ' ' && c.role == roleUserAgent:
		default:
			n = bytes.IndexByte(b, c.extra) // more columns than the layout has
		}
		if n < 0 {
			n = len(b)
		}
		return n
	case c.quoted:
		return endOfQuoted(b)
	case c.role == roleTime && c.until == " ":
		return endOfTime(b)
	case c.list:
		return endOfList(b, c.until)
	case len(c.until) == 1:
		return bytes.IndexByte(b, c.until[0])
	}
	return bytes.Index(b, []byte(c.until))
}

// endOfQuoted is where the quote is that ends the text at the start of b, or -1: no quote behind a
// backslash, and not the first of two.
func endOfQuoted(b []byte) int {
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		if i += n; i+1 < len(b) && b[i+1] == '"' {
			i++
		} else if evenBackslashes(b[:i]) {
			return i
		}
	}
}

// endOfTime is the first space behind a time, or -1: those between a date, a clock, a
// zone and a year belong to it.
func endOfTime(b []byte) int {
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], ' ')
		if n < 0 {
			return -1
		}
		i += n
		next := b[i+1:]
		clock := bytes.IndexByte(b[:i], ':') >= 0
		switch {
		case len(next) > 7 && next[2] == ':' && next[5] == ':' && !clock, bytes.HasPrefix(next, []byte("- ")) && !clock:
		case clock && isZone(next):
		case b[0]|0x20-'a' < 26 && (!clock || i > 2 && b[i-3] == ':' && isYear(next)): // Sun Mar 13 22:49:12 2016
		default:
			return i
		}
	}
}

// isYear reports whether b begins with a number of four digits.
func isYear(b []byte) bool {
	return len(b) > 3 && b[0]-'0' <= 9 && b[1]-'0' <= 9 && b[2]-'0' <= 9 && b[3]-'0' <= 9 && (len(b) == 4 || b[4] == ' ')
}

// isZone reports whether b begins with "+0900", "+09:00" or "UTC".
func isZone(b []byte) bool {
	if bytes.HasPrefix(b, []byte("UTC")) {
		return len(b) == 3 || b[3] == ' '
	}
	return len(b) > 4 && (b[0] == '+' || b[0] == '-') && b[1]-'0' <= 9 && b[2]-'0' <= 9 && (b[3] == ':' || b[3]-'0' <= 9) && b[4]-'0' <= 9
}

// endOfList finds until behind a list: "0.004, 0.012 : 0.2".
func endOfList(b []byte, until string) int {
	for i := 0; ; {
		n := bytes.Index(b[i:], []byte(until))
		if n < 0 {
			return -1
		}
		if i += n; until[0] != ' ' {
			return i
		}
		switch {
		case i > 0 && (b[i-1] == ',' || b[i-1] == ':' && i > 1 && b[i-2] == ' '), i+2 < len(b) && b[i+1] == ':' && b[i+2] == ' ':
			i++
		default:
			return i
		}
	}
}
