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
		end, met := 0, byte(0)
		for end < len(path) && path[end] != '/' {
			met |= kinds[path[end]]
			end++
		}
		switch segment := path[:end]; {
		case met&(digit|at|brace) == 0 && end <= maxName: // Fast path: no class is without either.
			dst = append(dst, segment...)
		case met == digit:
			dst = append(dst, "{id}"...)
		case met&colon != 0 && verb(segment) < end:
			at := verb(segment)
			dst = append(AppendLeaf(dst, segment[:at]), segment[at:]...)
		case met&brace != 0 && placeholderOf(segment) != 0:
			dst = append(append(dst, "%7B"...), segment[1:]...)
		default:
			if class := classOf(segment); class != "" {
				dst = append(dst, class...)
			} else {
				dst = append(dst, segment...)
			}
		}
		path = path[end:]
	}
	return dst
}

// What a byte can be that tells classes apart.
const (
	digit = 1 << iota
	at
	brace
	colon
	other
)

var kinds = func() (k [256]byte) {
	for c := range k {
		switch {
		case '0' <= c && c <= '9':
			k[c] = digit
		case c == '@':
			k[c] = at
		case c == '{':
			k[c] = brace
		case c == ':':
			k[c] = colon
		default:
			k[c] = other
		}
	}
	return k
}()

// maxName is the length in bytes past which a segment is no name.
const maxName = 40

// classOf is the class of a segment, or "" for a name.
func classOf(s string) string {
	if len(s) > maxName {
		return "{id}"
	}
	var digits, hexes, dots, dashes, colons, ats, changes int
	var last byte // 'd' after a digit, 'l' after a letter
	for i := range len(s) {
		c := s[i]
		kind := byte(0)
		switch {
		case c-'0' <= 9:
			digits++
			hexes++
			kind = 'd'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			hexes++
			kind = 'l'
		case c|0x20 >= 'g' && c|0x20 <= 'z':
			kind = 'l'
		case c == '.':
			dots++
		case c == '-':
			dashes++
		case c == ':':
			colons++
		case c == '@':
			ats++
		}
		if kind != 0 {
			if last != 0 && kind != last {
				changes++
			}
			last = kind
		}
	}
	switch {
	case digits > 0 && isVersion(s):
		return ""
	case digits == 0:
		if ats == 1 && isEmail(s) {
			return "{email}"
		}
		return ""
	case digits == len(s):
		return "{id}"
	case isUUID(s, hexes, dashes):
		return "{uuid}"
	case isDate(s, digits, dashes):
		return "{date}"
	case dots == 3 && isIPv4(s), colons >= 2 && hexes+colons+dots == len(s):
		return "{ip}"
	case ats == 1 && isEmail(s):
		return "{email}"
	case hexes == len(s) && len(s) >= 8:
		return "{id}"
	case len(s) >= 6 && (changes >= 3 || digits*5 > len(s)*2):
		return "{id}"
	}
	return ""
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
