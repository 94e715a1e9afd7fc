package format

import "sync"

// conformances is the table: a row for each format. Rows take the cases of others where the
// formats share their grammar.
var conformances = sync.OnceValue(func() []conformance {
	return []conformance{
		loganalyzeConformance(),
		envoyConformance(),
		nginxProxyManagerConformance(),
		ingressNginxConformance(),
		vhostCombinedConformance(),
		albConformance(),
		elbConformance(),
		haproxyConformance(),
		s3Conformance(),
		uwsgiConformance(),
		traefikCLFConformance(),
		apiGatewayConformance(),
		cloudfrontConformance(),
		iisConformance(),
		ginConformance(),
		negroniConformance(),
		fiberTextConformance(),
		chiConformance(),
		echoTextConformance(),
		werkzeugConformance(),
		combinedConformance(),
		commonConformance(),
		caddyConformance(), traefikConformance(), envoyJSONConformance(), cloudflareConformance(), apiGatewayJSONConformance(), httplogConformance(),
		ecsConformance(), openTelemetryConformance(), googleConformance(), otlpConformance(), echoConformance(), fiberConformance(), ginJSONConformance(),
		slogConformance(), zerologConformance(), zapConformance(),
		jsonConformance(),
		herokuConformance(),
		logfmtConformance(),
		inferredConformance(),
	}
})
