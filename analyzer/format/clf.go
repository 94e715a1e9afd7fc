package format

import (
	"bytes"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var combined = &Format{
	Name:      "combined",
	Title:     "the combined log format of Apache httpd and nginx",
	Example:   `203.0.113.7 - - [06/Sep/2026:05:58:05 +0900] "GET /u/42?x=1 HTTP/1.1" 502 157 "-" "curl/8.5.0"`,
	LogFormat: `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`,
	Clock:     ClockCompletion,
	learn:     learnCombined(false),
}

var common = &Format{
	Name:      "common",
	Title:     "the Common Log Format of Apache httpd and many others",
	Example:   `203.0.113.7 - ann [06/Sep/2026:05:58:05 +0900] "GET /u/42 HTTP/1.1" 200 157`,
	LogFormat: `%h %l %u %t "%r" %>s %b`,
	Clock:     ClockStart,
	learn:     fixed("", func() Parser { return &clfParser{} }),
}

// clfParser reads the Common Log Format and, where agent is set, the referer and the
// user agent behind it. Of what follows those, it reads what learnCombined found.
type clfParser struct {
	vhost bool // the host that was asked stands before all
	agent bool
	extra int    // which of the columns behind the agent has the duration, from 1 on; 0 is none
	tail  []byte // what stands behind the agent
	rec   accesslog.Record
	buf   []byte // values whose escapes were decoded
	when  clfClock
}

// clfLine walks over one line.
type clfLine struct {
	b   []byte
	pos int
}

var errNotCLF = &LineError{Kind: Other, Msg: "it does not begin with a host, two names and a time in brackets"}

func (p *clfParser) Parse(line []byte, emit func(*accesslog.Record)) error {
	if p.rec.Reset(); p.usual(line, &p.rec) {
		emit(&p.rec)
		return nil
	}
	return p.any(line, emit)
}

// any reads any line.
func (p *clfParser) any(line []byte, emit func(*accesslog.Record)) error {
	r := &p.rec
	r.Reset()
	p.buf = p.buf[:0]
	l := clfLine{b: line}

	if p.vhost {
		r.Host = l.vhost()
	}
	host, begin := l.opening()
	if begin < 0 {
		return errNotCLF
	}
	if l.pos = begin + len("17/May/2015:10:05:03 +0000]"); l.pos > len(line) {
		return l.cut("the time")
	}
	var ok bool
	if r.Time, ok = p.when.parse(share(line[begin : l.pos-1])); !ok || line[l.pos-1] != ']' {
		return &LineError{Kind: Malformed, Offset: begin, Msg: "want a time like 17/May/2015:10:05:03 +0000 in brackets"}
	}
	if host != "-" {
		r.ClientIP = host
	}
	request, escaped, err := l.quoted("the request")
	if err != nil {
		return err
	}
	p.request(r, request, escaped)
	if err := l.status(r); err != nil {
		return err
	}
	err = p.rest(r, &l)
	if e, ok := err.(*LineError); ok && e.Kind == Malformed {
		return err
	}
	emit(r)
	return err
}

// rest reads what stands behind the status: the size, the referer and the user agent.
func (p *clfParser) rest(r *accesslog.Record, l *clfLine) error {
	if err := l.size(r); err != nil || !p.agent {
		return err
	}
	if l.pos == len(l.b) {
		r.ResponseBytes = accesslog.Opt[int64]{} // more digits may have followed
	}
	referer, escaped, err := l.quoted("the referer")
	if err != nil {
		return err
	}
	if s := p.text(referer, escaped); s != "-" {
		r.Referer = withoutQuery(s)
	}
	agent, escaped, err := l.quoted("the user agent")
	if err != nil {
		return err
	}
	if s := p.text(agent, escaped); s != "-" {
		r.UserAgent = s
	}
	if p.tail = l.b[l.pos:]; p.extra > 0 {
		r.Duration = requestTime(p.tail, p.extra)
	}
	return nil
}

// opening reads "host ident user [" and returns the host and where the time begins,
// or -1. User names may hold spaces and brackets. The bar of
// a wrapper is no ident, or else the wrapper's name would pass for the host.
func (l *clfLine) opening() (host string, begin int) {
	space := bytes.IndexByte(l.b[l.pos:], ' ') + l.pos
	if space < l.pos+1 || space+1 == len(l.b) || l.b[space+1] == ' ' || l.b[space+1] == '|' {
		return "", -1
	}
	for i := space + 1; ; i++ {
		n := bytes.IndexByte(l.b[i:], '[')
		if n < 0 {
			return "", -1
		}
		i += n
		if l.b[i-1] != ' ' || !maybeTime(l.b[i+1:]) {
			continue
		}
		if bytes.Count(l.b[l.pos:i], []byte(" ")) < 3 {
			return "", -1
		}
		return share(l.b[l.pos:space]), i + 1
	}
}

// maybeTime tells what may be a date, if a wrong one, from a process in brackets.
func maybeTime(b []byte) bool {
	if len(b) < len("06/Sep") {
		return len(b) == 0 || b[0]-'0' <= 9
	}
	return b[0]-'0' <= 9 && (b[2] == '/' || b[4] == '-')
}

// quoted reads ` "text"` and returns the text, and whether it holds a backslash. A
// quote in the text is escaped: Apache writes \", nginx \x22.
func (l *clfLine) quoted(what string) (text []byte, escaped bool, err error) {
	if l.pos+2 > len(l.b) {
		return nil, false, l.cut(what)
	}
	if l.b[l.pos] != ' ' || l.b[l.pos+1] != '"' {
		return nil, false, &LineError{Kind: Malformed, Offset: l.pos, Msg: "want " + what + " in quotes"}
	}
	begin := l.pos + 2
	for i := begin; ; i++ {
		n := bytes.IndexByte(l.b[i:], '"')
		if n < 0 {
			l.pos = len(l.b)
			return nil, false, l.cut(what)
		}
		i += n
		if text = l.b[begin:i]; evenBackslashes(text) {
			l.pos = i + 1
			return text, bytes.IndexByte(text, '\\') >= 0, nil
		}
	}
}

// evenBackslashes reports whether text ends in an even number of backslashes, so that
// a quote behind it is none of the text.
func evenBackslashes[T string | []byte](text T) bool {
	n := len(text)
	for n > 0 && text[n-1] == '\\' {
		n--
	}
	return (len(text)-n)%2 == 0
}

func (l *clfLine) cut(what string) error {
	return &LineError{Kind: Truncated, Offset: len(l.b), Msg: "the line ends within or before " + what}
}

// status reads " 200"; nginx logs 000 where nothing was sent, and - is unknown.
func (l *clfLine) status(r *accesslog.Record) error {
	rest := l.b[l.pos:]
	switch {
	case len(rest) < 2 || len(rest) < 4 && rest[1] != '-':
		return l.cut("the status")
	case rest[0] == ' ' && rest[1] == '-':
		l.pos += 2
		return nil
	case rest[0] != ' ' || rest[1]-'0' > 9 || rest[2]-'0' > 9 || rest[3]-'0' > 9 || len(rest) > 4 && rest[4] != ' ':
		return &LineError{Kind: Malformed, Offset: l.pos, Msg: "want a status of three digits"}
	}
	r.Status = accesslog.Some(int(rest[1]-'0')*100 + int(rest[2]-'0')*10 + int(rest[3]-'0'))
	l.pos += 4
	return nil
}

// size reads " 157" or " -".
func (l *clfLine) size(r *accesslog.Record) error {
	rest := l.b[l.pos:]
	if len(rest) < 2 {
		return l.cut("the size")
	}
	if rest[0] == ' ' && rest[1] == '-' && (len(rest) == 2 || rest[2] == ' ') {
		l.pos += 2
		return nil
	}
	n, i := int64(0), 1
	for i < len(rest) && rest[i]-'0' <= 9 && i < 19 {
		n = n*10 + int64(rest[i]-'0')
		i++
	}
	if rest[0] != ' ' || i == 1 || i < len(rest) && rest[i] != ' ' {
		return &LineError{Kind: Malformed, Offset: l.pos, Msg: "want a size in bytes"}
	}
	r.ResponseBytes = accesslog.Some(n)
	l.pos += i
	return nil
}

// request splits "GET /path?query HTTP/1.1". What scanners send instead is kept out of
// method and path.
func (p *clfParser) request(r *accesslog.Record, text []byte, escaped bool) {
	first, last := bytes.IndexByte(text, ' '), bytes.LastIndexByte(text, ' ')
	if first < 1 || !isMethod(share(text[:first])) {
		return
	}
	target := text[first+1:]
	switch {
	case last > first && bytes.HasPrefix(text[last+1:], []byte("HTTP/")):
		target = text[first+1 : last]
		r.Proto = protoVersion(share(text[last+1+len("HTTP/"):]))
	case !bytes.HasPrefix(target, []byte("/")) && !bytes.Contains(target, []byte("://")):
		return // two words, but neither a version nor a path
	}
	r.Method = share(text[:first])
	setTarget(r, p.text(target, escaped))
}

// isMethod reports whether s may be a request method: RFC 9110's tchar, of which the
// ones in use are letters, - and _.
func isMethod(s string) bool {
	for i := range len(s) {
		if c := s[i]; c|0x20-'a' >= 26 && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && s != "-" && len(s) <= 32
}

// text decodes the escapes in b.
func (p *clfParser) text(b []byte, escaped bool) string {
	if !escaped {
		return share(b)
	}
	begin := len(p.buf)
	p.buf = appendUnescaped(p.buf, b)
	return share(p.buf[begin:])
}

// appendUnescaped appends b with the escapes of Apache and nginx decoded: \xHH, \", \\, \n,
// \r, \t, \v, \b; and the others of Go's quoting: \a, \f, \uHHHH, \UHHHHHHHH.
func appendUnescaped(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c != '\\' || i+1 == len(b) {
			dst = append(dst, c)
			continue
		}
		i++
		switch b[i] {
		case 'x':
			if hi, lo := hexDigit(b, i+1), hexDigit(b, i+2); hi >= 0 && lo >= 0 {
				dst = append(dst, byte(hi<<4|lo))
				i += 2
				continue
			}
			dst = append(dst, '\\', 'x')
		case 'u', 'U':
			n, r := unicodeEscape(b[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		case 'a':
			dst = append(dst, '\a')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'v':
			dst = append(dst, '\v')
		case 'b':
			dst = append(dst, '\b')
		default:
			dst = append(dst, b[i])
		}
	}
	return dst
}

// unicodeEscape reads uHHHH or UHHHHHHHH and returns the rune and the number of digits, or
// the letter and 0 where it is neither.
func unicodeEscape(b []byte) (digits int, r rune) {
	digits = 4
	if b[0] == 'U' {
		digits = 8
	}
	for i := range digits {
		d := hexDigit(b, i+1)
		if d < 0 {
			return 0, rune(b[0])
		}
		r = r<<4 | rune(d)
	}
	return digits, r
}

func hexDigit(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch c := b[i]; {
	case c-'0' <= 9:
		return int(c - '0')
	case c|0x20-'a' < 6:
		return int(c|0x20-'a') + 10
	}
	return -1
}

// share is b as a string that shares its bytes.
func share(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// clfClock parses the times of the Common Log Format, and remembers some minutes: adjacent
// lines mostly share one, or one of a few.
type clfClock struct{ minutes [10]clfMinute }

type clfMinute struct {
	text [len("17/May/2015:10:05:")]byte
	zone [len(" +0000")]byte
	base time.Time
	read bool // there is one
}

// parse reads 17/May/2015:10:05:03 +0000, which must be as long as that.
func (c *clfClock) parse(b string) (time.Time, bool) {
	m := &c.minutes[(b[16]-'0')%10]
	tens, ones := b[18]-'0', b[19]-'0'
	if m.read && b[:18] == string(m.text[:]) && b[20:] == string(m.zone[:]) && tens <= 5 && ones <= 9 { // Fast path.
		return m.base.Add(time.Duration(tens*10+ones) * time.Second), true
	}
	t, ok := parseCLF(b)
	if ok {
		copy(m.text[:], b)
		copy(m.zone[:], b[20:])
		m.base, m.read = t.Add(-time.Duration(tens*10+ones)*time.Second), true
	}
	return t, ok
}

// parseCLF reads the time as RFC 3339 has it. Unlike time.Parse that knows leap seconds,
// and does not allocate for zones of half an hour.
func parseCLF(b string) (time.Time, bool) {
	if b[2] != '/' || b[6] != '/' || b[11] != ':' || b[20] != ' ' || b[21] != '+' && b[21] != '-' {
		return time.Time{}, false
	}
	s := [len("2015-05-17T10:05:03+0000")]byte{4: '-', 10: 'T'}
	appendMonth(s[:5], b[3:6]) // in place
	s[7] = '-'
	copy(s[:4], b[7:11])
	copy(s[8:10], b[:2])
	copy(s[11:19], b[12:20])
	copy(s[19:], b[21:])
	return accesslog.ParseTime(share(s[:]))
}
