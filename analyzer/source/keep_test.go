package source

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestKeep(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, _, err := Resolve(context.Background(), []string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		reason string
		source Source
		limit  int64
		part   bool // it is not read to its end
		want   string
		ok     bool
	}{
		{"a stream is kept", FromReader("stdin", bytes.NewReader([]byte("a stream\n"))), -1, false, "a stream\n", true},
		{"within the limit, too", FromReader("stdin", bytes.NewReader([]byte("a stream\n"))), 9, false, "a stream\n", true},
		{"but nothing of one that is longer: half of a log would mislead", FromReader("stdin", bytes.NewReader([]byte("a stream\n"))), 8, false, "", false},
		{"nor of one whose end was not read", FromReader("stdin", bytes.NewReader(make([]byte, 4<<20))), -1, true, "", false},
		{"a file is its own copy", files[0], 0, false, "from a file\n", true},
	} {
		t.Setenv("TMPDIR", t.TempDir())
		kept, remove := tt.source.Keep(tt.limit)
		r, err := kept.Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if tt.part {
			_, err = r.Read(make([]byte, 10))
		} else {
			_, err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		again, ok := kept.Again()
		if ok != tt.ok {
			t.Errorf("%s: Again is ok: %v", tt.reason, ok)
		}
		for range 2 {
			if !ok {
				break
			}
			r, err := again.Open(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || string(got) != tt.want {
				t.Errorf("%s: again it is %q, %v", tt.reason, got, err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := remove(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
			t.Errorf("%s: %s is left", tt.reason, left[0])
		}
	}
	s := FromReader("stdin", bytes.NewReader(nil))
	if _, ok := s.Again(); ok {
		t.Error("a stream that is not kept can be read again")
	}
}
