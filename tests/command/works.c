/*
 * works - a process to be asked: allocates a little, a thousand times a second, until it is ended or its time is over.
 *
 * usage: works [SECONDS [blocks|late|takes|silent|clobbers]]
 *
 *   blocks     blocks every signal
 *   late       … until it gets a USR1
 *   takes      has a handler of its own for the signal that tidepool would use
 *   silent     allocates nothing and waits
 *   clobbers   overwrites its environment, as setproctitle does
 *
 * Prints `ready` after its first thousand allocations, so that a dump has something to show. With -DOWN_MALLOC it brings a malloc of its own.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef OWN_MALLOC
static char heap[1 << 24];
static size_t used;

void *
malloc(size_t n)
{
	char *p;

	used = (used + 31) & ~(size_t)15;
	if (n > sizeof heap - used)
		return NULL;
	p = heap + used;
	memcpy(p - 8, &n, 8);
	used += n;
	return p;
}

void
free(void *p)
{
	(void)p;
}

void *
calloc(size_t n, size_t size)
{
	return malloc(n * size);
}

void *
realloc(void *p, size_t n)
{
	size_t before = 0;
	char *q = malloc(n);

	if (p)
		memcpy(&before, (char *)p - 8, 8);
	if (q && p)
		memcpy(q, p, before < n ? before : n);
	return q;
}
#endif

static void
on_signal(int sig)
{
	(void)sig;
}

static void
clobber(void)
{
	extern char **environ;
	char *first = environ[0], *end = first;

	for (char **e = environ; *e; e++)
		end = *e + strlen(*e);
	environ = NULL;
	memset(first, 0, (size_t)(end - first));
}

int
main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 30;
	const char *how = argc > 2 ? argv[2] : "";
	sigset_t all;
	void *p[50];

	if (strcmp(how, "late") == 0)
		signal(SIGUSR1, on_signal);
	if (strcmp(how, "blocks") == 0 || strcmp(how, "late") == 0) {
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
	}
	if (strcmp(how, "takes") == 0)
		signal(SIGRTMIN + 11, on_signal);
	if (strcmp(how, "clobbers") == 0)
		clobber();
	for (int round = 0; round <= 20 || round < seconds * 1000; round++) {
		if (strcmp(how, "late") == 0 && sigpending(&all) == 0 && sigismember(&all, SIGUSR1)) {
			sigemptyset(&all);
			sigprocmask(SIG_SETMASK, &all, NULL);
		}
		if (round == 20) {
			puts("ready");
			fflush(stdout);
		}
		for (int i = 0; strcmp(how, "silent") != 0 && i < 50; i++)
			p[i] = malloc((size_t)(16 + i * 40));
		for (int i = 0; strcmp(how, "silent") != 0 && i < 50; i++)
			free(p[i]);
		nanosleep(&(const struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return 0;
}
