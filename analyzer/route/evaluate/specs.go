package main

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A spec is what an OpenAPI or Swagger file says of paths.
type spec struct {
	name      string
	templates []template
}

// A template is a path of a spec, cut at its parameters: /users/{id}/orders is
// "/users/", id, "/orders".
type template struct {
	literals   []string // one more than there are parameters
	parameters []parameter
}

type parameter struct {
	name, kind, format string
	enum               []string
	example            string
}

// shape is the template with the names of its parameters erased: no one could tell
// /a/{x} and /a/{y} apart by paths.
func (t template) shape() string { return strings.Join(t.literals, "{}") }

// minTemplates is below which a spec has nothing to learn.
const minTemplates = 5

// files lists the specs below dir, sorted.
func files(dir string) (out []string, err error) {
	err = filepath.WalkDir(filepath.Join(dir, "api"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".json" {
			out = append(out, path)
		}
		return err
	})
	return out, err
}

// Of a document, what is read.
type document struct {
	BasePath string                                `json:"basePath"`
	Servers  []struct{ URL string }                `json:"servers"`
	Paths    map[string]map[string]json.RawMessage `json:"paths"`

	Parameters map[string]input  `json:"parameters"`
	Schemas    map[string]schema `json:"definitions"`
	Components struct {
		Parameters map[string]input  `json:"parameters"`
		Schemas    map[string]schema `json:"schemas"`
	} `json:"components"`
}

type input struct {
	Ref  string `json:"$ref"`
	Name string `json:"name"`
	In   string `json:"in"`
	schema
	Schema schema `json:"schema"`
}

type schema struct {
	Ref     string          `json:"$ref"`
	Type    any             `json:"type"`
	Format  string          `json:"format"`
	Enum    []any           `json:"enum"`
	Example json.RawMessage `json:"example"`
}

func readSpec(path string) (spec, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return spec{}, err
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return spec{}, err
	}
	s := spec{name: path}
	seen := map[string]bool{}
	paths := make([]string, 0, len(d.Paths))
	for p := range d.Paths {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		t := d.template(p)
		if !seen[t.shape()] {
			seen[t.shape()] = true
			s.templates = append(s.templates, t)
		}
	}
	return s, nil
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// template is that of a path, below where the server has its API. What follows # or ? is
// not part of what a log has.
func (d *document) template(path string) template {
	parameters := d.inputs(path)
	if i := strings.IndexAny(path, "#?"); i >= 0 {
		path = path[:i]
	}
	path = d.base() + "/" + strings.TrimLeft(path, "/")
	var t template
	end := 0
	for _, at := range placeholder.FindAllStringIndex(path, -1) {
		name := path[at[0]+1 : at[1]-1]
		p, ok := parameters[name]
		if !ok {
			p = parameter{name: strings.TrimLeft(name, "+"), kind: "string"}
		}
		t.literals, t.parameters = append(t.literals, path[end:at[0]]), append(t.parameters, p)
		end = at[1]
	}
	t.literals = append(t.literals, path[end:])
	return t
}

func (d *document) base() string {
	base := d.BasePath
	if len(d.Servers) > 0 {
		if u, err := url.Parse(placeholder.ReplaceAllString(d.Servers[0].URL, "x")); err == nil {
			base = u.Path
		}
	}
	if base = strings.Trim(base, "/"); base == "" || strings.ContainsAny(base, "{}") {
		return ""
	}
	return "/" + base
}

// inputs are the parameters of a path by name: its own, and those of its operations.
func (d *document) inputs(path string) map[string]parameter {
	out := map[string]parameter{}
	for method, raw := range d.Paths[path] {
		var list []input
		if method == "parameters" {
			_ = json.Unmarshal(raw, &list) // what is no list has none
		} else {
			var operation struct {
				Parameters []input `json:"parameters"`
			}
			_ = json.Unmarshal(raw, &operation)
			list = operation.Parameters
		}
		for _, in := range list {
			if p := d.parameter(in); p.name != "" && (out[p.name].name == "" || method == "get") {
				out[p.name] = p
			}
		}
	}
	return out
}

func (d *document) parameter(in input) parameter {
	if in.Ref != "" {
		name := in.Ref[strings.LastIndexByte(in.Ref, '/')+1:]
		shared, ok := d.Components.Parameters[name]
		if !ok {
			shared = d.Parameters[name]
		}
		in = shared
	}
	if in.In != "path" {
		return parameter{}
	}
	s := in.Schema
	if s.Ref != "" {
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		shared, ok := d.Components.Schemas[name]
		if !ok {
			shared = d.Schemas[name]
		}
		s = shared
	}
	if s.Type == nil {
		s = schema{Type: in.Type, Format: in.Format, Enum: in.Enum, Example: in.Example}
	}
	if s.Example == nil {
		s.Example = in.Example
	}
	p := parameter{name: in.Name, format: s.Format}
	p.kind, _ = s.Type.(string)
	for _, v := range s.Enum {
		if text, ok := v.(string); ok && text != "" && !strings.ContainsAny(text, "/{}") {
			p.enum = append(p.enum, text)
		}
	}
	_ = json.Unmarshal(s.Example, &p.example) // an example that is no text tells nothing
	if strings.ContainsAny(p.example, "/{}") {
		p.example = ""
	}
	return p
}
