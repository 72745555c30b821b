/*
 * neighbour THREADS [BATCHES] - each thread allocates batches of 200 objects of 16 to 256 bytes, sends every second of them to its neighbour, frees the
 * others, and frees what it has been sent: actors that pass messages, a pipeline of stages.
 */
#include "clock.h"
#include "stamp.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { BATCH = 200, HALF = BATCH / 2, MOST_THREADS = 64 };

struct mail {
	unsigned char *object[HALF];
	uint32_t key[HALF];
};

/* A box holds one batch at a time. */
static struct {
	_Alignas(64) _Atomic(struct mail *) full;
} boxes[MOST_THREADS];
static uint32_t sizes[SEEDED_SIZES];
static size_t threads, batches;

/* Frees the batch in the box, if there is one; the checked ones are the last few. */
static bool
empty(size_t box, bool check)
{
	struct mail *mail = atomic_load_explicit(&boxes[box].full, memory_order_acquire);
	if (mail == NULL)
		return false;
	for (size_t i = 0; i < HALF; i++) {
		if (check)
			stamp_check_ends(mail->object[i], sizes[mail->key[i] % SEEDED_SIZES], mail->key[i]);
		free(mail->object[i]);
	}
	free(mail);
	atomic_store_explicit(&boxes[box].full, NULL, memory_order_release);
	return true;
}

static void *
work(void *number)
{
	size_t me = *(size_t *)number, next = (me + 1) % threads, got = 0;
	struct seeded random = seeded_stream(me + 1);
	clock_pin((unsigned)me);
	for (size_t b = 0; b < batches; b++) {
		struct mail *mail = malloc(sizeof *mail);
		unsigned char *mine[HALF];
		uint32_t key = (uint32_t)seeded_next(&random);
		for (size_t i = 0; i < HALF; i++) {
			uint32_t size = sizes[(key + i) % SEEDED_SIZES];
			mine[i] = malloc(sizes[(key + HALF + i) % SEEDED_SIZES]);
			mine[i][0] = (unsigned char)i;
			mail->key[i] = key + (uint32_t)i;
			mail->object[i] = malloc(size);
			stamp_ends(mail->object[i], size, mail->key[i]);
		}
		while (atomic_load_explicit(&boxes[next].full, memory_order_acquire) != NULL)
			if (empty(me, b + 8 > batches))
				got++;
			else
				sched_yield();
		atomic_store_explicit(&boxes[next].full, mail, memory_order_release);
		for (size_t i = 0; i < HALF; i++)
			free(mine[i]);
		if (empty(me, b + 8 > batches))
			got++;
	}
	while (got < batches)
		if (empty(me, true))
			got++;
		else
			sched_yield();
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t thread[MOST_THREADS];
	size_t numbers[MOST_THREADS];
	struct seeded s = seeded_stream(0);
	threads = clock_argument(argc, argv, 1, 2);
	batches = clock_argument(argc, argv, 2, 10000) / threads;
	if (threads > MOST_THREADS)
		return 2;
	seeded_sizes(&s, sizes, 16, 256);
	double begun = clock_ns();
	for (size_t t = 0; t < threads; t++) {
		numbers[t] = t;
		clock_start(&thread[t], work, &numbers[t]);
	}
	for (size_t t = 0; t < threads; t++)
		pthread_join(thread[t], NULL);
	clock_report("neighbour", clock_ns() - begun, (double)batches * (double)threads * BATCH);
	stamp_trial(16, 256);
	return 0;
}
