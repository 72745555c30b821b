/* threads_come_and_go - twenty thousand threads, one after the other, each of which allocates: what is resident does not grow. */
#include <pthread.h>

#include "check.h"

static void *
worker(void *unused)
{
	(void)unused;
	void *at[40];
	for (unsigned i = 0; i < 40; i++) {
		size_t n = (size_t)16 << (i % 8);
		check((at[i] = malloc(n)) != NULL);
		fill(at[i], 16, i);
	}
	for (unsigned i = 0; i < 40; i++) {
		check(holds(at[i], 16, i));
		free(at[i]);
	}
	return NULL;
}

int
main(void)
{
	long before = 0;
	for (int i = 0; i < 20000; i++) {
		pthread_t thread;
		if (i == 2000)
			before = resident_kib();
		check(pthread_create(&thread, NULL, worker, NULL) == 0);
		check(pthread_join(thread, NULL) == 0);
	}
	check_at_most(resident_kib() - before, 2 * 1024);
	return 0;
}
