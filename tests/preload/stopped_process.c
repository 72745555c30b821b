/* stopped_process - SIGSTOP in the middle of a storm of rotations, and SIGCONT a moment later, many times: nothing is lost. */
#include <malloc.h>
#include <signal.h>

#include "churn.h"

#define STOPS 40

static void *
rotate(void *stop)
{
	while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED))
		malloc_trim(0);
	return NULL;
}

static void
storm(void)
{
	struct churn threads[4];
	pthread_t rotator;
	int stop = 0, parent_is_done;
	churn_start(threads, 4);
	check(pthread_create(&rotator, NULL, rotate, &stop) == 0);
	check(read(0, &parent_is_done, 1) == 0); /* the other end is closed */
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	check(pthread_join(rotator, NULL) == 0);
	for (int i = 0; i < 4; i++)
		check(churn_operations(&threads[i]) > 0);
	churn_stop(threads, 4);
}

int
main(void)
{
	int ends[2], status;
	check(pipe(ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		check(dup2(ends[0], 0) == 0);
		close(ends[0]);
		close(ends[1]);
		storm();
		_exit(0);
	}
	check(pid > 0);
	for (int i = 0; i < STOPS; i++) {
		sleep_ms(5 + i % 7);
		check(kill(pid, SIGSTOP) == 0);
		check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
		sleep_ms(i % 10 == 0 ? 50 : 2);
		check(kill(pid, SIGCONT) == 0);
	}
	close(ends[1]);
	check_child(pid);
	return 0;
}
