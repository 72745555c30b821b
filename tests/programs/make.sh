#!/bin/sh
# make - a generated project of forty C files, two jobs, built, touched and built again
# shellcheck source=run
. "${0%/*}/run"
needs make gcc ar
loads make cc cc1 ar

work()
{
	awk 'BEGIN {
		for (i = 0; i < 40; i++) {
			file = "m" i ".c"
			printf "#include \"all.h\"\nint\nm%d(int x)\n{\n\treturn x > 9 ? x + %d : m%d(x + %d);\n}\n", i, i, (i + 1) % 40, i % 3 + 1 > file
			close(file)
			printf "int m%d(int);\n", i > "all.h"
		}
		print "#include <stdio.h>\n#include \"all.h\"\nint\nmain(void)\n{\n\tprintf(\"%d\\n\", m0(1));\n\treturn 0;\n}" > "main.c"
	}'
	cat >Makefile <<-'END'
	objects := $(patsubst %.c,%.o,$(wildcard m[0-9]*.c))
	prog: main.o libm40.a; $(CC) -o $@ $^
	libm40.a: $(objects); $(AR) rcsD $@ $(sort $^)
	%.o: %.c all.h; $(CC) -O1 -frandom-seed=$< -c -o $@ $<
	words := $(foreach a,$(objects),$(foreach b,a b c d e,$(a:.o=)$(b)))
	report: ; @echo $(words $(words)) $(firstword $(sort $(words))) $(lastword $(sort $(words)))
	define rule
	gen-$(1): ; @echo $(1) $$(words $$(filter $(1)%,$$(words)))
	all-gen: gen-$(1)
	endef
	$(foreach o,$(objects:.o=),$(eval $(call rule,$(o))))
	END
	# Two jobs end in any order.
	make -j2 prog 2>&1 | sort
	./prog
	cksum libm40.a
	touch m7.c m31.c
	make -j2 prog 2>&1 | sort
	make -q prog && echo 'up to date'
	make -s report
	make -j2 all-gen | sort | cksum
}

compare
