package format

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// attrsOf is what a Parser for line keeps of it, as key=JSON.
func attrsOf(t *testing.T, line string, keep bool) (attrs []string) {
	t.Helper()
	d, err := Detect([][]byte{[]byte(line)})
	if err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	d.KeepAttrs = keep
	p := d.NewParser()
	for range 2 { // the second line finds the buffers of the first
		attrs = nil
		if err := p.Parse([]byte(line), func(r *accesslog.Record) {
			for _, a := range r.Attrs {
				attrs = append(attrs, a.Key+"="+a.JSON())
			}
			if r.Status != accesslog.Some(502) || r.Path != "/u/1" {
				t.Errorf("got %+v", r)
			}
		}); err != nil {
			t.Error(err)
		}
	}
	return attrs
}

// presetLine is a line of ours in the vocabulary p, with two attributes.
func presetLine(p accesslog.Preset) string {
	r := accesslog.Record{Time: utc, Method: "GET", Path: "/u/1", Status: accesslog.Some(502), Duration: accesslog.Some(time.Second)}
	r.Attrs = accesslog.AppendAttrs(nil, slog.String("tenant", "acme"), slog.Group("db", slog.Int("rows", 3)))
	return strings.TrimSuffix(string(p.AppendJSON(nil, &r)), "\n")
}

func TestAttrs(t *testing.T) {
	ours := []string{`tenant="acme"`, `db={"rows":3}`}
	tests := []struct {
		name, reason, line string
		want               []string
		always             bool // also without KeepAttrs
	}{
		{"loganalyze", "its attributes are a part of the record", presetLine(accesslog.Preset{}), ours, true},
		{"OpenTelemetry", "so they are in other vocabularies, beside what those add", presetLine(accesslog.OpenTelemetry()), append([]string{`error.type="502"`}, ours...), false},
		{"Elastic Common Schema", "the same", presetLine(accesslog.ElasticCommonSchema()), append([]string{`ecs.version="8.11.0"`}, ours...), false},
		{"flat", "of every type but null", `{"time":"2026-09-06T05:58:05Z","method":"GET","path":"/u/1","status":502,"tenant":"a\"b","n":1.50,"ok":true,"no":null,"list":[1,2],"o":{"a":[{}]}}`,
			[]string{`tenant="a\"b"`, `n=1.50`, `ok=true`, `list=[1,2]`, `o={"a":[{}]}`}, false},
		{"nested", "what stands beside a known key has a dotted one, and of a list that is read the rest is not kept",
			`{"ts":1788674285.25,"request":{"method":"GET","uri":"/u/1","host":"x.example","headers":{"User-Agent":["curl","b"],"Accept":["*/*"]},"tls":{"proto":"h2"}},"status":502,"user_id":""}`,
			[]string{`request.headers.Accept=["*/*"]`, `request.tls={"proto":"h2"}`, `user_id=""`}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, attrsOf(t, tt.line, true)); d != "" {
				t.Errorf("%s: -want +got\n%s", tt.reason, d)
			}
			if got := attrsOf(t, tt.line, false); (got != nil) != tt.always {
				t.Errorf("%s: without asking: %q", tt.reason, got)
			}
		})
	}
}

// TestAttrsAreBounded: a line of very many keys costs no more than 64 attributes.
func TestAttrsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"method":"GET","path":"/u/1","status":502`)
	for i := range 1000 {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i)
	}
	b.WriteString("}")
	got := attrsOf(t, b.String(), true)
	if len(got) != maxAttrs || got[63] != "k63=63" {
		t.Errorf("%d attributes, %q", len(got), got)
	}
}

// TestKeepAttrsReadsTheSame: keeping attributes changes nothing else of a record.
func TestKeepAttrsReadsTheSame(t *testing.T) {
	for _, c := range loggers {
		var got [2]accesslog.Record
		for i, keep := range []bool{false, true} {
			d, err := Detect([][]byte{[]byte(c.line)})
			if err != nil {
				t.Fatal(err)
			}
			d.KeepAttrs = keep
			_ = d.NewParser().Parse([]byte(c.line), func(r *accesslog.Record) { got[i] = *r })
			got[i].Attrs = nil
		}
		if d := cmp.Diff(got[0], got[1], sameRecord); d != "" {
			t.Errorf("%s: -without +with\n%s", c.name, d)
		}
	}
}
