package format

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// maxExtra is how many columns behind those of a format are looked at.
const maxExtra = 16

// extras are columns behind those of the format, from 1 on; 0 is none.
type extras struct {
	duration int
	upstream int // nginx's $upstream_status, under a name
}

// read reads them from tail, which is what stands behind the format.
func (e extras) read(r *accesslog.Record, tail []byte) {
	if e.duration > 0 {
		r.Duration = requestTime(tail, e.duration)
	}
	if e.upstream > 0 && r.Status.Value >= 500 {
		if status, ok := upstreamOf(extraColumn(tail, e.upstream)); ok {
			r.FailedBy = origin{logged: true, status: status}.failedBy(r.Status)
		}
	}
}

// learnCLF finds, in lines of the Common Log Format or the combined one, columns behind it that
// are the duration and the upstream's status. Only seconds with three decimals are the duration: so
// does nginx write $request_time. Whole numbers are left alone, as Apache has them in seconds and in
// microseconds, Tomcat in milliseconds, and both have sizes and ports there; that they are is said.
func learnCLF(vhost, agent bool) func([][]byte, *Options) (dialect, bool) {
	return func(sample [][]byte, _ *Options) (dialect, bool) {
		if vhost && !mostlyVHost(sample) {
			return dialect{}, false
		}
		p := clfParser{vhost: vhost, agent: agent}
		t := tailsOf(&p, func() []byte { return p.tail }, sample)
		e := extras{duration: t.duration() + 1, upstream: t.upstream() + 1}
		d := dialect{open: func() Parser { return &clfParser{vhost: vhost, agent: agent, extras: e} }}
		var why []string
		if e.duration > 0 {
			d.unit = Seconds
			why = append(why, fmt.Sprintf("the duration is column %d behind the %s, in seconds with three decimals as nginx writes $request_time", e.duration, p.lastName()))
		} else if i := t.number(); i >= 0 {
			d.notRead = fmt.Sprintf("column %d behind the %s, such as %s, may be a duration, and is not read; if it is one, say so with %s", i+1, p.lastName(), t[i].sample, p.naming(&t, i))
		}
		if e.upstream > 0 {
			why = append(why, fmt.Sprintf("the upstream's status is column %d", e.upstream))
		}
		d.why = strings.Join(why, ", and ")
		return d, true
	}
}

func mostlyVHost(sample [][]byte) bool {
	with, all := 0, 0
	for _, line := range sample {
		l := clfLine{b: line}
		if _, begin := l.opening(); begin < 0 {
			continue
		}
		if all++; isVHost(line) {
			with++
		}
	}
	return with*2 > all
}

func (p *clfParser) lastName() string {
	if p.agent {
		return "user agent"
	}
	return "size"
}

// naming is the flag that says that column i is the duration.
func (p *clfParser) naming(all *tails, i int) string {
	s, wider := commonLogFormat, ""
	if p.agent {
		s += ` "%{Referer}i" "%{User-Agent}i"`
	}
	if p.vhost {
		s = "%v:%p " + s
	}
	for _, t := range all[:i] {
		if t.quoted {
			s += ` "%{other}n"`
		} else {
			s += ` %{other}n`
		}
	}
	name := "%D"
	switch {
	case strings.Contains(all[i].sample, "."):
		name = "%T"
	default:
		wider = ", or %{ms}T or %T in place of %D, for milliseconds or seconds"
	}
	if all[i].quoted {
		name = `"` + name + `"`
	}
	return "--log-format '" + s + " " + name + "'" + wider
}

// extraColumn is column n, from 1 on, of b.
func extraColumn(b []byte, n int) (word []byte) {
	for range n {
		word, b = nextExtra(b)
	}
	return word
}

// requestTime reads column n, from 1 on, of b.
func requestTime(b []byte, n int) accesslog.Opt[time.Duration] { return timeOf(extraColumn(b, n)) }

func timeOf(word []byte) accesslog.Opt[time.Duration] {
	word = bytes.Trim(word, `"`)
	word = bytes.TrimPrefix(bytes.TrimPrefix(word, []byte("rt=")), []byte("request_time="))
	seconds, decimals, _ := bytes.Cut(word, []byte("."))
	if len(seconds) == 0 || len(seconds) > 9 || len(decimals) != 3 {
		return accesslog.Opt[time.Duration]{}
	}
	millis := int64(0)
	for _, digits := range [2][]byte{seconds, decimals} {
		for _, c := range digits {
			if c-'0' > 9 {
				return accesslog.Opt[time.Duration]{}
			}
			millis = millis*10 + int64(c-'0')
		}
	}
	return accesslog.Some(time.Duration(millis) * time.Millisecond)
}

// upstreamOf reads nginx's $upstream_status where it stands under a name: us="502, 200". It is
// unknown where no upstream was asked.
func upstreamOf(word []byte) (status accesslog.Opt[int], ok bool) {
	s := share(bytes.Trim(word, `"`))
	name, value, _ := strings.Cut(s, "=")
	if name != "us" && name != "upstream_status" {
		return status, false
	}
	value = lastOf(strings.Trim(value, `"`))
	if value == "-" || value == "" {
		return status, true
	}
	status, bad := statusOf(value)
	return status, !bad && status.Value != 0
}

// nextExtra takes a column off: a list of tries is one, and so is what stands in quotes.
func nextExtra(b []byte) (word, rest []byte) {
	b = bytes.TrimLeft(b, " ")
	if len(b) > 0 && b[0] == '"' {
		c := column{until: `"`, quoted: true}
		if n := c.end(b[1:]); n >= 0 {
			return b[:n+2], b[n+2:]
		}
		return b, nil
	}
	n := endOfList(b, " ")
	if n < 0 {
		return b, nil
	}
	return b[:n], b[n:]
}

const anotherRequest = "a second request begins on the line, as where a write was torn; only the first is read"

// tornAt is where in behind, which is what follows the request, there is a second one; -1 is
// nowhere. tail is the part of it behind the format, where most lines that are whole have nothing.
func tornAt(behind, tail []byte) int {
	if len(tail) == 0 || tail[0] == ' ' && bytes.IndexByte(tail, '[') < 0 { // Fast path.
		return -1
	}
	const stamp = "[17/May/2015:10:05:03 +0000"
	var r accesslog.Record
	for at := 0; ; at += 3 {
		n := bytes.Index(behind[at:], []byte(`] "`))
		if n < 0 {
			return -1
		}
		at += n
		if at < len(stamp) || behind[at-len(stamp)] != '[' {
			continue
		}
		_, dated := parseCLF(share(behind[at-len(stamp)+1 : at]))
		l := clfLine{b: behind, pos: at + 1}
		if _, _, err := l.quoted("the request"); dated && err == nil && l.status(&r) == nil {
			return at - len(stamp)
		}
	}
}
