package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/route"
)

// routesSchema names the JSON that RoutesJSON prints.
const routesSchema = "loganalyze.routes/v1"

// RoutesJSON prints the routes of a report that lists all of them, each as the report has it:
// {"schema", "inputs", "requests", "total", "routes", "unrouted", "not_found", "not_found_total", "other"}.
// It prints the first top of them; all where top is negative.
func RoutesJSON(w io.Writer, r *analyzer.Report, top int) error {
	return WriteJSON(w, struct {
		Schema        string           `json:"schema"`
		Inputs        []analyzer.Input `json:"inputs"`
		Requests      uint64           `json:"requests"`
		Total         int              `json:"total"`
		Routes        []analyzer.Route `json:"routes"`
		Unrouted      *analyzer.Route  `json:"unrouted"`
		NotFound      []analyzer.Route `json:"not_found"`
		NotFoundTotal int              `json:"not_found_total"`
		Other         *analyzer.Route  `json:"other"`
	}{routesSchema, r.Inputs, r.Requests, r.Routes.Total, first(named(r), top), r.Routes.Unrouted, r.Routes.NotFound, r.Routes.NotFoundTotal, r.Routes.Other})
}

// named are the routes of the list that are some.
func named(r *analyzer.Report) []analyzer.Route {
	out := []analyzer.Route{}
	for _, route := range r.Routes.Top {
		if route.Source != "" {
			out = append(out, route)
		}
	}
	return out
}

func first(routes []analyzer.Route, top int) []analyzer.Route {
	if top < 0 {
		return routes
	}
	return routes[:min(top, len(routes))]
}

// RoutesText prints the same for people: what was learned with its reasons and some of the paths
// that it stands for.
func RoutesText(w io.Writer, r *analyzer.Report, top int, o Options) error {
	p := newPage(r, o)
	routes := named(r)
	sources := map[analyzer.Text]uint64{}
	for i := range routes {
		sources[routes[i].Source]++
	}
	parts := []string{counted(r.Requests, "request") + " of " + counted(uint64(r.Routes.Total), "route")}
	for _, s := range []struct{ source, what string }{{"logged", " logged"}, {"hint", " from hints"}, {"learned", " learned"}} {
		if n := sources[analyzer.Text(s.source)]; n > 0 {
			parts = append(parts, count(n)+s.what)
		}
	}
	if names := inputNames(r.Inputs); names != "" {
		parts = append(parts, names)
	}
	for _, line := range flow(p.width, " · ", parts...) {
		p.line(line)
	}
	p.gap()
	shown := first(r.Routes.Top, top)
	if err := p.routeList(shown); err != nil {
		return err
	}
	if more := len(r.Routes.Top) - len(shown); more > 0 {
		p.para(faint, " ", counted(uint64(more), "more route")+"; --top 0 shows all.")
	}
	p.notFound(r, r.Routes.Top)
	p.gap()
	if err := p.reading(r); err != nil {
		return err
	}
	_, err := w.Write(p.buf.Bytes())
	return err
}

// routeList prints the routes, each of those that stand for several paths with why and which.
func (p *page) routeList(routes []analyzer.Route) error {
	if len(routes) == 0 {
		return nil
	}
	t := &table{columns: p.routeColumns("Routes",
		column{head: "Share", right: true, drop: 3},
		column{head: "Paths", right: true},
		column{head: "Sure", right: true, drop: 2},
		column{head: "From", drop: 1})}
	methods := widestMethod(routes)
	for i := range routes {
		c := &routes[i]
		sure := ""
		if c.Confidence != nil && len(c.Examples) > 0 {
			sure = fmt.Sprintf("%.0f %%", *c.Confidence*100)
		}
		t.add(cell{text: routeName(c, methods)}, cell{text: count(c.Requests)}, cell{text: share(c.Share)}, cell{text: count(c.Paths)}, cell{text: sure}, cell{text: string(c.Source)})
	}
	return p.tableWith(t, func(i int) { p.reasons(&routes[i], len(indent)+methods+1) })
}

func (p *page) reasons(r *analyzer.Route, left int) {
	if r.Source != "learned" || len(r.Examples) == 0 {
		return
	}
	var parts []string
	if r.Why != "" {
		parts = append(parts, Escape(string(r.Why)))
	}
	for i, example := range r.Examples {
		parts = append(parts, cutMiddle(Escape(example), (p.width-left)/2))
		if i == 0 {
			parts[len(parts)-1] = "such as " + parts[len(parts)-1]
		}
	}
	p.hung(left, faint, " · ", parts...)
}

// Hints prints the routes as loganalyze --routes reads them, the busiest first, and says of which
// it cannot.
func Hints(w io.Writer, r *analyzer.Report) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Routes of %s, for loganalyze --routes: one pattern a line, as net/http has them.\n", inputNames(r.Inputs))
	b.WriteString("# Join what is one route by writing {name} for what varies; take out what is none.\n")
	for _, named := range named(r) {
		method := string(named.Method)
		if method != "" {
			method += " "
		}
		if pattern, ok := hint(&named); ok {
			b.WriteString(method + pattern + "\n")
		} else {
			b.WriteString("# not to be written as a pattern: " + Escape(method+named.Route) + "\n")
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// hint is the pattern that means what the route says; false where there is none.
func hint(r *analyzer.Route) (pattern string, ok bool) {
	plain := func(s string) bool {
		return utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsGraphic(c) || unicode.IsSpace(c) })
	}
	method := string(r.Method)
	if !strings.HasPrefix(r.Route, "/") || !plain(r.Route) || !plain(method) || method != strings.ToUpper(method) {
		return "", false
	}
	switch below := len(r.Examples) > 0; {
	case r.Source == "learned":
		return route.Pattern(r.Route)
	case r.Source == "hint" && strings.HasSuffix(r.Route, "/") && !below:
		return r.Route + "{$}", true // it may have been so before
	}
	_, err := route.ParsePatterns("", []byte(r.Route)) // the log may have any text for a route
	return r.Route, err == nil
}
