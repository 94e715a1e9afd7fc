package accesslog

import "time"

// ParseTime reads an RFC 3339 time with any number of decimals and any offset,
// in UTC. Unlike time.Parse it takes a space in place of the T, a comma in place
// of the decimal point, and a leap second, as logs have them; and it does not
// allocate.
func ParseTime(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02T15:04:05Z") || s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':' ||
		s[10] != 'T' && s[10] != ' ' && s[10] != 't' {
		return time.Time{}, false
	}
	year, month, day := pair(s, 0)*100+pair(s, 2), pair(s, 5), pair(s, 8)
	hour, minute, second := pair(s, 11), pair(s, 14), pair(s, 17)
	if year < 0 || pair(s, 0) < 0 || pair(s, 2) < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return time.Time{}, false
	}
	i, nanos, unit := 19, 0, int(time.Second)
	if s[i] == '.' || s[i] == ',' {
		begin := i + 1
		for i = begin; i < len(s) && s[i]-'0' <= 9; i++ {
			unit /= 10
			nanos += int(s[i]-'0') * unit
		}
		if i == begin {
			return time.Time{}, false
		}
	}
	offset, ok := parseOffset(s[i:])
	if !ok {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second-offset, nanos, time.UTC), true
}

// parseOffset reads Z, +hh:mm or +hhmm as seconds east of UTC.
func parseOffset(s string) (int, bool) {
	switch {
	case s == "Z" || s == "z":
		return 0, true
	case len(s) == len("+hh:mm") && s[3] == ':':
		s = s[:3] + s[4:]
	case len(s) != len("+hhmm"):
		return 0, false
	}
	h, m := pair(s, 1), pair(s, 3)
	if h < 0 || h > 23 || m < 0 || m > 59 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	if s[0] == '-' {
		return -(h*3600 + m*60), true
	}
	return h*3600 + m*60, true
}

// pair is the number that two digits make, or a negative one if they are none.
func pair(s string, i int) int {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return -10000
	}
	return int(a)*10 + int(b)
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
