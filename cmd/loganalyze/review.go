package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/render"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// reviewFlags are those of the review. Of those of the report it has what says how logs are read and
// which requests count.
type reviewFlags struct {
	reportFlags
	baseline []string
	events   []string
}

func reviewCommand() *cobra.Command {
	var f reviewFlags
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.register(all)
	settings := pflag.NewFlagSet("", pflag.ContinueOnError) // the config file may have any of the report's, too
	cmd := &cobra.Command{
		Use:   "review [flags] [FILE|DIR|GLOB|-]...",
		Short: "The post-incident review, as far as logs can tell it",
		Long: `review finds the incidents in access logs and tells of each when it began and ended, with the
intervals within which that is certain, what failed first, who was hit, what the failing requests
share, what changed against the usual, when alerts would have fired, what it cost of the error
budget, and which lines show it. As Markdown it can be pasted into a postmortem: what is known is
filled in, and what only people know is a marked blank.

With --since and --until the incident is what lies between them.`,
		Example: `  loganalyze review access.log
  loganalyze review -o postmortem.md --event '2026-11-20 14:34 deploy v2' access.log
  loganalyze review --since 14:30 --until 15:10 --baseline yesterday.log access.log`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if f.formats, err = configure(settings, os.LookupEnv, cmd.ErrOrStderr()); err != nil {
				return err
			}
			return f.run(cmd, args)
		},
	}
	f.registerReview(cmd.Flags(), all)
	settings.AddFlagSet(cmd.Flags())
	settings.AddFlagSet(all)
	return cmd
}

// registerReview registers the flags of the command. Some are those of the report, which are in all.
func (f *reviewFlags) registerReview(fs, all *pflag.FlagSet) {
	fs.SortFlags = false
	kept := func(names ...string) {
		for _, name := range names {
			fs.AddFlag(all.Lookup(name))
		}
	}
	fs.StringVar(&f.format, "format", "", "`FORM` of the review: "+formNames(render.Reviews())+" (default: the extension of --output, else text)")
	kept("output")
	fs.StringVar(&f.since, "since", "", "the incident began at `TIME`: '2026-11-20 14:00', 14:00 (on the last day of the logs), 2h (ago), yesterday, or as a log has it; without --since and --until incidents are looked for")
	fs.StringVar(&f.until, "until", "", "the incident ended at `TIME`")
	fs.StringArrayVar(&f.baseline, "baseline", nil, "hold `FILE|WINDOW` to be usual: a log, or a time of these logs as FROM..TO; repeatable for logs (default: the calm part of the logs)")
	fs.StringArrayVar(&f.events, "event", nil, "tell when something happened, `'TIME TEXT'`, such as '14:02 deploy v2'; repeatable")
	kept("slo", "method", "route", "path", "routes", "openapi", "no-learn", "log-format", "field", "tz", "config", "bad-lines", "max-malformed", "color", "jobs", "no-progress", "quiet")
}

func (f *reviewFlags) run(cmd *cobra.Command, args []string) error {
	if f.output == "-" {
		f.output = ""
	}
	form, err := formOf("review", f.format, f.output, render.Reviews())
	if err != nil {
		return err
	}
	now := time.Now()
	since, until := f.since, f.until
	f.reportFlags.format, f.since, f.until, f.top, f.sort, f.save, f.statuses, f.failIf = "text", "", "", 10, string(analyzer.SortFailures), "", nil, nil // which the config file may have
	s, err := f.settings(now, cmd.Flags().Changed)
	if err != nil {
		return err
	}
	now = now.In(s.options.Input.TZ)
	var p analyzer.ReviewOptions
	if p.From, p.To, err = windowFlags("since", since, "until", until, now); err != nil {
		return err
	}
	p.AnyDay = (since == "" || isTimeOfDay(since)) && (until == "" || isTimeOfDay(until))
	if args, err = orStdin(cmd, args); err != nil {
		return err
	}
	ctx, stdout, stderr := cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	sources, notes, argsErr := source.Resolve(ctx, args, cmd.InOrStdin())
	f.tell(stderr, notes)
	if len(sources) == 0 {
		return argsErr
	}
	if sources, err = f.spare("logs", sources, cmd.InOrStdin()); err != nil {
		return err
	}
	if err := f.readBaseline(ctx, cmd, &p, now); err != nil {
		return err
	}
	if p.Events, err = f.eventFlags(now); err != nil {
		return err
	}
	sources, remove, err := s.spool(ctx, sources)
	defer remove()
	if err != nil {
		return f.interrupted(err, stderr)
	}
	sources, forget := keep(sources, -1)
	defer forget()
	bad, err := openBadLines(f.badLines)
	if err != nil {
		return err
	}
	s.options.BadLines = bad.writer()
	watched, stop := f.meter(ctx, sources, stderr)
	r, runErr := analyzer.RunReview(ctx, watched, s.options, p)
	stop()
	failed := errors.Join(argsErr, runErr, bad.close())
	if r.Requests > 0 || runErr == nil {
		if err := create("--output", f.output, stdout, func(w io.Writer) error { return form.Render(w, r, s.renderOptions(f.output, stdout)) }); err != nil {
			return errors.Join(failed, err)
		}
	}
	return f.interrupted(failed, stderr)
}

// interrupted turns an interrupt into its exit code.
func (f *reviewFlags) interrupted(err error, stderr io.Writer) error {
	if errors.Is(err, context.Canceled) {
		complain(stderr, err)
		fmt.Fprintln(stderr, "loganalyze: interrupted; the review tells of what was read before")
		return exitCode(exitInterrupted)
	}
	return err
}

// windowFlags reads two flags, the first of which is before the second.
func windowFlags(fromFlag, from, toFlag, to string, now time.Time) (begin, end time.Time, err error) {
	if begin, err = timeFlag(fromFlag, from, now); err != nil {
		return begin, end, err
	}
	if end, err = timeFlag(toFlag, to, now); err != nil {
		return begin, end, err
	}
	if !begin.IsZero() && !end.IsZero() && !begin.Before(end) {
		err = fmt.Errorf("--%s %s is not before --%s %s: nothing lies between them", fromFlag, from, toFlag, to)
	}
	return begin, end, err
}

// isTimeOfDay reports whether a time has no day, so that it is meant to be on that of the logs.
func isTimeOfDay(s string) bool {
	_, ok := parseTime(s, time.UTC, "15:04", "15:04:05")
	return ok
}

// readBaseline reads what is to be held usual: files, or one window.
func (f *reviewFlags) readBaseline(ctx context.Context, cmd *cobra.Command, p *analyzer.ReviewOptions, now time.Time) error {
	var files []string
	for _, text := range f.baseline {
		from, to, ok := strings.Cut(text, "..")
		if _, err := os.Stat(text); err == nil || !ok || from == "" || strings.HasPrefix(to, "/") { // as in ../web-1.log
			files = append(files, text)
			continue
		}
		if len(f.baseline) > 1 {
			return fmt.Errorf("--baseline %q: a window is to be the only baseline; name one window, or logs", text)
		}
		var err error
		if p.UsualFrom, p.UsualTo, err = windowFlags("baseline", from, "baseline", to, now); err != nil {
			return err
		}
		p.UsualAnyDay = isTimeOfDay(from) && (to == "" || isTimeOfDay(to))
	}
	if len(files) == 0 {
		return nil
	}
	var notes []string
	var err error
	p.Usual, notes, err = source.Resolve(ctx, files, strings.NewReader(""))
	f.tell(cmd.ErrOrStderr(), notes)
	if err != nil {
		return fmt.Errorf("--baseline: %w", err)
	}
	return nil
}

// eventFlags reads a time and what happened then, of each event. A time may have spaces, so that
// as many words are taken for it as make one.
func (f *reviewFlags) eventFlags(now time.Time) (events []analyzer.Event, err error) {
next:
	for _, text := range f.events {
		words := strings.Fields(text)
		for n := min(3, len(words)-1); n >= 1; n-- {
			if t, err := timeFlag("event", strings.Join(words[:n], " "), now); err == nil {
				events = append(events, analyzer.Event{Time: t, Text: strings.Join(words[n:], " "), AnyDay: isTimeOfDay(words[0]) && n == 1})
				continue next
			}
		}
		return nil, fmt.Errorf("--event %q: it is a time and what happened then, such as '14:02 deploy v2' or '2026-11-20T14:02:00Z deploy v2'", text)
	}
	return events, nil
}
