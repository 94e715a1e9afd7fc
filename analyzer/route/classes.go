package route

import "strings"

// AppendLeaf appends the leaf of path to dst and returns the extended slice: UUIDs
// become {uuid}, dates {date}, e-mail addresses {email}, IP addresses {ip}, and
// numbers, hexadecimal and mixed identifiers {id}; a trailing slash is kept;
// everything else stands as it is, but for a segment that reads like a placeholder:
// its brace is written %7B, so that nobody can ask for a path that opens a place.
// path is without its query. It allocates only to grow dst.
func AppendLeaf(dst []byte, path string) []byte {
	for path != "" {
		if path[0] == '/' {
			dst, path = append(dst, '/'), path[1:]
			continue
		}
		end, met := 0, counts(0)
		for end < len(path) && path[end] != '/' {
			met += kinds[path[end]]
			end++
		}
		segment := path[:end]
		path = path[end:]
		if met&telling == 0 && end <= maxName { // Fast path: no class is without such.
			dst = append(dst, segment...)
			continue
		}
		dst = appendSegment(dst, segment, met)
	}
	return dst
}

// appendSegment appends a segment as AppendLeaf does, of which met was counted.
func appendSegment(dst []byte, segment string, met counts) []byte {
	if met.of(colon) > 0 || len(segment) > maxName {
		if at := verb(segment); at < len(segment) {
			return append(AppendLeaf(dst, segment[:at]), segment[at:]...)
		}
	}
	if segment[0] == '{' && placeholderOf(segment) != 0 {
		return append(append(dst, "%7B"...), segment[1:]...)
	}
	if class := classOf(segment, met); class != "" {
		return append(dst, class...)
	}
	return append(dst, segment...)
}

// counts are how many bytes of each kind a segment has, eight bits each. They are of no use
// past 255 bytes, when a segment is no name whatever it has.
type counts uint64

// The kinds, by where they are counted.
const (
	digit = 8 * iota
	hexLetter
	dot
	dash
	colon
	at
	brace
)

// telling masks the kinds without which no segment has a class.
const telling counts = 0xff<<digit | 0xff<<colon | 0xff<<at | 0xff<<brace

func (c counts) of(kind int) int { return int(c >> kind & 0xff) }

var kinds = func() (k [256]counts) {
	for _, kind := range []struct {
		bytes string
		at    int
	}{{"0123456789", digit}, {"abcdefABCDEF", hexLetter}, {".", dot}, {"-", dash}, {":", colon}, {"@", at}, {"{", brace}} {
		for _, c := range []byte(kind.bytes) {
			k[c] = 1 << kind.at
		}
	}
	return k
}()

// maxName is the length in bytes past which a segment is no name.
const maxName = 40

// classOf is the class of a segment, or "" for a name.
func classOf(s string, met counts) string {
	if len(s) > maxName {
		return "{id}"
	}
	digits := met.of(digit)
	hexes := digits + met.of(hexLetter)
	switch {
	case digits == len(s):
		return "{id}"
	case met.of(at) == 1 && isEmail(s):
		return "{email}"
	case digits == 0, isVersion(s):
		return ""
	case isUUID(s, hexes, met.of(dash)):
		return "{uuid}"
	case isDate(s, digits, met.of(dash)):
		return "{date}"
	case met.of(dot) == 3 && isIPv4(s), met.of(colon) >= 2 && hexes+met.of(colon)+met.of(dot) == len(s):
		return "{ip}"
	case hexes == len(s) && len(s) >= 8:
		return "{id}"
	case len(s) >= 6 && (digits*5 > len(s)*2 || changes(s) >= 3):
		return "{id}"
	}
	return ""
}

// changes is how often a digit follows a letter in s, or a letter a digit, whatever is between.
func changes(s string) (n int) {
	var last byte // 'd' after a digit, 'l' after a letter
	for i := range len(s) {
		kind := byte(0)
		switch c := s[i]; {
		case c-'0' <= 9:
			kind = 'd'
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			kind = 'l'
		default:
			continue
		}
		if last != 0 && kind != last {
			n++
		}
		last = kind
	}
	return n
}

func isUUID(s string, hexes, dashes int) bool {
	return len(s) == 36 && dashes == 4 && hexes == 32 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}

// isDate recognises 2026-09-06 and 2026-09.
func isDate(s string, digits, dashes int) bool {
	return len(s) == 10 && digits == 8 && dashes == 2 && s[4] == '-' && s[7] == '-' ||
		len(s) == 7 && digits == 6 && dashes == 1 && s[4] == '-'
}

func isIPv4(s string) bool {
	for i, n := 0, 0; i < len(s); i++ {
		if s[i] == '.' {
			n = 0
		} else if n++; s[i]-'0' > 9 || n > 3 {
			return false
		}
	}
	return s[0] != '.' && s[len(s)-1] != '.' && !strings.Contains(s, "..")
}

func isEmail(s string) bool {
	at := strings.IndexByte(s, '@')
	return at > 0 && strings.IndexByte(s[at:], '.') > 1 && s[len(s)-1] != '.'
}

// isVersion recognises v1, V2.1, v1beta1 and v1p3beta1.
func isVersion(s string) bool {
	if len(s) < 2 || s[0]|0x20 != 'v' || s[1]-'0' > 9 {
		return false
	}
	for s = s[1:]; s != ""; {
		switch {
		case s[0]-'0' <= 9 || s[0] == '.':
			s = s[1:]
		case strings.HasPrefix(s, "alpha"):
			s = s[5:]
		case strings.HasPrefix(s, "beta"):
			s = s[4:]
		case s[0] == 'p' || s[0] == 'r':
			s = s[1:]
		default:
			return false
		}
	}
	return true
}

// verb is where the custom method of a segment begins, the colon in 42:cancel, or its length.
// Only letters are one: 12:30 and ::1 have none.
func verb(s string) int {
	for i := len(s) - 1; i > 0; i-- {
		if s[i] == ':' {
			if len(s)-i > 3 {
				return i
			}
			break
		}
		if s[i]|0x20 < 'a' || s[i]|0x20 > 'z' {
			break
		}
	}
	return len(s)
}
