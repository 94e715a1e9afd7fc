package format

import (
	"strconv"
	"strings"
)

// maxKeys is how many keys are looked at: more are the data of an application.
const maxKeys = 200

// inferJSON reads lines of JSON whose keys say too little: each key is a column.
func inferJSON(lines []string, o *Options) guess {
	columns := keyColumns(lines)
	if len(columns) == 0 {
		return guess{}
	}
	for _, c := range columns {
		c.ballot = elect(c.values)
	}
	v := vote(columns)
	g := guess{named: v.named, unread: len(columns) - v.named}
	g.logFormat = jsonLayout(columns)
	if v.doubt != "" {
		return g.doubted(v.doubt)
	}
	m := mapping{roles: map[string]role{}, objects: map[string]bool{"": true}, local: o.zone(), unit: v.unit}
	for _, c := range columns {
		if c.role != roleNone {
			m.add(c.name, c.role)
		}
	}
	g.open = m.open
	g.judge(lines, v, o)
	if (parts{columns: columns}).zoneless() {
		g.tz = o.zone().String()
	}
	return g
}

// keyColumns gathers the values of each path, in the order in which the paths are first seen.
func keyColumns(lines []string) (columns []*cells) {
	of := map[string]*cells{}
	var w walker
	for i, line := range lines {
		if !strings.HasPrefix(strings.TrimLeft(line, " \t"), "{") {
			continue
		}
		_ = w.walk([]byte(line), func(path, value []byte) {
			c := of[string(path)]
			if c == nil {
				if len(columns) == maxKeys {
					return
				}
				c = &cells{name: string(path), values: make([]string, len(lines))}
				of[c.name] = c
				columns = append(columns, c)
			}
			if s := unquoted(value); s != "-" && s != "null" {
				c.values[i] = s
			}
		})
	}
	return columns
}

// jsonLayout writes the keys that are read as the JSON of a server's format string.
func jsonLayout(columns []*cells) string {
	var keys []string
	for k, c := range columns {
		if c.role != roleNone {
			keys = append(keys, strconv.Quote(c.name)+`:"$`+c.variable(k)+`"`)
		}
	}
	return "{" + strings.Join(keys, ",") + "}"
}
