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
	buf      []byte
	seconds  int        // where those of the last time stood; 0 is nowhere
	minutes  [10]minute // by their last digits
}

// minute is one that was read. Most times share it with one of the lines before.
type minute struct {
	text     []byte // as far as the seconds
	zone     []byte // what stands behind them
	decimals bool   // of the seconds
	at       time.Time
}

// parse reads RFC 3339, the time of the Common Log Format, the shapes of civilTimes or an
// epoch in the unit that its size tells.
func (t *timeReader) parse(s string) (time.Time, bool) {
	if got, ok := t.recall(s); ok { // Fast path.
		return got, true
	}
	got, seconds, ok := t.read(s)
	if ok && seconds > 0 {
		t.remember(s, seconds, got)
	}
	return got, ok
}

// read is parse without a memory. It also tells where the seconds stand; 0 is nowhere.
func (t *timeReader) read(s string) (got time.Time, seconds int, ok bool) {
	if got, ok := accesslog.ParseTime(s); ok {
		return got, len("2006-01-02T15:04:"), true
	}
	bracket := 0
	if n := len(s); n > 2 && s[0] == '[' && s[n-1] == ']' { // Apache's %t
		s, bracket = s[1:n-1], 1
	}
	if len(s) == len("17/May/2015:10:05:03 +0000") && s[2] == '/' {
		if got, ok := parseCLF(s); ok {
			return got, bracket + len("17/May/2015:10:05:"), true
		}
	}
	for i := range civilTimes {
		if shape := &civilTimes[i]; shape.fits(s) {
			t.zoneless = true
			got, ok := t.civil(shape, s)
			return got, bracket + shape.seconds(), ok
		}
	}
	if t.pattern != nil {
		t.zoneless = t.zoneless || t.pattern.zoneless
		got, ok := t.pattern.parse(s, t.local)
		return got, 0, ok
	}
	if n := strings.LastIndexByte(s, ' '); n >= len("2006-01-02T15:04:05") && (s[n+1:] == "UTC" || len(s)-n > 5) {
		got, seconds, ok := t.apart(s[:n], s[n+1:])
		return got, bracket + seconds, ok
	}
	got, ok = epoch(s)
	return got, 0, ok
}

// recall reads a time of a minute that was read before.
func (t *timeReader) recall(s string) (time.Time, bool) {
	n := t.seconds
	if n == 0 || len(s) < n {
		return time.Time{}, false
	}
	m := t.minute(s)
	if s[:n] != share(m.text) {
		return time.Time{}, false
	}
	d, decimals, zone, ok := secondsOf(s[n:])
	if !ok || decimals != m.decimals || zone != share(m.zone) {
		return time.Time{}, false
	}
	return m.at.Add(d), true
}

// remember keeps the minute of s, which is at, and has its seconds behind n bytes.
func (t *timeReader) remember(s string, n int, at time.Time) {
	d, decimals, zone, ok := secondsOf(s[n:])
	if !ok {
		return
	}
	t.seconds = n
	m := t.minute(s)
	m.text, m.zone, m.decimals = append(m.text[:0], s[:n]...), append(m.zone[:0], zone...), decimals
	m.at = at.Add(-d)
}

// minute is the place for that of s.
func (t *timeReader) minute(s string) *minute { return &t.minutes[s[t.seconds-len("m:")]%10] }

// secondsOf reads "05" or "05.123" from the start of s, but no leap second.
func secondsOf(s string) (d time.Duration, decimals bool, rest string, ok bool) {
	if len(s) < 2 || s[0]-'0' > 5 || s[1]-'0' > 9 {
		return 0, false, s, false
	}
	d = time.Duration(s[0]-'0')*10*time.Second + time.Duration(s[1]-'0')*time.Second
	i := len("05.")
	if len(s) <= i || s[2] != '.' && s[2] != ',' || s[i]-'0' > 9 {
		return d, false, s[2:], true
	}
	for unit := time.Second / 10; i < len(s) && s[i]-'0' <= 9; i++ {
		d += time.Duration(s[i]-'0') * unit
		unit /= 10
	}
	return d, true, s[i:], true
}

// apart reads a time that a space parts from its zone.
func (t *timeReader) apart(s, zone string) (got time.Time, seconds int, ok bool) {
	if zone == "UTC" {
		zone = "Z"
	}
	for i := range civilTimes {
		if shape := &civilTimes[i]; shape.fits(s) {
			n := len(shape.shape)
			t.buf = append(shape.rfc3339(t.buf[:0], s[:n]), zone...)
			if got, ok = accesslog.ParseTime(share(t.buf)); ok {
				got = got.Add(fractionOf(s[n:]))
			}
			return got, shape.seconds(), ok
		}
	}
	return time.Time{}, 0, false
}

// civil reads s, which has the shape.
func (t *timeReader) civil(shape *civilTime, s string) (time.Time, bool) {
	n := len(shape.shape)
	t.buf = append(shape.rfc3339(t.buf[:0], s[:n]), 'Z')
	got, ok := accesslog.ParseTime(share(t.buf))
	if !ok {
		return time.Time{}, false
	}
	if t.local != nil {
		got = time.Date(got.Year(), got.Month(), got.Day(), got.Hour(), got.Minute(), got.Second(), 0, t.local).UTC()
	}
	return got.Add(fractionOf(s[n:])), true
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
	"DD/NNN/YYYY hh:mm:ss",     // Python's servers
	"xxx NNN _D hh:mm:ss YYYY", // ctime
)

func shapes(all ...string) []civilTime {
	var out []civilTime
	for _, s := range all {
		out = append(out, civilTime{s, strings.Index(s, "YYYY"), strings.IndexAny(s, "MN"), strings.IndexAny(s, "D_"), strings.Index(s, "hh:mm:ss")})
	}
	return out
}

// seconds is where those stand.
func (t *civilTime) seconds() int { return t.clock + len("hh:mm:") }

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
	if len(s) < len(shape) || s[2] != ':' || s[5] != ':' || len(s) > len(shape) && s[len(shape)] != '.' && s[len(shape)] != ',' {
		return false
	}
	return s[0]-'0' <= 9 && s[1]-'0' <= 9 && s[3]-'0' <= 9 && s[4]-'0' <= 9 && s[6]-'0' <= 9 && s[7]-'0' <= 9
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
