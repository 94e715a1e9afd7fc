package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// count prints a number with separators: 12,408.
func count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// counted prints a number of things, whose plural is regular.
func counted(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return count(n) + " " + thing + "s"
}

// share prints a fraction in per cent. What is not nothing never looks like nothing,
// nor what is not all like all: 3 of 10,000 are 0.03 %, and 9,999 of them 99.99 %.
func share(f float64) string {
	p := f * 100
	switch {
	case math.IsNaN(p) || p < 0:
		return "?"
	case p == 0:
		return "0 %"
	case p == 100:
		return "100 %"
	case p < 0.005:
		return "<0.01 %"
	case p < 0.995:
		return decimal(p, 2) + " %"
	case p < 99.95 || p > 100:
		return decimal(p, 1) + " %"
	case p < 99.995:
		return decimal(p, 2) + " %"
	default:
		return ">99.99 %"
	}
}

func decimal(f float64, digits int) string { return strconv.FormatFloat(f, 'f', digits, 64) }

// millis prints a duration given in milliseconds, at two or three digits: 310 ms, 2.1 s.
func millis(ms float64) string {
	if math.IsNaN(ms) || ms < 0 {
		return "?"
	}
	if ms == 0 {
		return "0 ms"
	}
	if ms < 0.0005 {
		return "<1 µs"
	}
	units := [...]struct {
		size, upto float64
		name       string
	}{{0.001, 0.9995, "µs"}, {1, 999.5, "ms"}, {1000, 119_500, "s"}, {60_000, 7_170_000, "min"}, {3_600_000, 3.6e12, "h"}}
	for _, u := range units {
		if ms < u.upto {
			digits := 0
			if v := ms / u.size; v < 9.95 && u.name != "µs" {
				digits = 1
			}
			return decimal(ms/u.size, digits) + " " + u.name
		}
	}
	return strconv.FormatFloat(ms/3_600_000, 'e', 1, 64) + " h"
}

// millis prints a duration of the report: of a coarse clock, 0 is less than its tick.
func (p *page) millis(ms float64) string {
	switch {
	case ms > 0 || p.zero == 0:
		return millis(ms)
	case p.zero < 1000:
		return "<" + decimal(p.zero, 0) + " ms"
	}
	return "<" + decimal(p.zero/1000, 0) + " s"
}

// duration prints a stretch of time by its two largest units: 1 h 30 m.
func duration(seconds float64) string {
	if math.IsNaN(seconds) || seconds < 0 || seconds > 1e12 {
		return "?"
	}
	if seconds < 1 {
		return "under 1 s"
	}
	s := int64(math.Round(seconds))
	units := [...]struct {
		size int64
		name string
	}{{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}}
	for i, u := range units {
		if s < u.size {
			continue
		}
		out := fmt.Sprintf("%d %s", s/u.size, u.name)
		if i+1 < len(units) {
			if rest := s % u.size / units[i+1].size; rest > 0 {
				out += fmt.Sprintf(" %d %s", rest, units[i+1].name)
			}
		}
		return out
	}
	return "under 1 s"
}

// interval prints the length of a bin of the timeline, a whole number of one unit.
func interval(seconds int64) string {
	switch {
	case seconds%86400 == 0:
		return count(uint64(seconds/86400)) + " d"
	case seconds%3600 == 0:
		return count(uint64(seconds/3600)) + " h"
	case seconds%60 == 0:
		return count(uint64(seconds/60)) + " min"
	default:
		return count(uint64(seconds)) + " s"
	}
}

// per prints how often, as it follows a number: 61 a minute, 12 in 90 s.
func per(seconds int64) string {
	switch seconds {
	case 1:
		return "a second"
	case 60:
		return "a minute"
	case 3600:
		return "an hour"
	case 86400:
		return "a day"
	default:
		return "in " + interval(seconds)
	}
}

const day = "2 Jan 2006"

// between prints a period in UTC, its day once where it has only one. Seconds are told
// where it is too short without them.
func between(start, end time.Time, seconds float64) string {
	start, end = start.UTC(), end.UTC()
	clock := "15:04"
	if seconds < 300 {
		clock = "15:04:05"
	}
	from := start.Format(day + " " + clock)
	if start.Equal(end) {
		return from + " UTC"
	}
	to := end.Format(clock)
	if !sameDay(start, end) {
		to = end.Format(day + " " + clock)
	}
	return from + " – " + to + " UTC (" + duration(seconds) + ")"
}

func sameDay(a, b time.Time) bool { return a.UTC().Format(day) == b.UTC().Format(day) }
