package analyzer

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/loganalyze/loganalyze/"

// importRules say which packages may need which, directly or through others. A rule with
// only lists all that is allowed besides the standard library; never lists what is not.
var importRules = []struct {
	of     string // a package, or with /... it and those below
	only   []string
	never  []string
	reason string
}{
	{of: "middleware/accesslog", only: []string{},
		reason: "servers and the analyzer share the record; whoever writes or reads it must not get anything else with it"},
	{of: "analyzer/route", only: []string{"middleware/accesslog"},
		reason: "it turns paths into templates, and is of use without the rest"},
	{of: "analyzer/status", only: []string{"middleware/accesslog"},
		reason: "it is a table of what statuses mean, and is of use without the rest"},
	{of: "analyzer/incident", only: []string{"middleware/accesslog"},
		reason: "it works on plain series and counts, wherever those were counted"},
	{of: "analyzer/...", never: []string{"net/http", "github.com/urfave/negroni"},
		reason: "who analyzes logs serves nothing"},
	{of: "analyzer/...", never: []string{module + "middleware"},
		reason: "of the middleware the analyzer knows the record alone: logs are the only way between them"},
	{of: "analyzer", never: []string{module + "analyzer/render", module + "analyzer/clickhouse"},
		reason: "renderers and engines stand upon the report; were the report to know them, each user of the library would get all of them"},
	{of: "analyzer/source", never: []string{module + "analyzer", module + "analyzer/format"},
		reason: "bytes come before what they mean"},
	{of: "analyzer/format", never: []string{module + "analyzer", module + "analyzer/source"},
		reason: "a line is parsed the same wherever it comes from"},
	{of: "middleware/...", never: []string{module + "analyzer"},
		reason: "servers must not link the analyzer"},
	{of: "...", never: []string{module + "cmd"},
		reason: "commands wire libraries together, never the other way round"},
}

// engines are the packages below analyzer that may speak to servers over the network.
var engines = []string{"analyzer/clickhouse"}

// listed is a package as go list describes it.
type listed struct {
	ImportPath string
	Name       string
	Imports    []string
	Deps       []string
	Standard   bool
}

func listPackages(t *testing.T) map[string]listed {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("there is no go command to list packages with")
	}
	cmd := exec.Command(goTool, "list", "-deps", "-json=ImportPath,Name,Imports,Deps,Standard", module+"...")
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly -buildvcs=false")
	out, err := cmd.Output()
	if err != nil {
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, e.Stderr)
		}
		t.Fatal(err)
	}
	all := map[string]listed{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

// below reports whether a package is of, or below it where of ends in /... .
func below(path, of string) bool {
	prefix, tree := strings.CutSuffix(of, "...")
	return path == strings.TrimSuffix(prefix, "/") || tree && strings.HasPrefix(path, prefix)
}

// The drawing in which arrows never point back, held.
func TestImports(t *testing.T) {
	all := listPackages(t)
	used := make([]bool, len(importRules))
	for path, p := range all {
		name, own := strings.CutPrefix(path, module)
		if !own {
			continue
		}
		for i, rule := range importRules {
			if !below(name, rule.of) {
				continue
			}
			used[i] = true
			for _, dep := range p.Deps {
				if forbidden(dep, name, rule.only, rule.never, all) {
					t.Errorf("%s needs %s: %s\n\t%s", name, dep, rule.reason, strings.Join(way(all, path, dep), " -> "))
				}
			}
		}
	}
	for i, rule := range importRules {
		if !used[i] {
			t.Errorf("there is no package %s for the rule that %s", rule.of, rule.reason)
		}
	}
}

func forbidden(dep, name string, only, never []string, all map[string]listed) bool {
	own := strings.TrimPrefix(dep, module)
	if only != nil {
		return !all[dep].Standard && !slices.Contains(only, own)
	}
	return slices.ContainsFunc(never, func(n string) bool {
		switch n {
		case module + "middleware": // the record below it is for everyone
			return below(own, "middleware/...") && own != dep && own != "middleware/accesslog"
		case module + "cmd", "github.com/urfave/negroni":
			return (dep == n || strings.HasPrefix(dep, n+"/")) && !strings.HasPrefix(module+name, n)
		case "net/http":
			return dep == n && !slices.Contains(engines, name)
		}
		return dep == n
	})
}

// way is a chain of imports from one package to another.
func way(all map[string]listed, from, to string) []string {
	if from == to {
		return []string{to}
	}
	for _, next := range all[from].Imports {
		if next == to || slices.Contains(all[next].Deps, to) {
			return append([]string{from}, way(all, next, to)...)
		}
	}
	return []string{from, to}
}
