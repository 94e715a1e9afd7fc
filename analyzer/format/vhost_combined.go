package format

import (
	"bytes"
	"net/netip"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var vhostCombined = &Format{
	Name:      "vhost_combined",
	Title:     "Apache httpd's combined format behind the name of the virtual host",
	Example:   `www.example.com:443 203.0.113.7 - - [06/Sep/2026:05:58:05 +0900] "GET /u/42?x=1 HTTP/1.1" 502 157 "-" "curl/8.5.0"`,
	LogFormat: `%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"`,
	Clock:     ClockStart,
	learn:     learnCLF(true, true),
}

// vhost reads the host that was asked.
func (l *clfLine) vhost() string {
	n := max(bytes.IndexByte(l.b, ' '), 0)
	l.pos = n + 1
	if l.pos > len(l.b) {
		l.pos = len(l.b)
	}
	if n == 1 && l.b[0] == '-' {
		return ""
	}
	return share(l.b[:n])
}

// isVHost reports whether line begins with a virtual host and not with the client, whose
// user may have a name of several words: a host has a port, or a client's address behind it.
func isVHost(line []byte) bool {
	first, rest, _ := bytes.Cut(line, []byte(" "))
	second, _, _ := bytes.Cut(rest, []byte(" "))
	if _, dated := accesslog.ParseTime(string(first)); dated || bytes.IndexByte(first, '/') >= 0 {
		return false // what a wrapper wrote: a time, or the name of a pod
	}
	if _, err := netip.ParseAddr(string(second)); err == nil {
		return true
	}
	l := clfLine{b: line}
	l.vhost()
	if _, begin := l.opening(); begin < 0 {
		return false
	}
	colon := bytes.LastIndexByte(first, ':')
	_, err := netip.ParseAddr(withoutPort(string(first)))
	return err != nil && colon > 0 && colon+1 < len(first) && len(bytes.Trim(first[colon+1:], "0123456789")) == 0
}
