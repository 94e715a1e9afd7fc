package render

import (
	"io"
	"strings"

	"github.com/loganalyze/loganalyze/analyzer"
)

// ReviewText prints the review for the terminal, at most o.Width columns wide.
func ReviewText(w io.Writer, r *analyzer.Review, o Options) error {
	p := newPage(&analyzer.Report{Period: r.Period, Timeline: r.Timeline}, o)
	d := newDocument(r)
	p.heading(d.title, "═")
	for i := range d.sections {
		s := &d.sections[i]
		p.gap()
		if s.level == 1 && i+1 < len(d.sections) && d.sections[i+1].level > 1 && len(s.blocks) == 0 {
			p.heading(s.title, "─")
			continue
		}
		p.heading(s.title, "")
		for k, b := range s.blocks {
			if k > 0 {
				p.gap()
			}
			if err := p.block(b); err != nil {
				return err
			}
		}
	}
	_, err := w.Write(p.buf.Bytes())
	return err
}

// heading prints a title, with a line below it if it is that of much.
func (p *page) heading(title, under string) {
	for _, s := range flow(p.width, " ", Escape(title)) {
		p.line(p.paint(heading, s))
		if under != "" {
			p.line(p.paint(faint, strings.Repeat(under, width(s))))
		}
	}
}

func (p *page) block(b block) error {
	switch b := b.(type) {
	case paragraph:
		p.para(normal, " ", flat(b))
	case list:
		for _, item := range b {
			for i, s := range flow(p.width-2*len(indent), " ", flat(item)) {
				bullet := "• "
				if i > 0 {
					bullet = "  "
				}
				p.line(indent + bullet + s)
			}
		}
	case *grid:
		return p.grid(b)
	case *chart:
		p.draw(b)
	}
	return nil
}

// flat is what spans say, made harmless.
func flat(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	return Escape(b.String())
}

// leastCell is how narrow a column of words gets before another column goes instead, if the
// screen has as much for each.
const leastCell = 28

// grid prints a table. A text too wide for it goes on in the next line.
func (p *page) grid(g *grid) error {
	t := &table{}
	wide := 0
	for _, h := range g.heads {
		if h.wide {
			wide++
		}
	}
	for _, h := range g.heads {
		c := column{head: h.text, right: h.right, drop: h.drop}
		if h.wide {
			c.cut, c.least = cut, min(leastCell, p.width/(wide+1))
		}
		t.columns = append(t.columns, c)
	}
	for _, row := range g.rows {
		cells := make([]cell, len(row))
		for i, spans := range row {
			cells[i].text = flat(spans)
		}
		t.add(cells...)
	}
	t.wrap(p.width)
	return p.table(t)
}

// wrap breaks the cells that fit would cut into rows below each other.
func (t *table) wrap(w int) {
	shown, widths := t.fit(w)
	var rows [][]cell
	for _, row := range t.rows {
		parts, most := make([][]string, len(row)), 1
		for k, i := range shown {
			if t.columns[i].cut == nil {
				parts[i] = []string{row[i].text}
				continue
			}
			parts[i] = flow(widths[k], " ", row[i].text)
			most = max(most, len(parts[i]))
		}
		for line := range most {
			out := make([]cell, len(row))
			for i := range row {
				if line < len(parts[i]) {
					out[i] = cell{parts[i][line], row[i].style}
				}
			}
			rows = append(rows, out)
		}
	}
	t.rows = rows
}
