#!/bin/sh
# zstd - threads, long distances, a dictionary, unpacked again
# shellcheck source=run
. "${0%/*}/run"
needs zstd awk
loads zstd

work()
{
	awk 'BEGIN { for (i = 0; i < 200000; i++) print i * 7919 % 104729, "text that comes again", i % 997 }' >data
	cksum data
	zstd -q -T2 -B1M -6 -k data
	cksum data.zst
	zstd -q -dc data.zst | cksum
	zstd -q -T2 --long=24 -c data | zstd -q -dc --long=24 | cksum
	mkdir small
	split -a 4 -l 100 data small/s
	zstd -q --train small/* -o dictionary --maxdict=20000 -T1
	cksum dictionary
	zstd -q -D dictionary small/*
	cat small/*.zst | cksum
	zstd -q -d -f -D dictionary small/*.zst
	cat small/s???? | cksum
}

compare
