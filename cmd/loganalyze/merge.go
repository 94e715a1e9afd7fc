package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

func mergeCommand() *cobra.Command {
	var f reportFlags
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.register(all) // the config file may have any of them
	cmd := &cobra.Command{
		Use:   "merge [flags] [STATE|DIR|GLOB|-]...",
		Short: "A report from saved states",
		Long: `merge reports on all logs of which loganalyze --save wrote the states, as if it read the logs
themselves at once. A state takes some kilobytes: each host makes its own where the log lies, and
states travel. A pipe may bring several, one behind the other.

What was counted was chosen where the states were made, by --since, --status, --route and
the like; it must be the same for all, but for the time. Logs of one name are told apart by their states.
With --save the merged state is written, to be merged again.`,
		Example: `  loganalyze merge web-*.state
  loganalyze merge --format json --fail-if '5xx_rate > 1%' states/
  for h in web-1 web-2; do ssh $h loganalyze --save - access.log; done | loganalyze merge`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := configure(all, os.LookupEnv, cmd.ErrOrStderr()); err != nil {
				return err
			}
			return merge(cmd, args, &f)
		},
	}
	for _, name := range []string{"format", "output", "save", "top", "sort", "slo", "fail-if", "color", "no-progress", "quiet", "config"} {
		cmd.Flags().AddFlag(all.Lookup(name))
	}
	cmd.Flags().SortFlags = false
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var unknown *pflag.NotExistError
		if errors.As(err, &unknown) {
			name := unknown.GetSpecifiedName()
			if all.Lookup(name) != nil || len(name) == 1 && all.ShorthandLookup(name) != nil {
				return fmt.Errorf("%w: it is for who reads logs; give it with --save, where the states are made", err)
			}
		}
		return cmd.Parent().FlagErrorFunc()(cmd, err)
	})
	return cmd
}

// merge reports on states.
func merge(cmd *cobra.Command, args []string, f *reportFlags) error {
	if f.output == "-" {
		f.output = ""
	}
	f.badLines = "" // which the config file may have
	s, err := f.shown(cmd.Flags().Changed)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		if isTerminal(cmd.InOrStdin()) {
			return errors.New("nothing to merge: name states that loganalyze --save wrote, a directory or a glob, or pipe them in; see loganalyze merge --help")
		}
		args = []string{"-"}
	}
	stdout, stderr := cmd.OutOrStdout(), cmd.ErrOrStderr()
	sources, notes, argsErr := source.ResolveEmpty(cmd.Context(), args, cmd.InOrStdin())
	f.tell(stderr, notes)
	if sources, err = f.spare("states", sources, cmd.InOrStdin()); err != nil {
		return err
	}
	file, err := openState(f.save, stdout)
	if err != nil {
		return err
	}
	whole, failed, err := f.readStates(cmd.Context(), sources, stderr)
	if err != nil {
		return err
	}
	failed = errors.Join(argsErr, failed)
	if whole == nil {
		return cmp.Or(failed, errors.New("there is no state in what was named"))
	}
	whole.Lack(failed) // so that what is saved tells it
	r := whole.Report(s.options)
	if len(r.Incidents) > 0 {
		f.tell(stderr, []string{"what an incident's failures share, whom it hit and which lines show it, states do not hold: run loganalyze review where the logs lie"})
	}
	for i, gate := range s.gates {
		if gate.WatchesShare() && r.Considered > r.Requests {
			return fmt.Errorf("--fail-if %q: the states hold chosen statuses alone, and a share among these says nothing; drop it, or save all", f.failIf[i])
		}
	}
	failed = errors.Join(whole.Err(), file.save(whole))
	if !file.instead(f.output) {
		if err := s.printKnown(r, f.output, stdout); err != nil {
			return err
		}
	}
	if failed != nil {
		return failed
	}
	return s.check(r, stderr)
}

// readStates reads and merges all states that can be read, nil where none can; failed is why
// some could not. The error is one that leaves no report to be made.
func (f *reportFlags) readStates(ctx context.Context, sources []source.Source, stderr io.Writer) (whole *analyzer.State, failed, err error) {
	m := merging{ctx: ctx}
	watched, stop := f.meter(ctx, sources, stderr)
	for _, s := range watched {
		if err = m.source(s); err != nil {
			break
		}
	}
	stop()
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "loganalyze: interrupted; there is no report, as not all states were read")
		return nil, nil, exitCode(exitInterrupted)
	case err != nil:
		return nil, nil, err
	case m.other:
		m.note("the states were not made with the same --since and --until; together they are of %s", window(m.whole.Window()))
	}
	if m.whole != nil {
		m.notes = append(m.notes, m.whole.Notes()...)
	}
	f.tell(stderr, m.notes)
	return m.whole, m.failed, nil
}

// merging is the merging of states that are read one after the other.
type merging struct {
	ctx          context.Context
	whole        *analyzer.State
	since, until time.Time // of the first
	other        bool      // times there were
	notes        []string
	failed       error // to read some
}

func (m *merging) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

func (m *merging) fail(err error) { m.failed = errors.Join(m.failed, err) }

// source merges the states of a source. Its error is that of states that cannot be merged.
func (m *merging) source(s source.Source) error {
	r, err := s.Open(m.ctx)
	if err != nil {
		m.fail(err)
		return nil
	}
	err = m.states(s, r)
	m.fail(r.Close())
	return err
}

// states merges the states that stand in r one behind the other.
func (m *merging) states(s source.Source, r io.Reader) error {
	for n := 1; m.ctx.Err() == nil; n++ {
		name := s.Name()
		if n > 1 {
			name = fmt.Sprintf("%s, state %d", name, n)
		}
		state, err := analyzer.ReadState(r, name)
		switch {
		case err == io.EOF && n == 1:
			m.fail(fmt.Errorf("%s is empty: there is no state in it; save it again", name))
			return nil
		case err == io.EOF:
			return nil
		case errors.Is(err, analyzer.ErrNoState) && s.Found() && filepath.Ext(s.Name()) != ".state":
			m.note("%s is left out: it is no state", name)
			return nil
		case err != nil:
			m.fail(err)
			return nil
		}
		if err := m.merge(state); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return m.ctx.Err()
}

func (m *merging) merge(state *analyzer.State) error {
	since, until := state.Window()
	if m.whole == nil {
		m.whole, m.since, m.until = state, since, until
		return nil
	}
	m.other = m.other || !since.Equal(m.since) || !until.Equal(m.until)
	return m.whole.Merge(state)
}

func window(since, until time.Time) string {
	switch {
	case since.IsZero() && until.IsZero():
		return "all time"
	case since.IsZero():
		return "the time before " + until.Format(time.RFC3339)
	case until.IsZero():
		return "the time from " + since.Format(time.RFC3339) + " on"
	}
	return "the time from " + since.Format(time.RFC3339) + " to " + until.Format(time.RFC3339)
}
