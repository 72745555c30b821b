#!/bin/sh
# sort - a large file, two threads, in memory and in pieces merged from disk; and its neighbours of coreutils
# shellcheck source=run
. "${0%/*}/run"
needs sort awk
loads sort uniq join

work()
{
	awk 'BEGIN { for (i = 0; i < 300000; i++) { x = (x * 1103515245 + 12345) % 2147483648; printf "%d key%05d %s\n", x, x % 20011, substr("abcdefghijklmnopqrstuvwxyz", x % 20 + 1) } }' >lines
	sort --parallel=2 -S 64M lines | cksum
	sort --parallel=2 -S 2M -T . -k2,2 -k1,1n lines >by_key
	cksum by_key
	sort -u -k2,2 lines | wc -l
	sort --parallel=2 -rn lines | head -n 3
	cut -d ' ' -f 2 by_key | uniq -c | sort -k1,1nr -k2 | head -n 5
	sort -k2,2 -u lines >some
	join -1 2 -2 2 some by_key | cksum
	shuf --random-source=lines lines | cksum
	sort some >one
	sort by_key >other
	comm -12 one other | wc -l
	tac lines | tr a-m n-z | fold -w 20 | paste - - - | cksum
}

compare
