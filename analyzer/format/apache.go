package format

import (
	"fmt"
	"strings"
)

// apacheVariables are what mod_log_config's and mod_logio's letters stand for, "" where
// nothing of ours does.
var apacheVariables = map[string]string{
	"a": "remote_addr", "h": "remote_addr", "{c}a": "realip_remote_addr", "{c}h": "realip_remote_addr",
	"B": "body_bytes_sent", "b": "body_bytes_sent", "O": "bytes_sent", "I": "request_length",
	"D": "duration_us", "T": "duration_s", "{s}T": "duration_s", "{ms}T": "duration_ms", "{us}T": "duration_us",
	"H": "server_protocol", "m": "request_method", "U": "uri", "q": "args", "r": "request", "s": "status",
	"v": "server_name", "V": "server_name", "{UNIQUE_ID}e": "request_id",
	"{sec}t": "strptime:%s", "{msec}t": "msec", "{usec}t": "msec", "{msec_frac}t": "strptime:%f", "{usec_frac}t": "strptime:%f",
}

// headers are what a request's header stands for, Envoy's pseudo-headers among them.
var headers = map[string]string{
	"referer": "http_referer", "x-forwarded-for": "http_x_forwarded_for", "user-agent": "http_user_agent", "x-request-id": "request_id", "host": "host",
	":authority": "host", ":method": "request_method", ":path": "request_uri", "x-envoy-original-path": "request_uri", ":scheme": "scheme",
}

// translateApache writes a LogFormat in the notation of layouts.
func translateApache(s string) (string, error) {
	var out apacheWriter
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '$':
			return "", fmt.Errorf("character %d: a $ of its own cannot be told from a variable; leave it out", i+1)
		case s[i] != '%':
			out.text = append(out.text, s[i])
			continue
		case strings.HasPrefix(s[i:], "%%"):
			out.text = append(out.text, '%')
			i++
			continue
		}
		d, n := apacheDirective(s[i+1:])
		if n == 0 {
			return "", fmt.Errorf("character %d: %.12q is no directive of mod_log_config; write %%%% for a percent sign", i+1, s[i:])
		}
		if d == "s" && s[i:i+2] != "%>" && strings.Contains(s, "%>s") {
			d = "original_status" // before a redirection within the server
		}
		out.directive(d)
		i += n
	}
	return string(out.text), nil
}

// apacheDirective takes a directive off the start of s, which follows the percent sign, and
// returns it without its conditions; n is how long it was, 0 for none.
func apacheDirective(s string) (directive string, n int) {
	rest := strings.TrimLeft(s, "!0123456789,<>")
	arg := ""
	if strings.HasPrefix(rest, "{") {
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return "", 0
		}
		arg, rest = rest[:end+1], rest[end+1:]
	}
	letters := 1
	if strings.HasPrefix(rest, "^") { // %^FB, %{x}^ti
		letters = 3
	}
	if len(rest) < letters || letters == 1 && rest[0]|0x20-'a' >= 26 {
		return "", 0
	}
	return arg + rest[:letters], len(s) - len(rest) + letters
}

// apacheWriter gathers a layout.
type apacheWriter struct {
	text []byte
	time int // the end of the last time that has a pattern; 0 is none
}

func (w *apacheWriter) directive(d string) {
	name, known := apacheVariables[d]
	letter := d[len(d)-1]
	arg := strings.Trim(d[:len(d)-1], "{}")
	switch {
	case d == "t":
		w.text = append(w.text, "[$time_local]"...)
		return
	case known:
	case letter == 't' && d[0] == '{':
		arg = strings.TrimPrefix(strings.TrimPrefix(arg, "begin:"), "end:")
		if name = apacheVariables["{"+arg+"}t"]; name == "" {
			name = "strptime:" + arg
		}
	case (letter == 'i' || letter == 'o') && headers[strings.ToLower(arg)] != "":
		name = headers[strings.ToLower(arg)]
	default:
		name = "apache_" + d[len(d)-1:]
	}
	if pattern, ok := strings.CutPrefix(name, "strptime:"); ok && w.continues() {
		w.text = append(w.text[:w.time-1], string(w.text[w.time:])+pattern+"}"...)
	} else {
		w.text = append(w.text, "${"+name+"}"...)
	}
	if strings.HasPrefix(name, "strptime:") {
		w.time = len(w.text)
	}
}

// continues reports whether only punctuation stands behind the last time: what comes next
// is a part of it, such as its fraction or its zone.
func (w *apacheWriter) continues() bool {
	return w.time > 0 && strings.Trim(string(w.text[w.time:]), " .,:T_-") == ""
}
