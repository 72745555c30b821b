/*
 * cap_holds - TIDEPOOL_CAP=4M is never exceeded, whatever sixteen threads do.
 *
 * They work for a random while and stop, a few hundred times: while they stand the sum of the figures is exact, as nobody else moves
 * anything (`cases` has the helper off). In between a reader looks at all times. What moves while it reads may be counted twice, so
 * one figure over the cap says nothing; but not one of many in a row at or below it does.
 */
#include <pthread.h>

#include "figures.h"

#define THREADS 16
#define ROUNDS 150
#define CAP ((uint64_t)4 << 20)
#define HELD 96

static pthread_barrier_t begin, end;
static int over; /* no round follows */

static size_t
size_of(unsigned i)
{
	return ((size_t)16 << i % 13) + i % 5; /* 16 … 64 KiB */
}

/* Fills up and empties, by a part that changes: what is cached is at its most when all is free. */
static void
work(void **at, unsigned *seed)
{
	unsigned steps = 1 + (*seed >> 12) % 6;
	while (steps-- > 0) {
		*seed = *seed * 1103515245u + 12345u;
		unsigned from = (*seed >> 8) % HELD, some = (*seed >> 16) % HELD;
		for (unsigned i = 0; i < HELD; i++) {
			unsigned slot = (from + i) % HELD;
			if (i < some && at[slot] == NULL) {
				check((at[slot] = malloc(size_of(slot))) != NULL);
			} else if (i >= some) {
				free(at[slot]);
				at[slot] = NULL;
			}
		}
	}
}

static void *
worker(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg * 7919 + 1;
	void *at[HELD] = { NULL };
	for (;;) {
		pthread_barrier_wait(&begin);
		if (over)
			break;
		work(at, &seed);
		pthread_barrier_wait(&end);
	}
	for (unsigned i = 0; i < HELD; i++)
		free(at[i]);
	return NULL;
}

static void *
look_all_the_time(void *unused)
{
	(void)unused;
	for (unsigned in_a_row = 0; !__atomic_load_n(&over, __ATOMIC_RELAXED); sleep_ms(1)) {
		in_a_row = figure("totals", "cached_bytes") > CAP ? in_a_row + 1 : 0;
		check(in_a_row < 50);
	}
	return NULL;
}

int
main(void)
{
	pthread_t threads[THREADS], reader;
	uint64_t most = 0;
	check(pthread_barrier_init(&begin, NULL, THREADS + 1) == 0 && pthread_barrier_init(&end, NULL, THREADS + 1) == 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, worker, (void *)i) == 0);
	for (int round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&begin);
		pthread_barrier_wait(&end);
		uint64_t cached = figure("totals", "cached_bytes");
		check_at_most(cached, CAP);
		most = cached > most ? cached : most;
	}
	check(pthread_create(&reader, NULL, look_all_the_time, NULL) == 0);
	for (int round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&begin);
		pthread_barrier_wait(&end);
	}
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	pthread_barrier_wait(&begin);
	for (int i = 0; i < THREADS; i++)
		check(pthread_join(threads[i], NULL) == 0);
	check(pthread_join(reader, NULL) == 0);
	check(most > CAP / 4); /* it was the cap that held them, not that they wanted little */
	return 0;
}
