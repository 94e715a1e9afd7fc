package analyzer

import "github.com/loganalyze/loganalyze/analyzer/status"

// add counts n requests with a status.
func (c *ClassCounts) add(code int, n uint64) {
	*c.at(status.ClassOf(code)) += n
}

// at is the count of a class.
func (c *ClassCounts) at(class status.Class) *uint64 {
	switch class {
	case status.Informational:
		return &c.Informational
	case status.Success:
		return &c.Success
	case status.Redirection:
		return &c.Redirection
	case status.ClientError:
		return &c.ClientError
	case status.ServerError:
		return &c.ServerError
	}
	return &c.Other
}

func (c *ClassCounts) merge(d *ClassCounts, weight float64) {
	for _, class := range status.Classes() {
		*c.at(class) += scaled(*d.at(class), weight)
	}
}

func (c *ClassCounts) total() (n uint64) {
	return c.Informational + c.Success + c.Redirection + c.ClientError + c.ServerError + c.Other
}

// classes folds statuses into their classes.
func (s StatusCounts) classes() (c ClassCounts) {
	for _, n := range s {
		c.add(n.Status, n.Requests)
	}
	return c
}

func (c *ClassCounts) report(failed *ClassCounts) []Class {
	total := c.total()
	var out []Class
	for _, class := range status.Classes() {
		n := *c.at(class)
		out = append(out, Class{Class: class.String(), Label: class.Label(), Requests: n, Share: share(n, total), Failed: *failed.at(class)})
	}
	return out
}
