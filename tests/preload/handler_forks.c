/*
 * handler_forks - a timer signal whose handler forks now and then while the only thread of the program allocates sizes that its pools
 * hold: nobody hangs, and each child allocates and ends. (A fork while the program is inside jemalloc itself is more than jemalloc's own
 * fork handlers survive: that is why the pools are warm and stay so.)
 */
#include <signal.h>
#include <sys/time.h>

#include "check.h"

#define N 64
#define FORK_EVERY 4
#define FORKS 200

static void *at[N];
static volatile unsigned handled;
static volatile unsigned forked;

static size_t
size_of(unsigned i)
{
	return (size_t)16 << (i % 7); /* 16 … 1024 */
}

static void
child(void)
{
	void *mine[32];
	for (unsigned i = 0; i < 32; i++) {
		if ((mine[i] = malloc(size_of(i))) == NULL)
			_exit(2);
		fill(mine[i], size_of(i), i + 100);
	}
	for (unsigned i = 0; i < 32; i++) {
		if (!holds(mine[i], size_of(i), i + 100))
			_exit(3);
		free(mine[i]);
	}
	_exit(0);
}

static void
handler(int signal_number)
{
	(void)signal_number;
	int saved = errno;
	if (handled++ % FORK_EVERY == 0 && forked < FORKS) {
		pid_t pid = fork();
		if (pid == 0)
			child();
		check(pid > 0);
		forked++;
	}
	errno = saved;
}

static unsigned
reap(int options)
{
	unsigned n = 0;
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, options)) > 0 || (pid < 0 && errno == EINTR))
		if (pid > 0) {
			check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
			n++;
		}
	return n;
}

int
main(void)
{
	/* more of each size than is ever taken at once */
	static void *warm[N * 8];
	for (unsigned i = 0; i < N * 8; i++)
		check((warm[i] = malloc(size_of(i))) != NULL);
	for (unsigned i = 0; i < N * 8; i++)
		free(warm[i]);

	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	check(sigaction(SIGALRM, &action, NULL) == 0);
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };
	check(setitimer(ITIMER_REAL, &often, NULL) == 0);
	unsigned seed = 1, reaped = 0;
	long end = now_ms() + 30000;
	while (forked < FORKS && now_ms() < end) {
		for (int i = 0; i < 5000; i++) {
			seed = seed * 1103515245u + 12345u;
			unsigned slot = (seed >> 10) % N;
			if (at[slot] != NULL) {
				check(holds(at[slot], size_of(slot), slot));
				free(at[slot]);
				at[slot] = NULL;
			} else {
				check((at[slot] = malloc(size_of(slot))) != NULL);
				fill(at[slot], size_of(slot), slot);
			}
		}
		reaped += reap(WNOHANG);
	}
	check(setitimer(ITIMER_REAL, &never, NULL) == 0);
	check(forked == FORKS);
	reaped += reap(0);
	check(reaped == FORKS);
	return 0;
}
