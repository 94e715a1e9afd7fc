// Package render prints a finished report, or a finished review.
//
// Both come in complete, so nothing is counted here. A number is given
// separators and a unit, whatever a log brought along is made harmless by [Escape],
// the tables are fitted to the width of the screen, and the page is written in one
// piece once it is whole. [Text] does this for people and [JSON] for programs, whose
// contract is the schema [ReportSchema].
//
// A review is first made a document of headings, sentences, lists, tables and charts, which
// [ReviewText], [ReviewMarkdown] and [ReviewHTML] write down each in its own way: what it says is
// the same in all of them, and each escapes whatever it writes. [ReviewJSON] prints it by the
// schema [ReviewSchema].
package render

import (
	"io"
	"slices"
	"strings"

	"github.com/loganalyze/loganalyze/analyzer"
)

// Options say how a report is printed. The zero value prints 100 columns without
// colour. Only the forms for the terminal look at them.
type Options struct {
	Width int  // columns of the screen; 0 means 100, and less than 40 means 40
	Color bool // whether to colour; colour repeats what is said in words as well

	// Review are the words of the command that reviews the incidents, which are quoted for a
	// shell; none where there is none, as for what was read from a pipe or from saved states.
	Review []string
}

// Form is one form in which a T can be printed.
type Form[T any] struct {
	Name       string
	Extensions []string // of files in this form, with the dot; the first is the usual one
	Render     func(w io.Writer, of *T, o Options) error
}

// Renderer prints a report, ReviewRenderer a review, CompareRenderer a comparison.
type (
	Renderer        = Form[analyzer.Report]
	ReviewRenderer  = Form[analyzer.Review]
	CompareRenderer = Form[analyzer.Comparison]
)

// Renderers returns all forms of a report, the default one first. The slice is the caller's.
func Renderers() []Renderer {
	return []Renderer{
		{Name: "text", Extensions: []string{".txt", ".text"}, Render: Text},
		{Name: "json", Extensions: []string{".json"}, Render: JSON},
	}
}

// Reviews returns all forms of a review, the default one first. The slice is the caller's.
func Reviews() []ReviewRenderer {
	return []ReviewRenderer{
		{Name: "text", Extensions: []string{".txt", ".text"}, Render: ReviewText},
		{Name: "markdown", Extensions: []string{".md", ".markdown"}, Render: ReviewMarkdown},
		{Name: "html", Extensions: []string{".html", ".htm"}, Render: ReviewHTML},
		{Name: "json", Extensions: []string{".json"}, Render: ReviewJSON},
	}
}

// Comparisons returns all forms of a comparison, the default one first. The slice is the caller's.
func Comparisons() []CompareRenderer {
	return []CompareRenderer{
		{Name: "text", Extensions: []string{".txt", ".text"}, Render: CompareText},
		{Name: "json", Extensions: []string{".json"}, Render: CompareJSON},
	}
}

// RouteLists returns all forms of the list of a report's routes, the default one first: of its first
// top routes, or of all where top is negative. The report is one that lists all of them. The slice is
// the caller's.
func RouteLists(top int) []Renderer {
	return []Renderer{
		{Name: "text", Extensions: []string{".txt", ".text"}, Render: func(w io.Writer, r *analyzer.Report, o Options) error { return RoutesText(w, r, top, o) }},
		{Name: "json", Extensions: []string{".json"}, Render: func(w io.Writer, r *analyzer.Report, _ Options) error { return RoutesJSON(w, r, top) }},
	}
}

// ByName finds a form by its name.
func ByName[T any](all []Form[T], name string) (Form[T], bool) {
	return find(all, func(f Form[T]) bool { return f.Name == name })
}

// ByExtension finds a form by the extension of a file, which has its dot, as from
// [path/filepath.Ext]. Case does not matter.
func ByExtension[T any](all []Form[T], ext string) (Form[T], bool) {
	ext = strings.ToLower(ext)
	return find(all, func(f Form[T]) bool { return slices.Contains(f.Extensions, ext) })
}

func find[T any](all []Form[T], is func(Form[T]) bool) (Form[T], bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return Form[T]{}, false
}
