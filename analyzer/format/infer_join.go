package format

import (
	"fmt"
	"slices"
	"strings"
)

// merged puts together what a separator cut that belongs together: the parts of a time and of a
// user agent, a label and its value, a number and its unit.
func (p parts) merged(sep byte) parts {
	if sep != ' ' {
		return p
	}
	for k := 0; k < len(p.columns); k++ {
		for n := 5; n > 1; n-- {
			if whole := p.joined(k, n); whole != nil && whole.kind == kindTime {
				p.replace(k, n, whole)
				break
			}
		}
	}
	for k := 0; k+1 < len(p.columns); k++ {
		if p.columns[k].kind == kindAgent && p.columns[len(p.columns)-1].rest {
			if whole := p.joined(k, len(p.columns)-k); whole != nil {
				p.replace(k, len(p.columns)-k, whole)
			}
		}
	}
	for k := 0; k < len(p.columns); k++ {
		word := p.columns[k].constant()
		if unit, ok := unitWords[word]; ok && k > 0 && p.plain(k) && slices.Contains([]kind{kindWhole, kindFraction, kindStatus}, p.columns[k-1].kind) {
			p.columns[k-1].unit = unit
			p.drop(k, word)
		} else if n := len(word); n > 1 && (word[n-1] == ':' || word[n-1] == '=') && isNamed(word[:n-1]) && k+1 < len(p.columns) {
			p.columns[k+1].name = word[:n-1]
			p.drop(k, word)
			k--
		}
	}
	return p
}

// unitWords are the units that stand behind a number as a word of their own.
var unitWords = map[string]Unit{
	"ns": Nanoseconds, "us": Microseconds, "µs": Microseconds, "micros": Microseconds, "ms": Milliseconds, "msec": Milliseconds, "msecs": Milliseconds,
	"millis": Milliseconds, "s": Seconds, "sec": Seconds, "secs": Seconds, "seconds": Seconds,
}

// plain reports whether only spaces stand before column k.
func (p parts) plain(k int) bool { return strings.Trim(p.texts[k], " ") == "" }

// joined is the n columns from k on as one; nil where more than spaces parts them, or where
// there are not so many.
func (p parts) joined(k, n int) *cells {
	if k+n > len(p.columns) {
		return nil
	}
	whole := &cells{name: p.columns[k].name, values: slices.Clone(p.columns[k].values), rest: p.columns[k+n-1].rest}
	for j := k + 1; j < k+n; j++ {
		if p.texts[j] != " " || p.columns[j].known < p.columns[k].known {
			return nil
		}
		for i, s := range p.columns[j].values {
			if s != "" {
				whole.values[i] += " " + s
			}
		}
	}
	whole.ballot = elect(whole.values)
	return whole
}

func (p *parts) replace(k, n int, whole *cells) {
	p.columns = slices.Replace(p.columns, k, k+n, whole)
	p.texts = slices.Delete(p.texts, k+1, k+n)
}

// drop makes column k, which is always the same word, a part of the text.
func (p *parts) drop(k int, word string) {
	p.texts[k] += word + p.texts[k+1]
	p.columns = slices.Delete(p.columns, k, k+1)
	p.texts = slices.Delete(p.texts, k+1, k+2)
}

// constant is what all values are; "" where they differ.
func (c *cells) constant() string {
	for _, s := range c.values {
		if s != "" {
			if allOf(c.values, func(other string) bool { return other == s }) {
				return s
			}
			return ""
		}
	}
	return ""
}

// layout writes the parts in nginx's notation.
func (p parts) layout() string {
	var b strings.Builder
	for k, c := range p.columns {
		b.WriteString(p.texts[k])
		b.WriteString("$" + c.variable(k))
	}
	return b.String() + p.texts[len(p.columns)]
}

// variable is the name under which a layout knows the column; that of one which is not read
// says where it stands.
func (c *cells) variable(k int) string {
	switch c.role {
	case roleDuration:
		if c.unit != "" {
			return "duration_" + string(c.unit)
		}
		return "duration"
	case roleNone:
		if c.kind == kindList {
			return "upstream_addr"
		}
		return fmt.Sprintf("column%d", k+1)
	}
	return roleNames[c.role]
}

func (p parts) zoneless() bool {
	for _, c := range p.columns {
		if c.role == roleClock || c.role == roleTime {
			for _, s := range c.values {
				if isZoneless(s) || c.role == roleClock {
					return true
				}
			}
		}
	}
	return false
}
