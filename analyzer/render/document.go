package render

import "github.com/loganalyze/loganalyze/analyzer"

// document is what a review says, whatever the form it is printed in. Its texts are as they are
// in the log: those who write it down escape all of them.
type document struct {
	title    string
	sections []section
}

// section is a heading with what stands below it. Its level is 1 for a part of the document, 2
// for a part of that.
type section struct {
	level  int
	title  string
	blocks []block
}

// block is one of the types below.
type block interface{ isBlock() }

type (
	// paragraph is a sentence or several.
	paragraph []span
	// list has an item for each of several facts.
	list [][]span
	// grid is a table. Only its first column and those with numbers are sure to be seen on a
	// narrow screen.
	grid struct {
		caption string // for those who cannot see it
		heads   []columnHead
		rows    [][][]span
	}
	// chart is a timeline with incidents on it.
	chart struct {
		timeline  analyzer.Timeline
		of        analyzer.Stream // what its failures are
		incidents []analyzer.Incident
	}
)

func (paragraph) isBlock() {}
func (list) isBlock()      {}
func (*grid) isBlock()     {}
func (*chart) isBlock()    {}

type columnHead struct {
	text  string
	right bool
	wide  bool // holds text that can be cut
	drop  int  // as of a column
}

type kind int

const (
	prose kind = iota
	strong
	quote // of the log: an address, a path, an identifier
	blank // to be filled in by people
)

// span is a run of text of one kind.
type span struct {
	kind kind
	text string
}

func say(s string) span    { return span{prose, s} }
func bold(s string) span   { return span{strong, s} }
func logged(s string) span { return span{quote, s} }

// toFill marks what only people know.
func toFill(what string) span { return span{blank, "[to be filled in: " + what + "]"} }

func says(parts ...span) []span { return parts }

// cells makes a row of plain texts.
func cells(texts ...string) (row [][]span) {
	for _, s := range texts {
		row = append(row, says(say(s)))
	}
	return row
}

func (d *document) section(level int, title string, blocks ...block) {
	d.sections = append(d.sections, section{level, title, blocks})
}
