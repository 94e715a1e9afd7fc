package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

func TestFromArgs(t *testing.T) {
	files := []string{
		"a.log", "b.log", "b[1].log", "b1.log", "empty.log=", ".hidden.log", "-=",
		"logs/a.log", "logs/a.log.1", "logs/a/z.log", "logs/b/.git/x", "logs/b/y.log", "logs/.b.log", "logs/empty=",
		"void/", "dull/.hidden", "dull/empty=", "cut/[a.log", ".dot/a.log",
	}
	const noMatch = ": there is no such file, and as a glob it matches none; check it with ls, or name the directory"
	cases := []struct {
		name, reason string
		args         string
		want, err    string
	}{
		{"none", "the caller decides what no argument means", "", "", ""},
		{"files", "different logs are in the order given, not sorted", "b.log a.log", "b.log a.log", ""},
		{"empty file", "named, so meant", "empty.log", "empty.log", ""},
		{"hidden file", "named, so meant", ".hidden.log", ".hidden.log", ""},
		{"stdin", "never a file of that name", "a.log -", "a.log stdin", ""},
		{"a file called -", "by its path", "./-", "./-", ""},

		{"directory", "lexical, without hidden and empty ones, the rotated before the live", "logs", "logs/a/z.log? logs/a.log.1? logs/a.log? logs/b/y.log?", ""},
		{"directory with a slash", "joined, not doubled", "logs/", "logs/a/z.log? logs/a.log.1? logs/a.log? logs/b/y.log?", ""},
		{"this directory", "no ./ before the names", ".dot/../cut/.", "cut/[a.log?", ""},
		{"hidden directory", "named, so meant", ".dot", ".dot/a.log?", ""},
		{"void directory", "nothing to read", "void", "", "void: the directory holds no log files; name a file or a glob"},
		{"dull directory", "nothing to read, and why", "dull", "", "dull: the directory holds no log files (hidden, empty or not regular: 2); name a file or a glob"},

		{"glob", "sorted; matched is named; empty ones too, as the shell does", "*.log", "a.log b.log b1.log b[1].log empty.log", ""},
		{"glob of directories", "walked, what they hold is found", "logs/*", "logs/a/z.log? logs/a.log.1 logs/a.log logs/b/y.log? logs/empty", ""},
		{"glob of a void directory", "others match too", "[lv]o*", "logs/a/z.log? logs/a.log.1? logs/a.log? logs/b/y.log?", ""},
		{"glob of hidden files", "asked for", ".h*", ".hidden.log", ""},
		{"literal brackets", "a file of that name wins over the glob b1.log", "b[1].log", "b[1].log", ""},
		{"brackets as a glob", "no file has that name", "[b][1].log", "b1.log", ""},
		{"literal bracket", "no glob at all, but a file", "cut/[a.log", "cut/[a.log", ""},
		{"malformed glob", "neither file nor glob", "cut/[b.log", "", "cut/[b.log: there is no such file, and the name is malformed as a glob; close each [ with a ]"},
		{"glob without match", "said, not ignored", "*.lgo", "", "*.lgo" + noMatch},
		{"glob of hidden ones alone", "the shell matches none either", "dull/*den", "", "dull/*den" + noMatch},
		{"glob of a void directory alone", "nothing to read", "voi?", "", "voi?" + noMatch},

		{"twice", "a file is read once", "a.log a.log ./a.log logs/../a.log", "a.log", ""},
		{"file, then its directory", "where it is mentioned first, and what was rotated before it", "logs/a.log logs", "logs/a.log.1? logs/a.log logs/a/z.log? logs/b/y.log?", ""},
		{"directory, then its file", "found first, then named", "logs logs/a.log", "logs/a/z.log? logs/a.log.1? logs/a.log logs/b/y.log?", ""},
		{"directory twice", "nothing new is no error", "logs logs/a logs", "logs/a/z.log? logs/a.log.1? logs/a.log? logs/b/y.log?", ""},

		{"stdin twice", "it can be read once", "- -", "stdin", "-: standard input is given twice and can be read once; give - once"},
		{"some are missing", "the rest is returned", "a.log nope b.log *.lgo", "a.log b.log",
			"open nope: no such file; check the name, or give a directory or a glob\n*.lgo" + noMatch},
	}
	tree(t, files...)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for range 2 { // the order is the same each time
				sources, err := FromArgs(strings.Fields(c.args), strings.NewReader(lineA))
				if got := list(sources); got != c.want || errText(err) != c.err {
					t.Errorf("%s\n got %s, %v\nwant %s, %s", c.reason, got, err, c.want, c.err)
				}
			}
		})
	}
}

func TestFromArgsErrors(t *testing.T) {
	cases := []struct {
		name, reason string
		arg          string
		err          string
		is           error
	}{
		{"swap", "the commonest slip", "access.lgo", "open access.lgo: no such file; did you mean access.log?", fs.ErrNotExist},
		{"case", "names that differ in case", "ACCESS.LOG", "open ACCESS.LOG: no such file; did you mean access.log?", fs.ErrNotExist},
		{"in a directory", "the suggestion can be pasted", "logs/ap.log", "open logs/ap.log: no such file; did you mean logs/app.log?", fs.ErrNotExist},
		{"directory", "a directory is an argument too", "lgos", "open lgos: no such file; did you mean logs?", fs.ErrNotExist},
		{"suffix", "it was rotated", "error.log", "open error.log: no such file; did you mean error.log.1.gz?", fs.ErrNotExist},
		{"hidden", "hidden files are not suggested", "secretx", "open secretx: no such file; check the name, or give a directory or a glob", fs.ErrNotExist},
		{"short", "anything is near a short name", "b", "open b: no such file; check the name, or give a directory or a glob", fs.ErrNotExist},
		{"no directory", "the path is wrong earlier", "lgs/access.log", "open lgs/access.log: no such file, and no directory lgs; check the path", fs.ErrNotExist},
		{"empty", "an unset variable in a script", "", "an argument is empty; name a file, a directory or a glob, or - for standard input", nil},
	}
	tree(t, "access.log", "error.log.1.gz", "logs/app.log", ".secret", "a")
	if _, err := os.Stat("ACCESS.LOG"); err == nil {
		t.Skip("the file system does not tell case apart")
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sources, err := FromArgs([]string{c.arg}, nil)
			if len(sources) > 0 || errText(err) != c.err || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%s\n got %v, %v\nwant %s", c.reason, list(sources), err, c.err)
			}
		})
	}
}

func TestStdin(t *testing.T) {
	cases := []struct{ name, reason, in, want string }{
		{"plain", "a pipe", lineA, lineA},
		{"gzip", "cat a.gz | loganalyze", gzipped(lineA) + gzipped(lineB), lineA + lineB},
		{"empty", "a command that printed nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sources, err := FromArgs([]string{"-"}, strings.NewReader(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if s := sources[0]; s.Name() != "stdin" || s.Found() || s.Size() != -1 {
				t.Errorf("got %q, %v, %d", s.Name(), s.Found(), s.Size())
			}
			if got, err := read(t, sources[0]); got != c.want || err != nil {
				t.Errorf("%s: got %q, %v, want %q", c.reason, got, err, c.want)
			}
		})
	}
	_, err := FromArgs([]string{"-"}, nil)
	if want := "-: there is no standard input; name a file"; errText(err) != want {
		t.Errorf("no stdin: %v, want %s", err, want)
	}
}

// "- a.log <a.log" reads the file once.
func TestStdinIsAFile(t *testing.T) {
	tree(t, "a.log", "b.log")
	f, err := os.Open("a.log")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sources, err := FromArgs([]string{"b.log", "-", "a.log"}, f)
	if got := list(sources); got != "b.log stdin" || err != nil {
		t.Fatalf("got %s, %v", got, err)
	}
	if got, err := read(t, sources[1]); got != lineA || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Errorf("standard input was closed: %v", err)
	}
}

func TestModified(t *testing.T) {
	tree(t, "a.log="+lineA)
	want := time.Date(2026, 9, 6, 5, 58, 5, 0, time.UTC)
	if err := os.Chtimes("a.log", want, want); err != nil {
		t.Fatal(err)
	}
	for _, arg := range []string{"a.log", ".", "*.log"} {
		sources, err := FromArgs([]string{arg}, nil)
		if err != nil || !sources[0].Modified().Equal(want) {
			t.Errorf("%s: got %v, %v, want %v", arg, sources[0].Modified(), err, want)
		}
	}
	if got := FromReader("app", strings.NewReader("")).Modified(); !got.IsZero() {
		t.Errorf("a reader was modified at %v", got)
	}
}

func TestSizeIsOnDisk(t *testing.T) {
	compressed := gzipped(strings.Repeat(lineA, 1000))
	tree(t, "a.gz="+compressed)
	for _, arg := range []string{"a.gz", ".", "*.gz"} {
		sources, err := FromArgs([]string{arg}, nil)
		if err != nil || sources[0].Size() != int64(len(compressed)) {
			t.Errorf("%s: got %d, %v, want %d", arg, sources[0].Size(), err, len(compressed))
		}
	}
}
