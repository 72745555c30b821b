#!/bin/sh
# stat - real processes are asked and answer; those that must not be signalled are not
# shellcheck source=common
. "${0%/*}/common"
needs jq

compile works
compile static -static
compile own -DOWN_MALLOC
mkdir "$work/dumps"

# --- as the process was started, and with every format ---
start "$tidepool" run -o DUMP="$work/dumps/%p.%n" "$work/works"
usual=$pid
expect 0 "^tidepool .* in works, pid $pid, up" "$tidepool" stat "$pid"
expect 0 "\"pid\":$pid," "$tidepool" stat "$pid" --json
holds 'the answer is JSON that adds up' jq -e '.schema == 1 and (.totals | .gets == ([.hits[]] | add) + .misses and .gets > 0)' "$work/out" >"$work/jq"
expect 0 '^tidepool_gets_total\{class="64",?[^}]*\} [1-9]' "$tidepool" stat "$pid" --prometheus
says '^# TYPE tidepool_gets_total counter$'
holds 'no answer is left behind' [ -z "$(ls "$work/dumps")" ]
kill -s RTMIN+11 "$pid" 2>/dev/null || kill -45 "$pid"
comes 'the dump of that signal, with the first number' [ -e "$work/dumps/$pid.1" ]
rm -f "$work/dumps/$pid.1"

# one that is just being started
i=0
while [ $i -lt 10 ]; do
	"$tidepool" run -o DUMP="$work/dumps/%n" "$work/works" 30 >"$work/ready.early" 2>&1 </dev/null &
	pid=$!
	started="$started $pid"
	expect 0 "in works, pid $pid, up" "$tidepool" stat "$pid"
	kill -KILL "$pid"
	i=$((i + 1))
done
holds 'no answer is left behind' [ -z "$(ls "$work/dumps")" ]

# several at once
start "$tidepool" run "$work/works"
second=$pid
expect 0 "pid $usual, up" "$tidepool" stat "$usual" "$second"
says "pid $second, up"
i=0
while [ $i -lt 8 ]; do
	"$tidepool" stat "$second" --json >"$work/at-once.$i" 2>&1 &
	askers="${askers-} $!"
	i=$((i + 1))
done
# shellcheck disable=SC2086 # a list of processes
wait $askers
holds 'eight askers at once all get an answer' [ "$(jq -s 'map(select(.schema == 1)) | length' "$work"/at-once.*)" = 8 ]

# --- --all: as another user, as root would ask the whole machine ---
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$work"
	cp "$tidepool" "$work/tidepool"
	cp -L .libs/libtidepool.so "$work/"
	expect 1 'no process that you may look at' setpriv --reuid=61234 --regid=61234 --clear-groups "$work/tidepool" stat --all
	start setpriv --reuid=61234 --regid=61234 --clear-groups "$work/tidepool" run "$work/works"
	third=$pid
	start setpriv --reuid=61234 --regid=61234 --clear-groups "$work/tidepool" run "$work/own"
	aside=$pid
	expect 0 "^ *$aside own +in process .* stepped aside" setpriv --reuid=61234 --regid=61234 --clear-groups "$work/tidepool" stat --all
	start setpriv --reuid=61234 --regid=61234 --clear-groups "$work/tidepool" run "$work/works" 30 blocks
	expect 1 "^ *$third works .* [19][0-9.]*%" setpriv --reuid=61234 --regid=61234 --clear-groups "$work/tidepool" stat --all --timeout=0.3
	says "^ *$pid works +no answer: .*has not answered"
	says_not "^ *$usual works "
	says '^ +PID PROGRAM'
fi

# --- settings of its own ---
start "$tidepool" run -o SIGNAL=USR2 -o FORMAT=json "$work/works"
expect 0 'signal      SIGUSR2' "$tidepool" stat "$pid"
start "$tidepool" run -o DUMP=stderr "$work/works"
expect 0 "pid $pid, up" "$tidepool" stat "$pid"
holds 'nothing went to its stderr' [ ! -s "$work/errors.$ready_count" ]
(cd "$work/dumps" && exec "$tidepool" run -o DUMP=here.%n "$work/works" >"$work/relative") &
pid=$!
started="$started $pid"
until grep -q ready "$work/relative" 2>/dev/null; do sleep 0.05; done
expect 0 "pid $pid, up" "$tidepool" stat "$pid"
holds 'no answer is left behind' [ -z "$(ls "$work/dumps")" ]

# --- a program that has overwritten its environment ---
start "$tidepool" run -o DUMP="$work/dumps/%n" "$work/works" 30 clobbers
expect 0 "pid $pid, up" "$tidepool" stat "$pid"
start "$tidepool" run -o SIGNAL=USR2 "$work/works" 30 clobbers
expect 1 'does not catch the signal RTMIN\+11.*not asked.*--signal says' "$tidepool" stat "$pid"
expect 0 'signal      SIGUSR2' "$tidepool" stat "$pid" --signal=USR2
holds 'it lives' kill -0 "$pid"
expect 1 'does not catch the signal USR1.*not asked' "$tidepool" stat "$pid" --signal=USR1
holds 'it lives' kill -0 "$pid"

# --- those that are not signalled ---
start "$work/works"
expect 1 'does not carry libtidepool.so' "$tidepool" stat "$pid"
holds 'it lives' kill -0 "$pid"
start "$tidepool" run "$work/static"
expect 1 'does not carry libtidepool.so' "$tidepool" stat "$pid"
holds 'it lives' kill -0 "$pid"
start "$tidepool" run -o SIGNAL=none "$work/works"
expect 1 'TIDEPOOL_SIGNAL=none' "$tidepool" stat "$pid"
start bash -c "trap '' RTMIN+11; exec '$tidepool' run '$work/works'"
expect 1 'ignores the signal' "$tidepool" stat "$pid"

# --- a control file instead of a signal ---
start "$tidepool" run -o SIGNAL=none -o CONTROL="$work/dumps/ask.%p" -o DUMP="$work/dumps/%n" "$work/works"
expect 0 "pid $pid, up" "$tidepool" stat "$pid"
expect 0 '"schema":1' "$tidepool" stat "$pid" --json
holds 'nothing is left behind' [ -z "$(ls "$work/dumps")" ]
start "$tidepool" run -o SIGNAL=none -o CONTROL="$work/dumps/ask" -o DUMP="$work/dumps/%n" "$work/works" 30 clobbers
expect 1 'not asked' "$tidepool" stat "$pid"
expect 0 "pid $pid, up" "$tidepool" stat "$pid" --control="$work/dumps/ask" --dump="$work/dumps/%n"
start "$tidepool" run -o SIGNAL=none -o CONTROL="$work/nowhere/ask" "$work/works"
expect 1 "can.t be asked by its control file .*nowhere/ask.*: No such file" "$tidepool" stat "$pid"

# --- in a container: numbers and a /tmp of its own ---
case $build in
/tmp/*) ;; # that /tmp would hide the build
*) contained=$(unshare --mount --pid --fork echo yes 2>/dev/null) ;;
esac
if [ "${contained-}" = yes ]; then
	cp "$work/works" "$build/tests/command/works-contained"
	# shellcheck disable=SC2016 # the inner shell's
	start unshare --mount --pid --fork --kill-child sh -c 'mount -t tmpfs none /tmp && exec "$0" run "$1"' "$tidepool" "$build/tests/command/works-contained"
	outer=$(cat "/proc/$pid/task/$pid/children")
	outer=${outer%% *}
	expect 0 'in works-contained, pid 1, up' "$tidepool" stat "$outer"
	holds 'it lives' kill -0 "$outer"
	started="$started $outer"
	rm -f "$build/tests/command/works-contained"
fi

# --- those that can't answer ---
start "$tidepool" run "$work/works" 30 takes
expect 1 'has not answered within 0.4 s' "$tidepool" stat "$pid" --timeout=0.4
start "$tidepool" run "$work/works" 30 blocks
expect 1 'has not answered' "$tidepool" stat "$pid" --timeout=0.3

# --- a stopped one is left in peace, so that no answer comes when nobody waits for it ---
stop()
{
	kill -STOP "$pid"
	comes 'the stop' grep -q '^State:.T' "/proc/$pid/status"
}
start "$tidepool" run -o DUMP="$work/dumps/%n" "$work/works"
stop
expect 1 'is stopped, and can.t answer: not asked' "$tidepool" stat "$pid" --timeout=0.3
expect 1 'NO    signal .*is stopped' "$tidepool" doctor "$pid"
expect 0 'is stopped' "$tidepool" top --batch --count=1 "$pid"
holds 'no signal waits for it' [ "$(sed -n 's/^S[ih][gd]Pnd:.//p' "/proc/$pid/status" | tr -d '0\n')" = '' ]
kill -CONT "$pid"
expect 0 "pid $pid, up" "$tidepool" stat "$pid"
start "$tidepool" run -o SIGNAL=none -o CONTROL="$work/dumps/ask" -o DUMP="$work/dumps/%n" "$work/works"
stop
expect 1 'is stopped' "$tidepool" stat "$pid"
holds 'nothing is left for it' [ -z "$(ls "$work/dumps")" ]
kill -CONT "$pid"

start "$tidepool" run -o DUMP="$work/nowhere/%n" "$work/works"
expect 1 "can't write to the folder of TIDEPOOL_DUMP" "$tidepool" stat "$pid" --timeout=0.3

# --- one with a malloc of its own: tidepool has stepped aside ---
start "$tidepool" run "$work/own"
expect 1 "in process $pid \(own\) tidepool has stepped aside for a malloc of the program's own" "$tidepool" stat "$pid"
holds 'it lives' kill -0 "$pid"

for other in /usr/lib/*/libtcmalloc_minimal.so.4 /usr/lib/*/libmimalloc.so.2; do
	[ -e "$other" ] || continue
	start env LD_PRELOAD="$other:$("$tidepool" run --print-library)" "$work/works"
	expect 1 "has stepped aside for $other" "$tidepool" stat "$pid"
	start env LD_PRELOAD="$("$tidepool" run --print-library):$other" "$work/works"
	expect 0 "pid $pid, up" "$tidepool" stat "$pid"
done

# --- one that ends meanwhile ---
start "$tidepool" run "$work/works" 1.5 blocks
expect 1 'has ended without an answer' "$tidepool" stat "$pid"
expect 1 'has ended|there is no process' "$tidepool" stat "$pid"
wait "$pid"
expect 1 "there is no process $pid" "$tidepool" stat "$pid"

# --- redis and python ---
if command -v redis-server >/dev/null; then
	"$tidepool" run redis-server --port 0 --unixsocket "$work/redis" --save '' >"$work/redis.log" 2>&1 &
	pid=$!
	started="$started $pid"
	until [ -S "$work/redis" ]; do sleep 0.05; done
	expect 0 "in redis-server, pid $pid, up" "$tidepool" stat "$pid"
fi
if [ -x /usr/bin/python3 ]; then
	start "$tidepool" run /usr/bin/python3 -c 'import time; print("ready", flush=True); time.sleep(30)'
	expect 0 "in python3, pid $pid, up" "$tidepool" stat "$pid"
fi

# --- wrong use ---
expect 2 'which process' "$tidepool" stat
expect 2 'no process number' "$tidepool" stat works
expect 2 'no process number' "$tidepool" stat -- -1
expect 2 'no signal BANANA' "$tidepool" stat --signal=BANANA 1
expect 2 'takes seconds' "$tidepool" stat --timeout=0 1
expect 2 'takes no process' "$tidepool" stat --all 1
expect 2 '^tidepool stat: --all prints lines, and takes none of' "$tidepool" stat --all --json
expect 2 '^tidepool stat: --all prints lines, and takes none of' "$tidepool" stat --prometheus --all
expect 2 'exclude each other' "$tidepool" stat --json --prometheus "$usual"
expect 2 'exclude each other' "$tidepool" stat --prometheus --text "$usual"
holds 'one line' [ "$(wc -l <"$work/said")" = 1 ]
expect 0 '"schema":1' "$tidepool" stat --json --json "$usual"
expect 1 'there is no process 4194999' "$tidepool" stat 4194999

# --- somebody else's ---
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	start setpriv --reuid=65534 --regid=65534 --clear-groups "$work/tidepool" run "$work/works"
	expect 0 "pid $pid, up" "$tidepool" stat "$pid"
	expect 0 "pid $pid, up" setpriv --reuid=65534 --regid=65534 --clear-groups "$work/tidepool" stat "$pid"
	expect 1 'is not yours to look at' setpriv --reuid=65534 --regid=65534 --clear-groups "$work/tidepool" stat "$usual"
	# A file that another user has put where the answer would come is not believed, nor read.
	start "$tidepool" run -o DUMP=stderr "$work/works" 30 blocks
	setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "sleep 0.3; echo forged >/tmp/tidepool.$pid.answer.text" &
	expect 1 'has not answered' "$tidepool" stat "$pid" --timeout=1.2
	comes 'the forged answer' [ -e "/tmp/tidepool.$pid.answer.text" ]
	says_not 'forged'
	rm -f "/tmp/tidepool.$pid.answer.text"
	# Nor does root make a file where that user could not: the control file's path is the process's word.
	mkdir -m 700 "$work/roots"
	start setpriv --reuid=65534 --regid=65534 --clear-groups "$work/tidepool" run -o SIGNAL=none -o CONTROL="$work/roots/ask" "$work/works"
	expect 1 'can.t be asked by its control file .*Permission denied' "$tidepool" stat "$pid"
	holds 'nothing was made' [ -z "$(ls -A "$work/roots")" ]
	mkdir -m 777 "$work/theirs"
	start setpriv --reuid=65534 --regid=65534 --clear-groups "$work/tidepool" run -o SIGNAL=none -o CONTROL="$work/theirs/ask" "$work/works"
	expect 0 "pid $pid, up" "$tidepool" stat "$pid"
fi
finish
