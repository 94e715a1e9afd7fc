package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// process is a child in one of the roles.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *json.Decoder
}

// start starts this program anew in a role.
func start(role string, s setup) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arg, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, role, string(arg))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the %s: %w", role, err)
	}
	return &process{cmd, stdin, json.NewDecoder(stdout)}, nil
}

// finish ends a child's standard input, at which a server stops, and reads what it found.
func (p *process) finish(found any) error {
	p.stdin.Close()
	err := p.out.Decode(found)
	if werr := p.cmd.Wait(); werr != nil {
		err = werr
	}
	return err
}

// kill ends a child that nobody wants to hear any more. After finish it does nothing.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		p.stdin.Close()
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// startServer starts a server and waits until it listens.
func startServer(s setup) (p *process, addr string, err error) {
	p, err = start("server", s)
	if err != nil {
		return nil, "", err
	}
	if err := p.out.Decode(&addr); err != nil {
		p.kill()
		return nil, "", fmt.Errorf("the server did not start: %w", err)
	}
	return p, addr, nil
}

// child runs a role to its end.
func child(role string, s setup, found any) error {
	p, err := start(role, s)
	if err != nil {
		return err
	}
	if err := p.finish(found); err != nil {
		return fmt.Errorf("the %s: %w", role, err)
	}
	return nil
}
