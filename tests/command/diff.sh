#!/bin/sh
# diff - what happened between two dumps
# shellcheck source=common
. "${0%/*}/common"
needs jq

compile works
start "$tidepool" run "$work/works"
"$tidepool" stat "$pid" --json >"$work/a.json"
sleep 1.2
"$tidepool" stat "$pid" --json >"$work/b.json"
cd "$work" || exit 1
expect 0 "^works, pid $pid: [1-9][0-9]*\.[0-9] s, from up" "$tidepool" diff a.json b.json
says '^gets +[0-9.]+k? +[0-9.]+k? +\+[0-9.]+k? +[0-9.]+k?$'
says '^ +1280 +[1-9]'
says '[0-9]+ sizes have not changed'
checks=$((checks + 1))
awk 'length > 80 { bad = 1 } END { exit bad }' out || fault 'is wider than 80 columns'

# The numbers are the difference of the two, and the rates that difference by the time.
expect 0 '"totals"' "$tidepool" diff --json a.json b.json
# shellcheck disable=SC2016,SC2094 # these are jq's variables
holds 'the difference, and its rate' jq -e --slurpfile a a.json --slurpfile b b.json '
	($b[0].uptime_seconds - $a[0].uptime_seconds) as $time
	| (.seconds - $time | fabs < 0.001)
	and .totals.gets == $b[0].totals.gets - $a[0].totals.gets
	and .totals.gets > 1000
	and (.totals.gets_per_second - .totals.gets / $time | fabs < 0.01)
	and ([.classes[].gets] | add) == .totals.gets
	and (.classes | length) == ($b[0].classes | length)' out >verdict
expect 0 '' "$tidepool" diff --sort=gets a.json b.json
holds 'sorted by gets' [ "$(awk '/^ +size/ { on = 1; next } on && /%/ { print $1 }' out | head -n 1)" -ge 16 ]
expect 0 ': 0.0 s,' "$tidepool" diff a.json a.json
says '^gets .* -$'

# Where the output can't be written, that is said, and nothing else.
for format in --json --sort=size; do
	# shellcheck disable=SC2016 # the inner shell's
	expect 1 '^tidepool diff: the output could not be written$' sh -c 'exec "$0" diff "$1" a.json b.json >&-' "$tidepool" $format
	holds 'one line' [ "$(wc -l <said)" = 1 ]
done

expect 1 'b.json is the older one|a.json is the older one' "$tidepool" diff b.json a.json
start "$tidepool" run "$work/works"
"$tidepool" stat "$pid" --json >other.json
expect 1 'two dumps of one process are compared' "$tidepool" diff a.json other.json
jq '.totals.gets = 1 | .uptime_seconds += 100' a.json >less.json
expect 1 'counts less than' "$tidepool" diff a.json less.json
"$tidepool" stat "$pid" >text
expect 1 'text is no dump in JSON: line 1' "$tidepool" diff text text
echo '{"schema":2}' >newer.json
expect 1 'no dump of schema 1' "$tidepool" diff newer.json newer.json

# --- what is no dump, or was changed by somebody ---
echo '{"schema":1}' >odd.json
expect 1 'odd.json is no dump: pid is missing' "$tidepool" diff a.json odd.json
expect 1 'odd.json is no dump: pid is missing' "$tidepool" report odd.json
odd() # WHAT CHANGE
{
	jq "$2" a.json >odd.json
	expect 1 "odd.json is no dump: $1\$" "$tidepool" diff odd.json b.json
	holds 'one line' [ "$(wc -l <said)" = 1 ]
}
odd 'uptime_seconds is no number of 0 or more' '.uptime_seconds = -1'
odd 'program is no text' '.program = 7'
odd 'program is missing' '.program = null'
odd 'totals is no object' '.totals = []'
odd 'totals.gets is no number of 0 or more' '.totals.gets = "x"'
odd 'totals.gets is no number of 0 or more' '.totals.gets = -5'
odd 'totals.gets is no number below 2.63' '.totals.gets = 1e30'
odd 'totals.hits is no object' '.totals.hits = 5'
odd 'pid is no process number' '.pid = 4294967301'
odd 'epoch.rotations.timer is no number of 0 or more' '.epoch.rotations.timer = {}'
odd 'totals.hits.steal is no number of 0 or more' '.totals.hits.steal = true'
odd 'classes is missing' 'del(.classes)'
odd 'classes is no array' '.classes = 5'
odd 'classes.0. is no object' '.classes = [1, 2]'
odd 'classes.1..size is missing' 'del(.classes[1].size)'
odd 'classes.2..puts is no number of 0 or more' '.classes[2].puts = "1"'
odd 'epoch is no object' '.epoch = 7'
odd 'jemalloc.resident is no number of 0 or more' '.jemalloc.resident = []'
jq '.jemalloc = null | del(.epoch, .settings)' a.json >few.json
expect 0 '' "$tidepool" diff few.json few.json

expect 1 'nowhere can.t be read: No such file' "$tidepool" diff nowhere a.json
expect 2 'two dumps' "$tidepool" diff a.json
expect 2 'sorted by size, gets' "$tidepool" diff --sort=banana a.json b.json
finish
