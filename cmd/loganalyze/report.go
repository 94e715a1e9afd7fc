package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/render"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// report is what loganalyze does when no subcommand is named.
func report(cmd *cobra.Command, args []string, f *reportFlags) error {
	if f.output == "-" {
		f.output = ""
	}
	review := reviewWords(cmd.Flags()) // without what the environment and the config file have for it, too
	var err error
	if f.formats, err = configure(cmd.Flags(), os.LookupEnv, cmd.ErrOrStderr()); err != nil {
		return err
	}
	s, err := f.settings(time.Now(), cmd.Flags().Changed)
	if err != nil {
		return err
	}
	if args, err = orStdin(cmd, args); err != nil {
		return err
	}
	s.review = review.with(args)
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	resolve := source.Resolve
	if f.follow {
		resolve = source.ResolveLive
	}
	sources, notes, argsErr := resolve(ctx, args, cmd.InOrStdin())
	f.tell(stderr, notes)
	meant := otherCommand(cmd, args)
	if len(sources) == 0 {
		return errors.Join(argsErr, meant)
	}
	if sources, err = f.spare("logs", sources, cmd.InOrStdin()); err != nil {
		return err
	}
	if !f.follow { // which has no end at which to begin again
		var remove func()
		sources, remove, err = s.spool(ctx, sources)
		defer remove()
		if errors.Is(err, context.Canceled) {
			fmt.Fprintln(stderr, "loganalyze: interrupted; there is no report yet")
			return exitCode(exitInterrupted)
		}
		if err != nil {
			return err
		}
	}
	if !f.follow && !f.noIncidents {
		var forget func()
		sources, forget = keep(sources, maxKept)
		defer forget()
	}
	state, err := openState(f.save, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	bad, err := openBadLines(f.badLines)
	if err != nil {
		return err
	}
	s.options.Lacking, s.options.BadLines, s.options.Save = argsErr, bad.writer(), state.writer()
	var r *analyzer.Report
	var runErr error
	if f.follow {
		r, runErr = s.follow(ctx, sources, f.output, cmd.OutOrStdout())
	} else {
		watched, stop := f.meter(ctx, sources, stderr)
		r, runErr = analyzer.Run(ctx, watched, s.options)
		stop()
	}
	saveErr := state.close()
	failed := errors.Join(runErr, meant, bad.close(), saveErr)
	if !state.instead(f.output) {
		if err := s.printKnown(r, f.output, cmd.OutOrStdout()); err != nil {
			return errors.Join(failed, err)
		}
	}
	if errors.Is(failed, context.Canceled) {
		complain(stderr, failed)
		fmt.Fprintln(stderr, "loganalyze: interrupted; the report tells of what was read before")
		if saveErr != nil {
			return exitCode(exitError)
		}
		if f.follow { // which has no other end
			if err := s.check(r, stderr); err != nil {
				return err
			}
		}
		return exitCode(exitInterrupted)
	}
	if failed != nil {
		return failed
	}
	return s.check(r, stderr)
}

// spool makes the sources such that can be read twice, where the filter asks for routes, which are
// known when all is read. remove removes the files that it takes, also where it fails.
func (s *settings) spool(ctx context.Context, sources []source.Source) (spooled []source.Source, remove func(), err error) {
	if s.options.Filter.Route == nil || s.options.NoLearn {
		return sources, func() {}, nil
	}
	return spool(ctx, sources)
}

func spool(ctx context.Context, sources []source.Source) (spooled []source.Source, remove func(), err error) {
	var removes []func() error
	remove = func() {
		for _, r := range removes {
			_ = r() // a temporary file that stays does no harm
		}
	}
	for _, src := range sources {
		again, r, err := src.Spool(ctx)
		if err != nil {
			return nil, remove, err
		}
		spooled, removes = append(spooled, again), append(removes, r)
	}
	return spooled, remove, nil
}

// maxKept is how many bytes of a stream are kept on disk for a report, so that the times of
// incidents can be read again.
const maxKept = 256 << 20

// keep has streams keep what is read of them, up to a limit; below 0 is none. forget removes the files.
func keep(sources []source.Source, limit int64) (kept []source.Source, forget func()) {
	var removes []func() error
	for _, src := range sources {
		again, remove := src.Keep(limit)
		kept, removes = append(kept, again), append(removes, remove)
	}
	return kept, func() {
		for _, remove := range removes {
			_ = remove() // a temporary file that stays does no harm
		}
	}
}

// printKnown prints the report if anything in it was read as a log.
func (s *settings) printKnown(r *analyzer.Report, path string, stdout io.Writer) error {
	if !known(r.Inputs) {
		return nil
	}
	return s.print(r, path, stdout)
}

// known tells whether anything was read as a log.
func known(inputs []analyzer.Input) bool {
	return slices.ContainsFunc(inputs, func(in analyzer.Input) bool {
		return in.Format != "" && (in.Lines > 0 || in.UnreadBytes > 0)
	})
}

// print renders the report to stdout, or to the file at path.
func (s *settings) print(r *analyzer.Report, path string, stdout io.Writer) error {
	return create("--output", path, stdout, func(w io.Writer) error { return s.renderer.Render(w, r, s.renderOptions(path, stdout)) })
}

// orStdin are the arguments, or standard input where there are none, unless a person would have to
// type it.
func orStdin(cmd *cobra.Command, args []string) ([]string, error) {
	switch {
	case len(args) > 0:
		return args, nil
	case isTerminal(cmd.InOrStdin()):
		return nil, fmt.Errorf("nothing to read: name a file, a directory or a glob, or pipe a log in; see %s --help", cmd.CommandPath())
	}
	return []string{"-"}, nil
}

// words are those of a command.
type words []string

// with are the words behind which the arguments stand; nil where one of them is a stream, which is
// gone when it was read.
func (w words) with(args []string) words {
	if slices.Contains(args, "-") {
		return nil
	}
	return append(w, args...)
}

// reviewWords are those of the command that reviews what a report is made of, with the flags that say
// how the logs are read and which requests count.
func reviewWords(flags *pflag.FlagSet) words {
	out := words{"loganalyze", "review"}
	review := reviewCommand().Flags()
	flags.Visit(func(f *pflag.Flag) {
		if slices.Contains([]string{"since", "until", "output", "format", "bad-lines", "quiet", "no-progress", "color", "jobs"}, f.Name) || review.Lookup(f.Name) == nil {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			out = append(out, "--"+f.Name+"="+value)
		}
	})
	return out
}

// renderOptions fit what is printed to what stdout is, unless it goes to the file at path.
func (s *settings) renderOptions(path string, stdout io.Writer) render.Options {
	if path != "" {
		return render.Options{Review: s.review}
	}
	return render.Options{Width: columns(stdout), Color: s.color.colored(stdout, os.Getenv), Review: s.review}
}

// check holds the report against the gates. One that cannot be checked weighs more than
// one that trips: somebody may rely on it.
func (s *settings) check(r *analyzer.Report, stderr io.Writer) error {
	code := exitOK
	for _, g := range s.gates {
		tripped, why, err := g.Check(r)
		switch {
		case err != nil:
			why := "the logs do not say"
			if r.Requests == 0 {
				why = r.Reason
			}
			say(stderr, fmt.Sprintf("--fail-if %v: %s", err, why))
			code = exitError
		case tripped:
			say(stderr, "--fail-if "+why)
			code = max(code, exitGate)
		}
	}
	if code != exitOK {
		return exitCode(code)
	}
	return nil
}

// spare keeps what is written from going over what it is made of, which kind names, and over
// what else is written.
func (f *reportFlags) spare(kind string, sources []source.Source, stdin io.Reader) ([]source.Source, error) {
	written := map[string]string{}
	for _, file := range []struct{ flag, path string }{{"--output", f.output}, {"--bad-lines", f.badLines}, {"--save", f.save}} {
		if file.path == "" || file.path == "-" {
			continue
		}
		path := filepath.Clean(file.path)
		if flag, ok := written[path]; ok {
			return nil, fmt.Errorf("%s %s is the file of %s, too; name two", file.flag, file.path, flag)
		}
		written[path] = file.flag
		var err error
		if sources, err = spare(file.flag, file.path, kind, sources, stdin); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

// spare keeps the file of a flag from going over a source: one that the user named is refused,
// and what was found beside the others is not read.
func spare(flag, path, kind string, sources []source.Source, stdin io.Reader) ([]source.Source, error) {
	out, err := os.Stat(path)
	if err != nil {
		return sources, nil // it is to be made
	}
	var kept []source.Source
	for _, s := range sources {
		var in os.FileInfo
		switch f, isFile := stdin.(*os.File); {
		case s.Size() >= 0, s.Live():
			in, err = os.Stat(s.Name())
		case isFile && s.Name() == "stdin":
			in, err = f.Stat()
		}
		switch same := err == nil && in != nil && os.SameFile(in, out); {
		case same && !s.Found():
			return nil, fmt.Errorf("%s %s is one of the %s, and would be overwritten; name another file", flag, path, kind)
		case !same:
			kept = append(kept, s)
		}
	}
	return kept, nil
}

// otherCommand asks, where the first argument is no file, whether a subcommand was meant.
func otherCommand(cmd *cobra.Command, args []string) error {
	if _, err := os.Stat(args[0]); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, name := range cmd.SuggestionsFor(args[0]) {
		return fmt.Errorf("did you mean the command %s?", name)
	}
	return nil
}

// tell prints notes, which name files, unless nobody wants them.
func (f *reportFlags) tell(stderr io.Writer, notes []string) {
	if f.quiet {
		return
	}
	for _, note := range notes {
		say(stderr, note)
	}
}
