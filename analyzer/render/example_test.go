package render_test

import (
	"fmt"
	"os"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/render"
)

func Example() {
	report := &analyzer.Report{
		Verdict: analyzer.Critical, Reason: "5xx burn the error budget of a 99.9 % objective 30 times as fast as it allows",
		Requests: 1000, Failures: 30,
		Classes: []analyzer.Class{
			{Class: "2xx", Label: "success", Requests: 970, Share: .97},
			{Class: "5xx", Label: "server error", Requests: 30, Share: .03},
		},
		Lines: analyzer.Lines{Read: 1000, Accepted: 1000},
	}
	if err := render.Text(os.Stdout, report, render.Options{Width: 60}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// CRITICAL  3.0 % of 1,000 requests failed
	//           5xx burn the error budget of a 99.9 % objective 30
	//           times as fast as it allows
	//
	//   Class             Requests   Share
	//   2xx success            970  97.0 %  █████████████████████▍
	//   5xx server error        30   3.0 %  ▋
	//
	//   1,000 of 1,000 lines read whole
}
