package format

import (
	"strings"

	"github.com/itchyny/timefmt-go"
)

// newColumn makes the column of a name behind the text before.
func newColumn(name, before string) (column, error) {
	v, known := variables[name]
	if !known {
		v.role, v.list = roleNone, strings.HasPrefix(name, "upstream_")
	}
	c := column{before: before, variable: v}
	if text, spaces := strings.CutSuffix(before, "  "); spaces && !strings.HasSuffix(text, " ") {
		c.before, c.padded = text+" ", true
	}
	if pattern, ok := strings.CutPrefix(name, "strptime:"); ok {
		if err := checkStrptime(pattern); err != nil {
			return c, err
		}
		c.variable = variable{role: roleTime, strptime: pattern}
		c.shape = timefmt.Format(sampleTime, pattern)
	}
	switch {
	case name == "time_local":
		c.shape = "28/Dec/2011:19:37:53 +0000"
	case v.role == roleRequest && !strings.HasSuffix(before, `"`):
		c.shape = "GET / HTTP/1.1"
	}
	return c, nil
}

// endAt tells where c ends: before the text until, and then the column called next.
func (c *column) endAt(until, next string) {
	c.digit = next == "time_local" || next == "time_iso8601"
	if until == "" && next != "" {
		until = "/" // a path, behind a host
	}
	if c.until = until; until != "" {
		c.skip = strings.Count(c.shape, until)
	}
}

// adjoins reports whether a variable that stands right behind the last column is read with
// it: the query is behind its path.
func (l *layout) adjoins(name string) bool {
	n := len(l.columns)
	return n > 0 && l.columns[n-1].role == rolePath && (name == "is_args" || name == "args" || name == "query_string")
}

// tidy makes one column of a request that is in three, and reads but one of several columns
// with the same role: the first, or the finest duration.
func (l *layout) tidy() {
	for i := 0; i+2 < len(l.columns); i++ {
		m, p, v := l.columns[i], l.columns[i+1], l.columns[i+2]
		if m.role == roleMethod && p.role == rolePath && v.role == roleProto && m.until == " " && p.until == " " &&
			strings.HasSuffix(m.before, `"`) && strings.HasPrefix(v.until, `"`) {
			l.columns[i] = column{before: m.before, until: v.until, variable: variable{role: roleRequest}, quoted: true, digit: v.digit}
			l.columns = append(l.columns[:i+1], l.columns[i+3:]...)
		}
	}
	var kept [256]*column
	for i := range l.columns {
		c := &l.columns[i]
		first := kept[c.role]
		switch {
		case c.role == roleNone || c.role == rolePart:
		case first == nil:
			kept[c.role] = c
		case c.role == roleDuration && perUnit[c.unit] < perUnit[first.unit]:
			first.role, kept[c.role] = roleNone, c
		default:
			c.role = roleNone
		}
	}
}

// behind finds until behind so many of it that are within the value.
func behind(b []byte, until string, times int) int {
	at := 0
	for {
		n := indexOf(b[at:], until)
		if n < 0 {
			return -1
		}
		if at += n; times == 0 {
			return at
		}
		at += len(until)
		times--
	}
}
