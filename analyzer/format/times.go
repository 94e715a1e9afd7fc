package format

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// timeReader reads the timestamps that loggers put into JSON.
type timeReader struct {
	local *time.Location // of times that name no zone
	clf   clfClock
	buf   []byte
}

// parse reads RFC 3339, the same without a zone, the time of the Common Log Format, or an
// epoch in the unit that its size tells.
func (t *timeReader) parse(s string) (time.Time, bool) {
	if got, ok := accesslog.ParseTime(s); ok {
		return got, true
	}
	if isZoneless(s) {
		t.buf = append(append(t.buf[:0], s...), 'Z')
		got, ok := accesslog.ParseTime(share(t.buf))
		if t.local != nil && ok {
			got = time.Date(got.Year(), got.Month(), got.Day(), got.Hour(), got.Minute(), got.Second(), got.Nanosecond(), t.local).UTC()
		}
		return got, ok
	}
	if len(s) == len("17/May/2015:10:05:03 +0000") && s[2] == '/' {
		return t.clf.parse(s)
	}
	return epoch(s)
}

// isZoneless recognises RFC 3339 without the zone.
func isZoneless(s string) bool {
	if len(s) < len("2006-01-02T15:04:05") || s[4] != '-' || s[13] != ':' {
		return false
	}
	for _, c := range []byte(s[19:]) {
		if c-'0' > 9 && c != '.' && c != ',' {
			return false
		}
	}
	return true
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
	f = math.Round(f * perUnit[unit]) // 0.001674508 s times 1e9 is a bit below 1674508
	if err != nil || f < 0 || f >= 1<<62 {
		return 0, false
	}
	return time.Duration(f), true
}
