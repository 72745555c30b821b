#!/bin/sh
# gdb - a compiled program's symbols, types, lines and disassembly, and gdb's Python
# shellcheck source=run
. "${0%/*}/run"
needs gdb gcc
loads gdb

work()
{
	cat >work.c <<-'END'
	#include <stdio.h>
	#include <stdlib.h>
	struct node { struct node *next; int value; char name[24]; };
	union either { double d; struct node n; };
	enum colour { RED, GREEN = 7, BLUE };
	static struct node first = { NULL, 42, "first" };
	union either table[10];
	static int sum(const struct node *n) { int s = 0; for (; n; n = n->next) s += n->value; return s; }
	int main(void) { printf("%d %d\n", sum(&first), (int)BLUE); return 0; }
	END
	gcc -g -O0 -fno-pie -no-pie work.c -o work
	cat >commands <<-'END'
	set pagination off
	set width 0
	info line main
	ptype struct node
	ptype union either
	whatis table
	print first
	print sizeof(table)
	print (enum colour)7
	disassemble /s sum
	info scope sum
	list main
	info functions sum
	info types node
	maintenance check-symtabs
	END
	gdb -nx -batch -x commands ./work 2>&1
	gdb -nx -batch -ex 'python print(sorted(f.name for f in gdb.lookup_type("struct node").fields()), len(str([{i: str(i)} for i in range(50000)])))' ./work 2>&1
}

compare
