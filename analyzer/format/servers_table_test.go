package format_test

// servers is the table: with what Debian 12 has of each.
var servers = []server{nginxServer, apacheServer, haproxyServer, caddyServer}

var nginxServer = server{
	program: "nginx",
	args:    []string{"-p", "{{.Dir}}", "-c", "{{.Dir}}/config", "-e", "{{.Dir}}/error.log"},
	logs: []serverLog{
		{name: "combined", format: "combined", agent: true},
		{name: "json", agent: true, timed: true},
		{name: "extended", agent: true},
	},
	config: `
daemon off;
master_process off;
pid {{.Dir}}/pid;
events {}
http {
	log_format json escape=json '{"time":"$time_iso8601","remote_addr":"$remote_addr","request_method":"$request_method","request_uri":"$request_uri",'
		'"status":$status,"body_bytes_sent":$body_bytes_sent,"request_time":$request_time,"upstream_status":"$upstream_status",'
		'"upstream_response_time":"$upstream_response_time","http_referer":"$http_referer","http_user_agent":"$http_user_agent","host":"$host"}';
	log_format extended '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
		'$request_time $upstream_response_time $upstream_status "$upstream_addr"';
	access_log {{.Dir}}/combined.log combined;
	access_log {{.Dir}}/json.log json;
	access_log {{.Dir}}/extended.log extended;
	client_body_temp_path {{.Dir}}/body;
	proxy_temp_path {{.Dir}}/proxy;
	fastcgi_temp_path {{.Dir}}/fastcgi;
	uwsgi_temp_path {{.Dir}}/uwsgi;
	scgi_temp_path {{.Dir}}/scgi;
	server {
		listen 127.0.0.1:{{.Port}};
		{{if .IPv6}}listen [::1]:{{.Port}};{{end}}
		location / { return 404; }
		location /up/ { proxy_pass http://{{.Upstream}}; }
		location /dead/ { proxy_pass http://{{.Dead}}; }
		location = /old { return 301 /up/ok; }
	}
}
`,
}

var apacheServer = server{
	program: "apache2",
	args:    []string{"-DFOREGROUND", "-f", "{{.Dir}}/config"},
	logs: []serverLog{
		{name: "combined", format: "combined", agent: true},
		{name: "common", format: "common"},
		{name: "vhost_combined", agent: true, headers: true},
		{name: "microseconds", agent: true},
	},
	config: `
ServerRoot {{.Dir}}
ServerName www.example.com
DefaultRuntimeDir {{.Dir}}
PidFile {{.Dir}}/pid
ErrorLog {{.Dir}}/error.log
User www-data
Group www-data
Listen 127.0.0.1:{{.Port}}
{{if .IPv6}}Listen [::1]:{{.Port}}{{end}}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
StartServers 1
ProxyPass /up/ http://{{.Upstream}}/up/
ProxyPass /dead/ http://{{.Dead}}/ retry=0
Redirect 301 /old /up/ok
Redirect 404 /missing
LogFormat "%h %l %u %t \"%r\" %>s %b" common
LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined
LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined
LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %D" microseconds
CustomLog {{.Dir}}/common.log common
CustomLog {{.Dir}}/combined.log combined
CustomLog {{.Dir}}/vhost_combined.log vhost_combined
CustomLog {{.Dir}}/microseconds.log microseconds
`,
}

// haproxyServer logs to its standard output as containers do, and to syslog.
var haproxyServer = server{
	program: "haproxy",
	args:    []string{"-f", "{{.Dir}}/config"},
	stdout:  "stdout",
	logs: []serverLog{
		{name: "stdout", headers: true, timed: true},
		{name: "syslog", headers: true, timed: true},
	},
	config: `
global
	log stdout format raw local0
	log {{.SyslogSocket}} local0
defaults
	mode http
	log global
	option httplog
	option dontlognull
	retries 0
	timeout connect 5s
	timeout client 5s
	timeout server 5s
frontend web
	bind 127.0.0.1:{{.Port}}
	{{if .IPv6}}bind [::1]:{{.Port}}{{end}}
	http-request redirect code 301 location /up/ok if { path /old }
	http-request return status 404 unless { path_beg /up/ } || { path_beg /dead/ }
	use_backend dead if { path_beg /dead/ }
	default_backend app
backend app
	server app1 {{.Upstream}}
backend dead
	server dead1 {{.Dead}}
`,
}

var caddyServer = server{
	program: "caddy",
	args:    []string{"run", "--adapter", "caddyfile", "--config", "{{.Dir}}/config"},
	logs:    []serverLog{{name: "json", agent: true, timed: true}},
	deaf:    true,
	config: `
{
	admin off
	auto_https off
}
:{{.Port}} {
	bind 127.0.0.1 {{if .IPv6}}[::1]{{end}}
	log {
		output file {{.Dir}}/json.log
	}
	redir /old /up/ok 301
	reverse_proxy /up/* {{.Upstream}}
	reverse_proxy /dead/* {{.Dead}}
	respond /missing 404
}
`,
}
