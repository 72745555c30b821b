#!/bin/sh
# top - in a real terminal: figures, keys, colours, sizes, the process's end, and the terminal as it was; and as lines
# shellcheck source=common disable=SC2317
# (2317: the trap and `comes` call functions)
. "${0%/*}/common"

compile works
start "$tidepool" run "$work/works" 60
first=$pid

# --- lines ---
expect 0 '^ +PID PROGRAM' "$tidepool" top "$first" --batch --count=2 --interval=0.3
says "^ +$first works +[0-9.]+k? +[0-9.]+k? +"
says '^served by  private [0-9.]+%'
says '^ +1280 '
holds 'two rounds' [ "$(grep -c '^tidepool top' "$work/out")" = 2 ]
checks=$((checks + 1))
awk 'length > 80 { bad = 1 } END { exit bad }' "$work/out" || fault 'is wider than 80 columns'
# The second round shows a rate of its own: 50 gets each millisecond and a bit, not the average since the start.
start "$tidepool" run "$work/works" 60 silent
expect 0 "^ +$pid works" "$tidepool" top "$pid" --batch --count=2 --interval=0.3
holds 'a process that does nothing has no rate' [ "$(awk -v pid="$pid" '$1 == pid { gets = $3 } END { print gets }' "$work/out")" = 0 ]
second=$pid
expect 0 "^ +$second works" "$tidepool" top "$first" "$second" --batch --count=1 --sort=size
says "^ +$first works"
start "$tidepool" run "$work/works" 3
expect 0 'has ended' "$tidepool" top "$pid" --batch --interval=0.2
start "$work/works"
expect 1 'does not carry' "$tidepool" top "$pid" --batch
expect 1 'there is no process 4194999' "$tidepool" top 4194999
expect 1 'this is no terminal; --batch' "$tidepool" top "$first"
expect 2 'no process number' "$tidepool" top works
expect 2 'takes seconds from 0.1' "$tidepool" top --interval=0.01
expect 2 'sorted by size' "$tidepool" top --sort=banana

# --- the terminal ---
if ! command -v tmux >/dev/null; then
	echo "top: tmux is not installed: the screen was not looked at"
	finish
fi
server=0
mux() { tmux -S "$work/tmux.$server" -f /dev/null "$@"; }
mux_ends() { mux kill-server 2>/dev/null; clean_up; }
# A new terminal, of a new server: the one before may not have ended yet.
terminal() # WIDTH HEIGHT COMMAND
{
	[ $server = 0 ] || mux kill-server
	server=$((server + 1))
	mux new-session -d -x "$1" -y "$2" "$3"
}
trap mux_ends EXIT

# What stands on the screen; with -e the escapes of its colours too.
shot() { mux capture-pane -p "$@" >"$work/said" 2>/dev/null; }

# Looks until the screen matches, for ten seconds.
shows() # WORDS
{
	checks=$((checks + 1))
	tries=0
	until shot && grep -Eq -e "$1" "$work/said"; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ]; then
			fault "the screen does not show '$1'"
			return
		fi
		sleep 0.1
	done
}
shows_not() { checks=$((checks + 1)); shot; ! grep -Eq -e "$1" "$work/said" || fault "the screen shows '$1'"; }
key() { mux send-keys "$@"; }

# A shell that runs top, says how the terminal was before and after, and stays.
cat >"$work/session" <<END
stty -a | sed 1d >"$work/before"
$tidepool top $first $second --interval=0.5
echo "status \$?" >"$work/status"
stty -a | sed 1d >"$work/after"
printf 'left with %s\n' "\$(cat "$work/status")"
exec sleep 60
END
terminal 80 24 "env -u NO_COLOR sh $work/session"
shows "^ +$first works "
shows "^ +$second works "
shows 'works \([0-9]+\), up .* rotations'
shows '^ +[0-9]+ +[0-9.]+k? .*%'
shows 'by gets   \? help'
shot
holds '24 lines' [ "$(wc -l <"$work/said")" -le 24 ]
colours() { shot -e && grep -q "$(printf '\033')\[[0-9;]*3[0-7]m" "$work/said"; }
no_colours() { ! colours && grep -q 'PID PROGRAM' "$work/said"; }
comes 'colours' colours
key c
comes 'no colours, after they were switched off' no_colours
key c
comes 'colours, after they were switched on again' colours
key s
shows 'by puts '
key S S
shows 'by size '
key r
shows 'by size, reversed'
key n
shows "^works \($second\)"
key p
shows "^works \($first\)"
key '?'
shows 'q +leave'
key '?'
shows '^ +PID PROGRAM'
key ' '
shows 'PAUSED'
key ' '
not_paused() { shot && ! grep -q PAUSED "$work/said"; }
comes 'it goes on' not_paused
key +
shows 'every 1 s'
key -
shows 'every 0.5 s'
mux resize-window -x 60 -y 10
shows '^ +PID PROGRAM'
shot
holds '10 lines' [ "$(wc -l <"$work/said")" -le 10 ]
mux resize-window -x 100 -y 40
shows '^ +1280 '
kill "$second"
shows "process $second \(works\) has ended"
shows "^ +$first works"
key q
shows 'left with status 0'
holds 'the terminal is as it was' cmp -s "$work/before" "$work/after"
shows_not 'PID PROGRAM'

# Ended by signals, and NO_COLOR.
for way in C-c TERM; do
cat >"$work/session" <<END
trap : INT
stty -a | sed 1d >"$work/before"
sh -c 'echo \$\$ >$work/top.pid; NO_COLOR=1 exec $tidepool top $first --interval=0.3'
echo "status \$?" >"$work/status"
stty -a | sed 1d >"$work/after"
printf 'left with %s\n' "\$(cat "$work/status")"
exec sleep 60
END
terminal 80 24 "sh $work/session"
shows "^ +$first works "
holds 'no colours for NO_COLOR' no_colours
if [ $way = C-c ]; then key C-c; else kill -TERM "$(cat "$work/top.pid")"; fi
shows 'left with status 0'
holds 'the terminal is as it was' cmp -s "$work/before" "$work/after"
done
# Whoever leaves while an answer is on its way leaves none behind.
mkdir "$work/answers"
start "$tidepool" run -o DUMP="$work/answers/%n" "$work/works" 30 late
"$tidepool" top "$pid" --batch >"$work/leaves" 2>&1 &
leaver=$!
pending() { grep -q '^ShdPnd:.*[1-9a-f]' "/proc/$pid/status"; }
comes 'the question' pending
kill "$leaver"
sleep 0.02
kill -USR1 "$pid"
wait "$leaver"
sleep 0.3
holds 'no answer is left behind' [ -z "$(ls "$work/answers")" ]
terminal 80 24 "TERM=nonsense $tidepool top $first; exec sleep 60"
shows 'the terminal nonsense is not known'
terminal 80 24 "TERM=dumb $tidepool top $first; exec sleep 60"
shows 'the terminal dumb has no addressable cursor'
finish
