package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/render"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// compareFlags are the flags of the command compare.
type compareFlags struct {
	reportFlags
	with   withFlag
	at     string
	ago    string
	form   string
	failIf []string
}

// withFlag parts the arguments: what stands behind it is of the other side, as many files as there
// are. It takes a value that is joined to it by = alone, which is the first of these.
type withFlag struct {
	flags *pflag.FlagSet
	given int
	args  int // before it
	first []string
}

func (w *withFlag) String() string { return "" }
func (w *withFlag) Type() string   { return "bool" }

func (w *withFlag) Set(s string) error {
	w.given++
	w.args = w.flags.NArg()
	if s != "true" {
		w.first = []string{s}
	}
	return nil
}

func compareCommand() *cobra.Command {
	var f compareFlags
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.register(all) // the config file may have any of them
	cmd := &cobra.Command{
		Use:   "compare [flags] BASE... --with CURRENT...",
		Short: "What changed from one log, or one time, to another",
		Long: `compare tells what changed from BASE to CURRENT, beyond chance: failures, statuses, routes,
durations, and what requests share, such as the version that answered them. With --at it compares
one log before and after a moment, and with --ago one time with as long a time before it.

Shares are compared, so that the sides need not be equally long. Differences are tested all
together, so that of those that are called significant one in twenty is to be expected to be none
(Benjamini and Hochberg). Those by less than a quarter are left out of the text; JSON has all.`,
		Example: `  loganalyze compare monday.log --with tuesday.log
  loganalyze compare access.log --at 14:30
  loganalyze compare access.log --since 14:00 --until 15:00 --ago 1w
  loganalyze compare old/*.log --with new/*.log --fail-if '5xx_rate_diff > 0.5%'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if f.formats, err = configure(all, os.LookupEnv, cmd.ErrOrStderr()); err != nil {
				return err
			}
			return f.run(cmd, args)
		},
	}
	flags := cmd.Flags()
	f.with.flags = flags
	flags.Var(&f.with, "with", "compare with the logs that stand behind it, `CURRENT...`")
	flags.Lookup("with").NoOptDefVal = "true"
	flags.StringVar(&f.at, "at", "", "compare one log before `TIME` and from it on, such as that of a release")
	flags.StringVar(&f.ago, "ago", "", "compare from --since to --until with as long a time `AGO`: 1d, 1w, 2h")
	for _, name := range []string{"since", "until", "method", "route", "path", "routes", "openapi", "no-learn", "log-format", "field", "tz", "max-malformed", "config", "output", "color", "jobs", "no-progress", "quiet"} {
		flags.AddFlag(all.Lookup(name))
	}
	flags.StringVar(&f.form, "format", "", "`FORM` of the comparison: "+formNames(render.Comparisons())+" (default: the extension of --output, else text)")
	flags.IntVarP(&f.top, "top", "n", 10, "show `N` routes, and as many values of an attribute; 0 is all")
	flags.StringArrayVar(&f.failIf, "fail-if", nil, "exit with 1 if `CONDITION` holds, such as '5xx_rate_diff > 0.5%', and not by chance; repeatable; it can watch "+strings.Join(analyzer.CompareGateMetrics(), ", "))
	return cmd
}

func (f *compareFlags) run(cmd *cobra.Command, args []string) error {
	if f.output == "-" {
		f.output = ""
	}
	form, err := formOf("comparison", f.form, f.output, render.Comparisons())
	if err != nil {
		return err
	}
	var gates []analyzer.CompareGate
	for _, text := range f.failIf {
		gate, err := analyzer.ParseCompareGate(text)
		if err != nil {
			return fmt.Errorf("--fail-if: %w", err)
		}
		gates = append(gates, gate)
	}
	f.forget()
	now := time.Now()
	s, err := f.settings(now, cmd.Flags().Changed)
	if err != nil {
		return err
	}
	ctx, stdout, stderr := cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	base, current, argsErr := f.sides(cmd, args, s.options.Filter, now.In(s.options.Input.TZ))
	if base.Sources == nil || current.Sources == nil {
		return argsErr
	}
	remove, err := f.makeReadable(ctx, &s, &base, &current, cmd.InOrStdin())
	defer remove()
	var c *analyzer.Comparison
	var failed error
	if err == nil {
		n := len(base.Sources)
		watched, stop := f.meter(ctx, slices.Concat(base.Sources, current.Sources), stderr)
		base.Sources, current.Sources = watched[:n:n], watched[n:]
		c, failed = analyzer.Compare(ctx, base, current, s.options)
		stop()
	}
	if errors.Is(errors.Join(err, failed), context.Canceled) {
		fmt.Fprintln(stderr, "loganalyze: interrupted; there is no comparison")
		return exitCode(exitInterrupted)
	}
	if err != nil {
		return err
	}
	if known(c.Base.Inputs) && known(c.Current.Inputs) {
		if err := create("--output", f.output, stdout, func(w io.Writer) error { return form.Render(w, c, s.renderOptions(f.output, stdout)) }); err != nil {
			return errors.Join(argsErr, failed, err)
		}
	}
	if failed = errors.Join(argsErr, failed); failed != nil {
		return failed
	}
	return checkCompared(gates, c, f.quiet, stderr)
}

// forget drops what the config file may have, and a comparison does not.
func (f *compareFlags) forget() {
	f.reportFlags.format, f.reportFlags.failIf = "text", nil
	f.sort, f.statuses, f.badLines, f.save = string(analyzer.SortFailures), nil, "", ""
}

// sides are what is compared. The error is that of arguments of which some cannot be read, or all.
func (f *compareFlags) sides(cmd *cobra.Command, args []string, filter analyzer.Filter, now time.Time) (base, current analyzer.Side, err error) {
	base.Since, base.Until = filter.Since, filter.Until
	current = base
	switch {
	case f.with.given > 0 && (f.at != "" || f.ago != ""):
		return base, current, errors.New("--with: --at and --ago compare times of one log; leave one out")
	case f.with.given > 0:
		return f.two(cmd, args, base)
	case f.at != "" && f.ago != "":
		return base, current, errors.New("--at and --ago are two ways to say what is compared; leave one out")
	case f.at != "":
		at, err := timeFlag("at", f.at, now)
		if err != nil {
			return base, current, err
		}
		base.Until, current.Since = at, at
		if from, to := base.Since, current.Until; !from.IsZero() && !from.Before(at) || !to.IsZero() && !at.Before(to) {
			return base, current, fmt.Errorf("--at %s is not between --since and --until: one side would be empty", at.Format(time.RFC3339))
		}
	case f.ago != "":
		if base, err = f.earlier(current, now); err != nil {
			return base, current, err
		}
	default:
		return base, current, errors.New("there is nothing to compare with: name other logs behind --with, a moment in one log with --at, or a time before with --ago; see loganalyze compare --help")
	}
	sources, err := f.find(cmd, args)
	base.Sources, current.Sources = sources, sources
	return base, current, err
}

// two are the sides of --with.
func (f *compareFlags) two(cmd *cobra.Command, args []string, window analyzer.Side) (base, current analyzer.Side, err error) {
	base, current = window, window
	before, behind := args[:f.with.args], append(f.with.first, args[f.with.args:]...)
	switch {
	case f.with.given > 1:
		return base, current, errors.New("--with: there are two sides; give it once")
	case len(before) == 0:
		return base, current, errors.New("--with: there are no logs before it to compare those behind it with")
	case len(behind) == 0:
		return base, current, errors.New("--with: there are no logs behind it")
	case slices.Contains(before, "-") && slices.Contains(behind, "-"):
		return base, current, errors.New("--with: standard input can be on one side alone; write one to a file")
	}
	var errCurrent error
	base.Sources, err = f.find(cmd, before)
	current.Sources, errCurrent = f.find(cmd, behind)
	return base, current, errors.Join(err, errCurrent)
}

// earlier is as long a time before current.
func (f *compareFlags) earlier(current analyzer.Side, now time.Time) (base analyzer.Side, err error) {
	d, ok := ago(f.ago)
	switch {
	case !ok || d == 0:
		return base, fmt.Errorf("--ago %q is no time; write 2h, 1d or 1w", f.ago)
	case current.Since.IsZero():
		return base, errors.New("--ago: say with --since from when on, and with --until to when, to compare with the time before")
	}
	until := current.Until
	if until.IsZero() {
		until = now
	}
	if took := until.Sub(current.Since); took > d {
		return base, fmt.Errorf("--ago %s is less than the %s from --since to --until, or now: what is compared would overlap; name another end, or a longer time", f.ago, took.Round(time.Second))
	}
	return analyzer.Side{Since: current.Since.Add(-d), Until: until.Add(-d)}, nil
}

// find resolves arguments; none are standard input.
func (f *compareFlags) find(cmd *cobra.Command, args []string) ([]source.Source, error) {
	if len(args) == 0 {
		if isTerminal(cmd.InOrStdin()) {
			return nil, errors.New("nothing to read: name a file, a directory or a glob, or pipe a log in; see loganalyze compare --help")
		}
		args = []string{"-"}
	}
	sources, notes, err := source.Resolve(cmd.Context(), args, cmd.InOrStdin())
	f.tell(cmd.ErrOrStderr(), notes)
	return sources, err
}

// makeReadable sees to it that what is read twice can be, and that nothing of it is overwritten.
func (f *compareFlags) makeReadable(ctx context.Context, s *settings, base, current *analyzer.Side, stdin io.Reader) (remove func(), err error) {
	remove = func() {}
	if f.with.given == 0 {
		if base.Sources, err = f.spare("logs", base.Sources, stdin); err != nil {
			return remove, err
		}
		base.Sources, remove, err = spool(ctx, base.Sources)
		current.Sources = base.Sources
		return remove, err
	}
	var removes []func()
	remove = func() {
		for _, r := range removes {
			r()
		}
	}
	for _, side := range []*analyzer.Side{base, current} {
		if side.Sources, err = f.spare("logs", side.Sources, stdin); err != nil {
			return remove, err
		}
		var r func()
		side.Sources, r, err = s.spool(ctx, side.Sources)
		if removes = append(removes, r); err != nil {
			return remove, err
		}
	}
	return remove, nil
}

// checkCompared holds the comparison against the gates, as settings.check does a report. What holds
// by chance alone is said, and no failure.
func checkCompared(gates []analyzer.CompareGate, c *analyzer.Comparison, quiet bool, stderr io.Writer) error {
	code := exitOK
	for _, g := range gates {
		tripped, why, err := g.Check(c)
		switch {
		case err != nil:
			why := "the logs do not say"
			if c.Verdict == "" {
				why = c.Reason
			}
			say(stderr, fmt.Sprintf("--fail-if %v: %s", err, why))
			code = exitError
		case tripped:
			code = max(code, exitGate)
			say(stderr, "--fail-if "+why)
		case why != "" && !quiet:
			say(stderr, "--fail-if "+why)
		}
	}
	if code != exitOK {
		return exitCode(code)
	}
	return nil
}
