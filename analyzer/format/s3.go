package format

import "strings"

var s3 = &Format{
	Name:    "s3",
	Title:   "Amazon S3's server access log",
	Example: `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be photos [06/Sep/2026:05:58:05 +0000] 192.0.2.3 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be DD6CC733AEXAMPLE REST.PUT.OBJECT 2026/09/puppy.jpg "PUT /photos/2026/09/puppy.jpg HTTP/1.1" 200 - - 4406583 41754 28 "-" "S3Console/0.4" - 9vKBE6vMhrNiWHZmb2L0mXOcqPGzQOI5XLnCtZNPxev= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader photos.s3.us-west-1.amazonaws.com TLSV1.2 - -`,
	Clock:   ClockStart,
	Unit:    Milliseconds,
	// Of the two times the first is the whole request's, the other S3's own share.
	learn: learnLayout(mustLayout(
		`$owner $bucket [$time] $client_ip $requester $request_id $operation $key "$request" $status $error $response_bytes $object_size $duration_ms $turnaround "$referer" "$user_agent" $version_id $host_id $signature $cipher $authentication $host $tls`,
		"user_agent").escaped(nil).orDashes()),
}

// isS3Request tells requests from what S3 did by itself, as the rules of a bucket have it,
// and from the single objects of a batch, whose request has a line of its own.
func isS3Request(operation string) bool {
	for _, kind := range []string{"REST.", "SOAP.", "WEBSITE."} {
		if strings.HasPrefix(operation, kind) {
			return true
		}
	}
	return false
}
