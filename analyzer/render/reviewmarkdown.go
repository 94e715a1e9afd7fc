package render

import (
	"bytes"
	"io"
	"strings"

	"github.com/loganalyze/loganalyze/analyzer"
)

// ReviewMarkdown prints the review as GitHub Flavored Markdown, to be put into a postmortem.
func ReviewMarkdown(w io.Writer, r *analyzer.Review, _ Options) error {
	d := newDocument(r)
	m := &markdown{}
	m.WriteString("# " + markdownText(d.title) + "\n")
	for i := range d.sections {
		s := &d.sections[i]
		m.WriteString("\n" + strings.Repeat("#", s.level+1) + " " + markdownText(s.title) + "\n")
		for _, b := range s.blocks {
			m.WriteByte('\n')
			m.block(b)
		}
	}
	_, err := w.Write(m.Bytes())
	return err
}

type markdown struct{ bytes.Buffer }

func (m *markdown) block(b block) {
	switch b := b.(type) {
	case paragraph:
		m.WriteString(markdownSpans(b, false) + "\n")
	case list:
		for _, item := range b {
			m.WriteString("- " + markdownSpans(item, false) + "\n")
		}
	case *grid:
		m.grid(b)
	case *chart:
		m.chart(b)
	}
}

func (m *markdown) grid(g *grid) {
	row := func(cells []string) { m.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	var heads, rule []string
	for _, h := range g.heads {
		heads = append(heads, markdownText(h.text))
		if h.right {
			rule = append(rule, "---:")
		} else {
			rule = append(rule, "---")
		}
	}
	row(heads)
	row(rule)
	for _, cells := range g.rows {
		var out []string
		for _, c := range cells {
			out = append(out, markdownSpans(c, true))
		}
		row(out)
	}
}

// chart draws a timeline as the terminal does: Markdown has no pictures of its own.
func (m *markdown) chart(c *chart) {
	p := newPage(&analyzer.Report{Timeline: c.timeline}, Options{})
	if n := len(c.timeline.Bins); n > 0 {
		p.dated = !sameDay(c.timeline.Bins[0].Start, c.timeline.Bins[n-1].Start)
	}
	p.draw(c)
	m.WriteString("```text\n" + p.buf.String() + "```\n")
}

func markdownSpans(spans []span, inTable bool) string {
	var b strings.Builder
	for _, s := range spans {
		switch t := markdownText(s.text); {
		case s.text == "":
		case s.kind == strong:
			b.WriteString("**" + t + "**")
		case s.kind == blank:
			b.WriteString("_" + t + "_")
		case s.kind == quote:
			b.WriteString(markdownCode(s.text, inTable))
		default:
			b.WriteString(t)
		}
	}
	return b.String()
}

// markdownMeaning spells out whatever means something within a line of Markdown. A colon does
// as it makes links of addresses.
var markdownMeaning = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`,
	"|", `\|`, "~", `\~`, "&", `\&`, "$", `\$`, "#", `\#`, "!", `\!`, "://", `\://`, "www.", `www\.`, "@", `\@`)

func markdownText(s string) string { return markdownMeaning.Replace(Escape(s)) }

// markdownCode makes a code span, in which nothing means anything but the backquotes that end
// it. In a table what divides the cells would divide it as well: such text is none.
func markdownCode(s string, inTable bool) string {
	if inTable && strings.Contains(s, "|") {
		return strings.ReplaceAll(markdownText(s), `\|`, "&#124;")
	}
	s = Escape(s)
	longest, run := 0, 0
	for i := range len(s) {
		if run++; s[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}
