/*
 * server THREADS [STEPS] - each thread serves a set of 1000 connections of 16 to 1024 bytes, one of which closes and another opens at each
 * step; after a while it starts the thread that goes on with them, and ends: a server whose connections wander from thread to thread
 * (the pattern of Larson and Krishnan, Memory allocation for long-running server applications, ISMM 1998).
 */
#include "clock.h"
#include "stamp.h"

#include <pthread.h>
#include <semaphore.h>

enum { CONNECTIONS = 1000, SHIFT = 10000, MOST_THREADS = 256 };

struct shift {
	unsigned char *connection[CONNECTIONS];
	uint32_t size[CONNECTIONS], key[CONNECTIONS];
	struct seeded random;
	size_t number, steps;
};

static uint32_t sizes[SEEDED_SIZES];
static struct shift *shifts;
static sem_t ended;

static void
open_connection(struct shift *mine, size_t c, uint32_t key)
{
	mine->size[c] = sizes[key % SEEDED_SIZES];
	mine->key[c] = key;
	mine->connection[c] = malloc(mine->size[c]);
	stamp_ends(mine->connection[c], mine->size[c], key);
}

static void *
serve(void *argument)
{
	struct shift *mine = argument;
	pthread_t next;
	clock_pin((unsigned)mine->number);
	for (size_t i = 0; i < SHIFT && mine->steps > 0; i++, mine->steps--) {
		uint64_t r = seeded_next(&mine->random);
		size_t c = (size_t)((r & 0xffffffffu) * CONNECTIONS >> 32);
		free(mine->connection[c]);
		open_connection(mine, c, (uint32_t)(r >> 32));
	}
	if (mine->steps > 0) {
		clock_start(&next, serve, mine);
		pthread_detach(next);
	} else {
		sem_post(&ended);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	size_t threads = clock_argument(argc, argv, 1, 8), steps = clock_argument(argc, argv, 2, 1000000) / threads;
	struct seeded s = seeded_stream(0);
	pthread_t thread;
	if (threads > MOST_THREADS)
		return 2;
	sem_init(&ended, 0, 0);
	seeded_sizes(&s, sizes, 16, 1024);
	shifts = stamp_there(calloc(threads, sizeof *shifts));
	for (size_t t = 0; t < threads; t++) {
		shifts[t].random = seeded_stream(t + 1);
		shifts[t].number = t;
		shifts[t].steps = steps;
		for (uint32_t c = 0; c < CONNECTIONS; c++)
			open_connection(&shifts[t], c, c);
	}
	double begun = clock_ns();
	for (size_t t = 0; t < threads; t++) {
		clock_start(&thread, serve, &shifts[t]);
		pthread_detach(thread);
	}
	for (size_t t = 0; t < threads; t++)
		while (sem_wait(&ended) != 0)
			;
	clock_report("server", clock_ns() - begun, (double)steps * (double)threads);
	for (size_t t = 0; t < threads; t++)
		for (size_t c = 0; c < CONNECTIONS; c++) {
			stamp_check_ends(shifts[t].connection[c], shifts[t].size[c], shifts[t].key[c]);
			free(shifts[t].connection[c]);
		}
	free(shifts);
	return 0;
}
