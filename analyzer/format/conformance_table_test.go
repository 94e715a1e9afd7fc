package format

// conformances is the table: a row for each format. Rows take the cases of others where the
// formats share their grammar.
func conformances() []conformance {
	return []conformance{
		loganalyzeConformance(),
		envoyConformance(),
		combinedConformance(),
		commonConformance(),
		jsonConformance(),
		inferredConformance(),
	}
}
