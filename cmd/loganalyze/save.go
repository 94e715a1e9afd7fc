package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/loganalyze/loganalyze/analyzer"
)

// stateFile is what --save names, nil where it names nothing. The state comes at the end, and all
// at once.
type stateFile struct {
	path   string
	stdout io.Writer // where path is -
	bytes.Buffer
}

// openState finds out before anything is read whether the state can be written.
func openState(path string, stdout io.Writer) (*stateFile, error) {
	s := &stateFile{path: path}
	switch info, err := os.Stat(path); {
	case path == "":
		return nil, nil
	case path == "-" && isTerminal(stdout):
		return nil, errors.New("--save -: standard output is a terminal, and a state is no text; name a file, or send it into a pipe")
	case path == "-":
		s.stdout = stdout
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("--save %s: it is a directory; name a file", path)
	case err == nil && !info.Mode().IsRegular():
	default:
		f, err := beside(path)
		if err == nil {
			err = errors.Join(f.Close(), os.Remove(f.Name()))
		}
		if err != nil {
			return nil, fmt.Errorf("--save: %w; name a file in a folder that exists and may be written to", err)
		}
	}
	return s, nil
}

func (s *stateFile) writer() io.Writer {
	if s == nil {
		return nil
	}
	return s
}

// instead reports whether the state takes the place of the report on standard output.
func (s *stateFile) instead(output string) bool { return s != nil && s.stdout != nil && output == "" }

// close writes the state, if there is one. The file that was there is replaced whole or not at
// all.
func (s *stateFile) close() (err error) {
	switch {
	case s == nil || s.Len() == 0:
		return nil
	case s.stdout != nil:
		_, err = s.stdout.Write(s.Bytes())
	default:
		err = replace(s.path, s.Bytes())
	}
	if err != nil {
		// Not wrapped: where the reader of a pipe went away, run would take it for the report's.
		return fmt.Errorf("--save %s: %v", s.path, err)
	}
	return nil
}

// save writes a state, if it was asked for.
func (s *stateFile) save(state *analyzer.State) error {
	if s == nil {
		return nil
	}
	if _, err := state.WriteTo(s); err != nil {
		return fmt.Errorf("--save %s: %w", s.path, err)
	}
	return s.close()
}

// replace writes a file beside the one at path, which then takes its place.
func replace(path string, data []byte) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, data, 0) // nothing is to take the place of a pipe or /dev/null
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // so that a link stays one
	}
	f, err := beside(path)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// beside makes a file in the directory of path, hidden from who lists it. Unlike one of
// os.CreateTemp it may be read by whom files may usually be read.
func beside(path string) (*os.File, error) {
	name := fmt.Sprintf(".%s.%x", filepath.Base(path), rand.Uint64())
	return os.OpenFile(filepath.Join(filepath.Dir(path), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}
