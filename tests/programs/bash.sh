#!/bin/sh
# bash - arrays, functions, substitution, subshells, pipes, jobs
# shellcheck source=run
. "${0%/*}/run"
needs bash
loads bash

work()
{
	cat >work.bash <<-'END'
	declare -A count
	declare -a list
	x=42
	for ((i = 0; i < 20000; i++)); do
		((x = (x * 1103515245 + 12345) % 2147483648, k = x / 65536 % 500))
		((count[k$k]++))
		list+=("v$k")
	done
	echo "${#count[@]} ${#list[@]} ${list[*]:100:5}"
	joined=$(IFS=,; echo "${list[*]}")
	echo "${#joined} ${joined:1000:30}"
	IFS=, read -r -a again <<<"$joined"
	echo "${#again[@]}"
	echo "${joined//v1/W}" | cksum
	depth() { local n=$1 s; if ((n)); then s=$(echo "$n"; [[ $n =~ ^([0-9])(.*)$ ]] && echo "${BASH_REMATCH[1]}"); depth $((n - 1)); else echo bottom; fi; }
	depth 60
	for i in {1..20}; do (echo "child $i" >out$i) & done
	wait
	cat out{1..20}
	mapfile -t lines < <(printf '%s\n' {a..z}{a..z}{0..9})
	printf '%s\n' "${lines[@]^^}" | sort -r | cksum
	END
	bash work.bash
}

compare
