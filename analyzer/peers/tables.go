package main

import (
	"os"
	"path/filepath"
)

// contender is a command that does a task.
type contender struct {
	name string // if it is not that of the command
	does string // what it does of the task, if that is not all
	argv []string
	env  []string
	slow bool // it runs once
}

// table is a task, and who does it. The first is what the others are compared with.
type table struct {
	task       string
	wall       bool // the ratio is of wall time instead of CPU time
	contenders []contender
}

// tables is what is measured.
func (b *bench) tables() []table {
	self, _ := os.Executable()
	report := func(file string, more ...string) []string {
		return append([]string{b.loganalyze, "--format", "json", file}, more...)
	}
	one := []string{"GOMAXPROCS=1"}
	return []table{
		{task: "Our format: statuses, routes, percentiles", contenders: []contender{
			{does: "count lines", argv: []string{"wc", "-l", b.ours}},
			{argv: report(b.ours)},
			{does: "no incidents", argv: report(b.ours, "--no-incidents")},
			{does: "statuses", argv: []string{"rare", "histo", "-m", `"status":(\d+)`, b.ours}},
			{does: "statuses", argv: []string{"jq", "-n", "reduce inputs.status as $s ({}; .[$s|tostring] += 1)", b.ours}, slow: true},
			{name: "DuckDB", does: "status × route × percentiles", argv: []string{self, "duckdb", b.ours}},
			{name: "ClickHouse", does: "status × route × percentiles", argv: clickhouse(b.ours)},
		}},
		{task: "Combined, half of its paths unique: statuses, routes learned from the paths", contenders: []contender{
			{does: "count lines", argv: []string{"wc", "-l", b.combined}},
			{argv: report(b.combined)},
			{does: "no incidents", argv: report(b.combined, "--no-incidents")},
			{does: "statuses", argv: []string{"rare", "histo", "-m", `" (\d{3}) `, b.combined}},
			{does: "paths as they are", argv: []string{"goaccess", b.combined, "--log-format=COMBINED", "--no-progress", "-o", filepath.Join(filepath.Dir(b.combined), "goaccess.json")}, slow: true},
		}},
		{task: "Our format on one core and on two", wall: true, contenders: []contender{
			{does: "one core", argv: report(b.ours), env: one},
			{does: "two cores", argv: report(b.ours), env: []string{"GOMAXPROCS=2"}},
		}},
		{task: "Our format, gzipped", wall: true, contenders: []contender{
			{does: "decompress", argv: []string{"gzip", "-dc", b.zipped}},
			{argv: report(b.zipped)},
			{does: "no incidents", argv: report(b.zipped, "--no-incidents")},
		}},
	}
}
