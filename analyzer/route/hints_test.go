package route

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

func patternsOf(t testing.TB, text string) *Hints {
	t.Helper()
	h, err := ParsePatterns("routes.txt", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHints(t *testing.T) {
	const patterns = `
# of a service
GET /users/{id}
/users/me
POST /users/{id}
/users/{id}/files/{path...}
GET /static/
/{$}
/reports/{id}.json
/{owner}:{repo}/x
get example.com/hosted/{x}
/both/{a}
GET /both/{b}
/a/{x}/c
/a/b/{y}
/{any}/{$}
/caf%C3%A9/{x}
/naïve
/exports/{id}.{ext}
/exports/{id}.csv
/pairs/{a}{b}
/objects/{key+}
/parents/{p+}/children
`
	h := patternsOf(t, patterns)
	for _, tt := range []struct{ reason, method, path, want string }{
		{"a placeholder", "GET", "/users/7", "/users/{id}"},
		{"as it was logged, escaped", "GET", "/users/a%2Fb", "/users/{id}"},
		{"a literal before it", "GET", "/users/me", "/users/me"},
		{"the other method", "POST", "/users/7", "/users/{id}"},
		{"a literal for any method", "POST", "/users/me", "/users/me"},
		{"HEAD is GET", "HEAD", "/users/7", "/users/{id}"},
		{"no such method", "PUT", "/users/7", ""},
		{"a placeholder is not empty", "GET", "/users/", "/{any}/"},
		{"no subtree", "GET", "/users/7/", ""},
		{"all that follows", "PUT", "/users/7/files/a/b/c", "/users/{id}/files/{path...}"},
		{"which may be nothing", "PUT", "/users/7/files/", "/users/{id}/files/{path...}"},
		{"but not less", "PUT", "/users/7/files", ""},
		{"a subtree", "GET", "/static/js/app.js", "/static/"},
		{"its root", "GET", "/static/", "/static/"},
		{"the end of the path", "GET", "/", "/"},
		{"a part of a segment", "GET", "/reports/2026-09.json", "/reports/{id}.json"},
		{"which is not empty", "GET", "/reports/.json", ""},
		{"two parts", "GET", "/golang:go/x", "/{owner}:{repo}/x"},
		{"of which one is empty", "GET", "/golang:/x", ""},
		{"a host is not looked at, a method may be in lower case", "GET", "/hosted/1", "/hosted/{x}"},
		{"the one that names the method", "GET", "/both/1", "/both/{b}"},
		{"or the one for any", "PUT", "/both/1", "/both/{a}"},
		{"back from a literal that leads nowhere", "GET", "/a/b/c", "/a/b/{y}"},
		{"to the placeholder", "GET", "/a/d/c", "/a/{x}/c"},
		{"a literal that is escaped in both", "GET", "/caf%c3%a9/1", "/caf%C3%A9/{x}"},
		{"in the pattern alone", "GET", "/café/1", "/caf%C3%A9/{x}"},
		{"in the path alone", "GET", "/na%C3%AFve", "/naïve"},
		{"more than there need be", "GET", "/users/%6de", "/users/me"},
		{"an escape that is none", "GET", "/users/%zz", "/users/{id}"},
		{"or is cut", "GET", "/users/me%", "/users/{id}"},
		{"longer than what is unescaped", "GET", "/users/%20" + strings.Repeat("x", maxUnescaped), "/users/{id}"},
		{"literals within a segment, escaped", "GET", "/reports/7%2Ejson", "/reports/{id}.json"},
		{"more of a segment literal, though it comes later", "GET", "/exports/7.csv", "/exports/{id}.csv"},
		{"less of it", "GET", "/exports/7.pdf", "/exports/{id}.{ext}"},
		{"two placeholders with nothing between", "GET", "/pairs/ab", "/pairs/{a}{b}"},
		{"each of which stands for a byte at least", "GET", "/pairs/a", ""},
		{"all that follows, as gateways have it", "GET", "/objects/a/b", "/objects/{key+}"},
		{"which in the middle is a placeholder", "GET", "/parents/a/children", "/parents/{p+}/children"},
		{"for one segment", "GET", "/parents/a/b/children", ""},
		{"no path", "OPTIONS", "*", ""},
		{"nothing", "GET", "", ""},
	} {
		got, ok := h.Match(tt.method, tt.path)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %s %s is of %q, %v; want %q", tt.reason, tt.method, tt.path, got, ok, tt.want)
		}
	}
	var none *Hints
	if _, ok := none.Match("GET", "/"); ok {
		t.Error("no hints match")
	}
	first := patternsOf(t, "/x/{a}").Merge(patternsOf(t, "/x/{b}\n/y"))
	if got, _ := first.Match("GET", "/x/1"); got != "/x/{a}" {
		t.Errorf("of two hints the first is to win, not %q", got)
	}
	if _, ok := first.Match("GET", "/y"); !ok {
		t.Error("the second hints are lost")
	}
}

// Hints that may give a path another route have another sum, and that of what is written alike stays
// what it is: it is in files.
func TestHintsSum(t *testing.T) {
	var none *Hints
	if none.Sum() != "" || (&Hints{}).Sum() != "" {
		t.Error("no hints have a sum")
	}
	of := map[string]string{}
	for _, text := range []string{"/u/{a}", "/u/{b}", "GET /u/{a}", "/u/{a}/", "/u/{a}/{$}", "/u/{a}\n/v", "/v\n/u/{a}"} {
		sum := patternsOf(t, text).Sum()
		if other, ok := of[sum]; ok {
			t.Errorf("%q and %q have one sum", text, other)
		}
		of[sum] = text
	}
	if got, want := patternsOf(t, "# users\n\n /u/{a}\n").Merge(patternsOf(t, "/v")).Sum(), patternsOf(t, "/u/{a}\n/v").Sum(); got != want {
		t.Errorf("the same hints have the sums %s and %s", got, want)
	}
	if got, want := patternsOf(t, "GET /u/{a}").Sum(), "ebd2ae00b86ec77e"; got != want {
		t.Errorf("the sum is %s, and in older states %s", got, want)
	}
}

func TestHintsErrors(t *testing.T) {
	for _, tt := range []struct{ text, says string }{
		{"", "routes.txt: there is no pattern in it"},
		{"# only words\n", "there is no pattern in it"},
		{"/a\n\nusers", `routes.txt:3: "users": there is no path; write it behind the method, such as GET /users/{id}`},
		{"/a/{b", `routes.txt:1: "/a/{b": a { in "{b" has no }`},
		{"/a/b}", `a } in "b}" has no {`},
		{"/a/b}{c}", `a } in "b}{c}" has no {`},
		{"/a/{x...}/b", "{x...} stands for all that follows, and can only be the last"},
		{"/a{x...}", "a{x...} stands for all that follows, and can only be the last, behind a slash"},
		{"/a/{$}/b", "{$} stands for the end of the path, and can only be the last"},
		{"/a/{}", `a placeholder in "{}" has no name`},
		{"GET /a b", "there is a space in the path"},
		{"/a b/c", `"/a" is no method; write one such as GET, or none, and a space in a path as %20`},
		{strings.Repeat("/a\n", maxPatterns+1), "routes.txt:100001: \"/a\": there are more than 100000 patterns"},
	} {
		if _, err := ParsePatterns("routes.txt", []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: %v does not say %q", tt.text, err, tt.says)
		}
	}
}

// A pattern per segment that is in part literal is found in a time that grows with their number,
// not its square.
func TestHintsOfOnePlace(t *testing.T) {
	var text strings.Builder
	for i := range maxPatterns {
		fmt.Fprintf(&text, "/{a}:x%d\n", i)
	}
	h := patternsOf(t, text.String())
	for _, tt := range [][2]string{{"/7:x0", "/{a}:x0"}, {"/7:x99999", "/{a}:x99999"}, {"/7:x", ""}} {
		if got, _ := h.Match("GET", tt[0]); got != tt[1] {
			t.Errorf("%s is of %q, want %q", tt[0], got, tt[1])
		}
	}
}

func TestMatchAllocates(t *testing.T) {
	h := patternsOf(t, "GET /users/{id}\n/users/me\n/reports/{id}.json\n/files/{path...}")
	for _, path := range []string{"/users/7", "/users/%6de", "/reports/2026%2D09.json", "/files/a/b", "/none", "/%"} {
		if n := testing.AllocsPerRun(100, func() { h.Match("GET", path) }); n != 0 {
			t.Errorf("%s: %v allocations, want none", path, n)
		}
	}
}

// TestHintsLikeServeMux holds Match to ServeMux for many sets of patterns that differ in little.
func TestHintsLikeServeMux(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	matched := 0
	for range 1000 {
		var patterns strings.Builder
		for range 1 + random.IntN(12) {
			patterns.WriteString(pick("", "", "GET ", "GET ", "HEAD ", "POST "))
			for i := range 1 + random.IntN(4) {
				fmt.Fprint(&patterns, "/", pick("a", "b", "c", "%61", "é", fmt.Sprintf("{x%d}", i), fmt.Sprintf("{x%d}", i)))
			}
			patterns.WriteString(pick("", "", "", "/", "/{$}", "/{rest...}") + "\n")
		}
		for range 20 {
			var path strings.Builder
			for range 1 + random.IntN(4) {
				path.WriteString("/" + pick("a", "a", "b", "c", "d", "%62", "%C3%A9", "x%2Fy"))
			}
			path.WriteString(pick("", "", "/"))
			if likeServeMux(t, patterns.String(), pick("GET", "HEAD", "POST", "PUT"), path.String()) != "" {
				matched++
			}
		}
	}
	if matched < 2_000 {
		t.Errorf("only %d paths matched anything", matched)
	}
}

// FuzzHints does so for any.
func FuzzHints(f *testing.F) {
	f.Add("GET /a/{b}\n/a/c\n/{x...}", "GET", "/a/b")
	f.Add("/a/{b}/c\n/a/b/\nHEAD /a/b/c", "HEAD", "/a/b/c")
	f.Add("/{$}\n/{a}\nPOST /{b}/", "POST", "/x/")
	f.Add("/a/{x}\nGET /a/{y}/{$}", "GET", "/a//")
	f.Add("/%61/{x}\n/{y}/b", "GET", "/a/%62")
	f.Add("0 /a/}/{x}", "0", "/a/}/b")
	f.Add("# /", "GET", "/")
	f.Fuzz(func(t *testing.T, patterns, method, path string) { likeServeMux(t, patterns, method, path) })
}

// likeServeMux holds Match to ServeMux, for patterns that it takes and paths that it does not
// clean, and returns the route.
func likeServeMux(t *testing.T, patterns, method, path string) string {
	r, err := http.NewRequest(method, "http://example.com"+path, nil)
	if err != nil || !strings.HasPrefix(path, "/") || r.URL.EscapedPath() != path || strings.ContainsAny(path, "?#\\") || strings.Contains(path, "//") || strings.Contains(path, "/.") || method == "" || method == "CONNECT" {
		return ""
	}
	if strings.Contains(strings.ToUpper(path)+"/", "/%2F/") { // which ServeMux takes for the end of the path
		return ""
	}
	mux := http.NewServeMux()
	var taken []string
	for p := range strings.Lines(patterns) {
		if p = strings.TrimRight(p, "\n"); len(taken) < 20 && accepts(mux, p) {
			taken = append(taken, p)
		}
	}
	handler, want := mux.Handler(r)
	if _, serves := handler.(http.HandlerFunc); len(taken) == 0 || !serves { // a redirect to the subtree
		return ""
	}
	h, err := ParsePatterns("fuzz", []byte(strings.Join(taken, "\n")))
	if err != nil {
		t.Fatalf("ServeMux takes %q: %v", taken, err)
	}
	if _, rest, ok := cutSpace(want); ok {
		want = rest
	}
	want = strings.TrimSuffix(want, "{$}")
	got, _ := h.Match(method, path)
	if got != want {
		t.Fatalf("%q: %s %s is of %q, and ServeMux has %q", taken, method, path, got, want)
	}
	return got
}

// accepts reports whether the mux takes a pattern, which is a path of its own server.
func accepts(mux *http.ServeMux, p string) (ok bool) {
	_, path, hasMethod := cutSpace(p)
	if !hasMethod {
		path = p
	}
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " \t\r") || strings.TrimSpace(p) != p || strings.ContainsRune(p, '\ufeff') || strings.ToUpper(p[:len(p)-len(path)]) != p[:len(p)-len(path)] {
		return false
	}
	if _, err := pieces(path); err != nil || strings.Contains(path, "//") || strings.HasPrefix(p, "#") { // a comment; a } alone is no error there, and an empty segment a placeholder
		return false
	}
	defer func() { ok = recover() == nil }()
	mux.HandleFunc(p, func(http.ResponseWriter, *http.Request) {})
	return true
}

func BenchmarkHints(b *testing.B) {
	var text strings.Builder
	for i := range 500 {
		fmt.Fprintf(&text, "GET /api/v1/things%d/{id}\nGET /api/v1/things%d/{id}/parts/{part}\n", i, i)
	}
	h := patternsOf(b, text.String())
	for _, path := range []string{"/api/v1/things77/123456", "/api/v1/things77/123456/parts/7", "/api/v1/things77/12%2F3456/parts/7", "/favicon.ico"} {
		b.Run(strings.ReplaceAll(path[1:], "/", "_"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.Match("GET", path)
			}
		})
	}
}

func TestPattern(t *testing.T) {
	for _, tt := range []struct{ template, want, reason string }{
		{"/users/{id}", "/users/{id}", "placeholders are the same"},
		{"/users/{id}/posts/{id2}", "/users/{id}/posts/{id2}", "two of them"},
		{"/jobs/{name}:cancel", "/jobs/{name}:cancel", "a custom method"},
		{"/files/{path...}", "/files/{path...}", "all that follows"},
		{"/", "/{$}", "the start page is not the whole site"},
		{"/blog/", "/blog/{$}", "nor is a folder what is in it"},
		{"/a//", "/a//{$}", "an empty segment stays"},
		{"/users/{userId}", "", "a brace that was asked for is no placeholder"},
		{"/users/%7Bid}", "", "nor is one that was escaped"},
		{"/a{b}c", "", "nor one within a segment"},
		{"/a/{b", "", "nor one without an end"},
		{"/a/b}", "", "nor one without a beginning"},
		{"*", "", "no path"},
	} {
		got, ok := Pattern(tt.template)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q is %q, %v; want %q", tt.reason, tt.template, got, ok, tt.want)
		}
		if _, err := ParsePatterns("", []byte(got)); ok && err != nil {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}
