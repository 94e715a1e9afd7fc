// Package openapi reads the routes of an API from its OpenAPI description. It stands apart from
// package route, since it needs a library for YAML.
package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/loganalyze/loganalyze/analyzer/route"
)

// description is what of an OpenAPI description tells routes.
type description struct {
	OpenAPI    string          `json:"openapi" yaml:"openapi"`
	Swagger    string          `json:"swagger" yaml:"swagger"`
	BasePath   string          `json:"basePath" yaml:"basePath"`
	Servers    []server        `json:"servers" yaml:"servers"`
	Paths      map[string]item `json:"paths" yaml:"paths"`
	Components struct {
		PathItems map[string]item `json:"pathItems" yaml:"pathItems"`
	} `json:"components" yaml:"components"`
}

type server struct {
	URL       string `json:"url" yaml:"url"`
	Variables map[string]struct {
		Default any   `json:"default" yaml:"default"`
		Enum    []any `json:"enum" yaml:"enum"`
	} `json:"variables" yaml:"variables"`
}

// item is what can be done with one path.
type item struct {
	Ref     string     `json:"$ref" yaml:"$ref"`
	Servers []server   `json:"servers" yaml:"servers"`
	Get     *operation `json:"get" yaml:"get"`
	Put     *operation `json:"put" yaml:"put"`
	Post    *operation `json:"post" yaml:"post"`
	Delete  *operation `json:"delete" yaml:"delete"`
	Options *operation `json:"options" yaml:"options"`
	Head    *operation `json:"head" yaml:"head"`
	Patch   *operation `json:"patch" yaml:"patch"`
	Trace   *operation `json:"trace" yaml:"trace"`
	Query   *operation `json:"query" yaml:"query"`

	Additional map[string]*operation `json:"additionalOperations" yaml:"additionalOperations"`
}

// known is an item without its methods, which decode what is an object.
type known item

// UnmarshalJSON leaves out what is no object: an extension among the paths may be anything.
func (it *item) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	return json.Unmarshal(b, (*known)(it))
}

// UnmarshalYAML does the same.
func (it *item) UnmarshalYAML(n *yaml.Node) error {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	return n.Decode((*known)(it))
}

type operation struct {
	Servers []server `json:"servers" yaml:"servers"`
}

// Parse reads the routes of an API's description: OpenAPI 3.x or Swagger 2.0, as JSON or
// YAML. Paths have the base paths of their servers before them, of which there may be several:
// each value of a variable with an enum makes one, but for those of hosts, which are not looked at.
// References to path items are followed within the file; one that leads out of it is an error. What
// stands for the rest of a path at its end may be written as {name+}, {name*} or {+name}. Errors begin with name, and the line where there is one.
func Parse(name string, data []byte) (*route.Hints, error) {
	var d description
	if err := decode(data, &d); err != nil {
		return nil, fmt.Errorf("%s%w; give an OpenAPI description as JSON or YAML", name, err)
	}
	switch {
	case d.OpenAPI == "" && d.Swagger == "":
		return nil, fmt.Errorf("%s: it says neither openapi nor swagger; give an OpenAPI description, or patterns to --routes", name)
	case d.Swagger == "" && !strings.HasPrefix(d.OpenAPI, "3."):
		return nil, fmt.Errorf("%s: it is of OpenAPI %s, and 3.x or Swagger 2.0 can be read; convert it", name, d.OpenAPI)
	case d.Swagger != "" && d.Swagger != "2" && !strings.HasPrefix(d.Swagger, "2."):
		return nil, fmt.Errorf("%s: it is of Swagger %s, and 2.0 or OpenAPI 3.x can be read; convert it", name, d.Swagger)
	}
	h := &route.Hints{}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		if !strings.HasPrefix(path, "/") { // an extension
			continue
		}
		it, err := d.resolve(d.Paths[path])
		if err == nil {
			err = d.add(h, path, &it)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: path %q: %w", name, path, err)
		}
	}
	if h.Len() == 0 {
		return nil, fmt.Errorf("%s: it describes no paths", name)
	}
	return h, nil
}

// decode reads JSON or YAML. Its error goes behind the name of the file.
func decode(data []byte, d *description) error {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		if err := yaml.Unmarshal(data, d); err != nil {
			return fmt.Errorf(": %s", strings.TrimPrefix(err.Error(), "yaml: "))
		}
		return nil
	}
	err := json.Unmarshal(data, d)
	if err == nil {
		return nil
	}
	if yaml.Unmarshal(data, d) == nil { // its flow style looks like JSON
		return nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf(":%d: %w", 1+bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n")), err)
	}
	return fmt.Errorf(": %w", err)
}

// resolve follows a reference within the description. What stands beside it counts before what it
// leads to.
func (d *description) resolve(it item) (item, error) {
	const maxDepth = 16
	for range maxDepth {
		if it.Ref == "" {
			return it, nil
		}
		next, ok := item{}, false
		if key, is := strings.CutPrefix(it.Ref, "#/components/pathItems/"); is {
			next, ok = d.Components.PathItems[unescapeRef(key)]
		} else if key, is := strings.CutPrefix(it.Ref, "#/paths/"); is {
			next, ok = d.Paths[unescapeRef(key)]
		}
		if !ok {
			return it, fmt.Errorf("the reference %q leads to no path item of the file; bundle the description into one file", it.Ref)
		}
		it = it.before(next)
	}
	return it, fmt.Errorf("references lead on for more than %d steps, or in a circle; write the path item itself", maxDepth)
}

// before is the item with what only next has.
func (it item) before(next item) item {
	it.Ref = next.Ref
	if len(it.Servers) == 0 {
		it.Servers = next.Servers
	}
	more := next.fixed()
	for i, m := range it.fixed() {
		if *m.of == nil {
			*m.of = *more[i].of
		}
	}
	all := maps.Clone(next.Additional)
	if all == nil {
		all = map[string]*operation{}
	}
	maps.Copy(all, it.Additional)
	it.Additional = all
	return it
}

// unescapeRef reads a key as a JSON pointer has it in a reference.
func unescapeRef(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(s)
}

// method is one of those that have a name of their own in an item.
type method struct {
	name string
	of   **operation
}

func (it *item) fixed() []method {
	return []method{
		{"GET", &it.Get}, {"PUT", &it.Put}, {"POST", &it.Post}, {"DELETE", &it.Delete}, {"OPTIONS", &it.Options},
		{"HEAD", &it.Head}, {"PATCH", &it.Patch}, {"TRACE", &it.Trace}, {"QUERY", &it.Query},
	}
}

// add takes in a path with its methods.
func (d *description) add(h *route.Hints, path string, it *item) error {
	path = withoutQuery(path)
	all := it.fixed()
	for _, name := range slices.Sorted(maps.Keys(it.Additional)) {
		op := it.Additional[name]
		all = append(all, method{name, &op})
	}
	for _, m := range all {
		op := *m.of
		if op == nil {
			continue
		}
		bases, err := d.bases(op.Servers, it.Servers)
		if err != nil {
			return err
		}
		for _, base := range bases {
			if err := h.Add(m.name, base+path); err != nil {
				return err
			}
		}
	}
	return nil
}

// withoutQuery cuts a query or fragment off, also where it is a template of RFC 6570: {?page}.
func withoutQuery(path string) string {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		return strings.TrimSuffix(path[:i], "{")
	}
	return path
}

// bases are the paths of the servers that are named next to an operation, without a slash at the
// end.
func (d *description) bases(servers ...[]server) ([]string, error) {
	if d.Swagger != "" {
		return []string{trimmed(d.BasePath)}, nil
	}
	for _, some := range append(servers, d.Servers) {
		if len(some) == 0 {
			continue
		}
		var out []string
		for _, s := range some {
			urls, err := s.urls()
			if err != nil {
				return nil, err
			}
			for _, url := range urls {
				if base := basePath(url); !slices.Contains(out, base) {
					out = append(out, base)
				}
			}
		}
		return out, nil
	}
	return []string{""}, nil
}

// maxURLs bounds what the variables of a server make of its URL.
const maxURLs = 64

// urls are the server's URLs with the values of its variables: all of them, where they may make a
// path, and one, where they are of a host. One of which nothing is known stays a placeholder.
func (s *server) urls() ([]string, error) {
	urls := []string{s.URL}
	for _, name := range slices.Sorted(maps.Keys(s.Variables)) {
		v := s.Variables[name]
		values := v.Enum
		if v.Default != nil && (len(values) == 0 || ofHost(s.URL, name)) {
			values = []any{v.Default}
		}
		if !strings.Contains(s.URL, "{"+name+"}") || len(values) == 0 {
			continue
		}
		if len(urls)*len(values) > maxURLs {
			return nil, fmt.Errorf("the variables of the server %q make more than %d URLs of it; name the servers that there are", s.URL, maxURLs)
		}
		var next []string
		for _, url := range urls {
			for _, value := range values {
				next = append(next, strings.ReplaceAll(url, "{"+name+"}", fmt.Sprint(value)))
			}
		}
		urls = next
	}
	return urls, nil
}

// ofHost reports whether a variable stands only where a URL has its host.
func ofHost(url, name string) bool {
	_, rest, ok := strings.Cut(url, "//")
	if !ok {
		return false
	}
	_, path, _ := strings.Cut(rest, "/")
	return strings.Contains(rest, "{"+name+"}") && !strings.Contains(path, "{"+name+"}")
}

// basePath is the path of a server's URL, which may be one without scheme, or without a host.
func basePath(url string) string {
	if _, rest, ok := strings.Cut(url, "//"); ok {
		_, path, _ := strings.Cut(rest, "/")
		return trimmed(path)
	}
	if first, path, _ := strings.Cut(url, "/"); isHost(first) {
		return trimmed(path)
	}
	for { // where the description lies, nobody knows
		_, rest, ok := strings.Cut(url, "./")
		if !ok || strings.Trim(url[:len(url)-len(rest)], "./") != "" {
			return trimmed(url)
		}
		url = rest
	}
}

// isHost reports whether the first segment of a URL without a scheme is rather a host, such as
// api.example.com or localhost:8080, than a path such as v1.0.
func isHost(s string) bool {
	if strings.Contains(s, ":") {
		return true
	}
	dot := strings.LastIndexByte(s, '.')
	return dot > 0 && dot < len(s)-1 && !strings.ContainsFunc(s[dot+1:], func(c rune) bool { return c|0x20 < 'a' || c|0x20 > 'z' })
}

// trimmed is a path with a slash before it and none at its end.
func trimmed(path string) string {
	path, _, _ = strings.Cut(path, "?")
	path = strings.Trim(path, "/")
	if path == "" {
		return ""
	}
	return "/" + path
}
