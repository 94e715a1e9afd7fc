package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/analyzer/render"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

func formatsCommand() *cobra.Command {
	var form string
	var report reportFlags
	settings := pflag.NewFlagSet("", pflag.ContinueOnError)
	report.register(settings) // the config file may have any of them
	cmd := &cobra.Command{
		Use:   "formats [NAME|FILE|DIR|GLOB|-]...",
		Short: "The formats of logs, or what a file is and why",
		Long: `formats lists the formats that can be read. With a name it shows an example of that format.
With files it says how each is read and why: in which format, out of which wrappers, in which
unit the durations are and how that was decided, which clock and zone the times are of, and
which lines cannot be read. Of a long file it looks at the start. What --log-format, --field, --tz
and the config file say holds here as it does in a report.`,
		Example: `  loganalyze formats
  loganalyze formats combined
  loganalyze formats access.log`,
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, err := oneOf("format", form, []string{"text", "json"})
			if err != nil {
				return err
			}
			list, err := formatsOf(cmd.Context(), args, cmd.InOrStdin(), func() (o format.Options, err error) {
				if report.formats, err = configure(settings, os.LookupEnv, cmd.ErrOrStderr()); err != nil {
					return o, err
				}
				return report.inputFlags.options(settings.Changed)
			})
			return errors.Join(err, create("", "", cmd.OutOrStdout(), func(w io.Writer) error {
				if asJSON == "json" {
					return render.WriteJSON(w, list)
				}
				list.text(w, lineWidth(cmd.OutOrStdout()))
				return nil
			}))
		},
	}
	for _, name := range []string{"log-format", "field", "tz", "config"} {
		cmd.Flags().AddFlag(settings.Lookup(name))
	}
	cmd.Flags().StringVar(&form, "format", "text", "`FORM` of the answer: text, json")
	return cmd
}

// formatList is the answer: formats of the table, files, or both.
type formatList struct {
	Schema  string         `json:"schema"`
	Formats []formatRow    `json:"formats"`
	Inputs  []formatReport `json:"inputs"`
	named   bool           // the formats were asked for by their names
}

// formatRow is a row of the table.
type formatRow struct {
	Name      string        `json:"name"`
	Title     string        `json:"title"`
	Unit      analyzer.Text `json:"unit"`
	Clock     format.Clock  `json:"clock"`
	LogFormat analyzer.Text `json:"log_format"`
	Example   string        `json:"example"`
}

// formatReport is how one file is read.
type formatReport struct {
	analyzer.Input
	Samples []analyzer.Sample `json:"samples"` // the first lines of each kind that gave no whole record
	Cut     bool              `json:"cut"`     // only the start was looked at
	timed   bool              // durations were read
}

// formatsOf answers for each argument; without any, for all formats. options say how files are
// to be read.
func formatsOf(ctx context.Context, args []string, stdin io.Reader, options func() (format.Options, error)) (formatList, error) {
	list := formatList{Schema: "loganalyze.formats/v1", Formats: []formatRow{}, Inputs: []formatReport{}, named: len(args) > 0}
	if len(args) == 0 {
		for _, f := range format.Formats() {
			list.add(f)
		}
		return list, nil
	}
	var files []string
	for _, arg := range args {
		if f, ok := format.ByName(arg); ok {
			list.add(f)
		} else {
			files = append(files, arg)
		}
	}
	if len(files) == 0 {
		return list, nil
	}
	o, err := options()
	if err != nil {
		return list, err
	}
	sources, err := source.FromArgs(files, stdin)
	errs := []error{err}
	for _, s := range sources {
		in, err := inspect(ctx, s, o)
		if list.Inputs = append(list.Inputs, in...); !s.Found() {
			errs = append(errs, err)
		}
	}
	return list, errors.Join(errs...)
}

func (l *formatList) add(f *format.Format) {
	l.Formats = append(l.Formats, formatRow{f.Name, f.Title, analyzer.Text(f.Unit), f.Clock, analyzer.Text(f.LogFormat), f.Example})
}

// inspect reads the start of a source, and returns nothing where it cannot be opened.
func inspect(ctx context.Context, s source.Source, o format.Options) ([]formatReport, error) {
	r, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	o.Written = s.Modified()
	start := &head{r: r, left: 16 << 20}
	report, err := analyzer.Run(ctx, []source.Source{source.FromReader(s.Name(), start)}, analyzer.Options{Input: o, NoIncidents: true})
	var in []formatReport
	for _, input := range report.Inputs {
		in = append(in, formatReport{input, report.Lines.Samples, start.left == 0, report.Latency.Max != nil})
	}
	return in, err
}

// head reads so many bytes of a stream, and on to the end of the line.
type head struct {
	r    io.Reader
	left int
}

func (h *head) Read(p []byte) (int, error) {
	if h.left == 0 {
		return 0, io.EOF
	}
	n, err := h.r.Read(p)
	if n < h.left {
		h.left -= n
		return n, err
	}
	if i := bytes.IndexByte(p[h.left-1:n], '\n'); i >= 0 {
		n = h.left + i
		h.left = 0
		return n, nil
	}
	h.left = 1
	return n, err
}

func (l formatList) text(w io.Writer, columns int) {
	if !l.named {
		width := 0
		for _, f := range l.Formats {
			width = max(width, len(f.Name))
		}
		fmt.Fprintf(w, "%-*s  %-4s  %-10s  %s\n", width, "Format", "Unit", "Time of", "What")
		for _, f := range l.Formats {
			row := fmt.Sprintf("%-*s  %-4s  %-10s  ", width, f.Name, cmp.Or(f.Unit, "-"), f.Clock)
			fmt.Fprintln(w, row+wrapped(f.Title, len(row), columns))
		}
		return
	}
	for i, f := range l.Formats {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, wrapped(f.Name+": "+f.Title, 0, columns))
		rows(w, columns, [][2]string{
			{"durations", cmp.Or(string(f.Unit), "none, or as the log tells")}, {"times", "of the " + string(f.Clock)},
			{"named by", "--log-format " + f.Name},
		})
		toCopy(w, "log format", string(f.LogFormat))
		toCopy(w, "example", f.Example)
	}
	for i, in := range l.Inputs {
		if i > 0 || len(l.Formats) > 0 {
			fmt.Fprintln(w)
		}
		in.text(w, columns)
	}
}

func (in *formatReport) text(w io.Writer, columns int) {
	fmt.Fprintln(w, wrapped(render.Escape(in.Name+": "+cmp.Or(string(in.Format), "not recognised")), 0, columns))
	lines := []string{count(in.Lines) + " read", count(in.Records) + " requests"}
	for _, c := range []struct {
		n    uint64
		what string
	}{{in.Malformed, " malformed"}, {in.Truncated, " truncated"}, {in.Other, " no request"}} {
		if c.n > 0 {
			lines = append(lines, count(c.n)+c.what)
		}
	}
	if in.Cut {
		lines = append(lines, "the rest was not looked at")
	}
	facts := [][2]string{{"lines", strings.Join(lines, ", ")}}
	if in.Format != "" {
		facts = append(facts, [2]string{"confidence", fmt.Sprintf("%.0f %%", in.Confidence*100)}, [2]string{"durations", in.durations()}, [2]string{"times", in.times()})
	}
	facts = append(facts, [2]string{"taken from", strings.Join(in.Wrappers, ", ")}, [2]string{"others are", strings.Join(in.OtherFormats, ", ")})
	facts = append(facts, [2]string{"why", render.Escape(in.Why)})
	rows(w, columns, slices.DeleteFunc(facts, func(f [2]string) bool { return f[1] == "" }))
	toCopy(w, "log format", render.Escape(string(in.LogFormat)))
	for _, s := range in.Samples {
		rows(w, columns, [][2]string{{s.Kind, fmt.Sprintf("line %d: %s:", s.Line, render.Escape(s.Error))}, {"", render.Escape(s.Text)}})
	}
}

func (in *formatReport) durations() string {
	switch {
	case in.Unit == "" && in.timed:
		return "each in the unit that it names"
	case in.Unit == "":
		return "none"
	case in.Guessed:
		return "in " + string(in.Unit) + ", guessed from their values"
	}
	return "in " + string(in.Unit)
}

func (in *formatReport) times() string {
	if in.TZ == "" {
		return "of the " + string(in.Clock)
	}
	return "of the " + string(in.Clock) + ", taken for " + string(in.TZ) + " where they name no zone"
}

func count(n uint64) string { return humanize.Comma(int64(min(n, 1<<62))) }

// toCopy prints a row whose value is not broken, if it is known.
func toCopy(w io.Writer, key, value string) {
	if value != "" {
		fmt.Fprintf(w, "  %-10s  %s\n", key, value)
	}
}

// rows prints keys and, beside them, what is known, wrapped.
func rows(w io.Writer, columns int, all [][2]string) {
	for _, row := range all {
		fmt.Fprintf(w, "  %-10s  %s\n", row[0], wrapped(row[1], 14, columns))
	}
}
