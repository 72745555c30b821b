/*
 * ends_while_rotating - exit, _exit, quick_exit and abort while other threads allocate and the helper rotates all the time: the process
 * ends at once, as it should, whatever the others are in the middle of.
 */
#include <signal.h>
#include <sys/resource.h>

#include "churn.h"
#include "figures.h"

#define ROUNDS 24

static void
at_the_end(void)
{
	for (int i = 0; i < 1000; i++)
		free(opaque(malloc(100)));
}

static void *
use_and_free_many(void *unused)
{
	static void *blocks[3000];
	for (;;) {
		for (int i = 0; i < 3000; i++)
			check((blocks[i] = malloc(1000)) != NULL);
		for (int i = 0; i < 3000; i++)
			free(blocks[i]);
	}
	return unused;
}

static void
child(int round)
{
	struct churn threads[3];
	pthread_t thread;
	uint64_t released, before = 0;
	atexit(at_the_end);
	at_quick_exit(at_the_end);
	churn_start(threads, 3);
	check(pthread_create(&thread, NULL, use_and_free_many, NULL) == 0);
	/* rotations are under way */
	struct tidepool_class_stats stats;
	check(tidepool_class_stats(1000, &stats) == 0);
	before = stats.released;
	do {
		sleep_ms(1);
		check(tidepool_class_stats(1000, &stats) == 0);
		released = stats.released;
	} while (released < before + 3000 || helper_task() == 0);
	for (int i = 0; i < round * 1000; i++) /* at another moment of a rotation each time */
		opaque(NULL);
	switch (round % 4) {
	case 0: exit(0);
	case 1: _exit(0);
	case 2: quick_exit(0);
	default: abort();
	}
}

int
main(void)
{
	check(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) == 0);
	for (int round = 0; round < ROUNDS; round++) {
		pid_t pid = fork();
		if (pid == 0)
			child(round);
		if (round % 4 != 3) {
			check_child(pid);
			continue;
		}
		int status;
		check(waitpid(pid, &status, 0) == pid);
		check(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
	return 0;
}
