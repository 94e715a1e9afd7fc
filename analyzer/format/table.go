package format

// formats is the table. Of formats that explain a sample equally well, the first
// wins, so that the narrower stands before the wider.
var formats = []*Format{
	loganalyze,
	envoy,
	nginxProxyManager,
	ingressNginx,
	vhostCombined,
	alb,
	elb,
	haproxy,
	s3,
	uwsgi,
	traefikCLF,
	apiGateway,
	cloudfront,
	iis,
	gin,
	negroni,
	fiberText,
	chi,
	echoText,
	werkzeug,
	combined,
	common,

	// Whose keys are fixed, then the loggers whose keys applications choose.
	caddy, traefik, envoyJSON, cloudflare, apiGatewayJSON, httplog, ecs, openTelemetry, google, otlp, echo, fiber, ginJSON,
	slogJSON, zerolog, zap,
	jsonLines,
	heroku,
	logfmt,
	inferred,
}
