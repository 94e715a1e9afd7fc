package accesslog

import (
	"encoding/binary"
	"time"
	"unsafe"
)

// A usualPair is a key as AppendJSON writes it, and where its value goes.
type usualPair struct {
	key    string // from behind the quote before it to where the value begins
	kind   kind
	offset uintptr // of the field in a Record
	// The first eight bytes of the key, those of them that count, and the last eight where there
	// are more.
	head, mask, tail uint64
}

type kind uint8

const (
	kindTime kind = iota
	kindText
	kindVersion
	kindStatus
	kindSize
	kindMillis
)

// usualPairs are the keys that lines mostly have, in the order in which AppendJSON writes them.
var usualPairs = func() []usualPair {
	var r Record
	all := []usualPair{
		{key: `time":"`, kind: kindTime, offset: unsafe.Offsetof(r.Time)},
		{key: `level":"`, kind: kindText, offset: unsafe.Offsetof(r.Level)},
		{key: `msg":"`, kind: kindText, offset: unsafe.Offsetof(r.Msg)},
		{key: `v":`, kind: kindVersion, offset: unsafe.Offsetof(r.Version)},
		{key: `method":"`, kind: kindText, offset: unsafe.Offsetof(r.Method)},
		{key: `route":"`, kind: kindText, offset: unsafe.Offsetof(r.Route)},
		{key: `path":"`, kind: kindText, offset: unsafe.Offsetof(r.Path)},
		{key: `query":"`, kind: kindText, offset: unsafe.Offsetof(r.Query)},
		{key: `status":`, kind: kindStatus, offset: unsafe.Offsetof(r.Status)},
		{key: `outcome":"`, kind: kindText, offset: unsafe.Offsetof(r.Outcome)},
		{key: `error":"`, kind: kindText, offset: unsafe.Offsetof(r.Error)},
		{key: `duration_ms":`, kind: kindMillis, offset: unsafe.Offsetof(r.Duration)},
		{key: `ttfb_ms":`, kind: kindMillis, offset: unsafe.Offsetof(r.TTFB)},
		{key: `request_bytes":`, kind: kindSize, offset: unsafe.Offsetof(r.RequestBytes)},
		{key: `response_bytes":`, kind: kindSize, offset: unsafe.Offsetof(r.ResponseBytes)},
		{key: `client_ip":"`, kind: kindText, offset: unsafe.Offsetof(r.ClientIP)},
		{key: `peer":"`, kind: kindText, offset: unsafe.Offsetof(r.Peer)},
		{key: `host":"`, kind: kindText, offset: unsafe.Offsetof(r.Host)},
		{key: `scheme":"`, kind: kindText, offset: unsafe.Offsetof(r.Scheme)},
		{key: `proto":"`, kind: kindText, offset: unsafe.Offsetof(r.Proto)},
		{key: `request_id":"`, kind: kindText, offset: unsafe.Offsetof(r.RequestID)},
		{key: `trace_id":"`, kind: kindText, offset: unsafe.Offsetof(r.TraceID)},
		{key: `span_id":"`, kind: kindText, offset: unsafe.Offsetof(r.SpanID)},
		{key: `user_agent":"`, kind: kindText, offset: unsafe.Offsetof(r.UserAgent)},
		{key: `referer":"`, kind: kindText, offset: unsafe.Offsetof(r.Referer)},
	}
	for i := range all {
		p := &all[i]
		var head [8]byte
		n := copy(head[:], p.key)
		p.head, p.mask = binary.LittleEndian.Uint64(head[:]), ^uint64(0)>>(64-8*n)
		if len(p.key) > 8 {
			p.tail = binary.LittleEndian.Uint64([]byte(p.key[len(p.key)-8:]))
		}
	}
	return all
}()

// usual is the fast path of record. From a key on, it reads pairs as AppendJSON writes them,
// in its order, of which from is the first that can be; strings without escapes. It stops
// at the end of the line, or at the key of the first pair that is not so, and returns which
// pair can be next, len(usualPairs) where it read none. FuzzUsual holds it to the general way.
func (p *parser) usual(r *Record, from int) (next int) {
	const room = len(`response_bytes":`)
	b, i := p.src, p.pos+1
	if r.minutes == nil {
		r.minutes = new(minutes)
	}
	next = len(usualPairs)
	for k := from; k < len(usualPairs) && i+room <= len(b); k++ {
		w := &usualPairs[k]
		n := len(w.key)
		if (binary.LittleEndian.Uint64(b[i:])^w.head)&w.mask != 0 || n > 8 && binary.LittleEndian.Uint64(b[i+n-8:]) != w.tail {
			continue
		}
		field := unsafe.Add(unsafe.Pointer(r), w.offset)
		at := i + n
		end := -1 // behind the value
		switch w.kind {
		case kindText:
			quote := special(b, at)
			if quote < len(b) && b[quote] == '"' {
				*(*string)(field) = p.text(at, quote)
				end = quote + 1
			}
		case kindTime:
			const layout = "2006-01-02T15:04:05.000000Z"
			end = at + len(layout) + 1
			if end > len(b) || b[end-1] != '"' || !r.minutes.parse((*[len(layout)]byte)(b[at:]), (*time.Time)(field)) {
				end = -1
			}
		case kindVersion:
			if n, digits := plainInt(b[at:]); digits > 0 {
				*(*int)(field) = int(n)
				end = at + digits
			}
		case kindStatus:
			if n, digits := plainInt(b[at:]); digits > 0 {
				*(*Opt[int])(field) = Some(int(n))
				end = at + digits
			}
		case kindSize:
			if n, digits := plainInt(b[at:]); digits > 0 {
				*(*Opt[int64])(field) = Some(n)
				end = at + digits
			}
		case kindMillis:
			if n, digits := plainInt(b[at:]); digits > 0 {
				if d, ok := decimals(b[at+digits:]); ok {
					*(*Opt[time.Duration])(field) = Some(time.Duration(n*1000+d) * time.Microsecond)
					end = at + digits + len(".000")
				}
			}
		}
		if end == len(b)-1 && b[end] == '}' {
			p.pos = len(b)
			break
		}
		if end < 0 || end+2 > len(b) || b[end] != ',' || b[end+1] != '"' {
			break
		}
		p.pos, i, next = end+1, end+2, k+1
	}
	return next
}

// plainInt reads the whole number that b begins with, of at most nine digits, and returns how
// many those are; 0 where it is none, or may be longer.
func plainInt(b []byte) (n int64, digits int) {
	for digits < len(b) && b[digits]-'0' <= 9 {
		n = n*10 + int64(b[digits]-'0')
		digits++
	}
	if digits > 9 || digits > 1 && b[0] == '0' || digits == len(b) {
		return 0, 0
	}
	return n, digits
}

// decimals reads the point and the three digits that b begins with.
func decimals(b []byte) (int64, bool) {
	if len(b) < len(".000") || b[0] != '.' || b[1]-'0' > 9 || b[2]-'0' > 9 || b[3]-'0' > 9 {
		return 0, false
	}
	return int64(b[1]-'0')*100 + int64(b[2]-'0')*10 + int64(b[3]-'0'), true
}

// minutes are some minutes of times that were read: adjacent lines mostly share one, or one of
// a few.
type minutes [10]minute

type minute struct {
	text [len("2006-01-02T15:04:")]byte
	read bool // there is one
	at   time.Time
}

// parse reads a time as AppendJSON writes it into t.
func (m *minutes) parse(b *[len("2006-01-02T15:04:05.000000Z")]byte, t *time.Time) bool {
	at := &m[(b[15]-'0')%10]
	if !at.read || string(at.text[:]) != string(b[:len(at.text)]) {
		got, ok := ParseTime(unsafe.String(&b[0], len(b)))
		if !ok || b[26] != 'Z' {
			return false
		}
		copy(at.text[:], b[:])
		at.at, at.read = got.Truncate(time.Minute), true
	}
	tens, ones := b[17]-'0', b[18]-'0'
	micros, bad := 0, tens > 5 || ones > 9 || b[19] != '.' || b[26] != 'Z'
	for _, c := range b[20:26] {
		bad = bad || c-'0' > 9
		micros = micros*10 + int(c-'0')
	}
	if bad {
		return false
	}
	*t = at.at.Add(time.Duration(int(tens)*10+int(ones))*time.Second + time.Duration(micros)*time.Microsecond)
	return true
}
