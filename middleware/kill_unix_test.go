//go:build unix

package middleware_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

const (
	killedLog    = "LOGANALYZE_TEST_KILLED_LOG"
	killedMode   = "LOGANALYZE_TEST_KILLED_MODE"
	killedBuffer = 64 << 10
)

// TestKilledProcess is the server that TestKilled kills.
func TestKilledProcess(t *testing.T) {
	path := os.Getenv(killedLog)
	if path == "" {
		t.Skip("run by TestKilled")
	}
	f := openFile(t, path)
	w, opts := io.Writer(f), []middleware.Option(nil)
	switch os.Getenv(killedMode) {
	case "block":
		opts = []middleware.Option{middleware.Buffered(middleware.Block), middleware.BufferSize(killedBuffer)}
	case "stuck": // after a first Write nothing reaches the file, and the buffer fills
		var writes int
		w = writerFunc(func(b []byte) (int, error) {
			if writes++; writes > 1 {
				select {}
			}
			return f.Write(b)
		})
		opts = []middleware.Option{middleware.Buffered(middleware.Block), middleware.BufferSize(killedBuffer)}
	}
	l := middleware.New(w, opts...)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// Less than net/http holds back, so that nothing leaves before the handler has returned.
	body := strings.Repeat("x", 2000)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) })
	fmt.Fprintln(os.Stderr, ln.Addr())
	t.Error(http.Serve(ln, l.Handler(h)))
}

// startKilled starts a server to be killed.
func startKilled(t *testing.T, path, mode string) (cmd *exec.Cmd, addr string) {
	t.Helper()
	cmd = exec.Command(os.Args[0], "-test.run=^TestKilledProcess$")
	cmd.Env = append(os.Environ(), killedLog+"="+path, killedMode+"="+mode)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(stderr, &addr); err != nil {
		t.Fatal(err)
	}
	return cmd, addr
}

// ask sends requests over one connection until it breaks, and calls answered with the id
// of each that was answered in full.
func ask(t *testing.T, addr string, client int, answered func(id string)) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	br := bufio.NewReader(c)
	for seq := 0; ; seq++ {
		id := fmt.Sprintf("%d-%d", client, seq)
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: example.com\r\nX-Request-Id: "+id+"\r\n\r\n"); err != nil {
			return
		}
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			return
		}
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != 2000 {
			return
		}
		answered(id)
	}
}

// TestKilled: a process that is killed under load loses no response that net/http still
// held when its handler returned, and under Buffered no more than the buffer.
func TestKilled(t *testing.T) {
	for _, mode := range []string{"sync", "block", "stuck"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			path := logFile(t, "")
			cmd, addr := startKilled(t, path, mode)
			var mu sync.Mutex
			var answered []string
			var n atomic.Int64
			var wg sync.WaitGroup
			for client := range 8 {
				wg.Go(func() {
					ask(t, addr, client, func(id string) {
						n.Add(1)
						mu.Lock()
						defer mu.Unlock()
						answered = append(answered, id)
					})
				})
			}
			enough := func() bool { return n.Load() >= 2000 }
			if mode == "stuck" { // until the requests wait for room
				last := int64(-1)
				enough = func() bool {
					time.Sleep(200 * time.Millisecond)
					now := n.Load()
					defer func() { last = now }()
					return now > 0 && now == last
				}
			}
			for end := time.Now().Add(patience); !enough() && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
			_ = cmd.Wait() // says that it was killed
			wg.Wait()
			checkKilled(t, mode, path, answered)
		})
	}
}

// checkKilled checks what a killed server has left of what its clients received.
func checkKilled(t *testing.T, mode, path string, answered []string) {
	t.Helper()
	// What the next process does first: a last line that was cut off is ended.
	write(t, openFile(t, path), `{"status":200,"request_id":"after"}`+"\n")
	logged, torn := map[string]bool{}, 0
	shortest := int64(accesslog.MaxLine)
	for line := range strings.Lines(content(t, path)) {
		var r accesslog.Record
		if accesslog.ParseJSON([]byte(line), &r) != nil {
			torn++
			continue
		}
		logged[strings.Clone(r.RequestID)] = true
		if r.RequestID != "after" {
			shortest = min(shortest, int64(len(line)))
		}
	}
	lost := 0
	for _, id := range answered {
		if !logged[id] {
			lost++
		}
	}
	most := 0
	if mode != "sync" {
		most = int(killedBuffer / shortest)
	}
	if len(answered) < 100 || lost > most || mode == "stuck" && lost == 0 || torn > 1 || !logged["after"] {
		t.Errorf("%d of %d answered requests are not in the log, want at most %d; %d torn lines, the next is there: %v", lost, len(answered), most, torn, logged["after"])
	}
	t.Logf("%d of %d answered requests lost", lost, len(answered))
}
