#!/bin/sh
# jq - a large document made, grouped, changed, printed and read again
# shellcheck source=run
. "${0%/*}/run"
needs jq
loads jq
rotates

work()
{
	jq -n -c '[range(20000) | {id: ., name: "n\(. * 7919 % 10007)", tags: [range(. % 5) | "t\(.)"], nested: {a: {b: (. / 8)}}}]' >data.json
	cksum data.json
	jq 'group_by(.name) | map({key: .[0].name, n: length, sum: (map(.id) | add)}) | sort_by(.n, .key) | .[-3:]' data.json
	jq -c '[.[] | select(.tags | index("t3")) | .nested.a.b] | length, add' data.json
	jq '.[100:15000] |= map(.name |= ascii_upcase | del(.tags))' data.json | cksum
	jq -r '.[] | [.id, .name, (.tags | join("+"))] | @csv' data.json | cksum
	jq -c 'reduce .[] as $x ({}; .[$x.name[0:3]] += 1)' data.json
	jq --stream -c 'select(length == 2) | .[1]' data.json | tail -n 2
}

compare
