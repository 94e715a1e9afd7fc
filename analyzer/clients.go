package analyzer

import (
	"github.com/cespare/xxhash/v2"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// clients counts distinct client addresses, and those of them that met a failure.
type clients struct {
	all, failing distinct
}

func newClients() clients {
	d := distinct{limit: 4096, precision: 14}
	return clients{all: d, failing: d}
}

func (c *clients) add(r *accesslog.Record) {
	if r.ClientIP == "" {
		return
	}
	h := xxhash.Sum64String(r.ClientIP)
	c.all.addHash(h)
	if r.Failed() {
		c.failing.addHash(h)
	}
}

func (c *clients) merge(d *clients) {
	c.all.merge(&d.all)
	c.failing.merge(&d.failing)
}

func (c *clients) append(w *writer) {
	c.all.append(w)
	c.failing.append(w)
}

func (c *clients) parse(r *reader) {
	c.all.parse(r)
	c.failing.parse(r)
}

func (c *clients) report() Clients {
	return Clients{Distinct: c.all.count(), Failing: c.failing.count()}
}
