/* cancelled - malloc and free are no cancellation points, and a thread that is cancelled between them leaves nothing broken. */
#include <pthread.h>

#include "check.h"

static int inside; /* calls that were entered and not left */

static void
release(void *p)
{
	free(p);
}

static void *
worker(void *unused)
{
	(void)unused;
	for (unsigned i = 0;; i++) {
		size_t n = (size_t)(i * 97 % 5000) + 1;
		void *at[50];
		__atomic_fetch_add(&inside, 1, __ATOMIC_RELAXED);
		for (int k = 0; k < 50; k++)
			check((at[k] = opaque(malloc(n))) != NULL);
		for (int k = 0; k < 50; k++)
			free(at[k]);
		void *large = opaque(malloc((size_t)100000 + n));
		__atomic_fetch_sub(&inside, 1, __ATOMIC_RELAXED);
		pthread_cleanup_push(release, large);
		pthread_testcancel();
		pthread_cleanup_pop(1);
	}
	return NULL;
}

int
main(void)
{
	for (int i = 0; i < 300; i++) {
		pthread_t threads[3];
		for (int k = 0; k < 3; k++)
			check(pthread_create(&threads[k], NULL, worker, NULL) == 0);
		if (i % 4 == 0)
			sleep_ms(1);
		for (int k = 0; k < 3; k++)
			check(pthread_cancel(threads[k]) == 0);
		for (int k = 0; k < 3; k++) {
			void *result = NULL;
			check(pthread_join(threads[k], &result) == 0);
			check(result == PTHREAD_CANCELED);
		}
	}
	check(inside == 0);
	void *p = malloc(100);
	check(p != NULL);
	free(p);
	return 0;
}
