/*
 * batch lifo|fifo|random SIZE [ROUNDS] - a hundred objects allocated, then freed in the reverse order, in the same order or in a random one, over
 * and over: the nodes of a tree that is torn down, a list built for each request, the rows of a query's result.
 */
#include "clock.h"
#include "stamp.h"

enum { BATCH = 100, ORDERS = 16 };

int
main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "fifo";
	size_t size = clock_argument(argc, argv, 2, 64), rounds = clock_argument(argc, argv, 3, 200000);
	struct seeded s = seeded_stream(0);
	static uint32_t orders[ORDERS][BATCH];
	static unsigned char *all[BATCH];
	for (size_t o = 0; o < ORDERS; o++) {
		seeded_order(&s, orders[o], BATCH);
		for (uint32_t i = 0; i < BATCH; i++)
			if (strcmp(way, "random") != 0)
				orders[o][i] = strcmp(way, "lifo") == 0 ? BATCH - 1 - i : i;
	}
	clock_pin(0);
	double begun = clock_ns();
	for (size_t r = 0; r < rounds; r++) {
		const uint32_t *order = orders[r % ORDERS];
		for (size_t i = 0; i < BATCH; i++)
			*(all[i] = malloc(size)) = (unsigned char)i;
		for (size_t i = 0; i < BATCH; i++)
			free(all[order[i]]);
	}
	clock_report("batch", clock_ns() - begun, (double)rounds * BATCH);
	stamp_trial(size, size);
	return 0;
}
