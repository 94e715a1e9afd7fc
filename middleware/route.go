package middleware

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
)

// mounted is the pattern that a mux has written into r, with what handlers outside the mux
// had cut off the path, as http.StripPrefix does, put back before it. Outer is the pattern
// that r came with, of a mux further out.
func (l *Logger) mounted(r *http.Request, outer string) string {
	if r.Pattern == outer {
		return outer // which is on the whole path: no mux was inside
	}
	sent := pathOf(r)
	if sent == r.URL.Path {
		return r.Pattern // Fast path: nothing was cut off.
	}
	if decoded, err := url.PathUnescape(sent); err == nil {
		sent = decoded
	}
	prefix, ok := strings.CutSuffix(sent, r.URL.Path)
	if !ok || r.URL.Path != "" && r.URL.Path[0] != '/' {
		return r.Pattern // the path was changed in another way
	}
	prefix, pattern := strings.TrimSuffix(prefix, "/"), routeOf(r.Pattern)
	if prefix == "" || prefix[0] != '/' || pattern == "" {
		return r.Pattern
	}
	prefix, literal, ok := generalize(prefix, routeOf(outer))
	if !ok || literal != "" && !l.mounts.fixed(literal) {
		return r.Pattern
	}
	return prefix + literal + pattern
}

// generalize divides prefix into what outer, a pattern for the whole path, has a form for,
// which it returns in that form ("/{tenant}" for "/acme"), and the literal rest. It reports
// false where outer does not match prefix.
func generalize(prefix, outer string) (general, literal string, ok bool) {
	rest := prefix
	for rest != "" && outer != "" {
		segment, after, _ := cutSegment(rest)
		form, outerAfter, last := cutSegment(outer)
		if form == "/" || form == "/*" || form == "/{$}" || strings.HasSuffix(form, "...}") {
			break // a subtree, of which outer says no more
		}
		if form != segment && !strings.HasPrefix(form, "/{") {
			return "", "", false
		}
		general += form
		if rest, outer = after, outerAfter; last {
			break
		}
	}
	return general, rest, true
}

// cutSegment divides a path after its first segment, which begins with a slash.
func cutSegment(path string) (segment, rest string, last bool) {
	if i := strings.IndexByte(path[1:], '/'); i >= 0 {
		return path[:i+1], path[i+1:], false
	}
	return path, "", true
}

// mounts are the prefixes that were put back and that no pattern has vouched for. Those
// of mount points are few; whoever cuts off many cuts off ids, which no route may hold.
type mounts struct {
	seen  sync.Map // of string
	count atomic.Int64
}

const (
	maxMounts = 32
	maxMount  = 256 // bytes
)

// fixed reports whether prefix may be a mount point.
func (m *mounts) fixed(prefix string) bool {
	if len(prefix) > maxMount || m.count.Load() > maxMounts {
		return false
	}
	if _, ok := m.seen.Load(prefix); ok {
		return true
	}
	if _, ok := m.seen.LoadOrStore(strings.Clone(prefix), nil); ok {
		return true
	}
	return m.count.Add(1) <= maxMounts
}
