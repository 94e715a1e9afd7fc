package route

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"net/url"
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

// hintNode is where the patterns that begin alike go on. Literals are unescaped.
type hintNode struct {
	few     []literal            // the literal segments, while a glance at each is quicker than a map
	many    map[string]*hintNode // all of them, once they are more
	partial []partials           // segments that are in part literal, those with more of it first
	wild    *hintNode
	here    []end // patterns that end with the segment before
	below   []end // those that match whatever follows
}

type literal struct {
	name string
	node *hintNode
}

const maxFew = 8

// partials are the segments with one length of literals, and by what they are found again.
type partials struct {
	length int
	all    []partial
	known  map[string]*hintNode
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
// follows, {$} for the end of the path, and a trailing slash for the subtree. More than ServeMux
// takes: within a segment {name} stands for a part of it, as in /reports/{id}.json; {name+},
// {name*} and {+name} at the end are {name...}; names may be repeated, and patterns too: the first
// counts. A host is read and not looked at. Empty lines and lines that begin with
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
			err = h.add(p)
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
	method, rest, ok := cutSpace(text)
	if ok {
		p.method, text = strings.ToUpper(method), rest
	}
	if strings.ContainsFunc(p.method, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c) }) {
		return p, fmt.Errorf("%q is no method; write one such as GET, or none, and a space in a path as %%20", method)
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
	p.setTemplate(path)
	last := len(p.segments) - 1
	for i, s := range p.segments {
		switch {
		case s == "{$}" && i == last && !p.subtree:
			p.segments[i], p.route = "", strings.TrimSuffix(path, "{$}")
			return nil
		case strings.Contains(s, "{$}"):
			return fmt.Errorf("{$} stands for the end of the path, and can only be the last; name the placeholder otherwise")
		case strings.Contains(s, "...}"):
			return fmt.Errorf("%s stands for all that follows, and can only be the last, behind a slash", s)
		case strings.Contains(s, "{}"):
			return fmt.Errorf("a placeholder in %q has no name; write it as {name}", s)
		}
		if _, err := pieces(s); err != nil {
			return err
		}
	}
	if !p.subtree && p.segments[last] == "" {
		p.segments, p.subtree = p.segments[:last], true
	}
	return nil
}

// setTemplate takes a path to segments, and what stands for all that follows at its end.
func (p *pattern) setTemplate(path string) {
	p.route = path
	p.segments = strings.Split(path[1:], "/")
	last := len(p.segments) - 1
	if standsForRest(p.segments[last]) {
		p.segments, p.subtree = p.segments[:last], true
	}
}

// standsForRest reports whether a segment is one of the placeholders for all that follows:
// {name...} of net/http, {name+} of API gateways, {name*} of routers and {+name} of RFC 6570.
func standsForRest(s string) bool {
	name, ok := strings.CutPrefix(s, "{")
	name, closed := strings.CutSuffix(name, "}")
	if !ok || !closed || strings.ContainsAny(name, "{}") {
		return false
	}
	return len(name) > 1 && (name[0] == '+' || strings.ContainsRune("+*", rune(name[len(name)-1]))) ||
		len(name) > 3 && strings.HasSuffix(name, "...")
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
	all = append(all, rest)
	if slices.ContainsFunc(all, func(literal string) bool { return strings.IndexByte(literal, '}') >= 0 }) {
		return nil, fmt.Errorf("a } in %q has no {; write a placeholder as {name}", segment)
	}
	return all, nil
}

// Add takes in a path, with {name} where it varies, behind what there is already. Other than in a
// pattern a slash at the end is but a slash. "" is any method. No Match may go on meanwhile.
func (h *Hints) Add(method, path string) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("%q does not begin with a slash", path)
	}
	p := pattern{method: method}
	p.setTemplate(path)
	for _, s := range p.segments {
		if _, err := pieces(s); err != nil {
			return err
		}
	}
	return h.add(p)
}

// Len returns how many patterns there are.
func (h *Hints) Len() int { return len(h.all) }

// add inserts a pattern of a file.
func (h *Hints) add(p pattern) error {
	if len(h.all) == maxPatterns {
		return fmt.Errorf("there are more than %d patterns; give fewer", maxPatterns)
	}
	h.insert(p)
	return nil
}

// insert takes in a pattern behind those that are there.
func (h *Hints) insert(p pattern) {
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
}

// child is the node behind a segment of a pattern.
func (n *hintNode) child(segment string) *hintNode {
	literals, _ := pieces(segment) // it was parsed before
	for i, s := range literals {
		if plain, err := url.PathUnescape(s); err == nil {
			literals[i] = plain
		}
	}
	switch {
	case len(literals) == 1:
		return n.literalChild(literals[0])
	case len(literals) == 2 && literals[0] == "" && literals[1] == "":
		if n.wild == nil {
			n.wild = &hintNode{}
		}
		return n.wild
	}
	return n.partialChild(literals)
}

func (n *hintNode) literalChild(name string) *hintNode {
	if next := n.find(name); next != nil {
		return next
	}
	next := &hintNode{}
	if n.many == nil && len(n.few) < maxFew {
		n.few = append(n.few, literal{name, next})
		return next
	}
	if n.many == nil {
		n.many = map[string]*hintNode{}
		for _, l := range n.few {
			n.many[l.name] = l.node
		}
		n.few = nil
	}
	n.many[name] = next
	return next
}

func (n *hintNode) partialChild(pieces []string) *hintNode {
	key := strings.Join(pieces, "{}")
	length := len(key) - len("{}")*(len(pieces)-1)
	at, ok := slices.BinarySearchFunc(n.partial, length, func(p partials, length int) int { return length - p.length })
	if !ok {
		n.partial = slices.Insert(n.partial, at, partials{length: length, known: map[string]*hintNode{}})
	}
	p := &n.partial[at]
	next := p.known[key]
	if next == nil {
		next = &hintNode{}
		p.known[key] = next
		p.all = append(p.all, partial{pieces, next})
	}
	return next
}

// Sum is the same for hints that give all paths the same routes, as far as they are written alike and
// in one order, and else another. It is "" where there are none.
func (h *Hints) Sum() string {
	if h == nil || len(h.all) == 0 {
		return ""
	}
	d := fnv.New64a()
	for _, p := range h.all {
		fmt.Fprintf(d, "%q %q %q %t\n", p.method, p.route, p.segments, p.subtree)
	}
	return fmt.Sprintf("%016x", d.Sum64())
}

// Merge returns hints that have those of h, and behind them those of more. It may change h.
func (h *Hints) Merge(more *Hints) *Hints {
	if h == nil {
		return more
	}
	if more != nil {
		for _, p := range more.all {
			h.insert(p)
		}
	}
	return h
}
