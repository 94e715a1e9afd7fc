package format

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func vhostCombinedConformance() conformance {
	c := combinedConformance()
	c.format = vhostCombined
	c.example.Host, c.record.Host = "www.example.com:443", "www.example.com:443"
	c.full = "www.example.com:443 " + c.full
	c.cases = slices.Concat(behindVHost(clfCases), behindVHost(combinedCases), []lineCase{
		{name: "vhost -", reason: "a server without a name", old: "www.example.com:443", new: "-", want: func(r *record) { r.Host = "" }},
		{name: "vhost without a port", reason: "%v alone is common, too", old: "www.example.com:443", new: "www.example.com", want: func(r *record) { r.Host = "www.example.com" }},
		{name: "vhost of IPv6", reason: "a server can be called by its address", old: "www.example.com:443", new: "[2001:db8::2]:443", want: func(r *record) { r.Host = "[2001:db8::2]:443" }},
		{name: "NUL in the vhost", reason: "bytes are kept as they are", old: "www.example.com", new: "\x00", want: func(r *record) { r.Host = "\x00:443" }},
		{name: "vhost alone", reason: "a word is no request", line: "www.example.com:443", none: true, kind: Other},
		{name: "no vhost", reason: "a field too few before the time", old: "www.example.com:443 ", new: "", none: true, kind: Other},
	})
	traffic := c.traffic
	c.traffic = func(i int, at time.Time) string { return fmt.Sprintf("shop%d.example.com:443 ", i%3) + traffic(i, at) }
	return c
}

// behindVHost puts the host before the lines of cases that begin with a client. It stays the
// host where the request names another.
func behindVHost(cases []lineCase) []lineCase {
	var out []lineCase
	for _, tt := range cases {
		if strings.HasPrefix(tt.line, "203.0.113.7 ") {
			tt.line = "www.example.com:443 " + tt.line
		}
		if strings.HasPrefix(tt.name, "absolute") {
			alone := tt.want
			tt.want = func(r *record) {
				alone(r)
				r.Host = "www.example.com:443"
			}
		}
		out = append(out, tt)
	}
	return out
}

func FuzzVHostCombined(f *testing.F) { fuzzParser(f, vhostCombined, holdsForeign) }

// TestVHostOrUser: a line of four words before the time has a virtual host, or a user whose
// name has two.
func TestVHostOrUser(t *testing.T) {
	const rest = ` [06/Sep/2026:05:58:05 +0900] "GET / HTTP/1.1" 200 157 "-" "-"`
	tests := []struct {
		reason, line string
		want         *Format
	}{
		{"a port and a client", "www.example.com:80 203.0.113.7 - -" + rest, vhostCombined},
		{"a client behind a name without a port", "www.example.com 203.0.113.7 - -" + rest, vhostCombined},
		{"a client of IPv6", "localhost ::1 - -" + rest, vhostCombined},
		{"a client that was looked up", "www.example.com:80 dsl-7.example.net - ann" + rest, vhostCombined},
		{"a user of two words", "203.0.113.7 - ann smith" + rest, combined},
		{"a client that was looked up, and a user of two words", "dsl-7.example.net - ann smith" + rest, combined},
		{"a client with its port", "203.0.113.7:5123 - - -" + rest, combined},
	}
	for _, tt := range tests {
		d, err := Detect(toLines(tt.line), Options{})
		if err != nil || d.Format != tt.want {
			t.Errorf("%s: %q is %+v, %v; want %s", tt.reason, tt.line, d, err, tt.want.Name)
		}
	}
}
