package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// hammerRole sends requests of mixed statuses and sizes, one behind the other on each
// connection, and tells how many answers a second came.
func hammerRole(s setup, _ io.Reader, stdout io.Writer) error {
	var answers atomic.Uint64
	var wg sync.WaitGroup
	begin := time.Now()
	errs := make([]error, s.Connections)
	for i := range s.Connections {
		wg.Go(func() { errs[i] = hammer(s.Addr, begin.Add(s.Duration), &answers) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(float64(answers.Load()) / time.Since(begin).Seconds())
}

func hammer(addr string, end time.Time, answers *atomic.Uint64) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(end.Add(30 * time.Second))
	br := bufio.NewReader(c)
	rnd := rand.New(rand.NewPCG(1, 2)) // each connection sends the same
	for time.Now().Before(end) {
		r := wellFormed(rnd, "throughput")
		if r.ends {
			continue // it closes the connection, or waits
		}
		if _, err := io.WriteString(c, r.raw); err != nil {
			return err
		}
		if _, _, err := readAnswer(br, r.method); err != nil {
			return err
		}
		answers.Add(1)
	}
	return nil
}

// throughput compares servers with and without the middleware, by turns, so that both have
// the same of what else the machine does. On a busy machine the CPU time that a server
// takes for a request says more than the rate.
func throughput(s setup, dir string, rounds int, each time.Duration, w io.Writer) error {
	s.Log, s.Duration = filepath.Join(dir, s.Mode+"-throughput.log"), each
	addrs, servers := map[string]string{}, map[string]*process{}
	for _, mode := range []string{bare, s.Mode} {
		one := s
		one.Mode = mode
		p, addr, err := startServer(one)
		if err != nil {
			return err
		}
		defer p.kill()
		addrs[mode], servers[mode] = addr, p
	}
	if err := compare(s, "own client of mixed statuses", ownClient, addrs, rounds, w); err != nil {
		return err
	}
	if _, err := exec.LookPath("wrk"); err != nil {
		fmt.Fprintln(w, "  wrk is not installed")
	} else if err := compare(s, "wrk of one status", wrk, addrs, rounds, w); err != nil {
		return fmt.Errorf("wrk: %w", err)
	}
	cost := map[string]time.Duration{}
	for mode, p := range servers {
		var found findings
		if err := p.finish(&found); err != nil {
			return fmt.Errorf("the server: %w", err)
		}
		cpu := p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
		cost[mode] = cpu / time.Duration(max(found.Entries, 1))
	}
	_, err := fmt.Fprintf(w, "server CPU a request, %s: %v bare, %v wrapped; ratio %.1f %%\n\n",
		s.Mode, cost[bare], cost[s.Mode], 100*cost[bare].Seconds()/max(cost[s.Mode].Seconds(), 1e-9))
	return err
}

func compare(s setup, name string, measure func(setup) (float64, error), addrs map[string]string, rounds int, w io.Writer) error {
	var ratios, without, with []float64
	for i := range rounds + 1 {
		order := []string{bare, s.Mode}
		if i%2 == 1 {
			slices.Reverse(order)
		}
		got := map[string]float64{}
		for _, mode := range order {
			one := s
			one.Addr = addrs[mode]
			n, err := measure(one)
			if err != nil {
				return err
			}
			got[mode] = n
		}
		if i > 0 { // the first warms up
			without, with = append(without, got[bare]), append(with, got[s.Mode])
			ratios = append(ratios, got[s.Mode]/got[bare])
		}
	}
	for _, all := range [][]float64{ratios, without, with} {
		slices.Sort(all)
	}
	_, err := fmt.Fprintf(w, "throughput, %s, %s: %.0f a second bare, %.0f wrapped; ratio %.1f %% (%.1f to %.1f)\n",
		s.Mode, name, without[rounds/2], with[rounds/2], 100*ratios[rounds/2], 100*ratios[0], 100*ratios[rounds-1])
	return err
}

func ownClient(s setup) (perSecond float64, err error) {
	err = child("hammer", s, &perSecond)
	return perSecond, err
}

var wrkRate = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

func wrk(s setup) (perSecond float64, err error) {
	cmd := exec.Command("wrk", "-t", strconv.Itoa(min(2, s.Connections)), "-c", strconv.Itoa(s.Connections), "-d", fmt.Sprintf("%.0fs", max(s.Duration.Seconds(), 1)),
		"http://"+s.Addr+"/status/200")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	m := wrkRate.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("no rate in %q", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}
