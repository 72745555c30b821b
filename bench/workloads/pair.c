/*
 * pair SIZE [PAIRS] - one object allocated and freed, over and over: a parser's token, a request's scratch buffer.
 */
#include "clock.h"
#include "stamp.h"

int
main(int argc, char **argv)
{
	size_t size = clock_argument(argc, argv, 1, 64), pairs = clock_argument(argc, argv, 2, 20000000);

	clock_pin(0);
	double begun = clock_ns();
	for (size_t i = 0; i < pairs; i++) {
		char *volatile p = malloc(size);
		*p = (char)i;
		free(p);
	}
	clock_report("pair", clock_ns() - begun, (double)pairs);
	stamp_trial(size, size);
	return 0;
}
