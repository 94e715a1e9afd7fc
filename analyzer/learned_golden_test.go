package analyzer

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Without the routes that it has, the log of the users API gives the routes that its authors wrote,
// as far as paths can tell.
func TestLearnedRoutesOfTestdata(t *testing.T) {
	log, err := os.ReadFile(filepath.Join("..", "testdata", "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	bare := regexp.MustCompile(`"route":"[^"]*",`).ReplaceAllString(string(log), "")
	r := run(t, Options{Top: -1}, text("access.log", bare))
	var b strings.Builder
	for _, row := range r.Routes.Top {
		fmt.Fprintf(&b, "%5d requests %4d paths  %s %s\n", row.Requests, row.Paths, row.Method, row.Route)
	}
	golden := filepath.Join("testdata", "learned-routes.txt")
	if *update {
		writeFile(t, golden, []byte(b.String()))
	}
	if diff := cmp.Diff(string(readFile(t, golden)), b.String()); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}
