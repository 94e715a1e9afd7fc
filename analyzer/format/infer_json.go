package format

import (
	"slices"
	"strconv"
	"strings"
)

// inferJSON reads lines of JSON whose keys say too little: each key is a column.
func inferJSON(lines []string, o *Options) guess {
	s := keySink{of: map[*node]*cells{}}
	columns := s.gather(lines)
	if len(columns) == 0 {
		return guess{}
	}
	for _, c := range columns {
		c.ballot = elect(c.values)
	}
	v := vote(columns)
	g := guess{named: v.named, unread: len(columns) - v.named}
	g.logFormat = s.template(s.walker.root)
	if v.doubt != "" {
		return g.doubted(v.doubt)
	}
	learn, err := learnTemplate(g.logFormat)
	if err != nil {
		return g.doubted(err.Error())
	}
	d, _ := learn(nil, o)
	g.open = d.open
	g.judge(lines, v, o)
	if (parts{columns: columns}).zoneless() {
		g.tz = o.zone().String()
	}
	return g
}

// keySink gathers the values of each key. It is the sink of lines of JSON, of each of which the
// first object counts.
type keySink struct {
	walker  walker
	of      map[*node]*cells
	columns []*cells
	lines   int
	line    int // that is being read
	objects int // in it
	texts   keyedParser
}

// gather reads the lines, and returns the keys in the order in which they are first seen.
func (s *keySink) gather(lines []string) []*cells {
	s.walker = walker{root: &node{}, grows: true, to: s}
	s.lines = len(lines)
	for i, line := range lines {
		s.line, s.objects = i, 0
		_ = s.walker.json([]byte(line))
	}
	return s.columns
}

func (s *keySink) begin() { s.objects++ }
func (s *keySink) end()   {}

func (s *keySink) field(n *node, value []byte) {
	if s.objects > 1 {
		return
	}
	c := s.of[n]
	if c == nil {
		if len(s.columns) == maxColumns || strings.Trim(strconv.Quote(n.path), `"`) != n.path {
			return // or a format string cannot have such a key
		}
		c = &cells{name: n.path, values: make([]string, s.lines)}
		s.of[n] = c
		s.columns = append(s.columns, c)
	}
	s.texts.buf = s.texts.buf[:0]
	c.values[s.line] = strings.Clone(s.texts.text(value, s.walker.escaped))
}

// template writes the keys that are read as the JSON of a server's format string, nested as they
// are in the lines; "" where none is under n.
func (s *keySink) template(n *node) string {
	type member struct {
		text  string
		first int // the column that it begins with
	}
	var members []member
	for key, kid := range n.kids {
		text := s.template(kid)
		if c := s.of[kid]; c != nil && c.role != roleNone {
			text = `"$` + c.variable(0) + `"`
		}
		if text != "" {
			members = append(members, member{strconv.Quote(key) + ":" + text, s.first(kid)})
		}
	}
	if members == nil {
		return ""
	}
	slices.SortFunc(members, func(a, b member) int { return a.first - b.first })
	texts := make([]string, len(members))
	for i, m := range members {
		texts[i] = m.text
	}
	return "{" + strings.Join(texts, ",") + "}"
}

// first is the column that stands first of those under n.
func (s *keySink) first(n *node) int {
	first := len(s.columns)
	if c := s.of[n]; c != nil {
		first = slices.Index(s.columns, c)
	}
	for _, kid := range n.kids {
		first = min(first, s.first(kid))
	}
	return first
}
