package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes.
const (
	exitOK          = 0
	exitGate        = 1   // a --fail-if gate tripped
	exitError       = 2   // the usage or an input was wrong
	exitInterrupted = 130 // as shells have it for SIGINT
)

// exitCode is an error that is told by the exit code alone.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// run is the program: it takes what main has, and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	cmd := rootCommand(lineWidth(stdout))
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil, isClosedPipe(err):
		return exitOK
	case errors.As(err, &code):
		return int(code)
	}
	complain(stderr, err)
	return exitError
}

// complain prints each of the errors joined in err on a line of its own, but for an interrupt:
// that is no complaint.
func complain(w io.Writer, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			complain(w, err)
		}
		return
	}
	if err != context.Canceled {
		say(w, err.Error())
	}
}

// rootCommand is the command line, whose help is so many columns wide.
func rootCommand(columns int) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "loganalyze [flags] [FILE|DIR|GLOB|-]...",
		Short: "What access logs say: the statuses, and the failing routes",
		Long: `loganalyze reads access logs and reports how the responses are distributed over 2xx,
3xx, 4xx and 5xx, which routes fail, when, and for whom.

It reads files, directories, globs and standard input (- or a pipe), compressed (gzip,
zstd, bzip2, xz, lz4) or not, the files of a rotated log by age and none twice, and finds
out their format by itself; loganalyze formats lists what there is, and loganalyze formats
FILE says how a file is read, and why.

A flag that is not given is taken from the environment, where --log-format is called
LOGANALYZE_LOG_FORMAT, or else from the config file, where it is log_format.`,
		Example: `  loganalyze access.log
  loganalyze -f /var/log/nginx/access.log
  loganalyze --since 14:00 -s 5xx /var/log/nginx/
  zcat access.log.*.gz | loganalyze --format json -o report.json
  loganalyze --fail-if '5xx_rate > 1%' access.log
  loganalyze --save web-1.state access.log`,
		Version:       versionText(),
		Args:          cobra.ArbitraryArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return report(cmd, args, &f)
		},
	}
	cmd.SetVersionTemplate("{{.Version}}\n")
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var wrong *pflag.InvalidValueError
		if errors.As(err, &wrong) {
			err = wrongValue("--"+wrong.GetFlag().Name, err)
		}
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	cmd.SuggestionsMinimumDistance = 2
	cmd.Flags().Bool("version", false, "print the version") // or cobra takes -v for it
	f.register(cmd.Flags())
	cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), ".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", columns)))
	cmd.AddCommand(statusCommand(), formatsCommand(), routesCommand(), reviewCommand(), compareCommand(), mergeCommand())
	for _, c := range append(cmd.Commands(), cmd) {
		c.Long = paragraphs(c.Long, columns)
	}
	return cmd
}

// create calls write with what goes to the file at path, which flag named, or to stdout where path is "".
// The file is written when everything else has succeeded, so that a report that fails
// does not cost the one before it. That the reader of stdout went away is no error, which would hide
// others.
func create(flag, path string, stdout io.Writer, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if path == "" {
		if _, err := stdout.Write(b.Bytes()); !isClosedPipe(err) {
			return err
		}
		return nil
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("%s: %w; name a file in a folder that exists and may be written to", flag, err)
	}
	return nil
}

// oneOf returns the value of a flag if it is among those that there are.
func oneOf[T ~string](flag, value string, all []T) (T, error) {
	if slices.Contains(all, T(value)) {
		return T(value), nil
	}
	names := make([]string, len(all))
	for i, v := range all {
		names[i] = string(v)
	}
	return "", fmt.Errorf("--%s %q: it can be %s", flag, value, strings.Join(names, ", "))
}
