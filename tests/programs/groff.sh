#!/bin/sh
# groff - a long manual page with tables, to the terminal and to PostScript
# shellcheck source=run
. "${0%/*}/run"
needs groff awk
loads groff troff grotty grops

work()
{
	awk 'BEGIN {
		print ".TH WORK 7 2001-02-03\n.SH NAME\nwork \\- a page of a thousand paragraphs"
		for (i = 0; i < 1000; i++) {
			if (i % 40 == 0) printf ".SH SECTION %d\n", i / 40
			printf ".PP\nParagraph %d has \\fBbold\\fP and \\fIitalic\\fP words, some of them rather long, %d in number, and\nhyphenation of incomprehensibilities.\n", i, i * 37 % 101
			if (i % 50 == 0) printf ".TS\nbox; l r.\nname\tvalue\n_\nrow %d\t%d\nother\t%d\n.TE\n", i, i * 7, i * 11
			if (i % 9 == 0) printf ".TP\n.B \\-\\-option%d\nWhat it does.\n", i
		}
	}' >work.7
	groff -t -man -Tutf8 work.7 >text
	cksum text
	head -n 12 text
	groff -t -man -Tps work.7 | grep -v '^%%CreationDate' | cksum
}

compare
