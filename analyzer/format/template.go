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
	m := mapping{roles: map[string]role{}, objects: map[string]bool{"": true}}
	var w walker
	var failed error
	err := w.walk([]byte(quoteVariables(s)), func(path, value []byte) {
		v, err := variableOf(unquoted(value))
		failed = errors.Join(failed, err)
		if v.role == roleNone || m.has(v.role) {
			return
		}
		m.add(string(path), v.role)
		if v.role == roleDuration {
			m.unit = v.unit
		}
		if v.role == roleTime {
			m.strptime = v.strptime
		}
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("with its variables in quotes it is no JSON object: %w", err)
	case failed != nil:
		return nil, failed
	case !m.has(roleStatus):
		return nil, errors.New("none of its keys has the status")
	case !m.has(roleRequest) && !m.has(rolePath) && !m.has(roleMethod):
		return nil, errors.New("none of its keys has the request, its method or its path")
	}
	return m.learn, nil
}

// learn takes the lines for what the mapping says.
func (m mapping) learn(sample [][]byte, o *Options) (dialect, bool) {
	m.local, m.roles, m.objects = o.zone(), maps.Clone(m.roles), maps.Clone(m.objects)
	why := o.naming().add(&m, func(path string) bool { return hasPath(sample, path) })
	d := dialect{open: m.open, unit: m.unit, why: strings.TrimPrefix(why, "; ")}
	p := m.open().(*jsonParser)
	t := count(p, sample)
	if p.when.zoneless {
		d.tz = m.local.String()
	}
	return d, t.matched > 0
}

func hasPath(sample [][]byte, want string) (found bool) {
	var w walker
	for _, line := range sample {
		_ = w.walk(line, func(path, _ []byte) { found = found || string(path) == want })
	}
	return found
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
