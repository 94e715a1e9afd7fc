package accesslog

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// MaxLine is the length in bytes that no line exceeds, its newline included.
// It is Linux's PIPE_BUF: writes of up to that size to a pipe are atomic, so
// that processes which share one pipe never tear each other's lines.
const MaxLine = 4096

// cut marks a value that was shortened.
const cut = "…"

// Caps on values, in bytes of their encoded form, so that the escapes of
// hostile input are within them. Their sum, the keys and the numbers together
// stay below MaxLine, which a test holds; attributes take what is left.
const (
	capWord   = 32 // level, msg, method, outcome, failed_by, scheme, proto
	capID     = 64 // addresses, trace and span ids
	capName   = 128
	capField  = 256
	capPath   = 1024
	maxInfos  = 8 // interim statuses
	attrsCut  = `,"attrs_cut":`
	attrsRoom = len(attrsCut) + 20 + len("}\n")
)

// schema holds the keys that the record owns.
var schema = map[string]bool{
	"time": true, "level": true, "msg": true, "v": true, "method": true, "route": true, "path": true, "query": true,
	"status": true, "interim": true, "outcome": true, "error": true, "duration_ms": true, "ttfb_ms": true,
	"request_bytes": true, "response_bytes": true, "client_ip": true, "peer": true, "host": true, "scheme": true,
	"proto": true, "request_id": true, "trace_id": true, "span_id": true, "user_agent": true, "referer": true,
	"sample_rate": true, "dropped": true, "failed_by": true,
}

// AppendJSON appends the record as one line, its newline included, and returns
// the extended slice. The line is at most [MaxLine] bytes of valid UTF-8 without
// control characters: values past their cap are cut and end in "…", control
// characters are escaped, invalid UTF-8 becomes U+FFFD. Attributes that no
// longer fit are left out and counted under "attrs_cut". It allocates only to
// grow dst.
func (r *Record) AppendJSON(dst []byte) []byte {
	start := len(dst)
	// Written out rather than driven by a table, as the presets are: keys that are
	// constants are copied without a call.
	if hasTime(r) {
		dst = append(dst, `{"time":"`...)
		dst = appendTime(dst, r.Time)
		dst = append(dst, `","level":"`...)
	} else {
		dst = append(dst, `{"level":"`...)
	}
	dst = appendInner(dst, r.text(level), capWord)
	dst = append(dst, `","msg":"`...)
	dst = appendInner(dst, r.text(msg), capWord)
	dst = append(dst, `","v":`...)
	dst = strconv.AppendInt(dst, int64(cmp.Or(r.Version, Version)), 10)

	dst = appendField(dst, `,"method":"`, r.Method, capWord)
	dst = appendField(dst, `,"route":"`, r.Route, capField)
	dst = appendField(dst, `,"path":"`, r.Path, capPath)
	dst = appendField(dst, `,"query":"`, r.Query, capField)
	if r.Status.Known {
		dst = appendStatus(append(dst, `,"status":`...), r.Status.Value)
	}
	dst = appendInterim(dst, `"interim":`, r.Interim)
	dst = appendField(dst, `,"outcome":"`, string(r.Outcome), capWord)
	dst = appendField(dst, `,"error":"`, r.Error, capField)
	dst = appendMillis(dst, `"duration_ms":`, r.Duration)
	dst = appendMillis(dst, `"ttfb_ms":`, r.TTFB)
	dst = appendInt(dst, `"request_bytes":`, r.RequestBytes)
	dst = appendInt(dst, `"response_bytes":`, r.ResponseBytes)

	dst = appendField(dst, `,"client_ip":"`, r.ClientIP, capID)
	dst = appendField(dst, `,"peer":"`, r.Peer, capID)
	dst = appendField(dst, `,"host":"`, r.Host, capField)
	dst = appendField(dst, `,"scheme":"`, r.Scheme, capWord)
	dst = appendField(dst, `,"proto":"`, r.Proto, capWord)
	dst = appendField(dst, `,"request_id":"`, r.RequestID, capName)
	dst = appendField(dst, `,"trace_id":"`, r.TraceID, capID)
	dst = appendField(dst, `,"span_id":"`, r.SpanID, capID)
	dst = appendField(dst, `,"user_agent":"`, r.UserAgent, capField)
	dst = appendField(dst, `,"referer":"`, r.Referer, capField)
	dst = appendRate(dst, `"sample_rate":`, r.SampleRate)
	dst = appendDropped(dst, `"dropped":`, r.Dropped)
	dst = appendField(dst, `,"failed_by":"`, r.FailedBy, capWord)
	dst = appendAttrs(dst, r.Attrs, nil, start+MaxLine-attrsRoom)
	return append(dst, "}\n"...)
}

// hasTime reports whether the record's time is known and can be written: RFC 3339 has
// the years 0 to 9999.
func hasTime(r *Record) bool {
	const year0, year10000 = -62167219200, 253402300800 // in Unix time
	s := r.Time.Unix()
	return s >= year0 && s < year10000 && !r.Time.IsZero()
}

func appendStatus(dst []byte, n int) []byte {
	if n < 100 || n > 999 {
		return strconv.AppendInt(dst, int64(n), 10)
	}
	return append(dst, byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
}

// appendField appends s, unless it is empty, behind key, which has the quote before s.
func appendField(dst []byte, key, s string, limit int) []byte {
	if s == "" {
		return dst
	}
	return append(appendInner(append(dst, key...), s, limit), '"')
}

func appendRate(dst []byte, key string, rate float64) []byte {
	if rate <= 0 || rate >= 1 {
		return dst
	}
	return strconv.AppendFloat(appendKey(dst, key), rate, 'g', -1, 64)
}

func appendDropped(dst []byte, key string, n int64) []byte {
	if n <= 0 {
		return dst
	}
	return strconv.AppendInt(appendKey(dst, key), n, 10)
}

// appendAttrs appends the attributes as long as they end before limit, and
// counts those that do not. A long string is cut to what is left. A key that is owned is
// written as "attr.KEY".
func appendAttrs(dst []byte, attrs []Attr, owned map[string]bool, limit int) []byte {
	left := 0
	for _, a := range attrs {
		mark := len(dst)
		if owned[a.Key] {
			dst = appendKey(dst, `"attr.`)
			dst = append(appendInner(dst, a.Key, capName), '"')
		} else {
			dst = appendString(appendKey(dst, ""), a.Key, capName)
		}
		dst = append(dst, ':')
		value := len(dst)
		dst = appendCompact(dst, a.json)
		if len(dst) > limit && a.json != "" && a.json[0] == '"' && limit-value > capWord {
			dst = appendString(dst[:value], a.Text(), limit-value-len(`""`))
		}
		if len(dst) > limit {
			dst, left = dst[:mark], left+1
		}
	}
	if left > 0 {
		dst = append(dst, attrsCut...)
		dst = strconv.AppendInt(dst, int64(left), 10)
	}
	return dst
}

func appendText(dst []byte, key, s string, limit int) []byte {
	if s == "" {
		return dst
	}
	return appendString(appendKey(dst, key), s, limit)
}

func appendInt(dst []byte, key string, n Opt[int64]) []byte {
	if !n.Known {
		return dst
	}
	return strconv.AppendInt(appendKey(dst, key), n.Value, 10)
}

// appendMillis appends a duration in milliseconds with three decimals, rounded
// to the microsecond. A negative one, which only a clock that was set back can
// make, is written as 0.
func appendMillis(dst []byte, key string, d Opt[time.Duration]) []byte {
	if !d.Known {
		return dst
	}
	us := uint64(max(d.Value, 0).Round(time.Microsecond) / time.Microsecond)
	dst = strconv.AppendUint(appendKey(dst, key), us/1000, 10)
	return append(dst, '.', byte('0'+us/100%10), byte('0'+us/10%10), byte('0'+us%10))
}

// appendTime appends RFC 3339 in UTC with six decimals. The year is 0 to 9999.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	y, mo, d := t.Date()
	h, mi, s := t.Clock()
	us := t.Nanosecond() / 1000
	return append(dst,
		byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+mo/10), byte('0'+mo%10), '-', byte('0'+d/10), byte('0'+d%10), 'T',
		byte('0'+h/10), byte('0'+h%10), ':', byte('0'+mi/10), byte('0'+mi%10), ':',
		byte('0'+s/10), byte('0'+s%10), '.',
		byte('0'+us/100000), byte('0'+us/10000%10), byte('0'+us/1000%10),
		byte('0'+us/100%10), byte('0'+us/10%10), byte('0'+us%10), 'Z')
}

// plain marks the bytes that stand for themselves in a JSON string.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// appendPlain appends s if every byte of it stands for itself. It looks at eight at a
// time while it copies them: each term has the high bit of a byte set where one is above
// ~, below a space, a quote or a backslash.
func appendPlain(dst []byte, s string) ([]byte, bool) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	begin := len(dst)
	dst = slices.Grow(dst, len(s))[:begin+len(s)]
	to := dst[begin:]
	if len(s) < 8 {
		for i := range len(s) {
			if !plain[s[i]] {
				return nil, false
			}
			to[i] = s[i]
		}
		return dst, true
	}
	for i, last := 0, len(s)-8; ; i = min(i+8, last) {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56 // one load
		quote, backslash := x^'"'*ones, x^'\\'*ones
		if ((x+ones)|(x-' '*ones)|(quote-ones)|(backslash-ones))&highs != 0 {
			return nil, false
		}
		binary.LittleEndian.PutUint64(to[i:], x)
		if i == last {
			return dst, true
		}
	}
}

// appendString appends s as a JSON string whose content is at most limit bytes
// long.
func appendString(dst []byte, s string, limit int) []byte {
	return append(appendInner(append(dst, '"'), s, limit), '"')
}

// appendInner appends what stands between the quotes of appendString.
func appendInner(dst []byte, s string, limit int) []byte {
	if len(s) <= limit { // Fast path: nothing to escape, nothing to cut.
		if out, ok := appendPlain(dst, s); ok {
			return out
		}
	}
	begin, room := len(dst), len(dst) // up to room, the mark still fits
	for len(s) > 0 {
		var n int
		dst, n = appendEscaped(dst, s)
		s = s[n:]
		switch size := len(dst) - begin; {
		case size > limit:
			return append(dst[:room], cut...)
		case size <= limit-len(cut):
			room = len(dst)
		}
	}
	return dst
}

// appendEscaped appends the first character of s as it stands in a JSON string,
// and returns how many bytes of s that was. Every control character is escaped,
// C1 and the line separators too, because people look at logs in terminals.
func appendEscaped(dst []byte, s string) ([]byte, int) {
	c := s[0]
	switch {
	case plain[c]:
		return append(dst, c), 1
	case c == '"', c == '\\':
		return append(dst, '\\', c), 1
	case c == '\n':
		return append(dst, `\n`...), 1
	case c == '\r':
		return append(dst, `\r`...), 1
	case c == '\t':
		return append(dst, `\t`...), 1
	case c < utf8.RuneSelf:
		return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15]), 1
	}
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && n == 1:
		return append(dst, `\ufffd`...), 1
	case r < 0xa0, r == 0x2028, r == 0x2029:
		return append(dst, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15]), n
	}
	return append(dst, s[:n]...), n
}

const hex = "0123456789abcdef"

// appendCompact appends the valid JSON text s without white space between its
// tokens and with the control characters in its strings escaped.
func appendCompact(dst []byte, s string) []byte {
	inString := false
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"':
			inString = !inString
			dst = append(dst, c)
			i++
		case inString && c == '\\':
			dst = append(dst, s[i:i+2]...)
			i += 2
		case inString:
			var n int
			dst, n = appendEscaped(dst, s[i:])
			i += n
		default:
			if c > ' ' {
				dst = append(dst, c)
			}
			i++
		}
	}
	return dst
}
