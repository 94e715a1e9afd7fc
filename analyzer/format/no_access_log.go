package format

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// noAccessLogs are logs that stand beside access logs and are taken for them, by how their lines
// begin. They tell of no request's status.
var noAccessLogs = []struct {
	name   string
	begins *regexp.Regexp
}{
	{"nginx's error log", regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[(debug|info|notice|warn|error|crit|alert|emerg)\] \d+#\d+: `)},
	{"Apache httpd's error log", regexp.MustCompile(`^\[\w{3} \w{3} \d\d \d\d:\d\d:\d\d(\.\d+)? \d{4}\] \[(\w*:)?(trace\d|debug|info|notice|warn|error|crit|alert|emerg)\] `)},
}

// noAccessLog names the log of which most of the sample is, "" where it is none of them.
func noAccessLog(sample [][]byte) string {
	for _, other := range noAccessLogs {
		n := 0
		for _, line := range sample {
			if other.begins.Match(line) {
				n++
			}
		}
		if 2*n > len(sample) {
			return other.name
		}
	}
	return ""
}

// startOf returns the start of the first line, to be shown.
func startOf(sample [][]byte) string {
	const most = 120 // bytes
	if len(sample) == 0 {
		return ""
	}
	line := bytes.TrimSpace(sample[0])
	if len(line) <= most {
		return strings.ToValidUTF8(string(line), "\ufffd")
	}
	end := most
	for end > most-utf8.UTFMax && !utf8.RuneStart(line[end]) {
		end--
	}
	return strings.ToValidUTF8(string(line[:end]), "\ufffd") + "…"
}
