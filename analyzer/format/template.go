package format

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// learnTemplate reads a JSON object in which variables stand for values, as servers have it
// that write JSON: which key plays which role is then known.
func learnTemplate(s string) (func([][]byte, *Options) (dialect, bool), error) {
	t := &template{mapping: mapping{syntax: syntaxJSON, roles: map[string]role{}}, keys: map[string]bool{}}
	w := walker{root: &node{}, grows: true, to: t}
	m := &t.mapping
	switch err := w.json([]byte(quoteVariables(s))); {
	case err != nil:
		return nil, fmt.Errorf("with its variables in quotes it is no JSON object: %w", err)
	case t.failed != nil:
		return nil, t.failed
	case !m.has(roleStatus):
		return nil, errors.New("none of its keys has the status")
	case !m.has(roleRequest) && !m.has(rolePath) && !m.has(roleMethod):
		return nil, errors.New("none of its keys has the request, its method or its path")
	}
	return t.learn, nil
}

// template is a JSON object of which each value is a variable. It is the sink of its own
// text.
type template struct {
	mapping
	keys   map[string]bool
	failed error
	texts  keyedParser
}

func (t *template) begin() {}
func (t *template) end()   {}

func (t *template) field(n *node, value []byte) {
	v, err := variableOf(strings.Clone(t.texts.text(value, true)))
	t.failed = errors.Join(t.failed, err)
	t.keys[n.path] = true
	if v.role == roleNone || t.has(v.role) {
		return
	}
	t.roles[n.path] = v.role
	if v.role == roleDuration {
		t.unit = v.unit
	}
	if v.role == roleTime {
		t.strptime = v.strptime
	}
}

// learn takes the lines for what the template says.
func (t *template) learn(sample [][]byte, o *Options) (dialect, bool) {
	m := t.mapping
	m.local, m.roles = o.zone(), maps.Clone(m.roles)
	missing := o.naming().add(&m, func(path string) bool { return t.keys[path] })
	m.tree = keyTree(m.roles)
	d := dialect{open: m.open, unit: m.unit, notRead: missing}
	p := m.open().(*keyedParser)
	found := count(p, sample)
	if missing == "" && m.has(roleDuration) && found.matched > 0 && found.timed == 0 {
		d.notRead = noDurations
	}
	if p.when.zoneless {
		d.tz = m.local.String()
	}
	return d, found.matched > 0
}

func (m *mapping) has(r role) bool {
	for _, known := range m.roles {
		if known == r {
			return true
		}
	}
	return false
}

// variableOf is what a value of a template stands for: a variable, what makes a request, or
// a URL.
func variableOf(value string) (variable, error) {
	if !strings.Contains(value, "$") {
		return variable{role: roleNone}, nil
	}
	l, err := parseColumns(`"`+value+`"`, "")
	switch {
	case err != nil:
		return variable{}, err
	case len(l.columns) == 1:
		return l.columns[0].variable, nil
	case strings.HasPrefix(value, "$scheme://") || strings.HasPrefix(value, "${scheme}://"):
		return variable{role: rolePath}, nil
	}
	return variable{role: roleNone}, nil
}

// quoteVariables puts variables that stand for numbers between quotes.
func quoteVariables(s string) string {
	var b strings.Builder
	inside := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && inside && i+1 < len(s):
			b.WriteByte(c)
			i++
			b.WriteByte(s[i])
		case c == '$' && !inside:
			_, rest := variableName(s[i+1:])
			end := len(s) - len(rest)
			b.WriteString(`"` + s[i:end] + `"`)
			i = end - 1
		default:
			inside = inside != (c == '"')
			b.WriteByte(c)
		}
	}
	return b.String()
}
