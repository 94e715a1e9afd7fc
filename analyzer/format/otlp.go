package format

import "bytes"

var otlp = &Format{
	Name:    "otlp",
	Title:   "log records of OpenTelemetry's protocol as JSON, as its collector exports them",
	Example: `{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1788674285000000000","traceId":"4bf9","attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"http.route","value":{"stringValue":"/u/{id}"}},{"key":"url.path","value":{"stringValue":"/u/1"}},{"key":"http.response.status_code","value":{"intValue":"502"}},{"key":"http.server.request.duration","value":{"doubleValue":0.0025}}]}]}]}]}`,
	Clock:   ClockCompletion,
	learn: learnKeyed(syntaxOTLP, &schema{
		by: "OpenTelemetry", keys: otlpKeys,
	}),
}

var otlpKeys = append([]key{
	{"timeUnixNano", roleTime}, {"observedTimeUnixNano", roleTime}, {"traceId", roleTraceID}, {"spanId", roleSpanID}, {"http.client_ip", roleClientIP},
}, openTelemetryKeys...)

var errNoLogRecord = &LineError{Kind: Other, Msg: "it has no log records"}

// otlp walks over the log records of a line, of which there can be many: resourceLogs hold
// scopeLogs hold logRecords. An attribute of a record is a key of it.
func (w *walker) otlp(line []byte) *LineError {
	w.src, w.pos, w.at = line, 0, 0
	if w.peek() != '{' {
		return errNotJSON
	}
	if !bytes.Contains(line, []byte(`"resourceLogs"`)) {
		return errNoLogRecord
	}
	if err := w.members((*walker).groups); err != nil {
		return err
	}
	if w.peek(); w.pos < len(w.src) {
		return w.wrong("one value on the line")
	}
	return nil
}

// members calls do at the value of each key of an object.
func (w *walker) members(do func(w *walker, key []byte) *LineError) *LineError {
	if w.peek() != '{' {
		return w.skip(w.peek(), 0)
	}
	w.pos++
	if w.peek() == '}' {
		w.pos++
		return nil
	}
	key, err := w.key()
	if err != nil {
		return err
	}
	if err := do(w, key); err != nil {
		return err
	}
	return w.moreMembers(do)
}

// moreMembers is members behind the value of one.
func (w *walker) moreMembers(do func(w *walker, key []byte) *LineError) *LineError {
	for {
		if more, err := w.more('}'); !more {
			return err
		}
		key, err := w.key()
		if err != nil {
			return err
		}
		if err := do(w, key); err != nil {
			return err
		}
	}
}

// elements calls do at each element of an array.
func (w *walker) elements(do func(w *walker) *LineError) *LineError {
	if w.peek() != '[' {
		return w.skip(w.peek(), 0)
	}
	w.pos++
	if w.peek() == ']' {
		w.pos++
		return nil
	}
	for {
		if err := do(w); err != nil {
			return err
		}
		if more, err := w.more(']'); !more {
			return err
		}
	}
}

func (w *walker) groups(key []byte) *LineError {
	switch string(key) {
	case "resourceLogs":
		return w.elements((*walker).resourceGroup)
	case "resource":
		return w.resource()
	case "scopeLogs":
		return w.elements((*walker).group)
	case "logRecords":
		return w.elements((*walker).logRecord)
	}
	return w.skip(w.peek(), 0)
}

func (w *walker) group() *LineError { return w.members((*walker).groups) }

func (w *walker) resourceGroup() *LineError {
	if w.who != nil {
		w.who.told = w.who.told[:0]
	}
	return w.group()
}

// resource is the sink of what a resource tells of who wrote the records that stand behind it: its
// attributes are theirs, where they are no field of a request.
type resource struct {
	walker walker // of its own, as it remembers other keys than those of the records
	told   []told
}

type told struct {
	node    *node
	value   []byte
	escaped bool
}

func (r *resource) begin() {}
func (r *resource) end()   {}

func (r *resource) field(n *node, value []byte) {
	if n.role == roleAttribute || r.walker.grows && Tells(n.path) != "" {
		r.told = append(r.told, told{n, value, r.walker.escaped})
	}
}

func (w *walker) resource() *LineError {
	if w.who == nil {
		w.who = &resource{walker: walker{root: w.root, grows: w.grows}}
		w.who.walker.to = w.who
	}
	r := &w.who.walker
	r.src, r.pos, r.at = w.src, w.pos, 0
	err := r.members((*walker).resourceMember)
	w.pos = r.pos
	return err
}

func (w *walker) resourceMember(key []byte) *LineError {
	if string(key) == "attributes" {
		return w.elements((*walker).attribute)
	}
	return w.skip(w.peek(), 0)
}

func (w *walker) logRecord() *LineError {
	w.at = 0
	w.to.begin()
	if w.who != nil {
		for _, t := range w.who.told {
			w.escaped = t.escaped
			w.to.field(t.node, t.value)
		}
	}
	if err := w.members((*walker).recordMember); err != nil {
		return err
	}
	w.to.end()
	return nil
}

func (w *walker) recordMember(key []byte) *LineError {
	if string(key) == "attributes" {
		return w.elements((*walker).attribute)
	}
	return w.value(w.under(w.root, key), w.peek(), 1)
}

// attribute reads {"key":"http.route","value":{"stringValue":"/"}}. Fast path: all before the
// value is as it was in lines before.
func (w *walker) attribute() *LineError {
	w.attr, w.name, w.begin = nil, nil, w.pos
	s := w.expected(w.root)
	if s == nil {
		return w.members((*walker).attributeMember)
	}
	w.attr = s.kid
	if err := w.attributeValue(nil); err != nil {
		return err
	}
	if err := w.moreMembers((*walker).attributeValue); err != nil {
		return err
	}
	return w.moreMembers((*walker).attributeMember)
}

func (w *walker) attributeMember(key []byte) *LineError {
	switch string(key) {
	case "key":
		c := w.peek()
		begin := w.pos
		if err := w.skip(c, 0); err != nil {
			return err
		}
		if c == '"' {
			w.name = w.src[begin+1 : w.pos-1]
			w.attr = w.under(w.root, w.name)
		}
		return nil
	case "value":
		return w.members((*walker).attributeValue)
	}
	return w.skip(w.peek(), 0)
}

// attributeValue reads the value, whose key is its type.
func (w *walker) attributeValue([]byte) *LineError {
	c := w.peek()
	if w.name != nil { // the first value, and the name is before it
		w.met(w.root, w.name, w.src[w.begin:w.pos])
		w.name = nil
	}
	if c == '{' {
		return w.skip(c, 0) // a list of keys or values
	}
	return w.value(w.attr, c, maxDepth-1)
}
