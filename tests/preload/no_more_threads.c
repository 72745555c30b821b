/*
 * no_more_threads - a user who may have no more threads (RLIMIT_NPROC): the pools rotate on the program's slow paths, and the helper
 * comes when the limit is gone.
 */
#include <grp.h>
#include <pthread.h>
#include <sys/resource.h>

#include "figures.h"

#define BLOCKS 5000
#define SIZE 1000
static void *blocks[BLOCKS];

static void
use_and_free_many(void)
{
	for (int i = 0; i < BLOCKS; i++)
		check((blocks[i] = malloc(SIZE)) != NULL);
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

static void
work_a_little(void)
{
	for (size_t n = 16; n <= 512; n *= 2) {
		for (int i = 0; i < 400; i++)
			check((blocks[i] = malloc(n)) != NULL);
		for (int i = 0; i < 400; i++)
			free(blocks[i]);
	}
}

static void *
nothing(void *unused)
{
	return unused;
}

int
main(void)
{
	/* the superuser has no such limit; nobody's own processes do not matter, as the limit is below what we are */
	if (geteuid() == 0)
		check(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
	struct rlimit before, none;
	check(getrlimit(RLIMIT_NPROC, &before) == 0);
	none = before;
	none.rlim_cur = 0;
	check(setrlimit(RLIMIT_NPROC, &none) == 0);
	pthread_t thread;
	check(pthread_create(&thread, NULL, nothing, NULL) == EAGAIN);

	for (int round = 0; round < 3; round++) {
		use_and_free_many();
		check_within(10, (work_a_little(), cached_objects(SIZE) == 0));
		check(helper_task() == 0 && thread_count() == 1);
	}
	check(setrlimit(RLIMIT_NPROC, &before) == 0);
	check_within(10, (use_and_free_many(), helper_task() != 0));
	return 0;
}
