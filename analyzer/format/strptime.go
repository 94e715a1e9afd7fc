package format

import (
	"fmt"
	"strings"
	"time"

	"github.com/itchyny/timefmt-go"
)

// strptime reads times by a pattern of the C library.
type strptime struct {
	pattern  string
	zoneless bool
}

func newStrptime(pattern string) *strptime {
	if pattern == "" {
		return nil
	}
	zoned := strings.Contains(pattern, "%z") || strings.Contains(pattern, "%:z") || strings.Contains(pattern, "%Z") || strings.Contains(pattern, "%s")
	return &strptime{pattern, !zoned}
}

// parse reads s, in local where it names no zone.
func (p *strptime) parse(s string, local *time.Location) (time.Time, bool) {
	if local == nil || !p.zoneless {
		local = time.UTC
	}
	t, err := timefmt.ParseInLocation(s, p.pattern, local)
	return t.UTC(), err == nil
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
