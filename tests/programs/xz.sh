#!/bin/sh
# xz - compressed by two threads, by one, tested and unpacked
# shellcheck source=run
. "${0%/*}/run"
needs xz awk
loads xz

work()
{
	awk 'BEGIN { for (i = 0; i < 150000; i++) print i * 7919 % 104729, "text that comes again", i % 997 }' >data
	cksum data
	xz -T2 --block-size=1MiB -3 -k data
	cksum data.xz
	xz -l --robot data.xz | grep -v '^name'
	xz -t data.xz
	xz -T2 -dc data.xz | cksum
	xz -T1 -1 -c data | xz -dc | cksum
	head -c 200000 data.xz >cut.xz
	xz -dc cut.xz >/dev/null
	echo "status $?"
}

compare
