package route

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Hints are routes that somebody wrote down: patterns of paths, as net/http's ServeMux has them,
// or those of an API's description. A nil *Hints has none. It is not changed by Match, which any
// number of goroutines may call at once. The zero Hints are ready for Add.
type Hints struct {
	all  []pattern
	root hintNode
}

// pattern is a route with what it matches.
type pattern struct {
	method   string // "" is any
	route    string // as it was written, without method and host
	segments []string
	subtree  bool // also what stands below
}

// hintNode is where the patterns that begin alike go on.
type hintNode struct {
	literal map[string]*hintNode
	partial []partial // segments that are in part literal
	wild    *hintNode
	here    []end // patterns that end with the segment before
	below   []end // those that match whatever follows
}

type partial struct {
	pieces []string // the literals; between two of them stands at least one byte
	node   *hintNode
}

type end struct{ method, route string }

// maxPatterns bounds the patterns of a file.
const maxPatterns = 100_000

// ParsePatterns reads one pattern a line: a method, which may be left out, and a path, in the
// syntax of net/http's ServeMux: {name} stands for a segment, {name...} at the end for all that
// follows, {$} for the end of the path, and a trailing slash for the subtree. Within a segment
// {name} stands for a part of it, as in /reports/{id}.json. Names may be repeated, and patterns
// too: the first counts. A host is read and not looked at. Empty lines and lines that begin with
// # are left out. Errors begin with name and line.
func ParsePatterns(name string, data []byte) (*Hints, error) {
	h := &Hints{}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		text := strings.TrimSpace(string(bytes.TrimPrefix(line, []byte("\ufeff"))))
		if text == "" || text[0] == '#' {
			continue
		}
		p, err := parsePattern(text)
		if err == nil {
			err = h.insert(p)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %q: %w", name, number, text, err)
		}
	}
	if len(h.all) == 0 {
		return nil, fmt.Errorf("%s: there is no pattern in it; write one a line, such as GET /users/{id}", name)
	}
	return h, nil
}

func parsePattern(text string) (p pattern, err error) {
	if method, rest, ok := cutSpace(text); ok {
		p.method, text = strings.ToUpper(method), rest
	}
	at := strings.IndexByte(text, '/')
	if at < 0 {
		return p, fmt.Errorf("there is no path; write it behind the method, such as GET /users/{id}")
	}
	if strings.ContainsAny(text, " \t") {
		return p, fmt.Errorf("there is a space in the path; write it as it is logged, %%20")
	}
	return p, p.setPath(text[at:])
}

func cutSpace(s string) (before, after string, ok bool) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, "", false
	}
	return s[:i], strings.TrimLeft(s[i:], " \t"), true
}

// setPath parses the path of a pattern, which begins with a slash.
func (p *pattern) setPath(path string) error {
	p.route = path
	p.segments = strings.Split(path[1:], "/")
	last := len(p.segments) - 1
	for i, s := range p.segments {
		switch {
		case s == "{$}" && i == last:
			p.segments[i], p.route = "", strings.TrimSuffix(path, "{$}")
			return nil
		case strings.HasPrefix(s, "{") && strings.HasSuffix(s, "...}"):
			if i != last {
				return fmt.Errorf("%s stands for all that follows, and can only be the last", s)
			}
			p.segments, p.subtree = p.segments[:last], true
			return nil
		}
		if _, err := pieces(s); err != nil {
			return err
		}
	}
	if p.segments[last] == "" {
		p.segments, p.subtree = p.segments[:last], true
	}
	return nil
}

// pieces are the literals of a segment around its placeholders; one, if it has none.
func pieces(segment string) (all []string, err error) {
	rest := segment
	for {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			break
		}
		length := strings.IndexByte(rest[open:], '}')
		if length < 0 || strings.IndexByte(rest[open+1:open+length], '{') >= 0 {
			return nil, fmt.Errorf("a { in %q has no }; write a placeholder as {name}", segment)
		}
		all = append(all, rest[:open])
		rest = rest[open+length+1:]
	}
	if strings.IndexByte(rest, '}') >= 0 {
		return nil, fmt.Errorf("a } in %q has no {; write a placeholder as {name}", segment)
	}
	return append(all, rest), nil
}

// Add takes in a path, with {name} where it varies, behind what there is already. Other than in a
// pattern a slash at the end is but a slash. "" is any method. No Match may go on meanwhile.
func (h *Hints) Add(method, path string) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("%q does not begin with a slash", path)
	}
	p := pattern{method: method, route: path, segments: strings.Split(path[1:], "/")}
	for _, s := range p.segments {
		if _, err := pieces(s); err != nil {
			return err
		}
	}
	return h.insert(p)
}

// Len returns how many patterns there are.
func (h *Hints) Len() int { return len(h.all) }

// insert takes in a pattern behind those that are there.
func (h *Hints) insert(p pattern) error {
	if len(h.all) == maxPatterns {
		return fmt.Errorf("there are more than %d patterns; give fewer", maxPatterns)
	}
	h.all = append(h.all, p)
	n := &h.root
	for _, s := range p.segments {
		n = n.child(s)
	}
	ends := &n.here
	if p.subtree {
		ends = &n.below
	}
	if !slices.ContainsFunc(*ends, func(e end) bool { return e.method == p.method }) {
		*ends = append(*ends, end{p.method, p.route})
	}
	return nil
}

// child is the node behind a segment.
func (n *hintNode) child(segment string) *hintNode {
	literals, _ := pieces(segment) // it was parsed before
	switch {
	case len(literals) == 1:
		if n.literal == nil {
			n.literal = map[string]*hintNode{}
		}
		if n.literal[segment] == nil {
			n.literal[segment] = &hintNode{}
		}
		return n.literal[segment]
	case strings.Join(literals, "") == "":
		if n.wild == nil {
			n.wild = &hintNode{}
		}
		return n.wild
	}
	for _, p := range n.partial {
		if slices.Equal(p.pieces, literals) {
			return p.node
		}
	}
	next := &hintNode{}
	n.partial = append(n.partial, partial{literals, next})
	return next
}

// Merge returns hints that have those of h, and behind them those of more. It may change h.
func (h *Hints) Merge(more *Hints) *Hints {
	if h == nil {
		return more
	}
	if more != nil {
		for _, p := range more.all {
			if h.insert(p) != nil {
				break // as many as one file may have are enough
			}
		}
	}
	return h
}

// Match returns the route of a request: the path of the most specific pattern that matches, which
// is the one with a literal where others have a placeholder, from the left; of two with one path
// the one that names the method. A pattern for GET matches HEAD. path is as it was logged, without the
// query; a placeholder stands for at least one byte.
func (h *Hints) Match(method, path string) (route string, ok bool) {
	if h == nil || path == "" || path[0] != '/' {
		return "", false
	}
	return h.root.match(method, path[1:])
}

// match matches what stands behind a slash.
func (n *hintNode) match(method, rest string) (string, bool) {
	segment, after, more := strings.Cut(rest, "/")
	if next := n.literal[segment]; next != nil {
		if route, ok := next.follow(method, after, more); ok {
			return route, true
		}
	}
	if segment != "" {
		for i := range n.partial {
			if p := &n.partial[i]; p.matches(segment) {
				if route, ok := p.node.follow(method, after, more); ok {
					return route, true
				}
			}
		}
		if n.wild != nil {
			if route, ok := n.wild.follow(method, after, more); ok {
				return route, true
			}
		}
	}
	return choose(n.below, method)
}

// follow matches what stands behind a segment: more, or nothing.
func (n *hintNode) follow(method, rest string, more bool) (string, bool) {
	if more {
		return n.match(method, rest)
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
