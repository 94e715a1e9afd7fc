package format

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// durations looks for the duration: a column that is named so, that has its unit in or behind
// its values, or of fractions.
func (v *verdict) durations() {
	if c := v.playing(roleDuration); c != nil {
		v.setUnit(c)
		return
	}
	all := v.free(kindDuration)
	for _, c := range v.free(kindFraction, kindWhole, kindStatus) {
		if c.unit != "" {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		all = slices.DeleteFunc(v.free(kindFraction), func(c *cells) bool { return decimals(c.values) < 3 })
	}
	c := longest(all)
	if c == nil && len(all) > 0 {
		v.open = append(v.open, "which of several durations is the request's is open")
		return
	}
	if c != nil {
		c.role = roleDuration
		v.setUnit(c)
	}
}

// setUnit decides in which unit the durations are, or takes the role off them.
func (v *verdict) setUnit(c *cells) {
	reason := "by its name"
	switch {
	case c.unit != "":
		reason = "as it stands behind them"
	case c.kind == kindDuration:
		return
	default:
		if c.unit = unitOfName(c.name); c.unit == "" {
			known := unitsOf[normalise(c.name)]
			c.unit, reason = known.of(c.values, known.by)
		}
		// nginx's has fractions, whoever else calls his so.
		if c.unit == "" || strings.HasPrefix(reason, guessed) || reason == "as nginx has it" && fractions(c.values) == 0 {
			c.unit, reason, v.guessed = unitOfTimes(c.values), guessed, true
		}
	}
	if c.unit == "" {
		c.role, v.guessed = roleNone, false
		v.open = append(v.open, fmt.Sprintf("column %d seems a duration, but its unit is open", 1+slices.Index(v.columns, c)))
		return
	}
	v.unit = c.unit
	v.notes = append(v.notes, fmt.Sprintf("the duration is in %s, %s", c.unit, reason))
}

// decimals is how many digits most of the values have behind the point.
func decimals(values []string) int {
	seen, most := map[int]int{}, 0
	for _, s := range values {
		if _, fraction, ok := strings.Cut(s, "."); ok {
			seen[len(fraction)]++
		}
	}
	for n := range seen {
		if seen[n] > seen[most] || seen[n] == seen[most] && n > most {
			most = n
		}
	}
	return most
}

// longest is the column that holds no shorter time than any other in all lines: the time of
// a request holds that of the server behind.
func longest(all []*cells) *cells {
	for _, c := range all {
		if !slices.ContainsFunc(all, func(other *cells) bool { return other.kind != c.kind || other.unit != c.unit || !c.holds(other) }) {
			return c
		}
	}
	return nil
}

func (c *cells) holds(other *cells) bool {
	for i, s := range other.values {
		part, ok := parseDuration(s, Seconds)
		if all, known := parseDuration(c.values[i], Seconds); ok && (!known || all < part) {
			return false
		}
	}
	return true
}

// unitOfTimes is the only unit in which the values are durations of requests: half of them take
// between 50 µs and 5 s, hardly any more than ten minutes, and none less than a microsecond. Fractions
// are of seconds, as servers log them, or of milliseconds; of which, a few tell nothing.
func unitOfTimes(values []string) Unit {
	sorted := numbers(values)
	if len(sorted) == 0 {
		return ""
	}
	slices.Sort(sorted)
	least, half, most := sorted[0], sorted[len(sorted)/2], sorted[len(sorted)*19/20]
	if fractions(values) > 0 {
		switch n := decimals(values); {
		case half < 1 && n >= 3 && most <= 600:
			return Seconds
		case half >= 10:
			return Milliseconds
		}
		return ""
	}
	var found Unit
	for _, unit := range []Unit{Nanoseconds, Microseconds, Milliseconds, Seconds} {
		size := perUnit[unit]
		if half*size < 50e3 || half*size > 5e9 || most*size > 600e9 || least > 0 && least*size < 1e3 {
			continue
		}
		if found != "" {
			return ""
		}
		found = unit
	}
	return found
}

// medianOf is the median of those values that are numbers, of which there is one.
func medianOf(values []string) float64 {
	sorted := numbers(values)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}

func numbers(values []string) (out []float64) {
	for _, s := range values {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			out = append(out, f)
		}
	}
	return out
}

// sizes looks for the size of the response among whole numbers, and for the duration among
// what is left.
func (v *verdict) sizes() {
	all := slices.DeleteFunc(v.free(kindWhole, kindStatus), func(c *cells) bool { return c.distinct() < 2 })
	if v.playing(roleBytes) == nil {
		like := slices.DeleteFunc(slices.Clone(all), func(c *cells) bool { return !v.isSize(c) })
		v.give(roleBytes, only(like))
		v.give(roleBytes, v.behindStatus(like))
	}
	left := slices.DeleteFunc(all, func(c *cells) bool { return c.role != roleNone })
	if v.playing(roleDuration) == nil && v.playing(roleBytes) != nil {
		took := slices.DeleteFunc(slices.Clone(left), func(c *cells) bool { return !v.isDuration(c) })
		if c := only(took); c != nil {
			c.role = roleDuration
			v.setUnit(c)
		}
	}
	for _, c := range left {
		if c.role == roleNone && c.name == "" && (v.playing(roleBytes) == nil || v.playing(roleDuration) == nil) {
			v.open = append(v.open, fmt.Sprintf("column %d, of whole numbers, may be a size, a duration or neither, and is not read", 1+slices.Index(v.columns, c)))
		}
	}
}

// behindStatus is the column that follows the status, if it is one of these.
func (v *verdict) behindStatus(among []*cells) *cells {
	i := slices.Index(v.columns, v.playing(roleStatus))
	if i < 0 || i+1 >= len(v.columns) || !slices.Contains(among, v.columns[i+1]) {
		return nil
	}
	return v.columns[i+1]
}

// isSize reports whether the column is how much was sent: nothing where HTTP allows nothing. Where
// there were no such answers, it is the size that stands behind the status, and is the same for the
// same page.
func (v *verdict) isSize(c *cells) bool {
	bodiless, none, others, empty := 0, 0, 0, 0
	for i, s := range c.values {
		zero := s == "" || s == "0"
		switch status := v.statusAt(i); {
		case status == "":
		case status == "304" || status == "204" || v.isHead(i):
			bodiless++
			none += one(zero)
		default:
			others++
			empty += one(zero)
		}
	}
	if bodiless >= 3 {
		return none*10 >= bodiless*9 && empty*2 <= others
	}
	same, pairs := v.repeats(c)
	return v.behindStatus([]*cells{c}) != nil && pairs >= 5 && same*10 >= pairs*8 && c.distinct() > 2
}

// isDuration reports whether the column varies as durations do: it has a long tail, is hardly ever
// zero or twice the same for the same page, and does not go up with the lines or with the size.
func (v *verdict) isDuration(c *cells) bool {
	all := numbers(c.values)
	sorted := slices.Sorted(slices.Values(all))
	if len(all) < inferredLines || sorted[len(sorted)-1] < 4*sorted[len(sorted)/2] || sorted[len(sorted)/20] == 0 || slices.IsSorted(all) {
		return false
	}
	size, near, both := v.playing(roleBytes), 0, 0
	for i, s := range c.values {
		f, g := numbers([]string{s}), numbers([]string{size.values[i]})
		if len(f) == 1 && len(g) == 1 {
			both++
			near += one(f[0] >= g[0] && f[0]-g[0] < 4096)
		}
	}
	same, pairs := v.repeats(c)
	return near*2 < both && same*5 <= pairs && c.distinct()*2 > c.known
}

// repeats counts the lines for a page that came before, with the same status, and how many of
// them have the same value in c as the line before.
func (v *verdict) repeats(c *cells) (same, pairs int) {
	before := map[string]string{}
	target := v.playing(roleRequest)
	if target == nil {
		target = v.playing(rolePath)
	}
	if target == nil {
		return 0, 0
	}
	for i, s := range c.values {
		page := v.statusAt(i) + " " + target.values[i]
		if last, ok := before[page]; ok && s != "" {
			pairs++
			same += one(s == last)
		}
		if s != "" {
			before[page] = s
		}
	}
	return same, pairs
}

func (v *verdict) statusAt(i int) string {
	if c := v.playing(roleStatus); c != nil {
		return c.values[i]
	}
	return ""
}

func (v *verdict) isHead(i int) bool {
	if c := v.playing(roleMethod); c != nil {
		return c.values[i] == "HEAD"
	}
	c := v.playing(roleRequest)
	return c != nil && strings.HasPrefix(c.values[i], "HEAD ")
}

// one is how much a line that holds adds to a count.
func one(holds bool) int {
	if holds {
		return 1
	}
	return 0
}
