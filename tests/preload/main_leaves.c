/* main_leaves - main leaves by pthread_exit, its threads end later: then the process ends, with status 0, whatever helper we have. */
#include <pthread.h>

#include "check.h"

static void *blocks[50000];

static void *
worker(void *arg)
{
	sleep_ms((long)(intptr_t)arg);
	for (int i = 0; i < 50000; i++)
		check((blocks[i] = malloc(500)) != NULL);
	for (int i = 0; i < 50000; i++)
		free(blocks[i]);
	return NULL;
}

int
main(void)
{
	worker(0); /* enough for a helper thread to start */
	sleep_ms(100);
	pthread_t thread;
	check(pthread_create(&thread, NULL, worker, (void *)(intptr_t)300) == 0);
	check(pthread_detach(thread) == 0);
	pthread_exit(NULL);
}
