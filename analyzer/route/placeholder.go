package route

import (
	"strconv"
	"strings"
)

// A class is a set of what fills a place.
type class uint8

const (
	anID class = 1 << iota
	aUUID
	aDate
	anEmail
	anIP
	aWord // any value: words were opened
	aTail // several segments: what is past maxDepth
)

// placeholders is the table of how classes are written. A place of several classes of
// identifiers is {id}; one with words is {name}.
var placeholders = []struct {
	class class
	name  string
}{
	{anID, "id"}, {aUUID, "uuid"}, {aDate, "date"}, {anEmail, "email"}, {anIP, "ip"}, {aWord, "name"}, {aTail | aWord, "path"},
}

// name is what the placeholder of c is called.
func (c class) name() string {
	if c&aWord != 0 {
		c &= aWord | aTail
	}
	for _, p := range placeholders {
		if p.class == c {
			return p.name
		}
	}
	return placeholders[0].name
}

// placeholderOf is the class that a segment stands for, as this package writes it: {id}, or
// {id2} where a pattern has another; 0 for a literal.
func placeholderOf(segment string) class {
	name, opened := strings.CutPrefix(segment, "{")
	name, closed := strings.CutSuffix(name, "}")
	if !opened || !closed {
		return 0
	}
	for _, p := range placeholders {
		n, ok := strings.CutPrefix(name, p.name)
		if p.class&aTail != 0 && ok {
			n, ok = strings.CutSuffix(n, "...")
		}
		if ok && (n == "" || '1' <= n[0] && n[0] <= '9' && isNumber(n)) {
			return p.class
		}
	}
	return 0
}

func isNumber(s string) bool {
	return strings.Trim(s, "0123456789") == "" && len(s) <= 4
}

// appendPlaceholder appends that of c, which is the nth of its name within the template.
func appendPlaceholder(dst []byte, c class, n int) []byte {
	dst = append(append(dst, '{'), c.name()...)
	if n > 1 {
		dst = strconv.AppendInt(dst, int64(n), 10)
	}
	if c&aTail != 0 {
		dst = append(dst, "..."...)
	}
	return append(dst, '}')
}

// Pattern is the pattern of ParsePatterns that matches what a template, or a leaf, stands for;
// false where there is none, because of braces that were in the path.
func Pattern(template string) (pattern string, ok bool) {
	if !strings.HasPrefix(template, "/") {
		return "", false
	}
	for segment := range strings.SplitSeq(template, "/") {
		written, escaped := strings.CutPrefix(segment, "%7B")
		if escaped && placeholderOf("{"+written) != 0 {
			return "", false
		}
		if name := segment[:verb(segment)]; placeholderOf(name) != 0 {
			segment = segment[len(name):]
		}
		if strings.ContainsAny(segment, "{}") {
			return "", false
		}
	}
	if strings.HasSuffix(template, "/") {
		template += "{$}" // else it is all that is below
	}
	return template, true
}
