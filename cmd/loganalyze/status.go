package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loganalyze/loganalyze/analyzer/status"
)

func statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status [CODE|CLASS]...",
		Short: "What status codes mean",
		Long: `status explains HTTP status codes: what each says, who is at fault, when an API sends it,
and what to look at first when a log is full of it. Without an argument it lists all codes.`,
		Example: `  loganalyze status 422
  loganalyze status 5xx`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return create("", "", cmd.OutOrStdout(), func(w io.Writer) error { return explain(w, args, lineWidth(cmd.OutOrStdout())) })
		},
	}
}

// explain writes what each of the codes means, and lists the codes of each of the classes.
func explain(w io.Writer, args []string, columns int) error {
	if len(args) == 0 {
		list(w, status.All(), columns)
		return nil
	}
	for i, arg := range args {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if codes := ofClass(arg); codes != nil {
			list(w, codes, columns)
			continue
		}
		n, err := strconv.Atoi(arg)
		if err != nil || n < 0 || n > 999 {
			return fmt.Errorf("%q is no status code; write one such as 422, or a class such as 5xx", arg)
		}
		detail(w, n, columns)
	}
	return nil
}

// ofClass returns the codes of a class, nil where arg names none.
func ofClass(arg string) []status.Code {
	var codes []status.Code
	for _, c := range status.All() {
		if strings.EqualFold(arg, c.Class.String()) {
			codes = append(codes, c)
		}
	}
	return codes
}

func list(w io.Writer, codes []status.Code, columns int) {
	wide := 0
	for _, c := range codes {
		wide = max(wide, len(c.Name))
	}
	var class status.Class
	for i, c := range codes {
		if i == 0 || c.Class != class {
			if i > 0 {
				fmt.Fprintln(w)
			}
			class = c.Class
			fmt.Fprintf(w, "%s %s\n", class, class.Label())
		}
		row := fmt.Sprintf("  %03d  %-*s  %-8s  ", c.Code, wide, c.Name, fault(c))
		fmt.Fprintln(w, strings.TrimRight(row+wrapped(c.Reference, len(row), columns), " "))
	}
}

// fault names who is at fault, and nothing where nobody is.
func fault(c status.Code) string {
	if c.Fault == status.FaultNone {
		return ""
	}
	return string(c.Fault)
}

func detail(w io.Writer, n, columns int) {
	c, known := status.Lookup(n)
	name := c.Name
	if !known {
		name = "not a code that is known"
	}
	fmt.Fprintf(w, "%03d %s\n", n, name)
	rows(w, columns, [][2]string{
		{"class", c.Class.String() + " " + c.Class.Label()},
		{"at fault", string(c.Fault)},
		{"sent when", c.Use},
		{"look at", c.LookAt},
		{"defined in", definedIn(c, known)},
	})
}

func definedIn(c status.Code, known bool) string {
	if known && !c.Registered {
		return c.Reference + " (not in the IANA registry)"
	}
	return c.Reference
}
