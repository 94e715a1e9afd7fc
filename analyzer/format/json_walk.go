package format

// node is a key that lines can have, under the keys that it is nested in. The root stands
// for the line itself.
type node struct {
	path string // dotted
	role role
	kids map[string]*node
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
	attr  *node // of OTLP: what the attribute is
	steps []step
	at    int
}

// step is a key that was met, in the order of the line before: mostly the next line has the
// same keys, and comparing one is faster than looking it up.
type step struct {
	in  *node
	key []byte
	kid *node
}

// maxSteps bounds what is remembered of a line's order.
const maxSteps = 128

// under is the node of key in n, nil where it plays no role.
func (w *walker) under(n *node, key []byte) *node {
	for i := w.at; i < len(w.steps) && i < w.at+2; i++ { // Fast path: as before, or one left out
		if s := &w.steps[i]; s.in == n && string(s.key) == string(key) {
			w.at = i + 1
			return s.kid
		}
	}
	kid := n.kids[string(key)]
	if kid == nil && w.grows {
		path := string(key)
		if n != w.root { // also under an empty key, which could pass for the root
			path = n.path + "." + path
		}
		kid = n.kid(string(key), path)
	}
	if w.at == len(w.steps) {
		if w.at == maxSteps {
			return kid
		}
		w.steps = append(w.steps, step{})
	}
	s := &w.steps[w.at]
	s.in, s.key, s.kid = n, append(s.key[:0], key...), kid
	w.at++
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
		key, err := w.key()
		if err != nil {
			return err
		}
		kid := w.under(n, key)
		if w.absent() {
			if kid != nil {
				w.to.field(kid, nil)
			}
		} else if err := w.value(kid, depth+1); err != nil {
			return err
		}
		if more, err := w.more('}'); !more {
			return err
		}
	}
}

// value reads a value, the one of n unless that is nil.
func (w *walker) value(n *node, depth int) *LineError {
	c := w.peek()
	switch {
	case n == nil, c == '{' && n.kids == nil && !w.grows, depth >= maxDepth && (c == '{' || c == '['):
		return w.skip(depth)
	case c == '{':
		return w.object(n, depth)
	case c == '[' && n.role != roleInterim:
		return w.array(n, depth)
	}
	begin := w.pos
	if err := w.skip(depth); err != nil {
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
		if err := w.value(first, depth+1); err != nil {
			return err
		}
		if more, err := w.more(']'); !more {
			return err
		}
	}
}
