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
	clf      clfClock
	buf      []byte
}

// parse reads RFC 3339, the time of the Common Log Format, the shapes of civilTimes or an
// epoch in the unit that its size tells.
func (t *timeReader) parse(s string) (time.Time, bool) {
	if got, ok := accesslog.ParseTime(s); ok {
		return got, true
	}
	if len(s) == len("17/May/2015:10:05:03 +0000") && s[2] == '/' {
		return t.clf.parse(s)
	}
	for i := range civilTimes {
		shape := &civilTimes[i]
		if !shape.fits(s) {
			continue
		}
		t.zoneless = true
		t.buf = append(shape.rfc3339(t.buf[:0], s), 'Z')
		got, ok := accesslog.ParseTime(share(t.buf))
		if t.local != nil && ok {
			got = time.Date(got.Year(), got.Month(), got.Day(), got.Hour(), got.Minute(), got.Second(), got.Nanosecond(), t.local).UTC()
		}
		return got, ok
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
			t.buf = append(shape.rfc3339(t.buf[:0], s), zone...)
			return accesslog.ParseTime(share(t.buf))
		}
	}
	return time.Time{}, false
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
	if len(s) == n {
		return true
	}
	return t.shape[n-1] == 's' && (s[n] == '.' || s[n] == ',') && strings.Trim(s[n+1:], "0123456789") == ""
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
	dst = append(dst, s[t.clock:t.clock+len("hh:mm:ss")]...)
	return append(dst, s[len(t.shape):]...)
}

// appendMonth appends the number of a month, 00 where the name is none.
func appendMonth(dst []byte, name string) []byte {
	n := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", name)
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
// durations.
func parseDuration(s string, unit Unit) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	if c := s[len(s)-1]; c|0x20-'a' < 26 {
		d, err := time.ParseDuration(s)
		return d, err == nil && d >= 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if unit == "" && f != 0 {
		return 0, false
	}
	f = math.Round(f * perUnit[unit]) // 0.001674508 s times 1e9 is a bit below 1674508
	if err != nil || f < 0 || f >= 1<<62 {
		return 0, false
	}
	return time.Duration(f), true
}
