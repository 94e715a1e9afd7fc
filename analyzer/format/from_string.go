package format

import (
	"fmt"
	"regexp"
	"strings"
)

// notation is how servers of one kind write what a line is made of.
type notation struct {
	name, title string
	clock       Clock
	translate   func(s string) (string, error) // into the notation of layouts
}

var (
	nginxNotation  = notation{"nginx", "nginx's log_format", ClockCompletion, func(s string) (string, error) { return s, nil }}
	apacheNotation = notation{"apache", "Apache httpd's LogFormat", ClockStart, translateApache}
	envoyNotation  = notation{"envoy", "Envoy's format string", ClockStart, translateEnvoy}
)

// FromString returns the format called s, or the one of the lines that a server writes
// whose configuration has s: nginx's log_format, Apache httpd's LogFormat or Envoy's format
// string, as text or as JSON, with or without the directive and its quotes.
func FromString(s string) (*Format, error) {
	if f, ok := ByName(s); ok {
		return f, nil
	}
	text := unescapeConfig(withoutDirective(strings.TrimSpace(s)))
	var n notation
	switch {
	case strings.HasPrefix(text, "#"): // a W3C log brings its #Fields along
		return nil, fmt.Errorf("%q: the lines of a W3C log are told by the #Fields within it; leave --log-format out", s)
	case envoyOperator.MatchString(text):
		n = envoyNotation
	case nginxVariable.MatchString(text):
		n = nginxNotation
	case strings.Contains(text, "%"):
		n = apacheNotation
	default:
		return nil, fmt.Errorf("%q is no format: it can be auto, %s, or a format string with $ or %% as the server's configuration has it", s, strings.Join(names(), ", "))
	}
	f := &Format{Name: n.name, Title: n.title, LogFormat: text, Clock: n.clock, named: true}
	if strings.Contains(text, "%{end:") {
		f.Clock = ClockCompletion
	}
	columns, err := n.translate(text)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", n.title, text, err)
	}
	if strings.HasPrefix(columns, "{") {
		f.learn, err = learnTemplate(columns)
	} else {
		f.learn, err = learnString(columns)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", n.title, text, err)
	}
	return f, nil
}

// learnString is the learn function of a layout whose variables Options.Fields may call
// something else.
func learnString(columns string) (func([][]byte, *Options) (dialect, bool), error) {
	if _, err := parseLayout(columns, ""); err != nil {
		return nil, err
	}
	return func(sample [][]byte, o *Options) (dialect, bool) {
		renamed, missing := o.rename(columns)
		l, err := parseLayout(renamed, "")
		if err != nil {
			return dialect{}, false
		}
		if l.separator() != ' ' {
			l.asCSV()
		}
		d, ok := learnLayout(l)(sample, o)
		if d.notRead = l.notRead(sample, o); len(missing) > 0 {
			d.notRead = "the format string has no " + strings.Join(missing, ", ") + ", which --field names"
		}
		return d, ok
	}, nil
}

func names() (all []string) {
	for _, f := range formats {
		all = append(all, f.Name)
	}
	return all
}

var (
	envoyOperator = regexp.MustCompile(`%[A-Z][A-Z_]{2,}(\([^)]*\))?(:[0-9]+)?%`)
	nginxVariable = regexp.MustCompile(`\$\{?[a-z]`)
	quotedStrings = regexp.MustCompile(`'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"`)
	// columnsInQuotes are no strings in parts, but columns that have quotes.
	columnsInQuotes = regexp.MustCompile(`^"\$[a-z0-9_]+"(?:[,;|\t].| +[^" ;]| +"\$[a-z0-9_]+")`)
	directive       = regexp.MustCompile(`^(?:log_format|LogFormat|CustomLog)\s`)
)

// withoutDirective takes the string out of a line, or several, of a configuration. nginx
// lets a string be in parts; behind Apache's there may be a name, or before it a file.
func withoutDirective(s string) string {
	if !directive.MatchString(s) && !strings.HasPrefix(s, "'") && !strings.HasPrefix(s, `"%`) && !strings.HasPrefix(s, `"$`) {
		return s
	}
	if columnsInQuotes.MatchString(s) {
		return s
	}
	var b strings.Builder
	for _, m := range quotedStrings.FindAllStringSubmatch(s, -1) {
		b.WriteString(m[1] + m[2])
	}
	if b.Len() == 0 {
		return s
	}
	return b.String()
}

var configEscapes = strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r")

// unescapeConfig decodes what a configuration escapes. The newline at the end is the line's.
func unescapeConfig(s string) string { return strings.TrimSpace(configEscapes.Replace(s)) }
