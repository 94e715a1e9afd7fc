package format

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// schema is what is known of the keys of one writer, where the names alone do not tell. The
// zero schema knows nothing.
type schema struct {
	by     string          // the writer, as in "as … writes it"
	marks  []mark          // what tells its lines from others', the rarest first
	keys   []key           // by their exact paths; of those of one role, the surest first
	need   string          // a key that all its requests have, and those of other writers on such lines have not; "" is none
	units  units           // of the duration
	twin   string          // a text that ends in the duration with its unit, perhaps in brackets
	origin bool            // it has no status of the origin's where it asked none
	own    map[string]role // all keys there are: this project wrote the lines, in somebody else's vocabulary
}

// general is the schema of writers that are not known.
var general = &schema{}

type key struct {
	path string
	role role
}

// mark is something by which a line is known. path can end in a dot: any key there will do.
type mark struct {
	path string
	is   func(value string) bool
	not  bool // such a line is somebody else's
}

func has(path string) mark { return mark{path: path, is: func(string) bool { return true }} }
func lacks(path string) mark {
	return mark{path: path, is: func(string) bool { return true }, not: true}
}

func begins(path, with string) mark {
	return mark{path: path, is: func(s string) bool { return strings.HasPrefix(s, with) }}
}

func holds(path, what string) mark {
	return mark{path: path, is: func(s string) bool { return strings.Contains(s, what) }}
}

// lowerCase and upperCase tell loggers apart by how they write the level.
func lowerCase(path string) mark {
	return mark{path: path, is: func(s string) bool { return s != "" && s == strings.ToLower(s) && s[0] > '9' }}
}

func upperCase(path string) mark {
	return mark{path: path, is: func(s string) bool { return s != "" && s == strings.ToUpper(s) && s[0] > '9' }}
}

// entry is what a survey keeps of a line: its values, by their paths.
type entry []pathValue

type pathValue struct {
	path, text string
	quoted     bool
}

func (q entry) at(path string) (pathValue, bool) {
	for i := len(q) - 1; i >= 0; i-- {
		if q[i].path == path {
			return q[i], true
		}
	}
	return pathValue{}, false
}

func (m *mark) of(q entry) bool {
	v, ok := q.at(m.path)
	return (ok && m.is(v.text)) != m.not
}

// survey gathers the requests of a sample: the records that could have a status and
// something that was asked for. Other lines are left out: an application's "status" and
// "duration" are something else.
type survey struct {
	*schema
	naming
	requests []entry
	now      entry
	marked   int // requests that have all marks
	texts    keyedParser
	walker   walker
}

func (s *schema) survey(sample [][]byte, x syntax, n naming) *survey {
	v := &survey{schema: s, naming: n}
	v.walker = walker{root: &node{}, grows: true, to: v}
	for _, line := range sample {
		_ = x(&v.walker, line)
	}
	return v
}

func (v *survey) begin() { v.now = nil }

func (v *survey) field(n *node, value []byte) {
	v.texts.buf = v.texts.buf[:0]
	if text := strings.Clone(v.texts.text(value)); text != "" {
		v.now = append(v.now, pathValue{n.path, text, v.walker.words || len(value) > 0 && value[0] == '"'})
	}
}

func (v *survey) end() {
	var plays [roles]bool
	for i := range v.now {
		if r := v.roleOf(v.now[i].path).role; r < roles && v.canPlay(r, v.now[i]) {
			plays[r] = true
		}
	}
	if !plays[roleStatus] || !plays[roleMethod] && !plays[rolePath] && !plays[roleRequest] && !plays[roleRoute] {
		return
	}
	if _, ok := v.now.at(v.need); !ok && v.need != "" {
		return
	}
	if logger, _ := v.now.at(loggerKey); isCaddyAside(logger.text) {
		return
	}
	v.requests = append(v.requests, v.now)
	for i := range v.marks {
		if !v.marks[i].of(v.now) {
			return
		}
	}
	v.marked++
}

// rankedRole is a role, and how sure it is that a key plays it: 0 is the surest.
type rankedRole struct {
	role role
	rank int
}

// roleOf is the role of the key at path: what is said, else the schema's, else the one that
// its name tells.
func (v *survey) roleOf(path string) rankedRole {
	if said, ok := v.said[path]; ok {
		return rankedRole{said.role, math.MinInt}
	}
	known := rankedRole{roleNone, 0}
	if i := slices.IndexFunc(v.keys, func(k key) bool { return k.path == path }); i >= 0 {
		known = rankedRole{v.keys[i].role, i - len(v.keys)}
	} else if named, ok := roleOf[normalise(path)]; ok {
		known = named
	}
	if v.naming.roles[known.role] {
		return rankedRole{roleNone, 0}
	}
	return known
}

// canPlay reports whether a value can be what r means.
func (v *survey) canPlay(r role, f pathValue) bool {
	if _, said := v.said[f.path]; said && r != roleStatus {
		return true
	}
	return plausible(r, f.text, f.quoted)
}

// values are those under path that can play its role.
func (v *survey) values(path string) (all []string) {
	r := v.roleOf(path).role
	for _, q := range v.requests {
		if f, ok := q.at(path); ok && (r >= roles || v.canPlay(r, f)) {
			all = append(all, f.text)
		}
	}
	return all
}

// candidates are the paths that can play each role, with how many requests have them.
func (v *survey) candidates() (all [roles]map[string]int) {
	for _, q := range v.requests {
		for i, f := range q {
			if again, _ := q[i+1:].at(f.path); again.path != "" {
				continue
			}
			if r := v.roleOf(f.path).role; r < roles && v.canPlay(r, f) {
				if all[r] == nil {
					all[r] = map[string]int{}
				}
				all[r][f.path]++
			}
		}
	}
	return all
}

// surest is the path that the schema or its name makes surest, of those in at least atLeast
// requests.
func (v *survey) surest(of map[string]int, atLeast int) string {
	best, rank := "", 0
	for path, n := range of {
		if r := v.roleOf(path).rank; (n >= atLeast || r == math.MinInt) && (best == "" || r < rank || r == rank && path < best) {
			best, rank = path, r
		}
	}
	return best
}

// learnKeyed is the learn function of a format whose lines have keys that one of the schemas
// knows: of those that explain equally much, the first.
func learnKeyed(x syntax, schemas ...*schema) func([][]byte, *Options) (dialect, bool) {
	return func(sample [][]byte, o *Options) (dialect, bool) {
		var best trial
		for _, s := range schemas {
			d, ok := s.learn(sample, x, o)
			if !ok {
				continue
			}
			t := count(d.open(), sample)
			if t.dialect = d; t.matched > 0 && t.beats(best) {
				best = t
			}
		}
		return best.dialect, best.matched > 0
	}
}

// learn finds which keys of the sample play which role: for the status, the surest key that
// is in at least half as many requests as the most frequent one; for each other role, the
// surest key in at least a third of those. What the schema knows is read also where no line
// of the sample has it.
func (s *schema) learn(sample [][]byte, x syntax, o *Options) (dialect, bool) {
	if !s.mayBeIn(sample) {
		return dialect{}, false
	}
	v := s.survey(sample, x, o.naming())
	if len(v.requests) == 0 || v.marked*2 < len(v.requests) || v.marked == 0 {
		return dialect{}, false
	}
	candidates := v.candidates()
	most := 0
	for _, n := range candidates[roleStatus] {
		most = max(most, n)
	}
	var chosen [roles]string
	chosen[roleStatus] = v.surest(candidates[roleStatus], (most+1)/2)
	enough := max(candidates[roleStatus][chosen[roleStatus]]/3, 1)
	for r := range chosen {
		if role(r) != roleStatus {
			chosen[r] = v.surest(candidates[r], enough)
		}
	}
	if chosen[roleStatus] == "" || s.own == nil && chosen[roleMethod] == "" && chosen[rolePath] == "" && chosen[roleRequest] == "" && chosen[roleRoute] == "" {
		return dialect{}, false
	}
	return v.dialect(chosen, x, o), true
}

// mayBeIn is a quick look for the first mark, before every line is taken apart.
func (s *schema) mayBeIn(sample [][]byte) bool {
	if len(s.marks) == 0 {
		return true
	}
	name := s.marks[0].path[strings.LastIndexByte(s.marks[0].path, '.')+1:]
	return slices.ContainsFunc(sample, func(line []byte) bool { return strings.Contains(share(line), name) })
}

// dialect reads each role from the path that was chosen for it.
func (v *survey) dialect(chosen [roles]string, x syntax, o *Options) dialect {
	m := &mapping{syntax: x, roles: v.own, local: o.zone(), own: v.own != nil, origin: v.origin, last: v.lastKey()}
	var why strings.Builder
	why.WriteString("status is read from " + strconv.Quote(chosen[roleStatus]))
	if m.roles == nil {
		m.roles = v.rolesOf(chosen)
	}
	var reason string // for the unit
	path := chosen[roleDuration]
	if path == "" {
		path = v.firstKey(rolePart)
	}
	if path != "" {
		if m.unit, reason = v.said[path].unit, "as was said"; m.unit == "" {
			m.unit, reason = v.unitOf(path, chosen[roleTime])
		}
		why.WriteString(", the duration from " + strconv.Quote(path) + " in " + string(m.unit) + " " + reason)
	}
	if v.own != nil {
		why.WriteString(", and all else by the keys of this project's preset in " + v.by + " vocabulary")
	}
	why.WriteString(v.naming.add(m, func(path string) bool { return len(v.values(path)) > 0 }))
	m.tree = keyTree(m.roles)
	if v.need != "" {
		m.need = m.roles[v.need]
	}
	d := dialect{why: why.String(), unit: m.unit, guessed: strings.HasPrefix(reason, guessed), open: m.open}
	if slices.ContainsFunc(v.values(chosen[roleTime]), isZoneless) {
		d.tz = o.zone().String()
	}
	return d
}

// loggerKey is where the loggers that have names write theirs.
const loggerKey = "logger"

// rolesOf is each chosen path with its role, and what the schema knows besides.
func (v *survey) rolesOf(chosen [roles]string) map[string]role {
	m := map[string]role{loggerKey: roleLogger, "upstream_status": roleUpstream} // nginx's
	for _, k := range v.keys {
		if k.role > roles || chosen[k.role] == "" {
			m[k.path] = k.role
		}
	}
	for r, path := range chosen {
		if path != "" && role(r) != roleMsg {
			m[path] = role(r)
		}
	}
	return m
}

// firstKey is the first key of the schema that plays r and that the sample has.
func (v *survey) firstKey(r role) string {
	for _, k := range v.keys {
		if k.role == r && len(v.values(k.path)) > 0 {
			return k.path
		}
	}
	return ""
}

// lastKey is the key that most requests end in, where nearly all have it. JSON has an end of
// its own.
func (v *survey) lastKey() string {
	if v.own != nil {
		return "" // its keys come and go
	}
	ends := map[string]int{}
	best := ""
	for _, q := range v.requests {
		path := q[len(q)-1].path
		if ends[path]++; ends[path] > ends[best] || ends[path] == ends[best] && path < best {
			best = path
		}
	}
	have := 0
	for _, q := range v.requests {
		if _, ok := q.at(best); ok {
			have++
		}
	}
	if have*20 < len(v.requests)*19 {
		return ""
	}
	return best
}
