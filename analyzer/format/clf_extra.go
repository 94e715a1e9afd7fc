package format

import (
	"bytes"
	"fmt"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// maxExtra is how many columns behind the user agent are looked at.
const maxExtra = 16

// learnCombined finds, in lines of the combined format, a column behind the user agent that
// is the duration. Only seconds with three decimals are: so does nginx write $request_time.
// Whole numbers are left alone, as Apache has them in seconds and in microseconds.
func learnCombined(vhost bool) func([][]byte, *Options) (dialect, bool) {
	return func(sample [][]byte, _ *Options) (dialect, bool) {
		if vhost && !mostlyVHost(sample) {
			return dialect{}, false
		}
		extra := extraTime(sample, vhost)
		d := dialect{open: func() Parser { return &clfParser{vhost: vhost, agent: true, extra: extra} }}
		if extra > 0 {
			d.unit = Seconds
			d.why = fmt.Sprintf("the duration is column %d behind the user agent, in seconds with three decimals as nginx writes $request_time", extra)
		}
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

// extraTime is the column that holds a time in every line: where several do, such as those
// of the servers behind the proxy, the one that is longest, which comprises the others.
func extraTime(sample [][]byte, vhost bool) int {
	var times [maxExtra]int
	var sums [maxExtra]time.Duration
	p := &clfParser{vhost: vhost, agent: true}
	lines := 0
	for _, line := range sample {
		if p.Parse(line, func(*accesslog.Record) {}) != nil {
			continue
		}
		lines++
		for i := range maxExtra {
			if d := requestTime(p.tail, i+1); d.Known {
				times[i]++
				sums[i] += d.Value
			}
		}
	}
	best := -1
	for i, n := range times {
		if lines > 0 && n == lines && (best < 0 || sums[i] > sums[best]) {
			best = i
		}
	}
	return best + 1
}

// requestTime reads column n, from 1 on, of b.
func requestTime(b []byte, n int) accesslog.Opt[time.Duration] {
	var word []byte
	for range n {
		word, b = nextExtra(b)
	}
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
