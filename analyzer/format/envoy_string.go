package format

import (
	"fmt"
	"regexp"
	"strings"
)

// envoyVariables are what Envoy's command operators stand for. Those that are not here are
// not read.
var envoyVariables = map[string]string{
	"RESPONSE_CODE": "status", "DURATION": "duration_ms", "PROTOCOL": "server_protocol",
	"BYTES_RECEIVED": "request_bytes", "BYTES_SENT": "response_bytes",
	"DOWNSTREAM_REMOTE_ADDRESS": "remote_addr", "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": "remote_addr",
	"DOWNSTREAM_DIRECT_REMOTE_ADDRESS": "peer", "TRACE_ID": "trace_id",
}

// translateEnvoy writes a format string in the notation of layouts.
func translateEnvoy(s string) (string, error) {
	var b strings.Builder
	for rest := s; rest != ""; {
		text, _, found := strings.Cut(rest, "%")
		at := len(s) - len(rest) + len(text) + 1
		if i := strings.IndexByte(text, '$'); i >= 0 {
			return "", fmt.Errorf("character %d: a $ of its own cannot be told from a variable; leave it out", len(s)-len(rest)+i+1)
		}
		b.WriteString(text)
		if rest = rest[len(text):]; !found {
			break
		}
		if strings.HasPrefix(rest, "%%") {
			b.WriteByte('%')
			rest = rest[2:]
			continue
		}
		m := envoyCommand.FindStringSubmatch(rest)
		if m == nil {
			return "", fmt.Errorf("character %d: %.12q is no command operator such as %%DURATION%%; write %%%% for a percent sign", at, rest)
		}
		b.WriteString("${" + envoyVariable(m[1], m[2]) + "}")
		rest = rest[len(m[0]):]
	}
	return b.String(), nil
}

var (
	envoyCommand  = regexp.MustCompile(`^%([A-Z][A-Z0-9_]*)(?:\(([^)]*)\))?(?::[0-9]+)?%`)
	envoyFraction = regexp.MustCompile(`%[1-9]f`)
)

func envoyVariable(name, arg string) string {
	switch {
	case name == "START_TIME" && arg == "":
		return "time"
	case name == "START_TIME":
		return "strptime:" + envoyFraction.ReplaceAllString(arg, "%f")
	case name == "REQ":
		for header := range strings.SplitSeq(arg, "?") { // one, or else the other
			if known := headers[strings.ToLower(header)]; known != "" {
				return known
			}
		}
	}
	if known := envoyVariables[name]; known != "" {
		return known
	}
	return "envoy_" + strings.ToLower(name)
}
