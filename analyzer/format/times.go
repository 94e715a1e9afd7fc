package format

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// timeReader reads the timestamps that servers and loggers write.
type timeReader struct {
	local    *time.Location // of times that name no zone; nil is UTC
	zoneless bool           // a time that was read named none
	pattern  *strptime      // what else a time may look like; may be nil
	clf      clfClock
	buf      []byte
	shape    *civilTime // of the last time without a zone
	minutes  [8]civilMinute
}

// civilMinute is a minute of a time without a zone: adjacent lines mostly share one.
type civilMinute struct {
	text []byte // as far as the seconds
	at   time.Time
}

// parse reads RFC 3339, the time of the Common Log Format, the shapes of civilTimes or an
// epoch in the unit that its size tells.
func (t *timeReader) parse(s string) (time.Time, bool) {
	if got, ok := accesslog.ParseTime(s); ok {
		return got, true
	}
	if n := len(s); n > 2 && s[0] == '[' && s[n-1] == ']' { // Apache's %t
		s = s[1 : n-1]
	}
	if len(s) == len("17/May/2015:10:05:03 +0000") && s[2] == '/' {
		if got, ok := t.clf.parse(s); ok || t.pattern == nil {
			return got, ok
		}
	}
	if got, ok := t.recall(s); ok { // Fast path.
		return got, true
	}
	for i := range civilTimes {
		if shape := &civilTimes[i]; shape.fits(s) {
			t.zoneless = true
			return t.civil(shape, s)
		}
	}
	if t.pattern != nil {
		t.zoneless = t.zoneless || t.pattern.zoneless
		return t.pattern.parse(s, t.local)
	}
	if n := strings.LastIndexByte(s, ' '); n >= len("2006-01-02T15:04:05") && (s[n+1:] == "UTC" || len(s)-n > 5) {
		return t.apart(s[:n], s[n+1:])
	}
	return epoch(s)
}

// apart reads a time that a space parts from its zone.
func (t *timeReader) apart(s, zone string) (time.Time, bool) {
	if zone == "UTC" {
		zone = "Z"
	}
	for i := range civilTimes {
		if shape := &civilTimes[i]; shape.fits(s) {
			n := len(shape.shape)
			t.buf = append(shape.rfc3339(t.buf[:0], s[:n]), zone...)
			got, ok := accesslog.ParseTime(share(t.buf))
			return got.Add(fractionOf(s[n:])), ok
		}
	}
	return time.Time{}, false
}

// civil reads s, which has the shape.
func (t *timeReader) civil(shape *civilTime, s string) (time.Time, bool) {
	second, fraction := s[:len(shape.shape)], s[len(shape.shape):]
	t.buf = append(shape.rfc3339(t.buf[:0], second), 'Z')
	got, ok := accesslog.ParseTime(share(t.buf))
	if !ok {
		return time.Time{}, false
	}
	if t.local != nil {
		got = time.Date(got.Year(), got.Month(), got.Day(), got.Hour(), got.Minute(), got.Second(), 0, t.local).UTC()
	}
	if n := len(second) - len("ss"); shape.shape[n:] == "ss" && second[n:] < "60" {
		t.shape = shape
		m := t.minute(second)
		m.text, m.at = append(m.text[:0], second[:n]...), got.Add(-secondsOf(second[n:]))
	}
	return got.Add(fractionOf(fraction)), true
}

// minute is where that of s is remembered, which ends in seconds.
func (t *timeReader) minute(s string) *civilMinute { return &t.minutes[s[len(s)-len("m:ss")]%8] }

// recall reads a time of a minute that was read before, in the same shape.
func (t *timeReader) recall(s string) (time.Time, bool) {
	if t.shape == nil || len(s) < len(t.shape.shape) {
		return time.Time{}, false
	}
	second, fraction := s[:len(t.shape.shape)], s[len(t.shape.shape):]
	m, n := t.minute(second), len(second)-len("ss")
	if second[:n] != share(m.text) || second[n]-'0' > 5 || second[n+1]-'0' > 9 || !isDecimals(fraction) {
		return time.Time{}, false
	}
	return m.at.Add(secondsOf(second[n:]) + fractionOf(fraction)), true
}

func secondsOf(s string) time.Duration {
	return time.Duration(int(s[0]-'0')*10+int(s[1]-'0')) * time.Second
}

// isDecimals reports whether s is ".123", ",123" or nothing.
func isDecimals(s string) bool {
	if s == "" {
		return true
	}
	for i := 1; i < len(s); i++ {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return s[0] == '.' || s[0] == ','
}

// fractionOf is the part of a second that ".123" is, and 0 for nothing.
func fractionOf(s string) time.Duration {
	d, unit := time.Duration(0), time.Second
	for i := 1; i < len(s); i++ {
		unit /= 10
		d += time.Duration(s[i]-'0') * unit
	}
	return d
}

// civilTime is a shape of times without a zone: Y, M, D, h, m and s stand for digits, _ for
// a digit or a space, N and x for letters, ? for what parts a date from a time. A fraction of
// the second may follow where a shape ends in seconds.
type civilTime struct {
	shape                   string
	year, month, day, clock int // where they begin
}

var civilTimes = shapes(
	"YYYY-MM-DD?hh:mm:ss", // RFC 3339 but for the zone
	"YYYY/MM/DD hh:mm:ss", // Go's log
	"YYYY/MM/DD - hh:mm:ss",
	"DD/NNN/YYYY:hh:mm:ss",     // HAProxy
	"xxx NNN _D hh:mm:ss YYYY", // ctime
)

func shapes(all ...string) []civilTime {
	var out []civilTime
	for _, s := range all {
		out = append(out, civilTime{s, strings.Index(s, "YYYY"), strings.IndexAny(s, "MN"), strings.IndexAny(s, "D_"), strings.Index(s, "hh:mm:ss")})
	}
	return out
}

// fits reports whether s has the shape, and no more behind it than a fraction.
func (t *civilTime) fits(s string) bool {
	n := len(t.shape)
	if len(s) < n {
		return false
	}
	for i := range n {
		switch c := s[i]; t.shape[i] {
		case 'Y', 'M', 'D', 'h', 'm', 's':
			if c-'0' > 9 {
				return false
			}
		case '_':
			if c-'0' > 9 && c != ' ' {
				return false
			}
		case 'N', 'x':
			if c|0x20-'a' >= 26 {
				return false
			}
		case '?':
			if c != ' ' && c != 'T' && c != '\t' {
				return false
			}
		default:
			if c != t.shape[i] {
				return false
			}
		}
	}
	return len(s) == n || t.shape[n-1] == 's' && isDecimals(s[n:])
}

// rfc3339 appends s, which has the shape, as RFC 3339 writes it, but for the zone.
func (t *civilTime) rfc3339(dst []byte, s string) []byte {
	dst = append(append(dst, s[t.year:t.year+4]...), '-')
	if t.shape[t.month] == 'M' {
		dst = append(dst, s[t.month:t.month+2]...)
	} else {
		dst = appendMonth(dst, s[t.month:t.month+3])
	}
	dst = append(dst, '-', s[t.day]|'0', s[t.day+1], 'T') // a space is 0x20
	return append(dst, s[t.clock:t.clock+len("hh:mm:ss")]...)
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// isClock recognises a time of the day.
func isClock(s string) bool {
	const shape = "00:00:00"
	if len(s) < len(shape) || len(s) > len(shape) && s[len(shape)] != '.' && s[len(shape)] != ',' {
		return false
	}
	for i := range len(shape) {
		if shape[i] == ':' && s[i] != ':' || shape[i] == '0' && s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// appendMonth appends the number of a month, 00 where the name is none.
func appendMonth(dst []byte, name string) []byte {
	n := strings.Index(months, name)
	if n < 0 || n%3 != 0 {
		return append(dst, "00"...)
	}
	n = n/3 + 1
	return append(dst, '0'+byte(n/10), '0'+byte(n%10))
}

// isZoneless recognises the times that name no zone.
func isZoneless(s string) bool {
	for i := range civilTimes {
		if civilTimes[i].fits(s) {
			return true
		}
	}
	return false
}

// epoch reads seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by
// their size: up to the year 5138 none of them overlap.
func epoch(s string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if s == "" || len(whole) > 19 || strings.Trim(s, "0123456789.eE+") != "" {
		return time.Time{}, false
	}
	if strings.ContainsAny(s, "eE") {
		return scientific(s)
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	switch {
	case n < 1e8: // before 1973: no timestamp, but some other number
		return time.Time{}, false
	case n < 1e11:
		nanos, unit := int64(0), int64(1e8)
		for _, c := range []byte(fraction) {
			if c-'0' > 9 {
				return time.Time{}, false
			}
			nanos += int64(c-'0') * unit
			unit /= 10
		}
		return time.Unix(n, nanos).UTC(), true
	case n < 1e14:
		return time.UnixMilli(n).UTC(), true
	case n < 1e17:
		return time.UnixMicro(n).UTC(), true
	}
	return time.Unix(0, n).UTC(), true
}

// scientific reads seconds since 1970 that are written as 1.7310841443270802e+09.
func scientific(s string) (time.Time, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 1e8 || f >= 1e11 {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(f)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), true
}

// perUnit is how many nanoseconds a unit has.
var perUnit = map[Unit]float64{Nanoseconds: 1, Microseconds: 1e3, Milliseconds: 1e6, Seconds: 1e9}

// parseDuration reads a number in unit, or one that names its own unit, as Go writes
// durations: of those, one that does not end in s was cut off, and might be a whole one of
// another size, as 1.2m is of 1.2ms.
func parseDuration(s string, unit Unit) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	if c := s[len(s)-1]; c|0x20-'a' < 26 {
		d, err := time.ParseDuration(s)
		return d, err == nil && d >= 0 && c == 's'
	}
	if unit == "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	f = math.Round(f * perUnit[unit]) // 0.001674508 s times 1e9 is a bit below 1674508
	if err != nil || f < 0 || f >= 1<<62 {
		return 0, false
	}
	return time.Duration(f), true
}
