package format

// formats is the table. Of formats that explain a sample equally well, the first
// wins, so that the narrower stands before the wider.
var formats = []*Format{
	loganalyze,
	envoy,
	alb,
	elb,
	haproxy,
	s3,
	uwsgi,
	traefikCLF,
	apiGateway,
	cloudfront,
	iis,
	combined,
	common,
	jsonLines,
}
