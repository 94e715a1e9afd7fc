package render

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// gap is the space before each column, the first included: it indents the table.
const gap = 2

// column is one column of a table and how it gives way on a narrow screen.
type column struct {
	head    string
	right   bool                     // aligned to the right, as numbers are
	atLeast int                      // as wide as this even if its cells are not, to stand below another table's
	cut     func(string, int) string // shortens a cell; nil where that would make it false
	least   int                      // is not cut below this as long as another column can go instead
	drop    int                      // its turn to go when there is no room, lowest first; 0 stays
}

// cell is text, already harmless, and how it is printed.
type cell struct {
	text  string
	style style
}

type table struct {
	columns []column
	rows    [][]cell
	shares  []float64 // what the bars in the last column draw, if there are any
}

func (t *table) add(cells ...cell) { t.rows = append(t.rows, cells) }

// natural is how wide column i is without regard to the screen.
func (t *table) natural(i int) int {
	w := max(t.columns[i].atLeast, width(t.columns[i].head))
	for _, row := range t.rows {
		w = max(w, width(row[i].text))
	}
	return w
}

// blank tells whether column i, which may go, has nothing to show.
func (t *table) blank(i int) bool {
	if t.columns[i].drop == 0 {
		return false
	}
	for _, row := range t.rows {
		if row[i].text != "" {
			return false
		}
	}
	return true
}

// fit chooses the columns that are shown, and how wide each is, so that a row takes at
// most w columns of the screen: first cells are cut, from the right, then columns go.
// tablewriter's own way, an equal share for each column, would cut numbers.
func (t *table) fit(w int) (shown, widths []int) {
	for i := range t.columns {
		if !t.blank(i) {
			shown = append(shown, i)
		}
	}
	for {
		widths = widths[:0]
		over := -w
		for _, i := range shown {
			n := t.natural(i)
			widths = append(widths, n)
			over += gap + n
		}
		for k := len(shown) - 1; k >= 0 && over > 0; k-- {
			if c := t.columns[shown[k]]; c.cut != nil && widths[k] > c.least {
				less := min(over, widths[k]-c.least)
				widths[k] -= less
				over -= less
			}
		}
		if over <= 0 {
			return shown, widths
		}
		next := -1
		for k, i := range shown {
			if d := t.columns[i].drop; d > 0 && (next < 0 || d < t.columns[shown[next]].drop) {
				next = k
			}
		}
		if next < 0 {
			widths[0] = max(1, widths[0]-over)
			return shown, widths
		}
		shown = append(shown[:next], shown[next+1:]...)
	}
}

// lines lays the table out in w columns: the line of the heads, then one for each row.
func (t *table) lines(w int, p palette) ([]string, error) {
	shown, widths := t.fit(w)
	var buf bytes.Buffer // tablewriter does not report failed writes
	var in standIns
	aligns := make([]tw.Align, len(shown))
	heads := make([]string, len(shown))
	for k, i := range shown {
		c := t.columns[i]
		if aligns[k] = tw.AlignLeft; c.right {
			aligns[k] = tw.AlignRight
		}
		// The head is padded to the width chosen, which atLeast may have made wider
		// than all that tablewriter gets to see.
		head := cut(c.head, widths[k])
		space := strings.Repeat(" ", widths[k]-width(head))
		heads[k] = in.cell(p, cell{head, heading}) + space
		if c.right {
			heads[k] = space + in.cell(p, cell{head, heading})
		}
	}
	grid := newGrid(&buf, aligns)
	grid.Header(heads)
	for _, row := range t.rows {
		out := make([]string, len(shown))
		for k, i := range shown {
			c := row[i]
			if cutter := t.columns[i].cut; cutter != nil {
				c.text = cutter(c.text, widths[k])
			} else {
				c.text = cut(c.text, widths[k])
			}
			out[k] = in.cell(p, c)
		}
		if err := grid.Append(out); err != nil {
			return nil, fmt.Errorf("cannot lay out a table: %w", err)
		}
	}
	if err := grid.Render(); err != nil {
		return nil, fmt.Errorf("cannot lay out a table: %w", err)
	}
	return strings.Split(strings.TrimSuffix(in.restore(buf.String()), "\n"), "\n"), nil
}

// newGrid is a tablewriter that draws no lines and leaves the cells as they are. By
// default it would trim and wrap them and print the heads in capitals. Its idea of
// ambiguous characters comes from the locale unless it is told.
func newGrid(w *bytes.Buffer, aligns []tw.Align) *tablewriter.Table {
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{PerColumn: aligns},
		Padding:    tw.CellPadding{Global: tw.PaddingNone},
	}
	return tablewriter.NewTable(w,
		tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Header:   cells,
			Row:      cells,
			Behavior: tw.Behavior{TrimSpace: tw.Off, TrimLine: tw.Off, TrimTab: tw.Off, AutoHide: tw.Off},
		}))
}

// standIns take the place of characters made of several code points while tablewriter
// aligns the cells, because it adds up the widths of the code points: a flag would
// count as four columns. Each is replaced by as many private-use characters as it has
// columns, which are one column each and, thanks to Escape, are nowhere in a report.
type standIns struct{ pairs []string }

const (
	firstStandIn = '\U000f0000'
	filler       = '\ue000'
)

// cell is what tablewriter gets to see of a cell.
func (in *standIns) cell(p palette, c cell) string {
	text := c.text
	if !plain(text) {
		text = in.replace(text)
	}
	return strings.Repeat(" ", gap) + p.paint(c.style, text)
}

func (in *standIns) replace(s string) string {
	var b strings.Builder
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		sum := 0
		for _, r := range g.Value() {
			sum += displaywidth.Rune(r)
		}
		if sum == g.Width() {
			b.WriteString(g.Value())
			continue
		}
		start := b.Len()
		b.WriteRune(firstStandIn + rune(len(in.pairs)/2))
		b.WriteString(strings.Repeat(string(filler), max(0, g.Width()-1)))
		in.pairs = append(in.pairs, b.String()[start:], g.Value())
	}
	return b.String()
}

func (in *standIns) restore(s string) string {
	if in.pairs == nil {
		return s
	}
	return strings.NewReplacer(in.pairs...).Replace(s)
}
