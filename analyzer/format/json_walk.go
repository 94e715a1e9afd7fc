package format

import (
	"bytes"
	"slices"
)

// node is a key that lines can have, under the keys that it is nested in. The root stands
// for the line itself.
type node struct {
	path string // dotted
	role role
	kids map[string]*node
	key  int // of a reading: its number, from 1 on
}

// keyTree is the tree in which each path plays its role. A dotted key is the same as nested
// ones, so that there is a way for each reading of the dots.
func keyTree(roles map[string]role) *node {
	root := &node{role: roleNone}
	for path, r := range roles {
		root.add(path, path, r)
	}
	return root
}

func (n *node) add(rest, path string, r role) {
	for i := 1; i < len(rest); i++ {
		if rest[i] == '.' {
			n.kid(rest[:i], path[:len(path)-len(rest)+i]).add(rest[i+1:], path, r)
		}
	}
	n.kid(rest, path).role = r
}

// kid is the one under key, made where there was none.
func (n *node) kid(key, path string) *node {
	if n.kids[key] == nil {
		if n.kids == nil {
			n.kids = map[string]*node{}
		}
		n.kids[key] = &node{path: path, role: roleNone}
	}
	return n.kids[key]
}

// sink takes what a walk finds in a line: one record after the other, each with its fields.
type sink interface {
	begin()
	// field gets a value as it stands in the line, which outlives the walk.
	field(n *node, value []byte)
	end()
}

// walker finds what plays a role in lines.
type walker struct {
	root *node
	// grows is set to visit all there is: keys are added to the tree as they are met.
	grows bool
	to    sink
	words bool   // the syntax does not tell strings from numbers
	last  string // the key without which a line of logfmt is cut off; "" where none is known
	scanner
	// Of OTLP: what the attribute is, its name until there is a value, and where it begins.
	attr  *node
	name  []byte
	begin int
	who   *resource // nil as long as no line has one
	steps []step
	at    int  // the step that is expected next
	other step // that is not remembered
}

// step is a key that was met, in the order of the lines before: mostly the next line has the
// same keys, and comparing all that stands before a value is faster than reading it.
type step struct {
	in   *node
	text []byte // from behind the value before, or the bracket, to where the key's value begins
	kid  *node
	last bool // it is the key without which the line is cut off
}

// What is remembered of a line's order is bounded: so many steps with so much text, of which so
// many may be left out.
const (
	maxSteps   = 128
	maxText    = 256
	maxLeftOut = 16
)

// expected reads the next key in n if it is the one that lines had there before, or if one was
// left out. Fast path: where it is another, the key must be read.
func (w *walker) expected(n *node) *step {
	for i := w.at; i < len(w.steps) && i < w.at+2; i++ {
		if s := &w.steps[i]; s.in == n && bytes.HasPrefix(w.src[w.pos:], s.text) {
			w.at = i + 1
			w.pos += len(s.text)
			return s
		}
	}
	return nil
}

// met remembers key in n, where text ends in it and stands before its value.
func (w *walker) met(n *node, key, text []byte) *step {
	for i := w.at; i < len(w.steps) && i < w.at+maxLeftOut; i++ {
		if s := &w.steps[i]; s.in == n && string(s.text) == string(text) {
			w.at = i + 1
			return s
		}
	}
	s := &w.other
	switch {
	case len(text) > maxText || w.at == maxSteps:
	case len(w.steps) < maxSteps: // one more than other lines have
		w.steps = slices.Insert(w.steps, w.at, step{})
		fallthrough
	default:
		s = &w.steps[w.at]
		s.text = append(s.text[:0], text...)
		w.at++
	}
	s.in, s.kid, s.last = n, w.under(n, key), string(key) == w.last
	return s
}

// under is the node of key in n, nil where it plays no role.
func (w *walker) under(n *node, key []byte) *node {
	kid := n.kids[string(key)]
	if kid == nil && w.grows {
		path := string(key)
		if n != w.root { // also under an empty key, which could pass for the root
			path = n.path + "." + path
		}
		kid = n.kid(string(key), path)
	}
	return kid
}

// maxDepth is how deep the walker enters nested values.
const maxDepth = 8

// json walks over the JSON objects of a line. Those of an array are records each, and so are
// the lines of one that is written over many: [ and , may stand before an object, ] and ,
// behind it.
func (w *walker) json(line []byte) *LineError {
	w.src, w.pos = line, 0
	c := w.peek()
	list := c == '[' || c == ','
	if list {
		w.pos++
		c = w.peek()
	}
	for {
		if c != '{' {
			return errNotJSON
		}
		w.at = 0
		w.to.begin()
		if err := w.object(w.root, 0); err != nil {
			return err
		}
		more := false
		if c = w.peek(); c == ',' {
			w.pos++
			c = w.peek()
			more = c != 0
		} else if c == ']' {
			w.pos++
			if c = w.peek(); c == ',' {
				w.pos++
				c = w.peek()
			}
		}
		switch {
		case w.pos == len(w.src):
			w.to.end()
			return nil
		case !more || c != '{':
			return w.wrong("one value on the line")
		}
		w.to.end()
	}
}

func (w *walker) object(n *node, depth int) *LineError {
	w.pos++
	if w.peek() == '}' {
		w.pos++
		return nil
	}
	for {
		s, ended := w.plainMembers(n)
		if ended {
			return nil
		}
		if s == nil {
			var err *LineError
			if s, err = w.member(n); err != nil {
				return err
			}
		}
		if c := w.peek(); c != ',' && c != '}' {
			if err := w.value(s.kid, c, depth+1); err != nil {
				return err
			}
		} else if s.kid != nil { // a variable of the server's was empty
			w.to.field(s.kid, nil)
		}
		if more, err := w.more('}'); !more {
			return err
		}
	}
}

// plainMembers reads the members of n that have the expected keys, and strings without escapes
// or numbers. It returns whether the object ended with them, and the key of the value that the
// walker stands at, nil where it stands before a key. Fast path: whatever else comes is left to
// others.
func (w *walker) plainMembers(n *node) (at *step, ended bool) {
	src, steps := w.src, w.steps[w.at:]
	w.escaped = false
	for i := range steps {
		s := &steps[i]
		if s.in != n || !bytes.HasPrefix(src[w.pos:], s.text) {
			return nil, false
		}
		w.at++
		w.pos += len(s.text)
		value := src[w.pos:]
		size := plainLen(value)
		if size == 0 || size == len(value) || value[size] != ',' && value[size] != '}' {
			return s, false
		}
		w.pos += size + 1
		if s.kid != nil {
			w.to.field(s.kid, value[:size])
		}
		if value[size] == '}' {
			return nil, true
		}
	}
	return nil, false
}

// member reads a key in n and its colon.
func (w *walker) member(n *node) (*step, *LineError) {
	if s := w.expected(n); s != nil {
		return s, nil
	}
	begin := w.pos
	key, err := w.key()
	if err != nil {
		return nil, err
	}
	w.peek()
	return w.met(n, key, w.src[begin:w.pos]), nil
}

// value reads a value that begins with c, at which the walker stands: the one of n unless that
// is nil.
func (w *walker) value(n *node, c byte, depth int) *LineError {
	begin := w.pos
	w.escaped = false
	var err *LineError
	switch {
	case c == '"':
		err = w.str()
	case c-'0' <= 9:
		err = w.number()
	case c == '{' || c == '[':
		return w.nested(n, c, depth)
	default:
		err = w.scalar(c)
	}
	if err == nil && n != nil {
		w.to.field(n, w.src[begin:w.pos])
	}
	return err
}

// nested is value for objects and arrays.
func (w *walker) nested(n *node, c byte, depth int) *LineError {
	switch {
	case n == nil, depth >= maxDepth, c == '{' && n.kids == nil && !w.grows:
		return w.skipAll(depth)
	case c == '{':
		return w.object(n, depth)
	case n.role != roleInterim:
		return w.array(n, depth)
	}
	begin := w.pos
	if err := w.skipAll(depth); err != nil {
		return err
	}
	w.to.field(n, w.src[begin:w.pos])
	return nil
}

// array reads an array, of which the first element counts.
func (w *walker) array(n *node, depth int) *LineError {
	w.pos++
	if w.peek() == ']' {
		w.pos++
		return nil
	}
	for first := n; ; first = nil {
		if err := w.value(first, w.peek(), depth+1); err != nil {
			return err
		}
		if more, err := w.more(']'); !more {
			return err
		}
	}
}
