// Package render prints a finished report.
//
// A report comes in complete, so nothing is counted here. A number is given
// separators and a unit, whatever a log brought along is made harmless by [Escape],
// the tables are fitted to the width of the screen, and the page is written in one
// piece once it is whole. [Text] does this for people and [JSON] for programs, whose
// contract is the schema [ReportSchema].
package render

import (
	"io"
	"slices"
	"strings"

	"github.com/loganalyze/loganalyze/analyzer"
)

// Options say how a report is printed. The zero value prints 100 columns without
// colour. Only Text looks at them.
type Options struct {
	Width int  // columns of the screen; 0 means 100, and less than 40 means 40
	Color bool // whether to colour; colour repeats what is said in words as well

	// Review are the words of the command that reviews the incidents, which are quoted for a
	// shell; none where there is none, as for what was read from a pipe or from saved states.
	Review []string
}

// Renderer is one form in which a report can be printed.
type Renderer struct {
	Name       string
	Extensions []string // of files in this form, with the dot; the first is the usual one
	Render     func(w io.Writer, r *analyzer.Report, o Options) error
}

// Renderers returns all forms, the default one first. The slice is the caller's.
func Renderers() []Renderer {
	return []Renderer{
		{Name: "text", Extensions: []string{".txt", ".text"}, Render: Text},
		{Name: "json", Extensions: []string{".json"}, Render: JSON},
	}
}

// ByName finds a form by its name.
func ByName(name string) (Renderer, bool) {
	return find(func(r Renderer) bool { return r.Name == name })
}

// ByExtension finds a form by the extension of a file, which has its dot, as from
// [path/filepath.Ext]. Case does not matter.
func ByExtension(ext string) (Renderer, bool) {
	ext = strings.ToLower(ext)
	return find(func(r Renderer) bool { return slices.Contains(r.Extensions, ext) })
}

func find(is func(Renderer) bool) (Renderer, bool) {
	all := Renderers()
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return Renderer{}, false
}
