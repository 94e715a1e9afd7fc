package accesslog

import (
	"encoding/binary"
	"math/bits"
	"time"
	"unsafe"
)

// A usualPair is a key as AppendJSON writes it, and where its value goes.
type usualPair struct {
	head, headMask uint64  // the first eight bytes of key, and those of them that count
	tail, tailMask uint64  // the next eight
	offset         uintptr // of the field in a Record
	length         uint    // of key
	kind           kind
	key            string // from behind the quote before it to where the value begins
}

// maxKey is the most bytes of a usualPair's key.
const maxKey = 16

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
var usualPairs = func() (all [25]usualPair) {
	var r Record
	all = [...]usualPair{
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
		var key, mask [maxKey]byte
		p.length = uint(copy(key[:], p.key))
		for j := range p.length {
			mask[j] = 0xff
		}
		p.head, p.tail = binary.LittleEndian.Uint64(key[:]), binary.LittleEndian.Uint64(key[8:])
		p.headMask, p.tailMask = binary.LittleEndian.Uint64(mask[:]), binary.LittleEndian.Uint64(mask[8:])
	}
	return all
}()

// usual is the fast path of record. From a key on, it reads pairs as AppendJSON writes them,
// in its order, of which from is the first that can be; strings without escapes. It stops
// at the end of the line, or at the key of the first pair that is not so, and returns which
// pair can be next, len(usualPairs) where it read none. FuzzUsual holds it to the general way.
//
// It looks at bytes by their offset from the line's first one, and itself sees to it that they are
// within the line.
func (p *parser) usual(r *Record, from int) (next int) {
	if r.scratch == nil {
		r.scratch = new(scratch)
	}
	marks := &r.scratch.marks
	if p.marked == 0 {
		p.marked = marks.set(p.src)
	}
	line, size := unsafe.Pointer(unsafe.SliceData(p.src)), uint(len(p.src))
	i := uint(p.pos) + 1
	next = len(usualPairs)
	for k := from; k < len(usualPairs) && i+maxKey <= size; k++ {
		w := &usualPairs[k]
		if (eightAt(line, i)^w.head)&w.headMask|(eightAt(line, i+8)^w.tail)&w.tailMask != 0 {
			continue
		}
		field := unsafe.Add(unsafe.Pointer(r), w.offset)
		at := i + w.length
		end := at // behind the value
		switch w.kind {
		case kindText:
			quote := marks.next(p.src, at, p.marked)
			if quote >= p.marked || byteAt(line, quote) != '"' {
				return next
			}
			*(*string)(field) = unsafe.String((*byte)(unsafe.Add(line, at)), quote-at)
			end = quote + 1
		case kindTime:
			const layout = "2006-01-02T15:04:05.000000Z"
			if at+uint(len(layout)) >= size || byteAt(line, at+uint(len(layout))) != '"' ||
				!r.scratch.minutes.parse((*[len(layout)]byte)(unsafe.Add(line, at)), (*time.Time)(field)) {
				return next
			}
			end += uint(len(layout)) + 1
		case kindMillis:
			n, digits := plainInt(line, at, size)
			end += digits + uint(len(".000"))
			if digits == 0 || end > size {
				return next
			}
			d, ok := decimals((*[4]byte)(unsafe.Add(line, at+digits)))
			if !ok {
				return next
			}
			*(*Opt[time.Duration])(field) = Some(time.Duration(n*1000+d) * time.Microsecond)
		default:
			n, digits := plainInt(line, at, size)
			if digits == 0 {
				return next
			}
			end += digits
			switch w.kind {
			case kindVersion:
				*(*int)(field) = int(n)
			case kindStatus:
				*(*Opt[int])(field) = Some(int(n))
			default:
				*(*Opt[int64])(field) = Some(n)
			}
		}
		if end+2 > size || byteAt(line, end) != ',' || byteAt(line, end+1) != '"' {
			if end+1 == size && byteAt(line, end) == '}' {
				p.pos = len(p.src)
			}
			return next
		}
		i, next = end+2, k+1
		p.pos = int(end) + 1
	}
	return next
}

// eightAt are the eight bytes at offset i, the first in the lowest byte.
func eightAt(p unsafe.Pointer, i uint) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, i))[:])
}

func byteAt(p unsafe.Pointer, i uint) byte { return *(*byte)(unsafe.Add(p, i)) }

// scratch is what the fast path keeps from line to line.
type scratch struct {
	minutes minutes
	marks   marks
}

// plainInt reads the whole number at offset i of a line of size bytes, of at most seven digits,
// and returns how many those are; 0 where it is none, or may be longer, or is near the line's end.
func plainInt(line unsafe.Pointer, i, size uint) (n int64, digits uint) {
	if i+8 > size {
		return 0, 0
	}
	v := eightAt(line, i) ^ 0x3030303030303030
	digits = uint(bits.TrailingZeros64(above9(v))) / 8
	if digits-1 > 6 || digits > 1 && byte(v) == 0 {
		return 0, 0
	}
	return int64(joined(v << (64 - 8*digits))), digits
}

// above9 has the high bit of each byte of v that is no digit's value.
func above9(v uint64) uint64 {
	return (v&0x7f7f7f7f7f7f7f7f + 0x7676767676767676 | v) & 0x8080808080808080
}

// joined is the number whose eight digits v holds, the first in the lowest byte: neighbours are
// joined to pairs, and so on.
func joined(v uint64) uint64 {
	v = (v*10 + v>>8) & 0x00ff00ff00ff00ff
	v = (v*100 + v>>16) & 0x0000ffff0000ffff
	return (v*10000 + v>>32) & 0xffffffff
}

// decimals reads a point and three digits.
func decimals(b *[4]byte) (int64, bool) {
	h, t, o := b[1]-'0', b[2]-'0', b[3]-'0'
	return int64(h)*100 + int64(t)*10 + int64(o), b[0] == '.' && h <= 9 && t <= 9 && o <= 9
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
	if !at.read || *(*[16]byte)(at.text[:]) != *(*[16]byte)(b[:]) || b[16] != ':' {
		got, ok := ParseTime(unsafe.String(&b[0], len(b)))
		if !ok || b[26] != 'Z' {
			return false
		}
		copy(at.text[:], b[:])
		at.at, at.read = got.Truncate(time.Minute), true
	}
	// The ones of the seconds, a zero for the point, and the six decimals, as one number.
	const point = uint64('.'^'0') << 8
	v := binary.LittleEndian.Uint64(b[18:]) ^ 0x3030303030303030 ^ point
	tens := b[17] - '0'
	if tens > 5 || above9(v) != 0 || v&0xff00 != 0 || b[26] != 'Z' {
		return false
	}
	n := int64(joined(v))
	*t = at.at.Add(time.Duration(tens)*10*time.Second + time.Duration(n/1e7)*time.Second + time.Duration(n%1e6)*time.Microsecond)
	return true
}
