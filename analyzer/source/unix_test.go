//go:build unix

package source

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

func TestPaths(t *testing.T) {
	tree(t, "logs/a.log", "logs/b.log", "else/c.log")
	symlink(t, "../else/c.log", "logs/current")
	symlink(t, "b.log", "logs/b.link")
	symlink(t, "../else", "logs/elsewhere")
	symlink(t, "gone", "logs/dangling")
	symlink(t, "loop", "logs/.loop")
	symlink(t, "logs", "link")
	if err := os.Link("logs/a.log", "hard.log"); err != nil {
		t.Fatal(err)
	}
	cases := []struct{ name, reason, args, want, err string }{
		{"directory", "links to files are followed, links to directories not; b.log is read by its first name",
			"logs", "logs/a.log? logs/b.link? logs/current?", ""},
		{"link to a directory", "the user named it", "link", "link/a.log? link/b.link? link/current?", ""},
		{"link and target", "the same file", "logs/b.link logs/b.log", "logs/b.link", ""},
		{"hard link", "the same file", "logs/a.log hard.log", "logs/a.log", ""},
		{"hard link found, then named", "named by either name", "logs hard.log", "logs/a.log logs/b.link? logs/current?", ""},
		{"dangling", "the link is there, so say what is not", "logs/dangling", "",
			"open logs/dangling: the symbolic link leads to gone, which does not exist; name another file"},
		{"glob", "a shell would match the dangling link, but nobody named it", "logs/[bd]*", "logs/b.link", ""},
		{"control characters", "they must not reach the terminal", "a\x1b[2Jb", "",
			`"a\x1b[2Jb": there is no such file, and the name is malformed as a glob; close each [ with a ]`},
		{"zero width", "it must be seen", "a\u200bb", "", `open "a\u200bb": no such file; check the name, or give a directory or a glob`},
		{"file as a directory", "no advice is better than bad advice", "logs/a.log/b", "", "open logs/a.log/b: not a directory"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sources, err := FromArgs(strings.Fields(c.args), nil)
			if got := list(sources); got != c.want || errText(err) != c.err {
				t.Errorf("%s\n got %s, %v\nwant %s, %s", c.reason, got, err, c.want, c.err)
			}
		})
	}
}

func TestNotRegular(t *testing.T) {
	tree(t, "a.log")
	if err := syscall.Mkfifo("pipe", 0o666); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", "sock")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const mend = ", not a file; name a file, a directory or a glob, or - for standard input"
	cases := []struct{ name, reason, args, want, err string }{
		{"directory", "neither pipe nor socket is a candidate", ".", "a.log?", ""},
		{"glob", "neither, though others match", "*", "a.log", ""},
		{"glob of a pipe", "it might never be written to", "pip?", "",
			"pip?: there is no such file, and as a glob it matches none; check it with ls, or name the directory"},
		{"pipe", "named, and not opened before it is read", "pipe", "pipe", ""},
		{"pipe twice", "it can be read once", "pipe ./pipe", "pipe", ""},
		{"device", "it may have no end", "/dev/null", "", "/dev/null: it is a device" + mend},
		{"socket", "it cannot be opened", "sock", "", "sock: it is a socket" + mend},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sources, err := FromArgs(strings.Fields(c.args), nil)
			if got := list(sources); got != c.want || errText(err) != c.err {
				t.Errorf("%s\n got %s, %v\nwant %s, %s", c.reason, got, err, c.want, c.err)
			}
		})
	}
}

func TestNamedPipe(t *testing.T) {
	tree(t)
	if err := syscall.Mkfifo("pipe", 0o666); err != nil {
		t.Fatal(err)
	}
	sources, err := FromArgs([]string{"pipe"}, nil)
	if err != nil || sources[0].Size() != -1 {
		t.Fatalf("got %v, %v", sources, err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile("pipe", []byte(gzipped(lineA)), 0) }()
	if got, err := read(t, sources[0]); got != lineA || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	if _, err := sources[0].Open(t.Context()); !errors.Is(err, errConsumed) {
		t.Errorf("second Open: %v", err)
	}
}

func TestPermissionDenied(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	tree(t, "secret.log", "locked/a.log", "logs/a.log", "logs/secret.log", "logs/sub/b.log")
	for name, mode := range map[string]fs.FileMode{"secret.log": 0, "locked": 0, "logs/secret.log": 0, "logs/sub": 0} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(name, 0o700) })
	}
	const denied = ": permission denied; read it as a user who may, or pipe it to standard input"
	cases := []struct{ name, reason, args, want, err string }{
		{"file", "known before anything is read", "secret.log", "", "open secret.log" + denied},
		{"directory", "the directory is the reason, not what it holds", "locked", "", "open locked" + denied},
		{"in a directory", "it cannot be looked at", "locked/a.log", "", "open locked/a.log" + denied},
		{"below a directory", "the rest is read; a found file says so when it is opened", "logs",
			"logs/a.log? logs/secret.log?", "open logs/sub" + denied},
		{"glob", "matched is named", "logs/*.log", "logs/a.log", "open logs/secret.log" + denied},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sources, err := FromArgs(strings.Fields(c.args), nil)
			if got := list(sources); got != c.want || errText(err) != c.err {
				t.Errorf("%s\n got %s, %v\nwant %s, %s", c.reason, got, err, c.want, c.err)
			}
			if c.err != "" && !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%v does not wrap fs.ErrPermission", err)
			}
		})
	}
	sources, _ := FromArgs([]string{"logs"}, nil)
	if _, err := sources[1].Open(t.Context()); errText(err) != "open logs/secret.log"+denied {
		t.Errorf("Open: %v", err)
	}
}
