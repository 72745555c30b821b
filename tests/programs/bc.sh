#!/bin/sh
# bc - a thousand digits of pi and e, a factorial, square roots
# shellcheck source=run
. "${0%/*}/run"
needs bc
loads bc

work()
{
	BC_LINE_LENGTH=70 bc -l <<-'END'
	scale = 1000
	4 * a(1)
	e(1)
	scale = 0
	define f(n) { if (n < 2) return (1); return (n * f(n - 1)); }
	f(900)
	scale = 500
	sqrt(2)
	scale = 0
	2 ^ 4000 % 1000000007
	for (i = 0; i < 20000; i++) x = (x * 1103515245 + 12345) % 2 ^ 64
	x
	END
}

compare
