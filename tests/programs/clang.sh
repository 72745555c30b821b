#!/bin/sh
# clang - a generated C file compiled and analysed by clang
# shellcheck source=run
. "${0%/*}/run"
needs clang awk
loads clang

work()
{
	awk 'BEGIN {
		print "#include <stdlib.h>\n#include <string.h>"
		for (f = 0; f < 150; f++) {
			printf "struct s%d { long a, b[%d]; };\n", f, f % 9 + 2
			printf "long\nf%d(struct s%d *s, long n)\n{\n\tlong sum = 0;\n\tfor (long i = 0; i < n; i++)\n\t\tsum += s[i].a * %d + s[i].b[%d];\n", f, f, f, f % 9
			printf "\tchar *p = malloc((size_t)n + %d);\n\tif (p)\n\t\tmemset(p, %d, (size_t)n);\n\tfree(p);\n\treturn sum;\n}\n", f + 1, f % 100
		}
	}' >work.c
	clang -O2 -g -Wno-everything -c work.c -o work.o
	cksum work.o
	clang -O1 -S -emit-llvm work.c -o - | cksum
	clang --analyze -Xclang -analyzer-output=text work.c 2>&1 | cksum
}

compare
