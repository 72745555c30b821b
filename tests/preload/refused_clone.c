/*
 * refused_clone - where no thread can be made, from the start or in the middle of a run, with membarrier refused as well: the pools
 * rotate on the program's own slow paths, and what is not used goes back to the kernel all the same.
 */
#include <pthread.h>

#include "figures.h"
#include "refuse.h"

#define BLOCKS 40000
#define SIZE 1000
static void *blocks[BLOCKS];

static void
use_and_free_40_mb(void)
{
	for (int i = 0; i < BLOCKS; i++) {
		check((blocks[i] = malloc(SIZE)) != NULL);
		fill(blocks[i], SIZE, (unsigned)i);
	}
	for (int i = 0; i < BLOCKS; i++) {
		check(holds(blocks[i], 16, (unsigned)i));
		free(blocks[i]);
	}
}

/* Some hundred objects of each size come and go: slow paths, and sizes of which none is left. */
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

static void
no_thread_can_be_made(void)
{
	pthread_t thread;
	check(pthread_create(&thread, NULL, nothing, NULL) == EPERM);
	check(fork() == -1 && errno == EPERM);
}

static void
memory_comes_back(long resident_before)
{
	use_and_free_40_mb();
	check(resident_kib() > resident_before + 10000 || cached_objects(SIZE) < BLOCKS);
	check_within(10, (work_a_little(), cached_objects(SIZE) == 0));
	check_within(10, (work_a_little(), resident_kib() < resident_before + 8000));
	check(helper_task() == 0);
	check(strncmp(value_in(dump_now(), "epoch", "background"), "false", 5) == 0);
}

static void
refused_from_the_start(void)
{
	work_a_little();
	long before = resident_kib();
	no_thread_can_be_made();
	memory_comes_back(before);
	memory_comes_back(before);
	no_thread_can_be_made();
}

/* The helper that is there does its work and ends; there will not be another. */
static void
refused_later(void)
{
	work_a_little();
	long before = resident_kib();
	check_within(10, (use_and_free_40_mb(), helper_task() != 0));
	refuse(REFUSE_CLONE, SECCOMP_RET_ERRNO | EPERM);
	check_within(10, helper_task() == 0);
	memory_comes_back(before);
	no_thread_can_be_made();
}

int
main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	if (strcmp(part, "later") == 0)
		refused_later();
	else if (*part != '\0')
		refused_from_the_start();
	if (*part != '\0')
		return 0;
	check(again_refused("start", REFUSE_CLONE, SECCOMP_RET_ERRNO | EPERM, NULL, NULL) == 0);
	check(again_refused("start", REFUSE_BOTH, SECCOMP_RET_ERRNO | EPERM, NULL, NULL) == 0);
	check(again_refused("later", REFUSE_CLONE, 0, NULL, NULL) == 0);
	return 0;
}
