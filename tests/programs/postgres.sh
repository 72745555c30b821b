#!/bin/sh
# postgres - a cluster made, pgbench with two threads and four clients, an index, a vacuum, a clean end
# shellcheck source=run
. "${0%/*}/run"
for postgres_bin in /usr/lib/postgresql/*/bin; do PATH=$PATH:$postgres_bin; done
needs postgres initdb pgbench psql setpriv
loads postgres pgbench psql

# PostgreSQL refuses to run as root.
user=
if [ "$(id -u)" = 0 ]; then user='setpriv --reuid=postgres --regid=postgres --clear-groups'; fi

sql() { $user psql -X -q -A -t -h "$PWD" -d postgres; }
answers() { echo "select 1" | sql; }

work()
{
	if [ "$(id -u)" = 0 ]; then chown postgres .; fi
	# Only the settings are not said twice: initdb names what it has chosen for this machine.
	$user initdb -D data -A trust --no-sync --no-instructions -E UTF8 --locale=C.UTF-8 >initdb.log
	# shellcheck disable=SC2086 # a list of words
	start_in_background $user postgres -D data -k "$PWD" -c listen_addresses= -c fsync=off -c shared_buffers=16MB -c logging_collector=off \
		2>server.log
	until_it_works answers
	$user pgbench -h "$PWD" -i -q -s 2 postgres 2>/dev/null
	$user pgbench -h "$PWD" -c 4 -j 2 -t 200 --random-seed=1 postgres | sed -n 's/^number of transactions actually processed: //p'
	sql <<-'END'
	select count(*), sum(abalance) = (select sum(delta) from pgbench_history) from pgbench_accounts;
	create table t as select i, md5(i::text) as m, repeat('x', i % 400) as r from generate_series(1, 60000) i;
	create index on t (m);
	analyze t;
	select count(*), min(m), sum(length(r)) from t where m > '8';
	select substr(m, 1, 1) as k, count(*), max(i) from t group by k order by k;
	with recursive f(n, v) as (select 1, 1::numeric union all select n + 1, v * n from f where n < 300) select length(max(v)::text) from f;
	select jsonb_object_agg(k, n) from (select i % 7 as k, count(*) as n from t group by 1) s;
	delete from t where i % 3 = 0;
	vacuum t;
	select count(*) from t;
	END
	$user pg_ctl -D data -m fast -w stop >/dev/null
	wait
	grep -E 'PANIC|was terminated|^tidepool' server.log
	echo ended
}

compare
