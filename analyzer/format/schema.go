package format

import (
	"maps"
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

func (m *mark) of(q entry) bool {
	v := q.at(m.path)
	return (v != nil && m.is(v.text)) != m.not
}

// survey gathers the requests of a sample: the records that could have a status and
// something that was asked for. Other lines are left out: an application's "status" and
// "duration" are something else.
type survey struct {
	*schema
	naming
	*reading
	known    []rankedRole // what each key of the reading plays
	requests []entry
	marked   int // requests that have all marks
}

func (s *schema) survey(r *reading, n naming) *survey {
	v := &survey{schema: s, naming: n, reading: r}
	for _, path := range r.paths {
		v.known = append(v.known, v.roleOf(path))
	}
	for _, q := range r.records {
		if v.isRequest(q) {
			v.requests = append(v.requests, q)
			if v.isMarked(q) {
				v.marked++
			}
		}
	}
	return v
}

func (v *survey) isRequest(q entry) bool {
	status, asked := false, false
	for i := range q {
		switch r := v.known[q[i].key].role; r {
		case roleStatus:
			status = status || v.canPlay(r, &q[i])
		case roleMethod, rolePath, roleRequest, roleRoute:
			asked = asked || v.canPlay(r, &q[i])
		}
	}
	if !status || !asked || v.need != "" && q.at(v.need) == nil {
		return false
	}
	logger := q.at(loggerKey)
	return logger == nil || !isCaddyAside(logger.text)
}

func (v *survey) isMarked(q entry) bool {
	for i := range v.marks {
		if !v.marks[i].of(q) {
			return false
		}
	}
	return true
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
func (v *survey) canPlay(r role, f *pathValue) bool {
	if _, said := v.said[f.path]; said && r != roleStatus {
		return true
	}
	return f.canPlay(r)
}

// values are those under path that can play its role.
func (v *survey) values(path string) (all []string) {
	r := v.roleOf(path).role
	for _, q := range v.requests {
		if f := q.at(path); f != nil && (r >= roles || v.canPlay(r, f)) {
			all = append(all, f.text)
		}
	}
	return all
}

// candidates are the paths that can play each role, with how many requests have them.
func (v *survey) candidates() (all [roles]map[string]int) {
	have := make([]int, len(v.paths))
	for _, q := range v.requests {
		for i := range q {
			f := &q[i]
			if r := v.known[f.key].role; r < roles && !f.again && v.canPlay(r, f) {
				have[f.key]++
			}
		}
	}
	for key, n := range have {
		if n == 0 {
			continue
		}
		r := v.known[key].role
		if all[r] == nil {
			all[r] = map[string]int{}
		}
		all[r][v.paths[key]] += n
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
		var learned []dialect
		for _, s := range schemas {
			if d, ok := s.learn(o.read.of(sample, x), o); ok {
				learned = append(learned, d)
			}
		}
		if len(learned) == 1 {
			return learned[0], true
		}
		var best trial
		for _, d := range learned {
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
func (s *schema) learn(r *reading, o *Options) (dialect, bool) {
	if len(s.marks) > 0 && !slices.Contains(r.paths, s.marks[0].path) { // Fast path.
		return dialect{}, false
	}
	v := s.survey(r, o.naming())
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
	return v.dialect(chosen, o), true
}

// dialect reads each role from the path that was chosen for it.
func (v *survey) dialect(chosen [roles]string, o *Options) dialect {
	m := &mapping{syntax: v.syntax, roles: maps.Clone(v.own), local: o.zone(), own: v.own != nil, origin: v.origin, last: v.lastKey()}
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
	missing := v.naming.add(m, func(path string) bool { return len(v.values(path)) > 0 })
	v.addAttributes(m)
	if missing == "" && path == "" {
		missing = v.maybeDuration()
	}
	m.tree = keyTree(m.roles)
	if v.need != "" {
		m.need = m.roles[v.need]
	}
	d := dialect{why: why.String(), notRead: missing, unit: m.unit, guessed: strings.HasPrefix(reason, guessed), open: m.open}
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
	if v.mirrors("us", chosen[roleStatus]) {
		m["us"] = roleUpstream
	}
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

// mirrors reports whether what is under path are statuses of upstreams, which mostly are those of the
// responses. Microseconds are not.
func (v *survey) mirrors(path, status string) bool {
	known, same := 0, 0
	for _, q := range v.requests {
		u, s := q.at(path), q.at(status)
		if u == nil || s == nil {
			continue
		}
		last := lastOf(u.text)
		if _, bad := statusOf(last); bad && last != "-" {
			return false
		}
		known += one(last != "-")
		same += one(last == s.text)
	}
	return same > 0 && same*2 >= known
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
		if q.at(best) != nil {
			have++
		}
	}
	if have*20 < len(v.requests)*19 {
		return ""
	}
	return best
}
