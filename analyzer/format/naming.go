package format

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// naming is what somebody says of the keys. It goes before their names.
type naming struct {
	said  map[string]variable // by path
	roles map[role]bool       // that are said, and not looked for
}

func (o *Options) naming() naming {
	n := naming{said: map[string]variable{}, roles: map[role]bool{}}
	for name, path := range o.Fields {
		v := variables[name]
		n.said[path] = v
		n.roles[v.role] = true
	}
	return n
}

// add adds what is said to m, and returns what was said of keys that are not there.
func (n naming) add(m *mapping, has func(path string) bool) (missing string) {
	for _, path := range slices.Sorted(maps.Keys(n.said)) {
		v := n.said[path]
		m.drop(v.role)
		m.roles[path] = v.role
		if v.unit != "" {
			m.unit = v.unit
		}
		if !has(path) {
			missing += " and " + strconv.Quote(path)
		}
	}
	if missing == "" {
		return ""
	}
	return "no request in the sample has " + strings.TrimPrefix(missing, " and ") + ", which --field names"
}

// drop forgets which path has r, but for parts of a whole.
func (m *mapping) drop(r role) {
	if r != rolePart {
		maps.DeleteFunc(m.roles, func(_ string, known role) bool { return known == r })
	}
}

// CheckField reports whether Options.Fields may have such a name.
func CheckField(name string) error {
	if v, ok := variables[name]; ok && v.role != roleNone {
		return nil
	}
	return fmt.Errorf("%q is no field of a record; it can be status, method, path, route, request, time, duration_ms (or _s, _us, _ns), response_bytes, request_bytes, client_ip, host, scheme, proto, user_agent, referer, request_id, trace_id, span_id or error", name)
}

// check refuses fields that no format could read.
func (o *Options) check(candidates []*Format) ([]*Format, error) {
	if len(o.Fields) == 0 {
		return candidates, nil
	}
	for _, name := range slices.Sorted(maps.Keys(o.Fields)) {
		if err := CheckField(name); err != nil {
			return nil, err
		}
	}
	var able []*Format
	for _, f := range candidates {
		if f.named {
			able = append(able, f)
		}
	}
	if len(able) == 0 {
		return nil, fmt.Errorf("fields cannot be chosen in the format %s, whose places are fixed; they can in json, logfmt and the lines of a format string", candidates[0].Name)
	}
	return able, nil
}

// rename calls the variables of a layout what they are said to be, and returns those that
// it has not.
func (o *Options) rename(columns string) (renamed string, missing []string) {
	var b strings.Builder
	found := map[string]bool{}
	for {
		text, after, more := strings.Cut(columns, "$")
		b.WriteString(text)
		if !more {
			break
		}
		name, rest := variableName(after)
		for said, was := range o.Fields {
			if was == name {
				found[was], name = true, said
				break
			}
		}
		b.WriteString("${" + name + "}")
		columns = rest
	}
	for _, was := range slices.Sorted(maps.Values(o.Fields)) {
		if !found[was] {
			missing = append(missing, "$"+was)
		}
	}
	return b.String(), missing
}
