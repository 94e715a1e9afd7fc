package format

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// TestAttributes: what tells which part of a system answered is kept under the name that the log has
// for it, in any format whose lines have keys.
func TestAttributes(t *testing.T) {
	const request = `"time":"2026-09-06T05:58:05Z","level":"INFO","msg":"request","method":"GET","path":"/u/1","status":502`
	for _, tt := range []struct {
		reason string
		line   string
		want   string
	}{
		{"OpenTelemetry's names", `{` + request + `,"service.instance.id":"web-1","service.version":"1.2","host.name":"h","cloud.region":"eu","deployment.environment":"prod"}`,
			"service.instance.id=web-1 service.version=1.2 host.name=h cloud.region=eu deployment.environment=prod"},
		{"nested ones are the same", `{` + request + `,"service":{"instance":{"id":"web-1"},"version":"1.2"},"k8s":{"pod":{"name":"p"}}}`, "service.instance.id=web-1 service.version=1.2 k8s.pod.name=p"},
		{"short ones", `{"pod":"web-1",` + request + `,"version":"1.2","region":"eu"}`, "pod=web-1 version=1.2 region=eu"},
		{"in any spelling", `{` + request + `,"Pod-Name":"web-1","upstream_addr":"10.0.0.1:80","appVersion":"1.2"}`, "Pod-Name=web-1 upstream_addr=10.0.0.1:80 appVersion=1.2"},
		{"what the values are written as does not matter", `{` + request + `,"instance":7,"version":"\u0022\n","pod":"\u00e9"}`, `instance=7 version="` + "\n" + ` pod=é`},
		{"what is unknown is none", `{` + request + `,"instance":null,"pod":"-","version":"","region":{"name":"eu"}}`, ""},
		{"of a list the first", `{` + request + `,"pod":["web-1","web-2"]}`, "pod=web-1"},
		{"HTTP's version is none of the application's", `{` + request + `,"version":"HTTP/1.1","pod":"web-1"}`, "pod=web-1"},
		{"other keys are not kept", `{` + request + `,"user":{"version":"1.2"},"tenant":"a"}`, ""},
		{"logfmt", `time=2026-09-06T05:58:05Z level=info method=GET path=/u/1 status=502 pod=web-1 version="1 2" service.name=shop`, "pod=web-1 version=1 2 service.name=shop"},
		{"Elastic's", `{"@timestamp":"2026-09-06T05:58:05Z","ecs":{"version":"8.11"},"http":{"request":{"method":"GET"},"response":{"status_code":502},"version":"1.1"},"url":{"path":"/u/1"},"service":{"version":"1.2"},"host":{"hostname":"h"}}`,
			"service.version=1.2 host.hostname=h"},
		{"those of our preset", `{"timestamp":"2026-09-06T05:58:05Z","severity_text":"INFO","body":"http_request","http.request.method":"GET","url.path":"/u/1","http.response.status_code":502,"service.version":"1.2"}`, "service.version=1.2"},
		{"Google Cloud's", `{"httpRequest":{"requestMethod":"GET","requestUrl":"https://h/u/1","status":502},"timestamp":"2026-09-06T05:58:05Z","resource":{"labels":{"revision_name":"shop-00042","location":"eu"}}}`,
			"resource.labels.revision_name=shop-00042 resource.labels.location=eu"},
		{"those that tell most, where there are many", `{` + request + `,"region":"eu","cluster":"c","zone":"z","env":"e","instance":"i","pod":"p","node":"n","version":"v","build":"b","backend":"u"}`,
			"region=eu zone=z instance=i pod=p node=n version=v build=b backend=u"},
	} {
		lines := toLines(repeat(20, tt.line)...)
		d, err := Detect(lines, Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		got := parse(t, d.NewParser(), tt.line)
		if len(got.Records) != 1 || attributes(&got.Records[0]) != tt.want {
			t.Errorf("%s: %+v as %s, want %q", tt.reason, got, d.Format.Name, tt.want)
		}
		p := d.NewParser()
		if n := testing.AllocsPerRun(100, func() { _ = p.Parse(lines[0], func(*accesslog.Record) {}) }); n != 0 {
			t.Errorf("%s: %v allocations", tt.reason, n)
		}
	}
}

func attributes(r *accesslog.Record) string {
	var all []string
	for _, a := range r.Attrs {
		all = append(all, a.Key+"="+a.Text())
	}
	return strings.Join(all, " ")
}

// TestAttributeNames: a name is written as it is looked for, tells one thing, and is that of no field.
func TestAttributeNames(t *testing.T) {
	var all []string
	for _, a := range attributeNames {
		for _, name := range a.names {
			if name != normalise(name) || Tells(name) != a.tells {
				t.Errorf("%q tells %q, want %q", name, Tells(name), a.tells)
			}
			if known, ok := roleOf[name]; ok {
				t.Errorf("%q is the name of a field: %d", name, known.role)
			}
			all = append(all, name)
		}
	}
	if slices.Sort(all); len(slices.Compact(all)) != len(attributeOf) {
		t.Errorf("there are %d names", len(attributeOf))
	}
	if got := fmt.Sprint(Tells("service.instance.id"), " ", Tells("K8s.Pod.Name"), " ", Tells("tenant")); got != "instance instance " {
		t.Errorf("they tell %q", got)
	}
}
