/* exit_while_allocating - exit and quick_exit end the process, with their status, while other threads allocate. */
#include <pthread.h>

#include "check.h"

static void *
worker(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;
	void *at[100] = { NULL };
	for (;;) {
		seed = seed * 1103515245u + 12345u;
		unsigned i = (seed >> 8) % 100;
		free(at[i]);
		check((at[i] = malloc((seed >> 16) % 4000)) != NULL);
	}
	return NULL;
}

static void
at_the_end(void)
{
	for (int i = 0; i < 1000; i++)
		free(opaque(malloc(100)));
}

int
main(void)
{
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			atexit(at_the_end);
			at_quick_exit(at_the_end);
			for (uintptr_t k = 0; k < 4; k++) {
				pthread_t thread;
				check(pthread_create(&thread, NULL, worker, (void *)(k + 1)) == 0);
			}
			sleep_ms(i % 8 * 2);
			if (i % 2 == 0)
				exit(0);
			quick_exit(0);
		}
		check_child(pid);
	}
	return 0;
}
