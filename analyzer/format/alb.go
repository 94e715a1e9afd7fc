package format

// The balancers log three times: until they chose a target, until it answered, and until
// the answer was passed on. A target that never answered leaves -1.

var alb = &Format{
	Name:    "alb",
	Title:   "the access log of AWS application load balancers",
	Example: `http 2018-07-02T22:23:00.186641Z app/my-lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`,
	Clock:   ClockCompletion,
	Unit:    Seconds,
	learn: learnLayout(mustLayout(
		`$type $time $balancer $client $target $part_s $part_s $part_s $status $origin_status $request_bytes $response_bytes "$request" "$user_agent" $cipher $tls $target_group "$trace_id" "$domain_name" "$certificate" $rule $creation_time "$actions" "$redirect" "$error"`,
		"user_agent")),
}

var elb = &Format{
	Name:    "elb",
	Title:   "the access log of AWS classic load balancers",
	Example: `2015-05-13T23:39:43.945958Z my-lb 192.168.131.39:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.38.0" DHE-RSA-AES128-SHA TLSv1.2`,
	Clock:   ClockStart,
	Unit:    Seconds,
	learn: learnLayout(mustLayout(
		`$time $balancer $client $target $part_s $part_s $part_s $status $origin_status $request_bytes $response_bytes "$request" "$user_agent" $cipher $tls`,
		"request")),
}
