#!/bin/sh
# tar - a tree packed, compressed, listed, compared and unpacked
# shellcheck source=run
. "${0%/*}/run"
needs tar gzip bzip2 awk
loads tar gzip

work()
{
	mkdir tree
	awk 'BEGIN { for (f = 0; f < 400; f++) { file = "tree/" (f % 7) "-" f; for (i = 0; i < f % 90 + 5; i++) print "line", i, i * f % 1009 > file; close(file) } }'
	ln -s 0-0 tree/link
	ln tree/0-0 tree/hard
	find tree -exec touch -h -d 2001-02-03T04:05:06Z {} +
	tar --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw --format=pax --pax-option=delete=atime,delete=ctime -cf tree.tar tree
	cksum tree.tar
	tar -tvf tree.tar | cksum
	gzip -9 -n -k tree.tar
	cksum tree.tar.gz
	gzip -tv tree.tar.gz 2>&1
	bzip2 -k tree.tar
	cksum tree.tar.bz2
	mkdir out
	tar -xzf tree.tar.gz -C out
	tar --compare -f tree.tar -C out
	tar -xjOf tree.tar.bz2 | cksum
	diff -r tree out/tree && echo same
}

compare
