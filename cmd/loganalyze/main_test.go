package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"loganalyze": main,
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
			"chop": chop, "gzip": gzipped, "binary": binary, "long": long,
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

// gzipped FILE: compresses FILE to FILE.gz.
func gzipped(ts *testscript.TestScript, _ bool, args []string) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, ts.ReadFile(args[0]))
	ts.Check(errors.Join(err, w.Close()))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".gz"), b.Bytes(), 0o644))
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

// TestHostileNames: what a file is called reaches the terminal as text, on one line.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a\x1b[31m.log", "a\nloganalyze: all is well.log"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("no log\n"), 0o600); err != nil {
			t.Skip("the system has no such names")
		}
		for _, arg := range []string{path, path + ".gone"} {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), []string{arg}, nil, &stdout, &stderr); code != exitError {
				t.Errorf("%q: exit code %d", arg, code)
			}
			said := stderr.String()
			if strings.ContainsFunc(strings.TrimSuffix(said, "\n"), unicode.IsControl) || stdout.Len() > 0 {
				t.Errorf("%q: it says %q %q", arg, said, stdout.String())
			}
		}
	}
}

var update = flag.Bool("update", false, "write what the commands of the README print into it")

// TestReadme runs every "$ loganalyze" of the README from the top of the repository, and
// holds the README to what they print.
func TestReadme(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	t.Setenv("TZ", "UTC")
	t.Setenv("NO_COLOR", "1")
	t.Setenv("COLUMNS", "")
	t.Setenv("LOGANALYZE_CONFIG", os.DevNull)
	want, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	got := regexp.MustCompile("(?ms)^```console\n\\$ loganalyze (.*?)\n.*?^```$").ReplaceAllFunc(want, func(block []byte) []byte {
		ran++
		command, _, _ := strings.Cut(string(block), "\n```")
		command = strings.Split(command, "\n")[1]
		var out bytes.Buffer
		run(t.Context(), strings.Fields(command)[2:], strings.NewReader(""), &out, &out)
		return []byte("```console\n" + command + "\n" + strings.TrimRight(out.String(), "\n") + "\n```")
	})
	if ran < 2 {
		t.Errorf("%d commands of the README were run; it shows more", ran)
	}
	if *update {
		if err := os.WriteFile("README.md", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); d != "" {
		t.Errorf("-README +printed, which -update writes into it:\n%s", d)
	}
}
