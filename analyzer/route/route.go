// Package route turns raw paths into routes: /users/42 and /users/77 are both
// /users/{id}.
//
// A path is read once, segment by segment, and each segment that looks like an
// identifier rather than a name is replaced by its class. A segment is looked at
// by itself: two names that happen to fill one place, /dogs/rex and /dogs/fido,
// stay two routes.
package route

import "strings"

// AppendTemplate appends the template of path to dst and returns the extended
// slice: UUIDs become {uuid}, dates {date}, e-mail addresses {email}, IP addresses
// {ip}, and numbers, hexadecimal and mixed identifiers {id}; a trailing slash is
// kept; everything else stands as it is. path is without its query. It allocates
// only to grow dst.
func AppendTemplate(dst []byte, path string) []byte {
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
		case met&(digit|at) == 0 && end <= maxName: // Fast path: no class is without either.
			dst = append(dst, segment...)
		case met == digit:
			dst = append(dst, "{id}"...)
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
	other
)

var kinds = func() (k [256]byte) {
	for c := range k {
		switch {
		case '0' <= c && c <= '9':
			k[c] = digit
		case c == '@':
			k[c] = at
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
