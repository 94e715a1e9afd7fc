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
	late     bool   // a time does not tell the lines of this layout from others; a request or a status does
}

// column is one value of a line.
type column struct {
	before string // the text that parts it from the one before
	until  string // the text behind it; "" is the end of the line
	variable
	quoted bool      // it stands between double quotes
	escape *escaping // of what could be mistaken for the end of the value; nil is none
	dashed bool      // it, or the one behind it, may be a dash without its quotes
	shape  string    // what a value of several words looks like
	skip   int       // how often until is within such a value
	digit  bool      // a digit stands behind until, so that a user's name with a bracket ends nothing
	padded bool      // any number of spaces parts it from the one before
	csv    bool      // it may stand between quotes where it needs them, and doubled quotes are one
	extra  byte      // what parts columns that nobody announced from the last
}

// escaping is how a server writes bytes that it does not write as they are.
type escaping struct {
	mark   byte                           // values without it stand as they are
	decode func(dst, value []byte) []byte // appends what value stands for
}

// backslashes are Apache's and nginx's.
var backslashes = &escaping{'\\', appendUnescaped}

// variable is what a name stands for in a layout.
type variable struct {
	role role
	unit Unit
	list bool // of one value for each try: nginx separates them by ", " and " : "
	raw  bool // its writer escapes nothing, and may pad it with spaces
	wide bool // a time that may have spaces in it

	strptime string // the pattern of a time
}

// variables are the names that layouts know: nginx's own, and those of the record's keys.
// Any other name is a column that is not read.
var variables = map[string]variable{
	"remote_addr": {role: roleClientIP}, "client_ip": {role: roleClientIP}, "realip_remote_addr": {role: rolePeerIP}, "peer": {role: rolePeer},
	"timestamp": {role: roleTime, wide: true}, "time": {role: roleTime}, "time_local": {role: roleTime}, "time_iso8601": {role: roleTime}, "msec": {role: roleTime},
	"date": {role: roleDate}, "clock": {role: roleClock},
	"request": {role: roleRequest}, "request_method": {role: roleMethod}, "method": {role: roleMethod},
	"request_uri": {role: rolePath}, "uri": {role: rolePath}, "path": {role: rolePath}, "route": {role: roleRoute},
	"status": {role: roleStatus}, "origin_status": {role: roleOrigin}, "upstream_status": {role: roleUpstream, list: true},
	"body_bytes_sent": {role: roleBytes}, "bytes_sent": {role: roleBytes}, "response_bytes": {role: roleBytes},
	"request_length": {role: roleRequestBytes}, "request_bytes": {role: roleRequestBytes},
	"request_time": {role: roleDuration, unit: Seconds},
	"duration":     {role: roleDuration, raw: true}, "duration_s": {role: roleDuration, unit: Seconds}, "duration_ms": {role: roleDuration, unit: Milliseconds},
	"duration_us": {role: roleDuration, unit: Microseconds}, "duration_ns": {role: roleDuration, unit: Nanoseconds},
	"part_s": {role: rolePart, unit: Seconds}, "part_ms": {role: rolePart, unit: Milliseconds},
	"upstream_addr": {list: true, role: roleNone}, "upstream_response_time": {list: true, role: roleNone}, "upstream_response_length": {list: true, role: roleNone},
	"upstream_connect_time": {list: true, role: roleNone}, "upstream_header_time": {list: true, role: roleNone}, "upstream_cache_status": {role: roleNone},
	"http_x_forwarded_for": {list: true, role: roleNone}, "proxy_add_x_forwarded_for": {list: true, role: roleNone},
	"host": {role: roleHost}, "http_host": {role: roleHost}, "server_name": {role: roleHost}, "scheme": {role: roleScheme},
	"server_protocol": {role: roleProto}, "proto": {role: roleProto},
	"http_referer": {role: roleReferer}, "referer": {role: roleReferer}, "http_user_agent": {role: roleUserAgent}, "user_agent": {role: roleUserAgent},
	"request_id": {role: roleRequestID}, "req_id": {role: roleRequestID}, "http_x_request_id": {role: roleRequestID}, "trace_id": {role: roleTraceID}, "span_id": {role: roleSpanID},
	"raw_request": {role: roleRequest, raw: true}, "raw_path": {role: rolePath, raw: true},
	"error": {role: roleError}, "failed_by": {role: roleFailedBy},
	"client": {role: roleAddress}, "forwarded_for": {role: roleForwarded}, "server": {role: roleServer},
	"response_flags": {role: roleFlags}, "termination_state": {role: roleTermination}, "elapsed": {role: roleElapsed, unit: Milliseconds}, "operation": {role: roleOperation},
}

// parseLayout reads a layout in nginx's notation: $name or ${name}, and the text between
// them as it stands, but for two spaces, which are one or more. Where a line may end early, last
// names the last column that all have.
func parseLayout(s, last string) (*layout, error) {
	l, err := parseColumns(s, last)
	if err != nil {
		return nil, err
	}
	return l, l.check()
}

func parseColumns(s, last string) (*layout, error) {
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
		rest = remaining
		if before == "" && l.adjoins(name) {
			continue
		}
		c, err := newColumn(name, before)
		if err != nil {
			return nil, fmt.Errorf("character %d: %w", len(s)-len(after), err)
		}
		c.quoted = !c.raw && strings.HasSuffix(before, `"`) && strings.HasPrefix(remaining, `"`)
		if n := len(l.columns); n > 0 {
			if before == "" && c.role != rolePath {
				return nil, fmt.Errorf("character %d: $%s stands right behind another variable, and nothing tells where one ends; part them in the server's configuration", len(s)-len(after), name)
			}
			l.columns[n-1].endAt(c.before, name)
		}
		if c.quoted {
			c.escape = backslashes
		}
		l.columns = append(l.columns, c)
		if name == last {
			l.required = len(l.columns)
		}
		before = ""
	}
	l.tail = before
	if n := len(l.columns); n > 0 {
		l.columns[n-1].endAt(before, "")
	}
	l.tidy()
	if l.required == 0 {
		l.required = len(l.columns)
	}
	return l, nil
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

// escaped is l, in which quoted values have their escapes: nil where a server writes quotes
// as they are.
func (l *layout) escaped(e *escaping) *layout {
	for i := range l.columns {
		if l.columns[i].quoted {
			l.columns[i].escape = e
		}
	}
	return l
}

// orDashes is l, in which quoted values that are unknown may lack their quotes.
func (l *layout) orDashes() *layout {
	for i := range l.columns {
		if l.columns[i].quoted {
			l.columns[i].dashed = true
			l.columns[i-1].dashed = true
		}
	}
	return l
}

// toldByStatus is l, whose lines are told from others by a request or a status, as the others begin like
// them.
func (l *layout) toldByStatus() *layout {
	l.late = true
	return l
}

// learnLayout is the learn function of a format whose lines have one of these layouts: the
// first of those that explain most. Where most lines seem cut off, they are of another.
func learnLayout(layouts ...*layout) func([][]byte, *Options) (dialect, bool) {
	return func(sample [][]byte, o *Options) (dialect, bool) {
		var best trial
		var d dialect
		for _, l := range layouts {
			t := l.try(sample, o)
			if t.matched > 0 && t.cut*2 <= t.matched && t.beats(best) {
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
		if c.unit != "" && c.role != roleNone {
			t.dialect.unit = c.unit
		}
	}
	if p.when.zoneless {
		t.dialect.tz = o.zone().String()
	}
	return t
}

func (l *layout) parser(o *Options) *layoutParser {
	p := &layoutParser{layout: l, fields: fields{when: timeReader{local: o.zone()}}}
	for _, c := range l.columns {
		if c.role == roleTime {
			p.when.pattern = newStrptime(c.strptime)
		}
	}
	return p
}

// layoutParser reads lines of a layout.
type layoutParser struct {
	*layout
	fields
	anchored bool // a time, a request or a status was read: the line is of this layout
}

func (p *layoutParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	r := p.reset()
	p.anchored = false
	if err := p.read(line); err != nil {
		if err.Kind == Truncated && r.Status.Known && (p.request || !r.Time.IsZero()) {
			p.origin.named = false // what is missing may tell better who failed
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
	pos, bare := 0, false
	for i := range p.columns {
		c := &p.columns[i]
		if i >= p.required && string(line[pos:]) == closing(c.before) {
			return nil
		}
		before := c.before
		if bare {
			before = before[1:]
		}
		if bare = c.bare(before, line[pos:]); bare {
			pos += len(before) // with the dash instead of the quote
			if err := p.column(c, line[pos-1:pos], pos-1); err != nil {
				return err
			}
			continue
		}
		switch rest := line[pos:]; {
		case bytes.HasPrefix(rest, []byte(before)):
			pos += len(before)
		case strings.HasPrefix(before, share(rest)):
			return p.cut(line)
		default:
			return p.mismatch(pos, before)
		}
		for c.padded && pos < len(line) && line[pos] == ' ' {
			pos++
		}
		n := c.end(line[pos:])
		switch {
		case pos == len(line) && i < p.required:
			return p.cut(line)
		case n < 0 && (c.quoted || i+1 != p.required || i+1 == len(p.columns)):
			if c.role == roleRequest {
				p.setCutRequest(p.value(c, line[pos:]))
			}
			return p.cut(line)
		case n < 0: // the columns behind it are not there
			return p.column(c, bytes.TrimRight(line[pos:], c.until), pos)
		}
		if err := p.column(c, line[pos:pos+n], pos); err != nil {
			if pos+n == len(line) {
				return p.cut(line)
			}
			return err
		}
		pos += n
	}
	tail := p.tail
	if bare {
		tail = tail[1:]
	}
	// What stands behind the tail was added by somebody, and is not read.
	if rest := line[pos:]; !bytes.HasPrefix(rest, []byte(tail)) {
		if strings.HasPrefix(tail, share(rest)) {
			return p.cut(line)
		}
		return p.mismatch(pos, tail)
	}
	return nil
}

// bare reports whether b begins with a dash without quotes where a quoted value should be.
func (c *column) bare(before string, b []byte) bool {
	n := len(before)
	return c.quoted && c.dashed && len(b) >= n && b[n-1] == '-' && string(b[:n-1]) == before[:n-1]
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
	if c.role == roleStatus && s == "-1" {
		s = "0" // HAProxy's for nothing
	}
	p.set(c.role, s)
	switch c.role {
	case roleTime, roleDate, roleClock:
		half := c.role != roleTime && (p.date == "") != (p.clock == "")
		if p.rec.Time.IsZero() && !half && (s != "" || c.role != roleTime) {
			return p.mismatch(pos, "a time")
		}
		if c.role == roleClock && s != "" && !isClock(s) {
			return p.mismatch(pos, "a time of the day")
		}
		p.anchored = p.anchored || !p.late && (!p.rec.Time.IsZero() || c.role == roleClock && s != "")
	case roleClientIP, roleAddress:
		if !c.quoted && strings.Contains(s, " ") { // it would hide the words of a wrapper
			return p.mismatch(pos, "an address")
		}
	case roleDuration:
		if c.raw && s != "" && s[0]-'0' > 9 && s[0] != '-' {
			return p.mismatch(pos, "a duration")
		}
	case roleBytes, roleRequestBytes:
		if !c.quoted && strings.Contains(s, " ") { // nor would another layout's columns be one of these
			return p.mismatch(pos, "a size")
		}
	case roleRequest:
		p.anchored = p.anchored || p.rec.Proto != ""
	case rolePart:
		if s != "" && s[len(s)-1]-'0' > 9 { // so that words between dashes are no balancer's line
			return p.mismatch(pos, "a time in seconds")
		}
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
	if n := len(b); !c.quoted && n > 0 && (b[0] <= ' ' || b[n-1] <= ' ') {
		b = bytes.Trim(b, " \t")
	}
	if c.csv {
		b = p.undoubled(c, b)
	} else if c.escape != nil && bytes.IndexByte(b, c.escape.mark) >= 0 {
		begin := len(p.buf)
		p.buf = c.escape.decode(p.buf, b)
		b = p.buf[begin:]
	}
	if len(b) == 1 && b[0] == '-' {
		return ""
	}
	return share(b)
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
	if c.csv && !c.quoted && len(b) > 0 && b[0] == '"' {
		if n := endOfQuoted(b[1:]) + 2; n > 1 && (n == len(b) || bytes.HasPrefix(b[n:], []byte(c.until))) {
			return n
		}
	}
	switch {
	case c.raw:
		return c.endOfRaw(b)
	case c.until == "" && c.extra != 0:
		return c.endOfLast(b)
	case c.until == "":
		switch c.role {
		case roleNone, roleError, roleRequest, roleUserAgent: // which may have spaces
			return len(b)
		}
		if i := bytes.IndexByte(b, ' '); i >= 0 {
			return i // more columns than the layout has
		}
		return len(b)
	case c.quoted && c.csv:
		return endOfQuoted(b)
	case c.quoted && c.escape == backslashes:
		for i := 0; ; i++ {
			n := bytes.IndexByte(b[i:], '"')
			if n < 0 {
				return -1
			}
			if i += n; evenBackslashes(b[:i]) {
				return i
			}
		}
	case c.list:
		return endOfList(b, c.until)
	case c.skip > 0:
		return behind(b, c.until, c.skip)
	case c.wide && c.until == " ":
		return endOfTime(b)
	case c.digit:
		return beforeDigit(b, c.until)
	case len(c.until) == 1:
		return bytes.IndexByte(b, c.until[0])
	}
	if c.dashed && strings.HasSuffix(c.until, `"`) {
		return endBeforeQuote(b, c.until[:len(c.until)-1])
	}
	n := bytes.Index(b, []byte(c.until))
	if end := closing(c.until); n < 0 && end != "" && bytes.HasSuffix(b, []byte(end)) {
		return len(b) - len(end) // and of the line, maybe
	}
	return n
}

// closing is what of the text between two columns belongs to the first: the quote of `" "`.
func closing(between string) string {
	return between[:max(0, strings.IndexByte(between, ' '))]
}

// endBeforeQuote finds until where a quote stands behind it, or a dash instead of a quoted
// value.
func endBeforeQuote(b []byte, until string) int {
	for i := 0; ; i++ {
		n := bytes.Index(b[i:], []byte(until))
		switch end := closing(until + `"`); {
		case n >= 0:
		case end != "" && bytes.HasSuffix(b, []byte(end)):
			return len(b) - len(end)
		default:
			return -1
		}
		i += n
		if rest := b[i+len(until):]; len(rest) > 0 && (rest[0] == '"' || rest[0] == '-' && (len(rest) == 1 || rest[1] == ' ')) {
			return i
		}
	}
}

// endOfRaw finds the end of a value in which quotes and backslashes mean nothing. Without a
// text behind it, it is the rest of the line, as paths that were decoded may hold spaces.
func (c *column) endOfRaw(b []byte) int {
	until := c.until
	if until == "" && c.role == roleDuration {
		until = " "
	} else if until == "" {
		return len(b)
	}
	padding := len(b) - len(bytes.TrimLeft(b, " "))
	n := bytes.Index(b[padding:], []byte(until))
	switch {
	case n >= 0:
		return padding + n
	case c.until == "":
		return len(b)
	}
	return -1
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

// beforeDigit finds until with a digit behind it, or at the end of a line that was cut.
func beforeDigit(b []byte, until string) int {
	for i := 0; ; i++ {
		n := bytes.Index(b[i:], []byte(until))
		if n < 0 {
			return -1
		}
		i += n
		if next := i + len(until); next == len(b) || b[next]-'0' <= 9 {
			return i
		}
	}
}
