/*
 * handoff SIZE [OBJECTS] - one thread allocates, another frees: a network thread and its workers, a log queue.
 * The queue is a ring of 1024 pointers, so neither side runs far ahead. Prints nanoseconds for each object.
 */
#include "clock.h"

#include <pthread.h>
#include <stdatomic.h>

#define RING 1024

static _Atomic(void *) ring[RING];
static size_t size, objects;

static void *
consume(void *unused)
{
	(void)unused;
	clock_pin(1);
	for (size_t i = 0; i < objects; i++) {
		void *p;
		while ((p = atomic_load_explicit(&ring[i % RING], memory_order_acquire)) == NULL)
			sched_yield();
		atomic_store_explicit(&ring[i % RING], NULL, memory_order_release);
		free(p);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t consumer;
	size = clock_argument(argc, argv, 1, 64);
	objects = clock_argument(argc, argv, 2, 5000000);
	clock_pin(0);
	double begun = clock_ns();
	pthread_create(&consumer, NULL, consume, NULL);
	for (size_t i = 0; i < objects; i++) {
		char *p = malloc(size);
		*p = (char)i;
		while (atomic_load_explicit(&ring[i % RING], memory_order_acquire) != NULL)
			sched_yield();
		atomic_store_explicit(&ring[i % RING], p, memory_order_release);
	}
	pthread_join(consumer, NULL);
	clock_report(begun, (double)objects);
	return 0;
}
