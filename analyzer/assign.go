package analyzer

import (
	"context"
	"errors"

	"github.com/loganalyze/loganalyze/analyzer/route"
	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Assign tells the route of each request that has a path and passes the filter: it calls assigned
// with its method, its path as it was logged, and the route under which a report counts it, in the
// order of the logs, from one goroutine. The texts are valid until assigned returns; its error
// ends the reading and is returned.
//
// The sources are read twice, since routes are learned from all of them: each must be one that can
// be opened again (see [source.Source.Spool]). Errors are those of Run.
func Assign(ctx context.Context, sources []source.Source, o Options, assigned func(method, path, route string) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	whole, inputs, err := learn(ctx, sources, &o)
	if err != nil {
		return err
	}
	l := whole.learning
	learned := l.learn()
	w := newWorker(newAnalysis(&o, learned), &o.Filter, nil)
	w.emit = func(r *accesslog.Record) {
		if w.records++; ctx.Err() != nil || r.Path == "" || !isRequest(r) || w.filter.match(r) != passed {
			return
		}
		if err := assigned(r.Method, r.Path, l.assigned(r, learned)); err != nil {
			stop(err)
		}
	}
	scan(ctx, sources, 1, &o, []*worker{w})
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return errors.Join(newState(whole, inputs, &o).problems())
}

// assigned is the route of a request by what was learned.
func (l *learning) assigned(r *accesslog.Record, learned *route.Routes) string {
	if name, ok := l.given(r); ok {
		return name
	}
	l.scratch = l.appendLeaf(l.scratch[:0], r.Path)
	if learned != nil {
		if t, ok := learned.Of(string(l.scratch)); ok {
			return t.Path
		}
	} else if f := l.leaves[string(l.scratch)]; f != nil && f.answered > 0 {
		return f.path
	}
	if notFound(r) {
		return unroutedName
	}
	return otherName // there was no room for it
}
