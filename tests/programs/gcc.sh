#!/bin/sh
# gcc - a large generated C file at -O2, its object, and the program
# shellcheck source=run
. "${0%/*}/run"
needs gcc awk
loads gcc cc1 as collect2
rotates

work()
{
	awk 'BEGIN {
		print "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>"
		for (f = 0; f < 120; f++) {
			printf "struct s%d { int a[%d]; char *name; struct s%d *next; };\n", f, f % 13 + 1, f
			printf "static unsigned\nf%d(unsigned x, struct s%d *s)\n{\n\tfor (int i = 0; i < %d; i++) {\n", f, f, f % 13 + 1
			printf "\t\ts->a[i] = (int)(x * %du) ^ i;\n\t\tif (s->a[i] & %d)\n\t\t\tx += (unsigned)s->a[i] >> %d;\n", f * 2 + 1, f % 7 + 1, f % 5
			printf "\t\tswitch (x %% 5) { case 0: x ^= %d; break; case 1: x += %d; break; case 3: x *= 3; break; default: x--; }\n\t}\n", f * 31, f
			if (f) printf "\tstruct s%d t = { .name = \"t%d\" };\n\tx += f%d(x, &t) + (unsigned)strlen(t.name);\n", f - 1, f, f - 1
			print "\treturn x;\n}\n"
		}
		print "int\nmain(void)\n{\n\tstruct s119 s = { 0 };\n\tprintf(\"%u\\n\", f119(7, &s));\n\treturn 0;\n}"
	}' >work.c
	gcc -O2 -g -Wall -frandom-seed=1 -save-temps -c work.c -o work.o
	cksum work.i work.s work.o
	gcc -O2 -flto -frandom-seed=1 work.c -o work
	./work
	gcc -c -Wall -x c - -o none.o <<-'END'
	int f(int x) { int unused; return y; }
	END
	echo "status $?"
}

compare
