package render

import (
	"encoding/json"
	"io"

	"github.com/loganalyze/loganalyze/analyzer"
)

type ReviewRenderer struct {
	Name       string
	Extensions []string
	Render     func(w io.Writer, r *analyzer.Review, o Options) error
}

func Reviews() []ReviewRenderer {
	return []ReviewRenderer{{"json", []string{".json"}, func(w io.Writer, r *analyzer.Review, _ Options) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}}}
}

func ReviewByName(name string) (ReviewRenderer, bool) { return Reviews()[0], name == "json" }

func ReviewByExtension(ext string) (ReviewRenderer, bool) { return Reviews()[0], ext == ".json" }
