// Command peers measures the analyzer beside others, as whole processes on logs that it
// makes from a seed, and prints the ratios as Markdown:
//
//	cd analyzer/peers && go run . -mb 700
//
// It runs what is installed of the others (wc, gzip, jq, goaccess, rare, clickhouse) and
// DuckDB, which is linked in and why this is a module of its own. A process's CPU time, wall
// time and memory are those that the system accounts to it when it ends. Times vary with the
// machine and with what else it does, so that what counts is the ratio to wc -l in the same
// run. The log is read once before it is measured, to have it in the page cache.
package main
