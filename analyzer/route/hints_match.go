package route

import (
	"strings"
	"unsafe"
)

// Match returns the route of a request: the path of the most specific pattern that matches, which
// is the one with a literal where others have a placeholder, from the left, or the longer literals
// where both have some within a segment; of two with one path the one that names the method. A
// pattern for GET matches HEAD. path is as it was logged, without the query: it is split at its
// slashes, and then its segments are compared as if unescaped, so that %2F is no slash and %41 is
// an A. A placeholder stands for at least one byte. It does not allocate.
func (h *Hints) Match(method, path string) (route string, ok bool) {
	if h == nil || path == "" || path[0] != '/' {
		return "", false
	}
	return h.root.match(method, path[1:])
}

// match matches what stands behind a slash.
func (n *hintNode) match(method, rest string) (string, bool) {
	end, escaped := 0, false
	for end < len(rest) && rest[end] != '/' {
		escaped = escaped || rest[end] == '%'
		end++
	}
	if segment := rest[:end]; escaped {
		if route, ok := n.matchEscaped(method, segment, rest[end:]); ok {
			return route, true
		}
	} else if route, ok := n.matchSegment(method, segment, rest[end:]); ok {
		return route, true
	}
	return choose(n.below, method)
}

// maxUnescaped is the length of the longest segment that is unescaped to be compared; a pattern
// with a longer one in it will not be there.
const maxUnescaped = 512

// matchEscaped is matchSegment for a segment with escapes, or what looks like some.
func (n *hintNode) matchEscaped(method, segment, rest string) (string, bool) {
	var room [maxUnescaped]byte
	if plain, ok := appendUnescaped(room[:0], segment); ok {
		return n.matchSegment(method, unsafe.String(unsafe.SliceData(plain), len(plain)), rest) // room does not change until it is done with
	}
	return n.matchSegment(method, segment, rest)
}

// appendUnescaped appends what a segment stands for, and reports whether its escapes are whole and
// there was room.
func appendUnescaped(dst []byte, segment string) ([]byte, bool) {
	if len(segment) > cap(dst) {
		return dst, false
	}
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		if c == '%' {
			if i+2 >= len(segment) {
				return dst, false
			}
			high, low := hexValue(segment[i+1]), hexValue(segment[i+2])
			if high|low > 0xf {
				return dst, false
			}
			c = high<<4 | low
			i += 2
		}
		dst = append(dst, c)
	}
	return dst, true
}

// hexValue is the value of a hexadecimal digit, and 0xff for anything else.
func hexValue(c byte) byte {
	switch {
	case c-'0' <= 9:
		return c - '0'
	case (c|0x20)-'a' <= 5:
		return (c | 0x20) - 'a' + 10
	}
	return 0xff
}

// matchSegment matches a segment, and rest, which is empty or begins with a slash.
func (n *hintNode) matchSegment(method, segment, rest string) (string, bool) {
	if next := n.find(segment); next != nil {
		if route, ok := next.follow(method, rest); ok {
			return route, true
		}
	}
	if segment == "" {
		return "", false
	}
	for i := range n.partial {
		for j := range n.partial[i].all {
			if p := &n.partial[i].all[j]; p.matches(segment) {
				if route, ok := p.node.follow(method, rest); ok {
					return route, true
				}
			}
		}
	}
	if n.wild == nil {
		return "", false
	}
	return n.wild.follow(method, rest)
}

// find is the node behind a literal segment.
func (n *hintNode) find(segment string) *hintNode {
	if n.many != nil {
		return n.many[segment]
	}
	for i := range n.few {
		if n.few[i].name == segment {
			return n.few[i].node
		}
	}
	return nil
}

// follow matches what stands behind a segment: more, or nothing.
func (n *hintNode) follow(method, rest string) (string, bool) {
	if rest != "" {
		return n.match(method, rest[1:])
	}
	return choose(n.here, method)
}

func choose(ends []end, method string) (string, bool) {
	best := -1
	for i, e := range ends {
		switch {
		case e.method == method:
			return e.route, true
		case e.method == "" && best < 0, e.method == "GET" && method == "HEAD":
			best = i
		}
	}
	if best < 0 {
		return "", false
	}
	return ends[best].route, true
}

// matches reports whether a segment has the literals in their order, at its ends and with
// something between each two.
func (p *partial) matches(segment string) bool {
	first, last := p.pieces[0], p.pieces[len(p.pieces)-1]
	if len(segment) <= len(first)+len(last) || !strings.HasPrefix(segment, first) || !strings.HasSuffix(segment, last) {
		return false
	}
	rest := segment[len(first) : len(segment)-len(last)]
	for _, piece := range p.pieces[1 : len(p.pieces)-1] {
		if rest == "" {
			return false
		}
		at := strings.Index(rest[1:], piece)
		if at < 0 {
			return false
		}
		rest = rest[1+at+len(piece):]
	}
	return rest != ""
}
