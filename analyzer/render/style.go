package render

// style is how a piece of text looks, as the parameters of an SGR sequence.
type style string

const (
	normal  style = ""
	heading style = "1"
	faint   style = "2"
	good    style = "32"
	warning style = "33"
	bad     style = "31"
)

// palette paints text, or leaves it as it is where colour is not wanted.
type palette bool

func (p palette) paint(st style, s string) string {
	if !p || st == normal || s == "" {
		return s
	}
	return "\x1b[" + string(st) + "m" + s + "\x1b[0m"
}

// ofClass is the style of what counts the class. Success is the usual case, and calm.
func ofClass(class string) style {
	switch class {
	case "2xx":
		return good
	case "4xx":
		return warning
	case "5xx":
		return bad
	default:
		return normal
	}
}
