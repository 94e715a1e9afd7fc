package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestReadSpec(t *testing.T) {
	path := filepath.Join(t.TempDir(), "api.json")
	text := `{"swagger": "2.0", "basePath": "/v1/", "parameters": {"shared": {"name": "user", "in": "path", "type": "string", "format": "uuid"}},
		"paths": {
			"/users/{user}": {"parameters": [{"$ref": "#/parameters/shared"}], "get": {}},
			"/users/{other}": {"get": {}},
			"/users/{user}/{kind}#x": {"get": {"parameters": [{"name": "kind", "in": "path", "type": "string", "enum": ["a", "b"]}]}}}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readSpec(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"/v1/users/{}", "/v1/users/{}/{}"}; !reflect.DeepEqual(shapes(got), want) {
		t.Errorf("the shapes are %q, want %q", shapes(got), want)
	}
	if got := got.templates[1].parameters[1].enum; !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("the enum is %q", got)
	}
	a, b := traffic(got, 500, 1), traffic(got, 500, 1)
	if !reflect.DeepEqual(a, b) {
		t.Error("one seed makes two traffics")
	}
	if reflect.DeepEqual(a, traffic(got, 500, 2)) {
		t.Error("two seeds make one traffic")
	}
}

func TestJudge(t *testing.T) {
	of := func(truths ...int) (out []request) {
		for _, truth := range truths {
			out = append(out, request{truth: truth})
		}
		return out
	}
	tests := []struct {
		reason       string
		requests     []request
		group        []int
		f1, accuracy float64
	}{
		{"as it is", of(0, 0, 1, 1), []int{5, 5, 7, 7}, 1, 1},
		{"one template in two groups", of(0, 0, 1, 1), []int{5, 6, 7, 7}, 2. / 3, .5},
		{"two templates in one group", of(0, 0, 1, 1), []int{5, 5, 5, 5}, .5, 0},
		{"a scanner in the group", of(0, 0, -1), []int{5, 5, 5}, .5, 0},
		{"a scanner in none", of(0, 0, -1, -1), []int{5, 5, -1, -1}, 1, 1},
		{"a request in no group", of(0, 0, 0), []int{5, 5, -1}, .5, 0},
	}
	for _, tt := range tests {
		if got := judge(tt.requests, tt.group); got.f1 != tt.f1 || got.accuracy != tt.accuracy {
			t.Errorf("%s: F1 %v and accuracy %v, want %v and %v", tt.reason, got.f1, got.accuracy, tt.f1, tt.accuracy)
		}
	}
}
