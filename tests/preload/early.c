/* early - other preload libraries, before and after ours in the list: one allocates in its constructor, one wraps malloc's names. */
#include <dlfcn.h>
#include <pthread.h>

#include "check.h"

extern void *early_blocks[500] __attribute__((weak));
extern int early_destructor_must_find __attribute__((weak));
extern unsigned long wrapped_calls __attribute__((weak));

static void *
worker(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 3000; i++) {
		void *p = calloc(3, i % 700 + 1);
		check(p != NULL && all_bytes_are(p, 3 * (size_t)(i % 700 + 1), 0));
		check((p = realloc(p, i + 1)) != NULL);
		free(p);
	}
	return NULL;
}

int
main(void)
{
	check(early_blocks != NULL); /* the runner preloads it */
	for (unsigned i = 0; i < 500; i += 5) {
		check(early_blocks[i] != NULL);
		free(early_blocks[i]);
		early_blocks[i] = NULL;
	}
	early_destructor_must_find = 400;
	for (int i = 0; i < 4; i++) {
		pthread_t thread;
		check(pthread_create(&thread, NULL, worker, NULL) == 0);
		check(pthread_join(thread, NULL) == 0);
	}
	if (&wrapped_calls != NULL)
		check(wrapped_calls > 10000);
	return 0;
}
