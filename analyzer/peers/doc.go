// Command peers measures the analyzer beside others, as whole processes on logs that it
// makes from a seed, and prints the ratios as Markdown:
//
//	cd analyzer/peers && go run . -mb 700
//
// It runs what is installed of the others (wc, gzip, jq, goaccess, rare, ClickHouse) and
// DuckDB, which is linked in and why this is a module of its own. ClickHouse is the command
// clickhouse of its package clickhouse-common-static, or else the npm package chdb, which is
// ClickHouse 26.7 as a library of half a gigabyte, for Node.js:
//
//	cd analyzer/peers && npm install --no-save chdb@3.4.0
//
// A process's CPU time, wall time and memory, which includes the pages of its libraries that it
// has touched, are those that the system accounts to it when it ends. Times vary with the
// machine and with what else it does, so that what counts is the ratio to wc -l in the same
// run. The log is read once before it is measured, to have it in the page cache.
package main
