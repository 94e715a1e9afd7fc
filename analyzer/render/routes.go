package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/loganalyze/loganalyze/analyzer"
)

// maxClientErrors is how many routes the table of client errors shows: it is there to
// tell a wave of 4xx from a few, not to list them.
const maxClientErrors = 5

// failing prints the routes with failures, each with the error it gave most.
func (p *page) failing(r *analyzer.Report) error {
	routes := r.Routes.Failing
	if len(routes) == 0 {
		switch {
		case r.Requests == 0 || r.Failures > 0:
		case r.Unknown > 0:
			p.para(normal, " ", "No route is known to have failed.")
		default:
			p.para(normal, " ", "No route failed.")
		}
		return nil
	}
	p.routes = p.widestRoute(r)
	t := &table{columns: p.routeColumns("Top failing routes",
		column{head: "Failed", right: true},
		column{head: "4xx", right: true, drop: 3},
		column{head: "Rate", right: true, drop: 6},
		column{head: "Mostly", cut: cutStatus, least: 6, drop: 4},
		column{head: "p95", right: true, drop: 2},
		column{head: "Last", drop: 1})}
	methods := widestMethod(routes)
	for i := range routes {
		t.add(p.failingRow(&routes[i], methods)...)
	}
	_, widths := t.fit(p.width)
	p.routes = widths[0]
	if err := p.tableWith(t, func(i int) { p.detail(&routes[i], methods) }); err != nil {
		return err
	}
	if more := r.Routes.FailingTotal - len(routes); more > 0 {
		p.para(faint, " ", counted(uint64(more), "more route")+" failed.")
	}
	return nil
}

// routeColumns starts with the columns that all tables of routes have in common.
func (p *page) routeColumns(title string, rest ...column) []column {
	return append([]column{
		{head: title, atLeast: p.routes, cut: cutMiddle, least: max(16, p.width*7/20)},
		{head: "Requests", right: true, drop: 5},
	}, rest...)
}

func (p *page) failingRow(r *analyzer.Route, methods int) []cell {
	row := []cell{
		{text: routeName(r, methods)}, {text: count(r.Requests)}, {text: count(r.Failures), style: bad},
		{text: count(r.Classes.ClientError)}, {text: share(r.FailureRate)}, {text: mostly(r)}, {}, {},
	}
	row[6] = p.millisOrNone(r.Latency.P95)
	if r.LastFailure != nil && r.LastFailure.Time != nil {
		row[7].text = p.clock(*r.LastFailure.Time, "15:04:05")
	}
	return row
}

// detail prints, below a failing route, what it said most often and who failed.
func (p *page) detail(r *analyzer.Route, methods int) {
	in := len(indent) + methods
	if methods > 0 {
		in++
	}
	room := p.width - in
	var parts []string
	if len(r.Errors) > 0 {
		e := r.Errors[0]
		times := " (" + count(e.Requests) + ")"
		parts = append(parts, cut(strings.TrimSpace(Escape(e.Error)), room-width(times))+times)
	}
	by := failedBy(r.FailedBy, r.Failures)
	if by != nil {
		parts = append(parts, "failed by: "+strings.Join(by, ", "))
	}
	p.hung(in, faint, " · ", parts...)
}

// clientErrors prints the routes with the most 4xx.
func (p *page) clientErrors(r *analyzer.Report) error {
	routes := r.Routes.ClientErrors
	if len(routes) > maxClientErrors {
		routes = routes[:maxClientErrors]
	}
	if len(routes) > 0 {
		t := &table{columns: p.routeColumns("Top client errors",
			column{head: "4xx", right: true},
			column{head: "Rate", right: true, drop: 6},
			column{head: "Mostly", cut: cutStatus, least: 6, drop: 4})}
		methods := widestMethod(routes)
		for i := range routes {
			c := &routes[i]
			t.add(cell{text: routeName(c, methods)}, cell{text: count(c.Requests)},
				cell{count(c.Classes.ClientError), warning}, cell{text: share(c.Rate4xx)}, cell{text: statusNameOrNone(c.Dominant4xx, c.Dominant4xxName)})
		}
		if err := p.table(t); err != nil {
			return err
		}
	}
	p.notFound(r, routes)
	return nil
}

// notFound tells what the requests of no route asked for, where they are among routes.
func (p *page) notFound(r *analyzer.Report, routes []analyzer.Route) {
	if !slices.ContainsFunc(routes, func(c analyzer.Route) bool { return c.Source == "" }) {
		return
	}
	const most = 3
	var parts []string
	for i := range r.Routes.NotFound[:min(most, len(r.Routes.NotFound))] {
		c := &r.Routes.NotFound[i]
		if c.Scanned {
			break
		}
		parts = append(parts, cutMiddle(Escape(c.Route), p.width/2)+" ("+count(c.Requests)+")")
	}
	scans := r.Routes.Scans
	if more := r.Routes.NotFoundTotal - len(parts) - int(scans.Paths); len(parts) > 0 && more > 0 {
		parts = append(parts, count(uint64(more))+" more")
	}
	if scans.Paths > 0 {
		parts = append(parts, counted(uint64(scans.Clients), "scanner")+" asked for "+counted(scans.Paths, "path")+" ("+count(scans.Requests)+")")
	}
	if parts != nil {
		parts[0] = "Unrouted: " + parts[0]
		p.para(faint, " · ", parts...)
	}
}

// top prints the routes in an order that does not look at failures, where one was asked
// for.
func (p *page) top(r *analyzer.Report) error {
	order := r.Routes.Order
	if order != analyzer.SortRequests && order != analyzer.SortP95 {
		return nil
	}
	routes := r.Routes.Top
	t := &table{columns: p.routeColumns("Top routes by "+string(order),
		column{head: "Failed", right: true},
		column{head: "4xx", right: true, drop: 3},
		column{head: "p50", right: true, drop: 1},
		column{head: "p95", right: true, drop: 4},
		column{head: "p99", right: true, drop: 2})}
	methods := widestMethod(routes)
	for i := range routes {
		c := &routes[i]
		t.add(cell{text: routeName(c, methods)}, cell{text: count(c.Requests)}, cell{text: count(c.Failures)}, cell{text: count(c.Classes.ClientError)},
			p.millisOrNone(c.Latency.P50), p.millisOrNone(c.Latency.P95), p.millisOrNone(c.Latency.P99))
	}
	return p.table(t)
}

func (p *page) millisOrNone(f *float64) cell {
	if f == nil {
		return cell{}
	}
	return cell{text: p.millis(*f)}
}

// learned explains names that no program gave.
func (p *page) learned(r *analyzer.Report) error {
	isLearned := func(r analyzer.Route) bool { return r.Source == "learned" && strings.Contains(r.Route, "{") }
	if slices.ContainsFunc(r.Routes.ClientErrors, isLearned) || slices.ContainsFunc(r.Routes.Failing, isLearned) {
		p.para(faint, " ", "Some routes were learned from paths: {id} and the like stand for what varies.")
	}
	return nil
}

// widestRoute lets the tables of routes stand in line.
func (p *page) widestRoute(r *analyzer.Report) int {
	w := 0
	for _, routes := range [][]analyzer.Route{r.Routes.Failing, r.Routes.ClientErrors} {
		methods := widestMethod(routes)
		for i := range routes {
			w = max(w, width(routeName(&routes[i], methods)))
		}
	}
	return w
}

// maxMethod bounds the column of methods, since a client may send any word.
const maxMethod = len("OPTIONS")

func widestMethod(routes []analyzer.Route) int {
	w := 0
	for i := range routes {
		w = max(w, min(maxMethod, width(Escape(string(routes[i].Method)))))
	}
	return w
}

// routeName is method and route in one, the routes of a table one below the other.
func routeName(r *analyzer.Route, methods int) string {
	name := strings.TrimSpace(Escape(r.Route))
	if methods == 0 {
		return name
	}
	method := cut(Escape(string(r.Method)), methods)
	return strings.TrimRight(method+strings.Repeat(" ", methods-width(method)+1)+name, " ")
}

func statusName(code *int, name analyzer.Text) string {
	if code == nil {
		return "unknown"
	}
	return strings.TrimSpace(strconv.Itoa(*code) + " " + Escape(string(name)))
}

// mostly is the status of most of a route's failures, and how most of them ended where the
// status does not tell that they failed.
func mostly(r *analyzer.Route) string {
	name := statusNameOrNone(r.Dominant, r.DominantName)
	if len(r.Outcomes) > 0 && (r.Dominant == nil || *r.Dominant < 500) {
		outcome := strings.ReplaceAll(Escape(r.Outcomes[0].Outcome), "_", " ")
		name = strings.TrimPrefix(name+", "+outcome, ", ")
	}
	return name
}

func statusNameOrNone(code *int, name analyzer.Text) string {
	if code == nil {
		return ""
	}
	return statusName(code, name)
}

// cutStatus leaves the number alone where little of the name would be left.
func cutStatus(s string, w int) string {
	if number, _, ok := strings.Cut(s, " "); ok && width(s) > w && w < 12 {
		s = number
	}
	return cut(s, w)
}
