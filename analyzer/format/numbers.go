package format

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// statusOf reads a status. It is unknown where s is empty, and bad where s is none of
// HTTP's and not 0, which means that nothing was sent.
func statusOf(s string) (status accesslog.Opt[int], bad bool) {
	if s == "" {
		return status, false
	}
	n, err := whole(s)
	if err != nil || n.Value != 0 && (n.Value < 100 || n.Value > 999) {
		return status, true
	}
	return accesslog.Some(int(n.Value)), false
}

// sizeOf reads a size. One with a plus is HAProxy's from before the end of the response.
func sizeOf(s string) accesslog.Opt[int64] {
	n, err := whole(s)
	if err != nil || n.Value < 0 || s != "" && s[0] == '+' {
		return accesslog.Opt[int64]{}
	}
	return n
}

// whole is a whole number, unknown where s is empty.
func whole(s string) (accesslog.Opt[int64], error) {
	if s == "" {
		return accesslog.Opt[int64]{}, nil
	}
	if n, digits := leadingDigits(0, s); digits == len(s) && digits <= 18 { // Fast path.
		return accesslog.Some(n), nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return accesslog.Opt[int64]{Value: n, Known: err == nil}, err
}

// lastOf is the last item of nginx's list of tries: "0.004, 0.012" or "0.1 : 0.2".
func lastOf(s string) string {
	for i := len(s) - 1; i >= 0; i-- { // Fast path: most are one short item.
		if s[i] == ',' || s[i] == ':' {
			return strings.TrimLeft(s[i+1:], " ")
		}
	}
	return s
}

// perUnit is how many nanoseconds a unit has.
var perUnit = map[Unit]float64{Nanoseconds: 1, Microseconds: 1e3, Milliseconds: 1e6, Seconds: 1e9}

// parseDuration reads a number in unit, or one that names its own unit, as Go writes
// durations: of those, one that does not end in s was cut off, and might be a whole one of
// another size, as 1.2m is of 1.2ms.
func parseDuration(s string, unit Unit) (time.Duration, bool) {
	if d, ok := exactDuration(s, unit); ok { // Fast path.
		return d, true
	}
	return anyDuration(s, unit)
}

func anyDuration(s string, unit Unit) (time.Duration, bool) {
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

// exactDuration reads what most durations are: digits, maybe a point and more of them, and maybe a
// unit, that make whole nanoseconds. Below 2^50 of those floats give the same, once rounded.
func exactDuration(s string, unit Unit) (time.Duration, bool) {
	n, i := leadingDigits(0, s)
	number, decimals := i, 0
	if i > 0 && i < len(s) && s[i] == '.' {
		n, decimals = leadingDigits(n, s[i+1:])
		i += 1 + decimals
		if decimals == 0 {
			return 0, false
		}
	}
	if number == 0 || i > 16 {
		return 0, false
	}
	if i < len(s) {
		unit = Unit(s[i:])
	}
	tens := -decimals
	switch unit {
	case Nanoseconds:
	case Microseconds, "µs", "μs":
		tens += 3
	case Milliseconds:
		tens += 6
	case Seconds:
		tens += 9
	default:
		return 0, false
	}
	if tens < 0 || n > 1<<50/tenTo[tens] {
		return 0, false
	}
	return time.Duration(n * tenTo[tens]), true
}

var tenTo = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// leadingDigits appends the digits that s begins with to those of n, and counts them. With more
// than 18 the number is none.
func leadingDigits(n int64, s string) (int64, int) {
	i := 0
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		n = n*10 + int64(s[i]-'0')
	}
	return n, i
}
