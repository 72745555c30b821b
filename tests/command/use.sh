#!/bin/sh
# use - the table of verbs, help, version, and wrong use
# shellcheck source=common
. "${0%/*}/common"

expect 2 'what is wanted' "$tidepool"
expect 0 '^usage: tidepool run' "$tidepool" --help
says '^  TIDEPOOL_EPOCH '
expect 0 '^tidepool [0-9]' "$tidepool" --version
expect 2 'does not take now' "$tidepool" --version now
expect 2 'no verb stta; did you mean stat\?' "$tidepool" stta
expect 2 'there is no verb xyzzy' "$tidepool" xyzzy
says_not 'did you mean'

# Every verb of the help has one of its own.
verbs=$("$tidepool" --help | sed -n 's/^\(usage:\|      \) tidepool \([a-z][a-z]*\) .*/\2/p')
holds 'the help lists verbs' [ "$(echo "$verbs" | wc -l)" -ge 4 ]
for verb in $verbs; do
	expect 0 "^usage: tidepool $verb" "$tidepool" "$verb" --help
	holds "$verb --help says it on stdout" [ ! -s "$work/err" ]
	checks=$((checks + 1))
	awk 'NR > 1 && length > 80 { bad = 1 } END { exit bad }' "$work/out" || fault "$verb --help is too wide"
	# What the help names, the manual explains.
	sed 's/\\-/-/g' "$source/../../man/tidepool.1" >"$work/manual"
	options=$(grep '^  -' "$work/out" | grep -oE -- '--[a-z-]{3,}')
	for option in $options; do
		holds "the manual has $verb $option" grep -q -e "$option" "$work/manual"
	done
	holds "the manual has $verb" grep -q "^\.SS \"tidepool $verb" "$work/manual"
	if [ "$verb" = run ]; then status=125; else status=2; fi
	expect $status "^tidepool $verb: .*--nonsense.*tidepool $verb --help" "$tidepool" "$verb" --nonsense
done

expect 0 '^EPOCH$' "$tidepool" settings --format=names
expect 2 'a format is' "$tidepool" settings --format=pdf
expect 2 'settings does not take' "$tidepool" settings all
if [ -e /dev/full ]; then
	checks=$((checks + 1))
	"$tidepool" settings >/dev/full 2>"$work/said" && fault "succeeds where nothing can be written"
	says 'could not be written'
fi
finish
