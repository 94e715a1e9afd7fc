// Package route turns raw paths into routes: /users/42 and /users/77 are both
// /users/{id}, and /users/ann and /users/bob may both be /users/{name}.
//
// AppendLeaf reads a path once, and puts the class for each segment that is an identifier
// by its form. Names are left: whether /dogs/rex and /dogs/fido are two pages or two dogs is
// told by all paths together, so that Learn is asked at the end, with the leaves and how
// often each was asked for.
//
// Learn makes a trie of them, and opens a place in it to the names that are values:
//
//   - where many names end paths, and many of them are asked for once: a site has a set of
//     pages, but new users keep coming. A page that is asked for far more than all others
//     is none of them (/blog/hello beside /blog/{name});
//   - where names have the same words below: {owner} in /ann/issues, /ann/pulls, /bob/issues.
//     A name that identifiers follow is a collection instead, as in /users/{id}/notes and
//     /orgs/{id}/notes, unless the names are many;
//   - where others are, names that have below what those have. Beside identifiers only what may
//     be one by its form: /users/me stays.
//
// Versions and custom methods (the :cancel of /jobs/{id}:cancel) are never values. What is
// decided is the same in any order of the leaves, and stays when templates are learned from
// again together with new leaves.
//
// Paths alone do not tell all. A parameter with a handful of values looks like as many
// routes; a section with dozens of seldom read pages looks like a parameter; and sections
// that have the same pages look like values of one. The command evaluate measures how
// often.
package route

import "strings"

// Leaf is what was asked for at one leaf, by all methods together.
type Leaf struct {
	Path     string // as AppendLeaf makes it, or a Template's
	Requests uint64 // that were not answered with 404
}

// Template is a route that was learned.
type Template struct {
	Path       string  // /users/{id}/orders
	Confidence float64 // 0 to 1: how sure it is that this is one route
	Why        string  // in words
}

// Routes are the templates that were learned. They do not change, and any number of
// goroutines may use them.
type Routes struct{ root *node }

// Learn decides which templates there are. The order of leaves does not matter. Leaves
// without requests make no template.
func Learn(leaves []Leaf) *Routes {
	root := build(leaves)
	root.settle()
	root.write(nil, nil, &evidence{1, "as it was asked for"})
	return &Routes{root}
}

// ofClass is the evidence for a place that identifiers alone fill.
func ofClass(c class) *evidence {
	switch {
	case c&aWord != 0:
		return &evidence{.9, "it was learned before"}
	case c == anID:
		return &evidence{.95, "identifiers fill one place"}
	}
	return &evidence{.99, "values of one form fill one place"}
}

// write writes the templates of n, whose path is to, and those below; names are the
// placeholders on the way to it, and e the evidence for the least sure of them.
func (n *node) write(to []byte, names []string, e *evidence) {
	if n.requests > 0 {
		n.template = &Template{string(to), e.confidence, e.why}
	}
	slash := "/"[:min(n.depth, 1)]
	for _, c := range n.literals {
		if c.joined() {
			c.write(append(to, c.label...), names, e)
			continue
		}
		c.write(append(append(to, slash...), c.label...), names, e)
	}
	if p := n.place; p != nil {
		name, nth := p.class.name(), 1
		for _, before := range names {
			if before == name {
				nth++
			}
		}
		if p.why.confidence < e.confidence {
			e = p.why
		}
		p.write(appendPlaceholder(append(to, slash...), p.class, nth), append(names, name), e)
	}
}

// maxSteps bounds the search for one leaf.
const maxSteps = 256

// Of is the template that a leaf belongs to; false where none matches. Leaves that Learn
// was given always match, unless they have no requests. A literal goes before a place.
func (r *Routes) Of(leaf string) (Template, bool) {
	steps := maxSteps
	if n := r.root.find(leaf, 0, 0, &steps); n != nil {
		return *n.template, true
	}
	return Template{}, false
}

func (n *node) find(leaf string, from, depth int, steps *int) *node {
	if from < 0 {
		if n.requests == 0 {
			return nil
		}
		return n
	}
	if *steps--; *steps < 0 {
		return nil
	}
	segment, next := cut(leaf, from, depth)
	if c := n.literal(segment); c != nil {
		if found := c.find(leaf, next, depth+1, steps); found != nil {
			return found
		}
	}
	if n.place != nil && n.place.matches(segment) {
		return n.place.find(leaf, next, depth+1, steps)
	}
	return nil
}

// matches reports whether a segment of a leaf fills the place p.
func (p *node) matches(segment string) bool {
	if p.class&aWord != 0 {
		return segment != ""
	}
	return strings.HasPrefix(segment, "{") && placeholderOf(segment) != 0 || p.class&anID != 0 && likeID(segment)
}
