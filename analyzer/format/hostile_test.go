package format

import (
	"fmt"
	"strings"
	"testing"
)

// TestDetectHostile looks at lines as long as any that are read, of what makes somebody look for an
// end in vain, or at everything once more for each thing. Where that takes time that grows faster
// than the line, each takes half a minute or more.
func TestDetectHostile(t *testing.T) {
	many := func(text string) string { return strings.Repeat(text, 1<<20/len(text)) }
	numbered := func(text string) string {
		var b strings.Builder
		for i := 0; b.Len() < 1<<20-100; i++ {
			fmt.Fprintf(&b, text, i)
		}
		return b.String()
	}
	for name, tt := range map[string]struct{ line, want string }{
		"keys of JSON":                    {`{"status":200,"method":"GET","path":"/a"` + numbered(`,"k%d":1`) + `}`, "json"},
		"keys of logfmt":                  {`status=200 method=GET path=/a` + numbered(` k%d=1`), "logfmt"},
		"values in each other":            {`{"status":200,"method":"GET","path":"/a","x":` + many(`{"a":`), ""},
		"arrays in each other":            {many(`[`), ""},
		"brackets that nothing closes":    {many(` [0`), ""},
		"brackets, one of which is":       {`] ` + many(` [{(`), ""},
		"quotes":                          {many(`"`), ""},
		"quotes that nothing closes":      {many(` "a""`), ""},
		"escapes":                         {`203.0.113.7 - - [06/Sep/2026:05:58:05 +0900] "` + many(`\"`), ""},
		"names of columns":                {"#Fields: date time cs-method cs-uri-stem sc-status" + many(" cs(host)"), ""},
		"words":                           {many(` a`), ""},
		"columns of each separator":       {many("a\tb|c;d,e f"), ""},
		"labels":                          {many(`a=b `), ""},
		"beginnings of a time":            {`a b ` + many(`[0`), ""},
		"colons, as after a number's try": {many(`1 : `), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if d, err := Detect([][]byte{[]byte(tt.line)}, Options{}); err == nil {
				got = d.Format.Name
			}
			if got != tt.want {
				t.Errorf("the format is %q, want %q", got, tt.want)
			}
		})
	}
}
