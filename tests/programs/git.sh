#!/bin/sh
# git - init, add, commit, branches and a merge, log, diff, blame, gc, fsck, clone
# shellcheck source=run
. "${0%/*}/run"
needs git
loads git

work()
{
	export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org
	export GIT_AUTHOR_DATE='2001-02-03T04:05:06Z' GIT_COMMITTER_DATE='2001-02-03T04:05:06Z'
	git config --global init.defaultBranch main
	git config --global gc.auto 0
	git config --global maintenance.auto false
	git config --global pack.threads 2
	git init -q repo && cd repo || exit 1
	awk 'BEGIN {
		for (f = 0; f < 300; f++) {
			file = "file" f
			for (i = 0; i < 40 + f % 60; i++) print "line", i, (i * 7919 + f * 104729) % 65521 > file
			close(file)
		}
	}'
	git add .
	git commit -q -m first
	for commit in 1 2 3 4 5 6; do
		for file in file1 file2$commit file3$commit; do
			awk -v c=$commit 'NR % 11 == c { $3 = c * 1000 + NR } { print } END { print "more", c }' "$file" >new && mv new "$file"
		done
		git commit -q -a -m "change $commit"
	done
	git checkout -q -b side HEAD~3
	echo 'on the side' >aside
	git add aside
	git commit -q -m side
	git checkout -q main
	git merge -q --no-edit side
	git gc -q
	git log --stat --format='%H %T %s'
	git diff HEAD~4 | cksum
	git blame -s file1 | cksum
	# Two threads pack as they meet; what is packed is the same, the bytes of the pack are not.
	git cat-file --batch-check --batch-all-objects | cksum
	git fsck --full --strict 2>&1
	git clone -q --no-local . ../copy
	git -C ../copy rev-parse HEAD
	git -C ../copy status --short
	git archive HEAD | cksum
}

compare
