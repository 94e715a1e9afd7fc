package format

// formats is the table. Of formats that explain a sample equally well, the first
// wins, so that the narrower stands before the wider. What is inferred stands last: it is
// tried where nothing else fits.
var formats = []*Format{
	loganalyze,
	envoy,
	combined,
	common,
	jsonLines,
	inferred,
}
