package format

var nginxProxyManager = &Format{
	Name:      "nginx-proxy-manager",
	Title:     "the logs of Nginx Proxy Manager",
	Example:   `[12/Aug/2023:09:05:35 +0000] - 200 200 - GET https example.com "/path" [Client 203.0.113.7] [Length 123] [Gzip -] [Sent-to 10.0.0.5] "curl/8.5.0" "-"`,
	LogFormat: proxyManagerLayout,
	Clock:     ClockCompletion,
	// The second is of what it answers itself: redirections, dead hosts and its own pages.
	learn: learnLayout(
		mustLayout(proxyManagerLayout, ""),
		mustLayout(`[$time_local] $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] "$http_user_agent" "$http_referer"`, ""),
	),
}

const proxyManagerLayout = `[$time_local] $upstream_cache_status $upstream_status $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] [Sent-to $sent_to] "$http_user_agent" "$http_referer"`
