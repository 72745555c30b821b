# Applies one mutant of `list` to one file.
#
# usage: awk -v mutant=NAME -v file=src/x.c -f apply.awk list SOURCE > CHANGED
#
# Fails, with a line on stderr, when a block of old lines does not stand in SOURCE exactly once.

function flush_edit(   at, rest)
{
	if (old == "")
		return
	edits++
	olds[edits] = old
	news[edits] = new
	old = new = ""
}

FNR == 1 { files++ }
files == 1 && /^mutant / { flush_edit(); current = $2; at_file = "" }
files == 1 && /^in / { flush_edit(); at_file = $2 }
files == 1 && current == mutant && at_file == file && /^[-+]/ {
	if (/^-/ && new != "")
		flush_edit()
	if (/^-/)
		old = old substr($0, 2) "\n"
	else
		new = new substr($0, 2) "\n"
}
files == 1 && /^$/ { flush_edit() }
files == 2 { text = text $0 "\n" }

END {
	flush_edit()
	text = "\n" text # a block begins where a line begins
	for (i = 1; i <= edits; i++) {
		at = index(text, "\n" olds[i])
		if (at == 0) {
			printf "%s: edit %d: %s has no such lines\n", mutant, i, file >"/dev/stderr"
			exit 1
		}
		rest = substr(text, at + length(olds[i]))
		if (index(rest, "\n" olds[i]) > 0) {
			printf "%s: edit %d: %s has these lines more than once\n", mutant, i, file >"/dev/stderr"
			exit 1
		}
		text = substr(text, 1, at) news[i] substr(text, at + length(olds[i]) + 1)
	}
	if (edits == 0) {
		printf "%s: nothing to change in %s\n", mutant, file >"/dev/stderr"
		exit 1
	}
	printf "%s", substr(text, 2)
}
