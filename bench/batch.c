/*
 * batch SIZE [ROUNDS] - a hundred objects allocated, then freed in the order of allocation, over and over: a list built for
 * each request. Prints nanoseconds for each object.
 */
#include "clock.h"

int
main(int argc, char **argv)
{
	enum { BATCH = 100 };
	size_t size = clock_argument(argc, argv, 1, 64), rounds = clock_argument(argc, argv, 2, 200000);
	char *all[BATCH];
	clock_pin(0);
	double begun = clock_ns();
	for (size_t r = 0; r < rounds; r++) {
		for (int i = 0; i < BATCH; i++)
			*(all[i] = malloc(size)) = (char)i;
		for (int i = 0; i < BATCH; i++)
			free(all[i]);
	}
	clock_report(begun, (double)rounds * BATCH);
	return 0;
}
