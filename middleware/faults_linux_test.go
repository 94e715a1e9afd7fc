package middleware_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

const inNamespace = "LOGANALYZE_TEST_IN_NAMESPACE"

// smallDisk mounts a file system of 256 KiB. Who is not root has the test run again in a
// user namespace, where it is; where the system grants neither, the test is skipped, in CI
// too. It returns "" where the test has been run.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k")
	if err == nil {
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		return dir
	}
	if os.Getenv(inNamespace) != "" {
		t.Skipf("a file system cannot be mounted, not even in a user namespace: %v", err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, nsErr := cmd.CombinedOutput()
	switch _, ran := errors.AsType[*exec.ExitError](nsErr); {
	case ran:
		t.Fatalf("in a user namespace: %v\n%s", nsErr, out)
	case nsErr != nil:
		t.Skipf("a file system cannot be mounted: %v; nor a user namespace made: %v", err, nsErr)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	}
	return ""
}

// TestDiskFills: a disk that fills up under the log costs lines and no response, each loss
// is counted, and when there is room again the log goes on, on a line of its own.
func TestDiskFills(t *testing.T) {
	dir := smallDisk(t)
	if dir == "" {
		return
	}
	for name, opts := range map[string][]middleware.Option{
		"direct": nil, "block": {middleware.Buffered(middleware.Block)}, "drop": {middleware.Buffered(middleware.Drop), middleware.BufferSize(64 << 10)},
	} {
		t.Run(name, func(t *testing.T) { fillDisk(t, dir, opts) })
	}
}

func fillDisk(t *testing.T, dir string, opts []middleware.Option) {
	ballast, path := filepath.Join(dir, "ballast"), filepath.Join(dir, "access.log")
	if err := os.WriteFile(ballast, make([]byte, 192<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(path)
	l := middleware.New(openFile(t, path), append(opts, middleware.OnError(nil))...)
	defer l.Close()
	serve(t, l, 1000) // some 200 KB of lines, for which there are 64
	fail(l)           // is written at once, with all before it
	for end := time.Now().Add(patience); l.Stats().Waiting > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	s := l.Stats()
	lines, _, torn := countLines(content(t, path))
	if s.Records != 1001 || s.Written+s.Dropped+s.Waiting != s.Records || s.Waiting != 0 || s.Dropped < 100 || lines != s.Written || torn > 1 {
		t.Errorf("on the full disk: %d lines, %d torn; %+v", lines, torn, s)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	serve(t, l, 50)
	if err := l.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Close says %v", err)
	}
	after := l.Stats()
	if after.Written != s.Written+50 || after.Dropped != s.Dropped {
		t.Errorf("with room again: %+v, before: %+v", after, s)
	}
	checkLog(t, content(t, path), after)
	if lines, _, now := countLines(content(t, path)); lines != after.Written || now != torn {
		t.Errorf("with room again: %d lines, %d torn, before %d torn", lines, now, torn)
	}
}

// countLines counts the lines of a log, the records that they tell of as dropped, and what
// is no whole line.
func countLines(log string) (lines, dropped uint64, torn int) {
	for line := range strings.Lines(log) {
		var r accesslog.Record
		if accesslog.ParseJSON([]byte(line), &r) != nil || !strings.HasSuffix(line, "\n") {
			torn++
			continue
		}
		lines++
		dropped += uint64(r.Dropped)
	}
	return lines, dropped, torn
}
