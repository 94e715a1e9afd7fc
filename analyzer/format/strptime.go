package format

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/timefmt-go"
)

// strptime reads times by a pattern of the C library.
type strptime struct {
	pattern  string // but for the zone, where that is last
	zone     bool   // an offset is behind what the pattern says
	zoneless bool
}

func newStrptime(pattern string) *strptime {
	if pattern == "" {
		return nil
	}
	zoned := strings.Contains(pattern, "%z") || strings.Contains(pattern, "%:z") || strings.Contains(pattern, "%Z") || strings.Contains(pattern, "%s")
	pattern, zone := strings.CutSuffix(pattern, "%z")
	return &strptime{pattern, zone, !zoned}
}

// parse reads s, in local where it names no zone.
func (p *strptime) parse(s string, local *time.Location) (time.Time, bool) {
	var offset time.Duration
	if p.zone {
		var ok bool
		if s, offset, ok = cutOffset(s); !ok {
			return time.Time{}, false
		}
	}
	if local == nil || !p.zoneless {
		local = time.UTC
	}
	t, err := timefmt.ParseInLocation(s, p.pattern, local)
	return t.Add(-offset).UTC(), err == nil
}

// cutOffset takes +0900, +09:00 or Z off the end of a time. The library would allocate a
// zone for each line.
func cutOffset(s string) (rest string, offset time.Duration, ok bool) {
	if rest, ok = strings.CutSuffix(s, "Z"); ok {
		return rest, 0, true
	}
	sign := strings.LastIndexAny(s, "+-")
	if sign < 0 {
		return s, 0, false
	}
	d := [4]byte{}
	digits := append(d[:0], s[sign+1:min(sign+3, len(s))]...)
	digits = append(digits, strings.TrimPrefix(s[sign+len(digits)+1:], ":")...)
	n, err := strconv.ParseUint(share(digits), 10, 16)
	if len(digits) != 4 || err != nil {
		return s, 0, false
	}
	offset = time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if s[sign] == '-' {
		offset = -offset
	}
	return s[:sign], offset, true
}

// sampleTime is a time of which no two parts are alike.
var sampleTime = time.Date(2011, 12, 28, 19, 37, 53, 0, time.UTC)

// checkStrptime refuses a pattern that cannot be read, or that leaves something open.
func checkStrptime(pattern string) error {
	got, ok := newStrptime(pattern).parse(timefmt.Format(sampleTime, pattern), time.UTC)
	if !ok || !got.Truncate(time.Minute).Equal(sampleTime.Truncate(time.Minute)) {
		return fmt.Errorf("the time %q does not say the year, the day, the hour and the minute in a way that can be read back", pattern)
	}
	return nil
}
