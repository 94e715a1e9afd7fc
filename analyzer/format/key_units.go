package format

import (
	"strconv"
	"strings"
	"time"
)

// units are those in which a writer logs durations.
type units struct {
	fractions Unit    // of numbers that are mostly no whole ones; "" is told by the values
	large     Unit    // of whole numbers that are mostly at least least
	small     Unit    // of smaller ones
	least     float64 // 0 is 20,000
	usual     Unit    // the one of the three that needs no guess
}

// in is a writer that has no choice.
func in(u Unit) units { return units{fractions: u, large: u, small: u, usual: u} }

// goDuration is Go's time.Duration as encoding/json writes it. No request takes below a
// microsecond: smaller numbers were made milliseconds.
var goDuration = units{large: Nanoseconds, small: Milliseconds, least: 1000, usual: Nanoseconds}

// zapDuration is what zap's encoders write: seconds unless the configuration says otherwise.
var zapDuration = units{fractions: Seconds, large: Nanoseconds, small: Milliseconds, usual: Seconds}

// unitsOf are the units of names that a standard defines. The first httplog that wrote such
// names had milliseconds under all of them.
var unitsOf = map[string]struct {
	by string
	units
}{
	"event.duration":               {"Elastic Common Schema", units{fractions: Milliseconds, large: Nanoseconds, small: Milliseconds, least: 1000, usual: Nanoseconds}},
	"http.server.request.duration": {"OpenTelemetry", units{fractions: Seconds, large: Milliseconds, small: Milliseconds, usual: Seconds}},
	"httprequest.latency":          {"Google Cloud", units{fractions: Milliseconds, large: Milliseconds, small: Milliseconds}},
	"requesttime":                  {"nginx", in(Seconds)},
	"rt":                           {"nginx", units{fractions: Seconds}},
}

// brief are names that people make of $request_time and of others' times alike: where the values
// leave but one unit, that goes before who usually writes such a name.
var brief = map[string]bool{"rt": true, "resptime": true, "dur": true}

// unitOf decides the unit of the durations under path: by what the name says, else by a text
// beside them that has the unit, else by who is known to write such a name, else by the
// values.
func (v *survey) unitOf(path, timePath string) (unit Unit, reason string) {
	if u := unitOfName(path); u != "" {
		return u, "by its name"
	}
	if u := v.unitOfTwin(path); u != "" {
		return u, "as " + strconv.Quote(v.twin) + " beside it says"
	}
	values := v.values(path)
	if unit, reason = v.unitByForm(path, timePath, values); isMixed(values) {
		reason = guessed + ", of which some look like another unit: " + reason
	}
	return unit, reason
}

// unitByForm decides by the form of the values, and by who is known to write such.
func (v *survey) unitByForm(path, timePath string, values []string) (unit Unit, reason string) {
	if v.units != (units{}) {
		return v.units.of(values, v.by)
	}
	if u := unitOfTimes(values); u != "" && brief[normalise(path)] {
		return u, guessed
	}
	if known, ok := unitsOf[normalise(path)]; ok {
		return known.of(values, known.by)
	}
	if timePath == "ts" && fractions(values)*2 > len(values) {
		return Seconds, "as zap and Caddy have fractions" // all that they write in other units is whole
	}
	return unitOfValues(values)
}

// of is the unit of values, and why.
func (u units) of(values []string, by string) (unit Unit, reason string) {
	large, named := 0, 0
	for _, s := range values {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			named++
		} else if f >= u.least && (u.least > 0 || f >= 20_000) {
			large++
		}
	}
	what := "which are small whole numbers"
	switch {
	case named*2 > len(values) && u.usual != "":
		return u.usual, "or in the unit that each value names"
	case named*2 > len(values):
		return Seconds, "or in the unit that each value names"
	case fractions(values)*2 > len(values):
		unit, what = u.fractions, "which are no whole numbers"
	case large*2 > len(values):
		unit, what = u.large, "which are large whole numbers"
	default:
		unit = u.small
	}
	switch unit {
	case "":
		return unitOfValues(values)
	case u.usual:
		return unit, "as " + by + " has it"
	}
	if u.usual == "" {
		return unit, guessed + ", " + what
	}
	return unit, guessed + ", " + what + ": " + by + " usually has " + string(u.usual)
}

// unitOfTwin is the unit in which most durations are what the text beside them says.
func (v *survey) unitOfTwin(path string) Unit {
	agree, most := map[Unit]int{}, 0
	for _, q := range v.requests {
		number, text := "", q.at(v.twin)
		if f := q.at(path); f != nil {
			number = f.text
		}
		if text == nil || number != "" && number[len(number)-1] > '9' {
			continue // or it names its unit itself
		}
		s := strings.TrimSuffix(text.text[strings.LastIndexAny(text.text, "( ")+1:], ")")
		if want, ok := parseDuration(s, ""); ok && want > 0 {
			most++
			for _, u := range []Unit{Nanoseconds, Microseconds, Milliseconds, Seconds} {
				got, ok := parseDuration(number, u)
				if ok && want-got <= want/100+slack(number, u) && got-want <= want/100 {
					agree[u]++
				}
			}
		}
	}
	best, count := Unit(""), most/2
	for u, n := range agree {
		if n > count || n == count && best != "" && u < best {
			best, count = u, n
		}
	}
	return best
}

// slack is what a number in u lost that was made a whole one.
func slack(number string, u Unit) time.Duration {
	if u != Milliseconds || fractions([]string{number}) > 0 {
		return 0
	}
	return time.Millisecond
}

func unitOfName(path string) Unit {
	name := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	for _, s := range []struct {
		suffix string
		unit   Unit
	}{
		{"_ms", Milliseconds}, {"millis", Milliseconds}, {"_us", Microseconds}, {"micros", Microseconds}, {"_ns", Nanoseconds}, {"nanos", Nanoseconds},
		{"_s", Seconds}, {"seconds", Seconds}, {"_sec", Seconds},
		{"Ms", Milliseconds}, {"Us", Microseconds}, {"Ns", Nanoseconds},
		// Without a separator only behind the words that end otherwise.
		{"latencyms", Milliseconds}, {"elapsedms", Milliseconds}, {"durationms", Milliseconds}, {"timems", Milliseconds},
		{"durationus", Microseconds}, {"durationns", Nanoseconds}, {"durations", Seconds},
	} {
		if strings.HasSuffix(name, s.suffix) || strings.HasSuffix(path, s.suffix) {
			return s.unit
		}
	}
	return ""
}

const guessed = "guessed from its values"

// fractions counts the values that are no whole numbers.
func fractions(values []string) (n int) {
	for _, s := range values {
		if strings.ContainsAny(s, ".eE") {
			n++
		}
	}
	return n
}

// isMixed reports whether a good part of the values are fractions, and another are large whole
// numbers, as where a server was upgraded in between.
func isMixed(values []string) bool {
	large := 0
	for _, s := range values {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 20_000 {
			large++
		}
	}
	return large*10 >= len(values) && fractions(values)*10 >= len(values) && large > 0
}

// unitOfValues guesses: whole numbers that are mostly large are nanoseconds, fractions of
// which most are fine are seconds, the rest milliseconds. Fine is below 1 with four or more
// decimals; or with seven to nine, as milliseconds have six down to the nanosecond. Coarser ones are
// seconds if half of them would else be requests of less than ten microseconds.
func unitOfValues(values []string) (Unit, string) {
	large, fine, named := 0, 0, 0
	for _, s := range values {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			named++
			continue
		}
		if f >= 20_000 {
			large++
		}
		_, decimals, _ := strings.Cut(s, ".")
		if n := len(decimals); f < 1 && n >= 4 || n >= 7 && n <= 9 || strings.ContainsAny(s, "eE") {
			fine++
		}
	}
	switch {
	case named*2 > len(values):
		return Seconds, "or in the unit that each value names"
	case fractions(values)*2 < len(values) && large*2 > len(values):
		return Nanoseconds, guessed + ", which are large whole numbers"
	case fine*2 > len(values):
		return Seconds, guessed + ", which are small fractions"
	case fractions(values)*2 > len(values) && medianOf(values) < 0.01:
		return Seconds, guessed + ", which are too small for milliseconds"
	}
	return Milliseconds, guessed
}
