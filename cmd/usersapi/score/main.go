// Command score measures how well reviews of logs tell what happened, on incidents
// that are executed:
//
//	go run ./cmd/usersapi/score [-seeds 3] [-requests 8000] [INCIDENT...]
//
// For each incident and seed, usersapi breaks something on a fleet of real servers
// under load; of the log that they write, and of nothing else, loganalyze makes a
// review, which is compared with what the load driver knows (judge.go). All three are
// built from this module. Each incident takes ten or twenty seconds. Durations are real:
// what else a busy machine does may show as slow requests.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/cmd/usersapi/internal/truth"
)

const module = "github.com/loganalyze/loganalyze/"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var b bench
	flag.Uint64Var(&b.seeds, "seeds", 3, "play each incident with this `number` of seeds, from 1")
	flag.IntVar(&b.requests, "requests", 8000, "`number` of requests in each log")
	flag.StringVar(&b.dir, "keep", "", "keep the logs, truths and reviews in this `directory` (default nowhere)")
	flag.Parse()
	if b.incidents = flag.Args(); len(b.incidents) == 0 {
		b.incidents = truth.Incidents
	}
	if err := b.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		stop()
		os.Exit(1)
	}
}

// bench is what to measure, and where.
type bench struct {
	seeds     uint64
	requests  int
	incidents []string
	dir       string // of the logs
	bin       string // of the commands
}

// run prints the score of each incident when it is known, and the totals.
func (b *bench) run(ctx context.Context, w io.Writer) (err error) {
	if b.bin, err = os.MkdirTemp("", "score-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.bin)) }()
	if b.dir == "" {
		b.dir = b.bin
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	if _, err := command(ctx, "go", "build", "-o", b.bin+string(filepath.Separator), module+"cmd/usersapi", module+"cmd/loganalyze"); err != nil {
		return err
	}
	var scores []score
	header(w)
	for _, incident := range b.incidents {
		for seed := uint64(1); seed <= b.seeds; seed++ {
			s, err := b.score(ctx, incident, seed)
			if err != nil {
				return err
			}
			s.print(w)
			scores = append(scores, s)
		}
	}
	totals(w, scores)
	return nil
}

// score plays an incident and judges its review.
func (b *bench) score(ctx context.Context, incident string, seed uint64) (score, error) {
	base := filepath.Join(b.dir, fmt.Sprintf("%s-%d", incident, seed))
	log, told := base+".log", base+".truth.json"
	if _, err := command(ctx, filepath.Join(b.bin, "usersapi"), "-load", "-incident", incident, "-seed", strconv.FormatUint(seed, 10),
		"-requests", strconv.Itoa(b.requests), "-log", log, "-truth", told); err != nil {
		return score{}, err
	}
	t, err := truth.Read(told)
	if err != nil {
		return score{}, err
	}
	out, err := command(ctx, filepath.Join(b.bin, "loganalyze"), "review", "--format", "json", log)
	if err != nil {
		return score{}, err
	}
	if b.dir != b.bin {
		if err := os.WriteFile(base+".review.json", out, 0o644); err != nil {
			return score{}, err
		}
	}
	r, err := parseReview(out)
	if err != nil {
		return score{}, fmt.Errorf("review of %s: %w", log, err)
	}
	return judge(t, r), nil
}

func parseReview(b []byte) (r analyzer.Review, err error) {
	if err := json.Unmarshal(b, &r); err != nil {
		return r, err
	}
	if r.Schema != analyzer.ReviewSchema {
		return r, fmt.Errorf("schema %q is not %q", r.Schema, analyzer.ReviewSchema)
	}
	return r, nil
}

// command runs a command and returns what it printed.
func command(ctx context.Context, name string, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}
