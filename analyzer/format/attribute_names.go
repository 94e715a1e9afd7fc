package format

import (
	"cmp"
	"slices"
	"strings"
)

// attributeNames are the names under which logs tell what part of a system answered, as keys has
// those of fields: those of OpenTelemetry, Elastic, Kubernetes and Google Cloud, and the usual short
// ones. What tells most comes first.
var attributeNames = []struct {
	tells string
	names []string
}{
	{"instance", []string{
		"instance", "instanceid", "instancename", "service.instance.id", "service.node.name", "resource.labels.instanceid", "dyno",
		"pod", "podname", "k8s.pod.name", "kubernetes.pod.name", "kubernetes.podname", "resource.labels.podname",
		"upstream", "upstreamaddr", "upstreamhost", "backend", "server", "serviceaddr",
		"container", "containername", "container.name", "container.id", "containerid", "k8s.container.name", "kubernetes.containername",
		"hostname", "host.name", "host.hostname", "node", "nodename", "k8s.node.name", "kubernetes.node.name", "kubernetes.host",
	}},
	{"version", []string{
		"version", "appversion", "service.version", "release", "build", "buildid", "revision", "commit", "deployment",
		"k8s.deployment.name", "kubernetes.deployment.name", "resource.labels.revisionname",
	}},
	{"place", []string{
		"region", "cloud.region", "zone", "availabilityzone", "cloud.availabilityzone", "resource.labels.location", "datacenter",
		"environment", "env", "deployment.environment.name", "deployment.environment", "service.environment",
		"cluster", "k8s.cluster.name", "resource.labels.clustername", "service.name", "servicename",
	}},
}

// attributeOf is attributeNames turned round: normalised path → what it tells and preference.
var attributeOf = func() map[string]rankedAttribute {
	m := map[string]rankedAttribute{}
	for _, a := range attributeNames {
		for _, name := range a.names {
			m[name] = rankedAttribute{a.tells, len(m)}
		}
	}
	return m
}()

type rankedAttribute struct {
	tells string
	rank  int
}

// Tells is what an attribute of that name tells of who answered: the "instance" or what it is in, the
// "version" or the "place"; "" where the name is not known to tell anything. Dots part what is nested.
func Tells(name string) string { return attributeOf[normalise(name)].tells }

// maxAttributes is how many attributes are read of a record at most.
const maxAttributes = 8

// addAttributes has m read the attributes that requests of the sample have, where the keys have no role.
func (v *survey) addAttributes(m *mapping) {
	var found []string
	for _, path := range v.paths {
		_, taken := m.roles[path]
		if !taken && Tells(path) != "" && slices.ContainsFunc(v.requests, func(q entry) bool { return isAttribute(q.at(path)) }) {
			found = append(found, path)
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(attributeOf[normalise(a)].rank, attributeOf[normalise(b)].rank), cmp.Compare(a, b))
	})
	for _, path := range found[:min(len(found), maxAttributes)] {
		m.roles[path] = roleAttribute
	}
}

// isAttribute tells an application's version from HTTP's.
func isAttribute(v *pathValue) bool { return v != nil && !strings.HasPrefix(v.text, "HTTP/") }
