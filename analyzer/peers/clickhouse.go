package main

import (
	"os/exec"
	"strings"
)

// clickhouse is the command that does with ClickHouse what duckdb does: its own where that is
// installed, or else Node.js with chDB, which is ClickHouse as a library.
func clickhouse(log string) []string {
	query := `SELECT status, count(), route, quantiles(0.5, 0.95, 0.99)(duration_ms)
		FROM file('` + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(log) + `', JSONEachRow, 'status UInt16, route String, duration_ms Float64')
		GROUP BY status, route ORDER BY status, route`
	if _, err := exec.LookPath("clickhouse"); err != nil && exec.Command("node", "-e", "require.resolve('chdb')").Run() == nil {
		return []string{"node", "-e", "process.stdout.write(require('chdb').query(process.argv[1], 'TSV'))", query}
	}
	return []string{"clickhouse", "local", "--query", query}
}
