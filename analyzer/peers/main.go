package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "duckdb" { // itself, as one of the contenders
		exit(duckdb(os.Args[2], os.Stdout))
	}
	mb := flag.Int("mb", 700, "MB of the log in our format; of the combined one it is five sevenths")
	seed := flag.Uint64("seed", 1, "of the logs")
	runs := flag.Int("runs", 3, "how often each runs; the medians are shown")
	huge := flag.Int("huge", 0, "also logs of so many GB in our format and in combined, with a path in two that comes once and a million clients, through a pipe")
	dir := flag.String("dir", "", "where the logs are made; a temporary folder if it is not said")
	flag.Parse()
	exit(compare(*dir, *mb, *huge, *seed, *runs))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func compare(dir string, mb, huge int, seed uint64, runs int) error {
	if dir == "" {
		temporary, err := os.MkdirTemp("", "peers")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	b, err := newBench(dir, mb, seed)
	if err != nil {
		return err
	}
	for _, t := range b.tables() {
		if err := t.measure(runs, os.Stdout); err != nil {
			return err
		}
	}
	if huge > 0 {
		return b.huge(huge, seed, os.Stdout)
	}
	return nil
}

// newBench builds the analyzer and makes the logs.
func newBench(dir string, mb int, seed uint64) (*bench, error) {
	b := &bench{loganalyze: filepath.Join(dir, "loganalyze"), ours: filepath.Join(dir, "ours.log"), combined: filepath.Join(dir, "combined.log")}
	build := exec.Command("go", "build", "-o", b.loganalyze, "github.com/loganalyze/loganalyze/cmd/loganalyze")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build the analyzer: %w", err)
	}
	return b, b.makeLogs(mb<<20, seed)
}
