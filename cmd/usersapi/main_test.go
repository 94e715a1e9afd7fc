package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// records reads the log at path.
func records(t *testing.T, path string) []accesslog.Record {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var recs []accesslog.Record
	for line := range strings.Lines(string(b)) {
		var r accesslog.Record
		if err := accesslog.ParseJSON([]byte(line), &r); err != nil {
			t.Fatalf("line %d: %v\n%s", len(recs)+1, err, line)
		}
		recs = append(recs, r)
	}
	return recs
}

func TestExitCodes(t *testing.T) {
	tmp := t.TempDir()
	for _, tc := range []struct {
		args   string
		code   int
		stderr string
	}{
		{"-help", 0, readerToken},
		{"-help", 0, "crash      a request kills an instance"},
		{"-load -requests 20 -log " + filepath.Join(tmp, "load.log"), 0, "20 requests answered"},
		{"-nonsense", 2, "not defined: -nonsense"},
		{"serve", 2, `unexpected argument "serve"`},
		{"-load -db users.db", 2, "-db has no meaning with -load -incident none"},
		{"-seed 2", 2, "-seed has no meaning without -load"},
		{"-load -incident flood", 2, "none, database, upstream, overload, instance, "},
		{"-load -incident crash -instance api-7", 2, "-instance has no meaning with -load -incident crash"},
		{"-load -incident database -truth truth.json", 2, "-truth has no meaning with -load -incident database"},
		{"-load -incident quiet -requests 5 -log - -truth " + filepath.Join(tmp, "absent", "t.json"), 1, "write truth"},
		{"-load -requests 0", 2, "-requests: 0 is below 1"},
		{"-load -span 0s", 2, "-span: 0s is not above 0"},
		{"-load -start today", 2, "-start"},
		{"-max-in-flight 0", 2, "-max-in-flight: 0 is below 1"},
		{"-log " + filepath.Join(tmp, "absent", "a.log"), 1, "open log"},
		{"-load -log " + filepath.Join(tmp, "absent", "a.log"), 1, "make log"},
		{"-db " + filepath.Join(tmp, "absent", "users.db") + " -log -", 1, "open database"},
		{"-addr 127.0.0.1:nowhere -log -", 1, "listen tcp"},
		{"-avatars :// -log -", 1, "avatar service's URL"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			var stderr strings.Builder
			code := run(t.Context(), strings.Fields(tc.args), io.Discard, &stderr)
			if code != tc.code || !strings.Contains(stderr.String(), tc.stderr) {
				t.Errorf("run = %d, want %d with %q on stderr, which is\n%s", code, tc.code, tc.stderr, &stderr)
			}
		})
	}
}

// TestServe runs the server as a person does: it says where it serves, and goes on
// until it is interrupted.
func TestServe(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	path := filepath.Join(t.TempDir(), "access.log")
	stderr, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		defer w.Close()
		code <- run(ctx, []string{"-addr", "127.0.0.1:0", "-log", path, "-instance", "api-7"}, io.Discard, w)
	}()
	said, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, stderr)
	_, url, _ := strings.Cut(strings.TrimSpace(said), "serving on ")
	client := &http.Client{Transport: &http.Transport{}}
	for _, target := range []string{"/users", "/users/1/avatar"} {
		resp, err := client.Get(url + target)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("GET %s answers %d", target, resp.StatusCode)
		}
	}
	client.CloseIdleConnections()
	interrupt()
	if got := <-code; got != 0 {
		t.Errorf("exit code %d after the interrupt, want 0", got)
	}
	recs := records(t, path)
	if len(recs) != 2 || recs[1].Route != "/users/{id}/avatar" {
		t.Fatalf("records: %+v", recs)
	}
	for i, want := range []string{"instance api-7", "version 1.0.0"} {
		if a := recs[0].Attrs[i]; a.Key+" "+a.Text() != want {
			t.Errorf("attribute %s %s, want %s", a.Key, a.Text(), want)
		}
	}
}
