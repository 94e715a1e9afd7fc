package accesslog

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// SyntaxError says where and why a line is no record.
type SyntaxError struct {
	Offset    int    // bytes from the start of the line
	Key       string // the key whose value is wrong, if it is one of the record's
	Msg       string
	Truncated bool // the line ends before the record does: it was cut
}

func (e *SyntaxError) Error() string {
	if e.Key != "" {
		return fmt.Sprintf("byte %d: %q: %s", e.Offset, e.Key, e.Msg)
	}
	return fmt.Sprintf("byte %d: %s", e.Offset, e.Msg)
}

// ParseJSON reads one line into r, which it resets first. It takes the keys in
// any order, with any white space that JSON allows, and what log/slog's JSON
// handler would have written for the same values; null is unknown; the last of
// repeated keys counts; keys that the schema does not own become Attrs. A wrong
// line gives a *SyntaxError, and r then holds what was read before it. After the
// first few lines it does not allocate.
//
// The strings of r point into line and into r: see [Record].
func ParseJSON(line []byte, r *Record) error {
	return parse(line, r, 0)
}

// parse is ParseJSON, where the first of usualPairs that is looked for is from.
func parse(line []byte, r *Record, from int) error {
	r.Reset()
	p := parser{src: line}
	return p.record(r, from)
}

// parser walks over one line.
type parser struct {
	src    []byte
	pos    int
	marked uint // how many bytes of src the Record's marks are of
}

// maxDepth bounds the nesting of attribute values.
const maxDepth = 64

func (p *parser) record(r *Record, from int) error {
	if p.space(); p.peek() != '{' {
		return p.errorf("want '{', the start of a JSON object")
	}
	p.pos++
	if p.space(); p.peek() == '}' {
		p.pos++
		return p.end()
	}
	for pair := from; ; {
		if pair < len(usualPairs) && p.peek() == '"' {
			if pair = p.usual(r, pair); p.pos == len(p.src) {
				return nil
			}
		}
		key, err := p.str(r)
		if err != nil {
			return err
		}
		if p.space(); p.peek() != ':' {
			return p.errorf("want ':' after a key")
		}
		p.pos++
		p.space()
		if err := p.field(r, key); err != nil {
			if e := err.(*SyntaxError); schema[key] {
				e.Key = key
			}
			return err
		}
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
			p.space()
		case '}':
			p.pos++
			return p.end()
		default:
			return p.errorf("want ',' or '}' after a value")
		}
	}
}

// field reads the value of key into its place.
func (p *parser) field(r *Record, key string) (err error) {
	if p.peek() == 'n' && schema[key] {
		return p.literal("null")
	}
	switch key {
	case "time":
		var s string
		at := p.pos
		if s, err = p.str(r); err == nil {
			var ok bool
			if r.Time, ok = ParseTime(s); !ok {
				p.pos = at
				return p.errorf("want an RFC 3339 time")
			}
		}
	case "level":
		r.Level, err = p.str(r)
	case "msg":
		r.Msg, err = p.str(r)
	case "v":
		r.Version, err = p.integer()
	case "method":
		r.Method, err = p.str(r)
	case "route":
		r.Route, err = p.str(r)
	case "path":
		r.Path, err = p.str(r)
	case "query":
		r.Query, err = p.str(r)
	case "status":
		r.Status.Value, err = p.integer()
		r.Status.Known = err == nil
	case "interim":
		return p.statuses(r)
	case "outcome":
		var s string
		s, err = p.str(r)
		r.Outcome = Outcome(s)
	case "error":
		r.Error, err = p.str(r)
	case "duration_ms":
		r.Duration, err = p.millis()
	case "ttfb_ms":
		r.TTFB, err = p.millis()
	case "request_bytes":
		r.RequestBytes, err = p.size()
	case "response_bytes":
		r.ResponseBytes, err = p.size()
	case "client_ip":
		r.ClientIP, err = p.str(r)
	case "peer":
		r.Peer, err = p.str(r)
	case "host":
		r.Host, err = p.str(r)
	case "scheme":
		r.Scheme, err = p.str(r)
	case "proto":
		r.Proto, err = p.str(r)
	case "request_id":
		r.RequestID, err = p.str(r)
	case "trace_id":
		r.TraceID, err = p.str(r)
	case "span_id":
		r.SpanID, err = p.str(r)
	case "user_agent":
		r.UserAgent, err = p.str(r)
	case "referer":
		r.Referer, err = p.str(r)
	case "sample_rate":
		r.SampleRate, err = p.float()
	case "dropped":
		var n int
		n, err = p.integer()
		r.Dropped = int64(n)
	case "failed_by":
		r.FailedBy, err = p.str(r)
	default:
		at := p.pos
		if err = p.skip(0); err == nil {
			r.Attrs = append(r.Attrs, Attr{Key: key, json: p.text(at, p.pos)})
		}
	}
	return err
}

// text is src[i:j] as a string that shares its bytes.
func (p *parser) text(i, j int) string {
	if i == j {
		return ""
	}
	return unsafe.String(&p.src[i], j-i)
}

func (p *parser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// peek is the next byte, 0 at the end of the line.
func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) end() error {
	if p.space(); p.pos < len(p.src) {
		return p.errorf("want nothing after the object")
	}
	return nil
}

func (p *parser) errorf(msg string) error {
	if p.pos >= len(p.src) {
		return &SyntaxError{Offset: len(p.src), Msg: "the line ends here: " + msg, Truncated: true}
	}
	return &SyntaxError{Offset: p.pos, Msg: msg}
}

// str reads a string. Without escapes it shares the line's bytes; with them it
// is decoded into r's buffer.
func (p *parser) str(r *Record) (string, error) {
	if p.peek() != '"' {
		return "", p.errorf("want a string")
	}
	begin := p.pos + 1
	p.pos = special(p.src, begin)
	if p.peek() == '"' { // Fast path: no escape.
		p.pos++
		return p.text(begin, p.pos-1), nil
	}
	from := len(r.buf)
	for {
		r.buf = append(r.buf, p.src[begin:p.pos]...)
		switch p.peek() {
		case '"':
			p.pos++
			if from == len(r.buf) {
				return "", nil
			}
			return unsafe.String(&r.buf[from], len(r.buf)-from), nil
		case '\\':
			var err error
			if r.buf, err = p.escape(r.buf); err != nil {
				return "", err
			}
		default:
			return "", p.errorf("want the rest of a string")
		}
		begin = p.pos
		p.pos = special(p.src, begin)
	}
}

// special is the index at or after i of the first byte that a JSON string
// cannot hold as it is: a quote, a backslash, a control character.
func special(b []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(b); i += 8 {
		// A byte x of v is zero exactly where (x-1)&^x has its high bit set;
		// a borrow can only reach bytes above the first match.
		v := binary.LittleEndian.Uint64(b[i:])
		q, s := v^('"'*ones), v^('\\'*ones)
		m := ((q-ones)&^q | (s-ones)&^s | (v-0x20*ones)&^v) & highs
		if m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < 0x20 {
			break
		}
	}
	return i
}

// escape decodes the escape at pos onto dst.
func (p *parser) escape(dst []byte) ([]byte, error) {
	p.pos++
	c := p.peek()
	switch c {
	case '"', '\\', '/':
		dst = append(dst, c)
	case 'b':
		dst = append(dst, '\b')
	case 'f':
		dst = append(dst, '\f')
	case 'n':
		dst = append(dst, '\n')
	case 'r':
		dst = append(dst, '\r')
	case 't':
		dst = append(dst, '\t')
	case 'u':
		r, err := p.hex4()
		if err != nil {
			return dst, err
		}
		if utf16.IsSurrogate(r) && p.pos+1 < len(p.src) && p.src[p.pos] == '\\' && p.src[p.pos+1] == 'u' {
			at := p.pos
			p.pos++
			low, err := p.hex4()
			if err != nil {
				return dst, err
			}
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				r = pair
			} else {
				p.pos = at // not the other half: it stands for itself
			}
		}
		return utf8.AppendRune(dst, r), nil // a lone surrogate becomes U+FFFD
	default:
		return dst, p.errorf("want an escape that JSON has")
	}
	p.pos++
	return dst, nil
}

// hex4 reads the u at pos and its four digits.
func (p *parser) hex4() (rune, error) {
	p.pos++
	var r rune
	for range 4 {
		c := p.peek()
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, p.errorf(`want four hexadecimal digits after \u`)
		}
		p.pos++
	}
	return r, nil
}

func (p *parser) literal(word string) error {
	for i := range len(word) {
		if p.peek() != word[i] {
			return p.errorf("want a JSON value")
		}
		p.pos++
	}
	return nil
}

// number walks over a JSON number and returns its text and whether it is a
// plain integer.
func (p *parser) number() (s string, integer bool, err error) {
	begin := p.pos
	if p.peek() == '-' {
		p.pos++
	}
	switch c := p.peek(); {
	case c == '0':
		p.pos++
	case '1' <= c && c <= '9':
		p.digits()
	default:
		return "", false, p.errorf("want a number")
	}
	integer = true
	if p.peek() == '.' {
		p.pos++
		integer = false
		if !p.digits() {
			return "", false, p.errorf("want a digit after the decimal point")
		}
	}
	if p.peek()|0x20 == 'e' {
		p.pos++
		integer = false
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		if !p.digits() {
			return "", false, p.errorf("want a digit in the exponent")
		}
	}
	if p.pos == len(p.src) { // no object ends in a number: more of it may be missing
		return "", false, p.errorf("want the rest of a number")
	}
	return p.text(begin, p.pos), integer, nil
}

func (p *parser) digits() bool {
	begin := p.pos
	for p.pos < len(p.src) && p.src[p.pos]-'0' <= 9 {
		p.pos++
	}
	return p.pos > begin
}

func (p *parser) integer() (int, error) {
	begin := p.pos
	s, integer, err := p.number()
	if err != nil {
		return 0, err
	}
	if len(s) <= 9 && integer && s[0] != '-' { // Fast path.
		n := 0
		for i := range len(s) {
			n = n*10 + int(s[i]-'0')
		}
		return n, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || !integer {
		p.pos = begin
		return 0, p.errorf("want an integer of 64 bits")
	}
	return int(n), nil
}

func (p *parser) size() (Opt[int64], error) {
	n, err := p.integer()
	return Opt[int64]{Value: int64(n), Known: err == nil}, err
}

func (p *parser) float() (float64, error) {
	begin := p.pos
	s, _, err := p.number()
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		p.pos = begin
		return 0, p.errorf("want a number within the range of a float64")
	}
	return f, nil
}

// millis reads a duration in milliseconds, to the nanosecond.
func (p *parser) millis() (Opt[time.Duration], error) {
	begin := p.pos
	s, _, err := p.number()
	if err != nil {
		return Opt[time.Duration]{}, err
	}
	if d, ok := plainMillis(s); ok {
		return Some(d), nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < -maxMillis || f > maxMillis {
		p.pos = begin
		return Opt[time.Duration]{}, p.errorf("want milliseconds within the range of a duration")
	}
	return Some(time.Duration(f * float64(time.Millisecond))), nil
}

const maxMillis = float64(1<<63-1024) / float64(time.Millisecond)

// plainMillis is the fast path of millis: at most 12 digits, and after a point
// at most 6 more.
func plainMillis(s string) (time.Duration, bool) {
	var n, scale int64 = 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c-'0' <= 9 && i < 18 && (scale == 0 && i < 12 || scale > 1):
			n = n*10 + int64(c-'0')
			scale /= 10
		case c == '.' && scale == 0:
			scale = int64(time.Millisecond)
		default:
			return 0, false
		}
	}
	if scale == 0 {
		scale = int64(time.Millisecond)
	}
	return time.Duration(n * scale), true
}

func (p *parser) statuses(r *Record) error {
	if p.peek() != '[' {
		return p.errorf("want an array of statuses")
	}
	p.pos++
	r.Interim = r.Interim[:0]
	if p.space(); p.peek() == ']' {
		p.pos++
		return nil
	}
	for {
		p.space()
		n, err := p.integer()
		if err != nil {
			return err
		}
		r.Interim = append(r.Interim, n)
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			p.pos++
			return nil
		default:
			return p.errorf("want ',' or ']' after a status")
		}
	}
}

// skip walks over any JSON value, and checks that it is one.
func (p *parser) skip(depth int) error {
	if depth > maxDepth {
		return p.errorf("want a value that is nested less deeply")
	}
	switch c := p.peek(); {
	case c == '"':
		return p.skipString()
	case c == '{':
		return p.skipList('}', func() error {
			if err := p.skipString(); err != nil {
				return err
			}
			if p.space(); p.peek() != ':' {
				return p.errorf("want ':' after a key")
			}
			p.pos++
			p.space()
			return p.skip(depth + 1)
		})
	case c == '[':
		return p.skipList(']', func() error { return p.skip(depth + 1) })
	case c == 't':
		return p.literal("true")
	case c == 'f':
		return p.literal("false")
	case c == 'n':
		return p.literal("null")
	}
	_, _, err := p.number()
	return err
}

// skipList walks over an object or array, from its bracket to the closing one.
func (p *parser) skipList(closing byte, item func() error) error {
	p.pos++
	if p.space(); p.peek() == closing {
		p.pos++
		return nil
	}
	for {
		p.space()
		if err := item(); err != nil {
			return err
		}
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case closing:
			p.pos++
			return nil
		default:
			return p.errorf("want ',' or '" + string(closing) + "' in a list")
		}
	}
}

func (p *parser) skipString() error {
	if p.peek() != '"' {
		return p.errorf("want a string")
	}
	p.pos++
	var scratch [utf8.UTFMax]byte
	for {
		p.pos = special(p.src, p.pos)
		switch p.peek() {
		case '"':
			p.pos++
			return nil
		case '\\':
			if _, err := p.escape(scratch[:0]); err != nil {
				return err
			}
		default:
			return p.errorf("want the rest of a string")
		}
	}
}
