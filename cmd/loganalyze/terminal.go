package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

type colorMode string

const (
	colorAuto   colorMode = "auto"
	colorAlways colorMode = "always"
	colorNever  colorMode = "never"
)

// colored decides whether what is written to w may hold colours. The flag goes before
// NO_COLOR (no-color.org), that before CLICOLOR_FORCE and CLICOLOR (bixense.com/clicolors),
// and those before what w is.
func (m colorMode) colored(w io.Writer, env func(string) string) bool {
	switch {
	case m != colorAuto:
		return m == colorAlways
	case env("NO_COLOR") != "":
		return false
	case env("CLICOLOR_FORCE") != "" && env("CLICOLOR_FORCE") != "0":
		return true
	case env("CLICOLOR") == "0", env("TERM") == "dumb":
		return false
	}
	return isTerminal(w)
}

func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is the number of columns of the terminal w, or 0 where w is none.
func width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}
