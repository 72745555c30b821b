/*
 * stack_cache - the C library calls free while it holds the lock of its cache of thread stacks (when a joined thread's stack is too
 * much for that cache). Whatever free does then must not create a thread, which needs the same lock.
 */
#include <pthread.h>

#include "check.h"

#define THREADS 12 /* of 8 MiB: the cache keeps 40 */
static void *blocks[50000];

static void *
nothing(void *unused)
{
	(void)unused;
	return NULL;
}

static void
overflow_the_cache(void)
{
	pthread_t threads[THREADS];
	pthread_attr_t attributes;
	check(pthread_attr_init(&attributes) == 0);
	check(pthread_attr_setstacksize(&attributes, (size_t)8 << 20) == 0);
	for (int i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], &attributes, nothing, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		check(pthread_join(threads[i], NULL) == 0);
	check(pthread_attr_destroy(&attributes) == 0);
}

int
main(void)
{
	/* enough in the pools for a helper to be worth it; a child has none at first */
	for (int i = 0; i < 50000; i++)
		check((blocks[i] = malloc(200)) != NULL);
	for (int i = 0; i < 50000; i++)
		free(blocks[i]);
	for (int i = 0; i < 150; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			/* a different way into the slow paths for each child */
			for (int k = 0; k < i; k++)
				blocks[k] = opaque(malloc((size_t)(k + 1) * 128));
			overflow_the_cache();
			for (int k = 0; k < i; k++)
				free(blocks[k]);
			overflow_the_cache();
			_exit(0);
		}
		check_child(pid);
	}
	return 0;
}
