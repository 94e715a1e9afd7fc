package status_test

import (
	"fmt"

	"github.com/loganalyze/loganalyze/analyzer/status"
)

// A report explains the codes it counted, known or not.
func ExampleLookup() {
	for _, code := range []int{204, 422, 499, 504, 0, 299} {
		c, known := status.Lookup(code)
		if !known {
			fmt.Printf("%03d unknown: %s, treated as %d00\n", code, c.Class.Label(), code/100)
			continue
		}
		fmt.Printf("%03d %s: %s, fault %s (%s)\n", code, c.Name, c.Class.Label(), c.Fault, c.Reference)
	}
	// Output:
	// 204 No Content: success, fault none (RFC 9110, 15.3.5)
	// 422 Unprocessable Content: client error, fault client (RFC 9110, 15.5.21)
	// 499 Client Closed Request: client error, fault client (nginx)
	// 504 Gateway Timeout: server error, fault upstream (RFC 9110, 15.6.5)
	// 000 No Status: unknown, fault unknown (nginx, AWS Application Load Balancer)
	// 299 unknown: success, treated as 200
}

// What to tell whoever is on call.
func ExampleCode() {
	c, _ := status.Lookup(523)
	fmt.Println(c.Use)
	fmt.Println(c.LookAt)
	// Output:
	// Cloudflare finds no route to the origin.
	// Check the origin's address in DNS, then the routing at the origin's network.
}

// Responses are counted by class, and listed in the order of Classes.
func ExampleClassOf() {
	var counts [status.ServerError + 1]int
	for _, code := range []int{200, 201, 304, 404, 200, 503, 0} {
		counts[status.ClassOf(code)]++
	}
	for _, class := range status.Classes() {
		fmt.Printf("%-5s %d\n", class, counts[class])
	}
	// Output:
	// 1xx   0
	// 2xx   3
	// 3xx   1
	// 4xx   1
	// 5xx   1
	// other 1
}
