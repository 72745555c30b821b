/* small_stacks - everything works on a thread with the smallest stack that there is; also the paths that are rarely gone. */
#include <limits.h>
#include <malloc.h>
#include <pthread.h>

#include "check.h"

static pthread_attr_t smallest;

static void *
leaf(void *unused)
{
	(void)unused;
	free(opaque(malloc(1000)));
	return NULL;
}

static void *
worker(void *unused)
{
	(void)unused;
	static void *shared[500];
	for (unsigned i = 0; i < 500; i++) {
		void *p = malloc((size_t)1 << (i % 20));
		check(p != NULL);
		*(char *)p = 1;
		if (i % 3 == 0)
			check((p = realloc(p, 3000)) != NULL);
		/* swap with whatever another thread left: frees go across */
		free(__atomic_exchange_n(&shared[i], p, __ATOMIC_ACQ_REL));
	}
	void *aligned = NULL;
	check(posix_memalign(&aligned, 4096, 100) == 0);
	free(aligned);
	check(opaque(malloc(ABSURD)) == NULL && opaque(calloc(1, ABSURD)) == NULL);
	mallopt(M_ARENA_MAX, 2);
	(void)mallinfo2();
	malloc_trim(0);
	pthread_t thread;
	check(pthread_create(&thread, &smallest, leaf, NULL) == 0);
	check(pthread_join(thread, NULL) == 0);
	return NULL;
}

int
main(void)
{
	check(pthread_attr_init(&smallest) == 0);
	check(pthread_attr_setstacksize(&smallest, (size_t)PTHREAD_STACK_MIN) == 0);
	for (int round = 0; round < 20; round++) {
		pthread_t threads[4];
		for (int i = 0; i < 4; i++)
			check(pthread_create(&threads[i], &smallest, worker, NULL) == 0);
		for (int i = 0; i < 4; i++)
			check(pthread_join(threads[i], NULL) == 0);
	}
	return 0;
}
