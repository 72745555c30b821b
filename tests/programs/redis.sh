#!/bin/sh
# redis - commands of every kind, a Lua script, a snapshot by fork while writing goes on, a restart from it
# shellcheck source=run
. "${0%/*}/run"
needs redis-server redis-cli
loads redis-server redis-cli
rotates

cli() { redis-cli -s "$PWD/sock" "$@"; }

serve()
{
	start_in_background redis-server --port 0 --unixsocket "$PWD/sock" --dir "$PWD" --dbfilename dump.rdb --save '' --appendonly no \
		--logfile log --io-threads 2 --io-threads-do-reads yes --enable-debug-command yes --hz 100
	until_it_works cli ping
}

requests()
{
	awk 'BEGIN {
		for (i = 0; i < 3000; i++) {
			v = sprintf("%0*d", i * 7 % 300, i)
			print "SET s" i, "\"" v "\""
			print "RPUSH l" i % 50, v
			print "HSET h" i % 300, "f" i, v
			print "SADD t" i % 20, v
			print "ZADD z" i % 10, i * 31 % 1009, "m" i
			if (i % 3 == 0) print "DEL s" i / 3
			if (i % 5 == 0) print "APPEND s" i, "\"" v v "\""
		}
	}'
}

work()
{
	serve
	requests >commands
	cli <commands | cksum
	cli debug populate 20000 p 100
	cli bgsave
	# The child writes its snapshot while the parent goes on.
	cli --pipe <commands | sed -n 's/.*\(errors: [0-9]*\).*/\1/p'
	cli eval 'local n = 0 for i = 1, 2000 do redis.call("incrby", "counter", i) n = n + #redis.call("keys", "z*") end return n' 0
	cli get counter
	cli lrange l7 0 5
	cli zrange z3 0 5 withscores
	cli sort t5 alpha limit 0 5
	while cli info persistence | grep -q 'rdb_bgsave_in_progress:1'; do sleep 0.05; done
	cli info persistence | tr -d '\r' | grep rdb_last_bgsave_status
	cli dbsize
	digest=$(cli debug digest)
	cli bgsave
	while cli info persistence | grep -q 'rdb_bgsave_in_progress:1'; do sleep 0.05; done
	cli shutdown nosave
	wait
	serve
	[ "$(cli debug digest)" = "$digest" ] && echo 'the same data after a restart'
	cli dbsize
	cli flushall async
	cli shutdown nosave
	wait
}

compare
