/*
 * churn [THREADS] - one thread after the other, on each of two CPUs, allocates 400 objects of 16 to 1024 bytes, frees them in a random order and
 * ends: a thread for each request. The time of making and joining the threads is in the figure, as it is in the program's.
 */
#include "clock.h"
#include "stamp.h"

#include <pthread.h>

enum { OBJECTS = 400, LINES = 2 };

static uint32_t sizes[SEEDED_SIZES], order[OBJECTS];
static size_t threads;

static void *
request(void *number)
{
	unsigned char *all[OBJECTS];
	size_t at = *(size_t *)number * 61;
	for (size_t i = 0; i < OBJECTS; i++) {
		size_t size = sizes[(at + i) % SEEDED_SIZES];
		stamp_ends(all[i] = malloc(size), size, i);
	}
	if (*(size_t *)number + 4 > threads)
		for (size_t i = 0; i < OBJECTS; i++)
			stamp_check_ends(all[i], sizes[(at + i) % SEEDED_SIZES], i);
	for (size_t i = 0; i < OBJECTS; i++)
		free(all[order[i]]);
	return NULL;
}

/* The threads inherit the CPU of the one that makes them. */
static void *
line(void *number)
{
	clock_pin(*(unsigned *)number);
	for (size_t t = 0; t < threads; t++) {
		pthread_t thread;
		clock_start(&thread, request, &t);
		pthread_join(thread, NULL);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t lines[LINES];
	unsigned numbers[LINES];
	struct seeded s = seeded_stream(0);
	threads = clock_argument(argc, argv, 1, 4000) / LINES;
	seeded_sizes(&s, sizes, 16, 1024);
	seeded_order(&s, order, OBJECTS);
	double begun = clock_ns();
	for (unsigned l = 0; l < LINES; l++) {
		numbers[l] = l;
		clock_start(&lines[l], line, &numbers[l]);
	}
	for (unsigned l = 0; l < LINES; l++)
		pthread_join(lines[l], NULL);
	clock_report("churn", clock_ns() - begun, (double)threads * LINES * OBJECTS);
	return 0;
}
