package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// renewEvery is how often a followed report is shown on a terminal.
const renewEvery = 3 * time.Second

// clearScreen goes to the upper left and erases what is below.
const clearScreen = "\x1b[H\x1b[2J"

// follow counts until ctx is done. Where the report goes to a terminal it is shown in between,
// each time in the place of the one before, as much of it as there is room for.
func (s *settings) follow(ctx context.Context, sources []source.Source, output string, stdout io.Writer) (*analyzer.Report, error) {
	if output != "" || !isTerminal(stdout) {
		return analyzer.Follow(ctx, sources, s.options, nil, nil)
	}
	renew := time.NewTicker(renewEvery)
	defer renew.Stop()
	if os.Getenv("TERM") == "dumb" {
		return analyzer.Follow(ctx, sources, s.options, renew.C, func(r *analyzer.Report) error { return s.print(r, "", stdout) })
	}
	shown := false
	r, err := analyzer.Follow(ctx, sources, s.options, renew.C, func(r *analyzer.Report) error {
		shown = true
		var whole bytes.Buffer
		if err := s.renderer.Render(&whole, r, s.renderOptions("", stdout)); err != nil {
			return err
		}
		_, err := io.WriteString(stdout, clearScreen+topOf(whole.String(), height(stdout)))
		return err
	})
	if shown { // the whole report comes in its place
		_, clearErr := io.WriteString(stdout, clearScreen)
		err = errors.Join(err, clearErr)
	}
	return r, err
}

// topOf is the start of a report that fits a screen of so many rows, of which the last is the
// cursor's: what matters most comes first, and would be scrolled off.
func topOf(report string, rows int) string {
	lines := strings.SplitAfter(report, "\n")
	if total := len(lines) - 1; rows >= 3 && total > rows-1 {
		shown := rows - 2
		return strings.Join(lines[:shown], "") + fmt.Sprintf("… %d more lines; the whole report comes at the end\n", total-shown)
	}
	return report
}
