// Package openapi reads the routes of an API from its OpenAPI description. It stands apart from
// package route, since it needs a library for YAML.
package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
// each value of a variable with an enum makes one. References to path items are followed within the file;
// one that leads out of it is an error. Errors begin with name, and the line where there is one.
func Parse(name string, data []byte) (*route.Hints, error) {
	var d description
	if err := decode(data, &d); err != nil {
		return nil, fmt.Errorf("%s%w; give an OpenAPI description as JSON or YAML", name, err)
	}
	switch {
	case d.OpenAPI == "" && d.Swagger == "":
		return nil, fmt.Errorf("%s: it says neither openapi nor swagger; give an OpenAPI description, or patterns to --routes", name)
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

// resolve follows a reference within the description.
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
		it = next
	}
	return it, fmt.Errorf("references lead on for more than %d steps, or in a circle; write the path item itself", maxDepth)
}

// unescapeRef reads a key as a JSON pointer has it in a reference.
func unescapeRef(s string) string {
	return strings.NewReplacer("~1", "/", "~0", "~", "%7B", "{", "%7D", "}").Replace(s)
}

// add takes in a path with its methods.
func (d *description) add(h *route.Hints, path string, it *item) error {
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	for _, m := range []struct {
		method string
		*operation
	}{
		{"GET", it.Get}, {"PUT", it.Put}, {"POST", it.Post}, {"DELETE", it.Delete}, {"OPTIONS", it.Options},
		{"HEAD", it.Head}, {"PATCH", it.Patch}, {"TRACE", it.Trace},
	} {
		if m.operation == nil {
			continue
		}
		for _, base := range d.bases(m.Servers, it.Servers) {
			if err := h.Add(m.method, base+path); err != nil {
				return err
			}
		}
	}
	return nil
}

// bases are the paths of the servers that are named next to an operation, without a slash at the
// end.
func (d *description) bases(servers ...[]server) []string {
	if d.Swagger != "" {
		return []string{basePath(d.BasePath)}
	}
	for _, some := range append(servers, d.Servers) {
		if len(some) == 0 {
			continue
		}
		var out []string
		for _, s := range some {
			for _, url := range s.urls() {
				if base := basePath(url); !slices.Contains(out, base) {
					out = append(out, base)
				}
			}
		}
		return out
	}
	return []string{""}
}

// maxURLs bounds what the variables of a server make of its URL.
const maxURLs = 64

// urls are the server's URLs with the values of its variables. One of which nothing is known stays
// a placeholder.
func (s *server) urls() []string {
	urls := []string{s.URL}
	for _, name := range slices.Sorted(maps.Keys(s.Variables)) {
		v := s.Variables[name]
		values := v.Enum
		if len(values) == 0 && v.Default != nil {
			values = []any{v.Default}
		}
		var next []string
		for _, url := range urls {
			if !strings.Contains(url, "{"+name+"}") || len(values) == 0 {
				next = append(next, url)
				continue
			}
			for _, value := range values {
				next = append(next, strings.ReplaceAll(url, "{"+name+"}", fmt.Sprint(value)))
			}
		}
		urls = next[:min(len(next), maxURLs)]
	}
	return urls
}

// basePath is the path of a URL, which may be one without scheme and host.
func basePath(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		_, path, _ := strings.Cut(rest, "/")
		url = "/" + path
	} else if rest, ok := strings.CutPrefix(url, "//"); ok {
		_, path, _ := strings.Cut(rest, "/")
		url = "/" + path
	}
	url, _, _ = strings.Cut(url, "?")
	url = strings.Trim(url, "/")
	if url == "" {
		return ""
	}
	return "/" + url
}
