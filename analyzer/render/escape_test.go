package render

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/loganalyze/loganalyze/analyzer"
)

func TestEscape(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"ASCII stays", "GET /orders/{id} ~", "GET /orders/{id} ~"},
		{"letters of any script stay", "/été/注文/한국/नमस्ते/שלום", "/été/注文/한국/नमस्ते/שלום"},
		{"a backslash stays, so that nothing is escaped twice", `C:\logs\x1b`, `C:\logs\x1b`},
		{"control characters", "a\tb\r\nc\x00\x1b[31m\x7f", `a\tb\r\nc\x00\x1b[31m\x7f`},
		{"control characters of the second set, which some terminals obey", "\u009b2J\u0085", `\u009b2J\u0085`},
		{"overrides of the direction", "/\u202egnp.exe\u2066\u200f", `/\u202egnp.exe\u2066\u200f`},
		{"separators of lines", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"characters that are not seen", "a\u200bb\u00adc\ufeffd\u3164", `a\u200bb\u00adc\ufeffd\u3164`},
		{"characters that hide text in a flag", "x\U000e0041", `x\U000e0041`},
		{"private characters", "\ue000", `\ue000`},
		{"unusual spaces", "a\u00a0b\u3000", `a\u00a0b\u3000`},
		{"bytes that are no UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"the replacement character is one", "\ufffd", "\ufffd"},
		{"emoji lose what joins them", "❤\ufe0f👨\u200d👩👍🏽", "❤👨👩👍"},
		{"a joiner elsewhere is told", "a\u200db\ufe0f", `a\u200db\ufe0f`},
		{"a mark on its letter stays", "e\u0301", "e\u0301"},
		{"a mark on no letter gets a circle", "\u0301 \u0301\x00\u0301", "◌\u0301 ◌\u0301\\x00◌\u0301"},
		{"nothing", "", ""},
	} {
		if got := Escape(tt.in); got != tt.want {
			t.Errorf("%s: Escape(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, r := range garbage().Routes.Failing {
		f.Add(r.Route)
		f.Add(r.Errors[0].Error)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Escape(s)
		if !utf8.ValidString(got) {
			t.Fatalf("Escape(%q) = %q, which is no UTF-8", s, got)
		}
		if i := strings.IndexFunc(got, hidden); i >= 0 {
			t.Fatalf("Escape(%q) = %q, which has a hidden character at %d", s, got, i)
		}
		if again := Escape(got); again != got {
			t.Fatalf("Escape(%q) = %q, but escaping that gives %q", s, got, again)
		}
		if plain(s) && got != s {
			t.Fatalf("Escape(%q) = %q, although there is nothing to escape", s, got)
		}
	})
}

// A hostile log cannot move the cursor, nor hide a line, whatever field it writes to.
func TestHostileLogIsHarmless(t *testing.T) {
	const attack = "\x1b[2J\x1b]0;pwned\x07\u009b1A\u202e\r\n"
	r := critical()
	r.Inputs[0].Name, r.Inputs[0].Format, r.Reason = attack, attack, attack
	r.Statuses[0].Name, r.Statuses[0].Fault = attack, attack
	r.Classes[1].Label, r.Verdict = attack, attack
	r.Interim[0].Name, r.Outcomes[0].Outcome = attack, attack
	for _, routes := range [][]analyzer.Route{r.Routes.Failing, r.Routes.ClientErrors} {
		for i := range routes {
			f := &routes[i]
			f.Method, f.Route, f.DominantName, f.Errors = attack, attack, attack, []analyzer.ErrorCount{{Error: attack, Requests: 1}}
		}
	}
	for i := range r.Incidents {
		in := &r.Incidents[i]
		for k := range in.Routes {
			in.Routes[k].Method, in.Routes[k].Route = attack, attack
		}
		in.Suspects = []analyzer.Suspect{{Where: map[string]string{attack: attack}, SameAs: []map[string]string{{attack: attack}}}}
	}
	r.Lines.Samples = []analyzer.Sample{{Kind: "malformed", File: attack, Error: attack, Text: attack}}
	var text, json strings.Builder
	if err := Text(&text, r, Options{Review: []string{attack}}); err != nil {
		t.Fatal(err)
	}
	if err := wellFormed(text.String(), Options{}); err != nil {
		t.Error(err)
	}
	if err := JSON(&json, r, Options{}); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexFunc(strings.ReplaceAll(json.String(), "\n", ""), hidden); i >= 0 {
		t.Errorf("the JSON holds a hidden character: %q", json.String()[i:i+20])
	}
}
