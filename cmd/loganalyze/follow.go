package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// renewEvery is how often a followed report is shown on a terminal.
const renewEvery = 3 * time.Second

// clearScreen goes to the upper left and erases what is below.
const clearScreen = "\x1b[H\x1b[2J"

// follow counts until ctx is done. Where the report goes to a terminal it is shown in between,
// each time in the place of the one before.
func (s *settings) follow(ctx context.Context, sources []source.Source, output string, stdout io.Writer) (*analyzer.Report, error) {
	if output != "" || !isTerminal(stdout) {
		return analyzer.Follow(ctx, sources, s.options, nil, nil)
	}
	renew := time.NewTicker(renewEvery)
	defer renew.Stop()
	return analyzer.Follow(ctx, sources, s.options, renew.C, func(r *analyzer.Report) error {
		if os.Getenv("TERM") != "dumb" {
			if _, err := io.WriteString(stdout, clearScreen); err != nil {
				return err
			}
		}
		return s.print(r, "", stdout)
	})
}
