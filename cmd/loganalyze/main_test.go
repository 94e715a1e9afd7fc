package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"loganalyze": func() {
			signal.Ignore(syscall.SIGPIPE)
			os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("TZ", "UTC")
			env.Setenv("NO_COLOR", "")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"chop": chop, "binary": binary, "long": long,
		},
		RequireExplicitExec: true,
	})
}

// chop FILE N: takes N bytes off the end of FILE.
func chop(ts *testscript.TestScript, _ bool, args []string) {
	b := ts.ReadFile(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b[:len(b)-n]), 0o644))
}

// binary FILE: makes a file of bytes that are no text.
func binary(ts *testscript.TestScript, _ bool, args []string) {
	b := make([]byte, 64<<10)
	for i := range b {
		b[i] = byte(i * i >> 3)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o644))
}

// long FILE MB: puts a line of so many megabytes before what FILE holds.
func long(ts *testscript.TestScript, _ bool, args []string) {
	rest := ts.ReadFile(args[0])
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	megabytes, err := strconv.Atoi(args[1])
	ts.Check(err)
	for range megabytes {
		_, err := f.Write(bytes.Repeat([]byte("x"), 1<<20))
		ts.Check(err)
	}
	_, err = io.WriteString(f, "\n"+rest)
	ts.Check(err)
}

// TestReadme runs every "$ loganalyze" and "$ go run ./cmd/loganalyze" of the README, from
// the top of the repository, and holds the README to what they print.
func TestReadme(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	t.Setenv("TZ", "UTC")
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```console\n(.*?)^```$").FindAllSubmatch(readme, -1)
	ran := 0
	for _, block := range blocks {
		for _, part := range regexp.MustCompile(`(?m)^\$ `).Split(string(block[1]), -1)[1:] {
			command, want, _ := strings.Cut(part, "\n")
			args, ok := strings.CutPrefix(command, "loganalyze ")
			if !ok {
				if args, ok = strings.CutPrefix(command, "go run ./cmd/loganalyze "); !ok {
					continue
				}
			}
			ran++
			var stdout, stderr bytes.Buffer
			run(t.Context(), strings.Fields(args), strings.NewReader(""), &stdout, &stderr)
			if d := cmp.Diff(strings.TrimRight(want, "\n"), strings.TrimRight(stderr.String()+stdout.String(), "\n")); d != "" {
				t.Errorf("$ %s: -README +printed:\n%s", command, d)
			}
		}
	}
	if ran < 2 {
		t.Errorf("%d commands of the README were run; it shows more", ran)
	}
}
