/*
 * handoff THREADS LEAST MOST [OBJECTS] - THREADS producers allocate, as many consumers free what they are sent, OBJECTS from each producer in turn
 * to each consumer: network threads and their workers, a log queue. Each pair of them has a ring of 512, so no side runs far ahead.
 */
#include "clock.h"
#include "stamp.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MOST_THREADS = 16, RING = 512 };

struct ring {
	_Alignas(64) _Atomic(unsigned char *) slots[RING];
};

static struct ring rings[MOST_THREADS][MOST_THREADS]; /* [producer][consumer] */
static uint32_t sizes[SEEDED_SIZES];
static size_t threads, objects;

/* Only the end of the exchange is read: reading all of it would measure the way of a cache line between two cores. */
static void
put(struct ring *ring, size_t i, unsigned char *p)
{
	while (atomic_load_explicit(&ring->slots[i % RING], memory_order_acquire) != NULL)
		sched_yield();
	atomic_store_explicit(&ring->slots[i % RING], p, memory_order_release);
}

static unsigned char *
take(struct ring *ring, size_t i)
{
	unsigned char *p;
	while ((p = atomic_load_explicit(&ring->slots[i % RING], memory_order_acquire)) == NULL)
		sched_yield();
	atomic_store_explicit(&ring->slots[i % RING], NULL, memory_order_release);
	return p;
}

static void *
consume(void *number)
{
	size_t me = *(size_t *)number, last = objects - objects % threads;
	clock_pin((unsigned)(2 * me + 1));
	for (size_t i = me, round = 0; i < last; i += threads, round++)
		for (size_t from = 0; from < threads; from++) {
			unsigned char *p = take(&rings[from][me], round);
			if (i + RING > last)
				stamp_check_ends(p, sizes[i % SEEDED_SIZES], i);
			free(p);
		}
	return NULL;
}

static void *
produce(void *number)
{
	size_t me = *(size_t *)number, last = objects - objects % threads;
	clock_pin((unsigned)(2 * me));
	for (size_t i = 0; i < last; i++) {
		unsigned char *p = malloc(sizes[i % SEEDED_SIZES]);
		if (i + RING > last)
			stamp_ends(p, sizes[i % SEEDED_SIZES], i);
		*p = (unsigned char)(i * 167 + sizes[i % SEEDED_SIZES]);
		put(&rings[me][i % threads], i / threads, p);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t producers[MOST_THREADS], consumers[MOST_THREADS];
	size_t numbers[MOST_THREADS];
	threads = clock_argument(argc, argv, 1, 1);
	size_t least = clock_argument(argc, argv, 2, 64), most = clock_argument(argc, argv, 3, 64);
	objects = clock_argument(argc, argv, 4, 5000000);
	if (threads < 1 || threads > MOST_THREADS)
		return 2;
	struct seeded s = seeded_stream(0);
	seeded_sizes(&s, sizes, least, most);
	double begun = clock_ns();
	for (size_t t = 0; t < threads; t++) {
		numbers[t] = t;
		clock_start(&consumers[t], consume, &numbers[t]);
		clock_start(&producers[t], produce, &numbers[t]);
	}
	for (size_t t = 0; t < threads; t++) {
		pthread_join(producers[t], NULL);
		pthread_join(consumers[t], NULL);
	}
	clock_report("handoff", clock_ns() - begun, (double)objects * (double)threads);
	stamp_trial(least, most);
	return 0;
}
