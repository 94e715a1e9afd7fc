package format

import (
	"bytes"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// usual is the fast path of Parse. It reads the lines that nearly all are: a client, two
// dashes, a time, a request for a path, and no escapes. Of any other it reports false, and
// Parse reads it from its start. FuzzCLFUsual holds the two equal.
func (p *clfParser) usual(line []byte, r *accesslog.Record) bool {
	const dashes, stamp = " - - [", "17/May/2015:10:05:03 +0000"
	if bytes.IndexByte(line, '\\') >= 0 {
		return false
	}
	if p.vhost {
		n := bytes.IndexByte(line, ' ')
		if n < 1 || line[0] == '-' {
			return false
		}
		r.Host, line = share(line[:n]), line[n+1:]
	}
	host := bytes.IndexByte(line, ' ')
	begin := host + len(dashes)
	pos := begin + len(stamp)
	if host < 1 || line[0] == '-' || pos+len(`] "`) > len(line) || string(line[host:begin]) != dashes ||
		string(line[pos:pos+3]) != `] "` {
		return false
	}
	var ok bool
	if r.Time, ok = p.when.parse(share(line[begin:pos])); !ok {
		return false
	}
	r.ClientIP = share(line[:host])

	request := line[pos+3:]
	n := bytes.IndexByte(request, '"')
	if n < 0 || !usualRequest(request[:n], r) {
		return false
	}
	rest := request[n+1:] // of the line
	if n = usualNumbers(rest, r); n < 0 {
		return false
	}
	rest = rest[n:]
	if !p.agent {
		return true
	}
	referer, rest, ok := usualQuoted(rest)
	if !ok {
		return false
	}
	agent, rest, ok := usualQuoted(rest)
	if !ok {
		return false
	}
	if referer != "-" {
		r.Referer = withoutQuery(referer)
	}
	if agent != "-" {
		r.UserAgent = agent
	}
	if p.tail = rest; p.extra > 0 {
		r.Duration = requestTime(rest, p.extra)
	}
	return true
}

// usualRequest reads "GET /path?query HTTP/1.1".
func usualRequest(text []byte, r *accesslog.Record) bool {
	const proto = " HTTP/1.1"
	method := bytes.IndexByte(text, ' ')
	end := len(text) - len(proto)
	if method < 1 || end <= method+1 || text[method+1] != '/' || string(text[end:end+len(" HTTP/")]) != " HTTP/" || !isMethod(share(text[:method])) {
		return false
	}
	version := text[end+len(" HTTP/"):]
	if bytes.IndexByte(version, ' ') >= 0 {
		return false
	}
	r.Method = share(text[:method])
	r.Proto = protoVersion(share(version))
	r.Path = withoutQuery(share(text[method+1 : end]))
	return true
}

// usualNumbers reads ` 200 157` and returns the length, or -1 where it is not so.
func usualNumbers(b []byte, r *accesslog.Record) int {
	if len(b) < len(" 200 1") || b[0] != ' ' || b[4] != ' ' || b[1]-'0' > 9 || b[2]-'0' > 9 || b[3]-'0' > 9 {
		return -1
	}
	size, i := int64(0), len(" 200 ")
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		size = size*10 + int64(b[i]-'0')
	}
	if digits := i - len(" 200 "); digits < 1 || digits > 18 || i < len(b) && b[i] != ' ' {
		return -1
	}
	r.Status = accesslog.Some(int(b[1]-'0')*100 + int(b[2]-'0')*10 + int(b[3]-'0'))
	r.ResponseBytes = accesslog.Some(size)
	return i
}

// usualQuoted takes ` "text"` off b.
func usualQuoted(b []byte) (text string, rest []byte, ok bool) {
	if len(b) < 3 || b[0] != ' ' || b[1] != '"' {
		return "", nil, false
	}
	n := bytes.IndexByte(b[2:], '"')
	if n < 0 {
		return "", nil, false
	}
	return share(b[2 : 2+n]), b[n+3:], true
}
