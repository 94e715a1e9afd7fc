package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// received is what the clients know in the end.
type received struct {
	Sent       uint64         // well-formed requests, in full or in part
	Answered   uint64         // of them, those whose answers arrived in full
	Vanished   uint64         // of them, those that the client left with a reset
	Unanswered uint64         // of them, those whose answers the server broke off
	Malformed  uint64         // requests that the server is to refuse
	Refused    map[int]uint64 // the refusals that arrived, by status
	Undialled  uint64         // connections that could not be made
}

// answer is an answer that arrived in full, as a client notes it in the file.
type answer struct {
	Client, Seq uint32
	Status      uint32
}

// id is the request's id in the log.
func (a answer) id() string { return fmt.Sprintf("%d-%d", a.Client, a.Seq) }

// clients are the clients of one process.
type clients struct {
	setup
	end time.Time

	mu sync.Mutex
	received
	answers *bufio.Writer
}

// clientRole sends requests for as long as the setup says, and then tells what came of them.
func clientRole(s setup, _ io.Reader, stdout io.Writer) error {
	f, err := os.Create(s.Answers)
	if err != nil {
		return err
	}
	c := &clients{setup: s, end: time.Now().Add(s.Duration), answers: bufio.NewWriter(f)}
	c.Refused = map[int]uint64{}
	var wg sync.WaitGroup
	for i := range s.Connections {
		wg.Go(func() { c.client(i) })
	}
	wg.Wait()
	if err := errors.Join(c.answers.Flush(), f.Close()); err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(c.received)
}

// client sends one request after another, over as many connections as that takes.
func (c *clients) client(i int) {
	rnd := rand.New(rand.NewPCG(1, uint64(i)))
	var seq uint32
	for time.Now().Before(c.end) {
		nc, err := net.Dial("tcp", c.Addr)
		if err != nil {
			c.note(func(r *received) { r.Undialled++ })
			time.Sleep(10 * time.Millisecond)
			continue
		}
		br := bufio.NewReader(nc)
		for again := true; again && time.Now().Before(c.end); seq++ {
			a := answer{Client: uint32(i), Seq: seq}
			again = c.exchange(nc.(*net.TCPConn), br, next(rnd, i, a.id()), a)
		}
		nc.Close()
	}
}

func (c *clients) note(f func(*received)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.received)
}

// exchange sends a request and does what the request says about the answer. It reports
// whether the connection can be used further.
func (c *clients) exchange(nc *net.TCPConn, br *bufio.Reader, r request, a answer) (again bool) {
	// Far longer than any answer takes: nothing hangs for ever.
	nc.SetDeadline(time.Now().Add(30 * time.Second))
	_, err := io.WriteString(nc, r.raw)
	if r.end != readsAnswer {
		if err == nil && r.end == resetsInAnswer {
			_, _ = io.ReadFull(br, make([]byte, 100))
		}
		nc.SetLinger(0) // Close resets the connection
		c.note(func(got *received) { got.Sent++; got.Vanished++ })
		return false
	}
	// An answer may have come though the request could not be sent in full.
	status, again, err := readAnswer(br, r.method)
	c.note(func(got *received) {
		if r.refused {
			got.Malformed++
			if err == nil {
				got.Refused[status]++
			}
			return
		}
		got.Sent++
		if err != nil {
			got.Unanswered++
			return
		}
		got.Answered++
		a.Status = uint32(status)
		_ = binary.Write(c.answers, binary.LittleEndian, a) // Flush tells
	})
	return again && err == nil && !r.refused
}

// readAnswer reads an answer to its end, and those before it that are informational.
func readAnswer(br *bufio.Reader, method string) (status int, again bool, err error) {
	for status < 200 {
		resp, err := http.ReadResponse(br, &http.Request{Method: method})
		if err != nil {
			return 0, false, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil {
			return 0, false, err
		}
		status, again = resp.StatusCode, !resp.Close
	}
	return status, again, nil
}
