package main

import (
	"bufio"
	"compress/gzip"
	"io"
	"os"

	"github.com/loganalyze/loganalyze/analyzer/internal/traffic"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// bench is the analyzer and the logs that it is measured on.
type bench struct{ loganalyze, ours, combined, zipped string }

func (b *bench) makeLogs(size int, seed uint64) error {
	b.zipped = b.ours + ".gz"
	for _, log := range []struct {
		path string
		o    traffic.Options
		line traffic.Line
		size int
	}{
		{b.ours, traffic.Options{Seed: seed}, traffic.Ours, size},
		{b.combined, traffic.Options{Seed: seed, Unique: .5}, traffic.Combined, size / 7 * 5},
	} {
		err := create(log.path, func(w io.Writer) error { return write(w, log.o, log.line, log.size) })
		if err != nil {
			return err
		}
	}
	return create(b.zipped, func(w io.Writer) error {
		plain, err := os.Open(b.ours)
		if err != nil {
			return err
		}
		defer plain.Close()
		z := gzip.NewWriter(w)
		if _, err := io.Copy(z, plain); err != nil {
			return err
		}
		return z.Close()
	})
}

func create(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// write writes a log of at least size bytes.
func write(w io.Writer, o traffic.Options, line traffic.Line, size int) error {
	t := traffic.New(o)
	var r accesslog.Record
	var b []byte
	for n := 0; n < size; n += len(b) {
		t.Next(&r)
		b = line(b[:0], &r)
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}
