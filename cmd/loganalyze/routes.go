package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/render"
	"github.com/loganalyze/loganalyze/analyzer/route"
	"github.com/loganalyze/loganalyze/analyzer/route/openapi"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// routesFlags are the flags of the command routes.
type routesFlags struct {
	reportFlags
	form   string
	assign bool
	write  string
}

func routesCommand() *cobra.Command {
	var f routesFlags
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.register(all) // the config file may have any of them
	cmd := &cobra.Command{
		Use:   "routes [flags] [FILE|DIR|GLOB|-]...",
		Short: "The routes, and how they were learned from the paths",
		Long: `routes lists the routes under which a report counts: those that the log has, those of
--openapi and --routes, and those that were learned from the paths of all that was read. Of what was learned it
says how sure it is, why, and which paths it stands for.

With --assign it prints a line for each request instead, in the order of the logs: method, path
and route, with tabs between them. With --write it writes the routes as a file of patterns, to be
edited and given to --routes.`,
		Example: `  loganalyze routes access.log
  loganalyze routes --write routes.txt access.log
  loganalyze --routes routes.txt access.log
  loganalyze routes --assign access.log | sort | uniq -c`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if f.formats, err = configure(all, os.LookupEnv, cmd.ErrOrStderr()); err != nil {
				return err
			}
			return f.run(cmd, args)
		},
	}
	for _, name := range []string{"since", "until", "method", "route", "path", "routes", "openapi", "no-learn", "log-format", "field", "tz", "config", "output", "color", "jobs", "no-progress", "quiet"} {
		cmd.Flags().AddFlag(all.Lookup(name))
	}
	cmd.Flags().StringVar(&f.form, "format", "", "`FORM` of the list: "+formNames(render.RouteLists(0))+" (default: the extension of --output, else text)")
	cmd.Flags().IntVarP(&f.top, "top", "n", 0, "show `N` routes; 0 is all")
	cmd.Flags().BoolVar(&f.assign, "assign", false, "print method, path and route of each request")
	cmd.Flags().StringVar(&f.write, "write", "", "write the routes to `FILE`, as --routes reads them; - is standard output")
	return cmd
}

func (f *routesFlags) run(cmd *cobra.Command, args []string) error {
	if err := f.together(); err != nil {
		return err
	}
	f.reportFlags.format, f.sort, f.badLines, f.save, f.statuses, f.failIf = "text", string(analyzer.SortRequests), "", "", nil, nil // which the config file may have
	s, err := f.settings(time.Now(), func(flag string) bool { return flag == "sort" || cmd.Flags().Changed(flag) })
	if err != nil {
		return err
	}
	var form render.Renderer
	if !f.assign { // whose lines have one form, whatever the file is called
		if form, err = formOf("list", f.form, f.output, render.RouteLists(s.options.Top)); err != nil {
			return err
		}
	}
	s.options.Top, s.options.NoIncidents = -1, true
	if args, err = orStdin(cmd, args); err != nil {
		return err
	}
	ctx, stdout, stderr := cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	sources, notes, argsErr := source.Resolve(ctx, args, cmd.InOrStdin())
	f.tell(stderr, notes)
	if sources, err = f.spare("logs", sources, cmd.InOrStdin()); err != nil {
		return err
	}
	if sources, err = spare("--write", f.write, "logs", sources, cmd.InOrStdin()); err != nil {
		return err
	}
	if len(sources) == 0 {
		return argsErr
	}
	if f.output == "-" {
		f.output = ""
	}
	if f.assign {
		return f.interrupted(errors.Join(argsErr, f.assignAll(ctx, sources, &s, stdout)), stderr)
	}
	sources, remove, err := s.spool(ctx, sources)
	defer remove()
	if err != nil {
		return f.interrupted(err, stderr)
	}
	watched, stop := f.meter(ctx, sources, stderr)
	r, runErr := analyzer.Run(ctx, watched, s.options)
	stop()
	if !known(r.Inputs) {
		return f.interrupted(errors.Join(argsErr, runErr), stderr)
	}
	if f.write != "-" || f.output != "" {
		if err := create("--output", f.output, stdout, func(w io.Writer) error { return form.Render(w, r, s.renderOptions(f.output, stdout)) }); err != nil {
			return errors.Join(argsErr, runErr, err)
		}
	}
	return f.interrupted(errors.Join(argsErr, runErr, f.writeHints(r, stdout)), stderr)
}

// together tells of flags that are not for one run.
func (f *routesFlags) together() error {
	switch {
	case f.assign && f.write != "":
		return errors.New("--write: --assign prints lines instead of routes; run it once with either")
	case f.assign && f.form != "":
		return errors.New("--format: it is the form of the list, and --assign prints lines; leave one out")
	case f.write != "" && f.write != "-" && filepath.Clean(f.write) == filepath.Clean(f.output):
		return fmt.Errorf("--write %s is the file of --output, too; name two", f.write)
	}
	return nil
}

// writeHints writes the file of --write; to stdout, where it is -, instead of the list.
func (f *routesFlags) writeHints(r *analyzer.Report, stdout io.Writer) error {
	switch {
	case f.write == "":
		return nil
	case r.Requests == 0:
		return fmt.Errorf("--write %s: it was not written: %s", f.write, r.Reason)
	}
	path := f.write
	if path == "-" {
		path = ""
	}
	return create("--write", path, stdout, func(w io.Writer) error { return render.Hints(w, r) })
}

// interrupted turns an interrupt into its exit code.
func (f *routesFlags) interrupted(err error, stderr io.Writer) error {
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "loganalyze: interrupted; the routes are those of what was read before")
		return exitCode(exitInterrupted)
	}
	return err
}

// assignAll prints the route of each request.
func (f *routesFlags) assignAll(ctx context.Context, sources []source.Source, s *settings, stdout io.Writer) (err error) {
	sources, remove, err := spool(ctx, sources)
	defer remove()
	if err != nil {
		return err
	}
	if f.output != "" {
		file, err := os.Create(f.output)
		if err != nil {
			return fmt.Errorf("--output: %w; name a file in a folder that exists and may be written to", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		stdout = file
	}
	w := bufio.NewWriterSize(stdout, 64<<10)
	var line []byte
	err = analyzer.Assign(ctx, sources, s.options, func(method, path, route string) error {
		line = appendField(line[:0], method)
		line = appendField(append(line, '\t'), path)
		line = append(appendField(append(line, '\t'), route), '\n')
		_, err := w.Write(line)
		return err
	})
	if unwritten := w.Flush(); !errors.Is(err, unwritten) { // or Assign ended by it
		err = errors.Join(err, unwritten)
	}
	return err
}

// appendField escapes what would end a field or act on a terminal, byte by byte, and the backslash
// with which it does so; all else stands as it was logged, so that it can be compared byte by byte.
func appendField(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == '\\':
			dst = append(dst, `\\`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case unicode.IsControl(c), unicode.Is(unicode.Bidi_Control, c), c == utf8.RuneError && size == 1:
			for _, b := range []byte(s[i : i+size]) {
				dst = fmt.Appendf(dst, `\x%02x`, b)
			}
		default:
			dst = append(dst, s[i:i+size]...)
		}
		i += size
	}
	return dst
}

// hints are the routes that --openapi and --routes bring, in the order in which they win.
func (f *reportFlags) hints() (all *route.Hints, err error) {
	for _, kind := range []struct {
		flag  string
		files []string
		parse func(name string, data []byte) (*route.Hints, error)
	}{{"--openapi", f.openAPIFiles, openapi.Parse}, {"--routes", f.routeFiles, route.ParsePatterns}} {
		for _, file := range kind.files {
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("%s: %w; name a file that can be read", kind.flag, err)
			}
			hints, err := kind.parse(file, data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", kind.flag, err)
			}
			all = all.Merge(hints)
		}
	}
	return all, nil
}
