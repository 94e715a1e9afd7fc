package format

// formats is the table. Of formats that explain a sample equally well, the first
// wins, so that the narrower stands before the wider.
var formats = []*Format{
	loganalyze,
	envoy,
	gin,
	negroni,
	fiber,
	chi,
	echo,
	combined,
	common,
	jsonLines,
}
