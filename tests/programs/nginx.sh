#!/bin/sh
# nginx - two workers serve files, compressed too, through a reload with requests under way
# shellcheck source=run
. "${0%/*}/run"
needs nginx curl
loads nginx curl

conf() # GENERATION
{
	if [ "$(id -u)" = 0 ]; then echo 'user root;'; fi
	cat <<-END
	worker_processes 2;
	daemon off;
	pid nginx.pid;
	error_log error.log;
	events { worker_connections 64; }
	http {
		access_log off;
		client_body_temp_path tmp-body; proxy_temp_path tmp-proxy; fastcgi_temp_path tmp-f; uwsgi_temp_path tmp-u; scgi_temp_path tmp-s;
		gzip on; gzip_min_length 100; gzip_types text/plain;
		types { text/plain txt; }
		server {
			listen unix:$PWD/sock;
			root www;
			add_header X-Generation $1;
			location /back/ { proxy_pass http://unix:$PWD/sock:/; }
			location /list/ { alias www/; autoindex on; autoindex_format json; autoindex_exact_size on; }
		}
	}
	END
}

get() { curl -s --max-time 20 --unix-socket sock "$@"; }
generation_is() { get -o /dev/null -D - http://x/f1.txt | grep -q "^X-Generation: $1"; }

work()
{
	mkdir www
	for i in 1 2 3 4 5 6; do
		awk -v i=$i 'BEGIN { for (n = 0; n < 400 * i * i; n++) print "file", i, "line", n, n * 7919 % 65521 }' >www/f$i.txt
		touch -d 2001-02-03 www/f$i.txt
	done
	conf 1 >nginx.conf
	start_in_background nginx -p "$PWD" -e error.log -c nginx.conf
	until_it_works generation_is 1
	for round in 1 2 3 4; do
		for i in 1 2 3 4 5 6; do
			get http://x/f$i.txt | cksum
			get --compressed http://x/f$i.txt | cksum
			get -r 100-999 http://x/back/f$i.txt | cksum
		done
		get --no-progress-meter -Z -o 'got#1' "http://x/back/f[1-6].txt" &
		if [ $round = 2 ]; then
			conf 2 >nginx.conf
			nginx -p "$PWD" -e error.log -c nginx.conf -s reload
			until_it_works generation_is 2
		fi
		wait $!
		cksum got?
	done
	get http://x/list/ | jq -c '.[] | [.name, .size]'
	get -o /dev/null -w '%{http_code}\n' http://x/nothing
	nginx -p "$PWD" -e error.log -c nginx.conf -s quit
	wait
	grep -E 'emerg|alert|crit|exited on signal' error.log
	echo ended
}

compare
