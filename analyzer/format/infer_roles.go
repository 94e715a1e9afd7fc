package format

import (
	"fmt"
	"slices"
	"strings"
)

// verdict is what the votes come to.
type verdict struct {
	columns []*cells
	status  *cells

	share   float64 // the smaller one of the shares that voted for the status and the request
	named   int     // columns that have a role
	unit    Unit
	guessed bool
	why     string
	doubt   string
	rivals  bool // of the status there are two, which differ
	notes   []string
	open    []string // what may be a duration
	notRead string   // of it, what was not read
}

// roleNames are what layouts call the roles that are inferred.
var roleNames = map[role]string{
	roleStatus: "status", roleMethod: "request_method", rolePath: "request_uri", roleRequest: "request", roleRoute: "route",
	roleTime: "timestamp", roleDate: "date", roleClock: "clock", roleBytes: "body_bytes_sent", roleRequestBytes: "request_length",
	roleClientIP: "remote_addr", roleHost: "host", roleScheme: "scheme", roleProto: "server_protocol", roleUserAgent: "http_user_agent",
	roleReferer: "http_referer", roleRequestID: "request_id", roleTraceID: "trace_id", roleSpanID: "span_id", roleError: "error",
	roleUpstream: "upstream_status", roleOrigin: "origin_status",
}

// kindsOf are the kinds that a column with a telling name must be of all the same. A size of
// three digits looks like a status, and one of ten like a time.
var kindsOf = map[role][]kind{
	roleStatus: {kindStatus}, roleMethod: {kindMethod}, rolePath: {kindPath, kindURL}, roleRequest: {kindRequest},
	roleTime: {kindTime, kindEpoch}, roleClientIP: {kindIP}, roleDuration: {kindDuration, kindFraction, kindWhole, kindStatus, kindEpoch},
	roleBytes: {kindWhole, kindStatus, kindEpoch}, roleRequestBytes: {kindWhole, kindStatus, kindEpoch}, roleProto: {kindProto},
	roleUpstream: {kindStatus, kindList}, roleOrigin: {kindStatus}, roleRoute: {kindPath}, roleReferer: {kindURL, kindNone},
	roleUserAgent: {kindAgent, kindNone}, roleHost: {kindHost, kindNone}, roleScheme: {kindScheme},
	roleRequestID: {kindID, kindNone, kindWhole, kindStatus}, roleTraceID: {kindID}, roleSpanID: {kindID}, roleError: {kindNone},
}

// vote gives the columns their roles: first to those whose names tell, then by their kinds.
func vote(columns []*cells) verdict {
	v := verdict{columns: columns, share: 1}
	for _, c := range columns {
		c.role = roleNone
	}
	v.byName()
	v.times()
	v.requests()
	v.statuses()
	v.give(roleClientIP, clientOf(v.free(kindIP)))
	v.give(roleUserAgent, agentOf(v.free(kindAgent)))
	v.give(roleProto, only(v.free(kindProto)))
	v.give(roleScheme, only(v.free(kindScheme)))
	v.give(roleHost, only(v.free(kindHost)))
	v.give(roleReferer, only(v.free(kindURL)))
	if id := only(v.free(kindID)); id != nil && id.distinct()*10 > id.known*9 {
		v.give(roleRequestID, id)
	}
	v.give(roleUpstream, only(slices.DeleteFunc(v.free(kindList), func(c *cells) bool { return !allOf(c.values, isUsedStatuses) })))
	v.durations()
	v.sizes()
	v.conclude()
	return v
}

// playing is the column that has the role, or nil.
func (v *verdict) playing(r role) *cells {
	for _, c := range v.columns {
		if c.role == r {
			return c
		}
	}
	return nil
}

// free are the columns of the kinds that have no role.
func (v *verdict) free(kinds ...kind) (out []*cells) {
	for _, c := range v.columns {
		if c.role == roleNone && slices.Contains(kinds, c.kind) {
			out = append(out, c)
		}
	}
	return out
}

func (v *verdict) give(r role, c *cells) {
	if c != nil && v.playing(r) == nil {
		c.role = r
	}
}

func only(columns []*cells) *cells {
	if len(columns) != 1 {
		return nil
	}
	return columns[0]
}

// byName gives roles to the columns whose names are known, the surest names first.
func (v *verdict) byName() {
	ranks := map[role]int{}
	for _, c := range v.columns {
		r, rank, ok := roleNamed(c.name)
		if !ok || !slices.Contains(kindsOf[r], c.kind) {
			continue
		}
		if had := v.playing(r); had != nil {
			if ranks[r] <= rank {
				continue
			}
			had.role = roleNone
		}
		c.role, ranks[r] = r, rank
	}
}

// roleNamed is the role that a header or a label names, perhaps with a unit behind it.
func roleNamed(name string) (r role, rank int, ok bool) {
	for _, unit := range []string{"", "_ms", "_us", "_ns", "_s", "_sec", "_seconds", "_millis", "_micros"} {
		bare, cut := strings.CutSuffix(strings.ReplaceAll(strings.ToLower(name), " ", "_"), unit)
		if known, ok := roleOf[normalise(bare)]; cut && ok {
			return known.role, known.rank, true
		}
		if known, ok := variables[bare]; cut && ok {
			return known.role, 0, true
		}
	}
	return roleNone, 0, false
}

func isNamed(name string) bool {
	_, _, ok := roleNamed(name)
	return ok
}

// times looks for the time of the request, the first of several.
func (v *verdict) times() {
	if v.playing(roleTime) != nil {
		return
	}
	if all := v.free(kindTime); len(all) > 0 {
		v.give(roleTime, all[0])
		return
	}
	dates, clocks := v.free(kindDate), v.free(kindClock)
	if len(dates) == 1 && len(clocks) == 1 {
		v.give(roleDate, dates[0])
		v.give(roleClock, clocks[0])
		return
	}
	if all := v.free(kindEpoch); len(all) > 0 {
		v.give(roleTime, all[0])
	}
}

// requests looks for the request line, or a method and the path behind it.
func (v *verdict) requests() {
	v.give(roleRequest, only(v.free(kindRequest)))
	if v.playing(roleRequest) != nil {
		return
	}
	v.give(roleMethod, only(v.free(kindMethod)))
	v.give(rolePath, only(v.free(kindPath)))
	targets := v.free(kindPath, kindURL)
	if i := slices.Index(v.columns, v.playing(roleMethod)); i >= 0 && i+1 < len(v.columns) && slices.Contains(targets, v.columns[i+1]) {
		v.give(rolePath, v.columns[i+1])
	}
	v.give(rolePath, only(fullest(targets))) // of URLs the referer is often not known
}

// fullest are the columns with the most known values.
func fullest(columns []*cells) (out []*cells) {
	most := 0
	for _, c := range columns {
		most = max(most, c.known)
	}
	for _, c := range columns {
		if c.known == most {
			out = append(out, c)
		}
	}
	return out
}

// statuses looks for the status. A proxy logs that of the server behind it as well: which
// is not known where nobody was asked.
func (v *verdict) statuses() {
	if v.playing(roleStatus) != nil {
		return
	}
	all := slices.DeleteFunc(v.free(kindStatus), func(c *cells) bool {
		// A number that is always the same and round is somebody's setting.
		return c.distinct() == 1 && allOf(c.values, func(s string) bool { return s == "100" || s == "300" })
	})
	candidates := fullest(all)
	for _, c := range all {
		if len(candidates) > 0 && !agree(candidates[0], c) {
			v.rivals = true
			v.doubt = fmt.Sprintf("columns %d and %d could both be the status", 1+slices.Index(v.columns, candidates[0]), 1+slices.Index(v.columns, c))
			return
		}
	}
	for i, c := range candidates {
		if i < len(candidates)-1 {
			c.kind = kindNone // nor is it a size
			continue
		}
		v.give(roleStatus, c)
		if i > 0 {
			v.notes = append(v.notes, fmt.Sprintf("%d columns have the same statuses, of which the last is read", i+1))
		}
	}
}

// agree reports whether two columns mostly say the same where both say something, and always
// where neither is less often known.
func agree(a, b *cells) bool {
	same, both := 0, 0
	for i, s := range a.values {
		if s != "" && b.values[i] != "" {
			both++
			if s == b.values[i] {
				same++
			}
		}
	}
	if a.known == b.known {
		return same == both
	}
	return float64(same) >= minVotes*float64(both)
}

// clientOf is the first of the addresses, but none that is always the same where another is not:
// that is the server's.
func clientOf(all []*cells) *cells {
	for _, c := range all {
		if c.distinct() > 1 {
			return c
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return nil
}

// agentOf is the only column of products, or the only one with a browser's.
func agentOf(all []*cells) *cells {
	if len(all) > 1 {
		all = slices.DeleteFunc(all, func(c *cells) bool {
			return !slices.ContainsFunc(c.values, func(s string) bool { return strings.HasPrefix(s, "Mozilla/") })
		})
	}
	return only(all)
}

// distinct is how many values the column has.
func (c *cells) distinct() int {
	seen := map[string]bool{}
	for _, s := range c.values {
		if s != "" {
			seen[s] = true
		}
	}
	return len(seen)
}

// conclude says what is doubtful, and what was found.
func (v *verdict) conclude() {
	for _, c := range v.columns {
		if c.role != roleNone {
			v.named++
		}
	}
	v.status = v.playing(roleStatus)
	request := v.playing(roleRequest)
	if request == nil {
		request = v.playing(rolePath)
	}
	timed := v.passes(roleTime) || v.passes(roleClock)
	client, took := v.playing(roleClientIP) != nil, v.playing(roleDuration) != nil
	switch {
	case v.doubt != "":
	case v.status == nil:
		v.doubt = "no column is an HTTP status throughout"
	case request == nil:
		v.doubt = "no column is a request, or a path"
	case request.role == rolePath && v.playing(roleMethod) == nil && !(timed && client && (request.kind == kindURL || v.playing(roleUserAgent) != nil)):
		v.doubt = "a path without a method may be anything's, unless it is a URL or a user agent asked for it, at some time and from some address"
	case !timed && !client && !took:
		v.doubt = "it has neither times, nor a client, nor a duration"
	default:
		v.share = min(v.status.share, request.share)
		v.why = fmt.Sprintf("its columns were inferred: %.0f %% of the values voted for the status, %.0f %% for the request", 100*v.status.share, 100*request.share)
		if took {
			v.notes = append(v.notes, v.open...)
		} else if len(v.open) > 0 {
			v.notRead = strings.Join(v.open, "; ") + "; name the columns with --log-format"
		}
		for _, note := range v.notes {
			v.why += "; " + note
		}
	}
}

// passes reports whether a column has the role, and not the same value throughout.
func (v *verdict) passes(r role) bool {
	c := v.playing(r)
	return c != nil && c.distinct() > 1
}

func isUsedStatuses(s string) bool {
	for _, try := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(", :", r) }) {
		if !isUsedStatus(try) && try != "-" {
			return false
		}
	}
	return true
}
