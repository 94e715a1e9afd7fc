package format

import (
	"bytes"
	"fmt"
	"slices"
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
	ahead            // what is known of it before any line is
}

// ahead is for plainEnd.
type ahead struct {
	plain bool // most values end with the first until
	sure  bool // and all others too
	rare  int  // where in until the byte is that values are least likely to have
	stop  byte // that byte
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
	p := &layoutParser{layout: l.ready(), fields: fields{when: timeReader{local: o.zone()}}}
	for _, c := range l.columns {
		if c.role == roleTime {
			p.when.pattern = newStrptime(c.strptime)
		}
	}
	return p
}

// ready is l for parsers: whatever can be known before a line is.
func (l *layout) ready() *layout {
	ready := *l
	ready.columns = slices.Clone(l.columns)
	for i := range ready.columns {
		ready.columns[i].prepare()
	}
	return &ready
}

// layoutParser reads lines of a layout.
type layoutParser struct {
	*layout
	fields
	anchored bool   // a time, a request or a status was read: the line is of this layout
	more     []byte // what stands behind the layout
}

func (p *layoutParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	r := p.reset()
	p.anchored, p.more = false, nil
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
func (p *layoutParser) read(line []byte) (err *LineError) {
	pos, bare, found := 0, false, false
	columns := p.columns
	for i := range columns {
		c := &columns[i]
		if found { // by the search for the end of the value before it
			pos += len(c.before)
		} else if pos, bare, err = p.opening(i, line, pos, bare); err != nil {
			if err == errNoMore {
				return nil
			}
			return err
		} else if bare {
			if want := p.column(c, line[pos-1:pos]); want != "" {
				return p.mismatch(pos-1, want)
			}
			continue
		}
		for c.padded && pos < len(line) && line[pos] == ' ' {
			pos++
		}
		rest, n := line[pos:], -1
		if c.plain { // Fast path.
			n = c.plainEnd(rest)
		}
		if found = n >= 0; !found {
			if n = c.end(rest); n < 0 || len(rest) == 0 && i < p.required {
				return p.unended(i, line, pos)
			}
		}
		if c.role != roleNone {
			if want := p.column(c, rest[:n]); want != "" && n == len(rest) {
				return p.cut(line)
			} else if want != "" {
				return p.mismatch(pos, want)
			}
		}
		pos += n
	}
	return p.ending(line, pos, bare)
}

// errNoMore is where a line ends without the columns that it does not need.
var errNoMore = &LineError{}

// opening passes over the text before column i. The quote that it begins with is missing where the
// value before it was bare. Where that of the column is bare too, its dash stands for the quote that
// the text would end with.
func (p *layoutParser) opening(i int, line []byte, pos int, bare bool) (behind int, dash bool, err *LineError) {
	c, rest := &p.columns[i], share(line[pos:])
	before := c.before
	if i >= p.required && rest == closing(before) {
		return pos, false, errNoMore
	}
	if bare {
		before = before[1:]
	}
	switch {
	case c.bare(before, rest):
		return pos + len(before), true, nil
	case strings.HasPrefix(rest, before):
		return pos + len(before), false, nil
	case strings.HasPrefix(before, rest):
		return pos, false, p.cut(line)
	}
	return pos, false, p.mismatch(pos, before)
}

// unended reads column i of a line that ends within it, or before.
func (p *layoutParser) unended(i int, line []byte, pos int) *LineError {
	c, rest := &p.columns[i], line[pos:]
	switch {
	case len(rest) == 0 && i < p.required:
		return p.cut(line)
	case c.quoted || i+1 != p.required || i+1 == len(p.columns):
		if c.role == roleRequest {
			p.setCutRequest(p.value(c, rest))
		}
		return p.cut(line)
	}
	if want := p.column(c, bytes.TrimRight(rest, c.until)); want != "" {
		return p.mismatch(pos, want)
	}
	return nil // the columns behind it are not there
}

// ending passes over the text behind the last column. What stands behind that was added by
// somebody, and is not read.
func (p *layoutParser) ending(line []byte, pos int, bare bool) *LineError {
	tail, rest := p.tail, share(line[pos:])
	if bare {
		tail = tail[1:]
	}
	switch {
	case strings.HasPrefix(rest, tail):
		if p.more = line[pos+len(tail):]; len(p.more) == 0 { // Fast path.
			return nil
		}
		last := bytes.LastIndexByte(line[:pos], '"') + 1 // the value that the second request may have cut
		if at := tornAt(line[last:], p.more); at >= 0 {
			return &LineError{Kind: Truncated, Offset: last + at, Msg: anotherRequest}
		}
		return nil
	case strings.HasPrefix(tail, rest):
		return p.cut(line)
	}
	return p.mismatch(pos, tail)
}

// bare reports whether s begins with a dash without quotes where a quoted value should be.
func (c *column) bare(before, s string) bool {
	n := len(before)
	return c.dashed && c.quoted && len(s) >= n && s[n-1] == '-' && s[:n-1] == before[:n-1]
}

// column reads one value. Where it can be none of the column, it tells what should be there.
func (p *layoutParser) column(c *column, value []byte) (want string) {
	if c.role == roleNone {
		return ""
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
			return "a time"
		}
		if c.role == roleClock && s != "" && !isClock(s) {
			return "a time of the day"
		}
		p.anchored = p.anchored || !p.late && (!p.rec.Time.IsZero() || c.role == roleClock && s != "")
	case roleClientIP, roleAddress:
		if !c.quoted && strings.Contains(s, " ") { // it would hide the words of a wrapper
			return "an address"
		}
	case roleDuration:
		if c.raw && s != "" && s[0]-'0' > 9 && s[0] != '-' {
			return "a duration"
		}
	case roleBytes, roleRequestBytes:
		if !c.quoted && strings.Contains(s, " ") { // nor would another layout's columns be one of these
			return "a size"
		}
	case roleRequest:
		p.anchored = p.anchored || p.rec.Proto != ""
	case rolePart:
		if s != "" && s[len(s)-1]-'0' > 9 { // so that words between dashes are no balancer's line
			return "a time in seconds"
		}
	case roleStatus:
		if p.badStatus {
			return "a status"
		}
		p.anchored = true
	}
	return ""
}

// value is the text of a column, "" where it is unknown.
func (p *layoutParser) value(c *column, b []byte) string {
	if n := len(b); !c.quoted && n > 0 && (b[0] <= ' ' || b[n-1] <= ' ') {
		b = trimmed(b)
	}
	if c.csv {
		b = p.undoubled(c, b)
	} else if c.escape != nil && indexByte(b, c.escape.mark) >= 0 {
		begin := len(p.buf)
		p.buf = c.escape.decode(p.buf, b)
		b = p.buf[begin:]
	}
	if len(b) == 1 && b[0] == '-' {
		return ""
	}
	return share(b)
}

// trimmed is b without the spaces and tabs around it.
func trimmed(b []byte) []byte {
	begin, end := 0, len(b)
	for begin < end && (b[begin] == ' ' || b[begin] == '\t') {
		begin++
	}
	for end > begin && (b[end-1] == ' ' || b[end-1] == '\t') {
		end--
	}
	return b[begin:end]
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
