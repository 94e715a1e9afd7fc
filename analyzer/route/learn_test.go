package route

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// asked are leaves for paths, each with its number of requests after it, or 1.
func asked(paths ...string) []Leaf {
	number := map[string]int{}
	var leaves []Leaf
	for _, p := range paths {
		requests := uint64(1)
		if path, n, ok := strings.Cut(p, " "); ok {
			p = path
			fmt.Sscan(n, &requests)
		}
		leaf := string(AppendLeaf(nil, p))
		i, ok := number[leaf]
		if !ok {
			i = len(leaves)
			number[leaf] = i
			leaves = append(leaves, Leaf{Path: leaf})
		}
		leaves[i].Requests += requests
	}
	return leaves
}

// templates are those of leaves, sorted.
func templates(t testing.TB, leaves []Leaf) []string {
	t.Helper()
	routes := Learn(leaves)
	seen := map[string]bool{}
	var out []string
	for _, l := range leaves {
		to, ok := routes.Of(l.Path)
		if !ok {
			if l.Requests > 0 {
				t.Errorf("%q belongs to nothing", l.Path)
			}
			continue
		}
		if !seen[to.Path] {
			seen[to.Path] = true
			out = append(out, to.Path)
		}
	}
	slices.Sort(out)
	return out
}

var people = strings.Fields("ann bob carol dave erin frank grace heidi ivan judy mallory niaj olivia peggy rupert sybil trent victor walter zoe")

// each is format for each of values.
func each(format string, values ...string) (out []string) {
	for _, v := range values {
		out = append(out, strings.ReplaceAll(format, "*", v))
	}
	return out
}

func TestLearn(t *testing.T) {
	tests := []struct {
		reason string
		paths  []string
		want   []string
	}{
		{"numbers are identifiers, however few", []string{"/users/1", "/users/2"}, []string{"/users/{id}"}},
		{"of one class alone, the place is called by it",
			[]string{"/a/123e4567-e89b-12d3-a456-426614174000", "/b/2026-11-20", "/c/ann@example.com", "/d/203.0.113.7"},
			[]string{"/a/{uuid}", "/b/{date}", "/c/{email}", "/d/{ip}"}},
		{"of several classes, it is an identifier", []string{"/a/123e4567-e89b-12d3-a456-426614174000", "/a/7"}, []string{"/a/{id}"}},
		{"names within a template are unique", []string{"/users/1/orders/2/items/3"}, []string{"/users/{id}/orders/{id2}/items/{id3}"}},
		{"many names asked for once are values", each("/users/*", people...), []string{"/users/{name}"}},
		{"a few names are routes", []string{"/login", "/logout", "/search"}, []string{"/login", "/logout", "/search"}},
		{"pages that are all asked for often are routes", each("/* 50", people...), each("/*", people...)},
		{"more names than a site has pages are values, however often they are asked for",
			each("/tags/* 9", append(each("*-1", people...), append(each("*-x", people...), people...)...)...), []string{"/tags/{name}"}},
		{"a page that is far more popular than the others stays itself",
			append(each("/blog/*", people...), "/blog/hello 90"), []string{"/blog/hello", "/blog/{name}"}},
		{"a popular value does not: it is twice as popular as the next",
			append(each("/blog/*", people...), "/blog/a 32", "/blog/b 16", "/blog/c 8"), []string{"/blog/{name}"}},
		{"names with the same words below are values, though each is popular",
			append(append(each("/*/orders 50", people...), each("/*/carts 40", people...)...), each("/*/profile 30", people...)...),
			[]string{"/{name}/carts", "/{name}/orders", "/{name}/profile"}},
		{"a word below hides behind values that are not shared",
			append(each("/repos/ann/*/issues", people...), append(each("/repos/bob/*1x/issues", people...), each("/repos/carol/*2x/issues", people...)...)...),
			[]string{"/repos/ann/{name}/issues", "/repos/bob/{name}/issues", "/repos/carol/{name}/issues"}},
		{"a repository belongs to its owner: owners share what is below repositories",
			append(append(each("/repos/*/x-*/issues", people...), each("/repos/*/y-*/pulls", people...)...), each("/repos/*/x-*/forks", people...)...),
			[]string{"/repos/{name}/{name2}/forks", "/repos/{name}/{name2}/issues", "/repos/{name}/{name2}/pulls"}},
		{"of many names few have the same word below, but enough for it to be one",
			slices.Concat(each("/a-*/log", people...), each("/b-*/tags", people...), each("/c-*/forks", people...), each("/d-*/pulls", people...), each("/e-*/stars", people...)),
			[]string{"/{name}/forks", "/{name}/log", "/{name}/pulls", "/{name}/stars", "/{name}/tags"}},
		{"collections stay apart, though the same is below them",
			[]string{"/users/1", "/users/1/notes", "/users/1/tags", "/users/1/log", "/orgs/1", "/orgs/1/notes", "/orgs/1/tags", "/orgs/1/log"},
			[]string{"/orgs/{id}", "/orgs/{id}/log", "/orgs/{id}/notes", "/orgs/{id}/tags", "/users/{id}", "/users/{id}/log", "/users/{id}/notes", "/users/{id}/tags"}},
		{"a name beside identifiers is a route", []string{"/users/me", "/users/1", "/users/2", "/users/me/orders", "/users/1/orders"},
			[]string{"/users/me", "/users/me/orders", "/users/{id}", "/users/{id}/orders"}},
		{"one with a digit beside identifiers is one of them", []string{"/videos/dQw4w9WgXcQ", "/videos/dQwwwWgXc1"}, []string{"/videos/{id}"}},
		{"versions are no values", []string{"/api/v1/users", "/api/v1/orders", "/api/v1/carts", "/api/v2/users", "/api/v2/orders", "/api/v2/carts"},
			[]string{"/api/v1/carts", "/api/v1/orders", "/api/v1/users", "/api/v2/carts", "/api/v2/orders", "/api/v2/users"}},
		{"languages have the same pages below",
			[]string{"/en/about", "/en/team", "/en/contact", "/de/about", "/de/team", "/de/contact"}, []string{"/{name}/about", "/{name}/contact", "/{name}/team"}},
		{"two sections that share a page or two are sections",
			[]string{"/shop/list", "/shop/edit", "/blog/list", "/blog/edit"}, []string{"/blog/edit", "/blog/list", "/shop/edit", "/shop/list"}},
		{"the files that a build names by their contents", []string{"/static/js/9fceb02d0ae598e95dc970b74767f193.js", "/static/js/1a7ceb02d0ae598e95dc97aa74767f19.js"},
			[]string{"/static/js/{id}"}},
		{"files with plain names stay", []string{"/style2.css", "/reset.css", "/favicon.ico", "/42"}, []string{"/favicon.ico", "/reset.css", "/style2.css", "/{id}"}},
		{"a custom method is no part of the value", append(each("/jobs/*:cancel", people...), each("/jobs/*:start", people...)...),
			[]string{"/jobs/{name}:cancel", "/jobs/{name}:start"}},
		{"nor of an identifier", []string{"/jobs/1:cancel", "/jobs/1"}, []string{"/jobs/{id}", "/jobs/{id}:cancel"}},
		{"a slash at the end is another route", append(each("/a/*/", people...), each("/a/*x", people...)...), []string{"/a/{name}", "/a/{name}/"}},
		{"past 32 segments there is one",
			each(strings.Repeat("/d", 31)+"/*/x", people...), []string{strings.Repeat("/d", 31) + "/{path...}"}},
	}
	for _, tt := range tests {
		slices.Sort(tt.want)
		if got := templates(t, asked(tt.paths...)); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.reason, got, tt.want)
		}
	}
}

func TestOf(t *testing.T) {
	leaves := append(asked(append(each("/users/*", people...), "/users/me/orders", "/items/1", "/items/1/parts")...), Leaf{Path: "/wp-login.php"}, Leaf{Path: "/items/x"})
	routes := Learn(leaves)
	tests := []struct{ reason, leaf, want string }{
		{"a value that was never seen", "/users/xavier", "/users/{name}"},
		{"an identifier where names are", "/users/{id}", "/users/{name}"},
		{"an identifier of another class", "/items/{uuid}", "/items/{id}"},
		{"below a literal there is less than below a place", "/items/{id}/parts", "/items/{id}/parts"},
		{"nothing ends there", "/items", ""},
		{"a name where identifiers are", "/items/x", ""},
		{"asked for without success alone", "/wp-login.php", ""},
		{"deeper than anything", "/items/{id}/parts/{id}", ""},
		{"no value at all", "/users/", ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		if got, ok := routes.Of(tt.leaf); got.Path != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %s is of %q, want %q", tt.reason, tt.leaf, got.Path, tt.want)
		}
	}
}

// A template says why it is one, and an open place is never certain.
func TestTemplateWhy(t *testing.T) {
	routes := Learn(asked(append(each("/users/*", people...), "/login 5", "/items/1")...))
	for leaf, want := range map[string]struct {
		least, most float64
		why         string
	}{
		"/users/ann":  {.9, .99, "20 names fill one place, 100 % of them once"},
		"/login":      {1, 1, "as it was asked for"},
		"/items/{id}": {.9, .99, "identifiers fill one place"},
	} {
		got, _ := routes.Of(leaf)
		if got.Confidence < want.least || got.Confidence > want.most || got.Why != want.why {
			t.Errorf("%s: %+v, want %+v", leaf, got, want)
		}
	}
}

// checkLaws holds what is true of any leaves.
func checkLaws(t *testing.T, leaves []Leaf) {
	t.Helper()
	routes := Learn(leaves)
	learned := map[string]uint64{}
	for _, l := range leaves {
		to, ok := routes.Of(l.Path)
		if !ok {
			if l.Requests > 0 {
				t.Fatalf("%q belongs to nothing", l.Path)
			}
			continue
		}
		if !matches(to.Path, l.Path) {
			t.Fatalf("%q belongs to %q, which does not match it", l.Path, to.Path)
		}
		if to.Confidence <= 0 || to.Confidence > 1 || to.Why == "" {
			t.Fatalf("%q: %+v", l.Path, to)
		}
		learned[to.Path] += l.Requests
	}
	turned := slices.Clone(leaves)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(turned), func(i, j int) { turned[i], turned[j] = turned[j], turned[i] })
	again := Learn(turned)
	for _, l := range leaves {
		a, _ := routes.Of(l.Path)
		if b, _ := again.Of(l.Path); a != b {
			t.Fatalf("%q belongs to %+v, and in another order to %+v", l.Path, a, b)
		}
	}
	var folded []Leaf
	for path, requests := range learned {
		if requests > 0 {
			folded = append(folded, Leaf{path, requests})
		}
	}
	if len(folded) > len(leaves) {
		t.Fatalf("%d leaves became %d templates", len(leaves), len(folded))
	}
	later := Learn(folded)
	for _, l := range folded {
		if to, ok := later.Of(l.Path); !ok || to.Path != l.Path {
			t.Fatalf("%q was learned, and %q when learned again", l.Path, to.Path)
		}
	}
}

// matches reports whether template may stand for leaf, by its text alone.
func matches(template, leaf string) bool {
	for {
		t, restT, moreT := strings.Cut(template, "/")
		l, restL, moreL := strings.Cut(leaf, "/")
		if placeholderOf(t)&aTail != 0 {
			return true
		}
		if !segmentMatches(t, l) || moreT != moreL {
			return false
		}
		if !moreT {
			return true
		}
		template, leaf = restT, restL
	}
}

func segmentMatches(template, leaf string) bool {
	if template == leaf {
		return true
	}
	at, end := verb(leaf), verb(template)
	return leaf[at:] == template[end:] && placeholderOf(template[:end]) != 0 && leaf[:at] != ""
}

// parts are what random paths are made of, so that all rules have work.
var parts = append(strings.Fields("users orders v1 v2beta1 en de 1 22 333 9fceb02d 2026-11-20 a@b.cd 1.2.3.4 ::1 x1 y2 :x a:bcd 1:bcd {id} {name} {path...} {uuid2} * %20 issues pulls forks"), append(people, "", "")...)

func TestLearnLaws(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		vocabulary := parts[:4+r.IntN(len(parts)-4)]
		var leaves []Leaf
		seen := map[string]bool{}
		for range r.IntN(400) {
			var b strings.Builder
			for range 1 + r.IntN(5) {
				b.WriteString("/" + vocabulary[r.IntN(len(vocabulary))])
			}
			leaf := string(AppendLeaf(nil, b.String()))
			if !seen[leaf] {
				seen[leaf] = true
				leaves = append(leaves, Leaf{leaf, uint64(r.IntN(4) * r.IntN(10))})
			}
		}
		checkLaws(t, leaves)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Hostile leaves cost what they weigh.
func TestLearnHostile(t *testing.T) {
	leaves := []Leaf{{"", 1}, {"*", 1}, {"//", 1}, {"///", 2}, {"no/slash", 1}, {"/\x00\xff/\n", 1}, {"/{id", 1}, {"/{}", 1}, {"/a/:b", 1}, {"/a:bcd", 1}, {"/a/:bcd", 1},
		{strings.Repeat("/a", 10_000), 1}, {strings.Repeat("/", 10_000), 1}, {strings.Repeat("a:bcd", 1000), 1}, {"/max", 1<<64 - 1}, {"/more", 1<<64 - 1}}
	checkLaws(t, leaves)
	for i := range 100 {
		leaves = append(leaves, Leaf{strings.Repeat("/{id}", 100) + strings.Repeat("x", i), 1})
	}
	checkLaws(t, leaves)
}

func FuzzLearn(f *testing.F) {
	f.Add("/users/ann\n/users/1\n/users/{name}\n/users/bob:run", uint64(1))
	f.Add(strings.Join(each("/*/x", people...), "\n"), uint64(2))
	f.Add(strings.Join(each("/a/*", people...), "\n")+"\n/a/:b\n//\n*", uint64(3))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		var leaves []Leaf
		seen := map[string]bool{}
		for path := range strings.SplitSeq(text, "\n") {
			leaf := string(AppendLeaf(nil, path))
			if !seen[leaf] {
				seen[leaf] = true
				leaves = append(leaves, Leaf{leaf, uint64(r.IntN(3))})
			}
		}
		checkLaws(t, leaves)
	})
}

// The paths of a real site of pages, when the corpus is there.
func TestLearnCorpus(t *testing.T) {
	dir := os.Getenv("LOGANALYZE_CORPUS")
	if dir == "" {
		t.Skip("LOGANALYZE_CORPUS is not set: no real logs")
	}
	b, err := os.ReadFile(dir + "/logs/apache_combined.log")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for line := range strings.Lines(string(b)) {
		if fields := strings.Fields(line); len(fields) > 8 && fields[8] != "404" {
			path, _, _ := strings.Cut(fields[6], "?")
			paths = append(paths, path)
		}
	}
	got := templates(t, asked(paths...))
	for _, want := range []string{"/", "/favicon.ico", "/reset.css", "/blog/tags/puppet", "/blog/tags/{name}", "/blog/geekery/{name}", "/images/jordan-80.png",
		"/images/{name}", "/presentations/{name}/images/{name2}", "/projects/xdotool/", "/articles/ssh-security/", "/misc/{name}"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s was not learned", want)
		}
	}
}

// many are 10,000 leaves as an API's table has them: a few templates, and values as names.
func many() []Leaf {
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	var leaves []Leaf
	for len(leaves) < 10_000 {
		leaf := fmt.Sprintf("/api/v1/%s/{uuid}/%s-%d/%s", people[r.IntN(8)], people[r.IntN(20)], r.IntN(99), people[r.IntN(12)])
		if !seen[leaf] {
			seen[leaf] = true
			leaves = append(leaves, Leaf{leaf, 1 + uint64(r.IntN(3))})
		}
	}
	return leaves
}

func BenchmarkLearn(b *testing.B) {
	leaves := many()
	b.ReportAllocs()
	for b.Loop() {
		Learn(leaves)
	}
}

func BenchmarkOf(b *testing.B) {
	leaves := many()
	routes := Learn(leaves)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		routes.Of(leaves[i%len(leaves)].Path)
		i++
	}
}
