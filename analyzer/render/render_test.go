package render

import (
	"slices"
	"strings"
	"testing"
)

func TestRenderers(t *testing.T) {
	testForms(t, Renderers())
	testForms(t, Reviews())
	testForms(t, Comparisons())
	testForms(t, RouteLists(-1))
}

func testForms[T any](t *testing.T, forms []Form[T]) {
	t.Helper()
	var names, extensions []string
	for _, r := range forms {
		if r.Render == nil || r.Name != strings.ToLower(r.Name) || len(r.Extensions) == 0 {
			t.Errorf("%q is not complete", r.Name)
		}
		names = append(names, r.Name)
		extensions = append(extensions, r.Extensions...)
		if got, ok := ByName(forms, r.Name); !ok || got.Name != r.Name {
			t.Errorf("ByName(%q) = %q, %v", r.Name, got.Name, ok)
		}
		for _, ext := range r.Extensions {
			if got, ok := ByExtension(forms, strings.ToUpper(ext)); !ok || got.Name != r.Name || !strings.HasPrefix(ext, ".") {
				t.Errorf("ByExtension(%q) = %q, %v", ext, got.Name, ok)
			}
		}
	}
	for _, all := range [][]string{names, extensions} {
		slices.Sort(all)
		if len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Errorf("%q are not told apart", all)
		}
	}
	if _, ok := ByName(forms, "yaml"); ok {
		t.Error("there is no yaml")
	}
	if _, ok := ByExtension(forms, ""); ok {
		t.Error("no extension is no form")
	}
}
