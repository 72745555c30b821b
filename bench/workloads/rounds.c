/*
 * rounds THREADS [ROUNDS] - in each round new threads go on with the live sets that other threads have left, objects of 16 bytes to 8 KiB: the tasks
 * of a pool of workers, stage after stage of a build or of a query. A step replaces a random object of the set of 2000, or, one time in
 * eight, frees a run of twenty of them and allocates twenty others.
 */
#include "clock.h"
#include "stamp.h"

#include <pthread.h>

enum { LIVE = 2000, STEPS = 4000, RUN = 20, MOST_THREADS = 64 };

struct set {
	unsigned char *object[LIVE];
	uint32_t size[LIVE], key[LIVE];
	struct seeded random;
	size_t thread, made;
};

static uint32_t sizes[SEEDED_SIZES];
static struct set *sets;

static void
make(struct set *set, size_t i, uint32_t key)
{
	set->size[i] = sizes[key % SEEDED_SIZES];
	set->key[i] = key;
	set->object[i] = malloc(set->size[i]);
	stamp_ends(set->object[i], set->size[i], key);
	set->made++;
}

static void *
work(void *argument)
{
	struct set *set = argument;
	clock_pin((unsigned)set->thread);
	for (size_t step = 0; step < STEPS; step++) {
		uint64_t r = seeded_next(&set->random);
		size_t at = (size_t)((r & 0xffffffffu) * (LIVE - RUN) >> 32), run = (r >> 32) % 8 == 0 ? RUN : 1;
		for (size_t i = at; i < at + run; i++)
			free(set->object[i]);
		for (size_t i = at; i < at + run; i++)
			make(set, i, (uint32_t)(r >> 35) + (uint32_t)i * 7);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	size_t threads = clock_argument(argc, argv, 1, 4), rounds = clock_argument(argc, argv, 2, 50), made = 0;
	struct seeded s = seeded_stream(0);
	pthread_t thread[MOST_THREADS];
	if (threads > MOST_THREADS)
		return 2;
	seeded_sizes(&s, sizes, 16, 8192);
	sets = stamp_there(calloc(threads, sizeof *sets));
	for (size_t t = 0; t < threads; t++) {
		sets[t].random = seeded_stream(t + 1);
		for (uint32_t i = 0; i < LIVE; i++)
			make(&sets[t], i, i);
		sets[t].made = 0;
	}
	double begun = clock_ns();
	for (size_t round = 0; round < rounds; round++) {
		for (size_t t = 0; t < threads; t++) {
			struct set *set = &sets[(t + round) % threads]; /* its neighbour's of the round before */
			set->thread = t;
			clock_start(&thread[t], work, set);
		}
		for (size_t t = 0; t < threads; t++)
			pthread_join(thread[t], NULL);
	}
	double took = clock_ns() - begun;
	for (size_t t = 0; t < threads; t++) {
		made += sets[t].made;
		for (size_t i = 0; i < LIVE; i++) {
			stamp_check_ends(sets[t].object[i], sets[t].size[i], sets[t].key[i]);
			free(sets[t].object[i]);
		}
	}
	clock_report("rounds", took, (double)made);
	free(sets);
	return 0;
}
