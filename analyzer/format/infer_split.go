package format

import "strings"

// cells are one column of the sample.
type cells struct {
	name   string   // what the log calls it, in its header or before each value
	values []string // one for each line; "" where it is unknown
	ballot
	rest bool // it is all that is left of the lines
	role role
	unit Unit
}

// parts are columns with the text between them.
type parts struct {
	texts   []string // before each column, and behind the last
	columns []*cells
}

// splitColumn cuts every line at sep. Lines that have not as many cells as most have none. Where
// that are too many, there are no columns.
func splitColumn(lines []string, sep byte) parts {
	all := make([][][2]int, len(lines))
	var counts []int
	for i, s := range lines {
		all[i] = cut(s, sep)
		if s != "" {
			counts = append(counts, len(all[i]))
		}
	}
	n, rest := usualCount(counts, sep)
	p := parts{texts: []string{""}}
	if n > maxColumns {
		return p
	}
	for k := range n {
		c := &cells{values: make([]string, len(lines)), rest: rest && k == n-1}
		for i, s := range lines {
			if len(all[i]) < n || len(all[i]) > n && !rest {
				continue
			}
			c.values[i] = s[all[i][k][0]:all[i][k][1]]
			if k == n-1 {
				c.values[i] = s[all[i][k][0]:]
			}
		}
		p.columns = append(p.columns, c)
		p.texts = append(p.texts, "")
		if k < n-1 {
			p.texts[k+1] = gap(lines, all, k, n, sep)
		}
	}
	p.pad()
	return p
}

// usualCount is how many cells most lines have. Where spaces part them, the last cell can be
// all the rest, as user agents without quotes are.
func usualCount(counts []int, sep byte) (n int, rest bool) {
	seen := map[int]int{}
	for _, k := range counts {
		if seen[k]++; seen[k] > seen[n] || seen[k] == seen[n] && k < n {
			n = k
		}
	}
	if sep != ' ' || float64(seen[n]) >= minVotes*float64(len(counts)) {
		return n, false
	}
	for fewer, k := 0, 1; ; k++ {
		if fewer += seen[k]; fewer*20 > len(counts) {
			return k, true
		}
	}
}

// gap is the text between the cells k and k+1: two spaces where it is more than one space
// in some lines.
func gap(lines []string, all [][][2]int, k, n int, sep byte) string {
	for i := range lines {
		if cells := all[i]; sep == ' ' && len(cells) >= n && cells[k+1][0]-cells[k][1] > 1 {
			return "  "
		}
	}
	return string(sep)
}

// pad makes the space that all cells of a column begin or end with a part of the text.
func (p parts) pad() {
	for k, c := range p.columns {
		if allOf(c.values, func(s string) bool { return strings.HasPrefix(s, " ") }) {
			p.texts[k] += " "
		}
		if allOf(c.values, func(s string) bool { return strings.HasSuffix(s, " ") && len(s) > 1 }) {
			p.texts[k+1] = " " + p.texts[k+1]
		}
		for i, s := range c.values {
			c.values[i] = strings.TrimSpace(s)
		}
	}
}

// allOf reports whether holds is true of all values that are known, and there are some.
func allOf(values []string, holds func(string) bool) bool {
	known := false
	for _, s := range values {
		if s == "" {
			continue
		}
		if !holds(s) {
			return false
		}
		known = true
	}
	return known
}

// cut is where the cells of s begin and end. Within quotes, and where spaces part the cells
// within brackets, there is no end.
func cut(s string, sep byte) (out [][2]int) {
	var last [len(closers)]int // where each stands, so that none is looked for in vain again and again
	for k := range closers {
		last[k] = strings.LastIndexByte(s, closers[k])
	}
	for i := 0; ; {
		for sep == ' ' && i < len(s) && s[i] == ' ' {
			i++
		}
		if sep == ' ' && i == len(s) {
			return out
		}
		end := i
		for end < len(s) && (s[end] != sep || inList(s, i, end)) {
			end = enclosed(s, i, end, sep, last) + 1
		}
		out = append(out, [2]int{i, min(end, len(s))})
		if i = end + 1; end >= len(s) {
			return out
		}
	}
}

const openers, closers = "[{(", "]})"

// enclosed is the end of what opens at s[i], in a cell that begins at begin; or i. It is given where
// each of the closers stands last.
func enclosed(s string, begin, i int, sep byte, last [len(closers)]int) int {
	if i > begin && strings.IndexByte(" =:[({", s[i-1]) < 0 {
		return i
	}
	switch k := strings.IndexByte(openers, s[i]); {
	case s[i] == '"':
		if n := endOfQuoted(s[i+1:]); n >= 0 {
			return i + 1 + n
		}
	case k >= 0 && sep == ' ' && last[k] > i:
		return i + strings.IndexByte(s[i:], closers[k])
	}
	return i
}

// inList reports whether the space at s[i] is in nginx's list of tries: "0.004, 0.012 : 0.2".
func inList(s string, begin, i int) bool {
	if s[i] != ' ' || i == begin || i+2 > len(s) || s[begin]-'0' > 9 && s[begin] != '-' {
		return false
	}
	next := s[i+1]
	return s[i-1] == ',' && (next-'0' <= 9 || next == '-') || s[i-1] == ':' && i-2 > begin && s[i-2] == ' ' || strings.HasPrefix(s[i:], " : ")
}

// headerOf takes a header of names off the lines.
func headerOf(lines []string, sep byte) (names, rows []string) {
	if len(lines) < 2 {
		return nil, lines
	}
	first := strings.TrimLeft(lines[0], "# \ufeff")
	for _, at := range cut(first, sep) {
		name := strings.Trim(first[at[0]:at[1]], ` "'`)
		if !isLabel(name) || plausible(roleMethod, name, true) {
			return nil, lines
		}
		names = append(names, name)
	}
	if len(names) < 3 {
		return nil, lines
	}
	return names, lines[1:]
}

// isLabel reports whether s names a column: a word, or a few.
func isLabel(s string) bool {
	if s == "" || len(s) > 40 || s[0]|0x20-'a' >= 26 {
		return false
	}
	return strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789_-.()@ ") == ""
}

// resolveAll looks into the columns: what stands around the values of each, and whether they are
// columns again.
func (p parts) resolveAll(depth int) parts {
	out := parts{texts: []string{p.texts[0]}}
	for k, c := range p.columns {
		q := c.resolve(depth)
		out.texts[len(out.columns)] += q.texts[0]
		out.columns = append(out.columns, q.columns...)
		out.texts = append(out.texts, q.texts[1:]...)
		out.texts[len(out.columns)] += p.texts[k+1]
	}
	return out
}

// resolve takes quotes, brackets and labels off the column, until its values are of a kind.
func (c *cells) resolve(depth int) parts {
	whole := parts{texts: []string{"", ""}, columns: []*cells{c}}
	open, close := c.frame()
	c.values = stripped(c.values, len(open), len(close))
	if open == "" {
		c.unquote()
	}
	whole.texts[0], whole.texts[1] = open, close
	if c.ballot = elect(c.values); c.kind != kindNone || depth > 3 || open == `"` && !allOf(c.values, isRequest) {
		return whole
	}
	inner := whole
	if label := c.label(); label != "" {
		labelled := &cells{name: strings.Trim(label, `:= "'`), values: stripped(c.values, len(label), 0)}
		inner = labelled.resolve(depth + 1)
		inner.texts[0] = label + inner.texts[0]
	} else {
		for _, sep := range []byte(" /") {
			if q := splitColumn(c.values, sep); len(q.columns) > 1 && (sep == ' ' || len(q.columns) == 2) {
				inner = q.resolveAll(depth + 1).merged(sep)
				if inner.told() {
					break
				}
			}
		}
	}
	if inner.columns[0] == c || !inner.told() {
		return whole
	}
	inner.texts[0] = open + inner.texts[0]
	inner.texts[len(inner.columns)] += close
	return inner
}

// told reports whether a column of p is of a kind.
func (p parts) told() bool {
	for _, c := range p.columns {
		if c.kind != kindNone || c.name != "" && c.known > 0 {
			return true
		}
	}
	return false
}

// frame is what all values stand between, or before.
func (c *cells) frame() (open, close string) {
	for _, f := range []string{`""`, "[]", "()", "{}", "''"} {
		if allOf(c.values, func(s string) bool {
			return len(s) > 1 && s[0] == f[0] && strings.IndexByte(s[1:], f[1]) == len(s)-2 || f[0] == '"' && len(s) > 1 && s[0] == '"' && endOfQuoted(s[1:]) == len(s)-2
		}) {
			return f[:1], f[1:]
		}
	}
	for _, mark := range []string{",", ":", ";"} { // of a sentence
		if allOf(c.values, func(s string) bool { return strings.HasSuffix(s, mark) }) && elect(stripped(c.values, 0, 1)).kind != kindNone {
			return "", mark
		}
	}
	return "", ""
}

func stripped(values []string, before, behind int) []string {
	out := make([]string, len(values))
	for i, s := range values {
		if len(s) >= before+behind {
			s = s[before : len(s)-behind]
		}
		if s != "-" {
			out[i] = s
		}
	}
	return out
}

// unquote takes off the quotes that some of the values need.
func (c *cells) unquote() {
	for i, s := range c.values {
		c.values[i] = string(unquoted([]byte(s)))
	}
}

// label is what all values begin with, and names them: "status=", "Length ".
func (c *cells) label() string {
	label := ""
	for _, s := range c.values {
		if s == "" {
			continue
		}
		if label == "" {
			n := strings.IndexAny(s, "=: ")
			if n < 1 || !isLabel(s[:n]) {
				return ""
			}
			for n < len(s) && strings.IndexByte("=: ", s[n]) >= 0 {
				n++
			}
			label = s[:n]
		}
		if !strings.HasPrefix(s, label) {
			return ""
		}
	}
	return label
}
