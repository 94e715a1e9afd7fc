package format

import (
	"bytes"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// peelOctetCount takes "83 " off "83 <40>1 …", which counts the bytes behind it: so RFC 6587 frames
// syslog on TCP, and Heroku its drains on HTTPS. A count that is wrong, as of lines that somebody
// edited, matters only where another frame begins there.
func peelOctetCount(w *wrapping, line []byte) ([]byte, bool) {
	size, begin := octetCount(line)
	if begin == 0 {
		return nil, false
	}
	frame := line[begin:]
	if size < len(frame) {
		if _, n := octetCount(frame[size:]); n > 0 {
			frame, w.rest = frame[:size], frame[size:]
		}
	}
	return frame, true
}

// octetCount is the number at the start of b, and where what it counts begins: 0 if that is no
// syslog.
func octetCount(b []byte) (size, begin int) {
	i := 0
	for ; i < len(b) && i < 7 && b[i]-'0' <= 9; i++ {
		size = size*10 + int(b[i]-'0')
	}
	if size == 0 || b[0] == '0' || i == len(b) || b[i] != ' ' {
		return 0, 0
	}
	if _, ok := cutPriority(b[i+1:]); !ok {
		return 0, 0
	}
	return size, i + 1
}

// peelSyslog takes "<165>1 2026-09-06T05:58:05Z host app pid msgid [data] " off, as RFC 5424
// has it.
func peelSyslog(w *wrapping, line []byte) ([]byte, bool) {
	rest, ok := cutPriority(line)
	if !ok || !bytes.HasPrefix(rest, []byte("1 ")) {
		return nil, false
	}
	stamp, rest := cutWord(rest[2:])
	if isTimestamp(stamp) {
		w.time = share(stamp)
	} else if string(stamp) != "-" {
		return nil, false
	}
	var words [4][]byte // host, application, process and kind of message
	for i := range words {
		if words[i], rest = cutWord(rest); len(words[i]) == 0 {
			return nil, false
		}
	}
	if isLogplex(words[0]) && string(words[3]) == "-" {
		return rest, true
	}
	n := structuredData(rest)
	if n < 0 || n < len(rest) && rest[n] != ' ' {
		return nil, false
	}
	rest = rest[n:]
	return bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte(" ")), []byte("\ufeff")), true
}

// isLogplex recognises Heroku by what it has for the host: this word on HTTPS, the drain's token in
// syslog. It leaves the structured data out.
func isLogplex(host []byte) bool {
	const token = "d.9173ea1f-6f14-4976-9cf0-7cd0dafdcdbc"
	return string(host) == "host" || len(host) == len(token) && bytes.HasPrefix(host, []byte("d."))
}

// structuredData is the length of - or [id name="value"]… at the start of b, -1 where there
// is none. In a value, \ stands before ", \ and ].
func structuredData(b []byte) int {
	if bytes.HasPrefix(b, []byte("-")) {
		return 1
	}
	i := 0
	for i < len(b) && b[i] == '[' {
		for quoted := false; ; i++ {
			if i == len(b) {
				return -1
			}
			if b[i] == '\\' && quoted {
				i = min(i+1, len(b)-1)
			} else if b[i] == '"' {
				quoted = !quoted
			} else if b[i] == ']' && !quoted {
				i++
				break
			}
		}
	}
	if i == 0 {
		return -1
	}
	return i
}

// peelBSDSyslog takes "Sep  6 05:58:05 host tag[pid]: " off, with or without a <priority>
// before it, as RFC 3164, rsyslog and journalctl have it. Some leave the host out; some write
// the time as RFC 3339.
func peelBSDSyslog(w *wrapping, line []byte) ([]byte, bool) {
	rest, _ := cutPriority(line)
	n := bsdTime(share(rest))
	if n == 0 {
		n = bytes.IndexByte(rest, ' ')
		if n < 0 || !isTimestamp(rest[:n]) {
			return nil, false
		}
	}
	if n >= len(rest) || rest[n] != ' ' {
		return nil, false
	}
	stamp := rest[:n]
	tag, rest := cutTag(rest[n+1:])
	if len(tag) == 0 || tag[len(tag)-1] != ':' {
		if tag, rest = cutTag(rest); len(tag) == 0 || tag[len(tag)-1] != ':' {
			return nil, false
		}
	}
	w.time = share(stamp)
	return rest, true
}

// cutTag is cutWord for a word that may end the line: then the message is empty.
func cutTag(b []byte) (word, rest []byte) {
	if word, rest = cutWord(b); word == nil {
		return b, nil
	}
	return word, rest
}

// cutPriority takes "<165>" off.
func cutPriority(line []byte) ([]byte, bool) {
	i := 1
	for i < len(line) && i <= 3 && line[i]-'0' <= 9 {
		i++
	}
	if i == 1 || i == len(line) || line[0] != '<' || line[i] != '>' {
		return line, false
	}
	return line[i+1:], true
}

// bsdTime is the length of the time at the start of s: "Sep  6 05:58:05", with or without a
// fraction. It is 0 where there is none.
func bsdTime(s string) int {
	const shape = "Sep  6 05:58:05"
	if len(s) < len(shape) || s[3] != ' ' || s[6] != ' ' || s[9] != ':' || s[12] != ':' || s[0]-'A' > 25 || s[14]-'0' > 9 {
		return 0
	}
	n := len(shape)
	if n < len(s) && s[n] == '.' {
		for n++; n < len(s) && s[n]-'0' <= 9; n++ {
		}
	}
	return n
}

// stampReader reads the timestamps of wrappers.
type stampReader struct {
	timeReader
	latest time.Time // no line is from after it
	used   bool      // a time was asked for
}

// parse reads a time that may lack its year: that is the last one in which it is not after
// latest.
func (t *stampReader) parse(s string) (time.Time, bool) {
	t.used = true
	if bsdTime(s) == 0 {
		return t.timeReader.parse(s)
	}
	t.zoneless = true
	for year := t.latest.In(t.local).Year(); year > t.latest.Year()-9; year-- { // leap years are eight years apart at most
		if got, ok := t.of(year, s); ok && !got.After(t.latest) {
			return got, true
		}
	}
	return time.Time{}, false
}

// of reads the time as one of a year.
func (t *stampReader) of(year int, s string) (time.Time, bool) {
	t.buf = append(t.buf[:0], "0000-"...)
	for i := 3; year > 0; i-- {
		t.buf[i] = byte('0' + year%10)
		year /= 10
	}
	t.buf = append(appendMonth(t.buf, s[:3]), '-', s[4]|'0', s[5], 'T')
	t.buf = append(append(t.buf, s[7:]...), 'Z')
	got, ok := accesslog.ParseTime(share(t.buf))
	if !ok {
		return got, false
	}
	return time.Date(got.Year(), got.Month(), got.Day(), got.Hour(), got.Minute(), got.Second(), got.Nanosecond(), t.local).UTC(), true
}
