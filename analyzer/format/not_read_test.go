package format

import (
	"strings"
	"testing"
)

// TestNotRead says what may be durations on the lines and is not read, and claims no unit where none
// is. The mend that it names mends it.
func TestNotRead(t *testing.T) {
	const (
		get   = `203.0.113.7 - - [06/Sep/2026:05:58:05 +0900] "GET /u/42?x=1 HTTP/1.1" 502 157`
		agent = ` "-" "curl/8.5.0"`
		json  = `{"status":502,"method":"GET","path":"/u/42","a":%s}`
	)
	tests := []struct {
		reason    string
		logFormat string // "" is detected
		fields    map[string]string
		lines     []string
		says      string // "" is nothing
		unit      Unit
	}{
		{"Apache's %D", "", nil, []string{get + agent + " 91000", get + agent + " 4021"},
			`column 1 behind the user agent, such as 91000, may be a duration, and is not read; if it is one, say so with --log-format '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D'`, ""},
		{"and it is read so", `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D`, nil, []string{get + agent + " 91000"}, "", Microseconds},
		{"%D and %T: the finer one", "", nil, []string{get + agent + " 91000 0", get + agent + " 1002003 1"}, "column 1 behind the user agent", ""},
		{"the other way round", "", nil, []string{get + agent + " 0 91000", get + agent + " 1 1002003"}, `"%{User-Agent}i" %{other}n %D'`, ""},
		{"behind a header in quotes", "", nil, []string{get + agent + ` "10.0.0.1, 10.0.0.2" 91000`}, `"%{User-Agent}i" "%{other}n" %D'`, ""},
		{"and it is read so", `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{other}n" %D`, nil, []string{get + agent + ` "10.0.0.1, 10.0.0.2" 91000`}, "", Microseconds},
		{"Tomcat's %D", "", nil, []string{get + " 91", get + " 4"}, `column 1 behind the size, such as 91, may be a duration, and is not read; if it is one, say so with --log-format '%h %l %u %t "%r" %>s %b %D', or %{ms}T`, ""},
		{"behind a virtual host", "", nil, []string{"www.example.com:443 " + get + agent + " 91000"}, `--log-format '%v:%p %h %l`, ""},
		{"seconds", "", nil, []string{get + agent + " 1.5", get + agent + " 0.25"}, `"%{User-Agent}i" %T'`, ""},
		{"in quotes", "", nil, []string{get + agent + ` "1.5"`}, `"%{User-Agent}i" "%T"'`, ""},
		{"under the name of a duration", "", nil, []string{get + agent + " rt=1.25"}, "such as 1.25", ""},
		{"under that of an upstream's", "", nil, []string{get + agent + " urt=1.25"}, "", ""},
		{"nginx's $request_time is read", "", nil, []string{get + agent + " 0.004"}, "", Seconds},
		{"also behind the Common Log Format", "", nil, []string{get + " 0.004"}, "", Seconds},
		{"a header is no duration", "", nil, []string{get + agent + ` "10.0.0.1"`}, "", ""},
		{"nor are zeros", "", nil, []string{get + agent + " 0", get + agent + " 0"}, "", ""},
		{"nor what most lines lack", "", nil, []string{get + agent + " 4021", get + agent + " -"}, "", ""},
		{"nothing", "", nil, []string{get + agent}, "", ""},

		{"a format string that is too short", `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`, nil, []string{get + agent + " 91000"}, "column 1 behind those of the format string, such as 91000", ""},
		{"one that is wrong", `%h %l %u %t "%r" %>s %b %D`, nil, []string{get + agent + " 91000"}, "no line of the sample has a duration where the format string has one, and there are more columns behind its last, of which one, such as 91000", ""},
		{"with no number", `%h %l %u %t "%r" %>s %b %D`, nil, []string{get + agent}, "more columns behind its last; complete --log-format", ""},
		{"nothing is known", `%h %l %u %t "%r" %>s %b %D`, nil, []string{get + " -"}, noDurations, ""},
		{"a variable that is not there", `$status $request_method $uri`, map[string]string{"duration_ms": "took"}, []string{"502 GET /u/42"}, "the format string has no $took, which --field names", ""},
		{"JSON of a server's", `{"status":$status,"method":"$request_method","path":"$uri","b":$request_time}`, nil, []string{strings.ReplaceAll(json, "%s", "1")}, noDurations, ""},

		{"a key that is not there", "", map[string]string{"duration_s": "gone"}, []string{strings.ReplaceAll(json, "%s", "0.091")}, `no request in the sample has "gone", which --field names`, ""},
		{"two", "", map[string]string{"duration_s": "gone", "host": "away"}, []string{strings.ReplaceAll(json, "%s", "0.091")}, `has "away" and "gone"`, ""},
		{"one that is", "", map[string]string{"duration_s": "a"}, []string{strings.ReplaceAll(json, "%s", "0.091")}, "", Seconds},
		{"a key that may be it", "", nil, []string{`{"status":502,"method":"GET","path":"/u/42","backend_time":91}`}, `"backend_time", such as 91, may be the duration, and is not read; if it is, say so with --field duration_ms=backend_time`, ""},
		{"that of an upstream is not", "", nil, []string{`{"status":502,"method":"GET","path":"/u/42","upstream_response_time":"0.091","urt":"0.091"}`}, "", ""},
		{"nor is a time", "", nil, []string{`{"status":502,"method":"GET","path":"/u/42","server_time":1788674285.123,"timeout":30}`}, "", ""},
		{"nor what is a text", "", nil, []string{`{"status":502,"method":"GET","path":"/u/42","time_zone":"UTC"}`}, "", ""},
		{"beside one that is known", "", nil, []string{`{"status":502,"method":"GET","path":"/u/42","backend_time":91,"duration_ms":92}`}, "", Milliseconds},
	}
	for _, tt := range tests {
		o := Options{Fields: tt.fields}
		if tt.logFormat != "" {
			f, err := FromString(tt.logFormat)
			if err != nil {
				t.Fatalf("%s: %v", tt.reason, err)
			}
			o.Formats = []*Format{f}
		}
		d, err := Detect(toLines(tt.lines...), o)
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if !strings.Contains(d.NotRead, tt.says) || (d.NotRead == "") != (tt.says == "") || !strings.Contains(d.Why, d.NotRead) {
			t.Errorf("%s: not read is %q, want %q in it\nwhy: %s", tt.reason, d.NotRead, tt.says, d.Why)
		}
		if d.Unit != tt.unit {
			t.Errorf("%s: the unit is %q, want %q", tt.reason, d.Unit, tt.unit)
		}
	}
}
