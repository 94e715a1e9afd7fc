package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func TestSchema(t *testing.T) {
	for want, p := range map[string]accesslog.Preset{
		`"status":404`: {}, `"http.response.status_code":404`: accesslog.ElasticCommonSchema(), `"httpRequest":{"requestMethod":"GET"`: accesslog.GoogleCloud(""),
	} {
		for _, opts := range [][]middleware.Option{nil, {middleware.Buffered(middleware.Block)}} {
			var b strings.Builder
			l := middleware.New(&b, append(opts, middleware.Schema(p))...)
			l.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			l.Close()
			if got := b.String(); !strings.Contains(got, want) || strings.Count(got, "\n") != 1 {
				t.Errorf("%s is not in %q", want, got)
			}
		}
	}
}

// Lines that Google Cloud's agents understand, tied to the traces of a project.
func ExampleSchema() {
	l := middleware.New(os.Stderr, middleware.Schema(accesslog.GoogleCloud("shop-prod")))
	http.Handle("/", l.Handler(http.NotFoundHandler()))
}
